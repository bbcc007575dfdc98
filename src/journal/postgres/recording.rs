//! Records what became of items, a batch at a time.

use std::collections::{HashMap, HashSet};

use super::bind::{Text, bound};
use super::failure::Failure;
use super::items::FOUND;
use super::link::Link;
use super::row::Columns;
use super::{habits, outbox};
use crate::clock::Timestamp;
use crate::journal::state_code::{DONE, to_code};
use crate::journal::{Remember, RunKey, Step};
use crate::model::{ItemNo, Life, Limits};

/// Records steps in their order. Saying the same again does nothing.
pub(super) async fn record(link: &Link, run: RunKey, steps: &[Step], limits: Limits) -> Result<(), Failure> {
    let mut left = steps;
    while !left.is_empty() {
        // One statement takes each item once: a second step of an item waits for the first.
        let mut seen = HashSet::new();
        let some = left.iter().take_while(|step| seen.insert(step.item)).count();
        let (now, later) = left.split_at(some);
        record_once(link, run, now, limits).await?;
        left = later;
    }
    Ok(())
}

/// Records steps of items that are all different.
async fn record_once(link: &Link, run: RunKey, steps: &[Step], limits: Limits) -> Result<(), Failure> {
    let after = steps.iter().map(|step| step.life.step(step.event, limits)).collect::<Result<Vec<_>, _>>()?;
    let changed = Steps::of(steps, &after).take(link, run).await?;
    let (new, said): (Vec<_>, Vec<_>) = steps.iter().zip(&after).partition(|(step, _)| changed.contains(&step.item));
    expect_lives(link, run, &said).await?;
    for (step, _) in new {
        if let Some(letter) = &step.letter {
            outbox::insert_private(link, run, letter).await?;
        }
        if let Some(habit) = &step.habit {
            habits::learn(link, habit).await?;
        }
    }
    Ok(())
}

/// The columns of steps, each with the values of all of them.
struct Steps<'a> {
    items: Vec<i64>,
    codes: Vec<Option<i64>>,
    errors: Vec<Option<Text<'a>>>,
    not_before: Vec<Option<i64>>,
    after: [Vec<i64>; 4],
    before: [Vec<i64>; 4],
    attempts: Attempts<'a>,
    results: Vec<Option<Text<'a>>>,
    sealed: Vec<Option<&'a [u8]>>,
    memory: Memory<'a>,
}

/// The sendings of the steps that have one.
#[derive(Default)]
struct Attempts<'a> {
    at: Vec<Option<i64>>,
    statuses: Vec<Option<i64>>,
    codes: Vec<Option<i64>>,
    millis: Vec<Option<i64>>,
    errors: Vec<Option<Text<'a>>>,
}

/// What the run's job is to remember.
#[derive(Default)]
struct Memory<'a> {
    identities: Vec<Option<Text<'a>>>,
    resources: Vec<Option<Text<'a>>>,
    contents: Vec<Option<&'a [u8]>>,
    facts: Vec<Option<Text<'a>>>,
    gone: Vec<Option<Text<'a>>>,
}

impl<'a> Steps<'a> {
    fn of(steps: &'a [Step], after: &[Life]) -> Self {
        let told = |step: &'a Step| {
            let result = step.result.as_deref().map(Text);
            result.or_else(|| step.sealed.is_some().then_some(Text("{}")))
        };
        Self {
            items: steps.iter().map(|step| i64::from(step.item.0)).collect(),
            codes: steps.iter().map(|step| step.code.map(|code| code.0)).collect(),
            errors: steps.iter().map(|step| step.error.as_deref().map(Text)).collect(),
            not_before: steps.iter().map(|step| step.not_before.map(Timestamp::millis)).collect(),
            after: columns(after.iter()),
            before: columns(steps.iter().map(|step| &step.life)),
            attempts: Attempts::of(steps),
            results: steps.iter().map(told).collect(),
            sealed: steps.iter().map(|step| step.sealed.as_deref()).collect(),
            memory: Memory::of(steps),
        }
    }

    /// Lets items take their steps, with all that belongs to them; tells which of them did. The others are not where they were said to be,
    /// and nothing of theirs is written.
    async fn take(&self, link: &Link, run: RunKey) -> Result<HashSet<ItemNo>, Failure> {
        let Self { items, codes, errors, not_before, attempts, results, sealed, memory, .. } = self;
        let ([states, sendings, returns, taken], [were, tried, returned, took]) = (&self.after, &self.before);
        let rows = link
            .rows(
                &take(),
                bound![
                    run.0,
                    *items,
                    *codes,
                    *errors,
                    *not_before,
                    *states,
                    *sendings,
                    *returns,
                    *taken,
                    *were,
                    *tried,
                    *returned,
                    *took,
                    attempts.at,
                    attempts.statuses,
                    attempts.codes,
                    attempts.millis,
                    attempts.errors,
                    *results,
                    *sealed,
                    memory.identities,
                    memory.resources,
                    memory.contents,
                    memory.facts,
                    memory.gone,
                ],
            )
            .await?;
        rows.iter().map(|row| row.item(0)).collect()
    }
}

