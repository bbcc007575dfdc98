//! Notices a database that knows less than was committed: a replica took the place of a server before it had everything, or a backup was put
//! back. What was sent since may be nowhere in it, so that everything that is not over is looked for before it is sent.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::Path;

use uuid::Uuid;

use super::bind::{Text, bound};
use super::failure::Failure;
use super::lease::{Holder, TIMELINE, named};
use super::link::Link;
use super::row::Columns;
use crate::clock::Timestamp;
use crate::journal::state_code::{DONE, to_code};
use crate::model::State;

/// The file in the state directory.
const NAME: &str = "commits";

/// The file that remembers the last transaction of this state directory that the database has confirmed. It outlives the process, not a
/// loss of power in the second after a commit.
#[derive(Debug)]
pub(super) struct Memory {
    file: Option<File>,
    journal: Uuid,
    owner: Uuid,
}

/// The contents of that file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Remembered {
    journal: Uuid,
    owner: Uuid,
    commits: i64,
}

impl Remembered {
    fn read(text: &str) -> Option<Self> {
        let mut words = text.split_ascii_whitespace();
        let (journal, owner, commits) = (words.next()?, words.next()?, words.next()?);
        Some(Self { journal: journal.parse().ok()?, owner: owner.parse().ok()?, commits: commits.parse().ok()? })
    }

    /// Always as long, so that it is written over in its place.
    fn write(&self) -> String {
        format!("{} {} {:020}\n", self.journal, self.owner, self.commits)
    }
}

impl Memory {
    /// Remembers this process's transactions from now on, in place of an earlier one's.
    pub(super) fn of(directory: &Path, journal: Uuid, owner: Uuid) -> Self {
        let opened = OpenOptions::new().write(true).create(true).truncate(false).mode(0o640).open(directory.join(NAME));
        let file = opened
            .inspect_err(
                |error| tracing::warn!(%error, "it cannot be remembered what the journal's server has confirmed"),
            )
            .ok();
        Self { file, journal, owner }
    }

    /// Takes note of the number of transactions that the database has confirmed.
    pub(super) fn note(&self, commits: i64) {
        let remembered = Remembered { journal: self.journal, owner: self.owner, commits };
        if let Some(file) = &self.file
            && let Err(error) = file.write_all_at(remembered.write().as_bytes(), 0)
        {
            tracing::debug!(%error, "it could not be remembered what the journal's server has confirmed");
        }
    }
}

/// Within the transaction that takes a lease: tells why, if the database knows less than was committed, and sees to it that what is
/// not over is looked for. Every other process is told that it is gone, for it may go on from what is not there any more.
pub(super) async fn look(
    link: &Link,
    holder: &Holder,
    directory: &Path,
    now: Timestamp,
) -> Result<(Uuid, Option<String>), Failure> {
    let row = link.one(&format!("SELECT id, timeline, {TIMELINE} FROM roomkeeper_schema"), bound![]).await?;
    let journal = match row.at::<Option<&[u8]>>(0)?.and_then(|id| Uuid::from_slice(id).ok()) {
        Some(journal) => journal,
        None => Uuid::now_v7(),
    };
    let (known, timeline): (Option<String>, String) = (row.at(1)?, row.at(2)?);
    link.change(
        "UPDATE roomkeeper_schema SET id = $1, timeline = $2",
        bound![journal.as_bytes().as_slice(), Text(&timeline)],
    )
    .await?;
    let mut why = known
        .filter(|known| *known != timeline)
        .map(|_| "another server took the place of the one that had it, and may lack what was written last".to_owned());
    let remembered = std::fs::read_to_string(directory.join(NAME)).ok().and_then(|text| Remembered::read(&text));
    if let Some(remembered) = remembered.filter(|remembered| remembered.journal == journal) {
        let owner = remembered.owner.as_bytes().as_slice();
        let found = link.first("SELECT commits FROM leases WHERE owner = $1", bound![owner]).await?;
        let found: i64 = found.map(|row| row.at(0)).transpose()?.unwrap_or(0);
        if found < remembered.commits {
            let lost = remembered.commits - found;
            why = Some(format!("{lost} of the last transactions of this machine are not in it any more"));
        }
    }
    if why.is_some() {
        look_for_all(link, holder, now).await?;
    }
    Ok((journal, why))
}

async fn look_for_all(link: &Link, holder: &Holder, now: Timestamp) -> Result<(), Failure> {
    let me = holder.owner.as_bytes().as_slice();
    let by = named(&holder.node, &holder.purpose);
    link.change("UPDATE leases SET ended = true, ended_by = $2 WHERE owner <> $1 AND NOT ended", bound![me, Text(&by)])
        .await?;
    let (pending, sending) = (to_code(State::Pending), to_code(State::Sending));
    let which = format!(
        "state < {DONE} AND state = ANY ($2) AND run IN (SELECT run FROM runs WHERE ended IS NULL AND phase = 'running')"
    );
    link.change(
        &format!(
            "INSERT INTO attempts (run, item, attempt, at, error)
             SELECT run, item, greatest(attempts, 1), $1, 'perhaps sent: the journal lost what was written last'
             FROM items WHERE {which} ON CONFLICT DO NOTHING"
        ),
        bound![now.millis(), vec![pending, sending]],
    )
    .await?;
    link.change(
        &format!(
            "UPDATE items SET state = $3, attempts = greatest(attempts, 1), sent = $1, not_before = NULL WHERE {which}"
        ),
        bound![now.millis(), vec![pending, sending], to_code(State::Settling { at_start: true })],
    )
    .await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_number_is_remembered_and_half_a_line_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::of(folder.path(), Uuid::from_bytes([1; 16]), Uuid::from_bytes([2; 16]));
        let read = || Remembered::read(&std::fs::read_to_string(folder.path().join(NAME)).unwrap());
        assert_eq!(read(), None);
        for commits in [1_000_000, 7] {
            memory.note(commits);
            let remembered = read().unwrap();
            assert_eq!((remembered.commits, remembered.journal), (commits, Uuid::from_bytes([1; 16])));
        }
        assert_eq!(Remembered::read("01a2"), None);
        Memory::of(&folder.path().join("nowhere"), Uuid::nil(), Uuid::nil()).note(1);
    }
}
