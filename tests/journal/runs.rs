//! Runs: planned whole or not at all, and ended only when their items add up.

use std::sync::Arc;

use roomkeeper::journal::{Ending, HistoryFilter, ItemFilter, JournalError, NewClaim, NewItem, Start, Step, Stop};
use roomkeeper::model::{
    Code, Counts, Digest, Event, ItemNo, JobKind, Life, Limits, Outcome, Pin, Pins, State, Status,
};

use crate::bench::{Bench, item, job, new_run, now, transactions};

fn ending(counts: &[(Status, u64)]) -> Ending {
    let counts: Counts = counts.iter().copied().collect();
    Ending { outcome: counts.outcome(), error: None, counts, at: now(), letters: Vec::new() }
}

#[tokio::test]
async fn a_plan_is_taken_back_whole_and_can_be_made_again() {
    let bench = Bench::new().await;
    let run = bench.journal.begin(new_run(bench.job)).await.unwrap();
    for page in 0..5_u32 {
        let mut items: Vec<_> = (1..=1000).map(|n| item(page * 1000 + n)).collect();
        items[0].start = Start::Decided {
            status: Status::Invalid,
            code: Some(Code::TITLE_SHORT),
            error: None,
            result: Some("{}".to_owned()),
        };
        bench.journal.plan(bench.job, run, items).await.unwrap();
    }
    bench.journal.unplan(run).await.unwrap();
    assert_eq!(bench.reader().items(run, ItemFilter::All, ItemNo(0), 10).unwrap(), []);
    bench.journal.plan(bench.job, run, vec![item(1)]).await.unwrap();
    bench.journal.planned(run, "what it read".to_owned()).await.unwrap();

    let refusal = bench.journal.unplan(run).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Unknown(_)), "{refusal}");
    let refusal = bench.journal.plan(bench.job, run, vec![item(2)]).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Unknown(_)), "{refusal}");
    let found = bench.reader().unfinished_run(run).unwrap().unwrap();
    assert_eq!((found.planning, found.input.as_str()), (false, "what it read"));
    assert_eq!(bench.reader().pending_count(run).unwrap(), 1);
}

#[tokio::test]
async fn a_run_ends_only_when_its_items_are_accounted_for() {
    let bench = Bench::new().await;
    let run = bench.run_of(2).await;
    let done = Step::new(ItemNo(1), Life::default(), Event::Decided(Status::Unchanged));
    bench.journal.record(run, Arc::from([done]), Limits::default()).await.unwrap();
    let refusal = bench.journal.end(run, ending(&[(Status::Unchanged, 1)])).await.unwrap_err();
    assert!(matches!(&refusal, JournalError::Conflict(why) if why.contains("1 of its items")), "{refusal}");
    assert!(!refusal.may_pass());

    let done = Step::new(ItemNo(2), Life::default(), Event::Decided(Status::Invalid));
    bench.journal.record(run, Arc::from([done]), Limits::default()).await.unwrap();
    let refusal = bench.journal.end(run, ending(&[(Status::Unchanged, 2)])).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Conflict(_)), "{refusal}");
    assert_eq!(bench.reader().unfinished().unwrap().len(), 1);

    let right = ending(&[(Status::Unchanged, 1), (Status::Invalid, 1)]);
    bench.journal.end(run, right.clone()).await.unwrap();
    let view = bench.reader().run_by_key(run).unwrap();
    assert_eq!((view.outcome, view.counts), (Some(Outcome::Partial), right.counts.clone()));
    let refusal = bench.journal.end(run, right).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Unknown(_)), "{refusal}");
}

