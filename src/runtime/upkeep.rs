//! Keeps the journal small and sound over the years.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::clock_trouble;
use super::mail_round::MailRound;
use super::put_away::PutAway;
use super::shared::Shared;
use super::troubles::Troubles;
use crate::clock::Doubt;
use crate::config::Config;
use crate::engine::inbox::{self, Cleared, Inbox};
use crate::jobs;
use crate::journal::{Findings, Journal, JournalError, Pruning};
use crate::model::{JobName, RunId, RunView, TroubleKind};

/// Returns the longest that any job keeps files that were dealt with.
#[must_use]
pub fn files_kept(config: &Config) -> Duration {
    let inboxes = config.jobs.values().filter_map(jobs::inbox);
    inboxes.filter_map(|inbox| inbox.keep_files).max().unwrap_or_default()
}

/// Keeps the journal small and sound.
pub struct Upkeep {
    pub(super) shared: Arc<Shared>,
    pub(super) troubles: Arc<Troubles>,
    pub(super) mail: Arc<MailRound>,
    pub(super) put_away: Arc<PutAway>,
}

impl Upkeep {
    /// Forgets what is older than it is to be kept, `[state] keep`.
    pub async fn prune(&self) -> Result<Pruning, JournalError> {
        let config = self.shared.config();
        let pruning = self.shared.journal().prune_by_age(config.state.keep, files_kept(&config), jobs::over).await?;
        self.tell_of_clock(match &pruning {
            Pruning::Doubted(doubt) => Some(doubt),
            Pruning::Done(_) => None,
        })
        .await?;
        self.mail.forget_given_up().await?;
        Ok(pruning)
    }

    /// Deletes files that were dealt with longer ago than the inbox keeps them.
    pub async fn clear_out(&self, job: &JobName, inbox: &Inbox) {
        if inbox.keep_files.is_none() {
            return;
        }
        let cleared = match inbox::clear_out(self.shared.journal(), inbox).await {
            Ok(Cleared::Deleted(deleted)) => {
                if deleted > 0 {
                    tracing::info!(%job, deleted, "files older than keep_files were deleted");
                }
                self.tell_of_clock(None).await
            }
            Ok(Cleared::Doubted(doubt)) => self.tell_of_clock(Some(&doubt)).await,
            Err(error) => Err(error),
        };
        if let Err(error) = cleared {
            tracing::warn!(%job, %error, "old files could not all be looked for");
        }
    }

    /// Keeps what was seen of the clocks, where nothing else is written for long.
    pub async fn keep_time(&self) -> Result<(), JournalError> {
        self.shared.journal().keep_time().await
    }

    /// Looks whether a doubt about the clock begins, or is over. What goes on is not told again.
    pub async fn look_at_clock(&self) -> Result<(), JournalError> {
        let doubt = self.shared.journal().time().doubt;
        if doubt.is_some() == self.troubles.stands(TroubleKind::Clock, clock_trouble::SUBJECT).await {
            return Ok(());
        }
        self.tell_of_clock(doubt.as_ref()).await
    }

    /// Records that the clock is doubted, or is not doubted any more.
    async fn tell_of_clock(&self, doubt: Option<&Doubt>) -> Result<(), JournalError> {
        let Some(doubt) = doubt else {
            return self.troubles.ended(None, TroubleKind::Clock, clock_trouble::SUBJECT).await;
        };
        self.troubles.goes_on(None, clock_trouble::seen(doubt, &self.shared.config())).await
    }

    /// Looks whether the journal is sound.
    pub async fn check_journal(&self) -> Result<Findings, JournalError> {
        self.shared.journal().check().await
    }

    /// Writes the files that this machine has to write of runs that others have worked on to their end, and puts away what they worked on.
    pub async fn write_files_due(&self) -> Result<(), JournalError> {
        for run in self.shared.journal().files_due().await? {
            let run = self.shared.journal().run_by_key(run).await?;
            let Some(job) = self.shared.job(&run.job) else { continue };
            match self.shared.engine.finish_here(job.as_ref(), &run, self.shared.stop()).await? {
                Ok(()) => {
                    tracing::info!(run = %run.id, job = %run.job, "the files of a run that another machine finished are written");
                    self.put_away.put_file_away(&run).await;
                }
                Err(why) => {
                    tracing::warn!(run = %run.id, %why, "the files of a run that another machine finished cannot be written yet");
                }
            }
        }
        Ok(())
    }

    /// Writes the files of a run whose PINs wait for that into this folder, and wipes its PINs. The error in words says why they are
    /// not there.
    pub async fn write_late_files_to(&self, run: RunView, folder: &Path) -> Result<Result<(), String>, JournalError> {
        let Some(job) = self.shared.job(&run.job) else {
            return Ok(Err(format!("the job {} is not configured any more", run.job)));
        };
        let Some(input) = jobs::kind(run.kind).with_results_in(&run.input, folder) else {
            return Ok(Err(format!("a run of {} leaves no results file", run.kind)));
        };
        let run = RunView { input, ..run };
        self.shared.engine.finish_late(job.as_ref(), &run, self.shared.stop()).await
    }

    /// Writes the files of runs that ended when these could not be written, and wipes the PINs that waited for that. A run whose
    /// job is not configured now keeps its PINs, sealed.
    pub async fn write_late_files(&self) -> Result<(), JournalError> {
        for run in self.shared.journal().half_wiped_runs().await? {
            self.shared.journal().wipe_pins(run).await?;
        }
        for run in self.shared.journal().sealed_runs().await? {
            let run = self.shared.journal().run_by_key(run).await?;
            let Some(job) = self.shared.job(&run.job) else {
                tracing::debug!(run = %run.id, job = %run.job, "the files of a run wait for its job");
                continue;
            };
            if let Err(why) = self.shared.engine.finish_late(job.as_ref(), &run, self.shared.stop()).await? {
                tracing::warn!(run = %run.id, %why, "the files of a run that has ended can still not be written");
            }
        }
        Ok(())
    }
}

/// Deletes copies of files that no unfinished run reads: a kill can come between a copy and its run's beginning, or between a
/// plan and the copy's end.
pub(super) async fn clear_copies(journal: &Journal) -> Result<(), JournalError> {
    let unfinished: Vec<_> = journal.unfinished().await?.into_iter().map(|run| run.id).collect();
    let Ok(copies) = std::fs::read_dir(journal.workspace().incoming()) else { return Ok(()) };
    for copy in copies.flatten() {
        let path = copy.path();
        let run = path.file_stem().and_then(|stem| stem.to_str()?.parse::<RunId>().ok());
        if run.is_some_and(|run| !unfinished.contains(&run))
            && let Err(error) = std::fs::remove_file(&path)
        {
            tracing::warn!(%error, "a copy that no run reads could not be deleted");
        }
    }
    Ok(())
}
