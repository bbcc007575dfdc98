//! Finds out what became of the requests that were not answered: looks for them on the server when that is due, and puts what
//! a look shows into a step of the item's life.

use futures_util::future::{self, BoxFuture, FutureExt};
use tokio::time::Instant;

use super::context::Context;
use super::flow::RunFlow;
use super::outcomes::Kept;
use super::settling::{Absence, Settling};
use super::steps::{self, CarriedOut};
use crate::engine::decision::{Look, OutcomeKind, RequestOutcome};
use crate::engine::leases::Lease;
use crate::journal::{JournalError, Step};
use crate::model::{AttemptRecord, Event, ItemNo, SettlingItem};

/// While so many items are being settled, no new ones are taken.
const SETTLING_MOST: usize = 1000;
/// Items that one look is for.
const LOOK_MOST: usize = 200;
/// Items read at once.
const SETTLING_AT_ONCE: u32 = 500;
/// The HTTP status of a server that is closed. A 502 or 504 comes from a gateway, whose server may be at work.
const SERVICE_UNAVAILABLE: u16 = 503;

const NOT_KNOWN_IN_TIME: &str = "sent, and what became of it could not be found out before the run's time was up";

/// The items of one run that are being settled, and the look that is under way.
pub(super) struct Settlement<'a> {
    context: Context<'a>,
    settling: Settling,
    looking: Option<BoxFuture<'a, Result<Looked, JournalError>>>,
}

/// The result of a look.
pub(super) struct Looked {
    /// The time at which it began.
    at: Instant,
    /// It was the last: the run's time was up when it began.
    last: bool,
    /// It was not due, and is to tell only whether the server can be used.
    is_probe: bool,
    asked: Vec<ItemNo>,
    found: Vec<(SettlingItem, Look)>,
}

/// The result of beginning a look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Begun {
    /// A look, or none since none is due.
    Due,
    /// None, though one was to probe the server: no item is open that could be looked for.
    NothingToProbe,
}

impl<'a> Settlement<'a> {
    /// Takes up everything that an earlier drive of the run left open. Items that are `sending` without a sender are settled;
    /// after a start the journal's recovery has seen to that, after trouble with the disk it is done here. The watch over every
    /// item being settled begins anew, for the server may still be at work on it.
    pub(super) async fn take_up(context: Context<'a>) -> Result<Self, JournalError> {
        let (run, journal) = (context.run, context.journal);
        let mut settling = Settling::new(context.policy.request_timeout);
        if context.none_to_settle {
            return Ok(Self { context, settling, looking: None });
        }
        let found: Vec<_> = journal
            .sending(run)
            .await?
            .into_iter()
            .map(|(item, life)| unrecorded(context, Step::new(item, life, Event::FoundAtStart)))
            .collect();
        if !found.is_empty() {
            journal.record(run, found.into(), context.policy.limits).await?;
        }
        let mut targets = journal.settling_targets(run).await?;
        let mut after = ItemNo(0);
        loop {
            let page = journal.settling(run, after, SETTLING_AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(Self { context, settling, looking: None }) };
            after = last.item.item;
            for open in page {
                let item = open.item.item;
                let mut wanted: Vec<_> = context.session.requests().lease(&open.item).into_iter().collect();
                wanted.extend(targets.remove(&item).filter(|target| !wanted.contains(target)));
                settling.watch_found(item, Instant::now(), wanted, context.leases);
            }
        }
    }

    /// Begins to watch an item whose request was not answered.
    pub(super) fn watch(&mut self, item: ItemNo, kept: Kept) {
        self.settling.watch(item, kept.since, kept.leases);
    }

    /// Takes in an answer, whose item is watched from the commit of its outcome on.
    pub(super) fn answered(&mut self, item: ItemNo, answer: &RequestOutcome) {
        let http = answer.attempt.as_ref().and_then(|attempt| attempt.http);
        if answer.kind == OutcomeKind::Unavailable && http == Some(SERVICE_UNAVAILABLE) {
            self.settling.turned_away(item);
        }
    }

    /// Tells whether items are to be settled before anything else is sent.
    pub(super) fn goes_first(&self) -> bool {
        self.settling.goes_first()
    }

