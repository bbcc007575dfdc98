//! Files that we write are read back: any cells in any encoding, results files, and above all retry files dropped as they are.

use std::io::Cursor;

use proptest::prelude::*;
use roomkeeper::model::{Code, Column, RowToken, Status};
use roomkeeper::table::{Dialect, Headings, Layout, OwnColumns, Reader, ResultLine, ResultsWriter, RetryWriter};

use super::world::{Job, Seen, fixture};

fn own(headings: &Headings) -> Vec<String> {
    headings.own().map(str::to_owned).collect()
}

fn columns(names: &[String]) -> OwnColumns<'_> {
    OwnColumns { names, times: &[], numbers: &[] }
}

/// A retry file of every row of `bytes`, as the run would write it.
fn retry(job: &Job, bytes: &[u8]) -> Vec<u8> {
    let mut reader = Reader::open(Cursor::new(bytes), &job.layout).unwrap();
    let mut writer =
        RetryWriter::begin(Vec::new(), &reader.dialect().into(), columns(&own(reader.headings())), "").unwrap();
    while let Some(row) = reader.next_row().unwrap() {
        let cells: Vec<_> = row.own().map(str::to_owned).collect();
        let late = ResultLine::of_late(row.line(), "=too; short, \"by far\"");
        writer.write(&ResultLine { status: Status::Invalid, code: Some(Code::TITLE_SHORT), ..late }, &cells).unwrap();
    }
    writer.finish().unwrap()
}

fn results(job: &Job, bytes: &[u8]) -> Vec<u8> {
    let mut reader = Reader::open(Cursor::new(bytes), &job.layout).unwrap();
    let mut writer =
        ResultsWriter::begin(Vec::new(), &reader.dialect().into(), columns(&own(reader.headings()))).unwrap();
    while let Some(row) = reader.next_row().unwrap() {
        let cells: Vec<_> = row.own().map(str::to_owned).collect();
        writer.write(&ResultLine::of_late(row.line(), ""), &cells).unwrap();
    }
    writer.finish().unwrap()
}

fn without_lines(seen: Vec<Seen>) -> Vec<(Vec<String>, roomkeeper::jobs::schedule_meetings::Checked)> {
    seen.into_iter().map(|(_, own, checked)| (own, checked)).collect()
}

fn mapped() -> Job {
    let columns: &[(Column, &[&str])] =
        &[(Column::RoomName, &["Title"]), (Column::StartTime, &["Day", "Begin"]), (Column::Duration, &["Dauer"])];
    Job { date_formats: vec!["%d.%m.%Y %H:%M".to_owned()], ..Job::with_columns(columns) }
}

#[test]
fn a_retry_file_dropped_again_says_the_same_generation_after_generation() {
    let begin = || Job::with_columns(&[(Column::RoomName, &["Title"]), (Column::StartTime, &["Begin"])]);
    for (job, name) in [
        (Job::default(), "timetable-plain.csv"),
        (Job::default(), "timetable-mistakes.csv"),
        (Job::default(), "timetable-utf16.txt.csv"),
        (Job::default(), "timetable-cp1252.csv"),
        (begin(), "timetable-excel-de.csv"),
        (mapped(), "timetable-excel-saved.csv"),
    ] {
        let original = fixture(name);
        let first = retry(&job, &original);
        let second = retry(&job, &first);
        let expected = without_lines(job.read(&original).unwrap());
        assert_eq!(without_lines(job.read(&first).unwrap()), expected, "{name}");
        assert_eq!(without_lines(job.read(&second).unwrap()), expected, "{name}");
        let headings = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().next().unwrap().to_owned();
        assert_eq!(headings(&first), headings(&second), "{name}");
    }
}

#[test]
fn a_delimiter_that_only_a_sep_line_makes_known_does_not_lose_the_retry_file() {
    let job = Job::default();
    let again = job.read(&retry(&job, b"sep=|\naction|ref\ncancel|R1\n")).unwrap();
    assert_eq!(again[0].1, ["cancel", "R1"]);
}

