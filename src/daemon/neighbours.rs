//! Looks every few seconds at what other machines have done that share the journal: pauses, runs that are to end early, files that are to
//! be written here, and machines that are gone, whose runs are taken over. Of a journal of this machine's alone there is nothing to look at.

use std::sync::Arc;
use std::time::Duration;

use super::schedules::Ticking;
use crate::config::Config;
use crate::control::Rota;
use crate::jobs;
use crate::journal::{Around, JournalError, TakenOver, ToTakeOver};
use crate::runtime::Runtime;

/// The interval at which it is looked. What this machine changes itself, it knows at once.
const LOOK: Duration = Duration::from_secs(2);

/// Looks until the program stops.
pub(super) async fn watch(runtime: Arc<Runtime>, ticking: Ticking) {
    if !runtime.journal().is_shared() {
        return;
    }
    let mut neighbours = Neighbours { runtime, ticking, pauses: None, jobs: None };
    let mut is_told = false;
    loop {
        tokio::select! {
            () = neighbours.runtime.stop().cancelled() => return,
            () = tokio::time::sleep(LOOK) => {}
        }
        match neighbours.look().await {
            Ok(()) => is_told = false,
            Err(error) if std::mem::replace(&mut is_told, true) => {
                tracing::debug!(%error, "it still cannot be seen what other machines do");
            }
            Err(error) => tracing::warn!(%error, "it cannot be seen what other machines do"),
        }
    }
}

/// The other machines, as they were seen last.
struct Neighbours {
    runtime: Arc<Runtime>,
    ticking: Ticking,
    pauses: Option<String>,
    /// The jobs that may be taken over, by the configuration that names them.
    jobs: Option<(Arc<Config>, Vec<ToTakeOver>)>,
}

impl Neighbours {
    async fn look(&mut self) -> Result<(), JournalError> {
        let which = self.jobs().await?;
        let runtime = Arc::clone(&self.runtime);
        let Around { is_gone, pauses, files_due, stopped } = runtime.journal().around(which.clone()).await?;
        for (run, stop, why) in stopped {
            runtime.runs.stop(run, stop, &why);
        }
        if self.pauses.as_ref().is_some_and(|before| *before != pauses)
            && let Err(error) = self.ticking.pauses_changed().await
        {
            tracing::warn!(%error, "a pause that began or ended on another machine could not be heeded yet");
        } else {
            self.pauses = Some(pauses);
        }
        if is_gone {
            self.take_over(which).await?;
        }
        if files_due {
            runtime.upkeep.write_files_due().await?;
        }
        Ok(())
    }

    async fn take_over(&self, which: Vec<ToTakeOver>) -> Result<(), JournalError> {
        let now = self.runtime.clock().now();
        let TakenOver { from, runs, letters } = self.runtime.journal().take_over(which, now).await?;
        for from in from {
            tracing::warn!(%from, runs = runs.len(), "another machine is gone: its work goes on here");
        }
        if letters {
            self.runtime.mail.wake();
        }
        if !runs.is_empty() {
            self.ticking.resume().await?;
        }
        Ok(())
    }

    /// Returns the jobs whose runs this machine may take over.
    async fn jobs(&mut self) -> Result<Vec<ToTakeOver>, JournalError> {
        let config = self.runtime.config();
        if let Some((known, jobs)) = &self.jobs
            && Arc::ptr_eq(known, &config)
        {
            return Ok(jobs.clone());
        }
        let mut which = Vec::with_capacity(config.jobs.len());
        let ours = config.jobs.values().filter(|job| job.runs_on(config.state.node()));
        for job in ours {
            if let Some(key) = self.runtime.journal().job_key(job.name.clone()).await? {
                which.push(ToTakeOver { job: key, also_planning: !jobs::kind(job.kind()).takes_files() });
            }
        }
        self.jobs = Some((config, which.clone()));
        Ok(which)
    }
}
