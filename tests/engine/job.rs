//! The made-up kind of job: each row is a request of its own.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use roomkeeper::clock::{Timestamp, Zone};
use roomkeeper::engine::{
    Decision, Finished, Job, Look, Notice, OutcomeKind, Plan, PlanError, Policy, Refusal, RequestOutcome, Requests,
    RunInfo, Session, Tools, Trouble, Work,
};
use roomkeeper::model::{
    AttemptRecord, Code, Counts, ItemNo, JobKind, JobName, JobPayload, Limits, NewItem, OpenItem, Pins, RoomId, RunKey,
    SettlingItem, Start, Status,
};

use crate::server::{Reply, Server, Sight};

/// The time that a request may take; looks follow at twice and four times this.
pub(crate) const REQUEST_TIMEOUT: Duration = Duration::from_millis(25);

/// A row of the made-up job.
#[derive(Debug, Clone)]
pub(crate) struct Row {
    pub(crate) label: String,
    /// The key that it holds a lease on.
    pub(crate) key: String,
    /// True where the key is known only when the row is decided.
    pub(crate) key_is_hidden: bool,
    /// Decided without a request.
    pub(crate) decided: Option<Status>,
}

#[derive(Debug, Clone)]
pub(crate) struct MadeUp {
    pub(crate) name: JobName,
    pub(crate) policy: Policy,
    pub(crate) server: Arc<Server>,
    pub(crate) rows: Arc<[Row]>,
    /// The troubles that making a plan, and a look-up, run into before they succeed.
    pub(crate) plan_troubles: Arc<Mutex<VecDeque<PlanError>>>,
    pub(crate) decide_troubles: Arc<Mutex<VecDeque<Trouble>>>,
    /// The decision about a row the first time, by label.
    pub(crate) first: Arc<Mutex<HashMap<String, Decision>>>,
    /// True where a mail goes out with each row.
    pub(crate) tells: bool,
    /// The reason why there is no session.
    pub(crate) refuses: Option<String>,
}

pub(crate) fn policy() -> Policy {
    Policy {
        timeout: Duration::from_secs(60),
        max_items: None,
        abort_after: 20,
        limits: Limits::default(),
        request_timeout: REQUEST_TIMEOUT,
        in_flight: 8,
        zone: Zone::utc(),
    }
}

pub(crate) fn rows(job: &str, n: usize) -> Vec<Row> {
    (1..=n)
        .map(|n| {
            let label = format!("{job}/{n}");
            Row { key: label.clone(), label, key_is_hidden: false, decided: None }
        })
        .collect()
}

impl MadeUp {
    pub(crate) fn new(name: &str, server: &Arc<Server>, rows: Vec<Row>) -> Self {
        Self {
            name: name.parse().unwrap(),
            policy: policy(),
            server: Arc::clone(server),
            rows: rows.into(),
            plan_troubles: Arc::default(),
            decide_troubles: Arc::default(),
            first: Arc::default(),
            tells: false,
            refuses: None,
        }
    }
}

impl MadeUp {
    /// The job whose work this is.
    pub(crate) fn job(&self) -> Job {
        let (name, policy) = (self.name.clone(), self.policy.clone());
        Job { name, kind: JobKind::SCHEDULE_MEETINGS, was: None, policy, work: Box::new(self.clone()) }
    }
}

impl Work for MadeUp {
    fn session<'a>(
        &'a self,
        _: &'a Job,
        run: RunInfo,
        tools: Tools,
    ) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        if let Some(why) = &self.refuses {
            return std::future::ready(Err(Refusal(why.clone()))).boxed();
        }
        let run = run.key.unwrap();
        let keys = self.rows.iter().zip(1..).map(|(row, n)| (ItemNo(n), row.key.clone()));
        self.server.learn(run, keys);
        let session: Box<dyn Session> = Box::new(MadeUpSession { job: self.clone(), run, tools });
        std::future::ready(Ok(session)).boxed()
    }
}

struct MadeUpSession {
    job: MadeUp,
    run: RunKey,
    tools: Tools,
}

impl MadeUpSession {
    fn row(&self, item: ItemNo) -> &Row {
        &self.job.rows[item.0 as usize - 1]
    }
}

impl Session for MadeUpSession {
    fn may_change(&self, _: &OpenItem) -> bool {
        true
    }

    fn plan<'a>(&'a self, plan: &'a mut dyn Plan) -> BoxFuture<'a, Result<String, PlanError>> {
        async move {
            for page in self.job.rows.iter().zip(1_u32..).collect::<Vec<_>>().chunks(50) {
                let items = page.iter().map(|(row, n)| NewItem {
                    item: ItemNo(*n),
                    identity: Some(row.label.clone()),
                    label: row.label.clone(),
                    line: Some(n + 1),
                    payload: JobPayload::of(row.key.clone()),
                    source: None,
                    start: Start::Pending,
                });
                plan.add(items.collect()).await?;
                let trouble = self.job.plan_troubles.lock().unwrap().pop_front();
                if let Some(trouble) = trouble {
                    return Err(trouble);
                }
            }
            Ok("planned".to_owned())
        }
        .boxed()
    }

