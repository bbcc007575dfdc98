//! Tells systemd when the daemon is ready, what it does, that it lives, and that it stops. The line that `systemctl status` shows
//! names the runs under way, the troubles, and the next run.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::sync::watch;

use super::schedules::Schedules;
use crate::clock::{Timestamp, Zone};
use crate::engine::Phase;
use crate::failpoint;
use crate::journal::{Journal, JournalError, OutboxState};
use crate::model::{RunId, TroubleKind};
use crate::runtime::{ActiveRun, Runtime};

/// The time for which the ticker or the journal's thread may be silent before it counts as stuck.
const SILENCE_TIMEOUT: Duration = Duration::from_secs(30);
/// The intervals at which the line is compared while something runs, and while nothing does.
const ROUND: Duration = Duration::from_secs(2);
const IDLE_ROUND: Duration = Duration::from_mins(1);
/// Rounds after a change in which it is looked as often as while something runs: a mail's fate is known a little later.
const LIVELY: u32 = 5;
/// Microseconds by which a start may take longer each time it is said that it waits.
const WAITING: u32 = 30_000_000;
/// Bytes of room below which the disk counts as full.
const FULL: u64 = 1 << 20;
/// Runs that are named one by one.
const NAMED: usize = 3;

/// Tells systemd that the journal is open, the jobs are armed, and the drop folders are watched.
pub(super) fn ready() {
    tell(&[NotifyState::Ready]);
}

/// Tells systemd that nothing new is begun any more.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping, NotifyState::Status("stopping: what is under way finishes")]);
}

/// Tells systemd that all is over, though perhaps not in order.
pub(super) fn stopped(in_order: bool) {
    status(if in_order {
        "stopped"
    } else {
        "stopped before everything was answered; the next start finds out what became of it"
    });
}

/// Tells systemd that the configuration is being read anew; [`ready`] ends that.
pub(super) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(now) => tell(&[NotifyState::Reloading, now]),
        Err(_) => tell(&[NotifyState::Reloading]),
    }
}

/// Tells systemd that the daemon waits for something without which it cannot start, and is not stuck.
pub(super) fn waiting(why: &str) {
    tell(&[NotifyState::Status(why), NotifyState::ExtendTimeoutUsec(WAITING), NotifyState::Watchdog]);
}

/// Tells systemd what the daemon does, in a line.
pub(super) fn status(text: &str) {
    tell(&[NotifyState::Status(text)]);
}

/// Feeds the watchdog, if there is one, as long as the schedules' ticker asks and the journal's thread answers. An error is an
/// answer: a full disk must not restart the service again and again.
pub(super) async fn feed_watchdog(journal: &Journal, silent_for: impl Fn() -> Duration) {
    let Some(limit) = sd_notify::watchdog_enabled() else { return };
    let patience = SILENCE_TIMEOUT.min(limit / 2);
    let mut beat = tokio::time::interval(limit / 2);
    loop {
        beat.tick().await;
        let silent = silent_for();
        if silent > patience {
            tracing::error!(?silent, "the schedules' ticker does not ask any more");
            continue;
        }
        match tokio::time::timeout(patience, journal.ping()).await {
            Ok(Err(JournalError::Closed)) => return,
            Ok(Ok(()) | Err(_)) => tell(&[NotifyState::Watchdog]),
            Err(_) => tracing::error!("the journal's thread does not answer"),
        }
    }
}

fn tell(state: &[NotifyState<'_>]) {
    // Without systemd there is no receiver, and that is no failure.
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "systemd could not be told");
    }
}

/// Keeps systemd's line up to date.
pub(super) async fn keep_status(runtime: &Runtime, schedules: &Schedules, mut changed: watch::Receiver<()>) {
    let (mut told, mut rounds) = (String::new(), 0_u32);
    loop {
        let line = line(runtime, schedules, &standing(runtime).await);
        if line != told {
            status(&line);
            (told, rounds) = (line, 0);
        }
        let is_quiet = runtime.runs.under_way().is_empty() && rounds >= LIVELY;
        rounds = rounds.saturating_add(1);
        tokio::select! {
            () = runtime.runs.under_way_changed() => rounds = 0,
            // The configuration, or a pause; its sender lives as long as the daemon.
            _ = changed.changed() => rounds = 0,
            () = tokio::time::sleep(if is_quiet { IDLE_ROUND } else { ROUND }) => {}
        }
    }
}

/// Troubles that stand, and are to be looked after.
#[derive(Debug, Default)]
struct Standing {
    is_full: bool,
    /// Runs that have begun and are not over, in whatever process.
    unfinished: Vec<RunId>,
    outbox: OutboxState,
    troubles: BTreeMap<TroubleKind, usize>,
}

/// Looks for it. What cannot be read now is left out: the log tells of a journal that does not answer.
async fn standing(runtime: &Runtime) -> Standing {
    let mut standing = read(runtime.journal()).await.unwrap_or_else(|error| {
        tracing::debug!(%error, "the standing troubles could not be read for STATUS");
        Standing::default()
    });
    standing.is_full = is_full(runtime.journal().workspace().directory());
    standing
}

