//! Schedules timetables: one meeting a row, scheduled, changed or cancelled, each exactly once however often its
//! file comes.

mod alike;
mod check;
mod copy;
mod create;
mod decide;
mod diff;
mod early;
mod fault;
mod find;
mod finish;
mod identity;
mod input;
mod invitees;
mod kept;
mod kind;
mod late;
mod look;
mod measured;
mod notebook;
mod overview;
mod plan;
mod planned_action;
mod row;
mod row_plan;
mod rules;
mod send;
mod server_zones;
mod session;
mod settings;
mod sight;
mod stream;
mod undone;
mod when;
mod zones;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

pub(super) use self::kind::Timetables;
use self::session::ScheduleSession;
use crate::api::Client;
use crate::engine::{Job, Refusal, RunInfo, Session, Tools, Work};

pub use check::{Checked, Checker};
pub use fault::{Fault, Faults};
pub use input::Input;
pub use measured::Extent;
pub use notebook::Board;
pub use row::{Action, Row, ZoneChoice};
pub use rules::{RowRules, ZoneBook};
pub use settings::Settings;

/// The work of a job of this kind.
#[derive(Debug)]
pub struct ScheduleMeetings {
    settings: Arc<Settings>,
    client: Client,
    board: Board,
}

impl ScheduleMeetings {
    /// Sends through `client`, for the application type that is meant; `board` is shared by all jobs of this kind.
    #[must_use]
    pub fn new(settings: Settings, client: Client, board: Board) -> Self {
        Self { settings: Arc::new(settings), client, board }
    }
}

impl Work for ScheduleMeetings {
    fn session<'a>(
        &'a self,
        job: &'a Job,
        run: RunInfo,
        tools: Tools,
    ) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        let settings = Arc::clone(&self.settings);
        let session = ScheduleSession::new(job.name.clone(), settings, &self.client, &self.board, run, tools);
        std::future::ready(session.map(|session| Box::new(session) as Box<dyn Session>)).boxed()
    }

    fn works_on_files(&self) -> bool {
        true
    }
}
