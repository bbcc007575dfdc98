//! Headings that are nearly right: told wherever a run is told, with the name that was meant.

use super::years;
use crate::importing::{job, new_site};
use crate::site::Writes;

/// A file with one row, whose further headings and cells these are.
fn file(more: &[(&str, &str)]) -> String {
    let (headings, cells): (Vec<_>, Vec<_>) = more.iter().copied().unzip();
    format!(
        "ref,user_id,room_name,start_time,duration,moderators,participants,{}\n\
         A1,u00001,Algebra,{}-02-01 09:00,60,1,30,{}\n",
        headings.join(","),
        years::coming(),
        cells.join(",")
    )
}

const NEARLY: &[(&str, &str)] = &[
    ("Time Zone", "Asia/Tokyo"),
    ("invitee_email", "a@example.org"),
    ("Teilnehmer Mail", "b@example.org"),
    ("\"invitee_emails,\"", "c@example.org"),
    ("End", "10:00"),
    ("Hall", "H 1"),
    ("Notes", "none"),
];

fn assert_told(told: &str) {
    for (heading, near) in [
        ("Time Zone", "timezone"),
        ("invitee_email", "invitee_emails"),
        ("Teilnehmer Mail", "Teilnehmer"),
        ("invitee_emails,", "invitee_emails"),
        ("End", "end_time"),
    ] {
        let words = format!("The column `{heading}` is not used. The nearest known name is `{near}`");
        assert_eq!(told.matches(&words).count(), 1, "{words}: {told}");
    }
    assert!(told.contains("The file has no column `Teilnehmer` (invitee_emails), which `columns` names."), "{told}");
    assert_eq!(told.matches("Columns carried through unread: `Hall`, `Notes`.").count(), 1, "{told}");
}

#[test]
fn a_heading_that_is_nearly_right_is_told_by_import_a_dry_run_show_and_mail() {
    let site = new_site();
    site.configure(&job("inbox = 'inbox'\nsettle = '100ms'\ncolumns = { invitee_emails = 'Teilnehmer' }"));
    site.write("a.csv", file(NEARLY));
    let dry = site.run(&["import", "--dry-run", "a.csv"]);
    dry.expect(0, "would be created");
    assert_told(&dry.err);
    assert_eq!(site.writes(), Writes::NONE);
    let imported = site.run(&["import", "a.csv"]);
    imported.expect(0, "1 created");
    assert_told(&imported.out);
    let run = imported.out.split("(run ").nth(1).unwrap().split(')').next().unwrap();
    let shown = site.run(&["show", run]);
    assert_told(&shown.out);
    std::fs::create_dir_all(site.path("inbox")).unwrap();
    site.write("inbox/b.csv", file(NEARLY));
    site.run(&["run", "timetable"]).expect(0, "1 unchanged");
    let mails = std::fs::read_dir(site.path("state/mail")).unwrap().map(|entry| entry.unwrap().path());
    let mails: Vec<_> = mails.filter(|path| path.extension().is_some_and(|ending| ending == "eml")).collect();
    let mail = mails.iter().map(|path| std::fs::read_to_string(path).unwrap()).find(|mail| mail.contains("b.csv"));
    let mail = mail.unwrap().replace("=\r\n", "").replace("\r\n", "\n");
    let text = mail.split("text/html").next().unwrap();
    assert_told(&text.split_whitespace().collect::<Vec<_>>().join(" "));
}

#[test]
fn a_heading_that_the_job_names_for_a_needed_column_refuses_a_file_that_lacks_it() {
    let site = new_site();
    site.configure(&job("columns = { start_time = 'Beginn' }"));
    site.write("a.csv", file(&[("Hall", "H 1")]).replace("start_time", "Begin"));
    let ran = site.run(&["import", "a.csv"]);
    ran.expect(1, "there is no column `Beginn` (start_time)");
    assert!(ran.out.contains("`Begin` may be meant for `Beginn`"), "{ran:?}");
    site.write("b.csv", file(&[("Hall", "H 1")]));
    let words = "no column `Beginn` (start_time), which `columns` names (the file has `start_time`: rename that,";
    site.run(&["import", "b.csv"]).expect(1, words);
    let dry = site.run(&["import", "--dry-run", "b.csv"]);
    assert!(dry.code == 1 && dry.err.contains(words), "{dry:?}");
    // Where a default stands in for the column, the file can do without.
    site.configure(&job("columns = { duration = 'Dauer' }\ndefaults = { duration = '90m' }"));
    let words =
        "The file has no column `Dauer` (duration), which `columns` names: the column `duration` is read in its place.";
    site.run(&["import", "b.csv"]).expect(0, words);
    assert_eq!(site.writes().posts, 1);
}

