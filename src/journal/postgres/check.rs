//! Checks that the journal keeps to laws of our own that the database knows nothing of: whether its pages are sound is PostgreSQL's to
//! say. Only reads, all of it as it is at one moment, so that a daemon may go on beside it.

use std::collections::BTreeMap;

use tokio_postgres::Row;
use tokio_postgres::types::Type;

use super::bind::bound;
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use crate::clock::Timestamp;
use crate::journal::alike::Alike;
use crate::journal::cells::{Unpacked, lost};
use crate::journal::{Findings, Law, state_code};
use crate::model::{Counts, JobKind, JobName, Outcome, RunId, SkipReason, State, Trigger, TroubleKind};

/// Looks at the whole journal.
pub(super) async fn check(link: &Link) -> Result<Findings, Failure> {
    let mut findings = Findings::default();
    jobs(link, &mut findings).await?;
    runs(link, &mut findings).await?;
    for (law, query, words) in PLAIN {
        plain(link, *law, query, words, &mut findings).await?;
    }
    cells(link, &mut findings).await?;
    skips(link, &mut findings).await?;
    troubles(link, &mut findings).await?;
    Ok(findings)
}

/// Laws that one question answers: it finds a run's id, or the name of a job, and a number; the words put them behind.
const PLAIN: &[(Law, &str, &str)] = &[
    (
        Law::Parts,
        "SELECT runs.id, items.item FROM items JOIN runs USING (run)
         WHERE NOT EXISTS (SELECT 1 FROM bodies WHERE bodies.run = items.run AND bodies.item = items.item)",
        "an item has no text that says what is to be done",
    ),
    (
        Law::Parts,
        "SELECT runs.id, bodies.item FROM bodies LEFT JOIN runs USING (run)
         WHERE NOT EXISTS (SELECT 1 FROM items WHERE items.run = bodies.run AND items.item = bodies.item)",
        "there is a text for an item that is not there",
    ),
    (
        Law::Parts,
        "SELECT runs.id, results.item FROM results LEFT JOIN runs USING (run)
         WHERE NOT EXISTS (SELECT 1 FROM items WHERE items.run = results.run AND items.item = results.item)",
        "there is a result of an item that is not there",
    ),
    (
        Law::Parts,
        "SELECT runs.id, attempts.item FROM attempts LEFT JOIN runs USING (run)
         WHERE NOT EXISTS (SELECT 1 FROM items WHERE items.run = attempts.run AND items.item = attempts.item)",
        "there is an attempt of an item that is not there",
    ),
    (
        Law::Parts,
        "SELECT runs.id, results.item FROM results JOIN items USING (run, item) JOIN runs USING (run)
         WHERE results.attempt IS NOT NULL AND (items.state < 10 OR results.attempt > items.attempts OR results.at IS NULL)",
        "an item has ended with an attempt that it has not made",
    ),
    (
        Law::Parts,
        "SELECT runs.id, bodies.item FROM bodies LEFT JOIN runs USING (run) WHERE bodies.cells_at IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM cells WHERE cells.run = bodies.run AND cells.item = bodies.cells_at)",
        "the cells that were handed in are not there",
    ),
    (
        Law::Parts,
        "SELECT runs.id, cells.item FROM cells LEFT JOIN runs USING (run) WHERE NOT EXISTS
         (SELECT 1 FROM bodies WHERE bodies.run = cells.run AND bodies.item = cells.item AND bodies.cells_at = cells.item)",
        "there are cells of an item that is not there",
    ),
    (
        Law::Parts,
        "SELECT runs.id, items.item FROM items JOIN runs USING (run) WHERE items.job <> runs.job",
        "an item counts as another job's than its run",
    ),
    (
        Law::Owners,
        "SELECT id, NULL::bigint FROM runs WHERE (process IS NULL) <> (begun_at IS NULL)
         OR (ended IS NULL AND process IS NOT NULL AND NOT EXISTS (SELECT 1 FROM leases WHERE owner = runs.process))",
        "no process is known to work on it",
    ),
    (
        // A run that is forgotten leaves behind what it made.
        Law::Identities,
        "SELECT runs.id, identities.item FROM identities JOIN runs USING (run)
         WHERE NOT runs.pruning AND (runs.job <> identities.job
         OR NOT EXISTS (SELECT 1 FROM items WHERE items.run = identities.run AND items.item = identities.item))",
        "what a job remembers was made by an item that is not there",
    ),
    (
        Law::Identities,
        "SELECT jobs.name, identities.run FROM identities JOIN jobs USING (job)
         WHERE identities.run > (SELECT coalesce(max(run), 0) FROM runs)",
        "what a job remembers was made by a run that never was",
    ),
    (
        Law::DueTimes,
        "SELECT jobs.name, skips.due FROM skips JOIN jobs USING (job) JOIN runs USING (job, due)",
        "a due time has a run, and a reason why it has none",
    ),
    (
        Law::Pins,
        "SELECT runs.id, results.item FROM results JOIN runs USING (run) LEFT JOIN pin_keys USING (run)
         WHERE results.sealed IS NOT NULL AND runs.sealed = 0 AND (pin_keys.key IS NOT NULL OR pin_keys.whole IS NOT TRUE)",
        "PINs are left in the journal though they were written out",
    ),
    (
        Law::Words,
        "SELECT runs.id, NULL::bigint FROM outbox LEFT JOIN runs USING (run)
         WHERE (outbox.state IN ('sent', 'dead')) <> (outbox.ended IS NOT NULL)
         OR (outbox.state IN ('queued', 'sending') AND outbox.message IS NULL)",
        "a mail waits and has no text, or is over and has no end",
    ),
];

