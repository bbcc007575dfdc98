//! Opens a connection to the journal, and sets the pragmas that durability rests on, read back after they were set.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::{mark, schema, wal_identity};
use crate::failpoint;
use crate::journal::{JournalError, Mark, Role, seal};

/// The database's name in the state directory.
pub(in crate::journal) const FILE: &str = "journal.db";

/// The name of a copy that is not whole yet.
pub(super) const GROWING: &str = "journal.db.copy";

/// For its owner, and its group to read.
pub(super) const MODE: u32 = 0o640;

/// The time for which a connection waits where another program, such as a person's `sqlite3`, has locked the database.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// The one connection that writes.
pub(super) fn open_writer(path: &Path) -> Result<Connection, JournalError> {
    refuse_foreign(path)?;
    if exists(path)? {
        mark::refuse(&open_read_only(path)?, path)?;
    }
    make(path)?;
    open(path)
}

/// The same of a journal that is copied, or was.
pub(super) fn open_source(path: &Path) -> Result<Connection, JournalError> {
    refuse_foreign(path)?;
    if !std::fs::metadata(path).is_ok_and(|found| found.len() > 0) {
        return Err(JournalError::absent(path));
    }
    open(path)
}

fn open(path: &Path) -> Result<Connection, JournalError> {
    open_to_group(path);
    let mut connection = Connection::open(path).map_err(|error| refused(path, &error))?;
    let settings = connection
        .execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA foreign_keys = ON;
             PRAGMA secure_delete = ON;
             PRAGMA wal_autocheckpoint = 0;
             PRAGMA temp_store = FILE;
             PRAGMA cache_size = -1024;",
        )
        .and_then(|()| sync_commits(&connection, true))
        .and_then(|()| read_back(&connection));
    match settings {
        Ok(true) => {}
        Ok(false) => {
            return Err(JournalError::Unusable {
                place: path.display().to_string(),
                why: "SQLite cannot keep a write-ahead log here. Use a local disk".to_owned(),
            });
        }
        Err(error) => return Err(refused(path, &error)),
    }
    be_patient(&connection)?;
    keep_prepared(&connection, 64).map_err(|error| refused(path, &error))?;
    schema::migrate(&mut connection, path).map_err(|error| name_file(error, path))?;
    // The record that undoes one operation among others is as long as that operation, and a file for it costs more than the work
    // itself. A migration, which sorts whole tables, has had its file.
    connection.pragma_update(None, "temp_store", "MEMORY")?;
    Ok(connection)
}

/// Makes the database where there is none: aside, and under its name only when it is whole, so that no process ever finds half of
/// one. It is for its owner and group alone; SQLite gives the files beside it the same mode.
fn make(path: &Path) -> Result<(), JournalError> {
    let failed = |error: std::io::Error| match error.kind() {
        ErrorKind::StorageFull => JournalError::Full,
        _ => JournalError::NotPermitted { place: path.display().to_string(), why: error.to_string() },
    };
    // A person or a program that made room for one left an empty file.
    if std::fs::metadata(path).is_ok_and(|found| found.len() > 0) {
        return Ok(());
    }
    let aside = path.with_extension("db.new");
    // A process that was killed while it made one left these.
    for left in [aside.clone(), path.with_extension("db.new-wal"), path.with_extension("db.new-shm")] {
        match std::fs::remove_file(left) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(failed(error)),
            Ok(()) | Err(_) => {}
        }
    }
    let file = OpenOptions::new().write(true).create_new(true).mode(MODE).open(&aside).map_err(failed)?;
    fill(&aside).map_err(|error| name_file(error, path))?;
    file.sync_all().map_err(failed)?;
    failpoint::reach("journal.rename.before");
    std::fs::rename(&aside, path).map_err(failed)?;
    failpoint::reach("journal.rename.after");
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all()).map_err(failed)
}