#[test]
fn what_is_said_of_headings_is_said_to_programs_too_and_of_a_file_that_is_refused() {
    let site = new_site();
    site.configure(&job(
        "columns = { invitee_emails = 'Teilnehmer' }\non_invalid = 'reject_file'\ndate_formats = '%d.%m.%Y %H:%M'",
    ));
    let told = |remarks: &serde_json::Value| {
        let remarks: Vec<_> = remarks.as_array().unwrap().iter().map(|remark| remark.as_str().unwrap()).collect();
        assert_told(&remarks.join(" "));
    };
    let text = file(NEARLY);
    site.write("a.csv", &text);
    told(&site.run(&["import", "--json", "--dry-run", "a.csv"]).json()["remarks"]);
    let imported = site.run(&["import", "--json", "a.csv"]).json();
    told(&imported["remarks"]);
    told(&site.run(&["show", "--json", imported["run"]["run"].as_str().unwrap()]).json()["remarks"]);
    // Refused for a row, as cut short, and for a quotation that is broken far down.
    let many = text.lines().nth(1).unwrap().repeat(2000).replace("noneA1", "none\nA1");
    for (name, rows) in [
        ("b.csv", "A2,u00001,ab,,60,1,30,,,,,,,\n".to_owned()),
        ("c.csv", "A2,u00001".to_owned()),
        ("d.csv", format!("{many}\nA2,u00001,\"ab\"c,,60,1,30,,,,,,,\n")),
    ] {
        site.write(name, format!("{text}{rows}"));
        let dry = site.run(&["import", "--dry-run", name]);
        assert_ne!(dry.code, 0, "{dry:?}");
        assert_told(&dry.err);
    }
}

#[test]
fn a_heading_of_another_language_or_in_quotes_is_told_by_what_it_means() {
    let site = new_site();
    let headings =
        [("Fuso orario", "timezone"), ("Długość", "duration"), ("Elternmail", "invitee_emails"), ("'ref'", "ref")];
    site.write("a.csv", file(&headings.map(|(heading, _)| (heading, "x"))));
    let ran = site.run(&["import", "a.csv"]);
    for (heading, near) in headings {
        let words = format!("The column `{heading}` is not used. The nearest known name is `{near}`");
        assert!(ran.out.contains(&words), "{words}: {ran:?}");
    }
    assert!(!ran.out.contains("carried through unread"), "{ran:?}");
}

#[test]
fn a_file_without_a_heading_of_its_own_is_told_nothing() {
    let site = new_site();
    site.write(
        "a.csv",
        file(&[("timezone", "Asia/Tokyo"), ("E mails", ""), ("", "")]).replace("E mails", "invitee_emails"),
    );
    let ran = site.run(&["import", "a.csv"]);
    ran.expect(0, "1 created");
    assert!(!ran.out.contains("column") && !ran.out.contains("Column"), "{}", ran.out);
}

#[test]
fn starts_that_a_converter_may_have_written_a_minute_early_are_pointed_out() {
    let site = new_site();
    let year = years::coming();
    // As xlsx2csv 0.8.6 writes 10:00; the others are as they were.
    let rows = ["09:00", "09:59", "13:05"].map(|time| format!("u00001,Algebra {time},{year}-02-01 {time},30,1,30\n"));
    site.write("a.csv", format!("user_id,room_name,start_time,duration,moderators,participants\n{}", rows.concat()));
    let words = "1 row begins one minute before a quarter of an hour (line 3)";
    for args in [&["import", "--dry-run", "a.csv"][..], &["import", "a.csv"]] {
        let ran = site.run(args);
        assert!(ran.err.contains(words) || ran.out.contains(words), "{ran:?}");
    }
    let mail = std::fs::read_dir(site.path("state/mail")).unwrap().map(|entry| entry.unwrap().path());
    let mail = mail.filter(|path| path.extension().is_some_and(|ending| ending == "eml")).last().unwrap();
    let mail = std::fs::read_to_string(mail).unwrap().replace("=\r\n", "").replace("\r\n", " ");
    assert!(mail.contains(words), "{mail}");
}

