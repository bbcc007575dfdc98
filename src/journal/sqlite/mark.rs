//! Keeps what a journal says of its copy, in a table that is there as long as it says something.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension, params};
use uuid::Uuid;

use crate::journal::{JournalError, Mark, Role};

/// Reads the mark.
pub(super) fn read(connection: &Connection) -> Result<Option<Mark>, JournalError> {
    let is_there = connection
        .query_row("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'copy_mark'", [], |_| Ok(()))
        .optional()?;
    if is_there.is_none() {
        return Ok(None);
    }
    let found = connection
        .query_row("SELECT id, role, other FROM copy_mark", [], |row| {
            Ok((row.get::<_, [u8; 16]>(0)?, row.get::<_, String>(1)?, row.get::<_, String>(2)?))
        })
        .optional()?;
    let mark = |(id, role, other): ([u8; 16], String, String)| {
        let role = Role::parse(&role).ok_or_else(|| JournalError::damaged(format!("`{role}` is no part of a copy")))?;
        Ok(Mark { id: Uuid::from_bytes(id), role, other })
    };
    found.map(mark).transpose()
}

/// Refuses a journal that has a mark.
pub(super) fn refuse(connection: &Connection, path: &Path) -> Result<(), JournalError> {
    match read(connection)? {
        Some(mark) => Err(JournalError::Marked { place: path.display().to_string(), mark }),
        None => Ok(()),
    }
}

/// Writes the mark, in place of another.
pub(super) fn write(connection: &Connection, mark: &Mark) -> Result<(), JournalError> {
    let transaction = connection.unchecked_transaction()?;
    transaction.execute_batch(
        "CREATE TABLE IF NOT EXISTS copy_mark (
            only  INTEGER PRIMARY KEY CHECK (only = 1),
            id    BLOB NOT NULL,
            role  TEXT NOT NULL,
            other TEXT NOT NULL
        ) STRICT",
    )?;
    transaction.execute(
        "INSERT OR REPLACE INTO copy_mark (only, id, role, other) VALUES (1, ?1, ?2, ?3)",
        params![mark.id.as_bytes(), mark.role.as_str(), mark.other],
    )?;
    Ok(transaction.commit()?)
}

/// Takes the mark away.
pub(super) fn remove(connection: &Connection) -> Result<(), JournalError> {
    Ok(connection.execute_batch("DROP TABLE IF EXISTS copy_mark")?)
}