/// Each run, with its items.
async fn runs(link: &Link, findings: &mut Findings) -> Result<(), Failure> {
    let mut after = 0;
    loop {
        let page = link
            .rows(
                "SELECT id, cause, outcome, counts, ended IS NOT NULL, pruning, run, alike FROM runs WHERE run > $1
                 ORDER BY run LIMIT 500",
                bound![after],
            )
            .await?;
        let Some(last) = page.last() else { return Ok(()) };
        let (first, last) = (after, last.at::<i64>(6)?);
        after = last;
        let rows = link
            .rows(
                "SELECT run, state, count(*) FROM items WHERE run > $1 AND run <= $2 GROUP BY run, state",
                bound![first, last],
            )
            .await?;
        let mut states: BTreeMap<i64, Vec<(i64, u64)>> = BTreeMap::new();
        for row in &rows {
            states.entry(row.at(0)?).or_default().push((row.at(1)?, row.number(2)?));
        }
        for row in &page {
            words(row, findings)?;
            sums(row, states.get(&row.at::<i64>(6)?).map_or(&[], Vec::as_slice), findings)?;
        }
    }
}

fn words(row: &Row, findings: &mut Findings) -> Result<(), Failure> {
    findings.runs += 1;
    let place = place(row)?;
    let text = |column: usize| row.at::<Option<&str>>(column).map(Option::unwrap_or_default);
    let (cause, outcome, counts, alike) = (text(1)?, text(2)?, text(3)?, text(7)?);
    let ended: bool = row.at(4)?;
    let mut wrong = |what: &str, found: &str| {
        findings.add(Law::Words, format!("{place}: `{found}` is no {what}"));
    };
    if Trigger::parse(cause).is_none() {
        wrong("reason to begin a run", cause);
    }
    if ended && Outcome::parse(outcome).is_none() {
        wrong("outcome", outcome);
    }
    if ended && serde_json::from_str::<Counts>(counts).is_err() {
        wrong("account of items", counts);
    }
    if !alike.is_empty() && Alike::parse(alike).is_none() {
        wrong("result of items that ended alike", alike);
    }
    Ok(())
}

/// Compares what a run says of its items with the numbers of those in each state.
fn sums(row: &Row, in_states: &[(i64, u64)], findings: &mut Findings) -> Result<(), Failure> {
    let place = place(row)?;
    let (mut found, mut open, mut is_legal) = (Counts::default(), 0, true);
    for &(code, items) in in_states {
        findings.items += items;
        match state_code::from_code(code) {
            Some(State::Done(status)) => found.add(status, items),
            Some(_) => open += items,
            None => {
                is_legal = false;
                let problem = format!("{place}: {items} of its items have the state {code}, which means nothing");
                findings.add(Law::Words, problem);
            }
        }
    }
    let (ended, pruning): (bool, bool) = (row.at(4)?, row.at(5)?);
    if !ended || pruning {
        return Ok(());
    }
    let counts: Option<Counts> = row.at::<Option<&str>>(3)?.and_then(|text| serde_json::from_str(text).ok());
    if open > 0 {
        findings.add(Law::Endings, format!("{place}: it has ended, and {open} of its items are open"));
    } else if let Some(counts) = counts
        && is_legal
        && counts != found
    {
        findings.add(Law::Sums, format!("{place}: it says {}, and its items are {}", sum(&counts), sum(&found)));
    }
    Ok(())
}

fn sum(counts: &Counts) -> String {
    if counts.total() == 0 { "none".to_owned() } else { counts.to_string() }
}

