//! An operation whose commit failed, or whose answer was lost, is said again: what was done already is not done twice.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use roomkeeper::clock::Timestamp;
use roomkeeper::journal::{
    Delivered, Delivery, Ending, ItemFilter, JournalError, NewClaim, NewIntents, NewItem, NewLetter, NewRun, Seen,
    Skip, Start, Step, Stop, TroubleChanges,
};
use roomkeeper::model::{
    Counts, Digest, Event, ItemNo, JobKind, Life, Limits, Outcome, RunId, SkipReason, Status, TroubleKind,
};
use uuid::Uuid;

use crate::fixture::{Fixture, Make, ending, intent, item, new_run, now};

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
    assert_eq!(fixture.store.begin(new.clone()).await.unwrap(), run, "it has begun");
    let refusal = fixture.store.begin(NewRun { id: RunId::generate(), ..new.clone() }).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Recorded), "another run is not that one: {refusal}");
    let refusal = fixture.store.begin(NewRun { due: None, ..new }).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Conflict(_)), "nor is it one of its id for something else: {refusal}");

    let decided = Start::Decided {
        status: Status::Invalid,
        code: None,
        error: Some("bad".to_owned()),
        result: Some("{}".to_owned()),
    };
    let planned =
        || vec![item(1), item(2), NewItem { start: decided.clone(), source: Some("c;d".to_owned()), ..item(3) }];
    fixture.store.plan(fixture.job, run, planned()).await.unwrap();
    // A run that does not know how much of its plan is there takes it back, and makes it again.
    for _ in 0..2 {
        fixture.store.unplan(run).await.unwrap();
    }
    for _ in 0..2 {
        fixture.store.plan(fixture.job, run, planned()).await.unwrap();
    }
    let mut other = planned();
    other[1].label.push_str(", moved");
    for contradicting in [other, vec![item(4), item(4)], vec![item(2), item(4)]] {
        let refusal = fixture.store.plan(fixture.job, run, contradicting).await.unwrap_err();
        assert!(matches!(refusal, JournalError::Conflict(_)), "{refusal}");
    }
    fixture.store.planned(run, "input".to_owned()).await.unwrap();
    fixture = fixture.restart().await;
    fixture.store.planned(run, "input".to_owned()).await.unwrap();
    assert!(fixture.store.planned(run, "other".to_owned()).await.is_err());
    assert_eq!(fixture.store.unfinished_run(run).await.unwrap().unwrap().input, "input");

    let intents = || vec![intent(1, Life::default()), intent(2, Life::default())];
    let window = || NewIntents { run, intents: intents(), limits: Limits::default(), now: now() };
    let lives = fixture.store.intend(window()).await.unwrap();
    assert_eq!(fixture.store.intend(window()).await.unwrap(), lives);
    let later = now().plus(Duration::from_millis(1));
    let mut another_before = window();
    another_before.intents[1].before = Some("another meeting".to_owned());
    for another in [NewIntents { now: later, ..window() }, another_before] {
        let refusal = fixture.store.intend(another).await.unwrap_err();
        assert!(matches!(refusal, JournalError::Unknown(_)), "{refusal}");
    }
    let sending = fixture.store.sending(run).await.unwrap();
    assert_eq!(sending, [(ItemNo(1), lives[0]), (ItemNo(2), lives[1])], "one attempt each");

    let done = |n: u32| Step::new(ItemNo(n), lives[n as usize - 1], Event::Confirmed(Status::Created));
    let steps: Arc<[Step]> = Arc::from([done(1), done(2)]);
    for _ in 0..2 {
        fixture.store.record(run, Arc::clone(&steps), Limits::default()).await.unwrap();
    }
    let counts: Counts = [(Status::Created, 2), (Status::Invalid, 1)].into_iter().collect();
    let ending = Ending {
        outcome: Outcome::Partial,
        error: None,
        counts,
        at: now(),
        remarks: vec!["a remark.".to_owned()],
        letters: vec![letter()],
    };
    fixture.store.end(run, ending.clone()).await.unwrap();
    fixture = fixture.restart().await;
    fixture.store.end(run, ending.clone()).await.unwrap();
    for another in [
        Ending { at: later, ..ending.clone() },
        Ending { outcome: Outcome::Failed, ..ending.clone() },
        Ending { error: Some("why".to_owned()), ..ending },
    ] {
        assert!(fixture.store.end(run, another).await.is_err(), "it has ended otherwise");
    }
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
        shared: false,
    };
    let new = || NewRun { claim: Some(claim.clone()), id: RunId::generate(), ..new_run(fixture.job) };
    let run = fixture.store.begin(new()).await.unwrap();
    let refusal = fixture.store.begin(new()).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Claimed), "{refusal}");
    let first = fixture.store.run_by_key(run).await.unwrap().id;
    fixture.store.withdraw(first).await.unwrap();
    let run = fixture.store.begin(new()).await.unwrap();
    fixture.store.withdraw(first).await.unwrap();
    assert!(fixture.store.unfinished_run(run).await.unwrap().is_some(), "what takes its place stays");
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
    let ending = ending(Counts::default(), Vec::new());
    fixture.store.end(run, ending).await.unwrap();
    assert!(fixture.store.was_dealt_with(Digest::of(b"rows")).await.unwrap());
    assert!(!fixture.store.was_dealt_with(Digest::of(b"other rows")).await.unwrap());
}

