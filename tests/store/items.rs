//! Items take no step but those of an item's life, and each step is durable before the engine acts on it.

use std::sync::Arc;

use roomkeeper::journal::{
    AttemptRecord, AttemptView, Habit, ItemFilter, JournalError, Known, NewIntents, NewItem, Recovery, Remember, Start,
    Step,
};
use roomkeeper::model::{
    Code, Counts, Digest, Event, HandedRow, ItemNo, Life, Limits, MeetingId, Remembered, State, Status,
};

use crate::fixture::{Fixture, Make, ending, intent, item, job, new_run, now};

fn attempt() -> AttemptRecord {
    AttemptRecord { at: now(), http: Some(200), code: Some(Code(1)), millis: 12, error: None }
}

fn made(n: u32, content: &str) -> Remember {
    Remember::Made {
        identity: format!("ref:{n}"),
        resource: MeetingId::new(&format!("m{n}")).unwrap(),
        content: Digest::of(content.as_bytes()),
        facts: "{}".to_owned(),
    }
}

pub(crate) async fn a_step_that_no_item_takes_is_refused_and_changes_nothing(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(2).await;
    let confirmed = Step::new(ItemNo(1), Life::default(), Event::Confirmed(Status::Created));
    let refusal = fixture.store.record(run, Arc::from([confirmed]), Limits::default()).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Illegal(_)), "{refusal}");

    // A legal step of an item that stands elsewhere.
    let elsewhere = Life { state: State::Sending, attempts: 1, returns: 0, steps: 0 };
    let lost = Step::new(ItemNo(1), elsewhere, Event::Confirmed(Status::Created));
    let good = Step::new(ItemNo(2), Life::default(), Event::Decided(Status::Unchanged));
    let refusal = fixture.store.record(run, Arc::from([good, lost]), Limits::default()).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Unknown(_)), "{refusal}");
    assert!(!refusal.may_pass());

    let twice = vec![intent(1, Life::default()), intent(1, Life::default())];
    let window = |intents| NewIntents { run, intents, limits: Limits::default(), now: now() };
    let refusal = fixture.store.intend(window(twice)).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Unknown(_)), "{refusal}");

    let items = fixture.items(run, ItemFilter::All, ItemNo(0), 10).await;
    assert!(items.iter().all(|item| item.state == State::Pending && item.attempts == 0), "{items:?}");
}

pub(crate) async fn saying_the_same_outcome_twice_says_it_once(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(2).await;
    let lives = fixture.intend(run, &[1, 2]).await;
    let mut done = Step::new(ItemNo(1), lives[0], Event::Confirmed(Status::Created));
    done.attempt = Some(attempt());
    done.result = Some("{\"meeting_id\":\"m1\"}".to_owned());
    done.remember = Some(made(1, "first"));
    let mut off = Step::new(ItemNo(2), lives[1], Event::PutOff);
    off.not_before = Some(now().plus(std::time::Duration::from_secs(60)));
    let steps: Arc<[Step]> = Arc::from([done, off]);
    for _ in 0..3 {
        fixture.store.record(run, Arc::clone(&steps), Limits::default()).await.unwrap();
    }
    let items = fixture.items(run, ItemFilter::All, ItemNo(0), 10).await;
    assert_eq!(items[0].state, State::Done(Status::Created));
    assert_eq!(items[0].result.as_deref(), Some("{\"meeting_id\":\"m1\"}"));
    assert_eq!(fixture.attempts(run, ItemNo(1)).await.len(), 1);
    assert_eq!(items[1].state, State::Pending);
    assert!(fixture.pending(run, ItemNo(0), now(), 10).await.is_empty(), "put off, and offered all the same");
    assert_eq!(fixture.next_pending(run).await, steps[1].not_before);
    assert_eq!(fixture.pending(run, ItemNo(0), steps[1].not_before.unwrap(), 10).await.len(), 1);
}