async fn read(journal: &Journal) -> Result<Standing, JournalError> {
    let mut troubles = BTreeMap::new();
    for trouble in journal.troubles().await? {
        *troubles.entry(trouble.seen.kind).or_default() += 1;
    }
    let unfinished = journal.unfinished().await?.into_iter().map(|run| run.id).collect();
    Ok(Standing { unfinished, outbox: journal.outbox().await?, troubles, is_full: false })
}

/// Tells whether there is no room left for the journal.
fn is_full(directory: &Path) -> bool {
    failpoint::is_on("status.full")
        || rustix::fs::statvfs(directory).is_ok_and(|found| found.f_bavail.saturating_mul(found.f_frsize) < FULL)
}

impl Standing {
    /// Lists the faults, worst first; nothing where all is well.
    fn words(&self, going: &[ActiveRun]) -> Vec<String> {
        let mut words = Vec::new();
        if self.is_full {
            words.push("the disk is full".to_owned());
        }
        let left = self.unfinished.iter().filter(|run| going.iter().all(|going| going.run != **run)).count();
        let mut count = |n: usize, one: &str, several: &str| match n {
            0 => {}
            1 => words.push(format!("1 {one}")),
            n => words.push(format!("{n} {several}")),
        };
        let mails = |n: u64| usize::try_from(n).unwrap_or(usize::MAX);
        count(left, "run waits to be resumed", "runs wait to be resumed");
        count(mails(self.outbox.dead), "mail was given up", "mails were given up");
        count(mails(self.outbox.waiting), "mail waits", "mails wait");
        // Mails that were given up are counted above.
        let others = self.troubles.iter().filter(|(kind, _)| !kind.is_of_the_outbox());
        words.extend(others.map(|(kind, n)| kind.words(*n)));
        words
    }
}

fn line(runtime: &Runtime, schedules: &Schedules, standing: &Standing) -> String {
    let going = runtime.runs.under_way();
    let mut words: Vec<_> = going.iter().take(NAMED).map(of_run).collect();
    if going.len() > NAMED {
        words.push(format!("and {} more", going.len() - NAMED));
    }
    if words.is_empty() {
        words.push("nothing is running".to_owned());
    }
    words.extend(standing.words(&going));
    if let Some((job, due)) = schedules.first() {
        let zone = runtime.config().jobs.get(&job).map(|job| job.timezone.clone());
        let at = zone.map_or_else(|| due.to_string(), |zone| at(&zone, due));
        words.push(format!("next is {job} at {at}"));
    }
    words.join("; ")
}

/// Formats a time with its zone, since its reader may be in another.
fn at(zone: &Zone, due: Timestamp) -> String {
    format!("{} ({})", zone.minute(due), zone.name())
}

fn of_run(going: &ActiveRun) -> String {
    let (job, progress) = (&going.job, &going.progress);
    let (done, total) = (progress.done_count(), progress.total);
    match &progress.phase {
        Phase::Planning => format!("{job} begins"),
        Phase::Waiting { why, .. } => format!("{job} waits: {why}"),
        Phase::Finishing => format!("{job} writes its results"),
        Phase::Sending => format!("{job}: {done} of {total} done"),
        Phase::Stopping => format!("{job} stops: {done} of {total} done"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Progress;
    use crate::model::Status;

    #[test]
    fn what_stands_is_told_worst_first_and_a_run_under_way_does_not_wait() {
        let (mine, left) = (RunId::generate(), RunId::generate());
        let going = [ActiveRun { run: mine, job: "timetable".parse().unwrap(), progress: Progress::default() }];
        let standing = Standing {
            is_full: true,
            unfinished: vec![mine, left],
            outbox: OutboxState { waiting: 2, dead: 1 },
            troubles: BTreeMap::from([
                (TroubleKind::FileNotMovable, 3),
                (TroubleKind::Clock, 1),
                (TroubleKind::MailGivenUp, 1),
            ]),
        };
        assert_eq!(
            standing.words(&going),
            [
                "the disk is full",
                "1 run waits to be resumed",
                "1 mail was given up",
                "2 mails wait",
                "3 files cannot be moved",
                "the clock is not trusted"
            ]
        );
        assert!(Standing::default().words(&going).is_empty());
    }

    #[test]
    fn a_time_has_its_zone() {
        let due = Timestamp::from_rfc3339("2026-11-23T23:30:00Z").unwrap();
        assert_eq!(at(&Zone::named("Europe/Berlin").unwrap(), due), "2026-11-24 00:30 (Europe/Berlin)");
    }

    #[test]
    fn a_run_that_waits_says_for_what() {
        let mut progress = Progress { total: 120, ..Progress::default() };
        progress.counts.add(Status::Created, 7);
        progress.phase = Phase::Sending;
        let mut going = ActiveRun { run: RunId::generate(), job: "timetable".parse().unwrap(), progress };
        assert_eq!(of_run(&going), "timetable: 7 of 120 done");
        let until = Timestamp::from_millis(0);
        going.progress.phase = Phase::Waiting { why: "the server cannot be reached".to_owned(), until };
        assert_eq!(of_run(&going), "timetable waits: the server cannot be reached");
    }
}
