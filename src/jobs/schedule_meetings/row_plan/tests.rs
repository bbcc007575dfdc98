//! Plans rows by what the job knows of them.

use super::*;
use crate::jobs::schedule_meetings::fault::Faults;

fn at(text: &str) -> Timestamp {
    Timestamp::from_api(text).unwrap()
}

const NOW: &str = "2027-01-10 12:00";

fn row() -> TimetableRow {
    TimetableRow {
        reference: Some("R1".to_owned()),
        user_id: UserId::new("u1"),
        room_name: Some("Algebra".to_owned()),
        start: Some(at("2027-02-01 08:00")),
        duration_min: Some(60),
        moderators: Some(1),
        participants: Some(30),
        ..TimetableRow::default()
    }
}

fn checked(row: TimetableRow) -> Checked {
    let past = row.start.filter(|start| *start <= at(NOW)).map(|_| Fault {
        column: None,
        code: Some(Code::START_PAST),
        words: "past".to_owned(),
    });
    Checked { row, faults: Faults::default(), past, as_before: None }
}

fn around(now: &str) -> PlanContext<'static> {
    PlanContext { own: None, timezone_id: Some("tz"), create_missing: false, now: at(now), is_named: false }
}

fn made_from(row: &TimetableRow) -> Earlier {
    Earlier {
        meeting: MeetingId::new("m1").unwrap(),
        content: row.digest(),
        facts: Facts {
            user: row.user_id.clone(),
            room_name: row.room_name.clone().unwrap(),
            start: row.start.unwrap(),
            duration_min: row.duration_min.unwrap(),
            theirs: false,
            numbers: Numbers::default(),
            invited: None,
        },
        gone: false,
    }
}

fn action(meaning: &RowPlan) -> Option<&PlannedAction> {
    match meaning {
        RowPlan::Action(action) => Some(action),
        RowPlan::Decided { .. } => None,
    }
}

fn status(meaning: &RowPlan) -> Option<Status> {
    match meaning {
        RowPlan::Decided { status, .. } => Some(*status),
        RowPlan::Action(_) => None,
    }
}

#[test]
fn a_new_row_makes_a_meeting_and_a_past_one_does_not() {
    assert!(matches!(action(&meaning(checked(row()), None, around(NOW))), Some(PlannedAction::Create(_))));
    let past = checked(TimetableRow { start: Some(at("2020-01-01 08:00")), ..row() });
    let RowPlan::Decided { status, code, .. } = meaning(past, None, around(NOW)) else { panic!() };
    assert_eq!((status, code), (Status::Invalid, Some(Code::START_PAST)));
}

#[test]
fn the_same_row_again_is_kept_and_once_its_meeting_has_ended_not_even_looked_for() {
    let earlier = made_from(&row());
    assert!(matches!(
        action(&meaning(checked(row()), Some(&earlier), around(NOW))),
        Some(PlannedAction::Keep { again: None, .. })
    ));
    let later = meaning(checked(row()), Some(&earlier), around("2027-02-01 09:00"));
    assert_eq!(status(&later), Some(Status::Unchanged));
}

#[test]
fn a_changed_row_with_the_same_ref_changes_its_meeting() {
    let earlier = made_from(&row());
    let changed = checked(TimetableRow { participants: Some(40), ..row() });
    let meaning = meaning(changed, Some(&earlier), around(NOW));
    let Some(PlannedAction::Change { target, change, .. }) = action(&meaning) else { panic!() };
    assert_eq!(*target, Target::Meeting(earlier.meeting.clone()));
    assert_eq!((change.participants, change.room_name.as_deref()), (Some(40), Some("Algebra")));
}

