//! Keeps each job's next due time, and the holder of its claim. Pure: it is told the time and answers; it neither
//! waits nor writes.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use uuid::Uuid;

use super::decision::{Decision, Situation, Verdict};
use super::timing::Timing;
use crate::clock::Timestamp;
use crate::model::{Digest, JobName};

/// So long before its time a job is offered: the crate ticks every half second, and a bit. The body sleeps the rest.
const LEAD: Duration = Duration::from_millis(650);
/// The time after which an offer that was not taken up counts as lost.
const LOST: Duration = Duration::from_secs(5);
/// So long after the journal refused, it is tried again.
const RETRY: Duration = Duration::from_secs(1);

/// The times of all jobs.
#[derive(Debug, Default)]
pub struct Plan {
    entries: HashMap<Uuid, Entry>,
    /// The number of runs of each job that are under way, also of jobs that are not armed.
    going: HashMap<Uuid, u32>,
    /// The present jobs of those that were renamed while a claim or a run of theirs began.
    renamed: HashMap<Uuid, Uuid>,
    tickets: u64,
    draining: bool,
}

/// A job to be armed.
#[derive(Debug, Clone)]
pub struct Arming {
    /// Its name.
    pub job: JobName,
    /// Its times.
    pub timing: Timing,
    /// Up to when its due times are dealt with.
    pub dealt: Timestamp,
    /// Up to when the journal may have dealt with some: later than `dealt` where the clock was once ahead.
    pub highest: Timestamp,
    /// True when it is paused.
    pub paused: bool,
}

/// The claim on one due time of a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    id: Uuid,
    number: u64,
}

/// The next step of a claim's holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wait {
    /// Nothing: the claim is void.
    Gone,
    /// Wait so long at most, and ask again.
    Sleep(Duration),
    /// Carry this out, and say how it went: [`Plan::dealt_with`] or [`Plan::put_off`].
    Now(JobName, Timing, Decision),
}

#[derive(Debug)]
struct Entry {
    job: JobName,
    timing: Timing,
    paused: bool,
    /// Due times up to here are dealt with; never later than now.
    dealt: Timestamp,
    highest: Timestamp,
    absent_until: Timestamp,
    armed: Option<Armed>,
    stage: Stage,
}

#[derive(Debug, Clone, Copy)]
struct Armed {
    due: Timestamp,
    begins: Timestamp,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Idle,
    Offered(Timestamp),
    Waiting(u64),
    Deciding(u64),
    PutOff(Timestamp),
}

impl Plan {
    /// Arms these jobs and no others. An unchanged schedule keeps its armed time and its claim; what runs goes on.
    pub fn apply(&mut self, jobs: Vec<Arming>, now: Timestamp) {
        let stay: HashSet<_> = jobs.iter().map(|arming| id(&arming.job)).collect();
        self.entries.retain(|id, _| stay.contains(id));
        for arming in jobs {
            match self.entries.get_mut(&id(&arming.job)) {
                Some(entry) => entry.change(arming, now),
                None => {
                    self.entries.insert(id(&arming.job), Entry::new(arming, now));
                }
            }
        }
    }

    /// Renames a job from now on. It keeps its armed time and its claim, and the runs that are under way are its
    /// own.
    pub fn rename(&mut self, was: &JobName, job: &JobName) {
        let (was, now) = (id(was), id(job));
        if was == now || self.entries.contains_key(&now) {
            return;
        }
        if let Some(mut entry) = self.entries.remove(&was) {
            entry.job = job.clone();
            self.entries.insert(now, entry);
        }
        if let Some(going) = self.going.remove(&was) {
            *self.going.entry(now).or_default() += going;
        }
        // One that has its old name back is no other's any more.
        self.renamed.remove(&now);
        for later in self.renamed.values_mut().filter(|later| **later == was) {
            *later = now;
        }
        self.renamed.insert(was, now);
    }

    /// Tells whether the job is in the plan.
    #[must_use]
    pub fn knows(&self, job: &JobName) -> bool {
        self.entries.contains_key(&id(job))
    }

    /// Returns how many jobs are armed.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Tells whether no job is armed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Returns the time at which the job is due next.
    #[must_use]
    pub fn next(&self, job: &JobName) -> Option<Timestamp> {
        self.entries.get(&id(job))?.armed.map(|armed| armed.due)
    }

    /// Returns the job that is due first, and when; those that are paused or disabled are not due.
    #[must_use]
    pub fn first(&self) -> Option<(JobName, Timestamp)> {
        let awake = self.entries.values().filter(|entry| !entry.paused && entry.timing.enabled);
        let due = awake.filter_map(|entry| Some((entry.armed?.due, &entry.job)));
        due.min().map(|(due, job)| (job.clone(), due))
    }

    /// Returns the jobs whose time is about to come, each offered once.
    pub fn offer(&mut self, now: Timestamp) -> Vec<Uuid> {
        if self.draining {
            return Vec::new();
        }
        let offered = self.entries.iter_mut().filter_map(|(id, entry)| entry.offer(now).then_some(*id));
        offered.collect()
    }

    /// Takes up an offer. `None` where there was none, or another caller took it.
    pub fn take(&mut self, id: Uuid) -> Option<Ticket> {
        let entry = self.entries.get_mut(&id)?;
        if !matches!(entry.stage, Stage::Offered(_)) {
            return None;
        }
        self.tickets += 1;
        entry.stage = Stage::Waiting(self.tickets);
        Some(Ticket { id, number: self.tickets })
    }

