//! Brings the journal's tables in PostgreSQL to the version that this program writes, and refuses a journal that it must not open.

use futures_util::future::join;

use super::bind::bound;
use super::failure::Failure;
use super::link::Link;
use super::mark;
use super::migrations::MIGRATIONS;
use super::row::Columns;
use crate::journal::{JournalError, Seal};

/// Names the lock under which the journal is made and changed, and the lease is taken. It goes with its transaction.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7885634512390871)";

/// The version that this program writes.
fn known_version() -> i64 {
    i64::try_from(MIGRATIONS.len()).unwrap_or(i64::MAX)
}

/// Within a transaction: keeps others from opening the journal until the transaction's end.
pub(super) async fn keep_others_out(link: &Link) -> Result<(), Failure> {
    link.rows(LOCK, bound![]).await.map(drop)
}

/// Within a transaction: brings the journal to the known version, and keeps others from that until the transaction's end; refuses
/// one that is newer, or that is copied.
pub(super) async fn migrate(link: &Link, place: &str) -> Result<(), Failure> {
    keep_others_out(link).await?;
    mark::refuse(link, place).await?;
    bring_up(link, place).await
}

/// The same of a journal that no other process can open meanwhile, whatever its mark.
pub(super) async fn bring_up(link: &Link, place: &str) -> Result<(), Failure> {
    let found = version(link).await?.unwrap_or(0);
    refuse_later(found, place)?;
    if found == known_version() {
        return Ok(());
    }
    for (_, sql) in (1..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        link.batch(sql).await?;
    }
    let known = known_version();
    link.change(
        "INSERT INTO roomkeeper_schema (only_row, version) VALUES (1, $1)
         ON CONFLICT (only_row) DO UPDATE SET version = excluded.version",
        bound![known],
    )
    .await?;
    Ok(())
}

/// A text that is sealed with the key of the journal's PINs.
const SEALED: &[u8] = b"roomkeeper, the key of the journal's PINs";

/// Within a transaction: refuses a key that is not the one that the journal's PINs are sealed with. The first is that.
pub(super) async fn expect_key(link: &Link, seal: &Seal) -> Result<(), Failure> {
    let kept: Option<Vec<u8>> = link.one("SELECT pin_check FROM roomkeeper_schema", bound![]).await?.at(0)?;
    match kept {
        Some(kept) if seal.open_bytes(&kept).as_deref() == Some(SEALED) => Ok(()),
        Some(_) => Err(JournalError::PinKey(
            "it is another than the one that this journal's PINs are sealed with. Give every machine the same `pin_key` under \
             [state]; where that is lost, `UPDATE roomkeeper_schema SET pin_check = NULL` in the database lets another take its \
             place, and PINs that wait to be written out are lost"
                .to_owned(),
        )
        .into()),
        None => {
            let sealed = seal.seal_bytes(SEALED)?;
            link.change("UPDATE roomkeeper_schema SET pin_check = $1", bound![sealed.as_slice()]).await?;
            Ok(())
        }
    }
}

/// Refuses a database in which there is no journal.
pub(super) async fn expect_any(link: &Link, place: &str) -> Result<(), Failure> {
    match version(link).await? {
        Some(_) => Ok(()),
        None => Err(JournalError::Absent(place.to_owned()).into()),
    }
}

/// Refuses to read what this program does not know, what is not there yet, or what is copied.
pub(super) async fn expect_known(link: &Link, place: &str) -> Result<(), Failure> {
    let (refused, found) = join(mark::refuse(link, place), version(link)).await;
    refused?;
    let found = found?.unwrap_or(0);
    refuse_later(found, place)?;
    if found < known_version() {
        return Err(JournalError::Absent(place.to_owned()).into());
    }
    Ok(())
}

/// The journal's version; `None` where there is none.
async fn version(link: &Link) -> Result<Option<i64>, Failure> {
    let there = link.one("SELECT to_regclass('roomkeeper_schema') IS NOT NULL", bound![]).await?;
    if !there.at::<bool>(0)? {
        return Ok(None);
    }
    let found = link.first("SELECT version FROM roomkeeper_schema", bound![]).await?;
    found.map(|row| row.at(0)).transpose()
}

fn refuse_later(found: i64, place: &str) -> Result<(), JournalError> {
    let known = known_version();
    if found > known { Err(JournalError::TooNew { place: place.to_owned(), found, known }) } else { Ok(()) }
}
