//! The write side of items: plans, intents, and what became of them. Each is one statement for a whole batch, since each statement
//! waits once for the network. A step that the item's life does not allow is refused here.

use std::sync::Arc;

use futures_util::future::{join, join3};

use super::Database;
use super::bind::{Text, bound};
use super::failure::Failure;
use super::link::Link;
use super::recording;
use super::row::Columns;
use super::runs::expect_planning;
use crate::failpoint;
use crate::journal::cells::PlannedCells;
use crate::journal::state_code::to_code;
use crate::journal::{JobKey, JournalError, NewIntents, NewItem, RunKey, Step};
use crate::model::{Event, FirstEntry, Life, Limits};

const ADD_ITEMS: &str = "WITH added AS (
        INSERT INTO items (run, item, job, identity, state, code, error, before, attempts)
        SELECT $1, item, $2, identity, state, code, error, before, attempts
        FROM unnest($3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::bigint[])
        AS new (item, identity, state, code, error, before, attempts)
        ON CONFLICT (run, item) DO NOTHING RETURNING item
    ) SELECT count(*) FROM added";

const ADD_BODIES: &str = "INSERT INTO bodies (run, item, label, line, payload, source, cells_at)
    SELECT $1, item, label, line, payload, source, cells_at
    FROM unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::bigint[])
    AS new (item, label, line, payload, source, cells_at) ON CONFLICT (run, item) DO NOTHING";

/// The place of each `step` of the run, which is given first. It is looked up by its key, one by one: a database that does not know the run
/// yet takes it for one with hardly any items, and would rather read all of them. Nobody moves a row meanwhile, for it is this process's.
pub(super) const FOUND: &str =
    "LATERAL (SELECT items.ctid AS place FROM items WHERE items.run = $1 AND items.item = step.item OFFSET 0) AS found";

/// The columns of a plan, each with the values of all its items.
#[derive(Default)]
struct Plan<'a> {
    items: Vec<i64>,
    identities: Vec<Option<Text<'a>>>,
    states: Vec<i64>,
    codes: Vec<Option<i64>>,
    errors: Vec<Option<Text<'a>>>,
    before: Vec<Option<Text<'a>>>,
    attempts: Vec<i64>,
    labels: Vec<Text<'a>>,
    lines: Vec<Option<i64>>,
    payloads: Vec<Text<'a>>,
    sources: Vec<Option<Text<'a>>>,
    cells_at: Vec<Option<i64>>,
    blocks: Vec<i64>,
    packed: Vec<&'a [u8]>,
    with_results: Vec<i64>,
    results: Vec<Text<'a>>,
    sealed: Vec<Option<&'a [u8]>>,
}

impl<'a> Plan<'a> {
    /// Lays out the items of a plan, whose cells were taken.
    fn of(items: &'a [NewItem], cells: &'a PlannedCells) -> Result<Self, Failure> {
        let mut plan = Self::default();
        for item in items {
            plan.add(item)?;
        }
        plan.cells_at = cells.at.iter().map(|at| at.map(|item| i64::from(item.0))).collect();
        plan.blocks = cells.blocks.iter().map(|block| i64::from(block.last.0)).collect();
        plan.packed = cells.blocks.iter().map(|block| block.packed.as_slice()).collect();
        Ok(plan)
    }

    fn add(&mut self, item: &'a NewItem) -> Result<(), Failure> {
        let FirstEntry { state, attempts, code, error, before, result } = item.start.entry()?;
        let no = i64::from(item.item.0);
        self.items.push(no);
        self.identities.push(item.identity.as_deref().map(Text));
        self.states.push(to_code(state));
        self.codes.push(code.map(|code| code.0));
        self.errors.push(error.map(Text));
        self.before.push(before.map(Text));
        self.attempts.push(i64::from(attempts));
        self.labels.push(Text(&item.label));
        self.lines.push(item.line.map(i64::from));
        self.payloads.push(Text(item.payload.text()));
        self.sources.push(item.source.as_deref().map(Text));
        let Some((result, sealed)) = result else { return Ok(()) };
        self.with_results.push(no);
        self.results.push(Text(result));
        self.sealed.push(sealed);
        Ok(())
    }

