//! Opens the journal for a process that writes: it connects, brings the tables to this version, takes a lease, and notices a database that
//! lost commits.

use std::path::Path;
use std::time::Duration;

use tokio::time::Instant;
use uuid::Uuid;

use super::deadline;
use super::failure::Failure;
use super::lease::{Held, Holder, Lease, Taking};
use super::link::{BY_INDEX, Link};
use super::patience::Patience;
use super::server::Server;
use super::{copy, schema, setback};
use crate::clock::{Clock, Timestamp};
use crate::journal::JournalError;

/// The time for which a database that does not answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// The pause before it is looked again whether another process still has the home.
const LOOK: Duration = Duration::from_millis(250);

/// Begins a transaction of a process whose lease lasts that long. Where the database is set up so that commits wait for no disk, these do.
/// The server ends one whose process says nothing more, and with it its locks, before others may take over; and no lock of another is waited
/// for so long that the lease would be over meanwhile.
pub(super) fn beginning(lasts: Duration) -> String {
    let (silent, locked) = (lasts.as_millis() / 2, lasts.as_millis() / 4);
    format!(
        "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
         SET LOCAL idle_in_transaction_session_timeout = {silent}; SET LOCAL lock_timeout = {locked}; {BY_INDEX};
         SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'"
    )
}

/// Connects, brings the tables to this version and takes a lease. Another process that has this home is waited for only as long as it
/// takes to see whether that one lives.
pub(super) async fn take(
    server: &Server,
    holder: &Holder,
    directory: &Path,
    clock: &dyn Clock,
) -> Result<Taken, JournalError> {
    let place = server.place();
    let mut patience = Patience::of(PATIENCE);
    let mut seen: Option<Held> = None;
    let mut since = Instant::now();
    loop {
        let silent = seen.as_ref().filter(|_| since.elapsed() > holder.lasts);
        match try_to_take(server, holder, silent, (directory, clock.now())).await {
            Ok(Ok(taken)) => return Ok(taken),
            Ok(Err(held)) => {
                if seen.as_ref().is_some_and(|seen| *seen != held) {
                    return Err(JournalError::SameNode { place, node: holder.node.clone(), by: held.by });
                }
                if seen.is_none() {
                    tracing::info!(
                        "{} has this machine's name in the journal {place}: it is waited for, should it live",
                        held.by
                    );
                    since = Instant::now();
                }
                seen = Some(held);
                tokio::time::sleep(LOOK).await;
            }
            Err(failure) => patience.wait(failure).await.map_err(|failure| failure.told(&place))?,
        }
    }
}

/// A lease that was taken.
pub(super) struct Taken {
    pub(super) link: Link,
    pub(super) lease: Lease,
    pub(super) commits: i64,
    pub(super) timeline: String,
    /// The time for which the machine had been up before the lease was asked for.
    pub(super) up: u64,
    pub(super) journal: Uuid,
    /// The reason why the database knows less than was committed, if it does.
    pub(super) set_back: Option<String>,
}

async fn try_to_take(
    server: &Server,
    holder: &Holder,
    silent: Option<&Held>,
    (directory, now): (&Path, Timestamp),
) -> Result<Result<Taken, Held>, Failure> {
    let up = deadline::up();
    let link = Link::open(server).await?;
    link.batch(&beginning(holder.lasts)).await?;
    schema::migrate(&link, &server.place()).await?;
    match Lease::take(&link, holder, silent).await? {
        Taking::Held(held) => {
            link.batch("COMMIT").await?;
            Ok(Err(held))
        }
        Taking::Taken(lease, commits, timeline) => {
            schema::expect_key(&link, &holder.seal).await?;
            copy::move_in(&link, &holder.home, holder.owner).await?;
            let (journal, set_back) = setback::look(&link, holder, directory, now).await?;
            link.batch("COMMIT").await?;
            Ok(Ok(Taken { link, lease, commits, timeline, up, journal, set_back }))
        }
    }
}