    /// Begins the look that is due at `now`: for all items where it is the last, and for any one item where it is to tell
    /// whether the server can be used.
    pub(super) fn begin(&mut self, now: Instant, flow: &RunFlow) -> Begun {
        if self.looking.is_some() {
            return Begun::Due;
        }
        let Context { run, journal, session, leases, .. } = self.context;
        let last = flow.is_late(now);
        let asked = if last { self.settling.all() } else { self.settling.due(now, LOOK_MOST, leases) };
        let is_probe = asked.is_empty() && flow.is_doubted();
        let asked = if is_probe { self.settling.first(now, leases).into_iter().collect() } else { asked };
        if asked.is_empty() {
            return if is_probe { Begun::NothingToProbe } else { Begun::Due };
        }
        let looking = async move {
            let items = journal.settling_of(run, asked.clone()).await?;
            let at = Instant::now();
            let looks = session.requests().look(&items).await;
            Ok(Looked { at, last, is_probe, asked, found: items.into_iter().zip(looks).collect() })
        };
        self.looking = Some(looking.boxed());
        Begun::Due
    }

    /// Waits for the look that is under way. Answers with an error where the journal could not be read, so that none was made.
    pub(super) async fn next(&mut self) -> Result<Looked, JournalError> {
        let Some(looking) = &mut self.looking else { return future::pending().await };
        let looked = looking.await;
        self.looking = None;
        looked
    }

    /// Takes in a look: puts the items that it decides into steps, and watches the others on.
    pub(super) fn looked(
        &mut self,
        looked: Looked,
        flow: &mut RunFlow,
    ) -> Result<Vec<(Step, Vec<Lease>)>, JournalError> {
        let Looked { at, last, is_probe, asked, found } = looked;
        for item in asked {
            if !found.iter().any(|(settling, _)| settling.item.item == item) {
                // No look told; it is asked for again, later.
                self.settling.untold(item, at);
            }
        }
        let mut steps = Vec::new();
        for (settling, look) in found {
            match &look {
                Look::Unavailable(words) => {
                    flow.unavailable(words);
                    self.settling.away(at);
                }
                _ => flow.looked(),
            }
            let comes_again =
                matches!(look, Look::Absent | Look::Resembled { .. } | Look::Untold(_) | Look::Unavailable(_));
            if is_probe && comes_again {
                // It comes again when it is due.
                continue;
            }
            if let Some(step) = self.weigh(&settling, look, at, last, flow)? {
                steps.push((step, self.settling.settled(settling.item.item)));
            }
        }
        Ok(steps)
    }

    /// Works out the meaning of a look for its item; `None` where the item is to be looked for again.
    fn weigh(
        &mut self,
        settling: &SettlingItem,
        look: Look,
        at: Instant,
        last: bool,
        flow: &RunFlow,
    ) -> Result<Option<Step>, JournalError> {
        let (item, life) = (settling.item.item, settling.item.life);
        let step = |event, error| Step { error, ..Step::new(item, life, event) };
        let step = match look {
            Look::Found { status, result, pins, remember } => {
                steps::found(self.context, settling, CarriedOut { status, result, pins, remember })?
            }
            Look::Midway(words) => step(Event::FoundMidway, Some(words)),
            Look::Absent | Look::Resembled { .. } => {
                let needed = self.context.session.requests().absences(&settling.item);
                match (self.settling.absent(item, at, needed), look, flow.ending()) {
                    (Absence::NotYet, _, _) if !last => return Ok(None),
                    (_, Look::Resembled { words, remember }, _) => {
                        Step { remember, ..step(Event::Untold, Some(words)) }
                    }
                    (Absence::NotYet, _, _) => step(Event::Untold, Some(NOT_KNOWN_IN_TIME.to_owned())),
                    (Absence::Proven, _, Some((_, why))) => {
                        let words = format!("sent, and not found on the server; not sent again: {why}");
                        step(Event::AbsentAtEnd, Some(words))
                    }
                    (Absence::Proven, _, None) => {
                        step(Event::Absent, Some("sent, and not carried out by the server".to_owned()))
                    }
                }
            }
            Look::Unclear(words) => step(Event::Untold, Some(words)),
            Look::Untold(words) | Look::Unavailable(words) if last => step(Event::Untold, Some(words)),
            Look::Untold(_) => {
                self.settling.untold(item, at);
                return Ok(None);
            }
            Look::Unavailable(_) => {
                self.settling.unavailable(item, at);
                return Ok(None);
            }
        };
        Ok(Some(step))
    }

    /// Tells whether so many items are being settled that no new ones are taken.
    pub(super) fn is_full(&self) -> bool {
        self.settling.len() >= SETTLING_MOST
    }

    /// Returns how many items are being settled.
    pub(super) fn len(&self) -> usize {
        self.settling.len()
    }

    /// Tells whether a look is under way.
    pub(super) fn is_looking(&self) -> bool {
        self.looking.is_some()
    }

    /// Returns the time at which the next look is due.
    pub(super) fn due(&self) -> Option<Instant> {
        self.settling.next_due()
    }
}

