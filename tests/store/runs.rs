//! Runs: planned whole or not at all, and ended only when their items add up.

use std::sync::Arc;

use roomkeeper::journal::{Ending, HistoryFilter, ItemFilter, JournalError, NewClaim, NewItem, Start, Step, Stop};
use roomkeeper::model::{Code, Digest, Event, ItemNo, JobKind, Life, Limits, Outcome, State, Status};

use crate::fixture::{self, Fixture, Make, item, job, new_run, now};

fn ending(counts: &[(Status, u64)]) -> Ending {
    fixture::ending(counts.iter().copied().collect(), Vec::new())
}

pub(crate) async fn a_plan_is_taken_back_whole_and_can_be_made_again(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.store.begin(new_run(fixture.job)).await.unwrap();
    for page in 0..5_u32 {
        let mut items: Vec<_> = (1..=1000).map(|n| item(page * 1000 + n)).collect();
        items[0].start = Start::Decided {
            status: Status::Invalid,
            code: Some(Code::TITLE_SHORT),
            error: None,
            result: Some("{}".to_owned()),
        };
        fixture.store.plan(fixture.job, run, items).await.unwrap();
    }
    fixture.store.unplan(run).await.unwrap();
    assert_eq!(fixture.items(run, ItemFilter::All, ItemNo(0), 10).await, []);
    fixture.store.plan(fixture.job, run, vec![item(1)]).await.unwrap();
    fixture.store.planned(run, "what it read".to_owned()).await.unwrap();

    let refusal = fixture.store.unplan(run).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Unknown(_)), "{refusal}");
    let refusal = fixture.store.plan(fixture.job, run, vec![item(2)]).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Unknown(_)), "{refusal}");
    let found = fixture.store.unfinished_run(run).await.unwrap().unwrap();
    assert_eq!((found.planning, found.input.as_str()), (false, "what it read"));
    assert_eq!(fixture.store.tally(run).await.unwrap().pending, 1);
}

pub(crate) async fn a_run_ends_only_when_its_items_are_accounted_for(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(2).await;
    let done = Step::new(ItemNo(1), Life::default(), Event::Decided(Status::Unchanged));
    fixture.store.record(run, Arc::from([done]), Limits::default()).await.unwrap();
    let refusal = fixture.store.end(run, ending(&[(Status::Unchanged, 1)])).await.unwrap_err();
    assert!(matches!(&refusal, JournalError::Conflict(why) if why.contains("1 of its items")), "{refusal}");
    assert!(!refusal.may_pass());

    let done = Step::new(ItemNo(2), Life::default(), Event::Decided(Status::Invalid));
    fixture.store.record(run, Arc::from([done]), Limits::default()).await.unwrap();
    let refusal = fixture.store.end(run, ending(&[(Status::Unchanged, 2)])).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Conflict(_)), "{refusal}");
    assert_eq!(fixture.store.unfinished().await.unwrap().len(), 1);

    let right = ending(&[(Status::Unchanged, 1), (Status::Invalid, 1)]);
    fixture.store.end(run, right.clone()).await.unwrap();
    let view = fixture.store.run_by_key(run).await.unwrap();
    assert_eq!((view.outcome, view.counts), (Some(Outcome::Partial), right.counts.clone()));
    let otherwise = Ending { at: now().plus(std::time::Duration::from_secs(1)), ..right };
    let refusal = fixture.store.end(run, otherwise).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Unknown(_)), "{refusal}");
}

pub(crate) async fn what_is_left_undone_is_pending_items_and_no_others(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(2500).await;
    let life = fixture.intend(run, &[7]).await[0];
    fixture.store.stop(run, Stop::Cancelled, "a person said so".to_owned()).await.unwrap();
    fixture.store.stop(run, Stop::TimedOut, "too late to matter".to_owned()).await.unwrap();
    assert_eq!(fixture.store.leave_undone(run, "a person said so").await.unwrap().get(Status::NotRun), 2499);
    assert_eq!(fixture.store.leave_undone(run, "a person said so").await.unwrap().total(), 0);

    assert_eq!(fixture.store.sending(run).await.unwrap(), [(ItemNo(7), life)]);
    assert_eq!(fixture.store.counts(run).await.unwrap().get(Status::NotRun), 2499);
    let first = &fixture.items(run, ItemFilter::Problems, ItemNo(0), 1).await[0];
    assert_eq!((first.state, first.error.as_deref()), (State::Done(Status::NotRun), Some("a person said so")));
    let stopped = fixture.store.unfinished_run(run).await.unwrap().unwrap().stopped;
    assert_eq!(stopped, Some((Stop::Cancelled, "a person said so".to_owned())), "the first reason stays");
}

