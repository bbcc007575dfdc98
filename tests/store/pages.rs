//! Pages by key: every run and every item once, in their order, whatever comes meanwhile; and figures that only grow.

use std::sync::Arc;
use std::time::Duration;

use roomkeeper::clock::Timestamp;
use roomkeeper::journal::{
    Delivered, Delivery, HistoryFilter, ItemPlace, ItemsAsked, ItemsSought, ItemsWhich, NewLetter, RunKey, RunPlace,
    RunsAsked, RunsEnded, Skip, Start, Step,
};
use roomkeeper::model::{Event, ItemNo, Life, Limits, Outcome, RunId, SkipReason, State, Status};
use uuid::Uuid;

use crate::fixture::{self, Fixture, Make, item, job, new_run, now};

fn later(seconds: u64) -> Timestamp {
    now().plus(Duration::from_secs(seconds))
}

/// A run of one item that begins and ends then.
async fn run(fixture: &Fixture, status: Status, began: u64, took: u64) -> RunKey {
    let mut new = new_run(fixture.job);
    new.started = later(began);
    let run = fixture.store.begin(new).await.unwrap();
    let mut only = item(1);
    only.identity = None;
    only.start = Start::Decided { status, code: None, error: None, result: None };
    fixture.store.plan(fixture.job, run, vec![only]).await.unwrap();
    fixture.store.planned(run, String::new()).await.unwrap();
    let mut ending = fixture::ending([(status, 1)].into_iter().collect(), Vec::new());
    ending.at = later(began + took);
    fixture.store.end(run, ending).await.unwrap();
    run
}

fn asked(fixture: &Fixture, ended: RunsEnded, most: u32) -> RunsAsked {
    RunsAsked { job: fixture.job, ended, from: None, until: None, behind: None, most }
}

pub(crate) async fn every_run_is_on_one_page_also_where_another_begins_meanwhile(make: Make) {
    let fixture = Fixture::new(make).await;
    let mut runs = Vec::new();
    for n in 0..7 {
        // Two begin in the same moment.
        runs.push(run(&fixture, if n % 3 == 0 { Status::Invalid } else { Status::Unchanged }, n / 2, 1).await);
    }
    runs.reverse();
    let (mut found, mut behind) = (Vec::new(), None);
    loop {
        let page =
            fixture.store.runs_page(RunsAsked { behind, ..asked(&fixture, RunsEnded::Anyhow, 3) }).await.unwrap();
        let Some(last) = page.last() else { break };
        behind = Some(RunPlace::of(last));
        found.extend(page.into_iter().map(|run| run.key));
        run(&fixture, Status::Unchanged, 100, 1).await;
    }
    assert_eq!(found, runs);
    let page = fixture.store.runs_page(asked(&fixture, RunsEnded::With(Outcome::Failed), 10)).await.unwrap();
    assert_eq!(page.iter().map(|run| run.key).collect::<Vec<_>>(), [runs[0], runs[3], runs[6]]);
    let within = RunsAsked { from: Some(later(1)), until: Some(later(3)), ..asked(&fixture, RunsEnded::Anyhow, 10) };
    let page = fixture.store.runs_page(within).await.unwrap();
    assert_eq!(page.iter().map(|run| run.key).collect::<Vec<_>>(), &runs[1..5]);
    let latest = fixture.store.latest_runs(vec![fixture.job], RunsEnded::With(Outcome::Succeeded), 1).await.unwrap();
    assert_eq!((latest.len(), latest[0].len()), (1, 1));
}

pub(crate) async fn a_run_under_way_is_counted_for_whoever_asks_for_it_alone(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.store.begin(new_run(fixture.job)).await.unwrap();
    let mut only = item(1);
    only.start = Start::Decided { status: Status::Invalid, code: None, error: None, result: None };
    fixture.store.plan(fixture.job, run, vec![only]).await.unwrap();
    for (uncounted, counted) in [(false, 1), (true, 0)] {
        let filter = HistoryFilter { limit: 1, uncounted, ..HistoryFilter::default() };
        let runs = fixture.store.history(filter).await.unwrap();
        assert_eq!((runs[0].key, runs[0].counts.total()), (run, counted));
    }
    let page = fixture.store.runs_page(asked(&fixture, RunsEnded::Anyhow, 1)).await.unwrap();
    assert_eq!((page[0].key, page[0].counts.total()), (run, 0));
}