#[test]
fn own_columns_under_our_names_survive_a_retry() {
    let job = Job::with_columns(&[(Column::RoomName, &["Status"])]);
    let original = "Status,start_time,duration,moderators,participants,line,attempts,input_x,meeting_id\n\
                    Algebra,2027-02-01 09:00,60,1,5,U6,3,y,m1\n";
    let first = retry(&job, original.as_bytes());
    assert!(String::from_utf8_lossy(&first).starts_with(
        "\u{feff}row,line,status,code,error,input_Status,start_time,duration,moderators,participants,input_line,input_attempts,input_input_x,meeting_id\n"
    ));
    let seen = job.read(&retry(&job, &first)).unwrap();
    assert_eq!(seen[0].1, ["Algebra", "2027-02-01 09:00", "60", "1", "5", "U6", "3", "y", "m1"]);
    assert_eq!(seen[0].2.row.room_name.as_deref(), Some("Algebra"));
    assert!(seen[0].2.faults.is_empty());
}

#[test]
fn cells_beyond_the_headings_are_there_to_be_put_right() {
    let job = Job::default();
    let original = "action,ref,room_name\nupdate,R1,Literature, Poetry\n";
    let again = job.read(&retry(&job, original.as_bytes())).unwrap();
    assert_eq!(again[0].1, ["update", "R1", "Literature", " Poetry"]);
    assert!(!again[0].2.faults.is_empty());
}

#[test]
fn a_results_file_dropped_again_means_the_same_rows() {
    for name in ["timetable-plain.csv", "timetable-mistakes.csv"] {
        let (job, original) = (Job::default(), fixture(name));
        let checked =
            |bytes: &[u8]| job.read(bytes).unwrap().into_iter().map(|(_, _, checked)| checked).collect::<Vec<_>>();
        assert_eq!(checked(&results(&job, &original)), checked(&original), "{name}");
    }
}

#[test]
fn results_open_in_the_program_that_the_file_came_from() {
    let text = String::from_utf8(results(&mapped(), &fixture("timetable-excel-saved.csv"))).unwrap();
    let rows: Vec<_> = text.lines().collect();
    assert_eq!(
        rows[0],
        "\u{feff}row;line;status;code;error;meeting_id;room_id;direct_url;mpin;ppin;attempts;Ref;User ID;Title;Day;Begin;Dauer;Moderators;Participants;Wait for moderator"
    );
    assert_eq!(rows[1], ";2;not_run;;;;;;;;0;K1;u00000;Kurs für Anfänger 1;01.02.2027;09:00;60;1;25;nein");
    assert_eq!(rows.len(), 16);
}

fn encoded(text: &str, encoding: usize) -> Vec<u8> {
    match encoding {
        0 => text.as_bytes().to_vec(),
        1 => ["\u{feff}".as_bytes(), text.as_bytes()].concat(),
        2 => "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect(),
        3 => "\u{feff}".encode_utf16().chain(text.encode_utf16()).flat_map(u16::to_be_bytes).collect(),
        _ => text.encode_utf16().flat_map(u16::to_le_bytes).collect(),
    }
}

/// The token of the row of that number.
fn token(n: usize) -> RowToken {
    let letters = "bcdfghjkmnpqrstvwxyz23456789a";
    let token = |check| RowToken::read(&format!("row_kbcdc{}c{check}", &letters[n..=n])).ok();
    letters.chars().find_map(token).unwrap()
}

/// What stands in the first column; `None` of a file that is refused.
fn first_cells(bytes: &[u8]) -> Option<Vec<String>> {
    let mut reader = Reader::open_bare(Cursor::new(bytes), &Layout::default()).ok()?;
    let mut cells = Vec::new();
    while let Some(row) = reader.next_row().ok()? {
        cells.push(row.own().next().unwrap_or_default().to_owned());
    }
    Some(cells)
}

