//! Makes what the parts of a drive are tested with: a journal with a planned run, and a job kind whose requests are answered as
//! a test says.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::context::Context;
use super::requests::Ready;
use crate::clock::{SystemClock, Zone};
use crate::engine::decision::{Decision, Look, OutcomeKind, RequestOutcome, Trouble};
use crate::engine::finished::Finished;
use crate::engine::job::Policy;
use crate::engine::leases::Leases;
use crate::engine::render::{Render, RunReport};
use crate::engine::session::{Plan, PlanError, Requests, Session};
use crate::journal::{Journal, NewLetter, NewRun, Workspace};
use crate::model::{
    Counts, ItemNo, JobKind, JobPayload, Life, Limits, NewItem, OpenItem, Pins, RunId, RunKey, SettlingItem, Start,
    State, Status, Trigger,
};

pub(super) fn policy() -> Policy {
    Policy {
        timeout: Duration::from_hours(6),
        max_items: None,
        abort_after: 20,
        limits: Limits::default(),
        request_timeout: Duration::from_secs(30),
        in_flight: 8,
        zone: Zone::utc(),
    }
}

/// An item whose intent is durable.
pub(super) fn ready(item: u32) -> Ready {
    let life = Life { state: State::Sending, attempts: 1, returns: 0, steps: 0 };
    let (label, payload) = (format!("item {item}"), JobPayload::of(String::new()));
    let item = OpenItem { item: ItemNo(item), life, identity: None, label, line: None, payload };
    Ready { item, request: JobPayload::of("{}".to_owned()), leases: Vec::new() }
}

/// A job kind that sends every item, and whose answers and looks are all alike.
pub(super) struct Scripted {
    answer: OutcomeKind,
    look: Look,
}

impl Scripted {
    pub(super) fn answering(answer: OutcomeKind) -> Self {
        Self { answer, look: Look::Absent }
    }

    pub(super) fn looking(look: Look) -> Self {
        Self { answer: OutcomeKind::Unanswered, look }
    }
}

impl Session for Scripted {
    fn plan<'a>(&'a self, _: &'a mut dyn Plan) -> BoxFuture<'a, Result<String, PlanError>> {
        std::future::ready(Ok(String::new())).boxed()
    }

    fn may_change(&self, _: &OpenItem) -> bool {
        true
    }

    fn decide<'a>(&'a self, items: &'a [OpenItem]) -> BoxFuture<'a, Result<Vec<Decision>, Trouble>> {
        let send = |item: &OpenItem| Decision::Send {
            request: JobPayload::of("{}".to_owned()),
            before: None,
            target: item.label.clone(),
            would: Status::Created,
            changes: Vec::new(),
        };
        std::future::ready(Ok(items.iter().map(send).collect())).boxed()
    }

    fn planned(&self) {}

    fn finish<'a>(&'a self, _: &'a Counts) -> BoxFuture<'a, Finished> {
        std::future::ready(Finished::default()).boxed()
    }

    fn requests(&self) -> &dyn Requests {
        self
    }
}

impl Requests for Scripted {
    fn lease(&self, item: &OpenItem) -> Option<String> {
        Some(item.label.clone())
    }

    fn attempt<'a>(&'a self, _: &'a OpenItem, _: &'a JobPayload) -> BoxFuture<'a, RequestOutcome> {
        std::future::ready(answer(self.answer, None)).boxed()
    }

    fn look<'a>(&'a self, items: &'a [SettlingItem]) -> BoxFuture<'a, Vec<Look>> {
        std::future::ready(items.iter().map(|_| self.look.clone()).collect()).boxed()
    }

    fn absences(&self, _: &OpenItem) -> u32 {
        1
    }

    fn recheck<'a>(&'a self, _: &'a [OpenItem]) -> BoxFuture<'a, Vec<String>> {
        std::future::ready(Vec::new()).boxed()
    }
}

/// An answer that tells nothing but its meaning, and its reason.
pub(super) fn answer(kind: OutcomeKind, error: Option<&str>) -> RequestOutcome {
    let (error, pins) = (error.map(str::to_owned), Pins::default());
    RequestOutcome { kind, attempt: None, code: None, error, result: None, pins, remember: None, habit: None }
}

struct NoMail;

impl Render for NoMail {
    fn letters(&self, _: &RunReport) -> Vec<NewLetter> {
        Vec::new()
    }
}

/// A journal with a run of so many pending items.
pub(super) struct Bench {
    pub(super) journal: Journal,
    pub(super) run: RunKey,
    policy: Policy,
    leases: Leases,
    sending: CancellationToken,
    _folder: tempfile::TempDir,
}

impl Bench {
    pub(super) async fn new(items: u32) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(Workspace::at(folder.path()).lock("a test").unwrap()).unwrap();
        let job = journal.job(&"a".parse().unwrap(), JobKind::SCHEDULE_MEETINGS, None).await.unwrap();
        let started = crate::clock::Timestamp::from_seconds(0);
        let run = NewRun {
            id: RunId::generate(),
            job,
            trigger: Trigger::Manual,
            due: None,
            started,
            retry_of: None,
            input: String::new(),
            claim: None,
        };
        let run = journal.begin(run).await.unwrap();
        let items = (1..=items).map(|item| NewItem {
            item: ItemNo(item),
            identity: None,
            label: format!("item {item}"),
            line: None,
            payload: JobPayload::of(String::new()),
            source: None,
            start: Start::Pending,
        });
        journal.plan(job, run, items.collect()).await.unwrap();
        journal.planned(run, String::new()).await.unwrap();
        let (policy, leases, sending) = (policy(), Leases::default(), CancellationToken::new());
        Self { journal, run, policy, leases, sending, _folder: folder }
    }

    pub(super) fn context<'a>(&'a self, session: &'a Scripted) -> Context<'a> {
        Context {
            run: self.run,
            session,
            journal: &self.journal,
            seal: self.journal.seal(),
            clock: &SystemClock,
            render: &NoMail,
            policy: &self.policy,
            leases: &self.leases,
            sending: &self.sending,
            deadline: Instant::now() + self.policy.timeout,
            none_to_settle: false,
        }
    }
}
