//! Begins runs and works on them, one of a job after the other.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::active_runs::{ActiveRun, RunHandle};
use super::drop_folders::DropFolders;
use super::error::RunError;
use super::letters::Letters;
use super::pings::Pings;
use super::put_away::PutAway;
use super::shared::Shared;
use super::troubles::Troubles;
use crate::engine::inbox::Taking;
use crate::engine::{Begin, Job, Phase, RunReport, Steering, Worked};
use crate::failpoint;
use crate::jobs::{self, ServerHabit};
use crate::journal::{Claim, JobKey, JournalError, RunView, Seen, Stop, UnfinishedRun};
use crate::model::RunId;

/// The time for which a run that could not be worked on is left alone: a full disk is not emptied in a second.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// The time after which it is asked again whether a run's turn has come that another machine keeps it from.
const TURN: Duration = Duration::from_secs(1);

/// Begins runs and works on them.
pub struct Runs {
    pub(super) shared: Arc<Shared>,
    pub(super) troubles: Arc<Troubles>,
    pub(super) folders: Arc<DropFolders>,
    pub(super) put_away: Arc<PutAway>,
    pub(super) letters: Arc<Letters>,
    pub(super) pings: Pings,
    /// The turns of jobs: runs of one job follow one another, also where it is called otherwise meanwhile.
    pub(super) turns: Mutex<BTreeMap<JobKey, Arc<tokio::sync::Mutex<()>>>>,
}

impl Runs {
    /// Returns the runs that this process works on, or will when their turn comes, oldest first.
    #[must_use]
    pub fn under_way(&self) -> Vec<ActiveRun> {
        self.shared.active.list()
    }

    /// Waits until a run comes under way, or is not any more. For one listener.
    pub async fn under_way_changed(&self) {
        self.shared.active.changed.notified().await;
    }

    /// Returns the means to watch and steer a run that this process works on.
    #[must_use]
    pub fn handle(&self, run: RunId) -> Option<RunHandle> {
        self.shared.active.handle(run)
    }

    /// Asks that a run of this process's ends early: what is in flight finishes, the rest is left undone. Tells whether
    /// there is such a run.
    pub fn cancel(&self, run: RunId, why: &str) -> bool {
        let Some(handle) = self.handle(run) else { return false };
        handle.stop_request.send_replace(Some((Stop::Cancelled, why.to_owned())));
        true
    }

    /// Lets a run of this process's end early that the journal says is to; tells whether there is such a run.
    pub fn stop(&self, run: RunId, stop: Stop, why: &str) -> bool {
        let Some(handle) = self.handle(run) else { return false };
        handle
            .stop_request
            .send_if_modified(|asked| asked.is_none() && asked.replace((stop, why.to_owned())).is_none());
        true
    }

    /// Begins a run, and works on it. Runs of one job follow one another.
    pub async fn run(&self, job: &Arc<Job>, id: RunId, begin: Begin, handle: &RunHandle) -> Result<Worked, RunError> {
        let _turn = self.turn(self.shared.key_of(job).await?).await;
        let run = self.begin(job, id, begin).await?;
        self.work(job, run, handle).await
    }

    /// Journals a run at once, whatever else the job is doing, and moves its dropped file: [`Self::carry_out`] works on it.
    /// A file that is not there any more, or that was written to since it was found ready, is not claimed:
    /// [`RunError::Claimed`]; of one that cannot be moved there is no run: [`RunError::NotMoved`].
    pub async fn begin(&self, job: &Arc<Job>, id: RunId, begin: Begin) -> Result<UnfinishedRun, RunError> {
        let is_as_it_was =
            |taking: &Taking| taking.is_still_so() && !self.folders.is_being_written(&taking.claim.dropped);
        if let Some(taking) = begin.claim.as_ref().filter(|taking| !is_as_it_was(taking)) {
            return Err(RunError::Claimed(taking.claim.dropped.clone()));
        }
        if failpoint::is_on("claim.unjournaled")
            && let Some(Ok(())) =
                begin.claim.as_ref().map(|taking| std::fs::rename(&taking.claim.dropped, &taking.claim.claimed))
        {
            failpoint::reach("claim.moved");
        }
        let dropped = begin.claim.as_ref().map(|taking| taking.claim.dropped.clone());
        let run = match self.shared.engine.begin(self.shared.key_of(job).await?, id, begin).await {
            Err(JournalError::Claimed) => return Err(RunError::Claimed(dropped.unwrap_or_default())),
            run => run?,
        };
        if let Some(claim) = self.claim_of(&run).await? {
            self.folders.take(&run, &claim).await?;
        }
        Ok(run)
    }

