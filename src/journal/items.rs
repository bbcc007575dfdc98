//! The write side of items: plans, intents, and what became of them. A step that the item's life does not allow is refused
//! here, whoever asks for it.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, params};

use super::outbox::{self, PrivateLetter};
use super::runs::{JobKey, RunKey, expect_planning};
use super::state::{from_code, to_code};
use super::{Journal, JournalError};
use crate::clock::Timestamp;
use crate::failpoint;
use crate::model::{Account, Code, Digest, Event, ItemNo, Life, Limits, MeetingId, State, Status};

/// An item as a plan makes it.
#[derive(Debug, Clone)]
pub struct NewItem {
    /// Its number in the run.
    pub item: ItemNo,
    /// What names the same item again within the job.
    pub identity: Option<String>,
    /// For people: a title, a room's name.
    pub label: String,
    /// The row of the file it came from.
    pub line: Option<u32>,
    /// What is to be done.
    pub payload: Account,
    /// The row's own cells.
    pub source: Option<String>,
    /// Where it begins.
    pub start: Start,
}

/// Where a planned item begins its life.
#[derive(Debug, Clone)]
pub enum Start {
    /// To be done.
    Pending,
    /// The same, and its PINs wait, sealed, for the file of the run.
    PendingWithPins(Vec<u8>),
    /// Decided by the plan already.
    Decided {
        /// What became of it.
        status: Status,
        /// The API's code of the reason.
        code: Option<Code>,
        /// The reason in words.
        error: Option<String>,
        /// What there is to tell, as JSON.
        result: Option<String>,
    },
    /// Sent by an earlier run, which could not find out what became of it: look again first.
    Settling {
        /// The earlier run's account of what stood there before.
        before: Option<String>,
    },
}

/// What is durable before a request goes out.
#[derive(Debug, Clone)]
pub struct Intent {
    /// Which item.
    pub item: ItemNo,
    /// Where it stood.
    pub life: Life,
    /// A fingerprint of the request.
    pub body: Digest,
    /// What stood on the server before, in the job kind's own words.
    pub before: Option<String>,
    /// What the request changes, where the item alone does not tell it: after a crash it is held again until the outcome is
    /// known.
    pub target: Option<String>,
}

/// One step of an item's life, with what there is to tell about it.
#[derive(Debug, Clone)]
pub struct Step {
    /// Which item.
    pub item: ItemNo,
    /// Where it stood.
    pub life: Life,
    /// What happened.
    pub event: Event,
    /// The API's code of the reason.
    pub code: Option<Code>,
    /// The reason in words.
    pub error: Option<String>,
    /// Not to be sent again before this.
    pub not_before: Option<Timestamp>,
    /// The sending that this step answers.
    pub attempt: Option<AttemptRecord>,
    /// What there is to tell, as JSON; never a PIN.
    pub result: Option<String>,
    /// Sealed PINs.
    pub sealed: Option<Vec<u8>>,
    /// What the job is to remember under the item's identity.
    pub remember: Option<Remember>,
    /// A mail about it, which enters the outbox in the same transaction.
    pub letter: Option<PrivateLetter>,
}

/// One sending, as it is recorded.
#[derive(Debug, Clone)]
pub struct AttemptRecord {
    /// When it went out.
    pub at: Timestamp,
    /// The HTTP status of the answer.
    pub http: Option<u16>,
    /// The result code of the answer.
    pub code: Option<Code>,
    /// How long it took, in milliseconds.
    pub millis: u64,
    /// What went wrong, in words.
    pub error: Option<String>,
}

/// What a job remembers of what it made.
#[derive(Debug, Clone)]
pub enum Remember {
    /// The thing of that identity is this now.
    Made {
        /// The item's identity.
        identity: String,
        /// The server's id of the thing.
        resource: MeetingId,
        /// A fingerprint of what it says.
        content: Digest,
        /// What the job kind wants to know of it later, in its own words.
        facts: String,
    },
    /// The thing was taken away by us.
    Gone(MeetingId),
    /// The same, by an item that may come again and has another identity than the one that made it.
    Taken {
        /// The item's identity.
        identity: String,
        /// The server's id of what was taken away.
        resource: MeetingId,
        /// A fingerprint of the item.
        content: Digest,
        /// What the job kind wants to know of it later, in its own words.
        facts: String,
    },
}

