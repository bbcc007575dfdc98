//! An operation whose commit failed, or whose answer was lost, is said again: what was done already is not done twice.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use roomkeeper::clock::Timestamp;
use roomkeeper::journal::{Delivery, Ending, ItemFilter, JournalError, NewClaim, NewLetter, NewRun, Step, Stop};
use roomkeeper::model::{Counts, Digest, Event, ItemNo, Life, Limits, Outcome, RunId, Status};
use uuid::Uuid;

use crate::bench::{Bench, Make, intent, item, new_run, now};

fn letter() -> NewLetter {
    NewLetter {
        id: Uuid::from_bytes([1; 16]),
        sender: "roomkeeper@example.org".to_owned(),
        receivers: vec!["it@example.org".to_owned()],
        subject: "Letter".to_owned(),
        message: b"Dear all".to_vec(),
    }
}

/// Plan, intend, outcomes, end: each said twice, with a start in between each time.
pub(crate) async fn a_run_each_of_whose_operations_is_said_twice_is_one_run(make: Make) {
    let mut bench = Bench::new(make).await;
    let new = NewRun { due: Some(now()), ..new_run(bench.job) };
    let run = bench.store.begin(new.clone()).await.unwrap();
    bench = bench.restart().await;
    let refusal = bench.store.begin(new.clone()).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Recorded), "{refusal}");
    assert_eq!(bench.store.run(new.id).await.unwrap().unwrap().key, run, "its run tells that it was carried out");

    let planned = || vec![item(1), item(2)];
    bench.store.plan(bench.job, run, planned()).await.unwrap();
    // Whoever does not know how much of a plan is there takes it back, and makes it again.
    for _ in 0..2 {
        bench.store.unplan(run).await.unwrap();
    }
    bench.store.plan(bench.job, run, planned()).await.unwrap();
    let refusal = bench.store.plan(bench.job, run, planned()).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Conflict(_)), "{refusal}");
    bench.store.planned(run, "input".to_owned()).await.unwrap();
    bench = bench.restart().await;
    assert!(bench.store.planned(run, "other".to_owned()).await.is_err());
    assert_eq!(bench.store.unfinished_run(run).await.unwrap().unwrap().input, "input");

    let intents = || vec![intent(1, Life::default()), intent(2, Life::default())];
    let lives = bench.store.intend(run, intents(), Limits::default(), now()).await.unwrap();
    let refusal = bench.store.intend(run, intents(), Limits::default(), now()).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Unknown(_)), "{refusal}");
    let sending = bench.store.sending(run).await.unwrap();
    assert_eq!(sending, [(ItemNo(1), lives[0]), (ItemNo(2), lives[1])], "one attempt each");

    let done = |n: u32| Step::new(ItemNo(n), lives[n as usize - 1], Event::Confirmed(Status::Created));
    let steps: Arc<[Step]> = Arc::from([done(1), done(2)]);
    for _ in 0..2 {
        bench.store.record(run, Arc::clone(&steps), Limits::default()).await.unwrap();
    }
    let counts: Counts = [(Status::Created, 2)].into_iter().collect();
    let ending = Ending {
        outcome: Outcome::Succeeded,
        error: None,
        counts,
        at: now(),
        remarks: Vec::new(),
        letters: vec![letter()],
    };
    bench.store.end(run, ending.clone()).await.unwrap();
    bench = bench.restart().await;
    assert!(bench.store.end(run, ending).await.is_err());
    assert_eq!(bench.store.outbox().await.unwrap().waiting, 1, "one mail");
    assert!(bench.store.check().await.unwrap().is_sound());
}

pub(crate) async fn a_stop_and_what_it_leaves_undone_are_said_again_and_stay_the_same(make: Make) {
    let bench = Bench::new(make).await;
    let run = bench.run_of(3).await;
    for _ in 0..2 {
        bench.store.stop(run, Stop::Cancelled, "a person said so".to_owned()).await.unwrap();
    }
    assert_eq!(bench.store.leave_undone(run, "a person said so").await.unwrap().get(Status::NotRun), 3);
    assert_eq!(bench.store.leave_undone(run, "a person said so").await.unwrap().total(), 0);
    assert_eq!(bench.store.tally(run).await.unwrap().over.get(Status::NotRun), 3);
}

pub(crate) async fn a_claim_whose_run_was_withdrawn_may_be_made_again(make: Make) {
    let bench = Bench::new(make).await;
    let claim = NewClaim {
        name: "a.csv".to_owned(),
        dropped: "/inbox/a.csv".into(),
        claimed: "/inbox/processing/a.1.csv".into(),
        inode: 7,
    };
    let new = || NewRun { claim: Some(claim.clone()), id: RunId::generate(), ..new_run(bench.job) };
    let run = bench.store.begin(new()).await.unwrap();
    let refusal = bench.store.begin(new()).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Claimed(_)), "{refusal}");
    bench.store.withdraw(run).await.unwrap();
    assert!(bench.store.withdraw(run).await.is_err(), "there is no such run any more");
    let run = bench.store.begin(new()).await.unwrap();
    for _ in 0..2 {
        bench.store.claim_read(run, Digest::of(b"rows")).await.unwrap();
        bench.store.claim_settled(run, "/inbox/done/a.1.csv".as_ref()).await.unwrap();
        bench.store.claim_told(run, 12).await.unwrap();
    }
    assert_eq!(bench.store.open_claims().await.unwrap(), []);
    let lately = bench.store.put_away_lately(Timestamp::from_millis(0), 2).await.unwrap();
    assert_eq!(lately.iter().map(|away| (away.run, away.told)).collect::<Vec<_>>(), [(run, Some(12))]);
    assert_eq!(lately[0].path, Path::new("/inbox/done/a.1.csv"));
    assert_eq!(bench.store.put_away_lately(lately[0].since.plus(Duration::from_millis(1)), 2).await.unwrap(), []);
    // Its run has not ended.
    assert!(!bench.store.was_dealt_with(Digest::of(b"rows")).await.unwrap());
    bench.store.planned(run, String::new()).await.unwrap();
    let counts = Counts::default();
    let ending =
        Ending { outcome: counts.outcome(), error: None, counts, at: now(), remarks: Vec::new(), letters: Vec::new() };
    bench.store.end(run, ending).await.unwrap();
    assert!(bench.store.was_dealt_with(Digest::of(b"rows")).await.unwrap());
    assert!(!bench.store.was_dealt_with(Digest::of(b"other rows")).await.unwrap());
}

pub(crate) async fn what_became_of_a_mail_is_said_again_and_stays_the_same(make: Make) {
    let bench = Bench::new(make).await;
    let run = bench.run_of(0).await;
    let counts = Counts::default();
    let ending = Ending {
        outcome: counts.outcome(),
        error: None,
        counts,
        at: now(),
        remarks: Vec::new(),
        letters: vec![letter()],
    };
    bench.store.end(run, ending).await.unwrap();
    bench.store.next_letter(now()).await.unwrap().unwrap();
    for _ in 0..2 {
        bench.store.delivered(letter().id, Delivery::Sent, now()).await.unwrap();
    }
    assert_eq!(bench.store.next_letter_due().await.unwrap(), None);
    assert!(bench.items(run, ItemFilter::All, ItemNo(0), 1).await.is_empty());
}
