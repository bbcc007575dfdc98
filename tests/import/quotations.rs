//! A quotation mark too many or too few refuses the file, however it was handed in; no row vanishes in the cell of another.

use std::fs;

use super::years;
use crate::importing::{is_refused, new_site};

const HEADINGS: &str = "ref,user_id,room_name,start_time,duration,moderators,participants,notes";

fn row(reference: &str, notes: &str) -> String {
    format!("{reference},u00001,Lesson {reference},{}-02-01 09:00,60,1,5,{notes}\n", years::coming())
}

fn file(notes: &[&str]) -> String {
    let rows = (1..).zip(notes).map(|(n, notes)| row(&format!("A-{n}"), notes));
    format!("{HEADINGS}\n{}", rows.collect::<String>())
}

#[test]
fn a_quotation_that_breaks_refuses_the_file_and_names_both_lines() {
    let site = new_site();
    site.write("a.csv", file(&["\"see board", "ok", "12\" screen", "x"]));
    is_refused(&site, "a.csv", &["begins in line 2 of the text", "is broken in line 4"]);
    site.write("a.csv", format!("sep=,\n{}", file(&["ok", "\"Room \"Blue\" two\""])));
    is_refused(&site, "a.csv", &["begins in line 4 of the text", "in the same line"]);
    site.write("a.csv", file(&["ok", "\"see board", "x"]));
    is_refused(&site, "a.csv", &["line 3 of the text is never closed"]);
    let dry = site.run(&["import", "--dry-run", "a.csv"]);
    assert!(dry.code != 0 && format!("{}{}", dry.out, dry.err).contains("never closed"), "{dry:?}");
}

#[test]
fn rows_within_a_quotation_refuse_the_file_and_lines_of_prose_do_not() {
    let site = new_site();
    site.write("a.csv", file(&["\"see board", "ok", "12\"", "x"]));
    is_refused(&site, "a.csv", &["begins in line 2 of the text", "line 3 looks like one", "look for a quotation mark"]);
    let imported = site.import_text("a.csv", &file(&["\"Bring:\na pen, a book, and paper\n\nThanks\"", "ok"]));
    assert_eq!(imported.statuses(), ["created"; 2], "{imported:?}");
}

/// The same file with `more` behind the headings, and `ends` behind each row.
fn with_ends(text: &str, more: &str, ends: &str) -> String {
    let lines = text.lines().enumerate();
    let lines = lines.map(|(at, line)| format!("{line}{}\n", if at == 0 { more } else { ends }));
    lines.collect::<Vec<_>>().concat()
}

#[test]
fn rows_that_are_shorter_or_longer_than_the_headings_do_not_vanish_either() {
    let site = new_site();
    let look = ["begins in line 2 of the text", "line 3 looks like one"];
    for (more, ends) in [(",room,hall", ""), (",room,hall", ","), ("", ","), ("", ",,"), ("", ",x"), ("", ",,,,,,,,,,")]
    {
        for notes in [&["\"see board", "ok", "12\"", "x"][..], &["\"see board", "12\"", "x"], &["\"see board", "12\""]]
        {
            site.write("a.csv", with_ends(&file(notes), more, ends));
            is_refused(&site, "a.csv", &look);
        }
        // The mark stands in another column than its counterpart.
        let text = with_ends(&file(&["x", "y", "z"]), more, ends);
        site.write(
            "a.csv",
            text.replace(",u00001,Lesson A-1", ",u00001,\"Lesson A-1").replace("Lesson A-2", "Lesson A-2\""),
        );
        is_refused(&site, "a.csv", &look);
    }
    let dry = site.run(&["import", "--dry-run", "a.csv"]);
    assert!(dry.code != 0 && format!("{}{}", dry.out, dry.err).contains("line 3 looks like one"), "{dry:?}");
}

