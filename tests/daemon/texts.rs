//! The text of a dropped file, from the drop folder to the mail: encodings, unseen characters, quotation marks that broke.

use std::collections::BTreeSet;

use encoding_rs::{Encoding, WINDOWS_1250, WINDOWS_1252};
use roomkeeper::clock::{Clock, SystemClock};

use crate::site::{Site, column, wait_until};

const TO: &str = "[mail]\nto = [\"it@example.org\"]\non = \"always\"\n";
const JOB: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"200ms\"\npoll = \"200ms\"\n";
const HEADINGS: &str = "ref,user_id,room_name,start_time,duration,moderators,participants,invitee_emails,notes";

/// Days of the next year have not passed.
fn year() -> i32 {
    SystemClock.now().to_rfc3339()[..4].parse::<i32>().unwrap() + 1
}

fn row(reference: &str, title: &str, email: &str, notes: &str) -> String {
    format!("{reference},u00001,{title},{}-02-01 09:00,60,1,30,{email},{notes}\n", year())
}

fn file(titles: &[&str]) -> String {
    let rows = (1..).zip(titles).map(|(n, title)| row(&format!("A-{n}"), title, "", ""));
    format!("{HEADINGS}\n{}", rows.collect::<String>())
}

fn drop_in(site: &Site, name: &str, text: &str, encoding: &'static Encoding) {
    let aside = site.path("aside");
    std::fs::write(&aside, encoding.encode(text).0).unwrap();
    std::fs::rename(aside, site.path("inbox").join(name)).unwrap();
}

