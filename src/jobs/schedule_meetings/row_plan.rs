//! Plans a row, given the meetings that this job made before from a row of the same identity. Pure.

use super::check::Checked;
use super::planned_action::{Create, Facts, PlannedAction, Target};
use super::row::{Action, Row};
use crate::clock::Timestamp;
use crate::model::kept::{is_told_id, is_told_text};
use crate::model::{Code, Digest, MeetingId, Numbers, Part, Status, UserId};

/// The facts that are remembered under the row's identity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Earlier {
    pub(super) meeting: MeetingId,
    pub(super) content: Digest,
    pub(super) facts: Facts,
    pub(super) gone: bool,
}

/// The plan for a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RowPlan {
    /// This is to be brought about.
    Action(Box<PlannedAction>),
    /// There is nothing to do.
    Decided { status: Status, code: Option<Code>, error: Option<String>, meeting: Option<MeetingId> },
}

/// The facts that are known beside the row.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlanContext<'a> {
    /// The user whose meetings these are where a row names none.
    pub(super) own: Option<&'a UserId>,
    /// The server's id of the row's zone at its start.
    pub(super) timezone_id: Option<&'a str>,
    /// A meeting that is no longer on the server is made again.
    pub(super) create_missing: bool,
    /// The time.
    pub(super) now: Timestamp,
}

/// Plans a row. Its faults, if any, have been told already: only rows without faults are planned.
pub(super) fn meaning(checked: &Checked, earlier: Option<&Earlier>, around: PlanContext<'_>) -> RowPlan {
    let row = &checked.row;
    match row.action {
        Action::Schedule => schedule(checked, earlier, around),
        Action::Update => update(checked, earlier, around),
        Action::Cancel => cancel(row, earlier, around),
    }
}

fn schedule(checked: &Checked, earlier: Option<&Earlier>, around: PlanContext<'_>) -> RowPlan {
    let row = &checked.row;
    let Some(create) = create(row, around) else {
        return invalid(None, "the row does not say all that a meeting needs");
    };
    let Some(earlier) = earlier.filter(|earlier| !earlier.gone) else {
        return make(checked, create);
    };
    let ended = earlier.facts.end() <= around.now;
    if earlier.facts.theirs {
        let meeting = earlier.meeting.clone();
        return match &checked.past {
            None if !ended => wish(PlannedAction::Theirs { meeting, create }),
            _ => make(checked, create),
        };
    }
    if earlier.content == row.digest() {
        return keep(earlier, ended, around.create_missing.then_some(create));
    }
    if ended {
        return make(checked, create);
    }
    if is_of_another(earlier, &create.user) {
        return invalid(
            None,
            "the meeting of this ref belongs to another user, and a meeting cannot be moved to somebody else. Cancel it, and schedule a new one under another ref",
        );
    }
    let is_renamed =
        !is_told_text(&earlier.facts.room_name, &create.draft.room_name, earlier.facts.numbers.has(Part::Name));
    if is_renamed && earlier.facts.start != create.draft.start {
        return invalid(
            None,
            "title and start are both others than those of the meeting with this ref: is this ref used twice? If not, write `update` into the column action",
        );
    }
    if earlier.facts.start <= around.now {
        return invalid(None, BEGUN);
    }
    if let Some(past) = &checked.past {
        return invalid(past.code, &past.words);
    }
    let mut change = row.change(around.timezone_id);
    change.room_name.clone_from(&row.room_name);
    change.start = row.start;
    change.duration_min = row.duration_min;
    // Invitees that the row had before and has no more are to go as well.
    change.invitees = Some(row.invitees.clone());
    let target = Target::Meeting(earlier.meeting.clone());
    wish(PlannedAction::Change { target, change, again: around.create_missing.then_some(create) })
}

