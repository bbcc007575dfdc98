//! The rate of a server is shared in slices: where several processes have the store, one of them at a time has it.

use std::time::{Duration, Instant};

use roomkeeper::journal::{JournalError, Reserved, Server, Store};
use tempfile::tempdir;

use crate::cluster::{self, Cluster};
use crate::fixture::{Make, Place};
use crate::lost::{cluster, open};
use crate::{postgres, sqlite};

const LENGTH: Duration = Duration::from_secs(1);
const NONE: Duration = Duration::ZERO;

async fn reserve(store: &dyn Store, server: &str, from: Duration) -> Reserved {
    store.reserve(server.to_owned(), from, LENGTH).await.unwrap()
}

/// Fails unless the second slice begins that much after the first, as far as anybody can tell.
#[track_caller]
fn expect_after(first: Reserved, second: Reserved, after: Duration) {
    assert!(second.begins + first.unsure >= first.begins + after, "{first:?} {second:?}");
    assert!(second.begins <= first.begins + after + second.unsure, "{first:?} {second:?}");
}

pub(crate) async fn a_slice_of_a_rate_begins_no_sooner_than_it_is_asked_for(make: Make) {
    let place = make();
    let store = place.open();
    for (server, from) in [("one", NONE), ("another", Duration::from_secs(3)), ("a third", NONE)] {
        let before = Instant::now();
        let slice = reserve(&**store, server, from).await;
        // Nobody has anything of these: it is not later than it has to be, either.
        assert!(slice.begins >= before + from, "{server}: {slice:?}");
        assert!(slice.begins <= Instant::now() + from + slice.unsure, "{server}: {slice:?}");
    }
    store.ping().await.unwrap();
    assert!(store.check().await.unwrap().is_sound());
}

#[tokio::test]
async fn a_store_of_one_process_gives_it_all_of_the_time_and_writes_nothing() {
    let place = sqlite::place();
    let store = place.open();
    let answered = store.answered();
    for _ in 0..3 {
        let before = Instant::now();
        let slice = reserve(&**store, "one", NONE).await;
        assert!(slice.begins >= before && slice.begins <= Instant::now() && slice.unsure == NONE);
    }
    assert_eq!(store.answered(), answered);
}

async fn expect_slices_in_a_row(place: Box<dyn Place>) {
    let store = place.open();
    let first = reserve(&**store, "one", NONE).await;
    let second = reserve(&**store, "one", NONE).await;
    expect_after(first, second, LENGTH);
    let another = reserve(&**store, "another", NONE).await;
    assert!(another.begins < second.begins, "each server has its own time");
    store.close().await;
    drop(store);
    // Another process, and what the one before has not used.
    let store = place.open();
    let third = reserve(&**store, "one", NONE).await;
    expect_after(second, third, LENGTH);
    let all = (0..40).map(|_| reserve(&**store, "one", NONE));
    let mut all = futures_util::future::join_all(all).await;
    all.sort_by_key(|slice| slice.begins);
    expect_after(third, all[39], LENGTH * 40);
    let later = Duration::from_secs(50);
    let before = Instant::now();
    let late = reserve(&**store, "one", later).await;
    assert!(late.begins >= before + later && late.begins <= Instant::now() + later + late.unsure, "{late:?}");
}

#[tokio::test]
async fn slices_follow_one_another_over_all_processes() {
    if postgres::is_ready("rate::slices_follow_one_another_over_all_processes") {
        expect_slices_in_a_row(postgres::place()).await;
    }
}

#[tokio::test]
async fn slices_follow_one_another_behind_a_proxy() {
    if postgres::is_proxy_ready("rate::slices_follow_one_another_behind_a_proxy") {
        expect_slices_in_a_row(postgres::place_behind_proxy()).await;
    }
}

#[tokio::test]
async fn machines_that_reserve_side_by_side_get_each_slice_once() {
    let Some(cluster) = cluster("rate::machines_that_reserve_side_by_side_get_each_slice_once") else { return };
    let (address, folders) = (cluster.database(), [tempdir().unwrap(), tempdir().unwrap()]);
    let stores = [("a", &folders[0]), ("b", &folders[1])].map(|(node, folder)| {
        let server = Server::parse(&address).unwrap().named(node);
        open(folder, server.with_pin_key(&"0a".repeat(32)).unwrap()).unwrap()
    });
    let first = reserve(&*stores[0], "one", NONE).await;
    let all = (0..40).map(|n| reserve(&*stores[n % 2], "one", NONE));
    let mut all = futures_util::future::join_all(all).await;
    all.sort_by_key(|slice| slice.begins);
    for (n, slice) in (1..).zip(all) {
        expect_after(first, slice, LENGTH * n);
    }
    for store in stores {
        store.close().await;
    }
}