pub(crate) async fn every_sending_of_an_item_is_told_in_its_order_whatever_it_ended_with(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.store.begin(new_run(fixture.job)).await.unwrap();
    let with_pins = NewItem { start: Start::PendingWithPins(b"sealed".to_vec()), ..item(1) };
    fixture.store.plan(fixture.job, run, vec![with_pins, item(2), item(3)]).await.unwrap();
    fixture.store.planned(run, String::new()).await.unwrap();
    let lives = fixture.intend(run, &[1, 2, 3]).await;
    let step = |n: u32, life, event, http, millis, error: Option<&str>| {
        let mut step = Step::new(ItemNo(n), life, event);
        let error = error.map(str::to_owned);
        step.attempt = Some(AttemptRecord { http: Some(http), millis, error, ..attempt() });
        step
    };
    let told = |n: u32| Some(format!("{{\"meeting_id\":\"m{n}\"}}"));
    let created = Event::Confirmed(Status::Created);
    // One ends with a result beside the PINs that it has, one is put off first, and one is refused without a result.
    let first = Step { result: told(1), ..step(1, lives[0], created, 201, 7, Some("slow")) };
    let off = Step { not_before: Some(now()), ..step(2, lives[1], Event::PutOff, 429, 8, Some("busy")) };
    let refused = step(3, lives[2], Event::Refused, 400, 9, Some("too short"));
    fixture.store.record(run, Arc::from([first, off, refused]), Limits::default()).await.unwrap();
    let life = fixture.pending(run, ItemNo(0), now(), 10).await[0].life;
    let window = NewIntents { run, intents: vec![intent(2, life)], limits: Limits::default(), now: now() };
    let lives = fixture.store.intend(window).await.unwrap();
    let second = Step { result: told(2), ..step(2, lives[0], created, 200, 10, None) };
    fixture.store.record(run, Arc::from([second]), Limits::default()).await.unwrap();

    let told = |attempt: u32, http, millis, error: Option<&str>| AttemptView {
        attempt,
        at: now(),
        http: Some(http),
        code: Some(Code(1)),
        millis: Some(millis),
        error: error.map(str::to_owned),
    };
    assert_eq!(fixture.attempts(run, ItemNo(1)).await, [told(1, 201, 7, Some("slow"))]);
    assert_eq!(fixture.attempts(run, ItemNo(2)).await, [told(1, 429, 8, Some("busy")), told(2, 200, 10, None)]);
    assert_eq!(fixture.attempts(run, ItemNo(3)).await, [told(1, 400, 9, Some("too short"))]);
    let items = fixture.items(run, ItemFilter::All, ItemNo(0), 10).await;
    assert_eq!(
        (items[0].sealed.as_deref(), items[0].result.as_deref()),
        (Some(&b"sealed"[..]), Some("{\"meeting_id\":\"m1\"}"))
    );
    let findings = fixture.store.check().await.unwrap();
    assert!(findings.is_sound(), "{findings:?}");
}

pub(crate) async fn an_item_put_off_is_offered_again_when_the_clock_was_stepped_back(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(1).await;
    let life = fixture.intend(run, &[1]).await[0];
    let mut off = Step::new(ItemNo(1), life, Event::PutOff);
    off.not_before = Some(now().plus(std::time::Duration::from_secs(86_400)));
    fixture.store.record(run, Arc::from([off]), Limits::default()).await.unwrap();
    assert_eq!(fixture.pending(run, ItemNo(0), now(), 10).await.len(), 1);
}

pub(crate) async fn an_identity_is_open_in_one_run_of_a_job_at_a_time(make: Make) {
    let fixture = Fixture::new(make).await;
    let first = fixture.run_of(1).await;
    let second = fixture.store.begin(new_run(fixture.job)).await.unwrap();
    let refusal = fixture.store.plan(fixture.job, second, vec![item(1)]).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Conflict(_)), "{refusal}");
    assert!(!refusal.may_pass(), "nobody waits for what time does not mend");

    let other = job(&**fixture.store, "other").await;
    let beside = fixture.store.begin(new_run(other)).await.unwrap();
    fixture.store.plan(other, beside, vec![item(1)]).await.unwrap();

    let mut decided = item(1);
    decided.item = ItemNo(7);
    decided.start = Start::Decided { status: Status::Unchanged, code: None, error: None, result: None };
    fixture.store.plan(fixture.job, second, vec![decided]).await.unwrap();

    let done = Step::new(ItemNo(1), Life::default(), Event::Decided(Status::Skipped));
    fixture.store.record(first, Arc::from([done]), Limits::default()).await.unwrap();
    fixture.store.plan(fixture.job, second, vec![item(1)]).await.unwrap();
}