/// Gives a step the record of a sending whose answer was never recorded.
fn unrecorded(context: Context<'_>, mut step: Step) -> Step {
    let error = Some("the answer could not be recorded".to_owned());
    step.attempt = Some(AttemptRecord { at: context.clock.now(), http: None, code: None, millis: 0, error });
    step
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::engine::drive::bench::{Bench, Scripted};
    use crate::engine::drive::page;
    use crate::model::{Pins, Status, Stop};

    /// A bench with an item that an earlier drive left `sending`.
    async fn left_sending() -> Bench {
        let (bench, session) = (Bench::new(1).await, Scripted::looking(Look::Absent));
        let context = bench.context(&session);
        let decided = page::decide(context, ItemNo(0), 1, true).await.unwrap_or_default().decided;
        page::commit(context, decided).await.unwrap_or_else(|error| panic!("{error}"));
        bench
    }

    /// Takes the run up after an earlier drive, looks after so long, and returns the event that comes of it.
    async fn look(look: Look, after: Duration, stop: Option<Stop>) -> (Option<Event>, RunFlow) {
        let (bench, session) = (left_sending().await, Scripted::looking(look));
        let context = bench.context(&session);
        let mut settlement = Settlement::take_up(context).await.unwrap();
        let mut flow = RunFlow::new(context.deadline, 20);
        assert_eq!((settlement.len(), settlement.begin(Instant::now(), &flow)), (1, Begun::Due));
        assert!(!settlement.is_looking(), "it looked before it was due");
        if let Some(stop) = stop {
            flow.end(stop, "a person stopped it".to_owned());
        }
        let now = Instant::now() + after;
        settlement.begin(now, &flow);
        let mut looked = settlement.next().await.unwrap();
        looked.at = now;
        let steps = settlement.looked(looked, &mut flow).unwrap();
        assert_eq!(settlement.len(), 1 - steps.len());
        (steps.first().map(|(step, _)| step.event), flow)
    }

    #[tokio::test]
    async fn what_an_earlier_drive_left_sending_is_looked_for() {
        let found = Look::Found { status: Status::Created, result: None, pins: Pins::default(), remember: None };
        assert_eq!(look(found, Duration::from_secs(1), None).await.0, Some(Event::Found(Status::Created)));
        let midway = Look::Midway("taken away".to_owned());
        assert_eq!(look(midway, Duration::from_secs(1), None).await.0, Some(Event::FoundMidway));
        let unclear = Look::Unclear("two could be it".to_owned());
        assert_eq!(look(unclear, Duration::from_secs(1), None).await.0, Some(Event::Untold));
    }

    #[tokio::test]
    async fn an_early_absence_proves_nothing_and_a_late_one_ends_the_item_where_the_run_ends() {
        let late = Duration::from_secs(61);
        assert_eq!(look(Look::Absent, Duration::from_secs(1), None).await.0, None);
        assert_eq!(look(Look::Absent, late, None).await.0, Some(Event::Absent));
        assert_eq!(look(Look::Absent, late, Some(Stop::Cancelled)).await.0, Some(Event::AbsentAtEnd));
    }

    #[tokio::test]
    async fn the_last_look_leaves_no_item_open() {
        let over = Duration::from_hours(7);
        let untold = || Look::Untold("the list could not be read".to_owned());
        assert_eq!(look(untold(), Duration::from_secs(1), None).await.0, None);
        assert_eq!(look(untold(), over, None).await.0, Some(Event::Untold));
    }

    #[tokio::test]
    async fn something_that_resembles_an_item_is_told_when_nothing_else_can_come_or_the_time_is_up() {
        let resembled = || Look::Resembled { words: "one like it".to_owned(), remember: None };
        assert_eq!(look(resembled(), Duration::from_secs(1), None).await.0, None);
        for late in [Duration::from_secs(61), Duration::from_hours(7)] {
            let (bench, session) = (left_sending().await, Scripted::looking(resembled()));
            let context = bench.context(&session);
            let mut settlement = Settlement::take_up(context).await.unwrap();
            let mut flow = RunFlow::new(context.deadline, 20);
            let now = Instant::now() + late;
            settlement.begin(now, &flow);
            let mut looked = settlement.next().await.unwrap();
            looked.at = now;
            let steps = settlement.looked(looked, &mut flow).unwrap();
            let told: Vec<_> = steps.iter().map(|(step, _)| (step.event, step.error.as_deref())).collect();
            assert_eq!(told, [(Event::Untold, Some("one like it"))]);
        }
    }

    #[tokio::test]
    async fn a_look_that_finds_the_server_unusable_has_the_run_wait() {
        let (event, flow) = look(Look::Unavailable("HTTP 503".to_owned()), Duration::from_secs(1), None).await;
        assert_eq!((event, flow.paused(Instant::now()).map(|(_, why)| why)), (None, Some("HTTP 503")));
    }
}