#[test]
fn a_ref_that_seems_to_be_used_twice_or_for_somebody_else_is_not_guessed_at() {
    let earlier = made_from(&row());
    let other = TimetableRow { room_name: Some("Geometry".to_owned()), start: Some(at("2027-02-02 08:00")), ..row() };
    assert_eq!(status(&meaning(checked(other.clone()), Some(&earlier), around(NOW))), Some(Status::Invalid));
    let meant = TimetableRow { action: Action::Update, ..other };
    assert!(matches!(
        action(&meaning(checked(meant), Some(&earlier), around(NOW))),
        Some(PlannedAction::Change { .. })
    ));
    // As a server tells them that writes numbers and entities, which an earlier change may have remembered.
    let own = TimetableRow { user_id: UserId::new("0042"), room_name: Some("R&D".to_owned()), ..row() };
    let facts = Facts {
        user: UserId::new("42"),
        room_name: "R&amp;D".to_owned(),
        numbers: Numbers::of([(Part::User, true), (Part::Name, true)]),
        ..made_from(&own).facts
    };
    let told = Earlier { facts, ..made_from(&own) };
    let later = checked(TimetableRow { start: Some(at("2027-02-02 08:00")), ..own });
    assert!(matches!(action(&meaning(later, Some(&told), around(NOW))), Some(PlannedAction::Change { .. })));
    let moved = TimetableRow { user_id: UserId::new("u2"), ..row() };
    assert_eq!(status(&meaning(checked(moved), Some(&earlier), around(NOW))), Some(Status::Invalid));
}

#[test]
fn a_ref_is_free_again_after_its_meeting_has_ended_or_was_cancelled() {
    let earlier = made_from(&TimetableRow { start: Some(at("2027-01-05 08:00")), ..row() });
    assert!(matches!(action(&meaning(checked(row()), Some(&earlier), around(NOW))), Some(PlannedAction::Create(_))));
    let cancelled = Earlier { gone: true, ..made_from(&row()) };
    assert!(matches!(action(&meaning(checked(row()), Some(&cancelled), around(NOW))), Some(PlannedAction::Create(_))));
}

#[test]
fn a_meeting_that_has_begun_is_neither_changed_nor_cancelled() {
    let earlier = made_from(&row());
    let during = around("2027-02-01 08:30");
    for action in [Action::Schedule, Action::Update, Action::Cancel] {
        let changed = checked(TimetableRow { action, participants: Some(40), ..row() });
        let RowPlan::Decided { status, error, .. } = meaning(changed, Some(&earlier), during) else { panic!() };
        assert_eq!((status, error.as_deref()), (Status::Invalid, Some(BEGUN)));
    }
}

#[test]
fn a_ref_that_was_told_exists_looks_for_that_meeting_and_never_changes_it() {
    let earlier = made_from(&row());
    let theirs = Earlier { facts: Facts { theirs: true, ..earlier.facts.clone() }, ..earlier };
    let longer = checked(TimetableRow { duration_min: Some(90), ..row() });
    assert!(matches!(action(&meaning(longer, Some(&theirs), around(NOW))), Some(PlannedAction::Theirs { .. })));
    for action in [Action::Update, Action::Cancel] {
        let row = checked(TimetableRow { action, ..row() });
        assert_eq!(status(&meaning(row, Some(&theirs), around(NOW))), Some(Status::Invalid), "{action}");
    }
    let over = checked(TimetableRow { start: Some(at("2027-03-01 08:00")), ..row() });
    assert!(matches!(
        action(&meaning(over, Some(&theirs), around("2027-02-02 08:00"))),
        Some(PlannedAction::Create(_))
    ));
}

#[test]
fn cancelling_twice_changes_nothing_and_an_unknown_ref_is_told() {
    let cancel = checked(TimetableRow { action: Action::Cancel, ..row() });
    let gone = Earlier { gone: true, ..made_from(&row()) };
    assert_eq!(status(&meaning(cancel.clone(), Some(&gone), around(NOW))), Some(Status::Unchanged));
    assert_eq!(status(&meaning(cancel, None, around(NOW))), Some(Status::Invalid));
    let by_start = checked(TimetableRow { action: Action::Cancel, reference: None, ..row() });
    assert!(matches!(
        action(&meaning(by_start, None, around(NOW))),
        Some(PlannedAction::Cancel { target: Target::Key { .. }, facts: Some(_), .. })
    ));
}