/// Gives the journal to its folder's group again: a backup that was put into its place is its owner's alone, or everybody's. What
/// may not be changed stays as it is, for the journal can be worked with all the same.
fn open_to_group(path: &Path) {
    let group = path.parent().and_then(|folder| std::fs::metadata(folder).ok()).map(|folder| folder.gid());
    for file in [path.to_owned(), path.with_extension("db-wal"), path.with_extension("db-shm")] {
        let Ok(found) = std::fs::symlink_metadata(&file) else { continue };
        if !found.is_file() {
            continue;
        }
        let given = match group {
            Some(group) if group != found.gid() => std::os::unix::fs::chown(&file, None, Some(group)),
            _ => Ok(()),
        };
        let set = match found.mode() & 0o7777 {
            MODE => Ok(()),
            _ => std::fs::set_permissions(&file, std::fs::Permissions::from_mode(MODE)),
        };
        if let Err(error) = given.and(set) {
            tracing::debug!(%error, file = %file.display(), "the journal's group or mode stays as it is");
        }
    }
}

/// Fills a new database that no other process knows of yet.
fn fill(aside: &Path) -> Result<(), JournalError> {
    let mut new = Connection::open(aside)?;
    // It is synced when it is whole; until then it is nothing.
    new.execute_batch("PRAGMA synchronous = OFF; PRAGMA journal_mode = WAL;")?;
    schema::migrate(&mut new, aside)?;
    wal_identity::assign(&new)?;
    Ok(new.close().map_err(|(_, error)| error)?)
}

/// Tells whether a commit returns only when it is on the disk; if not, it is there with the next that does. The log is on the disk
/// before anything of it is carried over, either way.
pub(super) fn sync_commits(connection: &Connection, each: bool) -> rusqlite::Result<()> {
    let synchronous = match each {
        _ if failpoint::is_on("journal.unsynced") => "OFF",
        true => "FULL",
        false => "NORMAL",
    };
    connection.pragma_update(None, "synchronous", synchronous)
}

/// Makes the connection wait for other programs again.
pub(super) fn be_patient(connection: &Connection) -> Result<(), JournalError> {
    Ok(connection.busy_timeout(BUSY_TIMEOUT)?)
}

/// Looks at what is there without being able to change it, for a connection that writes changes a byte or two of any
/// database merely by opening and closing it.
fn refuse_foreign(path: &Path) -> Result<(), JournalError> {
    refuse_broken(path)?;
    if !exists(path)? {
        return Ok(());
    }
    let connection = open_read_only(path)?;
    let version = version(&connection, path)?;
    schema::check_version(version, path)?;
    let tables: i64 = connection
        .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))
        .map_err(|error| refused(path, &error))?;
    if version == 0 && tables > 0 {
        return Err(JournalError::damaged_at(path, "it is the database of another program"));
    }
    look_at_both_ends(&connection).map_err(|error| refused(path, &error))
}

/// Reads each table's first and last row: that takes no time however long the tables are, and sees the worst. To read all of
/// them takes a check.
fn look_at_both_ends(connection: &Connection) -> rusqlite::Result<()> {
    let mut tables = connection.prepare(
        "SELECT tables.name, keys.name FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS keys
         WHERE tables.type = 'table' AND keys.pk = 1",
    )?;
    let mut rows = tables.query([])?;
    while let Some(row) = rows.next()? {
        let (table, key): (String, String) = (row.get(0)?, row.get(1)?);
        let both = format!("SELECT (SELECT min({key}) FROM {table}), (SELECT max({key}) FROM {table})");
        connection.query_row(&both, [], |_| Ok(()))?;
    }
    Ok(())
}

/// A connection that can only read. Works beside a writer, and after a process that was killed.
pub(super) fn open_reader(path: &Path) -> Result<Connection, JournalError> {
    refuse_broken(path)?;
    if !exists(path)? {
        return Err(JournalError::absent(path));
    }
    let connection = open_read_only(path)?;
    let found = version(&connection, path)?;
    schema::check_version(found, path)?;
    mark::refuse(&connection, path)?;
    if found < schema::known_version() {
        return Err(JournalError::absent(path));
    }
    // Several are open at once, and they read on and on: what they have read stays in the system's cache, not in ours.
    connection.pragma_update(None, "cache_size", -256)?;
    keep_prepared(&connection, 32)?;
    Ok(connection)
}

