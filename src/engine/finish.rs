//! Ends a run: files, outcome and mail; also a run that was refused, or that no process can work on any more. Looks after the
//! files of a run that has ended: those that could not be written then, until which its PINs stay sealed in the journal, and the
//! one that it worked on, to which a program may write all the same.

use std::path::Path;
use std::sync::Arc;

use tokio_util::sync::CancellationToken;

use super::finished::Finished;
use super::inbox::{self, Folder};
use super::job::{Job, RunInfo, Tools};
use super::recall::Recall;
use super::render::RunReport;
use super::run::{Engine, Worked};
use super::session::{Refusal, Session};
use crate::journal::{Claim, Ending, JournalError, Step, Tally, UnfinishedRun};
use crate::model::{Event, FileKind, ItemFilter, ItemNo, ItemsPage, Outcome, RunKey, RunView, Stop};

/// Problems that a report names one by one.
const PROBLEMS_TOLD: u32 = 500;
/// Items taken from the journal at once.
const ITEMS_AT_ONCE: u32 = 200;

impl Engine {
    /// Ends a run whose items are all over.
    pub(super) async fn finish(
        &self,
        job: &Job,
        run: &UnfinishedRun,
        session: &dyn Session,
    ) -> Result<Worked, JournalError> {
        let key = run.key;
        let Tally { over: counts, sent_again, .. } = self.journal.tally(key).await?;
        let warnings = if sent_again > 0 { self.recheck(key, session).await? } else { Vec::new() };
        let stopped = self.journal.unfinished_run(key).await?.and_then(|run| run.stopped);
        let mut finished = match run.files_elsewhere {
            Some(_) if job.work.works_on_files() => Finished::default(),
            _ => session.finish(&counts).await,
        };
        finished.warnings.extend(warnings);
        let outcome = match &stopped {
            // One that was cancelled too late to leave anything undone has succeeded.
            Some((Stop::Cancelled, _)) if counts.problems() > 0 || counts.total() == 0 => Outcome::Cancelled,
            Some(_) if counts.total() == 0 => Outcome::Failed,
            _ => counts.outcome(),
        };
        let error = stopped.map(|(_, why)| why).or_else(|| finished.trouble.clone());
        self.end(job, run, outcome, error, finished).await
    }

    /// Looks at the items that were, or may have been, sent more than once; tells what went wrong by that.
    async fn recheck(&self, run: RunKey, session: &dyn Session) -> Result<Vec<String>, JournalError> {
        let mut warnings = Vec::new();
        let mut after = ItemNo(0);
        loop {
            let page = self.journal.sent_again(run, after, ITEMS_AT_ONCE).await?;
            let Some(last) = page.last() else { return Ok(warnings) };
            after = last.item;
            warnings.extend(session.requests().recheck(&page).await);
        }
    }

    /// Ends a run that is still being planned.
    pub(super) async fn refuse(
        &self,
        job: &Job,
        run: &UnfinishedRun,
        session: &dyn Session,
        stop: Option<Stop>,
        why: String,
    ) -> Result<Worked, JournalError> {
        self.journal.unplan(run.key).await?;
        if let Some(stop) = stop {
            self.journal.stop(run.key, stop, why.clone()).await?;
        }
        let outcome = if stop == Some(Stop::Cancelled) { Outcome::Cancelled } else { Outcome::Failed };
        let worked = self.end(job, run, outcome, Some(why), session.refused()).await?;
        session.planned();
        Ok(worked)
    }

    /// Ends a run that no session will work on: what is pending is left undone, and what may have been sent is `unknown`.
    pub(super) async fn abandon(
        &self,
        job: &Job,
        run: &UnfinishedRun,
        stop: Stop,
        why: String,
    ) -> Result<Worked, JournalError> {
        let (key, limits) = (run.key, job.policy.limits);
        let claim = self.journal.claim(key).await?;
        if run.planning {
            self.journal.unplan(key).await?;
            let finished = claimed(claim.as_ref(), Folder::Failed);
            let outcome = if stop == Stop::Cancelled { Outcome::Cancelled } else { Outcome::Failed };
            return self.end(job, run, outcome, Some(why), finished).await;
        }
        self.journal.stop(key, stop, why.clone()).await?;
        let sending = self.journal.sending(key).await?;
        let found = sending.into_iter().map(|(item, life)| Step::new(item, life, Event::FoundAtStart)).collect();
        self.journal.record(key, found, limits).await?;
        loop {
            let page = self.journal.settling(key, ItemNo(0), ITEMS_AT_ONCE).await?;
            if page.is_empty() {
                break;
            }
            let untold = page.into_iter().map(|settling| {
                let mut untold = Step::new(settling.item.item, settling.item.life, Event::Untold);
                untold.error = Some(why.clone());
                untold
            });
            self.journal.record(key, untold.collect(), limits).await?;
        }
        self.journal.leave_undone(key, &why).await?;
        let counts = self.journal.counts(key).await?;
        let outcome = if stop == Stop::Cancelled { Outcome::Cancelled } else { counts.outcome() };
        let mut finished = claimed(claim.as_ref(), inbox::last_folder(&counts, outcome));
        if counts.total() > 0 {
            finished.trouble =
                Some(format!("no results file could be written; `roomkeeper show {}` tells the rows", run.id.short()));
        }
        self.end(job, run, outcome, Some(why), finished).await
    }

