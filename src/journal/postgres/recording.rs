//! Records what became of items, a batch at a time.

use std::collections::{HashMap, HashSet};

use super::bind::{Text, bound};
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use super::{habits, outbox};
use crate::clock::Timestamp;
use crate::journal::state_code::to_code;
use crate::journal::{Remember, RunKey, Step};
use crate::model::{ItemNo, Life, Limits};

/// Records steps in their order. Saying the same again does nothing.
pub(super) async fn record(link: &Link, run: RunKey, steps: &[Step], limits: Limits) -> Result<(), Failure> {
    let job = link.first("SELECT job FROM runs WHERE run = $1", bound![run.0]).await?;
    let job: i64 = job.ok_or_else(|| Failure::unknown("such run"))?.at(0)?;
    let mut left = steps;
    while !left.is_empty() {
        // One statement takes each item once: a second step of an item waits for the first.
        let mut seen = HashSet::new();
        let some = left.iter().take_while(|step| seen.insert(step.item)).count();
        let (now, later) = left.split_at(some);
        record_once(link, run, job, now, limits).await?;
        left = later;
    }
    Ok(())
}

/// Records steps of items that are all different.
async fn record_once(link: &Link, run: RunKey, job: i64, steps: &[Step], limits: Limits) -> Result<(), Failure> {
    let after = steps.iter().map(|step| step.life.step(step.event, limits)).collect::<Result<Vec<_>, _>>()?;
    let changed = change_lives(link, run, steps, &after).await?;
    let (new, said): (Vec<_>, Vec<_>) = steps.iter().zip(&after).partition(|(step, _)| changed.contains(&step.item));
    expect_lives(link, run, &said).await?;
    let new: Vec<_> = new.into_iter().map(|(step, _)| step).collect();
    record_attempts(link, run, &new).await?;
    let told: Vec<_> = new.iter().filter(|step| step.result.is_some() || step.sealed.is_some()).collect();
    if !told.is_empty() {
        let items: Vec<_> = told.iter().map(|step| i64::from(step.item.0)).collect();
        let results: Vec<_> = told.iter().map(|step| Text(step.result.as_deref().unwrap_or("{}"))).collect();
        let sealed: Vec<_> = told.iter().map(|step| step.sealed.as_deref()).collect();
        keep_results(link, run, &items, &results, &sealed).await?;
    }
    for step in &new {
        if let Some(letter) = &step.letter {
            outbox::insert_private(link, run, letter).await?;
        }
        if let Some(habit) = &step.habit {
            habits::learn(link, habit).await?;
        }
    }
    remember(link, run, job, &new).await
}