    /// Returns the claim holder's next step.
    pub fn wait(&mut self, ticket: Ticket, now: Timestamp) -> Wait {
        let (draining, id) = (self.draining, self.id_now(ticket.id));
        let Some(entry) = self.entries.get_mut(&id) else { return Wait::Gone };
        let (true, Some(armed)) = (entry.stage == Stage::Waiting(ticket.number), entry.armed) else {
            return Wait::Gone;
        };
        let left = armed.begins.since(now);
        if draining || left > LOST {
            // The clock was stepped back: the claim comes again in its time.
            entry.stage = Stage::Idle;
            return Wait::Gone;
        }
        if !left.is_zero() {
            return Wait::Sleep(left);
        }
        let going = self.going.get(&id).copied().unwrap_or_default();
        let decision = entry.situation(armed.due, going).decide(now);
        if matches!(decision.verdict, Verdict::Begin { .. }) {
            self.going.insert(id, going + 1);
        }
        entry.stage = Stage::Deciding(ticket.number);
        Wait::Now(entry.job.clone(), entry.timing.clone(), decision)
    }

    /// Records that the due times up to `due` are dealt with. A run that did begin is going until [`Plan::ended`].
    pub fn dealt_with(&mut self, ticket: Ticket, due: Timestamp, now: Timestamp) {
        let id = self.id_now(ticket.id);
        let Some(entry) = self.entries.get_mut(&id) else { return };
        entry.highest = entry.highest.max(due);
        if entry.stage == Stage::Deciding(ticket.number) {
            entry.arm(due.min(now));
        }
    }

    /// Puts a claim off, since the journal could not be written: the same is decided anew a little later.
    pub fn put_off(&mut self, ticket: Ticket, now: Timestamp) {
        let id = self.id_now(ticket.id);
        if let Some(entry) = self.entries.get_mut(&id)
            && entry.stage == Stage::Deciding(ticket.number)
        {
            entry.stage = Stage::PutOff(now);
        }
    }

    /// Records that a run of the job goes on that no due time began.
    pub fn went_on(&mut self, job: &JobName) {
        let id = self.id_now(id(job));
        *self.going.entry(id).or_default() += 1;
    }

    /// Records that a run of the job is over, or did not begin after all.
    pub fn ended(&mut self, job: &JobName) {
        let id = self.id_now(id(job));
        if let Some(going) = self.going.get_mut(&id) {
            *going -= 1;
            if *going == 0 {
                self.going.remove(&id);
            }
        }
    }

    /// Returns the job that an id stands for now; an armed one stands for itself.
    fn id_now(&self, id: Uuid) -> Uuid {
        match self.renamed.get(&id) {
            Some(now) if !self.entries.contains_key(&id) => *now,
            _ => id,
        }
    }

    /// Offers nothing more; claims that are not decided yet are void.
    pub fn drain(&mut self) {
        self.draining = true;
    }
}

/// Returns the UUID by which the crate knows the job: it is made from the name.
fn id(job: &JobName) -> Uuid {
    Uuid::from_bytes(*Digest::of(job.as_str().as_bytes()).as_bytes())
}

impl Entry {
    fn new(arming: Arming, now: Timestamp) -> Self {
        let Arming { job, timing, dealt, highest, paused } = arming;
        let mut entry =
            Self { job, timing, paused, dealt, highest, absent_until: now, armed: None, stage: Stage::Idle };
        entry.arm(dealt.min(now));
        entry
    }

    fn change(&mut self, arming: Arming, now: Timestamp) {
        let edited = self.timing.schedules != arming.timing.schedules;
        self.timing = arming.timing;
        self.paused = arming.paused;
        match &mut self.armed {
            // A due time that has come is kept; its run is about to begin.
            Some(armed) if !edited || armed.due <= now => armed.begins = self.timing.begins(&self.job, armed.due),
            _ if matches!(self.stage, Stage::Deciding(_)) => {}
            _ => self.arm(now),
        }
    }

    fn offer(&mut self, now: Timestamp) -> bool {
        if self.dealt > now && !matches!(self.stage, Stage::Deciding(_)) {
            // The clock was stepped back. What is due again and was dealt with, the journal knows.
            self.absent_until = self.absent_until.min(now);
            self.arm(now);
        }
        let Some(armed) = self.armed else { return false };
        let for_long = |at: Timestamp, long: Duration| now.since(at).max(at.since(now)) > long;
        let offer = match self.stage {
            Stage::Idle => armed.begins <= now.plus(LEAD),
            Stage::Offered(at) => for_long(at, LOST),
            Stage::PutOff(at) => for_long(at, RETRY),
            Stage::Waiting(_) | Stage::Deciding(_) => false,
        };
        if offer {
            self.stage = Stage::Offered(now);
        }
        offer
    }

    fn arm(&mut self, dealt: Timestamp) {
        self.dealt = dealt;
        self.stage = Stage::Idle;
        self.armed = self
            .timing
            .schedules
            .next_after(dealt)
            .map(|due| Armed { due, begins: self.timing.begins(&self.job, due) });
    }

    fn situation(&self, first: Timestamp, going: u32) -> Situation<'_> {
        Situation {
            job: &self.job,
            timing: &self.timing,
            paused: self.paused,
            going,
            first,
            absent_until: self.absent_until,
            highest: self.highest,
        }
    }
}

#[cfg(test)]
mod tests;
