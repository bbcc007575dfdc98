//! Forgets what lies further back than it is to be kept, in steps so small that no caller waits long behind one.
//!
//! A run goes whole or not at all. It stays while its mail waits, or its dropped file's last move. And the last run of each job
//! stays, so that its outcome is known. PINs whose file could not be written in all that time go with their run. What a job
//! made is remembered until that is over, however long ago it was made. Freed room is used again for what comes, once the database's own
//! cleaning has been there.

use std::time::Duration;

use super::bind::{Text, bound};
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use super::{Database, habits, troubles};
use crate::clock::Timestamp;
use crate::journal::pruned::{MadeThing, OlderThan, files_seen_before};
use crate::journal::{JournalError, Over, Pruned, Pruning};

/// Rows that one transaction forgets, and that one look reads, at most.
const STEP: u64 = 500;

impl Database {
    pub(super) async fn prune_by_age(
        &self,
        keep: Duration,
        files: Duration,
        over: Over,
    ) -> Result<Pruning, JournalError> {
        let time = self.time();
        if let Some(doubt) = time.doubt {
            return Ok(Pruning::Doubted(doubt));
        }
        let pruned = self.prune(time.wall.minus(keep), over).await?;
        let seen = files_seen_before(&time, keep, files);
        self.forget_until_none(async move |link: &Link| forget_files(link, seen).await).await?;
        Ok(Pruning::Done(pruned))
    }

    pub(super) async fn prune(&self, before: Timestamp, over: Over) -> Result<Pruned, JournalError> {
        let both = OlderThan::of(before, &self.time());
        let mut pruned = Pruned::default();
        loop {
            let forgotten = self.writer.write(async move |link: &Link| forget_runs(link, both).await).await?;
            if forgotten == (0, 0) {
                break;
            }
            pruned.runs += forgotten.0;
            pruned.items += forgotten.1;
        }
        self.forget_until_none(async move |link: &Link| forget_lone_mails(link, both).await).await?;
        pruned.identities = self.forget_identities(before, over).await?;
        self.forget_until_none(async move |link: &Link| forget_gone(link).await).await?;
        self.forget_until_none(async move |link: &Link| troubles::forget(link, before).await).await?;
        self.forget_until_none(async move |link: &Link| habits::forget(link, before).await).await?;
        pruned.skips = self.forget_until_none(async move |link: &Link| forget_skips(link, before).await).await?;
        Ok(pruned)
    }

    async fn forget_until_none<W>(&self, step: W) -> Result<u64, JournalError>
    where
        W: AsyncFn(&Link) -> Result<u64, Failure> + Copy + Send + 'static,
    {
        let mut all = 0;
        loop {
            match self.writer.write(step).await? {
                0 => return Ok(all),
                some => all += some,
            }
        }
    }

    async fn forget_identities(&self, before: Timestamp, over: Over) -> Result<u64, JournalError> {
        let mut all = 0;
        let mut after = (0, String::new());
        loop {
            let from = after.clone();
            let page = self.questions.ask(async move |link: &Link| remembered(link, &from).await).await?;
            let Some(last) = page.last() else { return Ok(all) };
            after = (last.job, last.identity.clone());
            let old: Vec<_> = page.into_iter().filter(|thing| thing.is_over(before, over)).collect();
            if old.is_empty() {
                continue;
            }
            all += self.writer.write(async move |link: &Link| forget_remembered(link, &old).await).await?;
        }
    }
}

async fn remembered(link: &Link, after: &(i64, String)) -> Result<Vec<MadeThing>, Failure> {
    let rows = link
        .rows(
            &format!(
                "SELECT identities.job, jobs.kind, identities.identity, identities.facts FROM identities JOIN jobs USING (job)
                 WHERE (identities.job, identities.identity) > ($1, $2) ORDER BY identities.job, identities.identity LIMIT {STEP}"
            ),
            bound![after.0, Text(&after.1)],
        )
        .await?;
    let remembered = |row: &tokio_postgres::Row| {
        Ok(MadeThing { job: row.at(0)?, kind: row.at(1)?, identity: row.at(2)?, facts: row.at(3)? })
    };
    rows.iter().map(remembered).collect()
}

/// Forgets runs until the step is full; tells how many are wholly forgotten, and how many items.
async fn forget_runs(link: &Link, before: OlderThan) -> Result<(u64, u64), Failure> {
    let (mut runs, mut items) = (0, 0);
    let mut room = STEP;
    while room > 0
        && let Some(run) = next_run(link, before).await?
    {
        let forgotten = forget_items(link, run, room).await?;
        items += forgotten;
        if forgotten == room {
            link.change("UPDATE runs SET pruning = true WHERE run = $1", bound![run]).await?;
            break;
        }
        room -= forgotten + 1;
        for table in ["attempts", "results", "bodies", "cells", "outbox", "claims", "pin_keys", "runs"] {
            link.change(&format!("DELETE FROM {table} WHERE run = $1"), bound![run]).await?;
        }
        runs += 1;
    }
    Ok((runs, items))
}