#[test]
fn a_column_without_a_heading_is_told_where_something_stands_in_it() {
    let site = new_site();
    let text = file(&[("", "seen"), ("Hall", "H 1"), ("", ""), (" \u{200b}", "too")]);
    site.write("a.csv", &text);
    let told =
        "Columns carried through unread: `Hall`, column H, which has no heading, column K, which has no heading.";
    let dry = site.run(&["import", "--dry-run", "a.csv"]);
    assert_eq!(dry.err.matches(told).count(), 1, "{dry:?}");
    let imported = site.run(&["import", "a.csv"]);
    imported.expect(0, "1 created");
    assert_eq!(imported.out.matches(told).count(), 1, "{imported:?}");
}

#[test]
fn a_file_that_is_refused_tells_its_headings_too_also_in_the_mail() {
    for broken in ["A2,u00001,\"Room \"Blue\" two\",x,60,1,30,x\n", "A2,u00001,\"never closed,x,60,1,30,x\n"] {
        let site = new_site();
        site.configure(&job("inbox = 'inbox'\nsettle = '100ms'"));
        let text = file(&[("Time Zone", "Asia/Tokyo")]) + broken;
        site.write("a.csv", &text);
        let told = "The column `Time Zone` is not used. The nearest known name is `timezone`";
        let dry = site.run(&["import", "--dry-run", "a.csv"]);
        let told_by = |ran: &crate::site::Ran| format!("{}{}", ran.out, ran.err);
        assert!(dry.code == 1 && told_by(&dry).contains("quotation") && told_by(&dry).contains(told), "{dry:?}");
        let imported = site.run(&["import", "a.csv"]);
        assert!(told_by(&imported).contains("quotation") && told_by(&imported).contains(told), "{imported:?}");
        std::fs::create_dir_all(site.path("inbox")).unwrap();
        site.write("inbox/b.csv", &text);
        site.run(&["run", "timetable"]);
        let mails = std::fs::read_dir(site.path("state/mail")).unwrap().map(|entry| entry.unwrap().path());
        let mails = mails.filter_map(|path| std::fs::read_to_string(path).ok());
        let mail = mails.into_iter().find(|mail| mail.contains("b.csv")).unwrap();
        let mail = mail.replace("=\r\n", "").split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(mail.contains(told) && mail.contains("quotation"), "{mail}");
        assert_eq!(site.writes(), Writes::NONE);
    }
}

#[test]
fn starts_that_all_lie_behind_midnight_are_pointed_out() {
    let site = new_site();
    let year = years::coming();
    let file = |times: &[&str]| {
        let row = |time: &&str| format!("u00001,Algebra {time},{year}-02-01 {time},30,1,30\n");
        let rows: String = times.iter().map(row).collect();
        format!("user_id,room_name,start_time,duration,moderators,participants\n{rows}")
    };
    // As csvsort of csvkit 2.2.0 writes 9:00, 10:30 and 11:15.
    site.write("a.csv", file(&["0:09:00", "0:10:30", "0:11:15"]));
    let words = "all 3 rows begin between midnight and one o'clock";
    for args in [&["import", "--dry-run", "a.csv"][..], &["import", "a.csv"]] {
        let ran = site.run(args);
        assert!(ran.err.contains(words) || ran.out.contains(words), "{ran:?}");
    }
    site.write("b.csv", file(&["0:09:00", "9:00:00"]));
    let ran = site.run(&["import", "b.csv"]);
    assert!(!ran.err.contains("midnight") && !ran.out.contains("midnight"), "{ran:?}");
}