impl Step {
    /// A step with nothing more to tell.
    #[must_use]
    pub fn new(item: ItemNo, life: Life, event: Event) -> Self {
        Self {
            item,
            life,
            event,
            code: None,
            error: None,
            not_before: None,
            attempt: None,
            result: None,
            sealed: None,
            remember: None,
            letter: None,
        }
    }
}

impl Journal {
    /// Adds items to a run that is being planned.
    pub async fn plan(&self, job: JobKey, run: RunKey, items: Vec<NewItem>) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                expect_planning(connection, run)?;
                items.iter().try_for_each(|item| insert(connection, job, run, item))
            })
            .await
    }

    /// Makes these items `sending`: after this, and not before, their requests may leave. Tells each item's new life; one
    /// whose attempts are used up is done instead.
    pub async fn intend(
        &self,
        run: RunKey,
        intents: Vec<Intent>,
        limits: Limits,
        now: Timestamp,
    ) -> Result<Vec<Life>, JournalError> {
        let lives = intents.iter().map(|intent| Ok(intent.life.step(Event::Intent, limits)?)).collect();
        let write = move |connection: &Connection| {
            intents.iter().map(|intent| intend(connection, run, intent, limits, now)).collect()
        };
        if failpoint::is_on("intent.unawaited") {
            let writer = self.writer.clone();
            tokio::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                writer.write(write).await
            });
            return lives;
        }
        self.writer.write(write).await
    }

    /// Records what became of items. Saying the same again does nothing, so that it can be said again after a failure.
    pub async fn record(&self, run: RunKey, steps: Arc<[Step]>, limits: Limits) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| steps.iter().try_for_each(|step| record(connection, run, step, limits)))
            .await
    }
}

fn insert(connection: &Connection, job: JobKey, run: RunKey, item: &NewItem) -> Result<(), JournalError> {
    let (state, code, error, before) = match &item.start {
        Start::Pending | Start::PendingWithPins(_) => (State::Pending, None, None, None),
        Start::Decided { status, code, error, .. } => {
            let decided = Life::default().step(Event::Decided(*status), Limits::default())?;
            (decided.state, code.as_ref(), error.as_deref(), None)
        }
        Start::Settling { before } => (State::Settling { at_start: true }, None, None, before.as_deref()),
    };
    connection
        .prepare_cached(
            "INSERT INTO items (run, item, job, identity, state, code, error, before) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute(params![
            run.0,
            item.item.0,
            job.0,
            item.identity,
            to_code(state),
            code.map(|code| code.0),
            error,
            before,
        ])?;
    connection
        .prepare_cached("INSERT INTO bodies (run, item, label, line, payload, source) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")?
        .execute(params![run.0, item.item.0, item.label, item.line, item.payload.text(), item.source])?;
    match &item.start {
        Start::Decided { result: Some(result), .. } => keep_result(connection, run, item.item, result, None)?,
        Start::PendingWithPins(sealed) => keep_result(connection, run, item.item, "{}", Some(sealed))?,
        Start::Pending | Start::Decided { .. } | Start::Settling { .. } => {}
    }
    Ok(())
}

fn intend(
    connection: &Connection,
    run: RunKey,
    intent: &Intent,
    limits: Limits,
    now: Timestamp,
) -> Result<Life, JournalError> {
    let after = intent.life.step(Event::Intent, limits)?;
    let changed = connection
        .prepare_cached(
            "UPDATE items SET state = ?3, attempts = ?4, sent = ?5, body = ?6, before = ?7, not_before = NULL,
             target = ?10
             WHERE run = ?1 AND item = ?2 AND state = ?8 AND attempts = ?9",
        )?
        .execute(params![
            run.0,
            intent.item.0,
            to_code(after.state),
            after.attempts,
            now.millis(),
            intent.body.as_bytes(),
            intent.before,
            to_code(intent.life.state),
            intent.life.attempts,
            intent.target,
        ])?;
    if changed != 1 {
        return Err(JournalError::Unknown("item in the state that was said"));
    }
    Ok(after)
}

