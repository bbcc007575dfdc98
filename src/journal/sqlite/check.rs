//! Checks that the journal is sound: by SQLite's account, and by laws of our own that SQLite knows nothing of. Only reads, each law
//! as it holds at one moment, so that a daemon may go on beside it.

use rusqlite::{Connection, Row, params};

use super::Reader;
use super::state::from_code;
use crate::clock::Timestamp;
use crate::journal::alike::Alike;
use crate::journal::cells::{Unpacked, lost};
use crate::journal::{Findings, JournalError, Law};
use crate::model::{Counts, ItemNo, JobKind, JobName, Outcome, RunId, SkipReason, State, Trigger, TroubleKind};

impl Reader {
    /// Looks at the whole journal. Where SQLite finds it damaged, our own laws are not asked after.
    pub(in crate::journal::sqlite) fn check(&self) -> Result<Findings, JournalError> {
        let mut findings = Findings::default();
        integrity(&self.connection, &mut findings)?;
        if findings.is_damaged() {
            return Ok(findings);
        }
        jobs(&self.connection, &mut findings)?;
        runs(&self.connection, &mut findings)?;
        for (law, query, words) in PLAIN {
            plain(&self.connection, *law, query, words, &mut findings)?;
        }
        cells(&self.connection, &mut findings)?;
        skips(&self.connection, &mut findings)?;
        troubles(&self.connection, &mut findings)?;
        references(&self.connection, &mut findings)?;
        Ok(findings)
    }
}

/// Laws that one question answers: it finds a run's id, or the name of a job, and a number; the words put them behind.
const PLAIN: &[(Law, &str, &str)] = &[
    (
        Law::Parts,
        "SELECT runs.id, items.item FROM items JOIN runs USING (run)
         WHERE NOT EXISTS (SELECT 1 FROM bodies WHERE bodies.place = items.run << 32 | items.item)",
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
        "SELECT runs.id, items.item FROM items JOIN results ON results.place = items.run << 32 | items.item JOIN runs ON runs.run = items.run
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
         (SELECT 1 FROM bodies WHERE bodies.place = cells.run << 32 | cells.item AND bodies.cells_at = cells.item)",
        "there are cells of an item that is not there",
    ),
    (
        Law::Parts,
        "SELECT runs.id, items.item FROM items JOIN runs USING (run) WHERE items.job <> runs.job",
        "an item counts as another job's than its run",
    ),
    (
        Law::Parts,
        "SELECT runs.id, items.item FROM items JOIN runs USING (run) WHERE (items.state < 10) <> (items.open IS 1)",
        "an item is open and not among the open ones, or over and among them",
    ),
    (
        Law::Owners,
        "SELECT id, NULL FROM runs WHERE moved NOT IN (0, 1)
         OR NOT (machine IS NULL AND boot IS NULL AND process IS NULL AND until IS NULL AND moved = 0
         OR coalesce(length(machine) = 16 AND length(boot) = 16 AND length(process) = 16 AND until IS NOT NULL, 0))",
        "which process works on it is half told",
    ),
    (
        // A run that is forgotten leaves behind what it made.
        Law::Identities,
        "SELECT runs.id, identities.item FROM identities JOIN runs USING (run)
         WHERE runs.pruning = 0 AND (runs.job <> identities.job
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
         WHERE results.sealed IS NOT NULL AND runs.sealed = 0 AND (pin_keys.key IS NOT NULL OR pin_keys.whole IS NOT 1)",
        "PINs are left in the journal though they were written out",
    ),
    (
        Law::Words,
        "SELECT coalesce(runs.id, outbox.subject), NULL FROM outbox LEFT JOIN runs USING (run)
         WHERE (outbox.state IN ('sent', 'dead')) <> (outbox.ended IS NOT NULL)
         OR (outbox.state IN ('queued', 'sending') AND outbox.message IS NULL)",
        "a mail waits and has no text, or is over and has no end",
    ),
];

fn integrity(connection: &Connection, findings: &mut Findings) -> Result<(), JournalError> {
    let mut lines = || -> rusqlite::Result<()> {
        let mut query = connection.prepare("PRAGMA integrity_check(200)")?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            let line: String = row.get(0)?;
            for line in line.lines().filter(|line| *line != "ok") {
                findings.add(Law::Integrity, line.trim_start_matches("*** in database main ***").trim().to_owned());
            }
        }
        Ok(())
    };
    match lines().map_err(JournalError::from) {
        Err(JournalError::Damaged { why, .. }) => {
            findings.add(Law::Integrity, why);
            Ok(())
        }
        other => other,
    }
}

