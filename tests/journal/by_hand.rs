//! The journal's file by another way than ours: what no operation of the border does, since it makes a journal look as time, an
//! earlier version or a fault would have left it, and what none tells. Only here and in the tests of the journal itself is there
//! SQL; every other test asks the program, or the journal's own questions.
#![allow(dead_code, reason = "not every test needs all of it")]

use std::path::Path;
use std::time::Duration;

use roomkeeper::model::RunId;
use rusqlite::{Connection, OpenFlags, Params};
use uuid::Uuid;

/// Opens the journal of a state directory.
pub(crate) fn open(state: &Path) -> Connection {
    let journal = Connection::open(state.join("journal.db")).unwrap();
    journal.busy_timeout(Duration::from_secs(5)).unwrap();
    journal
}

fn number(state: &Path, sql: &str, params: impl Params) -> i64 {
    open(state).query_row(sql, params, |row| row.get(0)).unwrap()
}

/// The number of rows of a table, or of those that a condition behind it names.
pub(crate) fn count(state: &Path, what: &str) -> i64 {
    number(state, &format!("SELECT count(*) FROM {what}"), [])
}

/// A mail of the outbox.
pub(crate) struct Mail {
    pub(crate) id: Uuid,
    pub(crate) subject: String,
    pub(crate) state: String,
}

/// All mails of the outbox, those that entered first at the front.
pub(crate) fn mails(state: &Path) -> Vec<Mail> {
    let journal = open(state);
    let mut query = journal.prepare("SELECT id, subject, state FROM outbox ORDER BY created, id").unwrap();
    let mails = query
        .query_map([], |row| Ok(Mail { id: Uuid::from_bytes(row.get(0)?), subject: row.get(1)?, state: row.get(2)? }));
    mails.unwrap().map(Result::unwrap).collect()
}

/// As though the time until the next attempt were over, for each mail that waits; tells how many do.
pub(crate) fn make_mails_due(state: &Path) -> usize {
    open(state).execute("UPDATE outbox SET next = 0 WHERE state = 'queued'", []).unwrap()
}

/// As though all mails that wait had been put off to the same time.
pub(crate) fn put_mails_off_together(state: &Path) {
    open(state).execute("UPDATE outbox SET next = (SELECT max(next) FROM outbox) WHERE state = 'queued'", []).unwrap();
}

/// As though what servers were seen to do had been seen so many days earlier; tells of how many habits.
pub(crate) fn age_habits(state: &Path, days: u32) -> usize {
    open(state).execute("UPDATE server_habits SET at = at - ?1 * 24 * 3600 * 1000", [days]).unwrap()
}

/// As though an earlier version had written these words of identities in place of those; tells how many have them.
pub(crate) fn rename_identities(state: &Path, is: &str, was: &str) -> usize {
    let sql = "UPDATE identities SET identity = replace(identity, ?1, ?2) WHERE instr(identity, ?1) > 0";
    open(state).execute(sql, [is, was]).unwrap()
}

/// As though a later version had written it.
pub(crate) fn make_later_version(state: &Path) {
    let journal = open(state);
    journal.pragma_update(None, "user_version", 4242).unwrap();
    journal.close().unwrap();
}

/// The number of items that may not be sent before some time.
pub(crate) fn items_put_off(state: &Path) -> i64 {
    count(state, "items WHERE not_before IS NOT NULL")
}

/// Tells whether the journal knows since when the files of a run lie where they are.
pub(crate) fn has_seen_files_of(state: &Path, run: RunId) -> bool {
    number(state, "SELECT count(*) FROM put_away WHERE run = ?1", [run.as_bytes().as_slice()]) > 0
}

/// The numbers in a column of the claims.
pub(crate) fn numbers_of_claims(state: &Path, column: &str) -> Vec<usize> {
    let journal = open(state);
    let mut query = journal.prepare(&format!("SELECT {column} FROM claims WHERE {column} IS NOT NULL")).unwrap();
    let numbers = query.query_map([], |row| row.get::<_, i64>(0)).unwrap();
    numbers.map(|number| usize::try_from(number.unwrap()).unwrap()).collect()
}

/// Tells whether no run goes on and all PINs are wiped. Looks without being able to change anything: a connection that can, and
/// is the last to go, carries the log over.
pub(crate) fn is_at_rest(state: &Path) -> bool {
    let journal = Connection::open_with_flags(state.join("journal.db"), OpenFlags::SQLITE_OPEN_READ_ONLY);
    let left = "SELECT count(*) FROM runs WHERE ended IS NULL OR sealed <> 0";
    journal.and_then(|journal| journal.query_row(left, [], |row| row.get::<_, i64>(0))).is_ok_and(|left| left == 0)
}