/// Refuses what can be seen to be broken without SQLite, which would take an empty file for a new database, and any log for
/// its own.
fn refuse_broken(path: &Path) -> Result<(), JournalError> {
    let damaged = |why: &str| JournalError::damaged_at(path, why);
    match std::fs::metadata(path) {
        Ok(found) if found.is_dir() => return Err(damaged("it is a folder")),
        // The key is made after the database: where it is there, the file was not empty before.
        Ok(found) if found.len() == 0 && path.with_file_name(seal::KEY_FILE).exists() => {
            return Err(damaged("it is empty, and was not before"));
        }
        // SQLite takes what is shorter than its shortest page for nothing.
        Ok(found) if (1..512).contains(&found.len()) => return Err(damaged("it is too short to be a database")),
        // The caller opens the file next, and tells why it cannot be looked at.
        Ok(_) | Err(_) => {}
    }
    // SQLite would undo with it what it takes for half done. A journal never has one: it keeps a write-ahead log.
    if path.with_extension("db-journal").exists() {
        return Err(damaged(
            "the rollback journal of another database lies beside it (journal.db-journal); move that away",
        ));
    }
    refuse_growing(path)?;
    wal_identity::refuse_foreign_log(path)
}

/// Statements are prepared once. Left to itself, SQLite prepares one anew each time that a value is bound which its planner has
/// looked at, such as a limit.
pub(super) fn keep_prepared(connection: &Connection, statements: usize) -> rusqlite::Result<()> {
    connection.set_prepared_statement_cache_capacity(statements);
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

fn exists(path: &Path) -> Result<bool, JournalError> {
    path.try_exists()
        .map_err(|error| JournalError::NotPermitted { place: path.display().to_string(), why: error.to_string() })
}

pub(super) fn open_read_only(path: &Path) -> Result<Connection, JournalError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags).map_err(|error| refused(path, &error))?;
    be_patient(&connection)?;
    Ok(connection)
}

fn version(connection: &Connection, path: &Path) -> Result<i64, JournalError> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(|error| refused(path, &error))
}

fn read_back(connection: &Connection) -> rusqlite::Result<bool> {
    let mode: String = connection.query_row("PRAGMA journal_mode", [], |row| row.get(0))?;
    let synchronous: i64 = connection.query_row("PRAGMA synchronous", [], |row| row.get(0))?;
    let keys: i64 = connection.query_row("PRAGMA foreign_keys", [], |row| row.get(0))?;
    Ok(mode == "wal" && (synchronous == 2 || failpoint::is_on("journal.unsynced")) && keys == 1)
}

fn refused(path: &Path, error: &rusqlite::Error) -> JournalError {
    use rusqlite::ErrorCode as E;
    match error.sqlite_error_code() {
        Some(E::DatabaseCorrupt | E::NotADatabase) => JournalError::damaged_at(path, error.to_string()),
        Some(E::CannotOpen | E::PermissionDenied | E::ReadOnly) => {
            JournalError::NotPermitted { place: path.display().to_string(), why: error.to_string() }
        }
        Some(E::DiskFull) => JournalError::Full,
        _ => JournalError::Io(error.to_string()),
    }
}

pub(super) fn name_file(error: JournalError, path: &Path) -> JournalError {
    match error {
        JournalError::Damaged { why, .. } => JournalError::damaged_at(path, why),
        other => other,
    }
}

/// Refuses a state directory in which a copy grows: its journal comes with that.
fn refuse_growing(path: &Path) -> Result<(), JournalError> {
    let growing = path.with_file_name(GROWING);
    if !growing.exists() {
        return Ok(());
    }
    let mark = open_read_only(&growing).and_then(|copy| mark::read(&copy)).ok().flatten();
    let unknown = Mark { id: uuid::Uuid::nil(), role: Role::Arriving, other: "another journal".to_owned() };
    Err(JournalError::Marked { place: growing.display().to_string(), mark: mark.unwrap_or(unknown) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_no_database_is_refused_and_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        std::fs::write(&path, "this is a letter, and quite a long one, but no database at all".repeat(50)).unwrap();
        let before = std::fs::read(&path).unwrap();
        let refusal = open_writer(&path).unwrap_err();
        assert!(matches!(refusal, JournalError::Damaged { .. }), "{refusal}");
        assert_eq!(std::fs::read(&path).unwrap(), before);
    }

    #[test]
    fn a_journal_that_is_not_there_yet_is_said_so() {
        let folder = tempfile::tempdir().unwrap();
        let refusal = open_reader(&folder.path().join(FILE)).unwrap_err();
        assert!(matches!(refusal, JournalError::Absent(_)), "{refusal}");
    }
}
