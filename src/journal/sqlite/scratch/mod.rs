//! A notebook for one run, on disk and gone with it: what the server has, and which rows of the file were seen. It is as long
//! as the file or the server's list, so it cannot be in memory; it is not worth keeping, so it is not in the journal.

mod seen;

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};

use self::seen::Seen;
use super::connection;
use crate::journal::JournalError;
use crate::model::MeetingId;

/// Notes that wait in memory, to be written together.
const UNWRITTEN: usize = 500;
/// Users known in memory to have been read.
const USERS: usize = 1000;

/// A private database in the system's temporary folder, without a name, deleted when it is dropped.
#[derive(Debug)]
pub struct Scratch(Mutex<Notes>);

#[derive(Debug)]
struct Notes {
    connection: Connection,
    /// The identities in `rows`, written or not.
    identities: Seen,
    /// The match keys in `meetings`, written or not.
    matches: Seen,
    /// Some of those in `listed`.
    listed: HashSet<String>,
    rows: Vec<(String, u32)>,
    meetings: Vec<Note>,
}

#[derive(Debug)]
struct Note {
    meeting: MeetingId,
    matched_by: String,
    json: String,
}

impl Scratch {
    /// An empty notebook.
    pub fn new() -> Result<Self, JournalError> {
        let connection = Connection::open("")?;
        connection.execute_batch(
            "PRAGMA journal_mode = MEMORY;
             PRAGMA synchronous = OFF;
             PRAGMA cache_size = -1024;
             CREATE TABLE rows (identity TEXT PRIMARY KEY, line INTEGER NOT NULL) STRICT, WITHOUT ROWID;
             CREATE TABLE listed (user TEXT PRIMARY KEY) STRICT, WITHOUT ROWID;
             CREATE TABLE meetings (
                 meeting TEXT PRIMARY KEY, match TEXT NOT NULL, meeting_json TEXT NOT NULL
             ) STRICT, WITHOUT ROWID;
             CREATE INDEX meetings_match ON meetings (match);",
        )?;
        connection::keep_prepared(&connection, 16)?;
        Ok(Self(Mutex::new(Notes {
            connection,
            identities: Seen::default(),
            matches: Seen::default(),
            listed: HashSet::new(),
            rows: Vec::new(),
            meetings: Vec::new(),
        })))
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that `line` has this identity; tells the line that had it before, if there is one.
    pub fn first_line(&self, identity: &str, line: u32) -> Result<Option<u32>, JournalError> {
        let mut notes = self.notes();
        if notes.identities.add(identity)
            && let Some(before) = notes.line_of(identity)?
        {
            return Ok(Some(before));
        }
        notes.rows.push((identity.to_owned(), line));
        notes.write_if_many()?;
        Ok(None)
    }

    /// The line that was noted with this identity.
    pub fn line_of(&self, identity: &str) -> Result<Option<u32>, JournalError> {
        let mut notes = self.notes();
        if notes.identities.may_hold(identity) { notes.line_of(identity) } else { Ok(None) }
    }

    /// Notes that all meetings of `user` have been read.
    pub fn note_listed(&self, user: &str) -> Result<(), JournalError> {
        let mut notes = self.notes();
        notes
            .connection
            .prepare_cached("INSERT INTO listed (user) VALUES (?1) ON CONFLICT DO NOTHING")?
            .execute([user])?;
        if notes.listed.len() < USERS {
            notes.listed.insert(user.to_owned());
        }
        Ok(())
    }

    /// Tells whether all meetings of `user` have been read.
    pub fn is_listed(&self, user: &str) -> Result<bool, JournalError> {
        let notes = self.notes();
        if notes.listed.contains(user) {
            return Ok(true);
        }
        if notes.listed.len() < USERS {
            return Ok(false);
        }
        Ok(notes.connection.prepare_cached("SELECT 1 FROM listed WHERE user = ?1")?.exists([user])?)
    }

    /// Notes a meeting that the server has, or that its facts are now these. `json` is the caller's own.
    pub fn note_meeting(&self, meeting: &MeetingId, matched_by: String, json: String) -> Result<(), JournalError> {
        let mut notes = self.notes();
        notes.matches.add(&matched_by);
        notes.meetings.push(Note { meeting: meeting.clone(), matched_by, json });
        notes.write_if_many()
    }

    /// Notes that the server has a meeting no more.
    pub fn forget_meeting(&self, meeting: &MeetingId) -> Result<(), JournalError> {
        let mut notes = self.notes();
        notes.write()?;
        notes.connection.prepare_cached("DELETE FROM meetings WHERE meeting = ?1")?.execute([meeting.as_str()])?;
        Ok(())
    }

    /// Returns what was noted of a meeting.
    pub fn meeting(&self, meeting: &MeetingId) -> Result<Option<String>, JournalError> {
        let mut notes = self.notes();
        notes.write()?;
        Ok(notes
            .connection
            .prepare_cached("SELECT meeting_json FROM meetings WHERE meeting = ?1")?
            .query_row([meeting.as_str()], |row| row.get(0))
            .optional()?)
    }

    /// Returns what was noted of every meeting with this match key; more than fifty are not told.
    pub fn matching(&self, matched_by: &str) -> Result<Vec<String>, JournalError> {
        let mut notes = self.notes();
        if !notes.matches.may_hold(matched_by) {
            return Ok(Vec::new());
        }
        notes.write()?;
        let mut query = notes
            .connection
            .prepare_cached("SELECT meeting_json FROM meetings WHERE match = ?1 ORDER BY meeting LIMIT 50")?;
        let rows = query.query_map([matched_by], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

impl Notes {
    fn line_of(&mut self, identity: &str) -> Result<Option<u32>, JournalError> {
        self.write()?;
        Ok(self
            .connection
            .prepare_cached("SELECT line FROM rows WHERE identity = ?1")?
            .query_row([identity], |row| row.get(0))
            .optional()?)
    }

    fn write_if_many(&mut self) -> Result<(), JournalError> {
        if self.rows.len() + self.meetings.len() < UNWRITTEN { Ok(()) } else { self.write() }
    }

    /// Writes what waits, all of it or nothing. What a full disk refuses goes on waiting, and is written with what comes after it.
    fn write(&mut self) -> Result<(), JournalError> {
        if self.rows.is_empty() && self.meetings.is_empty() {
            return Ok(());
        }
        let transaction = self.connection.transaction()?;
        {
            let mut insert = transaction
                .prepare_cached("INSERT INTO rows (identity, line) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
            for (identity, line) in &self.rows {
                insert.execute(params![identity, line])?;
            }
            let mut insert = transaction.prepare_cached(
                "INSERT INTO meetings (meeting, match, meeting_json) VALUES (?1, ?2, ?3)
                 ON CONFLICT (meeting) DO UPDATE SET match = excluded.match, meeting_json = excluded.meeting_json",
            )?;
            for note in &self.meetings {
                insert.execute(params![note.meeting.as_str(), note.matched_by, note.json])?;
            }
        }
        transaction.commit()?;
        self.rows.clear();
        self.meetings.clear();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_row_with_an_identity_learns_of_the_first() {
        let scratch = Scratch::new().unwrap();
        assert_eq!(scratch.first_line("ref:A", 2).unwrap(), None);
        assert_eq!(scratch.first_line("ref:B", 3).unwrap(), None);
        assert_eq!(scratch.first_line("ref:A", 9).unwrap(), Some(2));
        assert_eq!(scratch.line_of("ref:B").unwrap(), Some(3));
        assert_eq!(scratch.line_of("ref:C").unwrap(), None);
    }

    #[test]
    fn a_meeting_is_found_by_its_id_and_by_what_it_says() {
        let scratch = Scratch::new().unwrap();
        let id = MeetingId::new("m1").unwrap();
        scratch.note_meeting(&id, "algebra".to_owned(), "{}".to_owned()).unwrap();
        scratch.note_meeting(&id, "geometry".to_owned(), "{\"x\":1}".to_owned()).unwrap();
        assert_eq!(scratch.matching("algebra").unwrap(), Vec::<String>::new());
        assert_eq!(scratch.matching("geometry").unwrap(), ["{\"x\":1}"]);
        scratch.forget_meeting(&id).unwrap();
        assert_eq!(scratch.meeting(&id).unwrap(), None);
    }

    #[test]
    fn what_waits_to_be_written_is_known_as_what_was_written() {
        let scratch = Scratch::new().unwrap();
        let many = u32::try_from(UNWRITTEN).unwrap() * 3 / 2;
        for line in 0..many {
            assert_eq!(scratch.first_line(&format!("ref:{line}"), line).unwrap(), None);
            let id = MeetingId::new(&format!("m{line}")).unwrap();
            scratch.note_meeting(&id, format!("key {}", line % 200), format!("{line}")).unwrap();
        }
        for line in 0..many {
            assert_eq!(scratch.first_line(&format!("ref:{line}"), many).unwrap(), Some(line));
            let id = MeetingId::new(&format!("m{line}")).unwrap();
            assert_eq!(scratch.meeting(&id).unwrap(), Some(line.to_string()));
        }
        assert_eq!(scratch.matching("key 7").unwrap().len(), many.div_ceil(200) as usize);
    }

    #[test]
    fn what_a_full_disk_refuses_is_written_when_there_is_room() {
        let scratch = Scratch::new().unwrap();
        let pages = |most: u32| scratch.notes().connection.pragma_update(None, "max_page_count", most).unwrap();
        let many = u32::try_from(UNWRITTEN).unwrap();
        // No more than it has.
        pages(1);
        let refused = (0..many).filter(|line| scratch.first_line(&format!("ref:{line}"), *line).is_err()).count();
        assert_eq!(refused, 1, "it is written once there are many");
        assert!(scratch.first_line("ref:7", many).is_err(), "whether it is there cannot be told without room");
        pages(1000);
        for line in 0..many {
            assert_eq!(scratch.first_line(&format!("ref:{line}"), many).unwrap(), Some(line));
        }
    }

    #[test]
    fn every_user_who_was_read_is_known_however_many_there_are() {
        let scratch = Scratch::new().unwrap();
        for user in 0..USERS + 10 {
            assert!(!scratch.is_listed(&format!("u{user}")).unwrap());
            scratch.note_listed(&format!("u{user}")).unwrap();
        }
        assert!((0..USERS + 10).all(|user| scratch.is_listed(&format!("u{user}")).unwrap()));
    }
}