    /// Of these items, the number that are there as they are when they have just been added, and nothing was done to them.
    async fn there_as_planned(&self, link: &Link, job: JobKey, run: RunKey) -> Result<usize, Failure> {
        let there = link
            .one(
                "SELECT count(*) FROM unnest($3::bigint[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::text[],
                 $9::bigint[], $10::text[], $11::bigint[], $12::text[], $13::text[], $14::bigint[])
                 AS new (item, identity, state, code, error, before, attempts, label, line, payload, source, cells_at)
                 JOIN items ON items.run = $1 AND items.item = new.item JOIN bodies ON bodies.run = $1 AND bodies.item = new.item
                 WHERE items.job = $2 AND items.identity IS NOT DISTINCT FROM new.identity COLLATE \"C\"
                 AND items.state = new.state AND items.code IS NOT DISTINCT FROM new.code
                 AND items.error IS NOT DISTINCT FROM new.error AND items.before IS NOT DISTINCT FROM new.before
                 AND items.attempts = new.attempts AND bodies.label = new.label
                 AND bodies.line IS NOT DISTINCT FROM new.line AND bodies.payload = new.payload
                 AND bodies.source IS NOT DISTINCT FROM new.source
                 AND bodies.cells_at IS NOT DISTINCT FROM new.cells_at
                 AND NOT EXISTS (SELECT 1 FROM unnest($15::bigint[], $16::bytea[]) AS block (item, packed)
                                 WHERE NOT EXISTS (SELECT 1 FROM cells WHERE cells.run = $1 AND cells.item = block.item
                                                   AND cells.packed = block.packed))",
                bound![
                    run.0,
                    job.0,
                    self.items,
                    self.identities,
                    self.states,
                    self.codes,
                    self.errors,
                    self.before,
                    self.attempts,
                    self.labels,
                    self.lines,
                    self.payloads,
                    self.sources,
                    self.cells_at,
                    self.blocks,
                    self.packed,
                ],
            )
            .await?;
        there.number(0)
    }

    /// Adds those that are not there; returns how many they are.
    async fn insert(&self, link: &Link, job: JobKey, run: RunKey) -> Result<usize, Failure> {
        let items = async {
            let Self { items, identities, states, codes, errors, before, attempts, .. } = self;
            let life = bound![run.0, job.0, *items, *identities, *states, *codes, *errors, *before, *attempts];
            link.one(ADD_ITEMS, life).await
        };
        let bodies = async {
            let Self { items, labels, lines, payloads, sources, cells_at, .. } = self;
            let body = bound![run.0, *items, *labels, *lines, *payloads, *sources, *cells_at];
            link.change(ADD_BODIES, body).await
        };
        let (added, described) = join(items, bodies).await;
        let added: u64 = added?.number(0)?;
        if described? != added {
            return Err(Failure::damaged("some items of a run are described that are not there".to_owned()));
        }
        usize::try_from(added).map_err(|_| Failure::damaged("it has more items than there can be".to_owned()))
    }

    /// Adds what some of them have besides, unless it is there: cells packed together, and results.
    async fn insert_rest(&self, link: &Link, run: RunKey) -> Result<(), Failure> {
        if !self.blocks.is_empty() {
            link.change(
                "INSERT INTO cells (run, item, packed) SELECT $1, item, packed
                 FROM unnest($2::bigint[], $3::bytea[]) AS new (item, packed) ON CONFLICT (run, item) DO NOTHING",
                bound![run.0, self.blocks, self.packed],
            )
            .await?;
        }
        if self.with_results.is_empty() {
            return Ok(());
        }
        link.change(
            "INSERT INTO results (run, item, result, sealed) SELECT $1, item, result, sealed
             FROM unnest($2::bigint[], $3::text[], $4::bytea[]) AS new (item, result, sealed) ON CONFLICT (run, item) DO NOTHING",
            bound![run.0, self.with_results, self.results, self.sealed],
        )
        .await?;
        Ok(())
    }
}

