//! Exports meetings: every meeting that took place becomes a line of a file, once over all runs, and once more for
//! each change.

mod aside;
mod finish;
mod input;
mod kind;
mod line;
mod made;
mod plan;
mod read;
mod record;
mod resaved;
mod session;
mod settings;
mod take_back;
mod target;
mod write;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

pub(super) use self::kind::Exports;
use self::session::ExportSession;
use crate::api::Client;
use crate::engine::{Job, Refusal, RunInfo, Session, Tools, Work};

pub use input::Input;
pub use settings::Settings;

/// The work of a job of this kind.
#[derive(Debug)]
pub struct ExportMeetings {
    settings: Arc<Settings>,
    client: Client,
}

impl ExportMeetings {
    /// Reads through `client`, for the application type that is meant.
    #[must_use]
    pub fn new(settings: Settings, client: Client) -> Self {
        Self { settings: Arc::new(settings), client }
    }
}

impl Work for ExportMeetings {
    fn session<'a>(
        &'a self,
        job: &'a Job,
        run: RunInfo,
        tools: Tools,
    ) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        let session = ExportSession::new(job.name.clone(), Arc::clone(&self.settings), &self.client, run, tools);
        std::future::ready(session.map(|session| Box::new(session) as Box<dyn Session>)).boxed()
    }
}
