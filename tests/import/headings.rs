//! Headings that are nearly right: told wherever a run is told, with the name that was meant.

use super::world::{World, job};
use super::years;

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
        ("End", "duration"),
    ] {
        let words = format!("The column `{heading}` is not used. The nearest known name is `{near}`");
        assert_eq!(told.matches(&words).count(), 1, "{words}: {told}");
    }
    assert!(told.contains("The file has no column `Teilnehmer` (invitee_emails), which `columns` names."), "{told}");
    assert_eq!(told.matches("Columns carried through unread: `Hall`, `Notes`.").count(), 1, "{told}");
}

#[test]
fn a_heading_that_is_nearly_right_is_told_by_import_a_dry_run_show_and_mail() {
    let world = World::new();
    world.configure(&job("inbox = 'inbox'\nsettle = '100ms'\ncolumns = { invitee_emails = 'Teilnehmer' }"));
    world.write("a.csv", file(NEARLY));
    let dry = world.run(&["import", "--dry-run", "a.csv"]);
    dry.expect(0, "would be created");
    assert_told(&dry.err);
    assert_eq!(world.writes(), [0, 0, 0]);
    let imported = world.run(&["import", "a.csv"]);
    imported.expect(0, "1 created");
    assert_told(&imported.out);
    let run = imported.out.split("(run ").nth(1).unwrap().split(')').next().unwrap();
    let shown = world.run(&["show", run]);
    assert_told(&shown.out);
    std::fs::create_dir_all(world.path("inbox")).unwrap();
    world.write("inbox/b.csv", file(NEARLY));
    world.run(&["run", "timetable"]).expect(0, "1 unchanged");
    let mails = std::fs::read_dir(world.path("state/mail")).unwrap().map(|entry| entry.unwrap().path());
    let mails: Vec<_> = mails.filter(|path| path.extension().is_some_and(|ending| ending == "eml")).collect();
    let mail = mails.iter().map(|path| std::fs::read_to_string(path).unwrap()).find(|mail| mail.contains("b.csv"));
    let mail = mail.unwrap().replace("=\r\n", "").replace("\r\n", "\n");
    let text = mail.split("text/html").next().unwrap();
    assert_told(&text.split_whitespace().collect::<Vec<_>>().join(" "));
}

#[test]
fn a_heading_that_the_job_names_for_a_needed_column_refuses_a_file_that_lacks_it() {
    let world = World::new();
    world.configure(&job("columns = { start_time = 'Beginn' }"));
    world.write("a.csv", file(&[("Hall", "H 1")]).replace("start_time", "Begin"));
    let ran = world.run(&["import", "a.csv"]);
    ran.expect(1, "there is no column `Beginn` (start_time)");
    world.write("b.csv", file(&[("Hall", "H 1")]));
    let ran = world.run(&["import", "b.csv"]);
    ran.expect(
        0,
        "The file has no column `Beginn` (start_time), which `columns` names: the column `start_time` is read in its place.",
    );
}

#[test]
fn a_heading_of_another_language_or_in_quotes_is_told_by_what_it_means() {
    let world = World::new();
    let headings =
        [("Fuso orario", "timezone"), ("Długość", "duration"), ("Elternmail", "invitee_emails"), ("'ref'", "ref")];
    world.write("a.csv", file(&headings.map(|(heading, _)| (heading, "x"))));
    let ran = world.run(&["import", "a.csv"]);
    for (heading, near) in headings {
        let words = format!("The column `{heading}` is not used. The nearest known name is `{near}`");
        assert!(ran.out.contains(&words), "{words}: {ran:?}");
    }
    assert!(!ran.out.contains("carried through unread"), "{ran:?}");
}

#[test]
fn a_file_without_a_heading_of_its_own_is_told_nothing() {
    let world = World::new();
    world.write(
        "a.csv",
        file(&[("timezone", "Asia/Tokyo"), ("E mails", ""), ("", "")]).replace("E mails", "invitee_emails"),
    );
    let ran = world.run(&["import", "a.csv"]);
    ran.expect(0, "1 created");
    assert!(!ran.out.contains("column") && !ran.out.contains("Column"), "{}", ran.out);
}

#[test]
fn starts_that_a_converter_may_have_written_a_minute_early_are_pointed_out() {
    let world = World::new();
    let year = years::coming();
    // As xlsx2csv 0.8.6 writes 10:00; the others are as they were.
    let rows = ["09:00", "09:59", "13:05"].map(|time| format!("u00001,Algebra {time},{year}-02-01 {time},30,1,30\n"));
    world.write("a.csv", format!("user_id,room_name,start_time,duration,moderators,participants\n{}", rows.concat()));
    let words = "1 row begins one minute before a quarter of an hour (line 3)";
    for args in [&["import", "--dry-run", "a.csv"][..], &["import", "a.csv"]] {
        let ran = world.run(args);
        assert!(ran.err.contains(words) || ran.out.contains(words), "{ran:?}");
    }
    let mail = std::fs::read_dir(world.path("state/mail")).unwrap().map(|entry| entry.unwrap().path());
    let mail = mail.filter(|path| path.extension().is_some_and(|ending| ending == "eml")).last().unwrap();
    let mail = std::fs::read_to_string(mail).unwrap().replace("=\r\n", "").replace("\r\n", " ");
    assert!(mail.contains(words), "{mail}");
}
