//! Waiting for a turn, and being told to stop: before sending, while reading, while writing.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use roomkeeper::api::{Attempt, ClientSettings, Disposition, Rate};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::server::{Server, Step, bytes, client, draft, meeting_id, ok};

const MEETING: &str = r#"{"result":1,"meeting":{"meeting_id":"m1"}}"#;

fn when_let(gate: &Arc<Semaphore>) -> Step {
    Step::SendWhenLet(bytes(200, "", MEETING), gate.clone())
}

#[tokio::test]
async fn a_write_that_waits_for_its_turn_is_withdrawn_and_one_under_way_finishes() {
    let gate = Arc::new(Semaphore::new(0));
    let server = Server::with([when_let(&gate)]).await;
    let stop = CancellationToken::new();
    let client = client(&ClientSettings { max_in_flight: 1, ..server.settings() }).stop_with(stop.clone());
    let under_way = tokio::spawn({
        let client = client.clone();
        async move { client.schedule(&draft()).await }
    });
    server.came(1).await;
    let waiting = tokio::spawn({
        let client = client.clone();
        async move { client.schedule(&draft()).await }
    });
    tokio::task::yield_now().await;
    stop.cancel();
    let failure = waiting.await.unwrap().unwrap_err();
    assert_eq!((failure.disposition, failure.attempt), (Disposition::Withdrawn, Attempt::default()));
    gate.add_permits(1);
    assert_eq!(under_way.await.unwrap().unwrap().value.meeting_id, meeting_id("m1"));
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn after_a_stop_nothing_is_sent_but_by_clients_that_were_not_told() {
    let server = Server::with([ok(MEETING)]).await;
    let client = server.client();
    let stop = CancellationToken::new();
    let told = client.stop_with(stop.clone());
    stop.cancel();
    assert_eq!(told.schedule(&draft()).await.unwrap_err().disposition, Disposition::Withdrawn);
    assert_eq!(told.meeting(&meeting_id("m1")).await.unwrap_err().disposition, Disposition::Withdrawn);
    assert!(server.asked().is_empty());
    client.schedule(&draft()).await.unwrap();
}

#[tokio::test]
async fn a_read_under_way_is_let_go() {
    let server = Server::with([Step::SendAndStall(Vec::new())]).await;
    let stop = CancellationToken::new();
    let client = server.client().stop_with(stop.clone());
    let reading = tokio::spawn(async move { client.meeting(&meeting_id("m1")).await });
    server.came(1).await;
    stop.cancel();
    assert_eq!(reading.await.unwrap().unwrap_err().disposition, Disposition::Withdrawn);
}

#[tokio::test]
async fn all_clones_together_keep_to_the_limit_of_requests_at_once() {
    let gate = Arc::new(Semaphore::new(0));
    let server = Server::with(vec![when_let(&gate); 6]).await;
    let client = client(&ClientSettings { max_in_flight: 2, ..server.settings() });
    let mut all = tokio::task::JoinSet::new();
    for _ in 0..6 {
        let client = client.clone();
        all.spawn(async move { client.schedule(&draft()).await });
    }
    for done in 0..6 {
        server.came((done + 2).min(6)).await;
        assert_eq!(server.lines().len(), (done + 2).min(6));
        gate.add_permits(1);
        all.join_next().await.unwrap().unwrap().unwrap();
    }
}

#[tokio::test]
async fn all_clones_together_keep_to_the_rate() {
    let server = Server::with(vec![ok(MEETING); 6]).await;
    let rate = Rate { count: NonZeroU32::new(10).unwrap(), per: Duration::from_secs(1) };
    let client = client(&ClientSettings { rate_limit: Some(rate), ..server.settings() });
    let begun = Instant::now();
    let all = (0..6).map(|_| {
        let client = client.clone();
        async move { client.schedule(&draft()).await.unwrap() }
    });
    futures_util::future::join_all(all).await;
    assert!(begun.elapsed() >= Duration::from_millis(490), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn a_client_with_other_settings_shares_the_limits_unless_they_are_to_be_others() {
    let gate = Arc::new(Semaphore::new(0));
    let server = Server::with(vec![when_let(&gate); 4]).await;
    let settings = ClientSettings { max_in_flight: 1, ..server.settings() };
    let before = client(&settings);
    let renewed = before.renewed(&ClientSettings { app_id: "another".to_owned(), ..settings.clone() }).unwrap();
    let wider = before.renewed(&ClientSettings { max_in_flight: 2, ..settings }).unwrap();
    let mut all = tokio::task::JoinSet::new();
    let first = before.clone();
    all.spawn(async move { first.schedule(&draft()).await });
    server.came(1).await;
    all.spawn(async move { renewed.schedule(&draft()).await });
    all.spawn(async move { wider.schedule(&draft()).await });
    // The one with limits of its own comes through while the one that shares them waits.
    server.came(2).await;
    tokio::task::yield_now().await;
    assert_eq!(server.lines().len(), 2);
    gate.add_permits(3);
    while let Some(done) = all.join_next().await {
        done.unwrap().unwrap();
    }
    assert_eq!(server.lines().len(), 3);
}
