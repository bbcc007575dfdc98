//! Unseen characters tell no two rows apart, and reach no server.

use std::fmt::Write as _;

use super::years;
use crate::by_hand;
use crate::importing::new_site;
use crate::site::Writes;

const HEADINGS: &str =
    "\u{feff}ref\u{200b},user_id,room\u{a0}name,start_time,duration,moderators,participants,invitee_emails";

fn row(reference: &str, title: &str, email: &str) -> String {
    format!("{reference},u00001,{title},{}-02-01 09:00,60,1,30,{email}\n", years::coming())
}

fn file(rows: &[String]) -> String {
    format!("{HEADINGS}\n{}", rows.concat())
}

#[test]
fn refs_and_titles_that_look_alike_are_one() {
    let site = new_site();
    let rows = [
        row("D-1", "Algebra", ""),
        row("D-1\u{200b}", "Algebra", ""),
        row("", "Fran\u{e7}ais", ""),
        row("", "Franc\u{327}ais\u{a0}", ""),
        "\u{1a}".to_owned(),
    ];
    let imported = site.import_text("a.csv", &file(&rows));
    assert_eq!(imported.statuses(), ["created", "invalid", "created", "invalid"], "{imported:?}");
    assert!(imported.rows[1]["error"].contains("the same meeting as in line 2"), "{imported:?}");
    let (writes, joined) = site.writes_of(|| site.import_text("b.csv", &file(&[row("\u{feff}D-1", "Algebra", "")])));
    assert_eq!((writes, joined.statuses()), (Writes::NONE, vec!["unchanged"]), "{joined:?}");
}

#[test]
fn what_is_sent_has_nothing_unseen_at_its_ends_and_is_refused_with_it_inside() {
    let site = new_site();
    let rows = [
        row("E-1", "\u{200b}Franc\u{327}ais\u{ad}", "\u{202a}a@example.org\u{202c}"),
        row("E\u{200d}-2", "Algebra", ""),
        row("E-3", "\u{200b}\u{200b}\u{200b}", ""),
        row("E-4", "Alg\u{fffd}bra", ""),
        row("E-5", "Physics", "a\u{200b}b@example.org"),
        row("E-6", "Poetry", "").replace(" 09:00", "\u{a0}09:00").replace(",60,", ",60\u{202f},"),
    ];
    let imported = site.import_text("a.csv", &file(&rows));
    let expected = ["created", "invalid", "invalid", "invalid", "invalid", "created"];
    assert_eq!(imported.statuses(), expected, "{imported:?}");
    for (row, words) in [(1, "U+200D"), (2, "title is missing"), (3, "U+FFFD"), (4, "U+200B")] {
        assert!(imported.rows[row]["error"].contains(words), "{words}: {imported:?}");
    }
    let mut meetings: Vec<_> = site.meetings().into_iter().map(|made| (made.room_name, made.invited)).collect();
    meetings.sort();
    assert_eq!(meetings[0], ("Fran\u{e7}ais".to_owned(), vec!["a@example.org".to_owned()]));
    assert_eq!((meetings.len(), meetings[1].0.as_str()), (2, "Poetry"));
}

/// Blanks that are none, and characters that nothing is seen of, with how each is named.
const WITHIN: [(char, &str); 17] = [
    ('\u{a0}', "U+00A0 (a no-break space)"),
    ('\u{2003}', "U+2003 (a narrow or wide space)"),
    ('\u{202f}', "U+202F (a narrow or wide space)"),
    ('\u{3000}', "U+3000 (a narrow or wide space)"),
    ('\u{34f}', "U+034F (a combining joiner)"),
    ('\u{3164}', "U+3164 (a Hangul filler)"),
    ('\u{ffa0}', "U+FFA0 (a Hangul filler)"),
    ('\u{2800}', "U+2800 (a blank Braille pattern)"),
    ('\u{115f}', "U+115F (a Hangul filler)"),
    ('\u{1160}', "U+1160 (a Hangul filler)"),
    ('\u{180b}', "U+180B (a variation selector)"),
    ('\u{180c}', "U+180C (a variation selector)"),
    ('\u{180d}', "U+180D (a variation selector)"),
    ('\u{180e}', "U+180E (a Mongolian vowel separator)"),
    ('\u{180f}', "U+180F (a variation selector)"),
    ('\u{fe00}', "U+FE00 (a variation selector)"),
    ('\u{fe0f}', "U+FE0F (a variation selector)"),
];