pub(crate) async fn what_was_made_is_known_by_its_identity_and_what_was_taken_away_is_gone(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(3).await;
    let lives = fixture.intend(run, &[1, 2, 3]).await;
    let step = |n: u32, event, remember| {
        let mut step = Step::new(ItemNo(n), lives[n as usize - 1], event);
        step.remember = Some(remember);
        step
    };
    let steps = [
        step(1, Event::Confirmed(Status::Created), made(1, "old")),
        step(2, Event::Confirmed(Status::Updated), made(1, "new")),
        step(3, Event::Confirmed(Status::Cancelled), Remember::Gone(MeetingId::new("m9").unwrap())),
    ];
    fixture.store.record(run, Arc::from(steps), Limits::default()).await.unwrap();
    let known = |gone| Known {
        resource: MeetingId::new("m1").unwrap(),
        content: Digest::of(b"new"),
        facts: "{}".to_owned(),
        gone,
    };
    assert_eq!(fixture.known(fixture.job, &["ref:1", "ref:2"]).await, [Some(known(false)), None]);
    assert!(fixture.store.is_gone(MeetingId::new("m9").unwrap()).await.unwrap());

    let run = fixture.run_of(1).await;
    let life = fixture.intend(run, &[1]).await[0];
    let mut taken = Step::new(ItemNo(1), life, Event::Confirmed(Status::Cancelled));
    taken.remember = Some(Remember::Gone(MeetingId::new("m1").unwrap()));
    fixture.store.record(run, Arc::from([taken]), Limits::default()).await.unwrap();
    assert_eq!(fixture.known(fixture.job, &["ref:1"]).await, [Some(known(true))]);
    let other = job(&**fixture.store, "other").await;
    assert_eq!(fixture.known(other, &["ref:1"]).await, [None], "another job's rows are not ours");
}

pub(crate) async fn a_step_on_the_way_is_durable_with_what_it_showed_and_the_item_goes_on_from_there(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(2).await;
    let habit = |value, at| Habit { server: "https://a".to_owned(), habit: "lobby_update", value, at };
    let life = fixture.intend(run, &[1, 2]).await[0];
    let mut away = Step::new(ItemNo(1), life, Event::Continued);
    away.error = Some("taken away".to_owned());
    away.habit = Some(habit("neither", now()));
    for _ in 0..2 {
        // Saying it again after a failure does nothing.
        fixture.store.record(run, Arc::from([away.clone()]), Limits::default()).await.unwrap();
    }
    let fixture = fixture.restart().await;
    fixture.store.recover(Recovery::alone(now())).await.unwrap();
    assert_eq!(
        fixture.store.habit("https://a".to_owned(), "lobby_update").await.unwrap(),
        Some(("neither".to_owned(), now()))
    );
    assert_eq!(
        (
            fixture.store.habit("https://b".to_owned(), "lobby_update").await.unwrap(),
            fixture.store.took_steps(run).await.unwrap()
        ),
        (None, 0)
    );
    let [open] = fixture.pending(run, ItemNo(0), now(), 9).await.try_into().unwrap();
    assert_eq!((open.item, open.life.attempts, open.life.steps), (ItemNo(1), 1, 1));

    let window = NewIntents { run, intents: vec![intent(1, open.life)], limits: Limits::default(), now: now() };
    let life = fixture.store.intend(window).await.unwrap()[0];
    assert_eq!((life.attempts, life.steps), (2, 1));
    let mut added = Step::new(ItemNo(1), life, Event::Confirmed(Status::Updated));
    added.habit = Some(habit("replace", now()));
    fixture.store.record(run, Arc::from([added]), Limits::default()).await.unwrap();
    assert_eq!(
        fixture.store.habit("https://a".to_owned(), "lobby_update").await.unwrap(),
        Some(("replace".to_owned(), now()))
    );
    assert_eq!(fixture.store.took_steps(run).await.unwrap(), 1);
    // The other one was found at the start; it was carried out, and needs another request.
    let [other] = fixture.store.settling(run, ItemNo(0), 9).await.unwrap().try_into().unwrap();
    let midway = Step::new(ItemNo(2), other.item.life, Event::FoundMidway);
    fixture.store.record(run, Arc::from([midway]), Limits::default()).await.unwrap();
    fixture.store.leave_undone(run, "the time was up").await.unwrap();
    let left = fixture.items(run, ItemFilter::Problems, ItemNo(0), 9).await;
    assert_eq!((left[0].item, left[0].state), (ItemNo(2), State::Done(Status::Unknown)));
    assert!(left[0].error.as_deref().unwrap().starts_with("begun, and not finished"), "{:?}", left[0].error);
}

