//! Builds jobs: those that are configured, and a stand-in for one that is not any more, so that a run of it can still be
//! brought to an end.

use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::schedule_meetings::Board;
use crate::api::{self, Client};
use crate::config::{self, Config};
use crate::engine::{Job, Policy, Refusal, RunInfo, Session, Tools, Work};
use crate::model::{ApiTally, JobKind, JobName, Limits};

/// The parts that all jobs of a process are built with.
#[derive(Debug, Clone)]
pub struct Workshop {
    client: Client,
    board: Board,
    mail: Option<Arc<dyn MailCheck>>,
}

impl Workshop {
    /// Jobs that share this client's limits.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client, board: Board::default(), mail: None }
    }

    /// Returns the server that its jobs speak to, by its address.
    #[must_use]
    pub fn server(&self) -> &str {
        self.client.server()
    }

    /// Returns the counts of requests that were sent by clients of this one's limits.
    #[must_use]
    pub fn tally(&self) -> ApiTally {
        self.client.tally()
    }

    /// Returns the same after the configuration was read anew: runs that go on still hear of each other's writes, and share the
    /// limits on requests where those did not change.
    pub fn renewed(&self, settings: &api::ClientSettings) -> Result<Self, api::BuildError> {
        Ok(Self { client: self.client.renewed(settings)?, ..self.clone() })
    }

    /// Returns the same for jobs that share the rate of their requests with other processes.
    #[must_use]
    pub fn sharing(self, budget: Arc<dyn api::Budget>) -> Self {
        Self { client: self.client.sharing(budget), ..self }
    }

    /// Returns the same for jobs that can find out whether mail can be sent. Without, they take it that it can.
    #[must_use]
    pub fn with_mail_check(self, mail: Arc<dyn MailCheck>) -> Self {
        Self { mail: Some(mail), ..self }
    }

    /// Builds a configured job.
    #[must_use]
    pub fn build(&self, config: &Config, job: &config::Job) -> Arc<Job> {
        let (name, kind, was) = (job.name.clone(), job.kind(), job.was.clone());
        // Each kind builds the jobs of its own table.
        let work = super::kind(kind).work(self, config, job).unwrap_or_else(nothing);
        Arc::new(Job { name, kind, was, policy: policy(config, job), work })
    }

    /// Returns the client for a configured job.
    pub(super) fn client(&self, job: &config::Job) -> Client {
        self.client.for_app(job.app_type)
    }

    pub(super) fn board(&self) -> Board {
        self.board.clone()
    }

    pub(super) fn mail_check(&self) -> Option<Arc<dyn MailCheck>> {
        self.mail.clone()
    }
}

/// Owners' addresses, one after the other.
pub type Addresses<'a> = &'a mut (dyn Iterator<Item = String> + Send);

/// Hears of an address that would not be taken, and why.
pub type OnRefusal<'a> = &'a mut (dyn FnMut(&str, String) + Send);

/// Tells whether mail can be sent: asked before the first PIN is reset, for an owner who is not told is locked out. Jobs do not
/// know mail, so the runtime that builds them hands this in.
pub trait MailCheck: Send + Sync + Debug {
    /// Asks whether the mail server would take a mail to each of these now, or to any address where there are none. An error says
    /// why it would take none at all, in words.
    fn ask<'a>(&'a self, to: Addresses<'a>, on_refusal: OnRefusal<'a>) -> BoxFuture<'a, Result<(), String>>;

    /// Returns the doubt about a yes, as a sentence; `None` where the yes can be relied on.
    fn doubt(&self) -> Option<String>;

    /// Tells whether a mail can be made out to this address; if not, why, in words.
    fn takes(&self, address: &str) -> Result<(), String>;
}

fn policy(config: &Config, job: &config::Job) -> Policy {
    Policy {
        timeout: job.timeout,
        max_items: job.max_items.map(|most| u64::from(most.get())),
        abort_after: job.abort_after.get(),
        limits: Limits { attempts: config.api.max_attempts.get(), ..Limits::default() },
        request_timeout: config.api.timeout,
        in_flight: usize::try_from(config.api.max_in_flight.get()).unwrap_or(usize::MAX),
        zone: job.timezone.clone(),
    }
}

/// Returns a job that had this name and was of this kind.
#[must_use]
pub fn gone(name: JobName, kind: JobKind, config: &Config) -> Job {
    let policy = Policy {
        timeout: Duration::from_hours(1),
        max_items: None,
        abort_after: u32::MAX,
        limits: Limits { attempts: config.api.max_attempts.get(), ..Limits::default() },
        request_timeout: config.api.timeout,
        in_flight: 1,
        zone: config.timezone.clone(),
    };
    Job { name, kind, was: None, policy, work: nothing() }
}

/// Returns the work of such a job.
fn nothing() -> Box<dyn Work> {
    Box::new(Nothing)
}

/// Refuses every run: what is pending stays undone, and what may have been sent is `unknown`.
#[derive(Debug)]
struct Nothing;

impl Work for Nothing {
    fn session<'a>(&'a self, job: &'a Job, _: RunInfo, _: Tools) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        let words = format!("the job {} is not configured any more, so nothing could be looked up", job.name);
        std::future::ready(Err(Refusal(words))).boxed()
    }
}
