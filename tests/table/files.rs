//! Each sample file reads as its README says.

use std::io::Cursor;

use roomkeeper::model::Column;
use roomkeeper::table::Reader;

use super::world::{Job, Seen, at, fixture};

fn clean(seen: &[Seen]) {
    for (line, _, checked) in seen {
        assert!(checked.faults.is_empty(), "line {line}: {}", checked.faults);
        assert_eq!(checked.past, None, "line {line}");
    }
}

fn german() -> Job {
    let columns: &[(Column, &[&str])] =
        &[(Column::RoomName, &["Title"]), (Column::StartTime, &["Day", "Begin"]), (Column::Duration, &["Dauer"])];
    Job { date_formats: vec!["%d.%m.%Y %H:%M".to_owned()], ..Job::with_columns(columns) }
}

fn found(job: &Job, name: &str) -> (String, char) {
    let reader = Reader::open(Cursor::new(fixture(name)), &job.layout).unwrap();
    (
        reader.recoded().map_or_else(|| "UTF-8".to_owned(), |recoded| recoded.encoding),
        char::from(reader.dialect().delimiter),
    )
}

#[test]
fn the_plain_timetable_has_120_meetings() {
    let seen = Job::default().read(&fixture("timetable-plain.csv")).unwrap();
    clean(&seen);
    assert_eq!(seen.len(), 120);
    assert_eq!((seen[0].0, seen[119].0), (2, 121), "a quoted newline makes no row");
    let row = &seen[0].2.row;
    assert_eq!(row.desc.as_deref(), Some("Week 1; bring\nyour notes"));
    assert_eq!(row.start, Some(at("2027-02-01T08:00:00Z")));
    assert_eq!(row.invitees.emails, ["a@example.org", "b@example.org"]);
    assert_eq!(
        (row.wait_for_moderator, row.knock, row.auto_recording, row.send_mail),
        (Some(false), Some(false), None, Some(true))
    );
    assert_eq!(seen[6].2.row.room_name.as_deref(), Some("数学演習 1"));
    assert_eq!(seen[8].2.row.room_name.as_deref(), Some("The \"Quoted\" Seminar 1"));
}

#[test]
fn what_a_german_excel_saves_is_read_with_its_own_headings() {
    let job = Job::with_columns(&[(Column::RoomName, &["Title"]), (Column::StartTime, &["Begin"])]);
    assert_eq!(found(&job, "timetable-excel-de.csv"), ("UTF-8".to_owned(), ';'));
    let seen = job.read(&fixture("timetable-excel-de.csv")).unwrap();
    clean(&seen);
    assert_eq!(seen.len(), 20);
    assert_eq!(seen[4].2.row.room_name.as_deref(), Some("Français avancé 1"));
    assert_eq!(seen[0].1.last().unwrap(), "H 2.01", "a column that is not ours is carried through");
}

#[test]
fn what_it_saves_again_is_read_with_day_and_time_apart() {
    assert_eq!(found(&german(), "timetable-excel-saved.csv"), ("windows-1252".to_owned(), ';'));
    let seen = german().read(&fixture("timetable-excel-saved.csv")).unwrap();
    clean(&seen);
    assert_eq!(seen.len(), 15, "the row of empty cells is none");
    let (line, own, checked) = &seen[1];
    assert_eq!(*line, 3, "the sep= line is no row of the spreadsheet");
    assert_eq!(checked.row.room_name.as_deref(), Some("Kurs für Anfänger 2"));
    assert_eq!(checked.row.start, Some(at("2027-02-02T08:15:00Z")));
    assert_eq!(checked.row.wait_for_moderator, Some(true));
    assert_eq!(own[3..5], ["02.02.2027", "09:15"], "carried as they stand there");
}