pub(crate) async fn items_found_sending_at_a_start_are_settled_and_their_sending_is_on_record(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(3).await;
    let mut intents = vec![intent(1, Life::default()), intent(2, Life::default())];
    intents[1].target = Some("meeting:m2".to_owned());
    fixture.store.intend(NewIntents { run, intents, limits: Limits::default(), now: now() }).await.unwrap();
    let fixture = fixture.restart().await;
    let later = now().plus(std::time::Duration::from_secs(90));
    fixture.store.recover(Recovery::alone(later)).await.unwrap();
    fixture.store.recover(Recovery::alone(later)).await.unwrap();

    let settling = fixture.store.settling(run, ItemNo(0), 10).await.unwrap();
    assert_eq!(settling.iter().map(|found| found.item.item.0).collect::<Vec<_>>(), [1, 2]);
    for found in &settling {
        assert_eq!(found.item.life.state, State::Settling { at_start: true });
        assert_eq!(found.sent, later, "looks are timed from the recovery");
        let attempts = fixture.attempts(run, found.item.item).await;
        assert_eq!(attempts.len(), 1);
        assert_eq!(attempts[0].at, now());
        assert!(attempts[0].error.as_deref().unwrap().contains("ended before the answer"));
    }
    assert_eq!(fixture.store.settling_targets(run).await.unwrap(), [(ItemNo(2), "meeting:m2".to_owned())].into());
    assert_eq!(fixture.store.tally(run).await.unwrap().pending, 1);
    assert_eq!(fixture.store.run_by_key(run).await.unwrap().resumed, 1, "said again it is the same recovery");
}

pub(crate) async fn rows_that_were_handed_in_are_found_until_their_run_is_forgotten(make: Make) {
    let fixture = Fixture::new(make).await;
    let new = new_run(fixture.job);
    let id = new.id;
    let run = fixture.store.begin(new).await.unwrap();
    let handed = |n: u32, source: Option<&str>| NewItem { source: source.map(str::to_owned), ..item(n) };
    let items = vec![handed(1, Some("[\"0001\"]")), handed(2, None), handed(3, Some("[]"))];
    fixture.store.plan(fixture.job, run, items).await.unwrap();
    fixture.store.planned(run, "the file".to_owned()).await.unwrap();
    let asked = vec![ItemNo(3), ItemNo(2), ItemNo(1), ItemNo(4)];
    for _ in 0..2 {
        let found = fixture.store.handed_in(run, asked.clone()).await.unwrap().unwrap();
        assert_eq!((found.run, found.job, found.input.as_str()), (id, fixture.job, "the file"));
        let row = |n: u32, source: &str| {
            Some(HandedRow { item: ItemNo(n), identity: Some(format!("ref:{n}")), source: source.to_owned() })
        };
        assert_eq!(found.rows, [row(3, "[]"), None, row(1, "[\"0001\"]"), None]);
    }
    for n in 1..=3 {
        let done = Step::new(ItemNo(n), Life::default(), Event::Decided(Status::Skipped));
        fixture.store.record(run, Arc::from([done]), Limits::default()).await.unwrap();
    }
    let counts = fixture.store.counts(run).await.unwrap();
    fixture.store.end(run, ending(counts, Vec::new())).await.unwrap();
    let last = fixture.run_of(0).await;
    fixture.store.end(last, ending(Counts::default(), Vec::new())).await.unwrap();
    fixture.store.prune(now().plus(std::time::Duration::from_secs(60)), |_, _| None).await.unwrap();
    assert_eq!(fixture.store.handed_in(run, asked).await.unwrap(), None);
    assert!(fixture.store.handed_in(last, Vec::new()).await.unwrap().is_some());
}

pub(crate) async fn what_a_job_remembers_is_gone_through_page_by_page(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(3).await;
    let lives = fixture.intend(run, &[1, 2, 3]).await;
    let steps: Vec<Step> = (1..=3)
        .zip(lives)
        .map(|(n, life)| {
            let mut step = Step::new(ItemNo(n), life, Event::Confirmed(Status::Created));
            step.remember = Some(made(n, "content"));
            step
        })
        .collect();
    fixture.store.record(run, Arc::from(steps), Limits::default()).await.unwrap();
    let other = job(&**fixture.store, "other").await;
    assert!(fixture.store.remembered(other, String::new(), 10).await.unwrap().is_empty());
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let page = fixture.store.remembered(fixture.job, after.clone(), 2).await.unwrap();
        assert_eq!(page, fixture.store.remembered(fixture.job, after, 2).await.unwrap());
        let Some(last) = page.last() else { break };
        after = last.identity.clone();
        seen.extend(page);
    }
    let thing = |n: u32| Remembered {
        identity: format!("ref:{n}"),
        resource: MeetingId::new(&format!("m{n}")).unwrap(),
        facts: "{}".to_owned(),
    };
    assert_eq!(seen, [thing(1), thing(2), thing(3)]);
}

