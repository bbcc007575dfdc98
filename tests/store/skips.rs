//! A due time has one run, or one row in the skip ledger, and never both.

use std::time::Duration;

use roomkeeper::clock::Timestamp;
use roomkeeper::journal::{JournalError, NewRun, Skip};
use roomkeeper::model::{SkipReason, Trigger};

use crate::bench::{Bench, Make, new_run, now};

fn due_run(bench: &Bench, due: Timestamp, started: Timestamp) -> NewRun {
    NewRun { trigger: Trigger::Schedule, due: Some(due), started, ..new_run(bench.job) }
}

fn missed(due: Timestamp) -> Skip {
    Skip { due, reason: SkipReason::Missed, detail: "roomkeeper was not running".to_owned() }
}

pub(crate) async fn a_due_time_that_ran_neither_runs_again_nor_enters_the_ledger(make: Make) {
    let bench = Bench::new(make).await;
    bench.store.begin(due_run(&bench, now(), now())).await.unwrap();
    let again = bench.store.begin(due_run(&bench, now(), now())).await;
    assert!(matches!(again, Err(JournalError::Recorded)), "{again:?}");
    bench.store.skip(bench.job, vec![missed(now())], now()).await.unwrap();
    assert!(bench.store.skips(bench.job, 10).await.unwrap().is_empty());
}

pub(crate) async fn a_due_time_in_the_ledger_never_runs_and_keeps_its_first_reason(make: Make) {
    let bench = Bench::new(make).await;
    let [first, second] = [now(), now().plus(Duration::from_secs(60))];
    bench.store.skip(bench.job, vec![missed(first), missed(second)], second).await.unwrap();
    let paused = Skip { reason: SkipReason::Paused, ..missed(second) };
    bench.store.skip(bench.job, vec![paused], second.plus(Duration::from_secs(1))).await.unwrap();
    let run = bench.store.begin(due_run(&bench, first, second)).await;
    assert!(matches!(run, Err(JournalError::Recorded)), "{run:?}");
    let told: Vec<_> = bench
        .store
        .skips(bench.job, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|view| (view.skip.due, view.skip.reason))
        .collect();
    assert_eq!(told, [(second, SkipReason::Missed), (first, SkipReason::Missed)]);
    assert_eq!(bench.store.watch_of(bench.job).await.unwrap().last_due, Some(second));
}

pub(crate) async fn a_clock_that_was_once_in_2036_silences_nothing(make: Make) {
    let bench = Bench::new(make).await;
    let later = Timestamp::from_rfc3339("2036-01-01T00:00:00Z").unwrap();
    bench.store.skip(bench.job, vec![missed(now())], later).await.unwrap();
    assert!(!bench.store.is_recorded(bench.job, now(), now()).await.unwrap());
    bench.store.begin(due_run(&bench, now(), now())).await.unwrap();
    assert!(bench.store.is_recorded(bench.job, now(), now()).await.unwrap());
    assert!(bench.store.skips(bench.job, 10).await.unwrap().is_empty());
    assert_eq!(bench.store.watch_of(bench.job).await.unwrap().last_due, Some(now()));
}

pub(crate) async fn a_pause_outlives_a_restart_and_what_was_due_in_it_is_dealt_with(make: Make) {
    let bench = Bench::new(make).await;
    bench.store.watch(bench.job, "30 2 * * *".to_owned(), now()).await.unwrap();
    assert!(!bench.store.pause(bench.job, now()).await.unwrap());
    let bench = bench.restart().await;
    let later = now().plus(Duration::from_secs(86_400));
    assert!(bench.store.pause(bench.job, later).await.unwrap());
    let watch = bench.store.watch_of(bench.job).await.unwrap();
    assert_eq!((watch.paused, watch.schedule.as_deref()), (Some(now()), Some("30 2 * * *")));
    bench.store.unpause(bench.job, later).await.unwrap();
    let watch = bench.store.watch_of(bench.job).await.unwrap();
    assert_eq!((watch.paused, watch.last_due), (None, Some(later)));
}