/// Tells whether the meeting is remembered as another user's. A server may have told its user as a number.
fn is_of_another(earlier: &Earlier, user: &UserId) -> bool {
    let Facts { user: before, numbers, .. } = &earlier.facts;
    before.as_ref().is_some_and(|before| !is_told_id(before.as_str(), user.as_str(), numbers.has(Part::User)))
}

fn update(checked: &Checked, earlier: Option<&Earlier>, around: PlanContext<'_>) -> RowPlan {
    let row = &checked.row;
    let earlier = earlier.filter(|earlier| !earlier.gone && !earlier.facts.theirs);
    if let Some(earlier) = earlier
        && earlier.content == row.digest()
    {
        return keep(earlier, earlier.facts.end() <= around.now, None);
    }
    if let Some(past) = &checked.past {
        return invalid(past.code, &past.words);
    }
    let change = row.change(around.timezone_id);
    if row.meeting_id.is_none()
        && let Some(earlier) = earlier
    {
        if row.user_id.as_ref().is_some_and(|user| is_of_another(earlier, user)) {
            return invalid(
                None,
                "the meeting belongs to another user, and a meeting cannot be moved to somebody else",
            );
        }
        if earlier.facts.start <= around.now {
            return invalid(None, BEGUN);
        }
    }
    match target(row, earlier, around) {
        Ok(target) => wish(PlannedAction::Change { target, change, again: None }),
        Err(refused) => refused,
    }
}

fn cancel(row: &Row, earlier: Option<&Earlier>, around: PlanContext<'_>) -> RowPlan {
    let earlier = earlier.filter(|earlier| !earlier.facts.theirs);
    if row.meeting_id.is_none()
        && let Some(earlier) = earlier
    {
        if earlier.gone {
            return RowPlan::Decided {
                status: Status::Unchanged,
                code: None,
                error: None,
                meeting: Some(earlier.meeting.clone()),
            };
        }
        if earlier.facts.start <= around.now {
            return invalid(None, BEGUN);
        }
    }
    match target(row, earlier, around) {
        Ok(target) => {
            let facts = match &target {
                Target::Key { user, .. } => facts(row, user),
                Target::Meeting(_) | Target::Named(_) => None,
            };
            wish(PlannedAction::Cancel { target, facts })
        }
        Err(refused) => refused,
    }
}

/// Finds the target by `meeting_id`, else `ref`, else user, title, start and duration.
fn target(row: &Row, earlier: Option<&Earlier>, around: PlanContext<'_>) -> Result<Target, RowPlan> {
    if let Some(meeting) = &row.meeting_id {
        return Ok(Target::Named(meeting.clone()));
    }
    if let Some(earlier) = earlier {
        return Ok(Target::Meeting(earlier.meeting.clone()));
    }
    if row.reference.is_some() {
        return Err(invalid(None, "this job has made no meeting with this ref, or it was cancelled"));
    }
    let user = row.user_id.as_ref().or(around.own);
    match (row.match_key(around.own), user) {
        (Some(key), Some(user)) => Ok(Target::Key { key, user: user.clone() }),
        _ => Err(invalid(None, "the row does not say which meeting it is about")),
    }
}

fn facts(row: &Row, user: &UserId) -> Option<Facts> {
    Some(Facts {
        user: Some(user.clone()),
        room_name: row.room_name.clone()?,
        start: row.start?,
        duration_min: row.duration_min?,
        theirs: false,
        numbers: Numbers::default(),
    })
}

fn create(row: &Row, around: PlanContext<'_>) -> Option<Create> {
    let draft = row.draft(around.timezone_id?)?;
    let user = draft.user_id.as_ref().or(around.own)?.clone();
    Some(Create { draft, user, key: row.match_key(around.own)? })
}

fn make(checked: &Checked, create: Create) -> RowPlan {
    match &checked.past {
        Some(past) => invalid(past.code, &past.words),
        None => wish(PlannedAction::Create(create)),
    }
}

