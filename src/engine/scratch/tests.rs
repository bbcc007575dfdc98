//! The notebook's law: found if and only if noted, however long it is, and whatever the disk says.

use std::collections::{BTreeMap, HashMap};

use proptest::prelude::*;

use super::*;

fn id(number: u64) -> MeetingId {
    MeetingId::new(&format!("m{number}")).unwrap()
}

#[test]
fn the_second_row_with_an_identity_learns_of_the_first() {
    let scratch = Scratch::new();
    assert_eq!(scratch.first_line("ref:A", 2).unwrap(), None);
    assert_eq!(scratch.first_line("ref:B", 3).unwrap(), None);
    assert_eq!(scratch.first_line("ref:A", 9).unwrap(), Some(2));
    assert_eq!(scratch.line_of("ref:B").unwrap(), Some(3));
    assert_eq!(scratch.line_of("ref:C").unwrap(), None);
}

#[test]
fn a_meeting_is_found_by_its_id_and_by_what_it_says() {
    let scratch = Scratch::new();
    scratch.note_meeting(&id(1), Some("algebra"), b"one").unwrap();
    scratch.note_meeting(&id(1), Some("geometry"), b"two").unwrap();
    assert!(scratch.matching("algebra").unwrap().is_empty());
    assert_eq!(scratch.matching("geometry").unwrap(), [b"two"]);
    scratch.forget_meeting(&id(1)).unwrap();
    assert_eq!(scratch.meeting(&id(1)).unwrap(), None);
    assert!(scratch.matching("geometry").unwrap().is_empty());
    scratch.note_meeting(&id(2), None, b"no key").unwrap();
    assert_eq!(scratch.meeting(&id(2)).unwrap().as_deref(), Some(&b"no key"[..]));
    assert!(scratch.matching("").unwrap().is_empty());
}

#[test]
fn fifty_of_those_with_one_key_are_told_though_others_of_them_are_gone() {
    let scratch = Scratch::new();
    for number in 0..300 {
        scratch.note_meeting(&id(number), Some("key"), &number.to_le_bytes()).unwrap();
    }
    for number in (0..300).filter(|number| number % 5 != 0) {
        scratch.forget_meeting(&id(number)).unwrap();
    }
    let found = scratch.matching("key").unwrap();
    assert_eq!(found.len(), MATCHING);
    assert!(found.iter().all(|what| u64::from_le_bytes(what[..].try_into().unwrap()).is_multiple_of(5)));
    (0..250).for_each(|number| scratch.forget_meeting(&id(number)).unwrap());
    assert_eq!(scratch.matching("key").unwrap().len(), 10);
}

#[test]
fn every_user_who_was_read_is_known_however_many_there_are() {
    let scratch = Scratch::new();
    for user in 0..USERS + 10 {
        assert!(!scratch.is_listed(&format!("u{user}")).unwrap());
        scratch.note_listed(&format!("u{user}")).unwrap();
    }
    assert!((0..USERS + 10).all(|user| scratch.is_listed(&format!("u{user}")).unwrap()));
}

#[test]
fn a_note_that_was_damaged_is_refused_in_words() {
    for (record, told) in [(&[9][..], "no known kind"), (&[1, 200], "end too early"), (&[3, 0, 0], "where they should")]
    {
        assert!(Note::of(record).unwrap_err().to_string().contains(told));
    }
    let scratch = Scratch::new();
    let mut notes = scratch.notes();
    let hash = notes.hash(Name::Meeting("m1"));
    let (at, _) = notes.log.add(&[9]);
    notes.index.add(hash, at).unwrap();
    drop(notes);
    let error = scratch.meeting(&id(1)).unwrap_err().to_string();
    assert_eq!(error, "the notes of the run could not be kept: packed notes are damaged: a note is of no known kind");
}

#[test]
fn another_name_with_the_same_hash_is_not_taken_for_it() {
    let scratch = Scratch::new();
    let mut notes = scratch.notes();
    let hash = notes.hash(Name::Row("a"));
    notes.add(Note::Row { identity: "b", line: 7 }, &[hash]).unwrap();
    assert_eq!(notes.line_of(hash, "a").unwrap(), None);
    notes.add(Note::Row { identity: "a", line: 8 }, &[hash]).unwrap();
    assert_eq!((notes.line_of(hash, "a").unwrap(), notes.line_of(hash, "b").unwrap()), (Some(8), Some(7)));
}

/// Something that is done with a notebook; of few meetings and keys, so that they meet.
#[derive(Debug, Clone)]
enum Act {
    Row(u16),
    Note(u16, Option<u8>, u8),
    Forget(u16),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => (0..2000_u16).prop_map(Act::Row),
        4 => (0..400_u16, prop::option::of(0..60_u8), any::<u8>()).prop_map(|(m, key, what)| Act::Note(m, key, what)),
        1 => (0..400_u16).prop_map(Act::Forget),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Found if and only if noted: the notebook answers as one in memory does, also once it is on the disk and was merged.
    #[test]
    fn a_notebook_answers_as_one_in_memory(acts in prop::collection::vec(act(), 0..400), rounds in 1..30_u32) {
        let scratch = Scratch::new();
        let (mut rows, mut meetings) = (HashMap::new(), BTreeMap::<String, (Option<u8>, Vec<u8>)>::new());
        let mut line = 0;
        for _ in 0..rounds {
            for act in &acts {
                line += 1;
                match act {
                    Act::Row(row) => {
                        let before = scratch.first_line(&format!("row {row}"), line).unwrap();
                        prop_assert_eq!(before, rows.get(row).copied());
                        rows.entry(*row).or_insert(line);
                    }
                    Act::Note(meeting, key, what) => {
                        let (meeting, by) = (id((*meeting).into()), key.map(|key| format!("key {key}")));
                        let what = vec![*what; usize::from(*what)];
                        scratch.note_meeting(&meeting, by.as_deref(), &what).unwrap();
                        meetings.insert(meeting.to_string(), (*key, what));
                    }
                    Act::Forget(meeting) => {
                        scratch.forget_meeting(&id((*meeting).into())).unwrap();
                        meetings.remove(id((*meeting).into()).as_str());
                    }
                }
            }
        }
        let has_matches = acts.iter().any(|act| matches!(act, Act::Note(_, Some(_), _)));
        prop_assert_eq!(scratch.has_matches(), has_matches);
        for row in 0..2000 {
            prop_assert_eq!(scratch.line_of(&format!("row {row}")).unwrap(), rows.get(&row).copied());
        }
        for meeting in 0..400 {
            let known = meetings.get(id(meeting).as_str()).map(|(_, what)| what.clone());
            prop_assert_eq!(scratch.meeting(&id(meeting)).unwrap(), known);
        }
        for key in 0..60 {
            let known = meetings.values().filter(|(by, _)| *by == Some(key)).map(|(_, what)| what.clone());
            let known: Vec<_> = known.collect();
            if known.len() <= MATCHING {
                prop_assert_eq!(scratch.matching(&format!("key {key}")).unwrap(), known);
            }
        }
    }
}
