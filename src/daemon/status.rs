//! The line that `systemctl status` shows: what is running, and what is next.

use std::time::Duration;

use tokio::sync::watch;

use super::schedules::Schedules;
use super::systemd;
use crate::engine::Phase;
use crate::host::{Going, Host};

/// How often it is looked whether the line is another while something runs, and while nothing does.
const ROUND: Duration = Duration::from_secs(2);
const IDLE_ROUND: Duration = Duration::from_mins(1);
/// Runs that are named one by one.
const NAMED: usize = 3;

/// Keeps systemd's line up to date.
pub(super) async fn tell(host: &Host, schedules: &Schedules, mut changed: watch::Receiver<()>) {
    let mut told = String::new();
    loop {
        let line = line(host, schedules);
        if line != told {
            systemd::status(&line);
            told = line;
        }
        let round = if host.under_way().is_empty() { IDLE_ROUND } else { ROUND };
        tokio::select! {
            () = host.under_way_changed() => {}
            // The configuration, or a pause; its sender lives as long as the daemon.
            _ = changed.changed() => {}
            () = tokio::time::sleep(round) => {}
        }
    }
}

fn line(host: &Host, schedules: &Schedules) -> String {
    let going = host.under_way();
    let mut words: Vec<_> = going.iter().take(NAMED).map(of_run).collect();
    if going.len() > NAMED {
        words.push(format!("and {} more", going.len() - NAMED));
    }
    if words.is_empty() {
        words.push("nothing is running".to_owned());
    }
    if let Some((job, due)) = schedules.first() {
        let zone = host.config().jobs.get(&job).map(|job| job.timezone.clone());
        let at = zone.map_or_else(|| due.to_string(), |zone| zone.minute(due));
        words.push(format!("next is {job} at {at}"));
    }
    words.join("; ")
}

fn of_run(going: &Going) -> String {
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
    use crate::model::{RunId, Status};

    #[test]
    fn a_run_that_waits_says_for_what() {
        let mut progress = Progress { total: 120, ..Progress::default() };
        progress.counts.add(Status::Created, 7);
        progress.phase = Phase::Sending;
        let mut going = Going { run: RunId::generate(), job: "timetable".parse().unwrap(), progress };
        assert_eq!(of_run(&going), "timetable: 7 of 120 done");
        let until = crate::clock::Timestamp::from_millis(0);
        going.progress.phase = Phase::Waiting { why: "the server cannot be reached".to_owned(), until };
        assert_eq!(of_run(&going), "timetable waits: the server cannot be reached");
    }
}