pub(crate) async fn a_run_is_left_until_it_is_made_good(make: Make) {
    let fixture = Fixture::new(make).await;
    let failed = run(&fixture, Status::Invalid, 0, 1).await;
    let left = async || fixture.store.not_made_good(10).await.unwrap().iter().map(|run| run.key).collect::<Vec<_>>();
    assert_eq!(left().await, [failed]);
    let ended = asked(&fixture, RunsEnded::NotMadeGood, 10);
    assert_eq!(fixture.store.runs_page(ended.clone()).await.unwrap().len(), 1);
    let good = run(&fixture, Status::Unchanged, 5, 1).await;
    assert_eq!(fixture.store.made_good_by(failed).await.unwrap(), None);
    fixture.store.make_good(vec![failed], good).await.unwrap();
    let id = fixture.store.run_by_key(good).await.unwrap().id;
    assert_eq!(fixture.store.made_good_by(failed).await.unwrap(), Some(id));
    assert_eq!(left().await, []);
    assert_eq!(fixture.store.runs_page(ended).await.unwrap(), []);
    assert_eq!(fixture.store.run_uncounted(id).await.unwrap().unwrap().key, good);
    assert_eq!(fixture.store.run_uncounted(RunId::generate()).await.unwrap(), None);
}

pub(crate) async fn every_item_is_on_one_page_the_problems_first(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(12).await;
    let statuses = [Status::Unchanged, Status::Invalid, Status::Skipped, Status::Failed];
    for n in 1..=10_u32 {
        let event = Event::Decided(statuses[n as usize % 4]);
        let step = Step::new(ItemNo(n), Life::default(), event);
        fixture.store.record(run, Arc::from([step]), Limits::default()).await.unwrap();
    }
    let pages = async |which: ItemsWhich| {
        let (mut found, mut behind) = (Vec::new(), None);
        loop {
            let page = fixture.store.items_page(ItemsAsked { run, which, behind, most: 3 }).await.unwrap();
            let Some(last) = page.last() else { return found };
            behind = Some(ItemPlace::of(last.state, last.item));
            found.extend(page.into_iter().map(|item| item.item.0));
        }
    };
    assert_eq!(pages(ItemsWhich::All).await, [1, 5, 9, 3, 7, 11, 12, 4, 8, 2, 6, 10]);
    assert_eq!(pages(ItemsWhich::Open).await, [11, 12]);
    assert_eq!(pages(ItemsWhich::With(Status::Skipped)).await, [2, 6, 10]);
    assert_eq!(pages(ItemsWhich::With(Status::Created)).await, [0_u32; 0]);
    assert!(ItemPlace::of(State::Pending, ItemNo(1)).status.is_none());
}

pub(crate) async fn items_are_found_by_their_words_a_part_at_a_time(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.store.begin(new_run(fixture.job)).await.unwrap();
    let items = (1..=30).map(|n| {
        let mut item = item(n);
        item.label = format!("Lecture ÄÖ {n:03}");
        item.identity = Some(format!("ref:R-{n}"));
        item
    });
    fixture.store.plan(fixture.job, run, items.collect()).await.unwrap();
    let seek = async |words: &str, after: u32, most: u32, looked_at: u32| {
        let sought = ItemsSought { run, words: words.to_owned(), after: ItemNo(after), most, looked_at };
        let found = fixture.store.items_sought(sought).await.unwrap();
        (found.items.iter().map(|item| item.0).collect::<Vec<_>>(), found.looked_to.map(|item| item.0))
    };
    assert_eq!(seek("äö 02", 0, 100, 100).await, ((20..=29).collect(), None));
    assert_eq!(seek("r-30", 0, 100, 100).await, (vec![30], None));
    assert_eq!(seek("äö 02", 0, 100, 22).await, (vec![20, 21, 22], Some(22)));
    assert_eq!(seek("äö 02", 22, 100, 22).await, ((23..=29).collect(), None));
    assert_eq!(seek("lecture", 0, 2, 100).await, (vec![1, 2], Some(2)));
    assert_eq!(seek("%", 0, 2, 100).await, (vec![], None));
    assert_eq!(
        fixture.store.item_of_ref(fixture.job, run, "R-1".to_owned()).await.unwrap(),
        None,
        "nothing was made yet"
    );
}