    async fn end(
        &self,
        job: &Job,
        run: &UnfinishedRun,
        outcome: Outcome,
        error: Option<String>,
        finished: Finished,
    ) -> Result<Worked, JournalError> {
        let key = run.key;
        let mut report = self.report_of(job, key).await?;
        report.finished = finished;
        let files_elsewhere = run.files_elsewhere.as_ref().filter(|_| job.work.works_on_files());
        if let Some(node) = files_elsewhere {
            self.journal.leave_files(key).await?;
            report.finished.source = self.render.file_of(&report.run);
            report.finished.notes.push(format!(
                "The file lies on {node}, which could not finish this run. Its results are written there once {node} is back; until \
                 then, `roomkeeper results {}` gives them",
                run.id.short()
            ));
        }
        report.run.outcome = Some(outcome);
        report.run.ended = Some(self.clock.now().max(run.started));
        report.run.error = error.or(report.run.error);
        let finished = &report.finished;
        report.run.remarks = finished.worth_a_look(report.run.error.as_deref());
        report.run.remarks.extend(finished.notes.iter().cloned());
        let made_good = self.made_good(job, &report, run.retry_of).await?;
        if !made_good.is_empty() {
            report.recovers = true;
            self.journal.make_good(made_good, key).await?;
        }
        let ending = Ending {
            outcome,
            error: report.run.error.clone(),
            counts: report.run.counts.clone(),
            at: report.run.ended.unwrap_or(run.started),
            remarks: report.run.remarks.clone(),
            letters: self.render.letters(&report),
        };
        self.journal.end(key, ending).await?;
        tracing::info!(
            job = %job.name,
            run = %run.id,
            outcome = %outcome,
            counts = %report.run.counts,
            reason = report.run.error.as_deref(),
            "a run ended"
        );
        // If a file could not be written, the journal is the only place that still knows the PINs.
        if files_elsewhere.is_none()
            && report.finished.holds_pins()
            && let Err(error) = self.journal.wipe_pins(key).await
        {
            tracing::warn!(%error, run = %run.id, "sealed PINs stay in the journal until the next start");
        }
        Ok(Worked::Ended(Box::new(report)))
    }

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

    /// Writes the files of a run that was worked on elsewhere to its end, and wipes its PINs when they are there.
    pub async fn finish_here(
        &self,
        job: &Job,
        run: &RunView,
        stop: &CancellationToken,
    ) -> Result<Result<(), String>, JournalError> {
        if let Err(why) = self.write_files(job, run, stop).await {
            return Ok(Err(why));
        }
        self.journal.wipe_pins(run.key).await?;
        self.journal.files_written(run.key).await.map(Ok)
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
        let seal = self.journal.seal_of(run.key).await.map_err(|error| error.to_string())?;
        let tools = Tools {
            recall: Recall::Journal(Arc::clone(&self.journal), seal),
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

    /// Builds the report of a run from the journal.
    pub(super) async fn report_of(&self, job: &Job, run: RunKey) -> Result<RunReport, JournalError> {
        let view = self.journal.run_by_key(run).await?;
        let told = ItemsPage { run, filter: ItemFilter::Problems, after: ItemNo(0), most: PROBLEMS_TOLD };
        let problems = if view.counts.problems() == 0 { Vec::new() } else { self.journal.items(told).await? };
        let paused = self.journal.watch_of(view.job_key).await?.paused.is_some();
        let zone = job.policy.zone.clone();
        Ok(RunReport { run: view, recovers: false, problems, finished: Finished::default(), paused, zone })
    }
}

/// Returns the file that a run was to work on, as its claim tells it, and the place where it will lie.
fn claimed(claim: Option<&Claim>, folder: Folder) -> Finished {
    let Some(claim) = claim else { return Finished::default() };
    let mut finished = Finished { source: Some(claim.name.clone()), ..Finished::default() };
    if inbox::is_there(&claim.claimed) {
        finished.files.push((FileKind::Original, inbox::last_place(claim, folder)));
    }
    finished
}