/// Each run, with its items: all of it as it is at one moment, for a run may be forgotten meanwhile.
fn runs(connection: &Connection, findings: &mut Findings) -> Result<(), JournalError> {
    let mut after = 0;
    let mut next = connection.prepare("SELECT min(run) FROM runs WHERE run > ?1")?;
    while let Some(run) = next.query_row([after], |row| row.get::<_, Option<i64>>(0))? {
        after = run;
        words(connection, run, findings)?;
        sums(connection, run, findings)?;
    }
    Ok(())
}

fn words(connection: &Connection, run: i64, findings: &mut Findings) -> Result<(), JournalError> {
    let mut query = connection
        .prepare_cached("SELECT id, cause, outcome, counts, ended IS NOT NULL, alike FROM runs WHERE run = ?1")?;
    let mut rows = query.query([run])?;
    let Some(row) = rows.next()? else { return Ok(()) };
    findings.runs += 1;
    let place = place(row)?;
    let text = |column: usize| row.get::<_, Option<String>>(column).map(Option::unwrap_or_default);
    let (cause, outcome, counts, alike) = (text(1)?, text(2)?, text(3)?, text(5)?);
    let ended: bool = row.get(4)?;
    let mut wrong = |what: &str, found: &str| {
        findings.add(Law::Words, format!("{place}: `{found}` is no {what}"));
    };
    if Trigger::parse(&cause).is_none() {
        wrong("reason to begin a run", &cause);
    }
    if ended && Outcome::parse(&outcome).is_none() {
        wrong("outcome", &outcome);
    }
    if ended && serde_json::from_str::<Counts>(&counts).is_err() {
        wrong("account of items", &counts);
    }
    if !alike.is_empty() && Alike::parse(&alike).is_none() {
        wrong("result of items that ended alike", &alike);
    }
    Ok(())
}

fn sums(connection: &Connection, run: i64, findings: &mut Findings) -> Result<(), JournalError> {
    let mut query = connection.prepare_cached(
        "SELECT runs.id, runs.ended IS NOT NULL, runs.counts, runs.pruning, items.state, count(items.item)
         FROM runs LEFT JOIN items USING (run) WHERE runs.run = ?1 GROUP BY items.state",
    )?;
    let mut rows = query.query([run])?;
    let (mut found, mut open, mut illegal, mut told) = (Counts::default(), 0, 0, None);
    while let Some(row) = rows.next()? {
        let place = place(row)?;
        let items = row.get::<_, i64>(5)?.cast_unsigned();
        findings.items += items;
        if let Some(code) = row.get::<_, Option<i64>>(4)? {
            match from_code(code) {
                Ok(State::Done(status)) => found.add(status, items),
                Ok(_) => open += items,
                Err(_) => {
                    illegal += items;
                    let problem = format!("{place}: {items} of its items have the state {code}, which means nothing");
                    findings.add(Law::Words, problem);
                }
            }
        }
        if row.get(1)? && !row.get::<_, bool>(3)? {
            let counts: Option<Counts> =
                row.get::<_, Option<String>>(2)?.and_then(|text| serde_json::from_str(&text).ok());
            told = Some((place, counts));
        }
    }
    let Some((place, counts)) = told else { return Ok(()) };
    if open > 0 {
        findings.add(Law::Endings, format!("{place}: it has ended, and {open} of its items are open"));
    } else if let Some(counts) = counts
        && illegal == 0
        && counts != found
    {
        findings.add(Law::Sums, format!("{place}: it says {}, and its items are {}", sum(&counts), sum(&found)));
    }
    Ok(())
}

fn sum(counts: &Counts) -> String {
    if counts.total() == 0 { "none".to_owned() } else { counts.to_string() }
}

