//! Looks after the journal once a night: late files are written, the journal is checked, and records that are older
//! than they are to be kept are forgotten.

use std::time::Duration;

use tokio::time::Instant;

use crate::clock::Timestamp;
use crate::config::Schedule;
use crate::journal::Pruning;
use crate::runtime::Runtime;

/// The time of the nightly work, in the configuration's time zone: jobs of the night are over by then, and the
/// morning's have not begun.
const NIGHTLY: &str = "30 4 * * *";
/// The longest sleep, for the clock may be stepped, and the machine suspended.
const STEP: Duration = Duration::from_secs(10);
/// The interval at which the readings of the clocks are kept.
const KEEP: Duration = Duration::from_mins(10);

/// Looks after the journal every night, until the program stops.
pub(super) async fn every_night(runtime: &Runtime) {
    let nights = async {
        let mut after = runtime.clock().now();
        loop {
            // The zone may be another one by now.
            let nightly = Schedule::parse(NIGHTLY, &runtime.config().timezone);
            let Some(due) = nightly.ok().and_then(|nightly| nightly.next_after(after)) else {
                return tracing::error!("the journal is not looked after at night any more: there is no next one");
            };
            sleep_until(runtime, due).await;
            after = runtime.clock().now();
            look_after(runtime).await;
        }
    };
    tokio::select! {
        () = runtime.stop().cancelled() => {}
        () = nights => {}
    }
}

async fn sleep_until(runtime: &Runtime, due: Timestamp) {
    let mut kept = Instant::now();
    loop {
        let left = due.since(runtime.clock().now());
        if left.is_zero() {
            return;
        }
        tokio::time::sleep(left.min(STEP)).await;
        let mut seen = runtime.upkeep.look_at_clock().await;
        if kept.elapsed() >= KEEP {
            kept = Instant::now();
            seen = seen.and(runtime.upkeep.keep_time().await);
        }
        if let Err(error) = seen {
            tracing::warn!(%error, "the clocks' readings could not be journaled");
        }
    }
}