pub(crate) async fn a_renamed_job_keeps_its_history_and_its_identities(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(0).await;
    fixture.store.end(run, ending(&[])).await.unwrap();
    let (old, new) = ("timetable".parse().unwrap(), "lessons".parse().unwrap());
    let renamed = fixture.store.job(&new, JobKind::SCHEDULE_MEETINGS, Some(&old)).await.unwrap();
    assert_eq!(renamed, fixture.job);
    // Said at every start from now on; and a new job may take the old name.
    assert_eq!(fixture.store.job(&new, JobKind::SCHEDULE_MEETINGS, Some(&old)).await.unwrap(), fixture.job);
    let other = job(&**fixture.store, "timetable").await;
    assert_ne!(other, fixture.job);
    assert_eq!(fixture.store.job(&new, JobKind::SCHEDULE_MEETINGS, Some(&old)).await.unwrap(), fixture.job);

    let filter = HistoryFilter { job: Some(new), limit: 10, ..HistoryFilter::default() };
    assert_eq!(fixture.store.history(filter).await.unwrap().len(), 1);
}

pub(crate) async fn a_due_time_has_one_run_at_most(make: Make) {
    let fixture = Fixture::new(make).await;
    let due = || {
        let mut new = new_run(fixture.job);
        new.due = Some(now());
        new
    };
    fixture.store.begin(due()).await.unwrap();
    let refusal = fixture.store.begin(due()).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Recorded), "{refusal}");
}

pub(crate) async fn a_claim_is_journaled_with_its_run_and_found_again_until_the_file_lies_in_its_last_place(
    make: Make,
) {
    let fixture = Fixture::new(make).await;
    let mut new = new_run(fixture.job);
    new.claim = Some(NewClaim {
        name: "stundenplan ü.csv".to_owned(),
        dropped: "/inbox/stundenplan ü.csv".into(),
        claimed: "/inbox/processing/stundenplan ü.1.csv".into(),
        inode: u64::MAX - 1,
        shared: false,
    });
    let run = fixture.store.begin(new).await.unwrap();
    let fixture = fixture.restart().await;
    let open = fixture.store.open_claims().await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].0, open[0].1.inode, open[0].1.name.as_str()), (run, u64::MAX - 1, "stundenplan ü.csv"));

    fixture.store.claim_read(run, Digest::of(b"rows")).await.unwrap();
    fixture.store.claim_settled(run, "/inbox/done/stundenplan ü.1.csv".as_ref()).await.unwrap();
    assert_eq!(fixture.store.open_claims().await.unwrap(), []);
    let claim = fixture.store.claim(run).await.unwrap().unwrap();
    assert_eq!(claim.settled.unwrap(), std::path::Path::new("/inbox/done/stundenplan ü.1.csv"));
    assert_eq!(fixture.store.run_by_key(run).await.unwrap().file.as_deref(), Some("stundenplan ü.csv"));
}

pub(crate) async fn sealed_pins_go_when_their_run_is_wiped(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(1).await;
    let life = fixture.intend(run, &[1]).await[0];
    let mut step = Step::new(ItemNo(1), life, Event::Confirmed(Status::Created));
    step.sealed = Some(b"sealed".to_vec());
    fixture.store.record(run, Arc::from([step]), Limits::default()).await.unwrap();
    fixture.store.end(run, ending(&[(Status::Created, 1)])).await.unwrap();

    let fixture = fixture.restart().await;
    assert_eq!(fixture.store.sealed_runs().await.unwrap(), [run]);
    assert!(fixture.store.has_sealed_pins(run).await.unwrap());
    assert_eq!(
        fixture.items(run, ItemFilter::All, ItemNo(0), 1).await[0].sealed.as_deref(),
        Some(b"sealed".as_slice())
    );
    // Said again, as after a commit that failed, it does nothing more.
    for _ in 0..2 {
        fixture.store.wipe_pins(run).await.unwrap();
    }
    assert_eq!(fixture.items(run, ItemFilter::All, ItemNo(0), 1).await[0].sealed, None);
    assert!(!fixture.store.has_sealed_pins(run).await.unwrap());
    assert_eq!(fixture.store.sealed_runs().await.unwrap(), []);
}

