//! One writer serves many callers: with few transactions, and the failure of one operation is no other's.

use futures_util::future::join_all;
use roomkeeper::journal::JournalError;
use roomkeeper::model::{ItemNo, State};

use crate::fixture::{Fixture, item, job, new_run, transactions};
use crate::reader::Reader;

#[tokio::test]
async fn many_writers_share_few_transactions_and_each_goes_on_only_when_durable() {
    let fixture = Fixture::new().await;
    let before = transactions(fixture.path());
    let runs = join_all((0..200).map(|_| async {
        let new = new_run(fixture.job);
        let id = new.id;
        fixture.journal.begin(new).await.unwrap();
        assert!(Reader::open(fixture.path()).unwrap().run(id).unwrap().is_some(), "answered before it was durable");
        id
    }))
    .await;
    assert_eq!(fixture.reader().unfinished().unwrap().len(), runs.len());
    let used = transactions(fixture.path()) - before;
    assert!((1..50).contains(&used), "{used} transactions for 200 operations");
}

#[tokio::test]
async fn an_operation_that_fails_undoes_nothing_of_those_beside_it() {
    let fixture = Fixture::new().await;
    let run = fixture.run_of(1).await;
    let before = transactions(fixture.path());
    let results = join_all((0..60).map(|n| {
        let fixture = &fixture;
        async move {
            if n % 3 == 1 {
                // Its first item goes in; its second has the number of the first, and takes both with it.
                let planned = fixture.journal.begin(new_run(fixture.job)).await?;
                let mut twice = vec![item(1000 + n), item(2000 + n)];
                twice[1].item = twice[0].item;
                fixture.journal.plan(fixture.job, planned, twice).await.map(|()| planned)
            } else if n % 3 == 2 {
                // A run past its planning takes no more items.
                fixture.journal.plan(fixture.job, run, vec![item(5000 + n)]).await.map(|()| run)
            } else {
                fixture.journal.begin(new_run(fixture.job)).await
            }
        }
    }))
    .await;
    for (n, result) in results.iter().enumerate() {
        match n % 3 {
            0 => assert!(result.is_ok(), "{n}: {result:?}"),
            1 => assert!(matches!(result, Err(JournalError::Conflict(_))), "{n}: {result:?}"),
            _ => assert!(matches!(result, Err(JournalError::Unknown(_))), "{n}: {result:?}"),
        }
    }
    let reader = fixture.reader();
    let unfinished = reader.unfinished().unwrap();
    assert_eq!(unfinished.len(), 41, "20 begun, 20 begun for a plan that failed, and the first");
    let items: u64 = unfinished.iter().map(|run| reader.pending_count(run.key).unwrap()).sum();
    assert_eq!(items, 1, "a failed plan left some of its items behind");
    assert!(transactions(fixture.path()) - before < 30, "they did not share transactions, so nothing was shown");
}

#[tokio::test]
async fn the_log_stays_bounded_under_twenty_thousand_writes() {
    let fixture = Fixture::new().await;
    let log = fixture.path().join("journal.db-wal");
    let run = fixture.journal.begin(new_run(fixture.job)).await.unwrap();
    let mut longest = 0;
    for n in 0..5000_u32 {
        let four = (1..=4).map(|k| fixture.journal.plan(fixture.job, run, vec![item(n * 4 + k)]));
        for planned in join_all(four).await {
            planned.unwrap();
        }
        if n % 100 == 0 {
            // A reader comes and goes meanwhile, and stays open.
            let counted = fixture.journal.tally(run).await.unwrap().pending;
            assert_eq!(counted, u64::from(n + 1) * 4);
            longest = longest.max(std::fs::metadata(&log).map_or(0, |log| log.len()));
        }
    }
    let database = std::fs::metadata(fixture.path().join("journal.db")).unwrap().len();
    assert!(database > 1_000_000, "the log was not carried over: the database has {database} bytes");
    assert!(longest < 20 << 20, "the log grew to {longest} bytes");
}

#[tokio::test]
async fn an_intent_is_on_the_disk_when_intend_returns() {
    let fixture = Fixture::new().await;
    let run = fixture.run_of(300).await;
    let all: Vec<_> = (1..=300).collect();
    for window in all.chunks(50) {
        let lives = fixture.intend(run, window).await;
        let durable = Reader::open(fixture.path()).unwrap().sending(run).unwrap();
        for (n, life) in window.iter().zip(lives) {
            assert_eq!((life.state, life.attempts), (State::Sending, 1));
            assert!(durable.contains(&(ItemNo(*n), life)), "item {n} could be sent without a trace");
        }
    }
}

#[tokio::test]
async fn to_ask_for_a_job_that_is_known_waits_for_no_disk() {
    let fixture = Fixture::new().await;
    let before = transactions(fixture.path());
    assert_eq!(job(&fixture.journal, "timetable").await, fixture.job);
    assert_eq!(transactions(fixture.path()), before);
    assert_ne!(job(&fixture.journal, "another").await, fixture.job);
    assert_eq!(transactions(fixture.path()), before + 1);
}
