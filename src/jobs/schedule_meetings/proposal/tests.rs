//! Proposes keys for files in the forms of programs that many people use.

use std::io::{Seek, Write};

use super::*;

fn proposal(text: &[u8]) -> Proposal {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(text).unwrap();
    file.rewind().unwrap();
    Proposal::of(&file, None).unwrap()
}

fn key<'a>(proposal: &'a Proposal, name: &str) -> Option<&'a str> {
    proposal.keys.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_str())
}

#[test]
fn what_the_file_leaves_open_is_said() {
    let found = proposal(b"Subject,Start Date,Start Time,End Date,End Time,Host\nAlgebra,01/02/2027,9:00 AM,01/02/2027,10:00 AM,Anna Smith\n");
    assert_eq!(key(&found, "date_formats"), None);
    let open = found.open.join("\n");
    for words in [
        "[\"%d/%m/%Y %I:%M %p\"] or [\"%m/%d/%Y %I:%M %p\"]",
        "`Host` may name whose meeting it is",
        "does not say moderators, participants",
    ] {
        assert!(open.contains(words), "{words}: {open}");
    }
    assert_eq!(
        key(&found, "columns"),
        Some(
            "{ start_time = [\"Start Date\", \"Start Time\"], end_time = [\"End Date\", \"End Time\"], room_name = \"Subject\" }"
        )
    );
    let found = proposal(b"a;b\n1;2\n");
    assert!(found.open.iter().any(|open| open.contains("No column was found that holds the start")), "{found:?}");
    assert!(found.open.iter().any(|open| open.contains("holds the title")), "{found:?}");
}

#[test]
fn lengths_are_taken_in_the_unit_that_their_numbers_show() {
    let unit = |lengths: &str| {
        let rows = lengths.split(' ').map(|length| format!("A;2027-02-01 09:00;{length}\n"));
        let rows = rows.collect::<String>();
        let found = proposal(format!("Title;Start;Dauer\n{rows}").as_bytes());
        key(&found, "duration_unit").map(str::to_owned)
    };
    assert_eq!(unit("90 45"), None);
    assert_eq!(unit("1,5 2"), Some("\"hours\"".to_owned()));
    assert_eq!(unit("0130 0045"), Some("\"hhmm\"".to_owned()));
    assert_eq!(unit("1 2"), Some("\"hours\"".to_owned()));
    assert_eq!(unit("1:30 0:45"), None);
}

#[test]
fn an_encoding_that_a_job_must_say_is_proposed() {
    let (bytes, ..) = encoding_rs::WINDOWS_1250.encode(
        "Tytuł;Data;Godzina\nZajęcia z języka;01.02.2027;09:00\nŁączność świąt;13.02.2027;10:00\nŚwięto źródła żółci;14.02.2027;11:00\n",
    );
    let found = proposal(&bytes);
    assert_eq!(key(&found, "encoding"), Some("\"windows-1250\""), "{found:?}");
    assert_eq!(key(&found, "date_formats"), Some("[\"%d.%m.%Y %H:%M\"]"));
}
