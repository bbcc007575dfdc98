//! Takes the next pending items of a run, has them decided, and makes those that are to be sent durable as `sending`.

use std::sync::Arc;

use super::drive::Context;
use super::job::{Decision, Trouble};
use super::leases::Lease;
use crate::clock::Timestamp;
use crate::journal::{Intent, JournalError, OpenItem, Step};
use crate::model::{Digest, Event, ItemNo, State, Status};

/// An item whose intent is durable.
pub(super) struct Ready {
    /// The item, with its life as it is now.
    pub(super) item: OpenItem,
    /// The request.
    pub(super) request: String,
    /// What it holds.
    pub(super) leases: Vec<Lease>,
}

/// What filling brought.
#[derive(Default)]
pub(super) struct Filled {
    /// Items to send.
    pub(super) ready: Vec<Ready>,
    /// Statuses of items that need no sending.
    pub(super) decided: Vec<Status>,
    /// The last item that was looked at; `None` at the end of the run.
    pub(super) last: Option<ItemNo>,
    /// Whether items were left for later, since another item holds what they need.
    pub(super) passed_over: bool,
    /// At the end of the run: when the first pending item may be sent.
    pub(super) next: Option<Timestamp>,
}

/// Why nothing could be filled.
pub(super) enum Halt {
    /// The server.
    Server(Trouble),
    /// The journal.
    Journal(JournalError),
}

impl From<JournalError> for Halt {
    fn from(error: JournalError) -> Self {
        Self::Journal(error)
    }
}

/// Takes up to `most` pending items after `after`.
pub(super) async fn fill(context: Context<'_>, after: ItemNo, most: usize) -> Result<Filled, Halt> {
    let Context { run, session, journal, clock, policy, leases, .. } = context;
    let now = clock.now();
    let most = u32::try_from(most).unwrap_or(u32::MAX);
    let (items, next) = journal
        .read(move |reader| {
            let items = reader.pending(run, after, now, most)?;
            let next = if items.is_empty() { reader.next_pending(run)? } else { None };
            Ok((items, next))
        })
        .await?;
    let mut filled = Filled { last: items.last().map(|item| item.item), next, ..Filled::default() };
    let mut taken = Vec::with_capacity(items.len());
    let mut held = Vec::with_capacity(items.len());
    for item in items {
        let key = session.lease(&item);
        let lease = key.as_deref().map(|key| leases.hold(key));
        if let Some(None) = lease {
            filled.passed_over = true;
            continue;
        }
        taken.push(item);
        held.push((key, lease.flatten().into_iter().collect::<Vec<_>>()));
    }
    if taken.is_empty() {
        return Ok(filled);
    }
    let decisions = session.decide(&taken).await.map_err(Halt::Server)?;

    let mut steps = Vec::new();
    let mut intents = Vec::new();
    for ((mut item, (key, mut item_leases)), decision) in taken.into_iter().zip(held).zip(decisions) {
        let out_of_attempts = item.life.attempts >= policy.limits.attempts;
        match decision {
            Decision::Send { .. } if out_of_attempts => {
                let mut step = Step::new(item.item, item.life, Event::Decided(Status::Failed));
                step.error = Some(format!("given up after {} attempts", item.life.attempts));
                steps.push((step, Status::Failed));
            }
            Decision::Send { request, before, target, .. } => {
                if key.as_deref() != Some(target.as_str()) {
                    match leases.hold(&target) {
                        Some(lease) => item_leases.push(lease),
                        None => {
                            filled.passed_over = true;
                            continue;
                        }
                    }
                }
                intents.push(Intent {
                    item: item.item,
                    life: item.life,
                    body: Digest::of(request.as_bytes()),
                    before,
                    target: None,
                });
                item.life.state = State::Sending;
                filled.ready.push(Ready { item, request, leases: item_leases });
            }
            Decision::Done { status, code, error, result, remember } => {
                let mut step = Step::new(item.item, item.life, Event::Decided(status));
                step.code = code;
                step.error = error;
                step.result = result;
                step.remember = remember;
                steps.push((step, status));
            }
        }
    }
    if !steps.is_empty() {
        let (steps, decided): (Vec<_>, Vec<_>) = steps.into_iter().unzip();
        journal.record(run, Arc::from(steps), policy.limits).await?;
        filled.decided = decided;
    }
    if !intents.is_empty() {
        let lives = journal.intend(run, intents, policy.limits, clock.now()).await?;
        for (ready, life) in filled.ready.iter_mut().zip(lives) {
            ready.item.life = life;
        }
    }
    Ok(filled)
}