async fn plain(link: &Link, law: Law, query: &str, words: &str, findings: &mut Findings) -> Result<(), Failure> {
    for row in &link.rows(query, bound![]).await? {
        let which = match (law, row.at::<Option<i64>>(1)?) {
            (_, None) => String::new(),
            (Law::DueTimes, Some(due)) => format!(" ({})", Timestamp::from_millis(due)),
            (Law::Identities, Some(run)) if is_name(row) => format!(" (number {run})"),
            (_, Some(item)) => format!(" (item {item})"),
        };
        findings.add(law, format!("{}: {words}{which}", place(row)?));
    }
    Ok(())
}

/// Packed cells: they can be unpacked, and there are some for every item that they are to have.
async fn cells(link: &Link, findings: &mut Findings) -> Result<(), Failure> {
    let (mut run, mut item) = (i64::MIN, 0);
    loop {
        let page = link
            .rows(
                "SELECT runs.id, cells.run, cells.item, cells.packed FROM cells LEFT JOIN runs USING (run)
                 WHERE (cells.run, cells.item) > ($1, $2) ORDER BY cells.run, cells.item LIMIT 500",
                bound![run, item],
            )
            .await?;
        let Some(last) = page.last() else { return Ok(()) };
        (run, item) = (last.at(1)?, last.at(2)?);
        let (mut runs, mut before, mut blocks) = (Vec::new(), Vec::new(), Vec::new());
        for row in &page {
            let last = row.item(2)?;
            match Unpacked::of(last, row.at(3)?).map(|unpacked| unpacked.before()) {
                None => findings.add(Law::Parts, format!("{}: {}", place(row)?, lost(last))),
                Some(None) => {}
                Some(Some(item)) => {
                    runs.push(row.at::<i64>(1)?);
                    before.push(i64::from(item.0));
                    blocks.push(i64::from(last.0));
                }
            }
        }
        let beyond = "SELECT runs.id, block.item FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS block (run, item, last)
            JOIN bodies ON bodies.run = block.run AND bodies.item = block.item AND bodies.cells_at = block.last
            LEFT JOIN runs ON runs.run = block.run ORDER BY block.run, block.item";
        for row in &link.rows(beyond, bound![runs, before, blocks]).await? {
            findings.add(Law::Parts, format!("{}: {}", place(row)?, lost(row.item(1)?)));
        }
    }
}

async fn jobs(link: &Link, findings: &mut Findings) -> Result<(), Failure> {
    for row in &link.rows("SELECT name, kind FROM jobs ORDER BY job", bound![]).await? {
        let (name, kind): (&str, &str) = (row.at(0)?, row.at(1)?);
        if name.parse::<JobName>().is_err() {
            findings.add(Law::Words, format!("`{name}` is no name of a job"));
        }
        if !JobKind::ALL.iter().any(|known| known.as_str() == kind) {
            findings.add(Law::Words, format!("{name}: `{kind}` is no kind of job"));
        }
    }
    Ok(())
}

async fn skips(link: &Link, findings: &mut Findings) -> Result<(), Failure> {
    let find = "SELECT DISTINCT jobs.name, skips.reason FROM skips JOIN jobs USING (job)";
    for row in &link.rows(find, bound![]).await? {
        let reason: &str = row.at(1)?;
        if SkipReason::parse(reason).is_none() {
            findings.add(Law::Words, format!("{}: `{reason}` is no reason to skip a due time", place(row)?));
        }
    }
    Ok(())
}

async fn troubles(link: &Link, findings: &mut Findings) -> Result<(), Failure> {
    let find =
        "SELECT coalesce(jobs.name, 'no job'), troubles.kind FROM troubles LEFT JOIN jobs USING (job) ORDER BY trouble";
    for row in &link.rows(find, bound![]).await? {
        let kind: &str = row.at(1)?;
        if TroubleKind::parse(kind).is_none() {
            findings.add(Law::Words, format!("{}: `{kind}` is no kind of trouble", place(row)?));
        }
    }
    Ok(())
}

/// Of what the finding is: a run by its id, or a job by its name, in the first column.
fn place(row: &Row) -> Result<String, Failure> {
    if is_name(row) {
        return Ok(row.at::<&str>(0)?.to_owned());
    }
    Ok(match row.at::<Option<&[u8]>>(0)? {
        Some(id) => match RunId::from_bytes(id) {
            Some(run) => format!("run {run}"),
            None => "a run without an id".to_owned(),
        },
        None => "a run that is not there".to_owned(),
    })
}

fn is_name(row: &Row) -> bool {
    row.columns().first().is_some_and(|column| *column.type_() == Type::TEXT)
}
