//! Items whose end was foretold end alike, many at a time, and no others do.

use std::sync::Arc;

use roomkeeper::journal::{EndAlike, ItemFilter, Known, NewItem, RunKey, Start, Step};
use roomkeeper::model::{CommonEnd, Counts, Digest, Event, Foretold, ItemNo, Life, Limits, MeetingId, State, Status};

use crate::fixture::{Fixture, Make, ending, item, new_run};

const END: CommonEnd = CommonEnd {
    status: Status::Exported,
    result: ["{\"meeting_id\":\"", "\",\"revision\":", "}"],
    facts: Some(["{\"v\":1,\"revision\":", "}"]),
};

fn content(n: u32) -> Digest {
    Digest::of(&n.to_be_bytes())
}

/// A meeting whose end is foretold, as its revision of its own number.
fn foretold(n: u32) -> NewItem {
    let identity = format!("m-{n} ä");
    let what = Foretold::of(&identity, content(n), n).unwrap().to_string();
    NewItem { identity: Some(identity), start: Start::Foretold { what, sealed: None }, ..item(n) }
}

async fn run_of(fixture: &Fixture, items: Vec<NewItem>) -> RunKey {
    let run = fixture.store.begin(new_run(fixture.job)).await.unwrap();
    fixture.store.plan(fixture.job, run, items).await.unwrap();
    fixture.store.planned(run, String::new()).await.unwrap();
    run
}

fn alike(run: RunKey, first: u32, last: u32) -> EndAlike {
    EndAlike { run, first: ItemNo(first), last: ItemNo(last), end: END }
}

pub(crate) async fn items_whose_end_was_foretold_end_together_and_no_others(make: Make) {
    let fixture = Fixture::new(make).await;
    let with_pins = Start::Foretold { what: format!("{}4294967295", content(2)), sealed: Some(b"sealed".to_vec()) };
    let unchanged = Start::Decided { status: Status::Unchanged, code: None, error: None, result: None };
    let planned = vec![
        foretold(1),
        NewItem { start: with_pins, ..foretold(2) },
        // An earlier version has foretold nothing.
        item(3),
        NewItem { start: Start::PendingWithPins(b"other".to_vec()), ..item(4) },
        NewItem { start: unchanged, ..item(5) },
        foretold(6),
        foretold(7),
        foretold(8),
    ];
    let run = run_of(&fixture, planned).await;
    // One was to be sent, and was taken back; what it was before is another thing than what was foretold.
    let lives = fixture.intend(run, &[6]).await;
    let unsent = Step::new(ItemNo(6), lives[0], Event::Unsent);
    fixture.store.record(run, Arc::from([unsent]), Limits::default()).await.unwrap();

    assert_eq!(fixture.store.end_alike(alike(run, 2, 7)).await.unwrap(), 2);
    assert_eq!(fixture.store.end_alike(alike(run, 2, 7)).await.unwrap(), 0, "it was said before");
    let fixture = fixture.restart().await;
    let open = fixture.pending(run, ItemNo(0), crate::fixture::now(), 10).await;
    assert_eq!(open.iter().map(|item| item.item.0).collect::<Vec<_>>(), [1, 3, 4, 6, 8]);
    let items = fixture.items(run, ItemFilter::All, ItemNo(0), 10).await;
    let told = |n: usize| (items[n - 1].state, items[n - 1].result.as_deref(), items[n - 1].sealed.as_deref());
    let exported = State::Done(Status::Exported);
    let result = |n: u32, revision: u32| format!("{{\"meeting_id\":\"m-{n} ä\",\"revision\":{revision}}}");
    assert_eq!(told(2), (exported, Some(result(2, u32::MAX).as_str()), Some(b"sealed".as_slice())));
    assert_eq!(told(7), (exported, Some(result(7, 7).as_str()), None));
    assert_eq!((told(1), told(3)), ((State::Pending, None, None), (State::Pending, None, None)));
    assert_eq!(told(4), (State::Pending, Some("{}"), Some(b"other".as_slice())));
    assert_eq!(told(5).0, State::Done(Status::Unchanged));
    for ended in [2, 7] {
        let ended = &items[ended - 1];
        assert_eq!((ended.attempts, ended.code, &ended.error, &ended.before), (0, None, &None, &None));
    }
    let known = fixture.known(fixture.job, &["m-7 ä", "m-1 ä", "ref:3"]).await;
    let seven = Known {
        resource: MeetingId::new("m-7 ä").unwrap(),
        content: content(7),
        facts: "{\"v\":1,\"revision\":7}".to_owned(),
        gone: false,
    };
    assert_eq!(known, [Some(seven), None, None]);

    // The rest: some alike and some one by one.
    assert_eq!(fixture.store.end_alike(alike(run, 1, u32::MAX)).await.unwrap(), 2);
    let one = |n: u32| Step::new(ItemNo(n), Life::default(), Event::Decided(Status::Exported));
    fixture.store.record(run, Arc::from([one(3), one(4), one(6)]), Limits::default()).await.unwrap();
    let counts: Counts = [(Status::Exported, 7), (Status::Unchanged, 1)].into_iter().collect();
    fixture.store.end(run, ending(counts, Vec::new())).await.unwrap();
    assert!(fixture.store.check().await.unwrap().is_sound());
}