/// Lets items take their steps; tells which of them did. The others are not where they were said to be.
async fn change_lives(link: &Link, run: RunKey, steps: &[Step], after: &[Life]) -> Result<HashSet<ItemNo>, Failure> {
    let items: Vec<_> = steps.iter().map(|step| i64::from(step.item.0)).collect();
    let codes: Vec<_> = steps.iter().map(|step| step.code.map(|code| code.0)).collect();
    let errors: Vec<_> = steps.iter().map(|step| step.error.as_deref().map(Text)).collect();
    let not_before: Vec<_> = steps.iter().map(|step| step.not_before.map(Timestamp::millis)).collect();
    let [states, attempts, returns, taken] = columns(after.iter());
    let [were, tried, returned, took] = columns(steps.iter().map(|step| &step.life));
    let rows = link
        .rows(
            "UPDATE items SET state = new.state, attempts = new.attempts, returns = new.returns, steps = new.steps,
             code = new.code, error = new.error, not_before = new.not_before
             FROM unnest($2::bigint[], $3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[],
             $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[])
             AS new (item, code, error, not_before, state, attempts, returns, steps, was, tried, returned, took)
             WHERE items.run = $1 AND items.item = new.item AND items.state = new.was AND items.attempts = new.tried
             AND items.returns = new.returned AND items.steps = new.took RETURNING items.item",
            bound![
                run.0, items, codes, errors, not_before, states, attempts, returns, taken, were, tried, returned, took
            ],
        )
        .await?;
    rows.iter().map(|row| row.item(0)).collect()
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

async fn record_attempts(link: &Link, run: RunKey, steps: &[&Step]) -> Result<(), Failure> {
    let all: Vec<_> = steps.iter().filter_map(|step| Some((step, step.attempt.as_ref()?))).collect();
    if all.is_empty() {
        return Ok(());
    }
    let items: Vec<_> = all.iter().map(|(step, _)| i64::from(step.item.0)).collect();
    let numbers: Vec<_> = all.iter().map(|(step, _)| i64::from(step.life.attempts)).collect();
    let times: Vec<_> = all.iter().map(|(_, attempt)| attempt.at.millis()).collect();
    let statuses: Vec<_> = all.iter().map(|(_, attempt)| attempt.http.map(i64::from)).collect();
    let codes: Vec<_> = all.iter().map(|(_, attempt)| attempt.code.map(|code| code.0)).collect();
    let millis: Vec<_> = all.iter().map(|(_, attempt)| i64::try_from(attempt.millis).unwrap_or(i64::MAX)).collect();
    let errors: Vec<_> = all.iter().map(|(_, attempt)| attempt.error.as_deref().map(Text)).collect();
    link.change(
        "INSERT INTO attempts (run, item, attempt, at, http, code, ms, error)
         SELECT $1, item, attempt, at, http, code, ms, error
         FROM unnest($2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::bigint[], $7::bigint[], $8::text[])
         AS new (item, attempt, at, http, code, ms, error) ON CONFLICT DO NOTHING",
        bound![run.0, items, numbers, times, statuses, codes, millis, errors],
    )
    .await?;
    Ok(())
}

/// Keeps what there is to tell of items that are all different.
pub(super) async fn keep_results(
    link: &Link,
    run: RunKey,
    items: &Vec<i64>,
    results: &Vec<Text<'_>>,
    sealed: &Vec<Option<&[u8]>>,
) -> Result<(), Failure> {
    link.change(
        "INSERT INTO results (run, item, result, sealed) SELECT $1, item, result, sealed
         FROM unnest($2::bigint[], $3::text[], $4::bytea[]) AS new (item, result, sealed)
         ON CONFLICT (run, item) DO UPDATE SET result = excluded.result,
         sealed = coalesce(excluded.sealed, results.sealed)",
        bound![run.0, *items, *results, *sealed],
    )
    .await?;
    Ok(())
}

/// Keeps what the run's job is to remember: of one identity what was said last.
async fn remember(link: &Link, run: RunKey, job: i64, steps: &[&Step]) -> Result<(), Failure> {
    let mut made = HashMap::new();
    let mut gone = Vec::new();
    for step in steps {
        let item = i64::from(step.item.0);
        let Some(memory) = &step.remember else { continue };
        if let Remember::Made { identity, resource, content, facts }
        | Remember::Taken { identity, resource, content, facts } = memory
        {
            made.insert(identity.as_str(), (item, resource, content, facts));
        }
        if let Remember::Gone(resource) | Remember::Taken { resource, .. } = memory {
            gone.push((item, resource));
        }
    }
    if !made.is_empty() {
        let identities: Vec<_> = made.keys().map(|identity| Text(identity)).collect();
        let items: Vec<_> = made.values().map(|(item, ..)| *item).collect();
        let resources: Vec<_> = made.values().map(|(_, resource, ..)| Text(resource.as_str())).collect();
        let contents: Vec<_> = made.values().map(|(_, _, content, _)| content.as_bytes().as_slice()).collect();
        let facts: Vec<_> = made.values().map(|(.., facts)| Text(facts)).collect();
        link.change(
            "INSERT INTO identities (job, identity, resource, content, facts, run, item)
             SELECT $1, identity, resource, content, facts, $2, item
             FROM unnest($3::text[], $4::text[], $5::bytea[], $6::text[], $7::bigint[])
             AS new (identity, resource, content, facts, item)
             ON CONFLICT (job, identity) DO UPDATE SET resource = excluded.resource, content = excluded.content,
             facts = excluded.facts, run = excluded.run, item = excluded.item",
            bound![job, run.0, identities, resources, contents, facts, items],
        )
        .await?;
    }
    if !gone.is_empty() {
        let items: Vec<_> = gone.iter().map(|(item, _)| *item).collect();
        let resources: Vec<_> = gone.iter().map(|(_, resource)| Text(resource.as_str())).collect();
        link.change(
            "INSERT INTO gone (resource, run, item) SELECT resource, $1, item
             FROM unnest($2::text[], $3::bigint[]) AS new (resource, item) ON CONFLICT DO NOTHING",
            bound![run.0, resources, items],
        )
        .await?;
    }
    Ok(())
}