#[tokio::test]
async fn what_another_process_holds_is_waited_for_and_the_time_of_the_wait_is_not_unsure() {
    let test = "rate::what_another_process_holds_is_waited_for_and_the_time_of_the_wait_is_not_unsure";
    let Some(cluster) = cluster(test) else { return };
    let (address, folder) = (cluster.database(), tempdir().unwrap());
    let store = open(&folder, Server::parse(&address).unwrap()).unwrap();
    reserve(&*store, "one", NONE).await;
    let taken = "BEGIN; UPDATE rate_budgets SET taken_until = clock_timestamp() + interval '7 seconds'; \
                 SELECT pg_notify('taken', ''), pg_sleep(0.4); COMMIT";
    let begun = Instant::now();
    let other = std::thread::spawn({
        let address = address.clone();
        move || cluster.sql(&address, taken)
    });
    let locked = "SELECT count(*) FROM pg_locks JOIN pg_class ON relation = pg_class.oid
                  WHERE relname = 'rate_budgets' AND mode = 'RowExclusiveLock'";
    while cluster.sql(&address, locked) == "0" && !other.is_finished() {}
    let slice = reserve(&*store, "one", NONE).await;
    assert!(slice.begins >= begun + Duration::from_secs(7), "{slice:?} at {begun:?}");
    assert!(slice.unsure < Duration::from_millis(300), "{slice:?}");
    other.join().unwrap();
}

#[tokio::test]
async fn a_clock_of_the_database_that_is_set_back_silences_nobody() {
    let Some(cluster) = cluster("rate::a_clock_of_the_database_that_is_set_back_silences_nobody") else { return };
    let (address, folder) = (cluster.database(), tempdir().unwrap());
    let store = open(&folder, Server::parse(&address).unwrap()).unwrap();
    reserve(&*store, "one", NONE).await;
    let ahead = |time: &str| {
        cluster.sql(&address, &format!("UPDATE rate_budgets SET taken_until = clock_timestamp() + interval '{time}'"))
    };
    let before = Instant::now();
    ahead("50 seconds");
    let slice = reserve(&*store, "one", NONE).await;
    assert!(slice.begins >= before + Duration::from_secs(50), "as many processes may have reserved");
    ahead("1 hour");
    let slice = reserve(&*store, "one", NONE).await;
    assert!(slice.begins <= Instant::now() + slice.unsure, "{slice:?}");
    let next = reserve(&*store, "one", NONE).await;
    expect_after(slice, next, LENGTH);
}

#[tokio::test]
async fn nothing_is_reserved_while_the_database_is_away_or_by_who_was_taken_for_gone() {
    let test = "rate::nothing_is_reserved_while_the_database_is_away_or_by_who_was_taken_for_gone";
    let Some(programs) = cluster::programs(test) else { return };
    let cluster = Cluster::start(&programs, &[], &[]);
    let (address, folder) = (cluster.database(), tempdir().unwrap());
    let store = open(&folder, Server::parse(&address).unwrap()).unwrap();
    let first = reserve(&*store, "one", NONE).await;
    cluster.down();
    let refusal = store.reserve("one".to_owned(), NONE, LENGTH).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Unreachable { .. }), "{refusal}");
    cluster.up();
    let second = reserve(&*store, "one", NONE).await;
    assert!(second.begins + first.unsure >= first.begins + LENGTH);
    cluster.sql(&address, "UPDATE leases SET ended = true");
    let taken = "SELECT taken_until FROM rate_budgets";
    let before = cluster.sql(&address, taken);
    let refusal = store.reserve("one".to_owned(), NONE, LENGTH).await.unwrap_err();
    assert!(matches!(refusal, JournalError::TakenOver { .. }), "{refusal}");
    assert_eq!(cluster.sql(&address, taken), before);
}