/// The run to be forgotten next: one that was begun with, else the oldest that may go.
async fn next_run(link: &Link, before: OlderThan) -> Result<Option<i64>, Failure> {
    if let Some(begun) = link.first("SELECT run FROM runs WHERE pruning LIMIT 1", bound![]).await? {
        return begun.at(0).map(Some);
    }
    let next = link
        .first(
            "SELECT run FROM runs WHERE ended < $1 AND ended - ahead < $2
             AND EXISTS (SELECT 1 FROM runs AS later WHERE later.job = runs.job AND later.run > runs.run AND later.ended IS NOT NULL)
             AND NOT EXISTS (SELECT 1 FROM claims WHERE claims.run = runs.run AND claims.settled IS NULL)
             AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.run = runs.run AND outbox.state IN ('queued', 'sending'))
             ORDER BY run LIMIT 1",
            bound![before.wall.millis(), before.lived.millis()],
        )
        .await?;
    next.map(|row| row.at(0)).transpose()
}

/// Forgets the run's first items, each with all that belongs to it.
async fn forget_items(link: &Link, run: i64, most: u64) -> Result<u64, Failure> {
    let last =
        format!("SELECT max(item) FROM (SELECT item FROM items WHERE run = $1 ORDER BY item LIMIT {most}) AS step");
    let Some(last) = link.one(&last, bound![run]).await?.at::<Option<i64>>(0)? else { return Ok(0) };
    let mut forgotten = 0;
    for table in ["attempts", "results", "bodies", "cells", "items"] {
        let forget = format!("DELETE FROM {table} WHERE run = $1 AND item <= $2");
        forgotten = link.change(&forget, bound![run, last]).await?;
    }
    Ok(forgotten)
}

/// Mails that no run stands behind.
async fn forget_lone_mails(link: &Link, before: OlderThan) -> Result<u64, Failure> {
    let forget = format!(
        "DELETE FROM outbox WHERE id IN (SELECT id FROM outbox WHERE run IS NULL AND ended < $1
         AND coalesce(tried, created) < $2 LIMIT {STEP})"
    );
    link.change(&forget, bound![before.wall.millis(), before.lived.millis()]).await
}

/// Since when files lie where they were put that have been deleted by now.
async fn forget_files(link: &Link, before: Timestamp) -> Result<u64, Failure> {
    let forget = format!("DELETE FROM put_away WHERE run IN (SELECT run FROM put_away WHERE since < $1 LIMIT {STEP})");
    link.change(&forget, bound![before.millis()]).await
}

/// Forgets memories, but for those that were renewed meanwhile.
async fn forget_remembered(link: &Link, old: &[MadeThing]) -> Result<u64, Failure> {
    let jobs: Vec<_> = old.iter().map(|thing| thing.job).collect();
    let identities: Vec<_> = old.iter().map(|thing| Text(&thing.identity)).collect();
    let facts: Vec<_> = old.iter().map(|thing| Text(&thing.facts)).collect();
    link.change(
        "DELETE FROM identities USING unnest($1::bigint[], $2::text[], $3::text[]) AS old (job, identity, facts)
         WHERE identities.job = old.job AND identities.identity = old.identity COLLATE \"C\" AND identities.facts = old.facts",
        bound![jobs, identities, facts],
    )
    .await
}

/// Forgets things that were taken away by a run that is forgotten: that matters only while a job remembers that it made them.
async fn forget_gone(link: &Link) -> Result<u64, Failure> {
    let forget = format!(
        "DELETE FROM gone WHERE resource IN (SELECT resource FROM gone
         WHERE NOT EXISTS (SELECT 1 FROM runs WHERE runs.run = gone.run)
         AND NOT EXISTS (SELECT 1 FROM identities WHERE identities.resource = gone.resource) LIMIT {STEP})"
    );
    link.change(&forget, bound![]).await
}

/// Rows of the skip ledger. One that was entered by a clock that was ahead, for a due time that is still to come, stays.
async fn forget_skips(link: &Link, before: Timestamp) -> Result<u64, Failure> {
    let forget = format!(
        "DELETE FROM skips WHERE (job, due) IN (SELECT job, due FROM skips WHERE due < $1 AND at < $1 LIMIT {STEP})"
    );
    link.change(&forget, bound![before.millis()]).await
}