#[test]
fn a_blank_that_is_none_is_named_within_every_id_and_address_and_stays_in_a_title() {
    let site = new_site();
    let columns = ["ref", "user_id", "meeting_id", "invitee_contact_ids", "invitee_group_ids", "invitee_emails"];
    let mut text = format!("action,{},room_name,start_time,duration,moderators,participants\n", columns.join(","));
    let rest = format!("{}-02-01 09:00,60,1,30", years::coming());
    let mut told = Vec::new();
    for (unseen, named) in WITHIN {
        for wrong in columns {
            let cell = |column: &&str| match *column {
                "invitee_emails" if wrong == "invitee_emails" => format!("a{unseen}b@example.org"),
                column if column == wrong => format!("x{unseen}1"),
                "user_id" => "u00001".to_owned(),
                _ => String::new(),
            };
            let action = if wrong == "meeting_id" { "cancel" } else { "" };
            let cells = columns.iter().map(cell).collect::<Vec<_>>().join(",");
            writeln!(text, "{action},{cells},Lesson {},{rest}", told.len()).unwrap();
            told.push((wrong, named));
        }
    }
    // Within a title it is the writer's own, and tells no two meetings apart.
    writeln!(text, ",,u00001,,,,,Room\u{a0}two\u{2003}b,{rest}\n,,u00001,,,,,Room two b,{rest}").unwrap();
    // At the ends it is dropped as ever, also of each of several.
    let ends = "\u{a0}T-1\u{3164},\u{2003}u00001\u{2800},,,,\u{a0}a@example.org\u{a0};\u{3000}b@example.org\u{34f}";
    writeln!(text, ",{ends},Poetry,{rest}").unwrap();
    let imported = site.import_text("a.csv", &text);
    for (row, (column, named)) in imported.rows.iter().zip(&told) {
        assert_eq!(row["status"], "invalid", "{column} {named}: {row:?}");
        assert!(row["error"].contains(named), "{column} {named}: {row:?}");
    }
    assert_eq!(imported.statuses()[told.len()..], ["created", "invalid", "created"], "{imported:?}");
    assert!(imported.rows[told.len() + 1]["error"].contains("the same meeting as in line"), "{imported:?}");
    let mut made: Vec<_> = site.meetings().into_iter().map(|made| (made.room_name, made.invited)).collect();
    made.sort();
    let invited = ["a@example.org", "b@example.org"].map(str::to_owned).to_vec();
    assert_eq!(made, [("Poetry".to_owned(), invited), ("Room\u{a0}two\u{2003}b".to_owned(), Vec::new())]);
    assert_eq!(site.import_text("b.csv", &text.replace("T-1", "T\u{fe0e}-1")).statuses().last(), Some(&"invalid"));
}

#[test]
fn a_title_of_which_nothing_is_seen_is_none_and_what_is_not_seen_counts_for_no_length() {
    let site = new_site();
    let unseen = [
        "\u{fe0e}\u{fe0f}\u{fe0f}",
        "\u{180b}\u{180c}\u{180d}",
        "\u{e0100}\u{e0101}\u{e01ef}",
        "\u{34f}\u{115f}\u{1160}",
        "\u{e0067}\u{e0062}\u{e007f}",
        "\u{2028}\u{2029}\u{2800}",
    ];
    let short = [
        "ab\u{fe0f}",
        "\u{fe0f}ab",
        "a1\u{fe0e}\u{e0100}",
        "\u{2764}\u{fe0f}\u{fe0f}\u{200d}",
        "\u{1f3f4}\u{e0067}\u{e0062}",
    ];
    let made = [
        "\u{2764}\u{fe0f} and",
        "I \u{2764}\u{fe0f} it",
        "With \u{2764}\u{fe0f}",
        "1\u{fe0f}\u{20e3} Lesson",
        "Scotland \u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}",
        "A family \u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
        "\u{845b}\u{e0100}\u{57ce}",
    ];
    let all = unseen.iter().chain(&short).chain(&made);
    let rows: Vec<_> = all.enumerate().map(|(at, title)| row(&format!("G-{at}"), title, "")).collect();
    let imported = site.import_text("a.csv", &file(&rows));
    for (row, codes) in imported.rows.iter().zip(unseen.iter().map(|_| "1611").chain(short.iter().map(|_| "1612"))) {
        assert_eq!((&*row["status"], &*row["code"]), ("invalid", codes), "{row:?}");
    }
    let mut sent: Vec<_> = site.meetings().into_iter().map(|made| made.room_name).collect();
    sent.sort();
    let mut made = made.map(str::to_owned);
    made.sort();
    assert_eq!(sent, made);
    let long = format!("{}\u{fe0f}\u{e0100}", "x".repeat(50));
    assert_eq!(site.import_text("b.csv", &file(&[row("H", &long, "")])).statuses(), ["created"]);
}

#[test]
fn a_line_break_of_another_kind_is_named_in_ids_and_titles() {
    let site = new_site();
    for c in ['\u{2028}', '\u{2029}', '\u{85}', '\u{b}'] {
        let rows = [row(&format!("A{c}1"), "Algebra", ""), row("A-2", &format!("Al{c}pha"), "")];
        let imported = site.import_text("a.csv", &file(&rows));
        assert_eq!(imported.statuses(), ["invalid"; 2], "{imported:?}");
        let named = format!("U+{:04X} (a line break)", u32::from(c));
        assert!(imported.rows.iter().all(|row| row["error"].contains(&named)), "{imported:?}");
        assert!(!imported.rows[1]["error"].contains(c), "{imported:?}");
    }
    assert!(site.meetings().is_empty());
}

