//! Cells that only a spreadsheet writes are told, and never sent.

use super::years;
use crate::importing::new_site;
use crate::site::Writes;

const HEADINGS: &str = "ref,user_id,room_name,start_time,duration,moderators,participants";

/// A file of rows, each with this much of its own: the ref, the user and the title.
fn file(rows: &[(&str, &str, &str)]) -> String {
    let year = years::coming();
    let rows = rows.iter().enumerate().map(|(at, (reference, user, title))| {
        format!("\"{reference}\",{user},\"{title}\",{year}-02-{:02} 09:00,60,1,30\n", at + 1)
    });
    format!("{HEADINGS}\n{}", rows.collect::<String>())
}

#[test]
fn a_spreadsheets_error_is_neither_a_title_nor_an_id() {
    let site = new_site();
    let text = file(&[
        ("A1", "u00001", "#REF!"),
        ("A2", "u00001", "#¿NOMBRE?"),
        ("A3", "u00001", "Err:502"),
        ("#N/A", "u00001", "Algebra"),
        ("NULL", "u00001", "Algebra"),
        ("A6", "#BEZUG!", "Algebra"),
        ("A7", "NaN", "Algebra"),
        ("A8", "u00001", "Err: 502"),
        ("A9", "u00001", "=\"\"#N/A\"\""),
        ("A10", "u00001", "'#REF!"),
        ("A11", "u00001", "#nv"),
        ("A12", "u00001", "#Ref!"),
        ("A13", "u00001", "#wert!"),
        ("A14", "u00001", "#TEAM"),
        ("inf", "u00001", "Algebra"),
        ("A16", "-Inf", "Algebra"),
    ]);
    let (writes, imported) = site.writes_of(|| site.import_text("a.csv", &text));
    assert_eq!((writes, imported.statuses()), (Writes::NONE, vec!["invalid"; 16]), "{imported:?}");
    let nouns = ["title", "title", "title", "ref", "ref", "user_id", "user_id", "title", "title", "title"];
    let nouns = nouns.into_iter().chain(["title", "title", "title", "title", "ref", "user_id"]);
    for (row, noun) in imported.rows.iter().zip(nouns) {
        assert!(row["error"].contains(&format!("is a spreadsheet's error, not a {noun}")), "{row:?}");
    }
}

#[test]
fn a_title_that_only_looks_like_an_error_is_made() {
    let site = new_site();
    let titles = ["#Mathe 1", "#1 Kickoff", "None", "NULL", "C# und F#", "1.23457E+11", "Raum:502", "17.0"];
    let rows: Vec<_> = titles.iter().map(|title| ("", "u00001", *title)).collect();
    let imported = site.import_text("a.csv", &file(&rows));
    assert_eq!(imported.statuses(), vec!["created"; titles.len()], "{imported:?}");
}

#[test]
fn an_id_that_a_spreadsheet_rounded_edits_no_other_meeting() {
    let site = new_site();
    let first = site.import_text(
        "a.csv",
        &file(&[
            ("1.23457E+11", "u00001", "Algebra"),
            ("12E4", "u00001", "Physics"),
            ("1e5", "u00001", "Art"),
            ("1,234", "u00001", "Music"),
            ("A-1", "u00001", "PE 7"),
        ]),
    );
    assert_eq!(first.statuses(), ["invalid", "invalid", "invalid", "invalid", "created"], "{first:?}");
    for row in &first.rows[..4] {
        assert!(row["error"].contains("a spreadsheet has rounded this id"), "{row:?}");
    }
    let year = years::coming();
    let text = format!(
        "action,ref,meeting_id,user_id,room_name,start_time,duration,moderators,participants,invitee_contact_ids,invitee_group_ids\n\
         cancel,\"1,79769313486232E+308\",,,,,,,,,\n\
         cancel,,1.5E+17,,,,,,,,\n\
         schedule,B1,,17.0,Algebra,{year}-03-01 09:00,60,1,30,,\n\
         schedule,B2,,u00001,Algebra,{year}-03-02 09:00,60,1,30,c1;1.2E+05,\n\
         schedule,B3,,u00001,Algebra,{year}-03-03 09:00,60,1,30,,3.0\n"
    );
    let (writes, imported) = site.writes_of(|| site.import_text("b.csv", &text));
    assert_eq!((writes, imported.statuses()), (Writes::NONE, vec!["invalid"; 5]), "{imported:?}");
    for (row, noun) in imported.rows.iter().zip(["ref", "meeting_id", "user_id", "contact id", "group id"]) {
        let error = &row["error"];
        assert!(error.contains(noun) && error.contains("a spreadsheet has rounded this id"), "{row:?}");
    }
}

