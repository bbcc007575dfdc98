//! Holds what is known of one run: its job, its input, and where its lines are.

use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
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
    draft: OnceLock<File>,
    /// The draft cannot be read.
    no_draft: AtomicBool,
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
            no_draft: AtomicBool::new(false),
            sent: OnceLock::new(),
            written: OnceCell::new(),
        })
    }

    /// Keeps the lines that were planned.
    pub(super) fn keep_draft(&self, draft: File) {
        self.draft.get_or_init(|| draft);
    }

    /// Returns the lines that were planned, where they can be had without the journal.
    pub(super) fn draft(&self) -> Option<File> {
        let draft = self.draft.get().filter(|_| !self.no_draft.load(Ordering::Relaxed));
        draft.and_then(|draft| draft.try_clone().ok())
    }

    /// Has the lines made from the journal from now on; tells whether that makes a difference.
    pub(super) fn give_up_draft(&self) -> bool {
        self.draft.get().is_some() && !self.no_draft.swap(true, Ordering::Relaxed)
    }

    /// Returns the run's input, as far as it is known by now.
    pub(super) fn input(&self) -> &Input {
        self.planned.get().unwrap_or(&self.begun)
    }
}
