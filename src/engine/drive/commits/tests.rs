//! The laws of what is written to the journal, and when.

use std::time::Duration;

use super::*;
use crate::engine::decision::OutcomeKind;
use crate::engine::drive::bench::{Bench, Scripted};

/// Has so many of the run's items decided.
async fn decided(context: Context<'_>, most: usize) -> Decided {
    page::decide(context, ItemNo(0), most, true).await.unwrap_or_default().decided
}

fn answered(ready: &Ready, event: Event) -> Step {
    Step::new(ready.item.item, ready.item.life, event)
}

#[tokio::test]
async fn an_item_is_sent_only_when_its_intent_is_durable_and_settled_only_when_its_outcome_is() {
    let (bench, session) = (Bench::new(3).await, Scripted::answering(OutcomeKind::Refused));
    let context = bench.context(&session);
    let mut commits = Commits::new(context);
    commits.decide(decided(context, 3).await);
    assert_eq!((commits.ahead().pages, commits.ahead().to_send), (1, 3));
    commits.begin(Instant::now(), false);
    assert_eq!(commits.ahead().to_send, 3, "what is being written is not durable");
    let news = commits.next().await;
    assert_eq!((news.ready.len(), commits.ahead().to_send), (3, 0));
    let events = [Event::Confirmed(Status::Created), Event::Unanswered, Event::Unsent];
    for (ready, event) in news.ready.iter().zip(events) {
        commits.add(answered(ready, event), Vec::new());
    }
    assert!(commits.has_outcomes());
    commits.begin(Instant::now(), true);
    let news = commits.next().await;
    assert_eq!((news.done, news.put_back), (vec![Status::Created], true));
    assert_eq!(news.unsettled.iter().map(|(item, _)| item.0).collect::<Vec<_>>(), [2]);
    assert!(!commits.has_waiting() && !commits.has_outcomes() && commits.is_certain());
}

#[tokio::test]
async fn what_could_not_be_written_is_kept_and_nothing_is_decided_before_the_journal_was_asked() {
    let (bench, session) = (Bench::new(2).await, Scripted::answering(OutcomeKind::Refused));
    let context = bench.context(&session);
    let mut commits = Commits::new(context);
    commits.decide(decided(context, 2).await);
    commits.begin(Instant::now(), true);
    let ready = commits.next().await.ready;
    // The journal takes no outcome of an item that is not there.
    let mut strange = answered(&ready[0], Event::Refused);
    strange.item = ItemNo(9);
    commits.add(strange, Vec::new());
    commits.begin(Instant::now(), true);
    let news = commits.next().await;
    assert!(news.done.is_empty() && commits.has_waiting() && !commits.may_decide() && !commits.is_certain());
    let (until, _) = commits.trouble().unwrap();
    commits.begin(Instant::now(), true);
    assert!(!commits.is_at_work(), "it was tried again before it was due");
    commits.drain(Instant::now());
    assert!(commits.trouble().unwrap().0 < until);
    commits.begin(Instant::now(), true);
    assert!(commits.is_at_work());
    commits.next().await;
    assert!(commits.give_up(OnTrouble::GiveUp).is_some());
}

#[tokio::test]
async fn an_intent_that_was_committed_and_not_reported_is_taken_back() {
    let (bench, session) = (Bench::new(2).await, Scripted::answering(OutcomeKind::Refused));
    let context = bench.context(&session);
    let mut commits = Commits::new(context);
    let both = decided(context, 2).await;
    // It is carried out, and this drive does not hear of it.
    assert_eq!(page::commit(context, both).await.unwrap_or_else(|error| panic!("{error}")).ready.len(), 2);
    commits.fail(JournalError::Closed);
    commits.begin_asking();
    assert!(!commits.is_at_work(), "it was asked while trouble stands");
    commits.try_again(Instant::now() + Duration::from_mins(10));
    commits.begin_asking();
    let news = commits.next().await;
    assert_eq!(news.recounted.map(|counts| counts.total()), Some(0));
    assert!(commits.is_certain() && commits.may_decide());
    commits.begin(Instant::now(), true);
    assert!(commits.next().await.put_back);
    assert_eq!(bench.journal.sending(bench.run).await.unwrap(), []);
}

#[tokio::test]
async fn a_run_that_ends_early_leaves_its_pending_items_undone_once_no_outcome_waits() {
    let (bench, session) = (Bench::new(3).await, Scripted::answering(OutcomeKind::Refused));
    let context = bench.context(&session);
    let mut commits = Commits::new(context);
    commits.decide(decided(context, 1).await);
    commits.begin_leaving(Stop::Cancelled, "a person stopped it");
    assert!(!commits.is_at_work(), "it began beside decisions");
    assert!(commits.undecide() && !commits.undecide());
    commits.begin_leaving(Stop::Cancelled, "a person stopped it");
    assert!(!commits.may_decide());
    let left = commits.next().await.left_undone.unwrap();
    assert_eq!((left.total(), commits.stop_is_durable()), (3, true));
}