fn record(connection: &Connection, run: RunKey, step: &Step, limits: Limits) -> Result<(), JournalError> {
    let after = step.life.step(step.event, limits)?;
    let changed = connection
        .prepare_cached(
            "UPDATE items SET state = ?3, attempts = ?4, returns = ?5, code = ?6, error = ?7, not_before = ?8
             WHERE run = ?1 AND item = ?2 AND state = ?9 AND attempts = ?10 AND returns = ?11",
        )?
        .execute(params![
            run.0,
            step.item.0,
            to_code(after.state),
            after.attempts,
            after.returns,
            step.code.map(|code| code.0),
            step.error,
            step.not_before.map(Timestamp::millis),
            to_code(step.life.state),
            step.life.attempts,
            step.life.returns,
        ])?;
    if changed != 1 {
        return if life(connection, run, step.item)? == Some(after) {
            Ok(())
        } else {
            Err(JournalError::Unknown("item in the state that was said"))
        };
    }
    if let Some(attempt) = &step.attempt {
        connection
            .prepare_cached(
                "INSERT INTO attempts (run, item, attempt, at, http, code, ms, error)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
            )?
            .execute(params![
                run.0,
                step.item.0,
                step.life.attempts,
                attempt.at.millis(),
                attempt.http,
                attempt.code.map(|code| code.0),
                i64::try_from(attempt.millis).unwrap_or(i64::MAX),
                attempt.error,
            ])?;
    }
    if step.result.is_some() || step.sealed.is_some() {
        keep_result(connection, run, step.item, step.result.as_deref().unwrap_or("{}"), step.sealed.as_deref())?;
    }
    if let Some(letter) = &step.letter {
        outbox::insert_private(connection, run, letter)?;
    }
    match &step.remember {
        Some(remember) => keep_identity(connection, run, step.item, remember),
        None => Ok(()),
    }
}

fn keep_identity(connection: &Connection, run: RunKey, item: ItemNo, remember: &Remember) -> Result<(), JournalError> {
    if let Remember::Made { identity, resource, content, facts }
    | Remember::Taken { identity, resource, content, facts } = remember
    {
        connection
            .prepare_cached(
                "INSERT INTO identities (job, identity, resource, content, facts, run, item)
                 SELECT job, ?3, ?4, ?5, ?6, run, item FROM items WHERE run = ?1 AND item = ?2
                 ON CONFLICT (job, identity) DO UPDATE SET resource = excluded.resource, content = excluded.content,
                 facts = excluded.facts, run = excluded.run, item = excluded.item",
            )?
            .execute(params![run.0, item.0, identity, resource.as_str(), content.as_bytes(), facts])?;
    }
    if let Remember::Gone(resource) | Remember::Taken { resource, .. } = remember {
        connection
            .prepare_cached("INSERT INTO gone (resource, run, item) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?
            .execute(params![resource.as_str(), run.0, item.0])?;
    }
    Ok(())
}

fn keep_result(
    connection: &Connection,
    run: RunKey,
    item: ItemNo,
    result: &str,
    sealed: Option<&[u8]>,
) -> Result<(), JournalError> {
    connection
        .prepare_cached(
            "INSERT INTO results (run, item, result, sealed) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (run, item) DO UPDATE SET result = excluded.result,
             sealed = coalesce(excluded.sealed, results.sealed)",
        )?
        .execute(params![run.0, item.0, result, sealed])?;
    Ok(())
}

/// An item's life as it stands.
fn life(connection: &Connection, run: RunKey, item: ItemNo) -> Result<Option<Life>, JournalError> {
    let found = connection
        .prepare_cached("SELECT state, attempts, returns FROM items WHERE run = ?1 AND item = ?2")?
        .query_row(params![run.0, item.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    found.map(|(state, attempts, returns)| Ok(Life { state: from_code(state)?, attempts, returns })).transpose()
}
