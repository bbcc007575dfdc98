//! Timetables: one meeting a row, scheduled, changed or cancelled, each exactly once however often its file comes.

mod check;
mod copy;
mod create;
mod decide;
mod diff;
mod early;
mod fault;
mod finish;
mod identity;
mod input;
mod invitees;
mod kept;
mod late;
mod look;
mod meaning;
mod measured;
mod notebook;
mod plan;
mod row;
mod rules;
mod send;
mod server_zones;
mod session;
mod settings;
mod sight;
mod stream;
mod undone;
mod when;
mod wish;
mod zones;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use self::session::ScheduleSession;
use crate::api::Client;
use crate::clock::Timestamp;
use crate::engine::{Job, Policy, Refusal, RunInfo, Session, Tools};
use crate::model::{JobKind, JobName};

pub use check::{Checked, Checker};
pub use copy::{CopyError, copy_file, copy_rows};
pub use fault::{Fault, Faults};
pub use input::{Input, Place, file_name};
pub use measured::Extent;
pub use notebook::Board;
pub use row::{Action, Row, ZoneChoice};
pub use rules::{RowRules, ZoneBook};
pub use settings::Settings;

/// When the meeting that a job remembers has ended.
pub(super) fn over(facts: &str) -> Option<Timestamp> {
    serde_json::from_str::<wish::Facts>(facts).ok().map(|facts| facts.end())
}

/// A configured job of this kind.
#[derive(Debug)]
pub struct ScheduleMeetings {
    name: JobName,
    was: Option<JobName>,
    policy: Policy,
    settings: Arc<Settings>,
    client: Client,
    board: Board,
}

impl ScheduleMeetings {
    /// A job that sends through `client`, for the application type that is meant; `board` is shared by all jobs of this kind.
    #[must_use]
    pub fn new(
        name: JobName,
        was: Option<JobName>,
        policy: Policy,
        settings: Settings,
        client: Client,
        board: Board,
    ) -> Self {
        Self { name, was, policy, settings: Arc::new(settings), client, board }
    }
}

impl Job for ScheduleMeetings {
    fn name(&self) -> &JobName {
        &self.name
    }

    fn kind(&self) -> JobKind {
        JobKind::ScheduleMeetings
    }

    fn was(&self) -> Option<&JobName> {
        self.was.as_ref()
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn session<'a>(&'a self, run: RunInfo, tools: Tools) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        async move {
            let settings = Arc::clone(&self.settings);
            let session = ScheduleSession::new(self.name.clone(), settings, &self.client, &self.board, run, tools)?;
            Ok(Box::new(session) as Box<dyn Session>)
        }
        .boxed()
    }
}