#[test]
fn an_unseen_character_within_a_heading_makes_it_another_and_is_named() {
    let site = new_site();
    let text = format!(
        "ref,user_id,room_name,start_time,duration,moderators,participants,invitee\u{200b}_emails\n\
         A-1,u00001,Algebra,{}-02-01 09:00,60,1,30,a@example.org\n",
        years::coming()
    );
    site.write("a.csv", &text);
    let told = "`invitee\u{200b}_emails [with U+200B (a zero-width space)]` is not used. The nearest known name is `invitee_emails`";
    let dry = site.run(&["import", "--dry-run", "a.csv"]);
    assert!(dry.out.contains(told) || dry.err.contains(told), "{dry:?}");
    site.write("b.csv", text.replace("room_name", "ro\u{2060}om_name"));
    let refused = site.run(&["import", "b.csv"]);
    for words in ["there is no column", "U+2060 (a word joiner)", "may be meant for `room_name`"] {
        assert!(refused.out.contains(words) || refused.err.contains(words), "{words}: {refused:?}");
    }
    assert!(site.meetings().is_empty());
}

#[test]
fn meetings_of_an_earlier_version_are_known_by_the_names_it_gave_them() {
    let site = new_site();
    let titles = ["Algebra", "Two  blanks"];
    let imported = site.import_text("a.csv", &file(&[row("D-1", titles[0], ""), row("", titles[1], "")]));
    assert_eq!(imported.statuses(), ["created"; 2], "{imported:?}");
    // So an earlier version has remembered them.
    let state = site.path("state");
    assert_eq!(by_hand::rename_identities(&state, "ref:D-1", "ref:D-1\u{200b}"), 1);
    assert_eq!(by_hand::rename_identities(&state, "Two blanks", "Two  blanks"), 1);
    let rows = [row("D-1\u{200b}", titles[0], ""), row("", titles[1], "")];
    let (writes, again) = site.writes_of(|| site.import_text("b.csv", &file(&rows)));
    assert_eq!((writes, again.statuses()), (Writes::NONE, vec!["unchanged"; 2]), "{again:?}");
}

#[test]
fn a_lost_character_or_an_unseen_one_is_named_wherever_it_stands() {
    let site = new_site();
    let headings = "ref,meeting_id,user_id,room_name,desc,start_time,duration,moderators,participants,invitee_emails,invitee_contact_ids,invitee_group_ids,knock,timezone";
    let cells = headings.split(',').collect::<Vec<_>>();
    let row = |n: usize, column: &str, text: &str| {
        let right = |heading: &&str| match *heading {
            heading if heading == column => text.to_owned(),
            "ref" => format!("F-{n}"),
            "user_id" => "u00001".to_owned(),
            "room_name" => format!("Lesson {n}"),
            "start_time" => format!("{}-02-01 09:00", years::coming()),
            "duration" => "60".to_owned(),
            "moderators" => "1".to_owned(),
            "participants" => "30".to_owned(),
            _ => String::new(),
        };
        cells.iter().map(right).collect::<Vec<_>>().join(",")
    };
    let wrong = [
        ("ref", "R\u{fffd}1", "U+FFFD"),
        ("user_id", "u\u{fffd}1", "U+FFFD"),
        ("user_id", "u\u{ad}1", "U+00AD (a soft hyphen)"),
        ("room_name", "Caf\u{fffd}", "U+FFFD"),
        ("desc", "Caf\u{fffd}", "U+FFFD"),
        ("invitee_emails", "a\u{fffd}@example.org", "U+FFFD"),
        ("invitee_emails", "a\u{feff}@example.org", "U+FEFF (a byte order mark)"),
        ("invitee_contact_ids", "c\u{fffd}1", "U+FFFD"),
        ("invitee_contact_ids", "c\u{200b}1", "U+200B (a zero-width space)"),
        ("invitee_group_ids", "g\u{fffd}1", "U+FFFD"),
        ("participants", "3\u{200b}0", "U+200B (a zero-width space)"),
        ("start_time", "2031-02-01\u{200b}09:00", "U+200B (a zero-width space)"),
        ("knock", "ye\u{200b}s", "U+200B (a zero-width space)"),
        ("timezone", "Europe/\u{200b}Berlin", "U+200B (a zero-width space)"),
    ];
    let rows: Vec<_> = (0..).zip(wrong).map(|(n, (column, text, _))| row(n, column, text)).collect();
    let update = row(90, "meeting_id", "m\u{200b}1");
    let text = format!("action,{headings}\n,{}\nupdate,{update}\n", rows.join("\n,"));
    let imported = site.import_text("a.csv", &text);
    for (row, (column, _, words)) in imported.rows.iter().zip(wrong) {
        assert_eq!(row["status"], "invalid", "{column}: {row:?}");
        assert!(row["error"].contains(words), "{column}: {row:?}");
    }
    assert!(imported.rows.last().is_some_and(|row| row["error"].contains("U+200B")), "{imported:?}");
    assert!(site.meetings().is_empty());
}