/// The text of the mail that comes next, on one line.
fn next_mail(site: &Site, before: usize) -> String {
    wait_until("a mail", || site.mails().len() > before);
    let mail = site.mails().pop().unwrap();
    let parsed = mail_parser::MessageParser::default().parse(mail.as_bytes()).unwrap();
    parsed.body_text(0).unwrap().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Reads what `show` says of the last run.
fn shown(site: &Site) -> String {
    let last = site.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    site.run(&["show", &last]).out
}

fn made(site: &Site) -> BTreeSet<String> {
    site.sandbox.made().into_iter().collect()
}

#[test]
fn a_file_in_another_encoding_is_refused_or_told_and_taken_when_the_job_says_which() {
    const CZECH: [&str; 3] = ["Dějepis pro třídu", "Čeština a příroda", "Žáci ve škole"];
    let site = Site::new(&format!("{TO}{JOB}"));
    let mut daemon = site.daemon();
    drop_in(&site, "czech.csv", &file(&CZECH), WINDOWS_1250);
    let mail = next_mail(&site, 0);
    for words in ["FAILED", "looks like windows-1250", "encoding = \"windows-1250\"", "CSV UTF-8", "czech"] {
        assert!(mail.contains(words), "{words}: {mail}");
    }
    assert!(shown(&site).contains("looks like windows-1250"));
    assert!(made(&site).is_empty());
    let refused = site.only("inbox/failed", ".csv");
    assert_eq!(std::fs::read(refused).unwrap(), WINDOWS_1250.encode(&file(&CZECH)).0.into_owned());

    drop_in(&site, "french.csv", &file(&["L’été à Genève", "Prüfung – für Anfänger"]), WINDOWS_1252);
    let mail = next_mail(&site, 1);
    assert!(mail.contains("was read as windows-1252") && mail.contains("été, à, Genève"), "{mail}");
    assert!(shown(&site).contains("encoding windows-1252 ("), "{}", shown(&site));
    assert_eq!(made(&site), ["L’été à Genève", "Prüfung – für Anfänger"].map(str::to_owned).into());
    daemon.terminate();

    site.configure(&format!("{TO}{JOB}encoding = \"windows-1250\"\n"));
    let _daemon = site.daemon();
    drop_in(&site, "czech.csv", &file(&CZECH).replace("A-", "B-"), WINDOWS_1250);
    let mail = next_mail(&site, 2);
    assert!(mail.contains("was read as windows-1250") && mail.contains("Dějepis, třídu, Čeština"), "{mail}");
    assert!(CZECH.iter().all(|title| made(&site).contains(*title)), "{:?}", made(&site));
}

#[test]
fn what_nobody_sees_makes_no_second_meeting_and_is_named_where_it_stays() {
    let site = Site::new(&format!("{TO}{JOB}"));
    let _daemon = site.daemon();
    let rows = [
        row("D-1", "Algebra", "", ""),
        row("D-1\u{200b}", "Algebra", "", ""),
        row("D-2", "Physics", "\u{202a}a@example.org\u{202c}", "").replace(" 09:00", "\u{a0}09:00"),
        row("D-3", "\u{200b}\u{200b}\u{200b}", "", ""),
        row("", "Fran\u{e7}ais", "", "").replace(",60,", ",60\u{202f},"),
        row("", "Franc\u{327}ais", "", ""),
        row("D\u{200d}-4", "Poetry", "", ""),
        row("D-5", "Poe\u{fffd}try", "", ""),
        row("D-6", "Music", "", "").replace("u00001", "\u{feff}u00001\u{2009}"),
        row("D-7", "Art", "b\u{200b}c@example.org", ""),
        row("D-8", "Geography", "", "").replace(",60,", ",6\u{200b}0,"),
    ];
    // Two exports that were joined, the second with its mark.
    let joined = format!("\u{feff}{HEADINGS}\n{}\u{feff}{}\u{1a}", rows.concat(), row("D-1", "Algebra", "", ""));
    site.drop_renamed("a.csv", &joined);
    let mail = next_mail(&site, 0);
    let results = site.only("inbox/failed", "results.csv");
    let created = |line: usize| [2, 4, 6, 10].contains(&line);
    let expected: Vec<_> = (2..14).map(|line| if created(line) { "created" } else { "invalid" }).collect();
    let errors = column(&results, "error");
    assert_eq!(column(&results, "status"), expected, "{errors:?}");
    for (line, words) in [
        (3, "line 2"),
        (5, "title is missing"),
        (7, "the same meeting as in line 6"),
        (8, "U+200D (a zero-width joiner)"),
        (9, "U+FFFD"),
        (11, "U+200B"),
        (12, "U+200B"),
        (13, "line 2"),
    ] {
        assert!(errors[line - 2].contains(words), "{line}: {errors:?}");
    }
    assert!(mail.contains("U+200D (a zero-width joiner)"), "{mail}");
    assert_eq!(made(&site), ["Algebra", "Fran\u{e7}ais", "Music", "Physics"].map(str::to_owned).into());

    // The week after: the same rows as another program writes them.
    let again = [row("\u{feff}D-1", "Algebra\u{a0}", "", ""), row("", "Franc\u{327}ais", "", "")];
    site.drop_renamed("b.csv", &format!("{HEADINGS}\n{}", again.concat()));
    next_mail(&site, 1);
    assert_eq!(column(&site.only("inbox/done", "results.csv"), "status"), ["unchanged"; 2]);
    assert_eq!(site.sandbox.made().len(), 4);
}

#[test]
fn a_quotation_that_broke_refuses_the_dropped_file_and_the_mail_names_both_lines() {
    let site = Site::new(&format!("{TO}{JOB}"));
    let _daemon = site.daemon();
    let rows = |notes: &[&str]| {
        let rows = (1..).zip(notes).map(|(n, notes)| row(&format!("A-{n}"), &format!("Lesson {n}"), "", notes));
        format!("{HEADINGS}\n{}", rows.collect::<String>())
    };
    let broken = rows(&["\"see board", "ok", "12\" screen", "x"]);
    let blue = file(&["Lesson", "\"Room \"Blue\" two\""]);
    let swallowed = rows(&["\"see board", "ok", "12\"", "x"]);
    let cases: [(&str, &[&str]); 3] = [
        (&broken, &["begins in line 2", "broken in line 4"]),
        (&blue, &["begins in line 3", "broken in the same line"]),
        (&swallowed, &["begins in line 2", "line 3 looks like one", "look for a quotation mark"]),
    ];
    for (mails, (text, words)) in cases.into_iter().enumerate() {
        site.drop_renamed("a.csv", text);
        let mail = next_mail(&site, mails);
        assert!(words.iter().all(|words| mail.contains(words)), "{words:?}: {mail}");
    }
    assert_eq!((site.files("failed").len(), site.files("done").len(), site.sandbox.made().len()), (3, 0, 0));
    // Files of ours that come back broken: their rows are as little lost.
    site.drop_renamed("b.csv", &rows(&["left", "middle", "right"]).replace("Lesson 1", "ab").replace("Lesson 2", "xy"));
    next_mail(&site, 3);
    for (mails, what) in [(4, "retry.csv"), (5, "results.csv")] {
        let ours = site.files("failed").into_iter().find(|name| name.starts_with("b.") && name.ends_with(what));
        let text = std::fs::read_to_string(site.path("inbox/failed").join(ours.unwrap())).unwrap();
        site.drop_renamed("back.csv", &text.replace(",left", ",\"left").replace(",middle", ",12\" wide"));
        let mail = next_mail(&site, mails);
        assert!(mail.contains("begins in line 2") && mail.contains("is broken in line 3"), "{what}: {mail}");
    }
    assert_eq!(made(&site), ["Lesson 3".to_owned()].into());
}
