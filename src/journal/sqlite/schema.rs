//! Brings the journal's tables to the version that this program writes: a journal of any earlier version opens for ever.

use std::path::Path;

use rusqlite::Connection;

use super::migrations::MIGRATIONS;
use crate::journal::JournalError;

/// The version that this program writes.
pub(super) fn known_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Brings the journal to the known version; refuses one that is newer.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), JournalError> {
    let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    check_version(found, path)?;
    if found == known_version() {
        return Ok(());
    }
    let transaction = connection.transaction()?;
    for (version, sql) in (1..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", version)?;
    }
    Ok(transaction.commit()?)
}

/// Refuses a journal that is newer than this program, or whose version makes no sense.
pub(super) fn check_version(found: i64, path: &Path) -> Result<(), JournalError> {
    let known = known_version();
    if found > known {
        return Err(JournalError::TooNew { place: path.display().to_string(), found, known });
    }
    if found < 0 {
        return Err(JournalError::damaged_at(path, format!("its format is {found}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_of_a_later_version_is_refused_and_left_alone() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", known_version() + 1).unwrap();
        let refusal = migrate(&mut connection, Path::new("journal.db")).unwrap_err();
        assert!(matches!(refusal, JournalError::TooNew { .. }), "{refusal}");
        let tables: i64 = connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).unwrap();
        assert_eq!(tables, 0);
    }

    #[test]
    fn migrating_twice_changes_nothing() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, Path::new("journal.db")).unwrap();
        migrate(&mut connection, Path::new("journal.db")).unwrap();
        let found: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
        assert_eq!(found, known_version());
    }
}
