//! A notebook for one run, on disk and gone with it: what the server has, and which rows of the file were seen. It is as long
//! as the file or the server's list, so it cannot be in memory; it is not worth keeping, so it is not in the journal.

use std::sync::{Mutex, MutexGuard, PoisonError};

use rusqlite::{Connection, OptionalExtension, params};

use super::JournalError;
use crate::model::{Digest, MeetingId};

/// A private database in the system's temporary folder, without a name, deleted when it is dropped.
#[derive(Debug)]
pub struct Scratch(Mutex<Connection>);

impl Scratch {
    /// An empty notebook.
    pub fn new() -> Result<Self, JournalError> {
        let connection = Connection::open("")?;
        connection.execute_batch(
            "PRAGMA journal_mode = OFF;
             PRAGMA synchronous = OFF;
             PRAGMA cache_size = -2048;
             CREATE TABLE rows (identity BLOB PRIMARY KEY, line INTEGER NOT NULL) STRICT, WITHOUT ROWID;
             CREATE TABLE listed (user TEXT PRIMARY KEY, meetings INTEGER NOT NULL) STRICT, WITHOUT ROWID;
             CREATE TABLE meetings (
                 meeting TEXT PRIMARY KEY, match TEXT NOT NULL, meeting_json TEXT NOT NULL
             ) STRICT, WITHOUT ROWID;
             CREATE INDEX meetings_match ON meetings (match);",
        )?;
        connection.set_prepared_statement_cache_capacity(16);
        Ok(Self(Mutex::new(connection)))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that `line` has this identity; tells the line that had it before, if there is one.
    pub fn first_line(&self, identity: &str, line: u32) -> Result<Option<u32>, JournalError> {
        let digest = Digest::of(identity.as_bytes());
        let added = self
            .connection()
            .prepare_cached("INSERT INTO rows (identity, line) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?
            .execute(params![digest.as_bytes(), line])?;
        if added == 1 {
            return Ok(None);
        }
        let before = self
            .connection()
            .prepare_cached("SELECT line FROM rows WHERE identity = ?1")?
            .query_row([digest.as_bytes()], |row| row.get(0))?;
        Ok(Some(before))
    }

    /// The line that was noted with this identity.
    pub fn line_of(&self, identity: &str) -> Result<Option<u32>, JournalError> {
        let digest = Digest::of(identity.as_bytes());
        Ok(self
            .connection()
            .prepare_cached("SELECT line FROM rows WHERE identity = ?1")?
            .query_row([digest.as_bytes()], |row| row.get(0))
            .optional()?)
    }

    /// Notes that all meetings of `user` have been read.
    pub fn note_listed(&self, user: &str) -> Result<(), JournalError> {
        self.connection()
            .prepare_cached("INSERT INTO listed (user, meetings) VALUES (?1, 0) ON CONFLICT DO NOTHING")?
            .execute([user])?;
        Ok(())
    }

    /// Whether all meetings of `user` have been read.
    pub fn is_listed(&self, user: &str) -> Result<bool, JournalError> {
        let found = self
            .connection()
            .prepare_cached("SELECT 1 FROM listed WHERE user = ?1")?
            .query_row([user], |_| Ok(()))
            .optional()?;
        Ok(found.is_some())
    }

    /// Notes a meeting that the server has, or that its facts are now these. `json` is the caller's own.
    pub fn note_meeting(&self, meeting: &MeetingId, matched_by: &str, json: &str) -> Result<(), JournalError> {
        self.connection()
            .prepare_cached(
                "INSERT INTO meetings (meeting, match, meeting_json) VALUES (?1, ?2, ?3)
                 ON CONFLICT (meeting) DO UPDATE SET match = excluded.match, meeting_json = excluded.meeting_json",
            )?
            .execute(params![meeting.as_str(), matched_by, json])?;
        Ok(())
    }

    /// Notes that the server has a meeting no more.
    pub fn forget_meeting(&self, meeting: &MeetingId) -> Result<(), JournalError> {
        self.connection().prepare_cached("DELETE FROM meetings WHERE meeting = ?1")?.execute([meeting.as_str()])?;
        Ok(())
    }

    /// What was noted of a meeting.
    pub fn meeting(&self, meeting: &MeetingId) -> Result<Option<String>, JournalError> {
        Ok(self
            .connection()
            .prepare_cached("SELECT meeting_json FROM meetings WHERE meeting = ?1")?
            .query_row([meeting.as_str()], |row| row.get(0))
            .optional()?)
    }

    /// What was noted of every meeting with this match key; more than `most` are not told.
    pub fn matching(&self, matched_by: &str, most: u32) -> Result<Vec<String>, JournalError> {
        let connection = self.connection();
        let mut query = connection
            .prepare_cached("SELECT meeting_json FROM meetings WHERE match = ?1 ORDER BY meeting LIMIT ?2")?;
        let rows = query.query_map(params![matched_by, most], |row| row.get(0))?;
        Ok(rows.collect::<Result<_, _>>()?)
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
    }

    #[test]
    fn a_meeting_is_found_by_its_id_and_by_what_it_says() {
        let scratch = Scratch::new().unwrap();
        let id = MeetingId::new("m1").unwrap();
        scratch.note_meeting(&id, "algebra", "{}").unwrap();
        scratch.note_meeting(&id, "geometry", "{\"x\":1}").unwrap();
        assert_eq!(scratch.matching("algebra", 5).unwrap(), Vec::<String>::new());
        assert_eq!(scratch.matching("geometry", 5).unwrap(), ["{\"x\":1}"]);
        scratch.forget_meeting(&id).unwrap();
        assert_eq!(scratch.meeting(&id).unwrap(), None);
    }
}
