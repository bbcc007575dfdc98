//! Tells why a job did not run: from the troubles that stand and the skip ledger.

use serde::{Deserialize, Serialize};

use super::Sources;
use super::list::TroubleTold;
use crate::clock::{Timestamp, Zone};
use crate::control::refusal::Refusal;
use crate::jobs::{self, ServerHabit};
use crate::journal::{JournalError, Readings};
use crate::model::{JobName, RunId, SkipReason};

/// The things that keep, or kept, a job from its work.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Standing {
    /// The job.
    pub job: JobName,
    /// Its zone.
    pub timezone: Zone,
    /// True when it is configured, and does not run by itself.
    pub disabled: bool,
    /// Since when it is paused.
    pub paused: Option<Timestamp>,
    /// The machines that run it; none: every machine.
    #[serde(default)]
    pub nodes: Vec<String>,
    /// True when this machine is none of them.
    #[serde(default)]
    pub elsewhere: bool,
    /// The troubles that concern it.
    pub troubles: Vec<TroubleTold>,
    /// Its unfinished runs that another machine began, and that were taken up here.
    #[serde(default)]
    pub moved: Vec<RunId>,
    /// Ways of its own in which its server was seen to act.
    pub habits: Vec<HabitTold>,
    /// The due times that were skipped, the latest first.
    pub skips: Vec<SkipTold>,
}

/// A way of its own in which a server was seen to act.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HabitTold {
    /// Its name.
    pub habit: String,
    /// The server.
    pub server: String,
    /// The habit in words.
    pub words: String,
    /// The time when that was seen last.
    pub seen: Timestamp,
}

/// A due time that did not become a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkipTold {
    /// The due time.
    pub due: Timestamp,
    /// The reason.
    pub reason: SkipReason,
    /// The reason, in words.
    pub detail: String,
}

impl Sources {
    pub(super) async fn why(&self, job: JobName, most: u32) -> Result<Standing, Refusal> {
        let configured = self.config.jobs.get(&job);
        let journaled = match self.journal() {
            Some(journal) => self.journaled(journal, &job).await?.map(|(key, _)| key),
            None => None,
        };
        if configured.is_none() && journaled.is_none() {
            return Err(Refusal::usage(format!("there is no job {job}, and there was none")));
        }
        let (skips, paused) = match (self.journal(), journaled) {
            (Some(journal), Some(key)) => (journal.skips(key, most).await?, journal.watch_of(key).await?.paused),
            _ => (Vec::new(), None),
        };
        let moved = match (self.journal(), journaled) {
            (Some(journal), Some(key)) => {
                let unfinished = journal.unfinished().await?.into_iter();
                unfinished.filter(|run| run.job == key && run.moved).map(|run| run.id).collect()
            }
            _ => Vec::new(),
        };
        let habit = configured.and_then(|job| jobs::kind(job.kind()).habit());
        let told = |skip: crate::journal::Skip| SkipTold { due: skip.due, reason: skip.reason, detail: skip.detail };
        Ok(Standing {
            timezone: configured.map_or(&self.config.timezone, |job| &job.timezone).clone(),
            disabled: configured.is_some_and(|job| !job.enabled),
            paused,
            nodes: configured.map(|job| job.nodes.clone()).unwrap_or_default(),
            elsewhere: configured.is_some_and(|job| !job.runs_on(self.config.state.node())),
            moved,
            troubles: TroubleTold::all(&job, journaled, &self.troubles().await?),
            habits: match self.journal().zip(habit) {
                Some((journal, habit)) => habits(journal, &habit, self.clock.now()).await?,
                None => Vec::new(),
            },
            skips: skips.into_iter().map(|view| told(view.skip)).collect(),
            job,
        })
    }
}

async fn habits(journal: &dyn Readings, habit: &ServerHabit, now: Timestamp) -> Result<Vec<HabitTold>, JournalError> {
    let known = journal.habits(habit.name).await?.into_iter();
    let in_words = known.filter_map(|(server, word, seen)| {
        let words = (habit.in_words)(&word, seen, now)?.to_owned();
        Some(HabitTold { habit: habit.name.to_owned(), words, server, seen })
    });
    Ok(in_words.collect())
}
