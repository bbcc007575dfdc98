//! Exports: every meeting that took place becomes a line of a file, once over all runs, and once more for each change.

mod aside;
mod finish;
mod input;
mod line;
mod made;
mod pages;
mod plan;
mod read;
mod record;
mod resaved;
mod session;
mod settings;
mod take_back;
mod target;
mod walk;
mod write;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use self::session::ExportSession;
use crate::api::Client;
use crate::engine::{Job, Policy, Refusal, RunInfo, Session, Tools};
use crate::model::{JobKind, JobName};

pub use input::Input;
pub use settings::Settings;

/// A configured job of this kind.
#[derive(Debug)]
pub struct ExportMeetings {
    name: JobName,
    was: Option<JobName>,
    policy: Policy,
    settings: Arc<Settings>,
    client: Client,
}

impl ExportMeetings {
    /// A job that reads through `client`, for the application type that is meant.
    #[must_use]
    pub fn new(name: JobName, was: Option<JobName>, policy: Policy, settings: Settings, client: Client) -> Self {
        Self { name, was, policy, settings: Arc::new(settings), client }
    }
}

impl Job for ExportMeetings {
    fn name(&self) -> &JobName {
        &self.name
    }

    fn kind(&self) -> JobKind {
        JobKind::ExportMeetings
    }

    fn was(&self) -> Option<&JobName> {
        self.was.as_ref()
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn session<'a>(&'a self, run: RunInfo, tools: Tools) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        async move {
            let session = ExportSession::new(self.name.clone(), Arc::clone(&self.settings), &self.client, run, tools)?;
            Ok(Box::new(session) as Box<dyn Session>)
        }
        .boxed()
    }
}