pub(crate) async fn neighbours_are_intended_and_settled_together_or_not_at_all(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(6).await;
    let lives = fixture.intend(run, &[3]).await;
    let window = |items: &[u32]| {
        let intents = items.iter().map(|n| intent(*n, Life::default())).collect();
        NewIntents { run, intents, limits: Limits::default(), now: now() }
    };
    // One in their midst is sent already.
    let refusal = fixture.store.intend(window(&[1, 2, 3, 4])).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Unknown(_)), "{refusal}");
    assert_eq!(fixture.store.sending(run).await.unwrap(), [(ItemNo(3), lives[0])]);
    for _ in 0..2 {
        assert_eq!(fixture.store.intend(window(&[1, 2, 4, 5, 6])).await.unwrap(), vec![lives[0]; 5]);
    }

    let created = |n: u32| {
        let mut step = Step::new(ItemNo(n), lives[0], Event::Confirmed(Status::Created));
        step.attempt = Some(attempt());
        step.result = Some(format!("{{\"meeting_id\":\"m{n}\"}}"));
        step.remember = Some(made(n, "first"));
        step
    };
    let record = async |steps: Vec<Step>| fixture.store.record(run, steps.into(), Limits::default()).await;
    // One in their midst was never sent again.
    let mut elsewhere = created(4);
    elsewhere.life.attempts = 2;
    let refusal = record(vec![created(3), elsewhere, created(5)]).await.unwrap_err();
    assert!(matches!(refusal, JournalError::Unknown(_)), "{refusal}");
    assert_eq!(fixture.store.sending(run).await.unwrap().len(), 6);
    record(vec![created(4)]).await.unwrap();
    let mut off = Step::new(ItemNo(2), lives[0], Event::PutOff);
    off.not_before = Some(now());
    // In the order in which the answers came, one of them for the second time.
    record(vec![created(5), off, created(3), created(6), created(4), created(1)]).await.unwrap();
    let items = fixture.items(run, ItemFilter::All, ItemNo(0), 10).await;
    for (item, n) in items.iter().zip(1..) {
        let state = if n == 2 { State::Pending } else { State::Done(Status::Created) };
        let result = (n != 2).then(|| format!("{{\"meeting_id\":\"m{n}\"}}"));
        assert_eq!((item.state, &item.result, item.attempts), (state, &result, 1), "{item:?}");
        assert_eq!(fixture.attempts(run, ItemNo(n)).await.len(), usize::from(n != 2));
    }
    let pending = fixture.pending(run, ItemNo(0), now(), 10).await;
    assert_eq!(pending.iter().map(|item| item.item.0).collect::<Vec<_>>(), [2]);
    let known = fixture.known(fixture.job, &["ref:1", "ref:2", "ref:6"]).await;
    assert_eq!(known.iter().map(Option::is_some).collect::<Vec<_>>(), [true, false, true]);
    let counts = fixture.store.tally(run).await.unwrap();
    assert_eq!((counts.pending, counts.settling, counts.over.get(Status::Created)), (1, 0, 5));
}

pub(crate) async fn of_two_memories_under_one_identity_the_one_said_last_is_kept(make: Make) {
    let fixture = Fixture::new(make).await;
    let run = fixture.run_of(3).await;
    let life = fixture.intend(run, &[1, 2, 3]).await[0];
    let step = |n: u32, content| {
        let mut step = Step::new(ItemNo(n), life, Event::Confirmed(Status::Created));
        step.remember = Some(made(1, content));
        step
    };
    let steps = Arc::from([step(3, "first"), step(1, "second"), step(2, "third")]);
    fixture.store.record(run, steps, Limits::default()).await.unwrap();
    let known = fixture.known(fixture.job, &["ref:1"]).await.remove(0).unwrap();
    assert_eq!(known.content, Digest::of(b"third"));
}