pub(crate) async fn what_ends_alike_takes_the_place_of_what_was_remembered_or_leaves_it(make: Make) {
    let fixture = Fixture::new(make).await;
    let first = run_of(&fixture, vec![foretold(1)]).await;
    assert_eq!(fixture.store.end_alike(alike(first, 1, 1)).await.unwrap(), 1);
    let anew = |content: Digest| {
        let what = Foretold::of("m-1 ä", content, 2).unwrap().to_string();
        NewItem { start: Start::Foretold { what, sealed: None }, ..foretold(1) }
    };
    let remembered = async || fixture.known(fixture.job, &["m-1 ä"]).await.remove(0).unwrap();

    let silent = run_of(&fixture, vec![anew(content(8))]).await;
    let items = EndAlike { end: CommonEnd { facts: None, ..END }, ..alike(silent, 1, 1) };
    assert_eq!(fixture.store.end_alike(items).await.unwrap(), 1);
    assert_eq!(remembered().await.content, content(1));

    let last = run_of(&fixture, vec![anew(content(9))]).await;
    assert_eq!(fixture.store.end_alike(alike(last, 1, 1)).await.unwrap(), 1);
    let known = remembered().await;
    assert_eq!((known.content, known.facts.as_str()), (content(9), "{\"v\":1,\"revision\":2}"));
    assert!(fixture.store.check().await.unwrap().is_sound());
}

pub(crate) async fn a_run_has_items_that_end_alike_in_more_than_one_way(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = run_of(&fixture, (1..=6).map(foretold).collect()).await;
    let other = CommonEnd { result: ["{\"again\":\"", "\",\"revision\":", "}"], ..END };
    let limits = Limits::default();
    for (first, last, end) in [(1, 1, END), (2, 2, other), (3, 4, END)] {
        let items = EndAlike { end, ..alike(run, first, last) };
        assert_eq!(fixture.store.end_alike(items).await.unwrap(), u64::from(last - first) + 1);
    }
    // One is looked at by itself, and one is not done at all.
    let mut alone = Step::new(ItemNo(5), Life::default(), Event::Decided(Status::Exported));
    alone.result = Some("{}".to_owned());
    fixture.store.record(run, Arc::from([alone]), limits).await.unwrap();
    fixture.store.leave_undone(run, "cancelled").await.unwrap();

    let fixture = fixture.restart().await;
    let items = fixture.items(run, ItemFilter::All, ItemNo(0), 10).await;
    let results: Vec<_> = items.iter().map(|item| item.result.as_deref()).collect();
    let told = |n: u32| format!("{{\"meeting_id\":\"m-{n} ä\",\"revision\":{n}}}");
    let (one, three, four) = (told(1), told(3), told(4));
    let again = "{\"again\":\"m-2 ä\",\"revision\":2}";
    assert_eq!(results, [Some(one.as_str()), Some(again), Some(three.as_str()), Some(four.as_str()), Some("{}"), None]);
    assert!(items[..4].iter().all(|item| item.before.is_none()));
    assert_eq!(items[5].state, State::Done(Status::NotRun));
    let counts: Counts = [(Status::Exported, 5), (Status::NotRun, 1)].into_iter().collect();
    fixture.store.end(run, ending(counts, Vec::new())).await.unwrap();
    assert!(fixture.store.check().await.unwrap().is_sound());
}
