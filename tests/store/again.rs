//! An operation whose commit failed, or whose answer was lost, is said again: what was done already is not done twice.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use roomkeeper::clock::Timestamp;
use roomkeeper::journal::{Delivery, Ending, ItemFilter, JournalError, NewClaim, NewLetter, NewRun, Step, Stop};
use roomkeeper::model::{Counts, Digest, Event, ItemNo, Life, Limits, Outcome, RunId, Status};
use uuid::Uuid;

use crate::fixture::{Fixture, Make, intent, item, new_run, now};

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
    let mut fixture = Fixture::new(make).await;
    let new = NewRun { due: Some(now()), ..new_run(fixture.job) };
    let run = fixture.store.begin(new.clone()).await.unwrap();
    fixture = fixture.restart().await;
    let refusal = fixture.store.begin(new.clone()).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Recorded), "{refusal}");
    assert_eq!(fixture.store.run(new.id).await.unwrap().unwrap().key, run, "its run tells that it was carried out");

    let planned = || vec![item(1), item(2)];
    fixture.store.plan(fixture.job, run, planned()).await.unwrap();
    // Whoever does not know how much of a plan is there takes it back, and makes it again.
    for _ in 0..2 {
        fixture.store.unplan(run).await.unwrap();
    }
    fixture.store.plan(fixture.job, run, planned()).await.unwrap();
    let refusal = fixture.store.plan(fixture.job, run, planned()).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Conflict(_)), "{refusal}");
    fixture.store.planned(run, "input".to_owned()).await.unwrap();
    fixture = fixture.restart().await;
    assert!(fixture.store.planned(run, "other".to_owned()).await.is_err());
    assert_eq!(fixture.store.unfinished_run(run).await.unwrap().unwrap().input, "input");

    let intents = || vec![intent(1, Life::default()), intent(2, Life::default())];
    let lives = fixture.store.intend(run, intents(), Limits::default(), now()).await.unwrap();
    let refusal = fixture.store.intend(run, intents(), Limits::default(), now()).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Unknown(_)), "{refusal}");
    let sending = fixture.store.sending(run).await.unwrap();
    assert_eq!(sending, [(ItemNo(1), lives[0]), (ItemNo(2), lives[1])], "one attempt each");

    let done = |n: u32| Step::new(ItemNo(n), lives[n as usize - 1], Event::Confirmed(Status::Created));
    let steps: Arc<[Step]> = Arc::from([done(1), done(2)]);
    for _ in 0..2 {
        fixture.store.record(run, Arc::clone(&steps), Limits::default()).await.unwrap();
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
    fixture.store.end(run, ending.clone()).await.unwrap();
    fixture = fixture.restart().await;
    assert!(fixture.store.end(run, ending).await.is_err());
    assert_eq!(fixture.store.outbox().await.unwrap().waiting, 1, "one mail");
    assert!(fixture.store.check().await.unwrap().is_sound());
}

pub(crate) async fn a_stop_and_what_it_leaves_undone_are_said_again_and_stay_the_same(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(3).await;
    for _ in 0..2 {
        fixture.store.stop(run, Stop::Cancelled, "a person said so".to_owned()).await.unwrap();
    }
    assert_eq!(fixture.store.leave_undone(run, "a person said so").await.unwrap().get(Status::NotRun), 3);
    assert_eq!(fixture.store.leave_undone(run, "a person said so").await.unwrap().total(), 0);
    assert_eq!(fixture.store.tally(run).await.unwrap().over.get(Status::NotRun), 3);
}

pub(crate) async fn a_claim_whose_run_was_withdrawn_may_be_made_again(make: Make) {
    let fixture = Fixture::new(make).await;
    let claim = NewClaim {
        name: "a.csv".to_owned(),
        dropped: "/inbox/a.csv".into(),
        claimed: "/inbox/processing/a.1.csv".into(),
        inode: 7,
    };
    let new = || NewRun { claim: Some(claim.clone()), id: RunId::generate(), ..new_run(fixture.job) };
    let run = fixture.store.begin(new()).await.unwrap();
    let refusal = fixture.store.begin(new()).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Claimed(_)), "{refusal}");
    fixture.store.withdraw(run).await.unwrap();
    assert!(fixture.store.withdraw(run).await.is_err(), "there is no such run any more");
    let run = fixture.store.begin(new()).await.unwrap();
    for _ in 0..2 {
        fixture.store.claim_read(run, Digest::of(b"rows")).await.unwrap();
        fixture.store.claim_settled(run, "/inbox/done/a.1.csv".as_ref()).await.unwrap();
        fixture.store.claim_told(run, 12).await.unwrap();
    }
    assert_eq!(fixture.store.open_claims().await.unwrap(), []);
    let lately = fixture.store.put_away_lately(Timestamp::from_millis(0), 2).await.unwrap();
    assert_eq!(lately.iter().map(|away| (away.run, away.told)).collect::<Vec<_>>(), [(run, Some(12))]);
    assert_eq!(lately[0].path, Path::new("/inbox/done/a.1.csv"));
    assert_eq!(fixture.store.put_away_lately(lately[0].since.plus(Duration::from_millis(1)), 2).await.unwrap(), []);
    // Its run has not ended.
    assert!(!fixture.store.was_dealt_with(Digest::of(b"rows")).await.unwrap());
    fixture.store.planned(run, String::new()).await.unwrap();
    let counts = Counts::default();
    let ending =
        Ending { outcome: counts.outcome(), error: None, counts, at: now(), remarks: Vec::new(), letters: Vec::new() };
    fixture.store.end(run, ending).await.unwrap();
    assert!(fixture.store.was_dealt_with(Digest::of(b"rows")).await.unwrap());
    assert!(!fixture.store.was_dealt_with(Digest::of(b"other rows")).await.unwrap());
}

pub(crate) async fn what_became_of_a_mail_is_said_again_and_stays_the_same(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(0).await;
    let counts = Counts::default();
    let ending = Ending {
        outcome: counts.outcome(),
        error: None,
        counts,
        at: now(),
        remarks: Vec::new(),
        letters: vec![letter()],
    };
    fixture.store.end(run, ending).await.unwrap();
    fixture.store.next_letter(now()).await.unwrap().unwrap();
    for _ in 0..2 {
        fixture.store.delivered(letter().id, Delivery::Sent, now()).await.unwrap();
    }
    assert_eq!(fixture.store.next_letter_due().await.unwrap(), None);
    assert!(fixture.items(run, ItemFilter::All, ItemNo(0), 1).await.is_empty());
}
