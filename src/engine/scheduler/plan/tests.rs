//! Tests the plan by itself, told the time.

use super::*;
use crate::clock::Zone;
use crate::config::{CatchUp, Overlap, Schedule, Schedules};
use crate::engine::scheduler::Span;
use crate::journal::Skip;
use crate::model::{SkipReason, Trigger};

fn at(text: &str) -> Timestamp {
    Timestamp::from_rfc3339(&format!("2027-06-01T{text}Z")).unwrap()
}

fn name() -> JobName {
    "often".parse().unwrap()
}

fn timing(text: &str) -> Timing {
    Timing {
        schedules: Schedules::new(vec![Schedule::parse(text, &Zone::utc()).unwrap()]),
        catch_up: CatchUp::Latest,
        overlap: Overlap::Skip,
        jitter: Duration::ZERO,
        enabled: true,
    }
}

fn arming(timing: Timing, dealt: Timestamp) -> Arming {
    Arming { job: name(), timing, dealt, highest: dealt, paused: false }
}

fn armed(timing: Timing, dealt: Timestamp, now: Timestamp) -> Plan {
    let mut plan = Plan::default();
    plan.apply(vec![arming(timing, dealt)], now);
    plan
}

/// Lets the job's time come, and tells what is decided; the claim is still held.
fn decide(plan: &mut Plan, now: Timestamp) -> (Ticket, Decision) {
    let offered = plan.offer(now);
    let ticket = plan.take(offered[0]).unwrap();
    match plan.wait(ticket, now) {
        Wait::Now(_, _, decision) => (ticket, decision),
        other => panic!("not due: {other:?}"),
    }
}

fn begin(due: Timestamp, trigger: Trigger) -> Verdict {
    Verdict::Begin { due, trigger }
}

fn reason(decision: &Decision) -> Option<SkipReason> {
    match &decision.verdict {
        Verdict::Skip(Skip { reason, .. }) => Some(*reason),
        Verdict::Begin { .. } => None,
    }
}

#[test]
fn a_due_time_is_offered_once_a_little_early_and_begins_on_time() {
    let mut plan = armed(timing("*/5 * * * *"), at("12:00:00"), at("12:01:00"));
    assert!(plan.offer(at("12:04:59")).is_empty());
    let offered = plan.offer(at("12:04:59.5"));
    assert!(plan.offer(at("12:04:59.9")).is_empty());
    let ticket = plan.take(offered[0]).unwrap();
    assert_eq!(plan.take(offered[0]), None);
    assert_eq!(plan.wait(ticket, at("12:04:59.9")), Wait::Sleep(Duration::from_millis(100)));
    let Wait::Now(_, _, decision) = plan.wait(ticket, at("12:05:00")) else { panic!("not due") };
    let verdict = begin(at("12:05:00"), Trigger::Schedule);
    assert_eq!(decision, Decision { earlier: None, verdict, doubtful: false });
    plan.dealt_with(ticket, at("12:05:00"), at("12:05:00"));
    assert_eq!(plan.next(&name()), Some(at("12:10:00")));
}

#[test]
fn what_was_offered_and_lost_is_offered_again_after_five_seconds() {
    let mut plan = armed(timing("*/5 * * * *"), at("12:00:00"), at("12:01:00"));
    let offered = plan.offer(at("12:05:00"));
    assert!(plan.offer(at("12:05:05")).is_empty());
    assert_eq!(plan.offer(at("12:05:05.5")), offered);
}

#[test]
fn after_a_time_of_not_running_the_latest_is_made_up_for_and_the_others_are_missed() {
    let mut plan = armed(timing("*/5 * * * *"), at("11:00:00"), at("12:01:00"));
    let (_, decision) = decide(&mut plan, at("12:01:00"));
    assert_eq!(decision.verdict, begin(at("12:00:00"), Trigger::CatchUp));
    let Span { first, until, reason, .. } = decision.earlier.unwrap();
    assert_eq!((first, reason), (at("11:05:00"), SkipReason::Missed));
    assert!(at("11:55:00") <= until && until < at("12:00:00"));
}

#[test]
fn a_job_that_makes_up_for_nothing_enters_all_that_was_missed() {
    let none = Timing { catch_up: CatchUp::None, ..timing("*/5 * * * *") };
    let mut plan = armed(none.clone(), at("11:58:00"), at("12:00:10"));
    assert_eq!(reason(&decide(&mut plan, at("12:00:10")).1), Some(SkipReason::Missed));
    // Suspended over it is as good as down; a second late is not.
    let mut plan = armed(none.clone(), at("11:00:00"), at("11:00:00"));
    assert_eq!(reason(&decide(&mut plan, at("11:45:01")).1), None);
    let mut plan = armed(none, at("11:00:00"), at("11:00:00"));
    assert_eq!(reason(&decide(&mut plan, at("11:47:00")).1), Some(SkipReason::Missed));
}

#[test]
fn a_run_that_is_still_going_skips_the_next_and_a_queue_holds_one() {
    for (overlap, waits) in [(Overlap::Skip, 0), (Overlap::Queue, 1)] {
        let mut plan = armed(Timing { overlap, ..timing("* * * * *") }, at("12:00:00"), at("12:00:00"));
        for minute in 1..=4 {
            let now = at(&format!("12:0{minute}:00"));
            let (ticket, decision) = decide(&mut plan, now);
            let expected = (minute > 1 + waits).then_some(SkipReason::Overlapped);
            assert_eq!(reason(&decision), expected, "minute {minute} under {overlap:?}");
            plan.dealt_with(ticket, now, now);
        }
        plan.ended(&name());
        assert_eq!(reason(&decide(&mut plan, at("12:05:00")).1), None);
    }
}