    async fn claim_of(&self, run: &UnfinishedRun) -> Result<Option<Claim>, JournalError> {
        self.shared.engine.journal.claim(run.key).await
    }

    /// Works on a run that has begun, when its turn has come; `None` where that was done in another turn.
    pub async fn carry_out(
        &self,
        job: &Arc<Job>,
        run: UnfinishedRun,
        handle: &RunHandle,
    ) -> Result<Option<Worked>, RunError> {
        let _entered = self.shared.active.enter(run.id, &job.name, handle);
        let _turn = self.turn(run.job).await;
        match self.shared.engine.journal.unfinished_run(run.key).await? {
            Some(run) => self.work(job, run, handle).await.map(Some),
            None => Ok(None),
        }
    }

    /// Does the same, and waits out trouble with the journal; the program's stop suspends the run.
    pub async fn carry_out_or_wait(&self, job: &Arc<Job>, run: UnfinishedRun, handle: &RunHandle) -> Option<Worked> {
        let mut told = false;
        loop {
            let error = match self.carry_out(job, run.clone(), handle).await {
                Ok(worked) => return worked,
                Err(error) => error,
            };
            if !std::mem::replace(&mut told, true) {
                tracing::error!(job = %job.name, run = %run.id, %error, "a run could not be worked on; it is tried again");
            }
            tokio::select! {
                () = self.shared.stop().cancelled() => return Some(Worked::Suspended),
                () = tokio::time::sleep(TRY_AGAIN) => {}
            }
        }
    }

    /// Works on the unfinished runs of a job: those that are planned first, for their items keep their identities, and then oldest first.
    /// One that cannot be worked on now keeps no other back.
    pub async fn resume(&self, job: &Arc<Job>, handle: &RunHandle) -> Result<Vec<Worked>, RunError> {
        let key = self.shared.key_of(job).await?;
        let _turn = self.turn(key).await;
        let (mut ended, mut refusal) = (Vec::new(), None);
        let mut unfinished = self.shared.engine.journal.unfinished().await?;
        unfinished.sort_by_key(|run| run.planning);
        for run in unfinished {
            if run.job == key && run.works_elsewhere.is_none() {
                tracing::info!(job = %run.name, run = %run.id, "an interrupted run is resumed");
                let worked = match self.work(job, run, handle).await {
                    // Its file lies where it was dropped; the others go on.
                    Err(RunError::NotMoved { file, why }) => {
                        let name = file.file_name().unwrap_or_default().to_string_lossy();
                        self.folders.tell_not_moved(job, &name, &why).await;
                        continue;
                    }
                    Err(error) => {
                        refusal.get_or_insert(error);
                        continue;
                    }
                    Ok(worked) => worked,
                };
                let suspended = matches!(worked, Worked::Suspended);
                ended.push(worked);
                if suspended {
                    break;
                }
            }
        }
        refusal.map_or(Ok(ended), Err)
    }

    /// Tells whether a run is in the journal, or may be: where that cannot be read now, it counts as begun.
    pub async fn may_have_begun(&self, run: RunId) -> bool {
        self.shared.engine.journal.run(run).await.map_or(true, |found| found.is_some())
    }

    /// Waits a little for those who are told of runs that have ended: the program ends.
    pub async fn finish_pings(&self) {
        self.pings.finish().await;
    }

    async fn turn(&self, job: JobKey) -> tokio::sync::OwnedMutexGuard<()> {
        let turn = {
            let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(turns.entry(job).or_default())
        };
        turn.lock_owned().await
    }