async fn look_after(runtime: &Runtime) {
    if let Err(error) = runtime.upkeep.write_late_files().await {
        tracing::warn!(%error, "files that wait could not be looked for");
    }
    match runtime.journal().looks_after_journal().await {
        Ok(true) => {}
        Ok(false) => return tracing::debug!("another machine looks after the journal this night"),
        Err(error) => {
            return tracing::warn!(%error, "it cannot be told which machine looks after the journal this night");
        }
    }
    match runtime.upkeep.check_journal().await {
        Ok(findings) => {
            for violation in &findings.violations {
                tracing::error!(law = ?violation.law, problem = %violation.problem, "the journal is not sound");
            }
            if findings.is_damaged() {
                return tracing::error!(
                    "the journal is damaged. Stop roomkeeper, put journal.db aside, and restore a backup; `roomkeeper journal check` tells more"
                );
            }
        }
        Err(error) => return tracing::error!(%error, "the journal could not be checked"),
    }
    match runtime.upkeep.prune().await {
        Ok(Pruning::Doubted(_)) => {
            tracing::warn!("the clock is ahead of all that was lived through: nothing is forgotten this night");
        }
        Ok(Pruning::Done(pruned)) => tracing::info!(
            runs = pruned.runs,
            items = pruned.items,
            identities = pruned.identities,
            skips = pruned.skips,
            "what was older than [state] keep is forgotten"
        ),
        Err(error) => tracing::warn!(%error, "records older than [state] keep could not all be forgotten"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;
    use crate::clock::{Clock, Uptime};
    use crate::config::{self, Environment};
    use crate::engine::OnTrouble;
    use crate::journal::{Ending, HistoryFilter, NewRun};
    use crate::model::{Counts, JobKind, Outcome, RunId, Trigger};

    const DAY: Duration = Duration::from_hours(24);

    /// Follows tokio's clock from four o'clock in the morning on, and can be stepped.
    #[derive(Debug)]
    struct Clocked {
        since: Instant,
        stepped_days: AtomicU64,
    }

    impl Clock for Clocked {
        fn now(&self) -> Timestamp {
            let four = Timestamp::from_rfc3339("2027-02-01T04:00:00Z").unwrap();
            let stepped = u32::try_from(self.stepped_days.load(Ordering::SeqCst)).unwrap();
            four.plus(self.since.elapsed() + DAY * stepped)
        }

        fn uptime(&self) -> Uptime {
            Uptime { boot: [1; 16], since: self.since.elapsed() }
        }
    }

    /// Returns a runtime whose journal has two runs of a job, of 500 days ago; the older may go.
    async fn runtime(folder: &std::path::Path, clock: &Arc<Clocked>) -> Runtime {
        use std::os::unix::fs::PermissionsExt;
        let (path, key) = (folder.join("config.toml"), folder.join("key"));
        std::fs::write(&key, "the key").unwrap();
        std::fs::set_permissions(&key, PermissionsExt::from_mode(0o600)).unwrap();
        let text = "[api]\nbase_url = \"http://127.0.0.1:9/\"\napp_id = \"x\"\napp_key = { file = \"key\" }\n";
        std::fs::write(&path, text).unwrap();
        let environment = Environment::new([], clock.now());
        let config = Arc::new(config::load(&path, &environment).unwrap().config);
        let time = Arc::clone(clock) as Arc<dyn Clock>;
        let runtime = Runtime::open(config, &environment, time, "a test", OnTrouble::Wait).await.unwrap();
        let started = runtime.clock().now().minus(500 * DAY);
        let job = runtime.journal().job(&"x".parse().unwrap(), JobKind::SCHEDULE_MEETINGS, None).await.unwrap();
        for _ in 0..2 {
            let new = NewRun {
                id: RunId::generate(),
                job,
                trigger: Trigger::Manual,
                due: None,
                started,
                retry_of: None,
                input: "{}".to_owned(),
                claim: None,
            };
            let run = runtime.journal().begin(new).await.unwrap();
            let (outcome, counts) = (Outcome::Succeeded, Counts::default());
            let ending = Ending { outcome, error: None, counts, at: started, remarks: Vec::new(), letters: Vec::new() };
            runtime.journal().end(run, ending).await.unwrap();
        }
        runtime
    }

    async fn runs(runtime: &Runtime) -> usize {
        let all = HistoryFilter { limit: 9, ..HistoryFilter::default() };
        runtime.journal().history(all).await.unwrap().len()
    }

    fn clock() -> Arc<Clocked> {
        Arc::new(Clocked { since: Instant::now(), stepped_days: AtomicU64::new(0) })
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_old_goes_in_the_night_and_not_before() {
        let folder = tempfile::tempdir().unwrap();
        let clock = clock();
        let runtime = runtime(folder.path(), &clock).await;
        let begun = clock.since;
        let looking_on = async {
            tokio::time::sleep_until(begun + Duration::from_mins(29)).await;
            assert_eq!(runs(&runtime).await, 2);
            // Time leaps while a thread is at work, so that nothing can be said of how late it is then.
            let mut looks = 0;
            while runs(&runtime).await > 1 && looks < 10_000 {
                tokio::time::sleep(Duration::from_mins(1)).await;
                looks += 1;
            }
            runtime.stop().cancel();
            assert_eq!(runs(&runtime).await, 1);
        };
        tokio::join!(every_night(&runtime), looking_on);
        assert!(begun.elapsed() >= Duration::from_mins(30));
    }

    #[tokio::test(start_paused = true)]
    async fn a_clock_that_leaps_makes_nothing_old_that_night() {
        let folder = tempfile::tempdir().unwrap();
        let clock = clock();
        let runtime = runtime(folder.path(), &clock).await;
        let looking_on = async {
            tokio::time::sleep_until(clock.since + Duration::from_mins(15)).await;
            clock.stepped_days.store(3000, Ordering::SeqCst);
            tokio::time::sleep_until(clock.since + Duration::from_hours(2)).await;
            assert_eq!(runs(&runtime).await, 2);
            runtime.stop().cancel();
        };
        tokio::join!(every_night(&runtime), looking_on);
    }
}