pub(crate) async fn figures_count_each_end_once_and_forgetting_takes_nothing_away(make: Make) {
    let fixture = Fixture::new(make).await;
    let other = job(&**fixture.store, "other").await;
    run(&fixture, Status::Unchanged, 0, 1).await;
    run(&fixture, Status::Unchanged, 100, 1000).await;
    let last = run(&fixture, Status::Invalid, 5000, 60).await;
    let skip = Skip { due: later(1), reason: SkipReason::Paused, detail: "it was paused".to_owned() };
    fixture.store.skip(other, vec![skip.clone()], later(2)).await.unwrap();
    fixture.store.skip(other, vec![skip], later(3)).await.unwrap();
    let before = fixture.store.figures().await.unwrap();
    let [timetable, of_other] = &before[..] else { panic!("{before:?}") };
    assert_eq!(timetable.runs, [(Outcome::Failed, 1), (Outcome::Succeeded, 2)]);
    assert_eq!(timetable.items, [(Status::Invalid, 1), (Status::Unchanged, 2)]);
    assert_eq!(timetable.took, [1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0]);
    assert_eq!((timetable.took_millis, timetable.last_millis), (1_061_000, Some(60_000)));
    assert_eq!((timetable.last_run, timetable.last_success), (Some(later(5060)), Some(later(1100))));
    assert_eq!((of_other.skips.as_slice(), of_other.last_run), (&[(SkipReason::Paused, 1)][..], None));

    fixture.store.prune(later(1_000_000), |_, _| None).await.unwrap();
    assert_eq!(fixture.store.runs_page(asked(&fixture, RunsEnded::Anyhow, 10)).await.unwrap().len(), 1);
    assert!(fixture.store.run_by_key(last).await.is_ok(), "the last run stays");
    let fixture = fixture.restart().await;
    assert_eq!(fixture.store.figures().await.unwrap(), before);
}

pub(crate) async fn of_a_sent_mail_is_kept_what_is_said_to_be_kept(make: Make) {
    let fixture = Fixture::new(make).await;
    let ran = fixture.run_of(0).await;
    let letter = |n: u8| NewLetter {
        id: Uuid::from_bytes([n; 16]),
        sender: "roomkeeper@example.org".to_owned(),
        receivers: vec!["it@example.org".to_owned()],
        subject: "OK".to_owned(),
        message: vec![b'x'; 100],
    };
    let letters = vec![letter(1), letter(2)];
    let other = fixture.run_of(0).await;
    fixture.store.end(ran, fixture::ending(std::iter::empty().collect(), letters)).await.unwrap();
    let kept = async |n: u8, run: RunKey| fixture.store.letter_message(run, Uuid::from_bytes([n; 16])).await.unwrap();
    assert_eq!((kept(1, ran).await, kept(2, ran).await), (Some(vec![b'x'; 100]), Some(vec![b'x'; 100])));
    for _ in 0..2 {
        let taken = fixture.store.next_letter(now()).await.unwrap().unwrap();
        let kept = (taken.id.as_bytes()[0] == 1).then(|| b"words".to_vec());
        let sent = Delivered { kept, ..Delivered::new(taken.id, Delivery::Sent, now()) };
        fixture.store.delivered(sent).await.unwrap();
    }
    assert_eq!(kept(1, ran).await, Some(b"words".to_vec()));
    assert_eq!((kept(2, ran).await, kept(3, ran).await, kept(1, other).await), (None, None, None));
}

pub(crate) async fn that_the_disk_takes_writes_can_be_proven_and_changes_nothing(make: Make) {
    let fixture = Fixture::new(make).await;
    let ran = run(&fixture, Status::Unchanged, 0, 1).await;
    let before = fixture.store.run_by_key(ran).await.unwrap();
    fixture.store.prove_writable().await.unwrap();
    assert_eq!(fixture.store.run_by_key(ran).await.unwrap(), before);
    fixture.store.close().await;
    assert!(fixture.store.prove_writable().await.is_err());
}
