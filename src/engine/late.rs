//! Looks after the files of a run that has ended: those that could not be written then, until which its PINs stay
//! sealed in the journal, and the one that it worked on, to which a program may write all the same.

use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::job::{Job, RunInfo, Tools};
use super::recall::Recall;
use super::run::Engine;
use super::session::{Finished, Refusal, Session};
use crate::journal::{JournalError, RunView};
use crate::model::FileKind;

impl Engine {
    /// Writes the files of a run that has ended, and wipes its PINs when they are there. The error in words says why they are
    /// not; they can be tried again.
    pub async fn finish_late(
        &self,
        job: &Job,
        run: &RunView,
        stop: &CancellationToken,
    ) -> Result<Result<(), String>, JournalError> {
        let key = run.key;
        if self.journal.has_sealed_pins(key).await?
            && let Err(why) = self.write_files(job, run, stop).await
        {
            return Ok(Err(why));
        }
        self.journal.wipe_pins(run.key).await.map(Ok)
    }

    /// Looks at the file of a run that has ended where it lies now: see [`Session::reread`].
    pub async fn reread(
        &self,
        job: &Job,
        run: &RunView,
        (at, told): (&Path, bool),
        stop: &CancellationToken,
    ) -> Result<Option<String>, String> {
        self.late_session(job, run, stop).await?.reread(at, told).await
    }

    async fn write_files(&self, job: &Job, run: &RunView, stop: &CancellationToken) -> Result<(), String> {
        let finished = self.late_session(job, run, stop).await?.finish(&run.counts).await;
        match finished.trouble.clone() {
            Some(why) if !finished.holds_pins() => Err(why),
            _ => Ok(()),
        }
    }

    async fn late_session(
        &self,
        job: &Job,
        run: &RunView,
        stop: &CancellationToken,
    ) -> Result<Box<dyn Session>, String> {
        let tools = Tools {
            recall: Recall::Journal(Arc::clone(&self.journal)),
            clock: Arc::clone(&self.clock),
            sending: stop.clone(),
            stop: stop.clone(),
            leases: self.leases.clone(),
            opened: None,
        };
        let info = RunInfo {
            key: Some(run.key),
            id: run.id,
            job: Some(run.job_key),
            due: run.due,
            started: run.started,
            // Only a plan asks for it.
            retry_of: None,
            input: run.input.clone(),
        };
        job.session(info, tools).await.map_err(|Refusal(why)| why)
    }
}

impl Finished {
    /// Tells whether the PINs are where they belong: nothing went wrong, or a file that holds them was written in
    /// another place.
    pub(super) fn holds_pins(&self) -> bool {
        self.trouble.is_none()
            || self.files.iter().any(|(kind, _)| matches!(kind, FileKind::Results | FileKind::PinSheet))
    }
}
