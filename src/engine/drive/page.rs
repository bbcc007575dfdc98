//! Takes the next pending items of a run and has them decided; then makes those that are to be sent durable as `sending`, while
//! the next may be decided already.

use std::time::Duration;

use futures_util::future::{join3, try_join_all};

use super::context::Context;
use super::requests::Ready;
use super::steps::private_letter;
use crate::engine::decision::{Decision, Trouble, TroubleKind};
use crate::engine::leases::Lease;
use crate::failpoint;
use crate::journal::{EndAlike, Intent, JournalError, NewIntents, PendingAsked, PendingPage, Step};
use crate::model::{CommonEnd, Event, ItemNo, OpenItem, RunKey, Status};

/// Items that end alike are ended so many at a time, by their numbers: others who write wait for no more.
const ENDED_TOGETHER: u32 = 4000;
/// So many of them count as so many pages that are decided and not durable: while some are written, the next are made ready, and no
/// more.
const ENDED_PAGES: usize = 4;

/// A page of pending items, decided.
#[derive(Default)]
pub(super) struct Page {
    /// The last item that was looked at; `None` at the end of the run.
    pub(super) last: Option<ItemNo>,
    /// It has as many items as were asked for.
    pub(super) is_full: bool,
    /// At the end of the run: how long it takes until the first pending item may be sent.
    pub(super) next: Option<Duration>,
    /// The decisions to be committed.
    pub(super) decided: Decided,
}

/// Decisions that are not durable yet.
#[derive(Default)]
pub(super) struct Decided {
    pages: usize,
    ready: Vec<Ready>,
    intents: Vec<Intent>,
    done: Vec<Status>,
    steps: Vec<Step>,
    alike: Vec<EndAlike>,
}

/// The amount that was decided and is not durable yet.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Ahead {
    /// Pages.
    pub(super) pages: usize,
    /// Items to be sent.
    pub(super) to_send: usize,
}

/// Decisions that are durable.
pub(super) struct Committed {
    /// Items to send.
    pub(super) ready: Vec<Ready>,
    /// Statuses of items that need no sending.
    pub(super) done: Vec<Status>,
}

impl Decided {
    /// Tells whether nothing could be decided.
    pub(super) fn is_empty(&self) -> bool {
        self.ready.is_empty() && self.done.is_empty() && self.alike.is_empty()
    }

    /// Returns the amount that was decided.
    pub(super) fn ahead(&self) -> Ahead {
        Ahead { pages: self.pages, to_send: self.ready.len() }
    }

    /// Takes in what was decided after it.
    pub(super) fn append(&mut self, mut later: Self) {
        self.pages += later.pages;
        self.ready.append(&mut later.ready);
        self.intents.append(&mut later.intents);
        self.done.append(&mut later.done);
        self.steps.append(&mut later.steps);
        self.alike.append(&mut later.alike);
    }
}

impl Page {
    /// Takes in that the items from `first` on end alike.
    fn end_alike(&mut self, run: RunKey, first: ItemNo, end: CommonEnd) {
        let last = ItemNo(first.0.saturating_add(ENDED_TOGETHER - 1));
        self.last = Some(last);
        self.decided.pages = ENDED_PAGES;
        self.decided.alike.push(EndAlike { run, first, last, end });
    }
}

/// The reason why nothing could be decided.
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

