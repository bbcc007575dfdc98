//! Shares the rate of a server among the processes that have the journal: a row says until when its time is taken, by the database's
//! clock, and who wants the next slice moves that on.

use std::time::{Duration, Instant};

use super::Database;
use super::bind::{Text, bound};
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use crate::journal::{JournalError, Reserved};

/// The number of slices that are taken ahead at most. Where there seem to be more, the database's clock was set back, or a slice was
/// far longer under another limit: then the time begins anew.
const AHEAD: i64 = 60;
/// A statement that took longer has waited for another process's transaction, and says little about the time.
const WAITED: Duration = Duration::from_millis(5);

/// One look at the database's clock, in microseconds, between two at this machine's.
#[derive(Debug, Clone, Copy)]
struct Look {
    before: Instant,
    after: Instant,
    shown: i64,
}

impl Look {
    fn unsure(&self) -> Duration {
        self.after - self.before
    }
}

impl Database {
    pub(super) async fn reserve(
        &self,
        server: String,
        from: Duration,
        length: Duration,
    ) -> Result<Reserved, JournalError> {
        self.writer.write_last(async move |link: &Link| reserve(link, &server, from, length).await).await
    }
}

async fn reserve(link: &Link, server: &str, from: Duration, length: Duration) -> Result<Reserved, Failure> {
    let (from, length) = (micros(from), micros(length));
    let before = Instant::now();
    let row = link
        .one(
            "INSERT INTO rate_budgets AS budget (server, taken_until)
             VALUES ($1, clock_timestamp() + ($2 + $3) * interval '1 microsecond')
             ON CONFLICT (server) DO UPDATE SET taken_until = $3 * interval '1 microsecond' + CASE
                 WHEN budget.taken_until > clock_timestamp() + ($3 * $4) * interval '1 microsecond' THEN clock_timestamp()
                 ELSE greatest(budget.taken_until, clock_timestamp() + $2 * interval '1 microsecond') END
             RETURNING (extract(epoch FROM taken_until) * 1000000)::bigint,
                 (extract(epoch FROM clock_timestamp()) * 1000000)::bigint",
            bound![Text(server), from, length, AHEAD],
        )
        .await?;
    let begins = row.at::<i64>(0)? - length;
    let mut look = Look { before, after: Instant::now(), shown: row.at(1)? };
    if look.unsure() > WAITED {
        let again = look_at_clock(link).await?;
        if again.unsure() < look.unsure() {
            look = again;
        }
    }
    // The clock was looked at no later than the answer came.
    let away = Duration::from_micros((begins - look.shown).unsigned_abs());
    let begins = if begins < look.shown { look.after.checked_sub(away) } else { look.after.checked_add(away) };
    let begins = begins.ok_or_else(|| Failure::damaged("a server's rate is taken until a time that none can be"))?;
    Ok(Reserved { begins, unsure: look.unsure() })
}

async fn look_at_clock(link: &Link) -> Result<Look, Failure> {
    let before = Instant::now();
    let row = link.one("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint", bound![]).await?;
    Ok(Look { before, after: Instant::now(), shown: row.at(0)? })
}

/// In whole microseconds, rounded up: a slice is not shorter than what is sent in it.
fn micros(time: Duration) -> i64 {
    i64::try_from(time.as_nanos().div_ceil(1000)).unwrap_or(i64::MAX / (AHEAD + 1))
}
