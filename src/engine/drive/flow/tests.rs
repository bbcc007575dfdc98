//! The laws of a run's flow.

use super::*;
use crate::engine::drive::bench::{answer, policy};
use crate::model::{State, Status};

fn flow(abort_after: u32) -> RunFlow {
    RunFlow::new(Instant::now() + Duration::from_hours(6), abort_after)
}

fn busy(kind: OutcomeKind) -> RequestOutcome {
    answer(kind, Some("busy"))
}

fn sent(attempts: u32) -> Life {
    Life { state: State::Sending, attempts, returns: 0, steps: 0 }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_to_wait_is_waited_for_as_long_as_it_says_but_no_longer_than_an_hour() {
    let seconds = |asked: Option<u64>, attempts| {
        let mut flow = flow(2);
        let asked = asked.map(Duration::from_secs);
        let meaning = flow.answered(&busy(OutcomeKind::PutOff(asked)), sent(attempts));
        assert_eq!(meaning.event, Event::PutOff);
        let (until, why) = flow.paused(Instant::now()).unwrap();
        assert_eq!((Some(until - Instant::now()), why), (meaning.put_off, "busy"));
        assert!(!flow.may_send(Instant::now()) && flow.may_send(until) && !flow.is_probing());
        meaning.put_off.unwrap().as_secs()
    };
    assert_eq!([seconds(Some(7), 1), seconds(Some(7), 5), seconds(Some(86_400), 1)], [7, 7, 3600]);
    // Where it does not say, each attempt of the item doubles the wait.
    assert_eq!([1, 2, 3, 9, 10, 40].map(|attempts| seconds(None, attempts)), [1, 2, 4, 256, 256, 256]);
}

#[test]
fn a_request_that_was_taken_back_is_left_undone_only_where_the_run_ends() {
    let mut flow = flow(2);
    assert_eq!(flow.answered(&busy(OutcomeKind::Withdrawn), sent(1)).event, Event::Unsent);
    flow.end(Stop::Cancelled, "a person".to_owned());
    assert_eq!(flow.answered(&busy(OutcomeKind::Withdrawn), sent(1)).event, Event::Withdrawn);
    assert_eq!(
        flow.answered(&busy(OutcomeKind::Done(Status::Created)), sent(1)).event,
        Event::Confirmed(Status::Created)
    );
}

#[test]
fn an_answer_that_every_other_request_would_get_ends_the_run() {
    let mut flow = flow(2);
    assert_eq!(flow.answered(&busy(OutcomeKind::Fatal), sent(1)).event, Event::Refused);
    assert_eq!(flow.ending(), Some(&(Stop::Aborted, "busy".to_owned())));
}

#[tokio::test(start_paused = true)]
async fn a_run_that_drains_asks_nothing_and_one_whose_time_is_up_still_looks() {
    let mut late = flow(2);
    let policy = policy();
    late.expire(Instant::now(), &policy);
    assert!(late.may_send(Instant::now()));
    tokio::time::advance(Duration::from_hours(7)).await;
    late.expire(Instant::now(), &policy);
    assert_eq!(late.ending().unwrap().0, Stop::TimedOut);
    assert!(late.may_look(Instant::now()) && !late.may_send(Instant::now()) && late.is_stopping());
    late.drain();
    assert!(!late.may_look(Instant::now()));
}

#[tokio::test(start_paused = true)]
async fn requests_that_fail_together_begin_one_wait_and_an_answer_ends_the_growth() {
    let mut flow = flow(2);
    let mut waits = Vec::new();
    for _ in 0..4 {
        flow.wait("away");
        flow.wait("away");
        let (until, _) = flow.paused(Instant::now()).unwrap();
        waits.push((until - Instant::now()).as_secs());
        tokio::time::advance(until - Instant::now()).await;
        assert!(flow.paused(Instant::now()).is_none());
    }
    assert_eq!(waits, [1, 2, 4, 8]);
    assert!(flow.is_probing());
    flow.is_there();
    assert!(!flow.is_probing());
}

#[test]
fn unanswered_requests_count_only_in_a_row() {
    let mut flow = flow(2);
    flow.unanswered("a portal");
    flow.is_there();
    flow.unanswered("a portal");
    // A look-up that needed no request must not hide a portal that answers every request with nonsense.
    flow.looked_up();
    assert_eq!(flow.ending(), None);
    flow.unanswered("a portal");
    assert_eq!(flow.ending().unwrap().0, Stop::Aborted);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_cannot_be_used_is_waited_for_where_looks_say_so_too_and_counts_where_they_do_not() {
    let mut flow = flow(2);
    for _ in 0..5 {
        flow.doubt("HTTP 503");
        flow.doubt("HTTP 503");
        assert!(flow.is_doubted());
        flow.unavailable("HTTP 503");
        assert!(flow.paused(Instant::now()).is_some());
        tokio::time::advance(Duration::from_mins(6)).await;
    }
    assert_eq!(flow.away(), Some("HTTP 503"));
    flow.looked();
    assert!(flow.ending().is_none() && !flow.is_doubted());
    // Those that were under way together say no more than one of them.
    flow.doubt("HTTP 503");
    flow.doubt("HTTP 503");
    flow.looked();
    assert!(flow.ending().is_none() && flow.is_probing());
    flow.doubt("HTTP 503");
    flow.looked();
    assert_eq!(flow.ending().unwrap().0, Stop::Aborted);
}

#[test]
fn look_ups_that_fail_now_and_then_do_not_end_a_run() {
    let unwell = Trouble { kind: TroubleKind::Unwell, words: "502".to_owned() };
    let mut flow = flow(2);
    for _ in 0..10 {
        flow.trouble(&unwell);
        flow.looked_up();
    }
    assert_eq!(flow.ending(), None);
    flow.trouble(&unwell);
    flow.trouble(&unwell);
    assert!(flow.ending().is_some());
}

#[test]
fn the_first_reason_to_end_stays_and_ends_every_wait() {
    let mut flow = flow(2);
    flow.wait("away");
    assert!(flow.paused(Instant::now()).is_some());
    flow.end(Stop::Cancelled, "a person".to_owned());
    flow.end(Stop::TimedOut, "late".to_owned());
    assert_eq!(flow.ending().unwrap().0, Stop::Cancelled);
    assert!(flow.paused(Instant::now()).is_none());
}