pub(crate) async fn a_run_has_one_key_until_its_pins_are_wiped(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(2).await;
    let key = |byte: u8| vec![byte; 72];
    assert_eq!(fixture.store.pin_key(run, key(1), None).await.unwrap(), Some(key(1)));
    let lives = fixture.intend(run, &[1, 2]).await;
    let done = |n: u32| {
        let mut step = Step::new(ItemNo(n), lives[n as usize - 1], Event::Confirmed(Status::Created));
        step.sealed = Some(b"sealed".to_vec());
        step
    };
    fixture.store.record(run, Arc::from([done(1), done(2)]), Limits::default()).await.unwrap();

    let fixture = fixture.restart().await;
    assert_eq!(fixture.store.pin_key(run, key(2), None).await.unwrap(), Some(key(1)), "the one it has");
    assert_eq!(fixture.store.pin_key(run, key(2), Some(key(3))).await.unwrap(), Some(key(1)), "another was lost");
    for _ in 0..2 {
        assert_eq!(fixture.store.pin_key(run, key(2), Some(key(1))).await.unwrap(), Some(key(2)), "that one was lost");
    }
    fixture.store.end(run, ending(&[(Status::Created, 2)])).await.unwrap();
    assert!(fixture.store.has_sealed_pins(run).await.unwrap());
    for _ in 0..2 {
        fixture.store.wipe_pins(run).await.unwrap();
    }
    assert_eq!(fixture.store.pin_key(run, key(4), Some(key(2))).await.unwrap(), None, "it has none any more");
    assert!(!fixture.store.has_sealed_pins(run).await.unwrap());
    let left = fixture.items(run, ItemFilter::All, ItemNo(0), 10).await;
    assert_eq!(left.iter().map(|item| item.sealed.as_deref()).collect::<Vec<_>>(), [None, None]);
    let never = fixture.run_of(0).await;
    fixture.store.end(never, ending(&[])).await.unwrap();
    fixture.store.wipe_pins(never).await.unwrap();
    assert_eq!(fixture.store.pin_key(never, key(5), None).await.unwrap(), None);
    assert!(fixture.store.check().await.unwrap().violations.is_empty());
}

pub(crate) async fn however_many_sealed_pins_there_are_all_of_them_go(make: Make) {
    // Around the length of a step, and with items between that have none.
    for items in [1999, 2000, 2001, 4000, 5000_u32] {
        let fixture = Fixture::new(make).await;
        let run = fixture.store.begin(new_run(fixture.job)).await.unwrap();
        let planned = (1..=items).map(|n| {
            let start = if n % 5 == 0 { Start::Pending } else { Start::PendingWithPins(vec![7; 40]) };
            NewItem { start, ..item(n) }
        });
        fixture.store.plan(fixture.job, run, planned.collect()).await.unwrap();
        fixture.store.planned(run, String::new()).await.unwrap();
        fixture.store.leave_undone(run, "a person said so").await.unwrap();
        fixture.store.end(run, ending(&[(Status::NotRun, items.into())])).await.unwrap();
        fixture.store.wipe_pins(run).await.unwrap();
        let all = fixture.items(run, ItemFilter::All, ItemNo(0), u32::MAX).await;
        let left = all.iter().filter(|item| item.sealed.is_some()).count();
        assert_eq!((left, fixture.store.sealed_runs().await.unwrap()), (0, Vec::new()), "of {items} items");
    }
}

pub(crate) async fn pins_that_wait_with_a_planned_item_outlast_its_decision(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.store.begin(new_run(fixture.job)).await.unwrap();
    let planned = NewItem { start: Start::PendingWithPins(b"sealed".to_vec()), ..item(1) };
    fixture.store.plan(fixture.job, run, vec![planned]).await.unwrap();
    fixture.store.planned(run, String::new()).await.unwrap();
    assert_eq!(fixture.pending(run, ItemNo(0), now(), 10).await.len(), 1);

    let mut step = Step::new(ItemNo(1), Life::default(), Event::Decided(Status::Exported));
    step.result = Some("{\"revision\":1}".to_owned());
    fixture.store.record(run, Arc::from([step]), Limits::default()).await.unwrap();
    let told = fixture.items(run, ItemFilter::All, ItemNo(0), 1).await.remove(0);
    assert_eq!(told.result.as_deref(), Some("{\"revision\":1}"));
    assert_eq!(told.sealed.as_deref(), Some(b"sealed".as_slice()));
}
