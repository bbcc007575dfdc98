//! A due time has one run, or one row in the skip ledger, and never both.

use std::time::Duration;

use roomkeeper::clock::Timestamp;
use roomkeeper::journal::{JournalError, NewRun, Skip};
use roomkeeper::model::{SkipReason, Trigger};

use crate::fixture::{Fixture, Make, new_run, now};

fn due_run(fixture: &Fixture, due: Timestamp, started: Timestamp) -> NewRun {
    NewRun { trigger: Trigger::Schedule, due: Some(due), started, ..new_run(fixture.job) }
}

fn missed(due: Timestamp) -> Skip {
    Skip { due, reason: SkipReason::Missed, detail: "roomkeeper was not running".to_owned() }
}

pub(crate) async fn a_due_time_that_ran_neither_runs_again_nor_enters_the_ledger(make: Make) {
    let fixture = Fixture::new(make).await;
    fixture.store.begin(due_run(&fixture, now(), now())).await.unwrap();
    let again = fixture.store.begin(due_run(&fixture, now(), now())).await;
    assert!(matches!(again, Err(JournalError::Recorded)), "{again:?}");
    fixture.store.skip(fixture.job, vec![missed(now())], now()).await.unwrap();
    assert!(fixture.store.skips(fixture.job, 10).await.unwrap().is_empty());
}

pub(crate) async fn a_due_time_in_the_ledger_never_runs_and_keeps_its_first_reason(make: Make) {
    let fixture = Fixture::new(make).await;
    let [first, second] = [now(), now().plus(Duration::from_secs(60))];
    fixture.store.skip(fixture.job, vec![missed(first), missed(second)], second).await.unwrap();
    let paused = Skip { reason: SkipReason::Paused, ..missed(second) };
    fixture.store.skip(fixture.job, vec![paused], second.plus(Duration::from_secs(1))).await.unwrap();
    let run = fixture.store.begin(due_run(&fixture, first, second)).await;
    assert!(matches!(run, Err(JournalError::Recorded)), "{run:?}");
    let told: Vec<_> = fixture
        .store
        .skips(fixture.job, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|view| (view.skip.due, view.skip.reason))
        .collect();
    assert_eq!(told, [(second, SkipReason::Missed), (first, SkipReason::Missed)]);
    assert_eq!(fixture.store.watch_of(fixture.job).await.unwrap().last_due, Some(second));
}

pub(crate) async fn a_clock_that_was_once_in_2036_silences_nothing(make: Make) {
    let fixture = Fixture::new(make).await;
    let later = Timestamp::from_rfc3339("2036-01-01T00:00:00Z").unwrap();
    fixture.store.skip(fixture.job, vec![missed(now())], later).await.unwrap();
    assert!(!fixture.store.is_recorded(fixture.job, now(), now()).await.unwrap());
    fixture.store.begin(due_run(&fixture, now(), now())).await.unwrap();
    assert!(fixture.store.is_recorded(fixture.job, now(), now()).await.unwrap());
    assert!(fixture.store.skips(fixture.job, 10).await.unwrap().is_empty());
    assert_eq!(fixture.store.watch_of(fixture.job).await.unwrap().last_due, Some(now()));
}

pub(crate) async fn a_pause_outlives_a_restart_and_what_was_due_in_it_is_dealt_with(make: Make) {
    let fixture = Fixture::new(make).await;
    fixture.store.watch(fixture.job, "30 2 * * *".to_owned(), now()).await.unwrap();
    assert!(!fixture.store.pause(fixture.job, now()).await.unwrap());
    let fixture = fixture.restart().await;
    let later = now().plus(Duration::from_secs(86_400));
    assert!(fixture.store.pause(fixture.job, later).await.unwrap());
    let watch = fixture.store.watch_of(fixture.job).await.unwrap();
    assert_eq!((watch.paused, watch.schedule.as_deref()), (Some(now()), Some("30 2 * * *")));
    fixture.store.unpause(fixture.job, later).await.unwrap();
    let watch = fixture.store.watch_of(fixture.job).await.unwrap();
    assert_eq!((watch.paused, watch.last_due), (None, Some(later)));
}