#[test]
fn notes_of_several_lines_are_read_also_in_rows_with_a_cell_too_many() {
    let site = new_site();
    let notes = "\"Bring:\na pen, a book, 1,5 l of water\n\nThanks\"";
    // Stray delimiters at the ends, as a spreadsheet leaves them where cells were cleared.
    for (at, stray) in [",", ",,,", ",,,,,,,,,,"].into_iter().enumerate() {
        let row = |n: usize, notes: &str| row(&format!("{at}-{n}"), notes).replace('\n', "\0");
        let rows = [row(1, notes), row(2, "ok"), row(3, notes)]
            .map(|row| row.replace('\0', "\n").trim_end().to_owned() + stray);
        let imported = site.import_text("a.csv", &format!("{HEADINGS}\n{}\n", rows.join("\n")));
        assert_eq!(imported.statuses(), ["created"; 3], "{imported:?}");
    }
    // A separator too many in the title; what is handed back for it is read as it was written.
    let text = file(&[notes, notes, "ok"]).replace("Lesson A-2", "Lesson, A-2");
    let imported = site.import_text("b.csv", &text);
    assert_eq!(imported.statuses(), ["created", "invalid", "created"], "{imported:?}");
    assert!(imported.rows[1]["error"].contains("more cells than there are headings"), "{imported:?}");
    for what in ["retry", "results"] {
        let back = fs::read_to_string(imported.file(what)).unwrap();
        assert!(site.import_text("back.csv", &back).statuses().contains(&"invalid"), "{what}");
    }
}

#[test]
fn files_of_ours_that_come_back_broken_are_refused_too() {
    let site = new_site();
    let text = file(&["left", "middle", "right"]).replace("Lesson A-1", "ab").replace("Lesson A-2", "xy");
    let imported = site.import_text("a.csv", &text);
    assert_eq!(imported.statuses(), ["invalid", "invalid", "created"], "{imported:?}");
    for what in ["retry", "results"] {
        let back = fs::read_to_string(imported.file(what)).unwrap();
        site.write("back.csv", back.replace(",left", ",\"left").replace(",middle", ",middle\""));
        is_refused(&site, "back.csv", &["begins in line 2 of the text", "line 3 looks like one"]);
        site.write("back.csv", back.replace(",left", ",\"left").replace(",middle", ",12\" wide"));
        is_refused(&site, "back.csv", &["begins in line 2 of the text", "is broken in line 3"]);
    }
}

/// Cells with line breaks and separators come back from our own files; a row that a deleted mark swallows still refuses them.
#[test]
fn a_file_of_ours_with_lines_of_separators_in_its_cells_comes_back_and_with_a_mark_deleted_is_refused() {
    let site = new_site();
    let headings = "ref;user_id;room_name;start_time;duration;moderators;participants;a;b;c;d";
    let row = |n: usize, title: &str, cells: &str| {
        format!("A-{n};u00001;{title};{}-02-01 0{n}:00;60;1;5;{cells}\n", years::coming())
    };
    let text = [row(1, "ab", "\"\n\";;\"x\n;;\";y"), row(2, "cd", "\"\n\";;;z"), row(3, "Lesson", "\"a\nb\";;;z")];
    let imported = site.import_text("a.csv", &format!("{headings}\n{}", text.concat()));
    assert_eq!(imported.statuses(), ["invalid", "invalid", "created"], "{imported:?}");
    let back = fs::read_to_string(imported.file("retry")).unwrap();
    // A spreadsheet leaves the marks of such cells, and a person may put separators into them.
    let ours = back.replace("\"x\n;;\"", "\"\n;;\r\"");
    assert_ne!(ours, back);
    let swallowed = ours.replacen("\"\n\";;\"\n;;\r\";y", "\"\n\";;\"\n;;\r;y", 1);
    assert_ne!(swallowed, ours);
    site.write("back.csv", &swallowed);
    is_refused(&site, "back.csv", &["of the text", "looks like one"]);
    let again = site.import_text("back.csv", &ours.replace(";ab;", ";Abacus;").replace(";cd;", ";Codes;"));
    assert_eq!(again.statuses(), ["created"; 2], "{again:?}");
    assert_eq!(again.rows[0]["c"], "\n;;\r");
}