#[test]
fn a_clock_stepped_back_arms_what_is_due_again_and_asks_the_journal() {
    let mut plan = armed(timing("*/5 * * * *"), at("12:00:00"), at("12:00:00"));
    let (ticket, _) = decide(&mut plan, at("12:05:00"));
    plan.dealt_with(ticket, at("12:05:00"), at("12:05:00"));
    plan.ended(&name());
    assert!(plan.offer(at("11:55:30")).is_empty());
    assert_eq!(plan.next(&name()), Some(at("12:00:00")));
    let (ticket, decision) = decide(&mut plan, at("12:00:00"));
    assert!(decision.doubtful);
    plan.dealt_with(ticket, at("12:00:00"), at("12:00:00"));
    plan.ended(&name());
    let (ticket, decision) = decide(&mut plan, at("12:05:00"));
    assert!(decision.doubtful);
    plan.dealt_with(ticket, at("12:05:00"), at("12:05:00"));
    plan.ended(&name());
    assert!(!decide(&mut plan, at("12:10:00")).1.doubtful);
}

#[test]
fn a_claim_is_void_when_the_clock_is_stepped_back_under_it() {
    let mut plan = armed(timing("*/5 * * * *"), at("12:00:00"), at("12:00:00"));
    let offered = plan.offer(at("12:04:59.9"));
    let ticket = plan.take(offered[0]).unwrap();
    assert_eq!(plan.wait(ticket, at("12:03:00")), Wait::Gone);
    assert!(plan.offer(at("12:04:00")).is_empty());
    assert_eq!(plan.offer(at("12:04:59.9")), offered);
}

#[test]
fn paused_and_disabled_jobs_enter_their_due_times() {
    let mut plan = Plan::default();
    plan.apply(vec![Arming { paused: true, ..arming(timing("*/5 * * * *"), at("12:00:00")) }], at("12:00:00"));
    assert_eq!(reason(&decide(&mut plan, at("12:05:00")).1), Some(SkipReason::Paused));
    let mut plan = armed(Timing { enabled: false, ..timing("*/5 * * * *") }, at("12:00:00"), at("12:00:00"));
    assert_eq!(reason(&decide(&mut plan, at("12:05:00")).1), Some(SkipReason::Disabled));
}

#[test]
fn a_reload_keeps_armed_times_and_claims_and_an_edited_schedule_begins_now() {
    let mut plan = armed(timing("*/5 * * * *"), at("12:00:00"), at("12:00:00"));
    let offered = plan.offer(at("12:04:59.5"));
    let ticket = plan.take(offered[0]).unwrap();
    // The journal may lag behind: the plan in force knows better.
    plan.apply(vec![arming(timing("*/5 * * * *"), at("11:00:00"))], at("12:04:59.6"));
    assert!(matches!(plan.wait(ticket, at("12:05:00")), Wait::Now(..)));
    plan.dealt_with(ticket, at("12:05:00"), at("12:05:00"));

    plan.apply(vec![arming(timing("*/2 * * * *"), at("12:05:00"))], at("12:07:00"));
    assert_eq!(plan.next(&name()), Some(at("12:08:00")));
    // The run that goes on is still known, also when the job is taken out meanwhile.
    plan.apply(vec![], at("12:07:00"));
    assert!(plan.offer(at("12:08:00")).is_empty());
    plan.apply(vec![arming(timing("*/2 * * * *"), at("12:05:00"))], at("12:07:30"));
    assert_eq!(reason(&decide(&mut plan, at("12:08:00")).1), Some(SkipReason::Overlapped));
}

#[test]
fn a_schedule_edited_at_the_moment_of_a_due_time_loses_it_not() {
    let mut plan = armed(timing("*/5 * * * *"), at("12:00:00"), at("12:00:00"));
    plan.apply(vec![arming(timing("0 18 * * *"), at("12:00:00"))], at("12:05:00.2"));
    let (ticket, decision) = decide(&mut plan, at("12:05:00.3"));
    assert_eq!(decision.verdict, begin(at("12:05:00"), Trigger::Schedule));
    plan.dealt_with(ticket, at("12:05:00"), at("12:05:00.4"));
    assert_eq!(plan.next(&name()), Some(at("18:00:00")));
}

#[test]
fn a_journal_that_refuses_is_asked_again_a_second_later() {
    let mut plan = armed(timing("*/5 * * * *"), at("12:00:00"), at("12:00:00"));
    let (ticket, _) = decide(&mut plan, at("12:05:00"));
    plan.put_off(ticket, at("12:05:00"));
    plan.ended(&name());
    assert!(plan.offer(at("12:05:00.5")).is_empty());
    assert_eq!(decide(&mut plan, at("12:05:01.5")).1.verdict, begin(at("12:05:00"), Trigger::Schedule));
}

#[test]
fn a_draining_plan_offers_nothing_and_voids_what_waits() {
    let mut plan = armed(timing("*/5 * * * *"), at("12:00:00"), at("12:00:00"));
    let offered = plan.offer(at("12:04:59.5"));
    let ticket = plan.take(offered[0]).unwrap();
    plan.drain();
    assert_eq!(plan.wait(ticket, at("12:05:00")), Wait::Gone);
    assert!(plan.offer(at("12:05:00")).is_empty());
}