fn keep(earlier: &Earlier, ended: bool, again: Option<Create>) -> RowPlan {
    let meeting = earlier.meeting.clone();
    if ended {
        RowPlan::Decided { status: Status::Unchanged, code: None, error: None, meeting: Some(meeting) }
    } else {
        wish(PlannedAction::Keep { meeting, user: earlier.facts.user.clone(), again })
    }
}

fn wish(wish: PlannedAction) -> RowPlan {
    RowPlan::Action(Box::new(wish))
}

fn invalid(code: Option<Code>, words: &str) -> RowPlan {
    RowPlan::Decided { status: Status::Invalid, code, error: Some(words.to_owned()), meeting: None }
}

/// Of a meeting that can be changed or cancelled no more.
pub(super) const BEGUN: &str = "the meeting has begun or ended, and can be neither changed nor cancelled any more";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::jobs::schedule_meetings::fault::{Fault, Faults};

    fn at(text: &str) -> Timestamp {
        Timestamp::from_api(text).unwrap()
    }

    const NOW: &str = "2027-01-10 12:00";

    fn row() -> Row {
        Row {
            reference: Some("R1".to_owned()),
            user_id: UserId::new("u1"),
            room_name: Some("Algebra".to_owned()),
            start: Some(at("2027-02-01 08:00")),
            duration_min: Some(60),
            moderators: Some(1),
            participants: Some(30),
            ..Row::default()
        }
    }

    fn checked(row: Row) -> Checked {
        let past = row.start.filter(|start| *start <= at(NOW)).map(|_| Fault {
            column: None,
            code: Some(Code::START_PAST),
            words: "past".to_owned(),
        });
        Checked { row, faults: Faults::default(), past, as_before: None }
    }

    fn around(now: &str) -> PlanContext<'static> {
        PlanContext { own: None, timezone_id: Some("tz"), create_missing: false, now: at(now) }
    }

    fn made_from(row: &Row) -> Earlier {
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
            },
            gone: false,
        }
    }

    fn wished(meaning: &RowPlan) -> Option<&PlannedAction> {
        match meaning {
            RowPlan::Action(wish) => Some(wish),
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
        assert!(matches!(wished(&meaning(&checked(row()), None, around(NOW))), Some(PlannedAction::Create(_))));
        let past = checked(Row { start: Some(at("2020-01-01 08:00")), ..row() });
        let RowPlan::Decided { status, code, .. } = meaning(&past, None, around(NOW)) else { panic!() };
        assert_eq!((status, code), (Status::Invalid, Some(Code::START_PAST)));
    }

    #[test]
    fn the_same_row_again_is_kept_and_once_its_meeting_has_ended_not_even_looked_for() {
        let earlier = made_from(&row());
        assert!(matches!(
            wished(&meaning(&checked(row()), Some(&earlier), around(NOW))),
            Some(PlannedAction::Keep { again: None, .. })
        ));
        let later = meaning(&checked(row()), Some(&earlier), around("2027-02-01 09:00"));
        assert_eq!(status(&later), Some(Status::Unchanged));
    }

    #[test]
    fn a_changed_row_with_the_same_ref_changes_its_meeting() {
        let earlier = made_from(&row());
        let changed = checked(Row { participants: Some(40), ..row() });
        let meaning = meaning(&changed, Some(&earlier), around(NOW));
        let Some(PlannedAction::Change { target, change, .. }) = wished(&meaning) else { panic!() };
        assert_eq!(*target, Target::Meeting(earlier.meeting.clone()));
        assert_eq!((change.participants, change.room_name.as_deref()), (Some(40), Some("Algebra")));
    }

    #[test]
    fn a_ref_that_seems_to_be_used_twice_or_for_somebody_else_is_not_guessed_at() {
        let earlier = made_from(&row());
        let other = Row { room_name: Some("Geometry".to_owned()), start: Some(at("2027-02-02 08:00")), ..row() };
        assert_eq!(status(&meaning(&checked(other.clone()), Some(&earlier), around(NOW))), Some(Status::Invalid));
        let meant = Row { action: Action::Update, ..other };
        assert!(matches!(
            wished(&meaning(&checked(meant), Some(&earlier), around(NOW))),
            Some(PlannedAction::Change { .. })
        ));
        // As a server tells them that writes numbers and entities, which an earlier change may have remembered.
        let own = Row { user_id: UserId::new("0042"), room_name: Some("R&D".to_owned()), ..row() };
        let facts = Facts {
            user: UserId::new("42"),
            room_name: "R&amp;D".to_owned(),
            numbers: Numbers::of([(Part::User, true), (Part::Name, true)]),
            ..made_from(&own).facts
        };
        let told = Earlier { facts, ..made_from(&own) };
        let later = checked(Row { start: Some(at("2027-02-02 08:00")), ..own });
        assert!(matches!(wished(&meaning(&later, Some(&told), around(NOW))), Some(PlannedAction::Change { .. })));
        let moved = Row { user_id: UserId::new("u2"), ..row() };
        assert_eq!(status(&meaning(&checked(moved), Some(&earlier), around(NOW))), Some(Status::Invalid));
    }

    #[test]
    fn a_ref_is_free_again_after_its_meeting_has_ended_or_was_cancelled() {
        let earlier = made_from(&Row { start: Some(at("2027-01-05 08:00")), ..row() });
        assert!(matches!(
            wished(&meaning(&checked(row()), Some(&earlier), around(NOW))),
            Some(PlannedAction::Create(_))
        ));
        let cancelled = Earlier { gone: true, ..made_from(&row()) };
        assert!(matches!(
            wished(&meaning(&checked(row()), Some(&cancelled), around(NOW))),
            Some(PlannedAction::Create(_))
        ));
    }

    #[test]
    fn a_meeting_that_has_begun_is_neither_changed_nor_cancelled() {
        let earlier = made_from(&row());
        let during = around("2027-02-01 08:30");
        for action in [Action::Schedule, Action::Update, Action::Cancel] {
            let changed = checked(Row { action, participants: Some(40), ..row() });
            let RowPlan::Decided { status, error, .. } = meaning(&changed, Some(&earlier), during) else { panic!() };
            assert_eq!((status, error.as_deref()), (Status::Invalid, Some(BEGUN)));
        }
    }

    #[test]
    fn a_ref_that_was_told_exists_looks_for_that_meeting_and_never_changes_it() {
        let earlier = made_from(&row());
        let theirs = Earlier { facts: Facts { theirs: true, ..earlier.facts.clone() }, ..earlier };
        let longer = checked(Row { duration_min: Some(90), ..row() });
        assert!(matches!(wished(&meaning(&longer, Some(&theirs), around(NOW))), Some(PlannedAction::Theirs { .. })));
        for action in [Action::Update, Action::Cancel] {
            let row = checked(Row { action, ..row() });
            assert_eq!(status(&meaning(&row, Some(&theirs), around(NOW))), Some(Status::Invalid), "{action}");
        }
        let over = checked(Row { start: Some(at("2027-03-01 08:00")), ..row() });
        assert!(matches!(
            wished(&meaning(&over, Some(&theirs), around("2027-02-02 08:00"))),
            Some(PlannedAction::Create(_))
        ));
    }

    #[test]
    fn cancelling_twice_changes_nothing_and_an_unknown_ref_is_told() {
        let cancel = checked(Row { action: Action::Cancel, ..row() });
        let gone = Earlier { gone: true, ..made_from(&row()) };
        assert_eq!(status(&meaning(&cancel, Some(&gone), around(NOW))), Some(Status::Unchanged));
        assert_eq!(status(&meaning(&cancel, None, around(NOW))), Some(Status::Invalid));
        let by_start = checked(Row { action: Action::Cancel, reference: None, ..row() });
        assert!(matches!(
            wished(&meaning(&by_start, None, around(NOW))),
            Some(PlannedAction::Cancel { target: Target::Key { .. }, facts: Some(_) })
        ));
    }
}
