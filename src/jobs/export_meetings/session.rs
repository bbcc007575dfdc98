//! Holds what is known of one run: its job, its input, and where its lines are.

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use tokio::sync::OnceCell;

use super::ExportSettings;
use super::input::Input;
use crate::api::Client;
use crate::engine::{Refusal, RunInfo, Tools};
use crate::model::JobName;

/// One run's session.
pub(super) struct ExportSession {
    pub(super) name: JobName,
    pub(super) settings: Arc<ExportSettings>,
    pub(super) run: RunInfo,
    pub(super) tools: Tools,
    pub(super) client: Client,
    /// As it was when the session began: without a plan where the run was not planned yet.
    pub(super) begun: Input,
    /// As it is since this session planned the run.
    pub(super) planned: OnceLock<Input>,
    /// The lines that it then planned, where a draft was made of them.
    pub(super) draft: OnceLock<File>,
    /// The requests that were sent by then: there are no others.
    pub(super) sent: OnceLock<u64>,
    /// The path of the lines, once they are written.
    pub(super) written: OnceCell<PathBuf>,
}

impl ExportSession {
    pub(super) fn new(
        name: JobName,
        settings: Arc<ExportSettings>,
        client: &Client,
        run: RunInfo,
        tools: Tools,
    ) -> Result<Self, Refusal> {
        let begun = Input::read(&run.input)
            .map_err(|error| Refusal(format!("what the run works on cannot be read from the journal: {error}")))?;
        Ok(Self {
            client: client.counting().stop_with(tools.sending.clone()),
            name,
            settings,
            run,
            tools,
            begun,
            planned: OnceLock::new(),
            draft: OnceLock::new(),
            sent: OnceLock::new(),
            written: OnceCell::new(),
        })
    }

    /// Returns the run's input, as far as it is known by now.
    pub(super) fn input(&self) -> &Input {
        self.planned.get().unwrap_or(&self.begun)
    }
}
