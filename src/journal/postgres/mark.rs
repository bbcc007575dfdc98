//! Keeps what a journal says of its copy, in a table that is there as long as it says something.

use uuid::Uuid;

use super::bind::{Text, bound};
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use crate::journal::{JournalError, Mark, Role};

/// Reads the mark.
pub(super) async fn read(link: &Link) -> Result<Option<Mark>, Failure> {
    let there = link.one("SELECT to_regclass('roomkeeper_copy') IS NOT NULL", bound![]).await?;
    if !there.at::<bool>(0)? {
        return Ok(None);
    }
    let Some(row) = link.first("SELECT id, role, other FROM roomkeeper_copy", bound![]).await? else { return Ok(None) };
    let word: &str = row.at(1)?;
    let role = Role::parse(word).ok_or_else(|| Failure::damaged(format!("`{word}` is no part of a copy")))?;
    Ok(Some(Mark { id: Uuid::from_bytes(row.sixteen(0)?), role, other: row.at(2)? }))
}

/// Refuses a journal that has a mark.
pub(super) async fn refuse(link: &Link, place: &str) -> Result<(), Failure> {
    match read(link).await? {
        Some(mark) => Err(JournalError::Marked { place: place.to_owned(), mark }.into()),
        None => Ok(()),
    }
}

/// Within a transaction: writes the mark, in place of another.
pub(super) async fn write(link: &Link, mark: &Mark) -> Result<(), Failure> {
    link.batch(
        "CREATE TABLE IF NOT EXISTS roomkeeper_copy (
            only_row bigint PRIMARY KEY CHECK (only_row = 1),
            id       bytea NOT NULL CHECK (length(id) = 16),
            role     text NOT NULL,
            other    text NOT NULL
        )",
    )
    .await?;
    link.change(
        "INSERT INTO roomkeeper_copy (only_row, id, role, other) VALUES (1, $1, $2, $3)
         ON CONFLICT (only_row) DO UPDATE SET id = excluded.id, role = excluded.role, other = excluded.other",
        bound![mark.id.as_bytes().as_slice(), Text(mark.role.as_str()), Text(&mark.other)],
    )
    .await?;
    Ok(())
}

/// Takes the mark away.
pub(super) async fn remove(link: &Link) -> Result<(), Failure> {
    link.batch("DROP TABLE IF EXISTS roomkeeper_copy").await
}