    async fn work(&self, job: &Arc<Job>, run: UnfinishedRun, handle: &RunHandle) -> Result<Worked, RunError> {
        let _entered = self.shared.active.enter(run.id, &job.name, handle);
        if run.planning
            && let Some(claim) = self.claim_of(&run).await?
        {
            self.folders.take(&run, &claim).await?;
        }
        if !self.wait_for_turn(job, &run, handle).await? {
            return Ok(Worked::Suspended);
        }
        let steering = Steering {
            stop_request: handle.stop_request.subscribe(),
            drain: self.shared.stop.clone(),
            on_trouble: self.shared.on_trouble,
            progress: handle.progress.clone(),
        };
        let url = self.shared.config().jobs.get(&self.shared.name_now(&job.name)).and_then(|job| job.ping_url.clone());
        let pings = url.and_then(|url| self.pings.start(url, job.name.clone(), run.id));
        let key = run.key;
        let worked = self.shared.engine.work(job.as_ref(), run, steering).await;
        if worked.is_err()
            && let Err(error) = self.shared.journal().leave_turn(key).await
        {
            tracing::debug!(%error, "a run that cannot be worked on now keeps its turn");
        }
        let worked = worked?;
        if let Worked::Ended(report) = &worked {
            if let Some(pings) = pings {
                self.pings.end(pings, report.run.outcome, self.letters.told(report).text);
            }
            self.put_away.put_file_away(&report.run).await;
            self.tell_of_server(&report.run).await;
            self.shared.mail_due.notify_one();
        }
        Ok(worked)
    }

    /// Waits while another machine works on a run that this one has to wait for; tells whether the program goes on. One that is to end
    /// early waits for nothing: it sends nothing new.
    async fn wait_for_turn(&self, job: &Arc<Job>, run: &UnfinishedRun, handle: &RunHandle) -> Result<bool, RunError> {
        let territory = jobs::kind(job.kind).territory();
        let (journal, mut stop) = (&self.shared.engine.journal, handle.stop_request.subscribe());
        let mut told = false;
        while let Some(by) = journal.take_turn(run.key, territory).await? {
            if stop.borrow().is_some() {
                break;
            }
            if !std::mem::replace(&mut told, true) {
                tracing::info!(job = %job.name, run = %run.id, %by, "a run waits for its turn");
            }
            let until = self.shared.clock().now().plus(TURN);
            handle.progress.send_modify(|progress| progress.phase = Phase::Waiting { why: by, until });
            tokio::select! {
                () = self.shared.stop().cancelled() => return Ok(false),
                _ = stop.changed() => {}
                () = tokio::time::sleep(TURN) => {}
            }
        }
        Ok(true)
    }

    /// Looks at a run that has ended. If a habit of the server that its kind finds out about keeps the job from its
    /// work, that stands as a trouble.
    pub(super) async fn tell_of_server(&self, run: &RunView) {
        if let Some(habit) = jobs::kind(run.kind).habit()
            && let Err(error) = self.look_at_habit(run, habit).await
        {
            tracing::warn!(job = %run.job, habit = habit.name, %error, "the server's habit could not be told");
        }
    }

    async fn look_at_habit(&self, run: &RunView, habit: ServerHabit) -> Result<(), JournalError> {
        let server = self.shared.current.get().workshop.server().to_owned();
        let known = self.shared.journal().habit(server.clone(), habit.name).await?;
        let detail = known.and_then(|(word, seen)| (habit.hinders)(&word, seen, self.shared.clock().now()));
        let seen = detail.map(|detail| Seen { kind: habit.trouble, subject: server, detail: detail.to_owned() });
        self.troubles.seen(Some(&run.job), &[habit.trouble], seen.into_iter().collect()).await
    }
}

/// Returns the report of a run, for the caller that began it.
#[must_use]
pub fn report(worked: &Worked) -> Option<&RunReport> {
    match worked {
        Worked::Ended(report) => Some(report),
        Worked::Suspended => None,
    }
}