#[tokio::test]
async fn what_is_left_undone_is_pending_items_and_no_others() {
    let bench = Bench::new().await;
    let run = bench.run_of(2500).await;
    let life = bench.intend(run, &[7]).await[0];
    bench.journal.stop(run, Stop::Cancelled, "a person said so".to_owned()).await.unwrap();
    bench.journal.stop(run, Stop::TimedOut, "too late to matter".to_owned()).await.unwrap();
    assert_eq!(bench.journal.leave_undone(run, "a person said so").await.unwrap().get(Status::NotRun), 2499);
    assert_eq!(bench.journal.leave_undone(run, "a person said so").await.unwrap().total(), 0);

    let reader = bench.reader();
    assert_eq!(reader.sending(run).unwrap(), [(ItemNo(7), life)]);
    assert_eq!(reader.counts(run).unwrap().get(Status::NotRun), 2499);
    let first = &reader.items(run, ItemFilter::Problems, ItemNo(0), 1).unwrap()[0];
    assert_eq!((first.state, first.error.as_deref()), (State::Done(Status::NotRun), Some("a person said so")));
    let stopped = reader.unfinished_run(run).unwrap().unwrap().stopped;
    assert_eq!(stopped, Some((Stop::Cancelled, "a person said so".to_owned())), "the first reason stays");
}

#[tokio::test]
async fn a_renamed_job_keeps_its_history_and_its_identities() {
    let bench = Bench::new().await;
    let run = bench.run_of(0).await;
    bench.journal.end(run, ending(&[])).await.unwrap();
    let (old, new) = ("timetable".parse().unwrap(), "lessons".parse().unwrap());
    let renamed = bench.journal.job(&new, JobKind::ScheduleMeetings, Some(&old)).await.unwrap();
    assert_eq!(renamed, bench.job);
    // Said at every start from now on; and a new job may take the old name.
    assert_eq!(bench.journal.job(&new, JobKind::ScheduleMeetings, Some(&old)).await.unwrap(), bench.job);
    let other = job(&bench.journal, "timetable").await;
    assert_ne!(other, bench.job);
    assert_eq!(bench.journal.job(&new, JobKind::ScheduleMeetings, Some(&old)).await.unwrap(), bench.job);

    let filter = HistoryFilter { job: Some(new), limit: 10, ..HistoryFilter::default() };
    assert_eq!(bench.reader().history(&filter).unwrap().len(), 1);
}

#[tokio::test]
async fn a_due_time_has_one_run_at_most() {
    let bench = Bench::new().await;
    let due = || {
        let mut new = new_run(bench.job);
        new.due = Some(now());
        new
    };
    bench.journal.begin(due()).await.unwrap();
    let refusal = bench.journal.begin(due()).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Recorded), "{refusal}");
}

#[tokio::test]
async fn a_claim_is_journaled_with_its_run_and_found_again_until_the_file_lies_in_its_last_place() {
    let bench = Bench::new().await;
    let mut new = new_run(bench.job);
    new.claim = Some(NewClaim {
        name: "stundenplan ü.csv".to_owned(),
        dropped: "/inbox/stundenplan ü.csv".into(),
        claimed: "/inbox/processing/stundenplan ü.1.csv".into(),
        inode: u64::MAX - 1,
    });
    let run = bench.journal.begin(new).await.unwrap();
    let bench = bench.restart().await;
    let open = bench.reader().open_claims().unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].0, open[0].1.inode, open[0].1.name.as_str()), (run, u64::MAX - 1, "stundenplan ü.csv"));

    bench.journal.claim_read(run, Digest::of(b"rows")).await.unwrap();
    bench.journal.claim_settled(run, "/inbox/done/stundenplan ü.1.csv".as_ref()).await.unwrap();
    assert_eq!(bench.reader().open_claims().unwrap(), []);
    let claim = bench.reader().claim(run).unwrap().unwrap();
    assert_eq!(claim.settled.unwrap(), std::path::Path::new("/inbox/done/stundenplan ü.1.csv"));
    assert_eq!(bench.reader().run_by_key(run).unwrap().file.as_deref(), Some("stundenplan ü.csv"));
}

