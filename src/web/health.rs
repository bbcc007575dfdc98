//! Says whether the work goes on, for a prober that restarts the service or calls a person.

use std::time::Duration;

use serde::Serialize;
use tokio::sync::Mutex;
use tokio::time::Instant;

use crate::clock::Timestamp;
use crate::journal::{Journal, JournalError};

/// The time for which the ticker or the journal's thread may be silent before it counts as stuck.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(30);
/// The time for which the answer of a prober is waited for.
const PATIENCE: Duration = Duration::from_secs(5);
/// The time for which a due time may be late.
const OVERDUE: Duration = Duration::from_mins(1);
/// The time for which a trial of the journal counts: each is a commit.
const TRIAL_HOLDS: Duration = Duration::from_secs(5);

/// The daemon's schedules, as far as their health is told.
pub trait Heart: Send + Sync {
    /// Returns for how long the ticker has not asked for due jobs.
    fn silent_for(&self) -> Duration;

    /// Returns the due time that comes first and has not been dealt with.
    fn first_due(&self) -> Option<Timestamp>;
}

/// The health of the process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Health {
    healthy: bool,
    why: Vec<String>,
}

impl Health {
    fn of(why: Vec<String>) -> Self {
        Self { healthy: why.is_empty(), why }
    }

    pub(super) fn is_good(&self) -> bool {
        self.healthy
    }
}

/// The last trial of the journal.
#[derive(Default)]
pub(super) struct Trials {
    last: Mutex<Option<(Instant, Result<(), String>)>>,
}

impl Trials {
    /// Tries to write the journal, unless that was tried just now.
    pub(super) async fn journal(&self, journal: &Journal) -> Result<(), String> {
        let mut last = self.last.lock().await;
        if let Some((at, tried)) = &*last
            && at.elapsed() < TRIAL_HOLDS
        {
            return tried.clone();
        }
        let tried = match tokio::time::timeout(PATIENCE, journal.prove_writable()).await {
            Ok(tried) => tried.map_err(|error| in_words(&error)),
            Err(_) => Err("the journal's thread does not answer".to_owned()),
        };
        *last = Some((Instant::now(), tried.clone()));
        tried
    }
}

/// Returns words without a path: a prober shows no token.
fn in_words(error: &JournalError) -> String {
    match error {
        JournalError::Full => "the journal cannot be written: the disk is full".to_owned(),
        JournalError::Closed => "the journal is closed: roomkeeper is stopping".to_owned(),
        _ => "the journal cannot be written; the log says why".to_owned(),
    }
}

/// Looks at everything.
pub(super) async fn look(journal: &Journal, trials: &Trials, heart: Option<&dyn Heart>, now: Timestamp) -> Health {
    let mut why: Vec<String> = trials.journal(journal).await.err().into_iter().collect();
    match heart {
        None => why.push("no daemon runs: a command holds the lock for now, and no schedule ticks".to_owned()),
        Some(heart) => {
            if heart.silent_for() > SILENCE_TIMEOUT {
                let seconds = heart.silent_for().as_secs();
                why.push(format!("the schedules have not ticked for {seconds} s"));
            }
            let late = heart.first_due().map(|due| now.since(due)).filter(|late| *late > OVERDUE);
            if let Some(late) = late {
                why.push(format!("a run has been due for {} s, and has not begun", late.as_secs()));
            }
        }
    }
    Health::of(why)
}

/// Tells whether questions are answered.
pub(super) async fn readiness(journal: &Journal, is_stopping: bool) -> Health {
    if is_stopping {
        return Health::of(vec!["roomkeeper is stopping".to_owned()]);
    }
    match tokio::time::timeout(PATIENCE, journal.outbox()).await {
        Ok(Ok(_)) => Health::of(Vec::new()),
        Ok(Err(_)) => Health::of(vec!["the journal cannot be read; the log says why".to_owned()]),
        Err(_) => Health::of(vec!["the journal does not answer".to_owned()]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::Workspace;

    /// A heart that beat so long ago, and whose first due time is this.
    struct Beat(Duration, Option<Timestamp>);

    impl Heart for Beat {
        fn silent_for(&self) -> Duration {
            self.0
        }

        fn first_due(&self) -> Option<Timestamp> {
            self.1
        }
    }

    #[tokio::test]
    async fn what_is_wrong_is_told_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(Workspace::at(folder.path()).lock("a test").unwrap()).unwrap();
        let now = Timestamp::from_seconds(1_700_000_000);
        let told = async |heart: Option<Beat>| {
            let heart = heart.as_ref().map(|heart| heart as &dyn Heart);
            look(&journal, &Trials::default(), heart, now).await.why.join("; ")
        };
        let lively = Duration::from_millis(500);
        assert_eq!(told(Some(Beat(lively, None))).await, "");
        assert_eq!(told(Some(Beat(lively, Some(now.minus(Duration::from_secs(59)))))).await, "");
        let late = told(Some(Beat(lively, Some(now.minus(Duration::from_secs(75)))))).await;
        assert_eq!(late, "a run has been due for 75 s, and has not begun");
        let stuck = told(Some(Beat(Duration::from_secs(31), None))).await;
        assert_eq!(stuck, "the schedules have not ticked for 31 s");
        assert!(told(None).await.starts_with("no daemon runs"));
        assert!(readiness(&journal, false).await.is_good() && !readiness(&journal, true).await.is_good());
        journal.close().await;
        let closed = told(Some(Beat(lively, None))).await;
        assert_eq!(closed, "the journal is closed: roomkeeper is stopping");
        assert!(!readiness(&journal, false).await.is_good());
    }

    #[tokio::test]
    async fn a_trial_of_the_journal_counts_for_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(Workspace::at(folder.path()).lock("a test").unwrap()).unwrap();
        let trials = Trials::default();
        assert_eq!(trials.journal(&journal).await, Ok(()));
        journal.close().await;
        assert_eq!(trials.journal(&journal).await, Ok(()), "it was tried just now");
        *trials.last.lock().await = Some((Instant::now().checked_sub(TRIAL_HOLDS).unwrap(), Ok(())));
        assert!(trials.journal(&journal).await.is_err());
    }
}