pub(crate) async fn what_became_of_a_mail_is_said_again_and_stays_the_same(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(0).await;
    let ending = ending(Counts::default(), vec![letter()]);
    fixture.store.end(run, ending).await.unwrap();
    fixture.store.next_letter(now()).await.unwrap().unwrap();
    for _ in 0..2 {
        fixture.store.delivered(Delivered::new(letter().id, Delivery::Sent, now())).await.unwrap();
    }
    assert_eq!(fixture.store.next_letter_due().await.unwrap(), None);
    assert!(fixture.items(run, ItemFilter::All, ItemNo(0), 1).await.is_empty());
}

/// Says each operation on jobs, due times, mails and troubles twice.
pub(crate) async fn every_other_operation_is_said_again_and_stays_the_same(make: Make) {
    let fixture = Fixture::new(make).await;
    let later = now().plus(Duration::from_secs(60));
    for _ in 0..2 {
        let again = fixture.store.job(&"timetable".parse().unwrap(), JobKind::SCHEDULE_MEETINGS, None).await.unwrap();
        assert_eq!(again, fixture.job);
        fixture.store.watch(fixture.job, "30 2 * * *".to_owned(), now()).await.unwrap();
        let skips = [now(), later].map(|due| Skip { due, reason: SkipReason::Missed, detail: "off".to_owned() });
        fixture.store.skip(fixture.job, skips.to_vec(), later).await.unwrap();
        assert!(!fixture.store.pause(fixture.job, now()).await.unwrap(), "it was not paused before");
    }
    assert!(fixture.store.pause(fixture.job, later).await.unwrap(), "it was");
    for _ in 0..2 {
        fixture.store.unpause(fixture.job, later).await.unwrap();
    }
    assert_eq!(fixture.store.skips(fixture.job, 10).await.unwrap().len(), 2);
    assert_eq!(fixture.store.watch_of(fixture.job).await.unwrap().last_due, Some(later));

    let claim = NewClaim {
        name: "a.csv".to_owned(),
        dropped: "/inbox/a.csv".into(),
        claimed: "/inbox/b.csv".into(),
        inode: 7,
        shared: false,
    };
    let run = fixture.store.begin(NewRun { claim: Some(claim), ..new_run(fixture.job) }).await.unwrap();
    fixture.store.planned(run, String::new()).await.unwrap();
    let ending = ending(Counts::default(), vec![letter()]);
    fixture.store.end(run, ending).await.unwrap();
    let id = fixture.store.run_by_key(run).await.unwrap().id;
    let since = fixture.store.put_away_since(vec![id]).await.unwrap();
    assert_eq!(fixture.store.put_away_since(vec![id]).await.unwrap(), since);
    let good = fixture.run_of(0).await;
    for _ in 0..2 {
        fixture.store.make_good(vec![run], good).await.unwrap();
        fixture.store.wipe_pins(run).await.unwrap();
    }

    let one = NewLetter { id: Uuid::from_bytes([2; 16]), ..letter() };
    assert_eq!(fixture.store.held_letters(10).await.unwrap().len(), 1);
    for _ in 0..2 {
        fixture.store.gather(vec![letter().id], one.clone(), now()).await.unwrap();
        fixture.store.release(vec![letter().id, one.id]).await.unwrap();
        fixture.store.hurry_letters().await.unwrap();
    }
    assert_eq!(fixture.store.outbox().await.unwrap().waiting, 1, "one mail in the place of the other");
    for _ in 0..2 {
        assert_eq!(fixture.store.retry_letters().await.unwrap(), 1);
    }
    assert!(fixture.store.drop_letter(one.id).await.unwrap());
    assert!(!fixture.store.drop_letter(one.id).await.unwrap());

    let seen = Seen { kind: TroubleKind::FileNotMovable, subject: "a".to_owned(), detail: "x".to_owned() };
    let name = vec![(seen.kind, seen.subject.clone())];
    let letter = NewLetter { id: Uuid::from_bytes([3; 16]), ..letter() };
    let begins = TroubleChanges {
        job: Some(fixture.job),
        began: vec![seen],
        told: name.clone(),
        letter: Some(letter),
        ..TroubleChanges::default()
    };
    for _ in 0..2 {
        fixture.store.change_troubles(begins.clone(), now()).await.unwrap();
    }
    assert_eq!((fixture.store.troubles().await.unwrap().len(), fixture.store.outbox().await.unwrap().waiting), (1, 1));
    let ends = TroubleChanges { job: Some(fixture.job), ended: name, ..TroubleChanges::default() };
    for _ in 0..2 {
        fixture.store.change_troubles(ends.clone(), later).await.unwrap();
    }
    assert_eq!(fixture.store.troubles().await.unwrap(), []);
    for _ in 0..2 {
        fixture.store.keep_time().await.unwrap();
        fixture.store.believe_clock().await.unwrap();
    }
    assert!(fixture.store.check().await.unwrap().is_sound());
}