    fn decide<'a>(&'a self, items: &'a [OpenItem]) -> BoxFuture<'a, Result<Vec<Decision>, Trouble>> {
        let trouble = self.job.decide_troubles.lock().unwrap().pop_front();
        let decide = |item: &OpenItem| {
            let row = self.row(item.item);
            if let Some(first) = self.job.first.lock().unwrap().remove(&row.label) {
                return first;
            }
            match row.decided {
                Some(status) => Decision::Done { status, code: None, error: None, result: None, remember: None },
                None => Decision::Send {
                    request: JobPayload::of(row.label.clone()),
                    before: None,
                    target: row.key.clone(),
                    would: Status::Created,
                    changes: Vec::new(),
                },
            }
        };
        let decided = trouble.map_or_else(|| Ok(items.iter().map(decide).collect()), Err);
        std::future::ready(decided).boxed()
    }

    fn planned(&self) {}

    fn finish<'a>(&'a self, _: &'a Counts) -> BoxFuture<'a, Finished> {
        std::future::ready(Finished::default()).boxed()
    }

    fn requests(&self) -> &dyn Requests {
        self
    }
}

impl Requests for MadeUpSession {
    fn lease(&self, item: &OpenItem) -> Option<String> {
        let row = self.row(item.item);
        (!row.key_is_hidden).then(|| row.key.clone())
    }

    fn attempt<'a>(&'a self, item: &'a OpenItem, request: &'a JobPayload) -> BoxFuture<'a, RequestOutcome> {
        async move {
            let server = &self.job.server;
            if server.is_busy(&item.label) {
                self.tools.sending.cancelled().await;
                return answer(OutcomeKind::Withdrawn, self.tools.clock.now());
            }
            let (_arrived, reply) = server.arrive(self.run, item);
            let request: Arc<String> = request.read().unwrap();
            // The request is on its way, and the answer: a crash may come before the effect or after it.
            tokio::task::yield_now().await;
            let kind = match reply {
                Reply::Done | Reply::Slow(_) | Reply::Held => {
                    if let Reply::Slow(wait) = reply {
                        tokio::time::sleep(wait).await;
                    }
                    if let Reply::Held = reply {
                        server.gate.acquire().await.unwrap().forget();
                    }
                    server.effect(&request);
                    tokio::task::yield_now().await;
                    OutcomeKind::Done(Status::Created)
                }
                Reply::LostAfter => {
                    server.effect(&request);
                    server.lose(&request, None);
                    OutcomeKind::Unanswered
                }
                Reply::LostBefore => {
                    server.lose(&request, None);
                    OutcomeKind::Unanswered
                }
                Reply::Late(late) => {
                    server.lose(&request, Some(late));
                    OutcomeKind::Unanswered
                }
                Reply::Refused => OutcomeKind::Refused,
                Reply::Fatal => OutcomeKind::Fatal,
                Reply::PutOff(after) => OutcomeKind::PutOff(after),
                Reply::Denied => {
                    server.effect(&request);
                    OutcomeKind::PutOff(Some(Duration::ZERO))
                }
                Reply::Unreachable => OutcomeKind::Unreachable,
            };
            answer(kind, self.tools.clock.now())
        }
        .boxed()
    }

    fn look<'a>(&'a self, items: &'a [SettlingItem]) -> BoxFuture<'a, Vec<Look>> {
        let look = |settling: &SettlingItem| match self.job.server.look(&settling.item.label) {
            Ok(true) => Look::Found { status: Status::Created, result: None, pins: Pins::default(), remember: None },
            Ok(false) => Look::Absent,
            Err(Sight::Blind) => Look::Untold("the list could not be read".to_owned()),
            Err(Sight::Several) => Look::Unclear("two meetings could be it".to_owned()),
        };
        std::future::ready(items.iter().map(look).collect()).boxed()
    }

    fn absences(&self, _: &OpenItem) -> u32 {
        2
    }

    fn notice(&self, item: &OpenItem, _: Status, _: Option<&str>, pins: &Pins) -> Option<Notice> {
        self.job.tells.then(|| Notice {
            to: vec!["owner@example.org".to_owned()],
            owner: None,
            room: RoomId::new(&item.label).unwrap(),
            room_name: item.label.clone(),
            direct_url: None,
            pins: pins.clone(),
            at: self.tools.clock.now(),
            zone: Zone::utc(),
        })
    }

    fn recheck<'a>(&'a self, items: &'a [OpenItem]) -> BoxFuture<'a, Vec<String>> {
        std::future::ready(items.iter().map(|item| format!("{} was sent twice", item.label)).collect()).boxed()
    }
}

fn answer(kind: OutcomeKind, at: Timestamp) -> RequestOutcome {
    let sent = !matches!(kind, OutcomeKind::Unreachable | OutcomeKind::Withdrawn);
    let is_done = matches!(kind, OutcomeKind::Done(_));
    RequestOutcome {
        kind,
        attempt: sent.then_some(AttemptRecord { at, http: Some(200), code: Some(Code(1)), millis: 1, error: None }),
        code: matches!(kind, OutcomeKind::Refused).then_some(Code::TITLE_SHORT),
        error: (!is_done).then(|| format!("{kind:?}")),
        result: is_done.then(|| "{}".to_owned()),
        pins: Pins::default(),
        remember: None,
        habit: None,
    }
}