impl Database {
    pub(super) async fn plan(&self, job: JobKey, run: RunKey, mut items: Vec<NewItem>) -> Result<(), JournalError> {
        let cells = PlannedCells::take(&mut items);
        self.writer
            .write_beside(async move |link: &Link| {
                let plan = Plan::of(&items, &cells)?;
                let (is_planning, added, rest) =
                    join3(expect_planning(link, run), plan.insert(link, job, run), plan.insert_rest(link, run)).await;
                is_planning?;
                let there = items.len() - added?;
                rest?;
                if there == 0 {
                    return Ok(());
                }
                // It may have been said before: then all of them are there, for a batch is carried out whole.
                if there == items.len() && plan.there_as_planned(link, job, run).await? == there {
                    return Ok(());
                }
                Err(JournalError::Conflict(format!("{there} of the items of a plan are there already")).into())
            })
            .await
    }

    pub(super) async fn intend(&self, new: NewIntents) -> Result<Vec<Life>, JournalError> {
        let lives: Vec<Life> = new
            .intents
            .iter()
            .map(|intent| Ok(intent.life.step(Event::Intent, new.limits)?))
            .collect::<Result<_, JournalError>>()?;
        let after = lives.clone();
        let write = async move |link: &Link| intend(link, &new, &after).await;
        if failpoint::is_on("intent.unawaited") {
            let writer = self.writer.clone();
            tokio::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                writer.write(write).await
            });
            return Ok(lives);
        }
        self.writer.write_beside(write).await?;
        Ok(lives)
    }

    pub(super) async fn record(&self, run: RunKey, steps: Arc<[Step]>, limits: Limits) -> Result<(), JournalError> {
        self.writer.write_beside(async move |link: &Link| recording::record(link, run, &steps, limits).await).await
    }
}

/// Makes items `sending`, each of which is then as `after` says.
async fn intend(link: &Link, new: &NewIntents, after: &[Life]) -> Result<(), Failure> {
    let (run, now) = (new.run.0, new.now.millis());
    let items: Vec<_> = new.intents.iter().map(|intent| i64::from(intent.item.0)).collect();
    let states: Vec<_> = after.iter().map(|life| to_code(life.state)).collect();
    let attempts: Vec<_> = after.iter().map(|life| i64::from(life.attempts)).collect();
    let before: Vec<_> = new.intents.iter().map(|intent| intent.before.as_deref().map(Text)).collect();
    let targets: Vec<_> = new.intents.iter().map(|intent| intent.target.as_deref().map(Text)).collect();
    let were: Vec<_> = new.intents.iter().map(|intent| to_code(intent.life.state)).collect();
    let tried: Vec<_> = new.intents.iter().map(|intent| i64::from(intent.life.attempts)).collect();
    let changed = link
        .change(
            &format!(
                "UPDATE items SET state = step.state, attempts = step.attempts, sent = $2, before = step.before,
                 not_before = NULL, target = step.target
                 FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[], $8::bigint[], $9::bigint[])
                 AS step (item, state, attempts, before, target, was, tried), {FOUND}
                 WHERE items.ctid = found.place AND items.state = step.was
                 AND items.attempts = step.tried"
            ),
            bound![run, now, items, states, attempts, before, targets, were, tried],
        )
        .await?;
    let all = items.len() as u64;
    if changed == all {
        return Ok(());
    }
    // The very same may have been carried out before, and then all of it: another intent of the same item has another time.
    if changed == 0 {
        let said = link
            .one(
                "SELECT count(*) FROM unnest($3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[])
                 AS new (item, state, attempts, before, target) JOIN items ON items.run = $1 AND items.item = new.item
                 WHERE items.state = new.state AND items.attempts = new.attempts AND items.sent = $2
                 AND items.before IS NOT DISTINCT FROM new.before AND items.target IS NOT DISTINCT FROM new.target
                 AND items.not_before IS NULL",
                bound![run, now, items, states, attempts, before, targets],
            )
            .await?;
        if said.number::<u64>(0)? == all {
            return Ok(());
        }
    }
    Err(Failure::unknown("item in the state that was said"))
}