fn plain(
    connection: &Connection,
    law: Law,
    query: &str,
    words: &str,
    findings: &mut Findings,
) -> Result<(), JournalError> {
    let mut query = connection.prepare(query)?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let which = match (law, row.get::<_, Option<i64>>(1)?) {
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
fn cells(connection: &Connection, findings: &mut Findings) -> Result<(), JournalError> {
    let mut query = connection.prepare(
        "SELECT runs.id, cells.run, cells.item, cells.packed FROM cells LEFT JOIN runs USING (run) ORDER BY run, item",
    )?;
    let mut beyond = connection.prepare("SELECT 1 FROM bodies WHERE place = ?1 << 32 | ?2 AND cells_at = ?3")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (run, last): (i64, u32) = (row.get(1)?, row.get(2)?);
        let unpacked = row.get_ref(3)?.as_blob().ok().and_then(|packed| Unpacked::of(ItemNo(last), packed));
        let missing = match unpacked {
            None => Some(ItemNo(last)),
            Some(unpacked) => match unpacked.before() {
                Some(item) if beyond.exists(params![run, item.0, last])? => Some(item),
                _ => None,
            },
        };
        if let Some(item) = missing {
            findings.add(Law::Parts, format!("{}: {}", place(row)?, lost(item)));
        }
    }
    Ok(())
}

fn jobs(connection: &Connection, findings: &mut Findings) -> Result<(), JournalError> {
    let mut query = connection.prepare("SELECT name, kind FROM jobs")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let (name, kind): (String, String) = (row.get(0)?, row.get(1)?);
        if name.parse::<JobName>().is_err() {
            findings.add(Law::Words, format!("`{name}` is no name of a job"));
        }
        if !JobKind::ALL.iter().any(|known| known.as_str() == kind) {
            findings.add(Law::Words, format!("{name}: `{kind}` is no kind of job"));
        }
    }
    Ok(())
}

fn skips(connection: &Connection, findings: &mut Findings) -> Result<(), JournalError> {
    let known: Vec<_> = SkipReason::ALL.into_iter().map(|reason| format!("'{reason}'")).collect();
    let mut query = connection.prepare(&format!(
        "SELECT jobs.name, skips.reason FROM skips JOIN jobs USING (job) WHERE skips.reason NOT IN ({})",
        known.join(", ")
    ))?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let reason: String = row.get(1)?;
        findings.add(Law::Words, format!("{}: `{reason}` is no reason to skip a due time", place(row)?));
    }
    Ok(())
}

fn troubles(connection: &Connection, findings: &mut Findings) -> Result<(), JournalError> {
    let mut query = connection.prepare(
        "SELECT coalesce(jobs.name, 'no job'), troubles.kind FROM troubles LEFT JOIN jobs USING (job) ORDER BY trouble",
    )?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        let kind: String = row.get(1)?;
        if TroubleKind::parse(&kind).is_none() {
            findings.add(Law::Words, format!("{}: `{kind}` is no kind of trouble", place(row)?));
        }
    }
    Ok(())
}

fn references(connection: &Connection, findings: &mut Findings) -> Result<(), JournalError> {
    let mut query = connection
        .prepare("SELECT \"table\", parent, count(*) FROM pragma_foreign_key_check GROUP BY \"table\", parent")?;
    let rows = query
        .query_map(params![], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?, row.get::<_, i64>(2)?)))?;
    for row in rows {
        let (table, parent, rows) = row?;
        findings
            .add(Law::References, format!("{rows} rows of the table {table} belong to {parent} that are not there"));
    }
    Ok(())
}

/// Of what the finding is: a run by its id, or a job by its name, in the first column.
fn place(row: &Row<'_>) -> rusqlite::Result<String> {
    use rusqlite::types::ValueRef;
    Ok(match row.get_ref(0)? {
        ValueRef::Blob(id) => match RunId::from_bytes(id) {
            Some(run) => format!("run {run}"),
            None => "a run without an id".to_owned(),
        },
        ValueRef::Text(name) => format!("{}", String::from_utf8_lossy(name)),
        _ => "a run that is not there".to_owned(),
    })
}

fn is_name(row: &Row<'_>) -> bool {
    matches!(row.get_ref(0), Ok(rusqlite::types::ValueRef::Text(_)))
}
