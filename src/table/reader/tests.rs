//! Reads rows as a spreadsheet shows them.

use super::*;

fn rows(text: &str) -> Vec<(u64, String)> {
    let layout = Layout::default();
    let mut reader = Reader::open(Cursor::new(text.as_bytes().to_vec()), &layout).unwrap();
    let mut rows = Vec::new();
    while let Some(row) = reader.next_row().unwrap() {
        rows.push((row.line(), row.own().collect::<Vec<_>>().join("|")));
    }
    rows
}

fn numbers(text: &str) -> Vec<u64> {
    rows(text).into_iter().map(|(line, _)| line).collect()
}

#[test]
fn rows_are_numbered_as_a_spreadsheet_numbers_them() {
    for end in ["\n", "\r\n", "\r"] {
        let text = |rows: &[&str]| rows.join(end);
        assert_eq!(numbers(&text(&["action,ref", "a,1", "", "a,2", "", "", "a,3", ""])), [2, 4, 7], "{end:?}");
        assert_eq!(numbers(&text(&["action,ref", "a,\"1", "1\"", "a,2", " , ", "a,3"])), [2, 3, 5], "{end:?}");
        assert_eq!(numbers(&text(&["sep=,", "action,ref", "a,1"])), [2], "{end:?}");
        assert_eq!(numbers(&text(&["", ",", "action,ref", "", "a,1"])), [5], "{end:?}");
    }
}

#[test]
fn short_rows_are_filled_and_long_ones_told() {
    let mut reader =
        Reader::open(Cursor::new("action,ref,desc\na\na,b,c,,d, e\na,b,c,, \n"), &Layout::default()).unwrap();
    let row = reader.next_row().unwrap().unwrap();
    assert_eq!((row.own().collect::<Vec<_>>(), row.surplus()), (vec!["a", "", ""], None));
    let row = reader.next_row().unwrap().unwrap();
    assert_eq!((row.own().collect::<Vec<_>>(), row.surplus()), (vec!["a", "b", "c", "", "d", " e"], Some("d")));
    assert_eq!(reader.next_row().unwrap().unwrap().surplus(), None);
    assert!(reader.next_row().unwrap().is_none());
}

#[test]
fn values_are_trimmed_joined_and_unguarded() {
    let columns = [(Column::StartTime, vec!["Day".to_owned(), "Begin".to_owned()])].into();
    let layout = Layout { columns, ..Layout::default() };
    let text = "action,room_name,Day,Begin\na,\" '=SUM(A1) \",2027-01-01, 9:00\na,\u{a0}x ,,9:00\n";
    let mut reader = Reader::open(Cursor::new(text), &layout).unwrap();
    let row = reader.next_row().unwrap().unwrap();
    assert_eq!((&*row.get(Column::RoomName), &*row.get(Column::StartTime)), ("=SUM(A1)", "2027-01-01 9:00"));
    let row = reader.next_row().unwrap().unwrap();
    assert_eq!((&*row.get(Column::RoomName), &*row.get(Column::StartTime)), ("x", "9:00"));
    assert_eq!(row.get(Column::Duration), "");
}

#[test]
fn signs_are_words_where_no_letter_is_beyond_ascii() {
    let words = |bytes: &[u8]| {
        let mut reader = Reader::open(Cursor::new(bytes.to_vec()), &Layout::default()).unwrap();
        while reader.next_row().unwrap().is_some() {}
        reader.recoded().unwrap().words
    };
    assert_eq!(words(b"action,desc\na,Fee 5 \x80 for x\x85 \x96 y\na,\x93z\x94\n"), ["5 €", "x…", "x… –"]);
    assert_eq!(words(b"action,desc\na,5 \x80\na,\xDCbung\n"), ["Übung"]);
    // A blank that is none may be another encoding's letter.
    assert_eq!(words(b"action,desc\na,MATEM\xA0TICAS \xA0\n"), ["MATEM\u{a0}TICAS"]);
}

#[test]
fn files_without_headings_or_with_titles_and_totals_keep_their_line_numbers() {
    let headings = ["ref", "room_name", "start_time", "duration", "moderators", "participants"].map(str::to_owned);
    let layout = Layout { headings: headings.to_vec(), until: vec!["Total".to_owned()], ..Layout::default() };
    let text = "A1,Algebra,2027-02-01 09:00,60,1,5\n\nA2,Bio,2027-02-01 10:00,60,1,5\nTotal,,,120\nprinted,2027\n";
    for (titles, above) in [("", 0), ("Timetable\n\"of\n2027\"\n", 2)] {
        let mut reader = Reader::open(Cursor::new(format!("{titles}{text}")), &layout).unwrap();
        let mut rows = Vec::new();
        while let Some(row) = reader.next_row().unwrap() {
            rows.push((row.line(), row.get(Column::Ref).into_owned()));
        }
        assert_eq!(rows, [(1 + above, "A1".to_owned()), (3 + above, "A2".to_owned())]);
        assert!(reader.is_headless());
        let left = reader.left();
        assert_eq!((left.above, left.below.map(|below| (below.line, below.rows))), (above, Some((4 + above, 2))));
        assert_eq!(reader.headings().own().collect::<Vec<_>>(), headings);
    }
    // A results or retry file of it has headings.
    let ours =
        "line,status,code,error,ref,room_name,start_time,duration,moderators,participants\n1,invalid,,x,A1,,,,,\n";
    let mut reader = Reader::open(Cursor::new(ours), &layout).unwrap();
    let row = reader.next_row().unwrap().unwrap();
    assert_eq!((row.line(), &*row.get(Column::Ref)), (2, "A1"));
    assert!(!reader.is_headless());
}

#[test]
fn a_length_in_the_cell_of_the_start_makes_up_for_its_column() {
    let columns = [(Column::StartTime, vec!["Day".to_owned(), "Time".to_owned()])].into();
    let layout = Layout { columns, ..Layout::default() };
    let text = |time: &str| format!("room_name,Day,Time,moderators,participants\nAlgebra,01.02.2027,{time},1,5\n");
    let mut reader = Reader::open(Cursor::new(text("08:00 - 09:30")), &layout).unwrap();
    assert_eq!(&*reader.next_row().unwrap().unwrap().get(Column::StartTime), "01.02.2027 08:00 - 09:30");
    assert!(reader.next_row().unwrap().is_none());
    let Err(ReadError::Refused(refusal)) = Reader::open(Cursor::new(text("08:00")), &layout) else {
        panic!("it is read")
    };
    assert!(refusal.to_string().contains("no column `duration`"), "{refusal}");
}
