//! Remembers what a server was seen to do in a way of its own, so that a request which it does not heed is not tried again each time.

use rusqlite::{Connection, OptionalExtension, params};

use super::Reader;
use crate::clock::Timestamp;
use crate::journal::{Habit, JournalError};

impl Reader {
    /// Returns what a server was last seen to do, and when.
    pub(in crate::journal::sqlite) fn habit(
        &self,
        server: &str,
        habit: &str,
    ) -> Result<Option<(String, Timestamp)>, JournalError> {
        Ok(self
            .connection
            .prepare_cached("SELECT value, at FROM server_habits WHERE server = ?1 AND habit = ?2")?
            .query_row(params![server, habit], |row| Ok((row.get(0)?, Timestamp::from_millis(row.get(1)?))))
            .optional()?)
    }

    /// Returns what each server was last seen to do about this: the server, what, and when.
    pub(in crate::journal::sqlite) fn habits(
        &self,
        habit: &str,
    ) -> Result<Vec<(String, String, Timestamp)>, JournalError> {
        let mut query = self
            .connection
            .prepare_cached("SELECT server, value, at FROM server_habits WHERE habit = ?1 ORDER BY server")?;
        let rows =
            query.query_map([habit], |row| Ok((row.get(0)?, row.get(1)?, Timestamp::from_millis(row.get(2)?))))?;
        Ok(rows.collect::<Result<_, _>>()?)
    }
}

/// Takes the place of what was known before.
pub(super) fn learn(connection: &Connection, seen: &Habit) -> Result<(), JournalError> {
    connection
        .prepare_cached(
            "INSERT INTO server_habits (server, habit, value, at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (server, habit) DO UPDATE SET value = excluded.value, at = excluded.at",
        )?
        .execute(params![seen.server, seen.habit, seen.value, seen.at.millis()])?;
    Ok(())
}

/// Forgets what was seen before `before`: one row a server, so there are few.
pub(super) fn forget(connection: &Connection, before: Timestamp) -> Result<usize, JournalError> {
    Ok(connection.prepare_cached("DELETE FROM server_habits WHERE at < ?1")?.execute([before.millis()])?)
}
