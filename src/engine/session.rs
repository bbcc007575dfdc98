//! Defines one run's work, as the engine asks for it: a plan, decisions, and, for the kinds that send requests,
//! sending and settling them.

use std::path::Path;

use futures_util::future::{BoxFuture, FutureExt};

use super::decision::{Decision, Look, OutcomeKind, RequestOutcome, Trouble};
use super::expected::Expected;
use super::finished::Finished;
use super::record::RecordError;
use super::render::Notice;
use crate::model::{CommonEnd, Counts, Digest, JobPayload, NewItem, OpenItem, Pins, SettlingItem, Status};

/// One run's work, in the job kind's own terms.
pub trait Session: Send + Sync {
    /// Puts every item of the run into `plan`, and answers with the run's input as it is to be kept from now on. Asked again
    /// after it failed, it begins anew: what it had put into the plan is taken back first.
    fn plan<'a>(&'a self, plan: &'a mut dyn Plan) -> BoxFuture<'a, Result<String, PlanError>>;

    /// Says before the plan how many requests the run will probably send, by what the configuration and the journal tell; sends none
    /// for that. `None` where the plan itself says it in a moment.
    fn forecast(&self) -> BoxFuture<'_, Option<Expected>> {
        std::future::ready(None).boxed()
    }

    /// Says how many requests the run sends from its beginning to its end, once this session has planned it, and more exactly once
    /// the server's lists are read. `sends` is how many items a dry run found that are to be sent. `None` where that is not known.
    fn expected(&self, _sends: Option<u64>) -> Option<Expected> {
        None
    }

    /// Puts every item into `plan` as `not_run`, for this reason: the server, which `plan` needs, cannot be asked. A kind that
    /// cannot tell its items without the server refuses the run whole.
    fn plan_undone<'a>(&'a self, _plan: &'a mut dyn Plan, why: &'a str) -> BoxFuture<'a, Result<String, PlanError>> {
        std::future::ready(Err(PlanError::Refused(Refusal(why.to_owned())))).boxed()
    }

    /// Tells whether the item may change something on the server, as far as that is known before it is decided.
    fn may_change(&self, item: &OpenItem) -> bool;

    /// Decides, by looking at the server, what is to be done with each of these items.
    fn decide<'a>(&'a self, items: &'a [OpenItem]) -> BoxFuture<'a, Result<Vec<Decision>, Trouble>>;

    /// Says how the items end that were planned as [foretold](crate::model::Start::Foretold), once any pending item of the run was decided:
    /// nothing is left to be done for them one by one. `None` where each is decided for itself.
    fn common_end(&self) -> Option<CommonEnd> {
        None
    }

    /// Hears that the plan is durable, or the run is refused: the parts that were only needed to plan can go.
    fn planned(&self);

    /// Describes a run that is refused whole: the file that it was to work on, and the place where that will lie.
    fn refused(&self) -> Finished {
        Finished::default()
    }

    /// Writes the run's files. Repeating it after a crash is harmless.
    fn finish<'a>(&'a self, counts: &'a Counts) -> BoxFuture<'a, Finished>;

    /// Compares the file that a run worked on, which has ended, with what was read of it, where it lies now. What was
    /// written to it since goes into a file of its own, and the answer says so; `None` where nothing was, or where the
    /// run's end told it. `told` says that it was another already when it was put away.
    fn reread<'a>(&'a self, _at: &'a Path, _told: bool) -> BoxFuture<'a, Result<Option<String>, String>> {
        std::future::ready(Ok(None)).boxed()
    }

    /// Returns the rest of the kind's work, where its items are requests.
    fn requests(&self) -> &dyn Requests {
        &SendsNothing
    }
}

/// Sends and settles the items of a run, for the kinds whose items are requests.
pub trait Requests: Send + Sync {
    /// Returns the lease that no other item may hold while this one is under way, as far as it is known before the
    /// item is decided.
    fn lease(&self, item: &OpenItem) -> Option<String>;

    /// Sends the request of an item. Its intent is durable.
    fn attempt<'a>(&'a self, item: &'a OpenItem, request: &'a JobPayload) -> BoxFuture<'a, RequestOutcome>;

    /// Looks on the server for what became of these items' last requests; one answer each.
    fn look<'a>(&'a self, items: &'a [SettlingItem]) -> BoxFuture<'a, Vec<Look>>;

    /// Returns how many looks must find nothing before an item counts as not carried out.
    fn absences(&self, item: &OpenItem) -> u32;

    /// Returns the notice to a person outside about an item that has come to this end, by a mail that is durable
    /// with it.
    fn notice(&self, _item: &OpenItem, _status: Status, _result: Option<&str>, _pins: &Pins) -> Option<Notice> {
        None
    }

    /// Looks once more at items that were sent more than once, and tells what a person must know of them.
    fn recheck<'a>(&'a self, items: &'a [OpenItem]) -> BoxFuture<'a, Vec<String>>;
}

/// Takes in a run's items.
pub trait Plan: Send {
    /// Adds items. They are durable by the time the run counts as planned, and not before: an error of an earlier batch may
    /// be told by a later one.
    fn add(&mut self, items: Vec<NewItem>) -> BoxFuture<'_, Result<(), RecordError>>;

    /// Records that the file that the run works on was read to its end, and has this fingerprint.
    fn file_read(&mut self, hash: Digest) -> BoxFuture<'_, Result<(), RecordError>>;

    /// Takes remarks on the file that the run works on, a sentence each, also where the run is refused.
    fn remark(&mut self, _remarks: Vec<String>) {}

    /// Asks that, once the plan is complete, the pending items are left undone, for this reason.
    fn leave_rest(&mut self, why: String);
}

/// The reason why a whole run is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// The reason why a plan was not completed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PlanError {
    /// The run is refused whole.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The journal cannot take it in now.
    #[error(transparent)]
    Journal(#[from] RecordError),
    /// The server could not be asked.
    #[error("the plan could not be made: {}", .0.words)]
    Server(Trouble),
}

/// The reason of the failure when an item of such a kind is to be sent all the same.
const SENDS_NOTHING: &str = "this kind of job sends no requests";

/// Stands in for the requests of kinds of job that only read: sends nothing, and finds nothing.
struct SendsNothing;

impl Requests for SendsNothing {
    fn lease(&self, _: &OpenItem) -> Option<String> {
        None
    }

    fn attempt<'a>(&'a self, _: &'a OpenItem, _: &'a JobPayload) -> BoxFuture<'a, RequestOutcome> {
        std::future::ready(RequestOutcome {
            kind: OutcomeKind::Refused,
            attempt: None,
            code: None,
            error: Some(SENDS_NOTHING.to_owned()),
            result: None,
            pins: Pins::default(),
            remember: None,
            habit: None,
        })
        .boxed()
    }

    fn look<'a>(&'a self, items: &'a [SettlingItem]) -> BoxFuture<'a, Vec<Look>> {
        std::future::ready(items.iter().map(|_| Look::Unclear(SENDS_NOTHING.to_owned())).collect()).boxed()
    }

    fn absences(&self, _: &OpenItem) -> u32 {
        1
    }

    fn recheck<'a>(&'a self, _: &'a [OpenItem]) -> BoxFuture<'a, Vec<String>> {
        std::future::ready(Vec::new()).boxed()
    }
}