/// The statement for it: one, since each waits once for the network. The sending that ends an item goes beside its result, where it has
/// one.
fn take() -> String {
    format!(
        "WITH changed AS (
            UPDATE items SET state = step.state, attempts = step.attempts, returns = step.returns, steps = step.steps,
            code = step.code, error = step.error, not_before = step.not_before
            FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
            $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[], $14::bigint[], $15::bigint[],
            $16::bigint[], $17::bigint[], $18::text[], $19::text[], $20::bytea[], $21::text[], $22::text[], $23::bytea[],
            $24::text[], $25::text[])
            AS step (item, code, error, not_before, state, attempts, returns, steps, was, tried, returned, took, at, http,
            answer, ms, why, result, sealed, identity, resource, content, facts, gone), {FOUND}
            WHERE items.ctid = found.place AND items.state = step.was AND items.attempts = step.tried
            AND items.returns = step.returned AND items.steps = step.took
            RETURNING items.job, step.item, step.tried, step.at, step.http, step.answer, step.ms, step.why, step.result,
            step.sealed, step.identity, step.resource, step.content, step.facts, step.gone,
            CASE WHEN step.state >= {DONE} AND step.result IS NOT NULL AND step.at IS NOT NULL THEN step.tried END AS last
         ), sent AS (
            INSERT INTO attempts (run, item, attempt, at, http, code, ms, error)
            SELECT $1, item, tried, at, http, answer, ms, why FROM changed WHERE at IS NOT NULL AND last IS NULL
            ON CONFLICT DO NOTHING
         ), told AS (
            INSERT INTO results (run, item, result, sealed, attempt, at, http, code, ms, error)
            SELECT $1, item, result, sealed, last, CASE WHEN last IS NOT NULL THEN at END,
            CASE WHEN last IS NOT NULL THEN http END, CASE WHEN last IS NOT NULL THEN answer END,
            CASE WHEN last IS NOT NULL THEN ms END, CASE WHEN last IS NOT NULL THEN why END
            FROM changed WHERE result IS NOT NULL
            ON CONFLICT (run, item) DO UPDATE SET result = excluded.result, sealed = coalesce(excluded.sealed, results.sealed),
            attempt = coalesce(excluded.attempt, results.attempt), at = coalesce(excluded.at, results.at),
            http = coalesce(excluded.http, results.http), code = coalesce(excluded.code, results.code),
            ms = coalesce(excluded.ms, results.ms), error = coalesce(excluded.error, results.error)
         ), made AS (
            INSERT INTO identities (job, identity, resource, content, facts, run, item)
            SELECT job, identity, resource, content, facts, $1, item FROM changed WHERE identity IS NOT NULL
            ON CONFLICT (job, identity) DO UPDATE SET resource = excluded.resource, content = excluded.content,
            facts = excluded.facts, run = excluded.run, item = excluded.item
         ), went AS (
            INSERT INTO gone (resource, run, item)
            SELECT gone, $1, item FROM changed WHERE gone IS NOT NULL ON CONFLICT DO NOTHING
         ) SELECT item FROM changed"
    )
}

impl<'a> Attempts<'a> {
    fn of(steps: &'a [Step]) -> Self {
        let mut all = Self::default();
        for step in steps {
            let attempt = step.attempt.as_ref();
            all.at.push(attempt.map(|attempt| attempt.at.millis()));
            all.statuses.push(attempt.and_then(|attempt| attempt.http.map(i64::from)));
            all.codes.push(attempt.and_then(|attempt| attempt.code.map(|code| code.0)));
            all.millis.push(attempt.map(|attempt| i64::try_from(attempt.millis).unwrap_or(i64::MAX)));
            all.errors.push(attempt.and_then(|attempt| attempt.error.as_deref().map(Text)));
        }
        all
    }
}

impl<'a> Memory<'a> {
    /// Of one identity what was said last.
    fn of(steps: &'a [Step]) -> Self {
        let made = |step: &'a Step| match &step.remember {
            Some(
                Remember::Made { identity, resource, content, facts }
                | Remember::Taken { identity, resource, content, facts },
            ) => Some((identity.as_str(), resource, content, facts)),
            _ => None,
        };
        let last: HashMap<_, _> =
            (0..).zip(steps).filter_map(|(no, step): (usize, _)| Some((made(step)?.0, no))).collect();
        let mut all = Self::default();
        for (no, step) in steps.iter().enumerate() {
            let made = made(step).filter(|(identity, ..)| last.get(identity) == Some(&no));
            all.identities.push(made.map(|(identity, ..)| Text(identity)));
            all.resources.push(made.map(|(_, resource, ..)| Text(resource.as_str())));
            all.contents.push(made.map(|(_, _, content, _)| content.as_bytes().as_slice()));
            all.facts.push(made.map(|(.., facts)| Text(facts)));
            all.gone.push(match &step.remember {
                Some(Remember::Gone(resource) | Remember::Taken { resource, .. }) => Some(Text(resource.as_str())),
                _ => None,
            });
        }
        all
    }
}

/// The states, attempts, returns and steps of lives.
fn columns<'a>(lives: impl Iterator<Item = &'a Life> + Clone) -> [Vec<i64>; 4] {
    [
        lives.clone().map(|life| to_code(life.state)).collect(),
        lives.clone().map(|life| i64::from(life.attempts)).collect(),
        lives.clone().map(|life| i64::from(life.returns)).collect(),
        lives.map(|life| i64::from(life.steps)).collect(),
    ]
}

/// Expects items that took no step to have taken it before.
async fn expect_lives(link: &Link, run: RunKey, said: &[(&Step, &Life)]) -> Result<(), Failure> {
    if said.is_empty() {
        return Ok(());
    }
    let items: Vec<_> = said.iter().map(|(step, _)| i64::from(step.item.0)).collect();
    let rows = link
        .rows(
            "SELECT item, state, attempts, returns, steps FROM items WHERE run = $1 AND item = ANY ($2)",
            bound![run.0, items],
        )
        .await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in &rows {
        let life =
            Life { state: row.state(1)?, attempts: row.number(2)?, returns: row.number(3)?, steps: row.number(4)? };
        found.insert(row.item(0)?, life);
    }
    let is_so = |(step, after): &(&Step, &Life)| found.get(&step.item) == Some(*after);
    if said.iter().all(is_so) { Ok(()) } else { Err(Failure::unknown("item in the state that was said")) }
}