#[tokio::test]
async fn sealed_pins_go_when_their_run_is_wiped() {
    let bench = Bench::new().await;
    let run = bench.run_of(1).await;
    let life = bench.intend(run, &[1]).await[0];
    let pins = Pins { moderator: Pin::new("271828"), participant: Pin::new("314159") };
    let mut step = Step::new(ItemNo(1), life, Event::Confirmed(Status::Created));
    step.sealed = bench.journal.seal().seal(&pins).unwrap();
    bench.journal.record(run, Arc::from([step]), Limits::default()).await.unwrap();
    bench.journal.end(run, ending(&[(Status::Created, 1)])).await.unwrap();

    let bench = bench.restart().await;
    assert_eq!(bench.reader().sealed_runs().unwrap(), [run]);
    let sealed = |bench: &Bench| bench.reader().items(run, ItemFilter::All, ItemNo(0), 1).unwrap()[0].sealed.clone();
    assert_eq!(bench.journal.seal().open_pins(&sealed(&bench).unwrap()), pins);
    bench.journal.wipe_pins(run).await.unwrap();
    assert_eq!(sealed(&bench), None);
    assert_eq!(bench.reader().sealed_runs().unwrap(), []);
}

#[tokio::test]
async fn however_many_sealed_pins_there_are_all_of_them_go() {
    // Around the length of a step, and with items between that have none.
    for items in [1999, 2000, 2001, 4000, 5000_u32] {
        let bench = Bench::new().await;
        let run = bench.journal.begin(new_run(bench.job)).await.unwrap();
        let planned = (1..=items).map(|n| {
            let start = if n % 5 == 0 { Start::Pending } else { Start::PendingWithPins(vec![7; 40]) };
            NewItem { start, ..item(n) }
        });
        bench.journal.plan(bench.job, run, planned.collect()).await.unwrap();
        bench.journal.planned(run, String::new()).await.unwrap();
        bench.journal.leave_undone(run, "a person said so").await.unwrap();
        bench.journal.end(run, ending(&[(Status::NotRun, items.into())])).await.unwrap();
        bench.journal.wipe_pins(run).await.unwrap();
        let all = bench.reader().items(run, ItemFilter::All, ItemNo(0), u32::MAX).unwrap();
        let left = all.iter().filter(|item| item.sealed.is_some()).count();
        assert_eq!((left, bench.reader().sealed_runs().unwrap()), (0, Vec::new()), "of {items} items");
    }
}

#[tokio::test]
async fn to_ask_for_a_job_that_is_known_waits_for_no_disk() {
    let bench = Bench::new().await;
    let before = transactions(bench.path());
    assert_eq!(job(&bench.journal, "timetable").await, bench.job);
    assert_eq!(transactions(bench.path()), before);
    assert_ne!(job(&bench.journal, "another").await, bench.job);
    assert_eq!(transactions(bench.path()), before + 1);
}

#[tokio::test]
async fn pins_that_wait_with_a_planned_item_outlast_its_decision() {
    let bench = Bench::new().await;
    let pins = Pins { moderator: Pin::new("271828"), participant: None };
    let run = bench.journal.begin(new_run(bench.job)).await.unwrap();
    let sealed = bench.journal.seal().seal(&pins).unwrap().unwrap();
    let planned = NewItem { start: Start::PendingWithPins(sealed), ..item(1) };
    bench.journal.plan(bench.job, run, vec![planned]).await.unwrap();
    bench.journal.planned(run, String::new()).await.unwrap();
    assert_eq!(bench.reader().pending(run, ItemNo(0), now(), 10).unwrap().len(), 1);

    let mut step = Step::new(ItemNo(1), Life::default(), Event::Decided(Status::Exported));
    step.result = Some("{\"revision\":1}".to_owned());
    bench.journal.record(run, Arc::from([step]), Limits::default()).await.unwrap();
    let told = bench.reader().items(run, ItemFilter::All, ItemNo(0), 1).unwrap().remove(0);
    assert_eq!(told.result.as_deref(), Some("{\"revision\":1}"));
    assert_eq!(bench.journal.seal().open_pins(&told.sealed.unwrap()), pins);
}