/// Takes up to `most` pending items after `after`. Those that need what another item holds are passed over. Where items end alike, and
/// are to be ended so, one is decided, and stands for those behind it.
pub(super) async fn decide(context: Context<'_>, after: ItemNo, most: usize, together: bool) -> Result<Page, Halt> {
    let Context { run, session, journal, seal, clock, policy, leases, .. } = context;
    let now = clock.now();
    let common = if together { session.common_end() } else { None };
    let most = if common.is_some() { 1 } else { most };
    let most = u32::try_from(most).unwrap_or(u32::MAX);
    let PendingPage { items, next } = journal.pending(PendingAsked { run, after, now, most }).await?;
    let mut page = Page {
        last: items.last().map(|item| item.item),
        is_full: items.len() == most as usize,
        next: next.map(|next| next.since(now)),
        decided: Decided::default(),
    };
    let (taken, held) = hold(context, items);
    if taken.is_empty() {
        return Ok(page);
    }
    let decisions = session.decide(&taken).await.map_err(Halt::Server)?;
    if decisions.len() != taken.len() {
        let words =
            format!("{} decisions were made for {} items: a fault of this program", decisions.len(), taken.len());
        return Err(Halt::Server(Trouble { kind: TroubleKind::Fatal, words }));
    }
    if let (Some(end), [first, ..]) = (common, taken.as_slice()) {
        page.end_alike(run, first.item, end);
        return Ok(page);
    }

    let Decided { pages, ready, intents, done, steps, .. } = &mut page.decided;
    *pages = 1;
    for ((item, mut held), decision) in taken.into_iter().zip(held).zip(decisions) {
        match decision {
            Decision::Send { .. } if item.life.is_used_up(policy.limits) => {
                let mut step = Step::new(item.item, item.life, Event::Decided(Status::Failed));
                step.error = Some(format!("given up after {} attempts", item.life.attempts));
                done.push(Status::Failed);
                steps.push(step);
            }
            Decision::Send { request, before, target, .. } => {
                let told_by_item = held.key.as_deref() == Some(target.as_str());
                if !told_by_item {
                    let Some(lease) = leases.hold(&target) else { continue };
                    held.leases.push(lease);
                }
                intents.push(Intent {
                    item: item.item,
                    life: item.life,
                    before,
                    target: (!told_by_item).then_some(target),
                });
                ready.push(Ready { item, request, leases: held.leases });
            }
            Decision::Late { status, result, pins } => {
                let mut step = Step::new(item.item, item.life, Event::Decided(status));
                step.sealed = seal.seal(&pins)?;
                step.letter = private_letter(context, &item, status, result.as_deref(), &pins)?;
                step.result = result;
                done.push(status);
                steps.push(step);
            }
            Decision::PutOff { .. } => {}
            Decision::Done { status, code, error, result, remember } => {
                let mut step = Step::new(item.item, item.life, Event::Decided(status));
                step.code = code;
                step.error = error;
                step.result = result;
                step.remember = remember;
                done.push(status);
                steps.push(step);
            }
        }
    }
    Ok(page)
}

/// Makes durable what was decided: after this, and not before, the requests may leave.
pub(super) async fn commit(context: Context<'_>, decided: Decided) -> Result<Committed, JournalError> {
    let Context { run, journal, clock, policy, .. } = context;
    let Decided { mut ready, intents, mut done, steps, alike, .. } = decided;
    // Queued together, they share a transaction.
    let recording =
        async { if steps.is_empty() { Ok(()) } else { journal.record(run, steps.into(), policy.limits).await } };
    let intending = async {
        if intents.is_empty() {
            return Ok(Vec::new());
        }
        journal.intend(NewIntents { run, intents, limits: policy.limits, now: clock.now() }).await
    };
    let ending = try_join_all(alike.iter().map(async |items| {
        let ended = journal.end_alike(*items).await;
        failpoint::reach("items.alike.after");
        ended
    }));
    let (recorded, lives, ended) = join3(recording, intending, ending).await;
    recorded?;
    for (items, ended) in alike.iter().zip(ended?) {
        done.extend((0..ended).map(|_| items.end.status));
    }
    for (ready, life) in ready.iter_mut().zip(lives?) {
        ready.item.life = life;
    }
    Ok(Committed { ready, done })
}

/// The leases that an item holds before it is decided.
struct Held {
    key: Option<String>,
    leases: Vec<Lease>,
}

fn hold(context: Context<'_>, items: Vec<OpenItem>) -> (Vec<OpenItem>, Vec<Held>) {
    items
        .into_iter()
        .filter_map(|item| {
            let key = context.session.requests().lease(&item);
            let leases = match &key {
                Some(key) => vec![context.leases.hold(key)?],
                None => Vec::new(),
            };
            Some((item, Held { key, leases }))
        })
        .unzip()
}