#[test]
fn a_mark_that_stands_for_nothing_is_no_id() {
    let site = new_site();
    let marks = ["#", "-", "?", "--", "n/a", "N/A", "\u{2013}", "..."];
    let year = years::coming();
    let rows = marks.iter().flat_map(|mark| {
        [
            format!("schedule,{mark},,u00001,Algebra,{year}-03-01 09:00,60,1,30,,\n"),
            format!("schedule,,,{mark},Algebra,{year}-03-01 09:00,60,1,30,,\n"),
            format!("cancel,,{mark},,,,,,,,\n"),
            format!("schedule,,,u00001,Algebra,{year}-03-01 09:00,60,1,30,{mark},\n"),
            format!("schedule,,,u00001,Algebra,{year}-03-01 09:00,60,1,30,,{mark}\n"),
        ]
    });
    let text = format!(
        "action,ref,meeting_id,user_id,room_name,start_time,duration,moderators,participants,invitee_contact_ids,invitee_group_ids\n{}",
        rows.collect::<String>()
    );
    let (writes, imported) = site.writes_of(|| site.import_text("a.csv", &text));
    assert_eq!((writes, imported.statuses()), (Writes::NONE, vec!["invalid"; 5 * marks.len()]), "{imported:?}");
    let nouns = ["ref", "user_id", "meeting_id", "contact id", "group id"];
    for (row, noun) in imported.rows.iter().zip(nouns.iter().cycle()) {
        assert!(row["error"].contains("is only a placeholder") && row["error"].contains(noun), "{noun}: {row:?}");
    }
}

#[test]
fn a_whole_number_with_zeros_behind_it_and_a_word_of_excel_are_read() {
    let site = new_site();
    let text = format!(
        "ref;user_id;room_name;start_time;duration;moderators;participants;knock;wait_for_moderator\n\
         A1;u00001;Algebra;{}-02-01 09:00;60,0;1.0;30,00;VRAI;FAŁSZ\n",
        years::coming()
    );
    assert_eq!(site.import_text("a.csv", &text).statuses(), ["created"]);
    let meeting = &site.meetings()[0];
    assert_eq!((meeting.duration, meeting.moderators, meeting.participants), (60, 1, 30));
    assert_eq!((meeting.knock, meeting.wait_for_moderator), (true, false));
}

#[test]
fn an_address_is_read_as_mail_programs_write_it_and_sent_once() {
    let site = new_site();
    let row = |day: u32, emails: &str| {
        format!("A{day},u00001,Algebra {day},{}-02-0{day} 09:00,60,1,30,yes,\"{emails}\"\n", years::coming())
    };
    let text = [
        format!("{HEADINGS},send_mail,invitee_emails\n"),
        row(1, "'a@example.org'; Ada B. <b@example.org>, B@example.org c@example.org"),
        row(2, "\"\"Lovelace, Ada\"\" <a@example.org>"),
        row(3, "Ada <a@example.org>; bo@"),
    ];
    let imported = site.import_text("a.csv", &text.concat());
    assert_eq!(imported.statuses(), ["created", "created", "invalid"], "{imported:?}");
    assert!(imported.rows[2]["error"].contains("`bo@` cannot be a mail address"), "{imported:?}");
    let meetings = site.meetings();
    let of = |title: &str| &meetings.iter().find(|meeting| meeting.room_name == title).unwrap().invited;
    assert_eq!(of("Algebra 1"), &["a@example.org", "b@example.org", "c@example.org"]);
    assert_eq!(of("Algebra 2"), &["a@example.org"]);
}
