//! A due time has one run, or one row in the skip ledger, and never both.

use std::time::Duration;

use roomkeeper::clock::Timestamp;
use roomkeeper::journal::{JournalError, NewRun, Skip};
use roomkeeper::model::{SkipReason, Trigger};

use crate::bench::{Bench, new_run, now};

fn due_run(bench: &Bench, due: Timestamp, started: Timestamp) -> NewRun {
    NewRun { trigger: Trigger::Schedule, due: Some(due), started, ..new_run(bench.job) }
}

fn missed(due: Timestamp) -> Skip {
    Skip { due, reason: SkipReason::Missed, detail: "roomkeeper was not running".to_owned() }
}

#[tokio::test]
async fn a_due_time_that_ran_neither_runs_again_nor_enters_the_ledger() {
    let bench = Bench::new().await;
    bench.journal.begin(due_run(&bench, now(), now())).await.unwrap();
    let again = bench.journal.begin(due_run(&bench, now(), now())).await;
    assert!(matches!(again, Err(JournalError::Recorded)), "{again:?}");
    bench.journal.skip(bench.job, vec![missed(now())], now()).await.unwrap();
    assert!(bench.reader().skips(bench.job, 10).unwrap().is_empty());
}

#[tokio::test]
async fn a_due_time_in_the_ledger_never_runs_and_keeps_its_first_reason() {
    let bench = Bench::new().await;
    let [first, second] = [now(), now().plus(Duration::from_secs(60))];
    bench.journal.skip(bench.job, vec![missed(first), missed(second)], second).await.unwrap();
    let paused = Skip { reason: SkipReason::Paused, ..missed(second) };
    bench.journal.skip(bench.job, vec![paused], second.plus(Duration::from_secs(1))).await.unwrap();
    let run = bench.journal.begin(due_run(&bench, first, second)).await;
    assert!(matches!(run, Err(JournalError::Recorded)), "{run:?}");
    let reader = bench.reader();
    let told: Vec<_> =
        reader.skips(bench.job, 10).unwrap().into_iter().map(|view| (view.skip.due, view.skip.reason)).collect();
    assert_eq!(told, [(second, SkipReason::Missed), (first, SkipReason::Missed)]);
    assert_eq!(reader.watch(bench.job).unwrap().last_due, Some(second));
}

#[tokio::test]
async fn a_clock_that_was_once_in_2036_silences_nothing() {
    let bench = Bench::new().await;
    let later = Timestamp::from_rfc3339("2036-01-01T00:00:00Z").unwrap();
    bench.journal.skip(bench.job, vec![missed(now())], later).await.unwrap();
    assert!(!bench.reader().is_recorded(bench.job, now(), now()).unwrap());
    bench.journal.begin(due_run(&bench, now(), now())).await.unwrap();
    assert!(bench.reader().is_recorded(bench.job, now(), now()).unwrap());
    assert!(bench.reader().skips(bench.job, 10).unwrap().is_empty());
    assert_eq!(bench.reader().watch(bench.job).unwrap().last_due, Some(now()));
}

#[tokio::test]
async fn a_pause_outlives_a_restart_and_what_was_due_in_it_is_dealt_with() {
    let bench = Bench::new().await;
    bench.journal.watch(bench.job, "30 2 * * *".to_owned(), now()).await.unwrap();
    assert!(!bench.journal.pause(bench.job, now()).await.unwrap());
    let bench = bench.restart().await;
    let later = now().plus(Duration::from_secs(86_400));
    assert!(bench.journal.pause(bench.job, later).await.unwrap());
    let watch = bench.reader().watch(bench.job).unwrap();
    assert_eq!((watch.paused, watch.schedule.as_deref()), (Some(now()), Some("30 2 * * *")));
    bench.journal.unpause(bench.job, later).await.unwrap();
    let watch = bench.reader().watch(bench.job).unwrap();
    assert_eq!((watch.paused, watch.last_due), (None, Some(later)));
}