fn cell() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zÜ数\"';,\t\r\n =+@-]{0,10}",
        "['=+@-]{0,3}[0-9.]{0,3}",
        "[\\x01-\u{ffff}]{0,6}",
        "[\"\n\r;,\t]{0,3}",
        Just("\n;;\r".to_owned()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Whatever a person's cells hold, in any encoding and with any delimiter, they come back from a retry file the same.
    #[test]
    fn any_cells_come_back_from_a_retry_file(
        rows in proptest::collection::vec((any::<bool>(), [cell(), cell(), cell()]), 1..5),
        encoding in 0_usize..5,
        delimiter in prop_oneof![Just(b','), Just(b';'), Just(b'\t')],
        date_order in prop_oneof![Just(""), Just("D.M.Y, not M.D.Y: line 2 has 13.02.2027 9:00; so")],
    ) {
        let headings = ["action", "Notes; all, of them", "Date order"].map(str::to_owned);
        let dialect = Dialect { delimiter, mark: false };
        let mut file = RetryWriter::begin(Vec::new(), &dialect.into(), columns(&headings), date_order).unwrap();
        for (n, (is_late, row)) in rows.iter().enumerate() {
            let token = (!is_late).then(|| token(n));
            file.write(&ResultLine { token, ..ResultLine::of_late(7, "why") }, row).unwrap();
        }
        let bytes = encoded(&String::from_utf8(file.finish().unwrap()).unwrap(), encoding);
        let mut reader = Reader::open(Cursor::new(bytes), &Layout::default()).unwrap();
        prop_assert_eq!(own(reader.headings()), headings);
        for (at, (_, row)) in rows.iter().enumerate() {
            let read = reader.next_row().unwrap().unwrap();
            prop_assert_eq!((read.line(), read.date_order()), (at as u64 + 2, date_order));
            prop_assert_eq!(read.own().collect::<Vec<_>>(), row.iter().map(String::as_str).collect::<Vec<_>>());
        }
        prop_assert!(reader.next_row().unwrap().is_none());
    }

    /// Whichever quotation mark a person deletes in a file of ours, the file is refused, or each of its rows is still one.
    #[test]
    fn no_row_vanishes_where_a_mark_was_deleted(
        rows in proptest::collection::vec([cell(), cell(), cell()], 1..6),
        delimiter in prop_oneof![Just(b','), Just(b';'), Just(b'\t')],
        is_results in any::<bool>(),
        mark in any::<prop::sample::Index>(),
    ) {
        let headings = ["action", "Notes; all, of them", "room_name"].map(str::to_owned);
        let (dialect, names) = (Dialect { delimiter, mark: false }, columns(&headings));
        let lines = rows.iter().enumerate();
        let lines = lines.map(|(n, row)| (ResultLine { token: Some(token(n)), ..ResultLine::of_late(7, "why") }, row));
        let bytes = if is_results {
            let mut file = ResultsWriter::begin(Vec::new(), &dialect.into(), names).unwrap();
            lines.for_each(|(line, row)| file.write(&line, row).unwrap());
            file.finish()
        } else {
            let mut file = RetryWriter::begin(Vec::new(), &dialect.into(), names, "").unwrap();
            lines.for_each(|(line, row)| file.write(&line, row).unwrap());
            file.finish()
        };
        let mut bytes = bytes.unwrap();
        let marks: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at] == b'"').collect();
        prop_assume!(!marks.is_empty());
        bytes.remove(*mark.get(&marks));
        if let Some(found) = first_cells(&bytes) {
            for n in 0..rows.len() {
                prop_assert!(found.contains(&token(n).to_string()), "{n}: {:?}", String::from_utf8_lossy(&bytes));
            }
        }
    }

    /// No bytes make the reader panic.
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200), heading in any::<bool>()) {
        let bytes = if heading { [b"action,ref\n", &bytes[..]].concat() } else { bytes };
        let _ = Job::default().read(&bytes);
    }
}
