//! Holds the kinds of job, one folder each, all of one shape. Here is the one place that knows every kind by name.

mod aside;
pub mod export_meetings;
mod failure;
mod gone;
mod kind;
mod pages;
mod place;
pub mod refresh_lobby;
mod rooms;
pub mod rotate_pins;
pub mod schedule_meetings;
mod suspicion;
pub mod sync_rooms;
mod walk;

use std::sync::Arc;

pub use gone::gone;
pub use kind::{HabitWords, Handed, Kind, Owners, RowsAgain, ServerHabit, Takes};
pub use place::{Place, file_name};
use rotate_pins::Post;
use schedule_meetings::Board;

use crate::api::{self, Client};
use crate::clock::Timestamp;
use crate::config::{self, Config};
use crate::engine::inbox::Inbox;
use crate::engine::{Job, Policy};
use crate::model::{JobKind, Limits};

/// Questions of one page of items to the server at once: the client's own limits are below this unless the operator
/// raised them, and a list that is answered is in memory.
const AT_ONCE: usize = 32;

/// The parts that all jobs of a process are built with.
#[derive(Debug, Clone)]
pub struct Workshop {
    client: Client,
    board: Board,
    post: Option<Arc<dyn Post>>,
}

impl Workshop {
    /// Jobs that share this client's limits.
    #[must_use]
    pub fn new(client: Client) -> Self {
        Self { client, board: Board::default(), post: None }
    }

    /// Returns the server that its jobs speak to, by its address.
    #[must_use]
    pub fn server(&self) -> &str {
        self.client.server()
    }

    /// Returns the same after the configuration was read anew: runs that go on still hear of each other's writes, and share the
    /// limits on requests where those did not change.
    pub fn renewed(&self, settings: &api::Settings) -> Result<Self, api::BuildError> {
        Ok(Self { client: self.client.renewed(settings)?, ..self.clone() })
    }

    /// Returns the same for jobs that can find out whether mail can be sent. Without, they take it that it can.
    #[must_use]
    pub fn with_post(self, post: Arc<dyn Post>) -> Self {
        Self { post: Some(post), ..self }
    }

    /// Builds a configured job.
    #[must_use]
    pub fn build(&self, config: &Config, job: &config::Job) -> Arc<Job> {
        let (name, kind, was) = (job.name.clone(), job.kind(), job.was.clone());
        // Each kind builds the jobs of its own table.
        let work = self::kind(kind).work(self, config, job).unwrap_or_else(|| gone::work());
        Arc::new(Job { name, kind, was, policy: policy(config, job), work })
    }

    /// Returns the client for a configured job.
    fn client(&self, job: &config::Job) -> Client {
        self.client.for_app(job.app_type)
    }

    fn board(&self) -> Board {
        self.board.clone()
    }

    fn post(&self) -> Option<Arc<dyn Post>> {
        self.post.clone()
    }
}

/// Every kind of job, in the order of the documentation. Another kind is a folder here, and a line in this table.
static KINDS: [&dyn Kind; 5] = [
    &schedule_meetings::Timetables,
    &rotate_pins::PinRotations,
    &refresh_lobby::Lobbies,
    &export_meetings::Exports,
    &sync_rooms::RoomPolicies,
];

/// Returns the description of a job kind.
#[must_use]
pub fn kind(name: JobKind) -> &'static dyn Kind {
    KINDS.into_iter().find(|kind| kind.name() == name).unwrap_or(&kind::Unknown)
}

/// Returns the drop folder of a configured job, if it has one.
#[must_use]
pub fn inbox(job: &config::Job) -> Option<Inbox> {
    kind(job.kind()).inbox(job)
}

/// Returns when a thing that a job of this kind made is over; `None` where it counts for ever.
#[must_use]
pub fn over(of: JobKind, facts: &str) -> Option<Timestamp> {
    kind(of).over(facts)
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