#[test]
fn unicode_text_and_windows_1252_give_the_same_as_utf8() {
    let job = Job::default();
    assert_eq!(found(&job, "timetable-utf16.txt.csv"), ("UTF-16LE".to_owned(), '\t'));
    assert_eq!(found(&job, "timetable-cp1252.csv"), ("windows-1252".to_owned(), ','));
    let plain = job.read(&fixture("timetable-plain.csv")).unwrap();
    for name in ["timetable-utf16.txt.csv", "timetable-cp1252.csv"] {
        let seen = job.read(&fixture(name)).unwrap();
        clean(&seen);
        assert!(seen.len() >= 10, "{name}");
        for (_, _, checked) in &seen {
            assert!(plain.iter().any(|(_, _, same)| same == checked), "{name}: {:?}", checked.row);
        }
    }
}

#[test]
fn each_mistake_gets_its_code_and_each_right_row_none() {
    let seen = Job::default().read(&fixture("timetable-mistakes.csv")).unwrap();
    let expected = [
        ("ok", None),
        ("title-short", Some(1612)),
        ("title-long", Some(1613)),
        ("no-title", Some(1611)),
        ("past", Some(1601)),
        ("no-start", Some(1603)),
        ("guess", Some(1602)),
        ("gap", Some(1602)),
        ("fold", Some(1602)),
        ("offset-fold", None),
        ("zone", Some(1684)),
        ("short", Some(1632)),
        ("duration", Some(1634)),
        ("h-m", None),
        ("no-mod", Some(1642)),
        ("neg", Some(1652)),
        ("twin", None),
        ("twin", None),
        ("formula", None),
        ("crlf", None),
        ("html", None),
    ];
    assert_eq!(seen.len(), expected.len());
    for ((_, own, checked), (name, code)) in seen.iter().zip(expected) {
        assert_eq!(own[0], name);
        let past = checked.past.as_ref().and_then(|fault| fault.code);
        assert_eq!(checked.faults.code().or(past).map(|code| code.0), code, "{name}: {}", checked.faults);
        let wrong = code.is_some_and(|code| code != 1601) || name == "crlf";
        assert_eq!(checked.faults.iter().count(), usize::from(wrong), "{name}: {}", checked.faults);
    }
    let by_name = |name: &str| &seen.iter().find(|(_, own, _)| own[0] == name).unwrap().2;
    assert_eq!(by_name("offset-fold").row.start, Some(at("2027-10-31T01:30:00Z")));
    assert_eq!(by_name("h-m").row.duration_min, Some(90));
    assert_eq!(by_name("formula").row.room_name.as_deref(), Some("=SUM(A1:A9)"));
    assert_eq!(by_name("html").row.room_name.as_deref(), Some("<script>alert(1)</script>"));
    assert_eq!(seen[16].2.row.identity(None), seen[17].2.row.identity(None), "twins are told by their identity");
}

#[test]
fn the_reasons_are_plain_words() {
    let seen = Job::default().read(&fixture("timetable-mistakes.csv")).unwrap();
    let words = |name: &str| seen.iter().find(|(_, own, _)| own[0] == name).unwrap().2.faults.to_string();
    assert_eq!(
        words("gap"),
        "the start `2027-03-28 02:30` does not exist in Europe/Berlin, because the clocks are put forward over it; the next time after it is 2027-03-28 03:00"
    );
    assert_eq!(
        words("fold"),
        "the start `2027-10-31 02:30` comes twice in Europe/Berlin, because the clocks are put back over it; write 2027-10-31T02:30:00+02:00 for the first time or 2027-10-31T02:30:00+01:00 for the second"
    );
    assert_eq!(
        words("guess"),
        "the start `03/04/2027 10:00` is not a date and time that leaves no doubt; write it as 2026-11-23 14:05"
    );
    assert_eq!(words("zone"), "`Europe/Atlantis` is not the name of a time zone; write one such as Europe/Berlin");
    assert_eq!(words("title-short"), "the title `ab` is shorter than 3 characters");
    assert!(words("title-long").ends_with(" has 51 characters; 50 are allowed"));
    assert!(words("duration").starts_with("the duration `an hour` cannot be read; write minutes"));
    assert_eq!(words("no-mod"), "the number of moderators `0` must be 1 or more");
    assert!(words("crlf").contains("line break"));
}
