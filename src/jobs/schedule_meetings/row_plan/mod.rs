//! Plans a row, given the meetings that this job made before from a row of the same identity. Pure.

use super::check::Checked;
use super::facts::Facts;
use super::fault::Fault;
use super::planned_action::{PlannedAction, Remembered, Target};
use super::row::{Action, TimetableRow};
use super::wanted_meeting::Create;
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
    Action(PlannedAction),
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
    /// The row names its meeting by more than its ref.
    pub(super) is_named: bool,
}

/// Plans a row. Its faults, if any, have been told already: only rows without faults are planned.
pub(super) fn meaning(checked: Checked, earlier: Option<&Earlier>, around: PlanContext<'_>) -> RowPlan {
    match checked.row.action {
        Action::Schedule => match earlier.filter(|earlier| !earlier.gone) {
            Some(earlier) => schedule_again(&checked, earlier, around),
            None => create(checked.row, around).map_or_else(incomplete, |create| make(checked.past.as_ref(), create)),
        },
        Action::Update => update(&checked, earlier, around),
        Action::Cancel => cancel(&checked.row, earlier, around),
    }
}

fn schedule_again(checked: &Checked, earlier: &Earlier, around: PlanContext<'_>) -> RowPlan {
    let row = &checked.row;
    let Some(create) = create(row.clone(), around) else { return incomplete() };
    let ended = earlier.facts.end() <= around.now;
    if earlier.facts.theirs {
        let meeting = earlier.meeting.clone();
        return match &checked.past {
            None if !ended => planned(PlannedAction::Theirs { meeting, create }),
            _ => make(checked.past.as_ref(), create),
        };
    }
    if earlier.content == row.digest() {
        return keep(earlier, ended, around.create_missing.then_some(create));
    }
    if ended {
        return make(checked.past.as_ref(), create);
    }
    if is_of_another(earlier, &create.user) {
        return invalid(
            None,
            "the meeting of this ref belongs to another user, and a meeting cannot be moved to somebody else. Cancel it, and schedule a new one under another ref",
        );
    }
    let is_renamed =
        !is_told_text(&earlier.facts.room_name, &create.draft.room_name, earlier.facts.numbers.has(Part::Name));
    if is_renamed && earlier.facts.start != create.draft.start && !around.is_named {
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
    let was = Remembered::of(&earlier.facts);
    planned(PlannedAction::Change {
        target,
        was,
        change: Box::new(change),
        again: around.create_missing.then_some(create),
    })
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
        Ok(target) => planned(PlannedAction::Change {
            was: remembered(&target, earlier),
            target,
            change: Box::new(change),
            again: None,
        }),
        Err(words) => invalid(None, words),
    }
}

fn cancel(row: &TimetableRow, earlier: Option<&Earlier>, around: PlanContext<'_>) -> RowPlan {
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
            planned(PlannedAction::Cancel { was: remembered(&target, earlier), target, facts })
        }
        Err(words) => invalid(None, words),
    }
}

/// Finds the target by `meeting_id`, else `ref`, else user, title, start and duration; in words, why there is none.
fn target(row: &TimetableRow, earlier: Option<&Earlier>, around: PlanContext<'_>) -> Result<Target, &'static str> {
    if let Some(meeting) = &row.meeting_id {
        return Ok(Target::Named(meeting.clone()));
    }
    if let Some(earlier) = earlier {
        return Ok(Target::Meeting(earlier.meeting.clone()));
    }
    if row.reference.is_some() {
        return Err("this job has made no meeting with this ref, or it was cancelled");
    }
    let user = row.user_id.as_ref().or(around.own);
    match (row.match_key(around.own), user) {
        (Some(key), Some(user)) => Ok(Target::Key { key, user: user.clone() }),
        _ => Err("the row does not say which meeting it is about"),
    }
}

/// Returns what is remembered of the target. A row that names a meeting by its id may mean another than the one of its ref.
fn remembered(target: &Target, earlier: Option<&Earlier>) -> Remembered {
    let is_it = |earlier: &&Earlier| match target {
        Target::Meeting(meeting) | Target::Named(meeting) => *meeting == earlier.meeting,
        Target::Key { .. } => false,
    };
    earlier.filter(is_it).map_or_else(Remembered::default, |earlier| Remembered::of(&earlier.facts))
}

fn facts(row: &TimetableRow, user: &UserId) -> Option<Facts> {
    Some(Facts {
        user: Some(user.clone()),
        room_name: row.room_name.clone()?,
        start: row.start?,
        duration_min: row.duration_min?,
        theirs: false,
        numbers: Numbers::default(),
        invited: None,
    })
}

fn create(row: TimetableRow, around: PlanContext<'_>) -> Option<Create> {
    let draft = row.draft(around.timezone_id?)?;
    let user = draft.user_id.as_ref().or(around.own)?.clone();
    Some(Create::of(draft, user))
}

fn make(past: Option<&Fault>, create: Create) -> RowPlan {
    match past {
        Some(past) => invalid(past.code, &past.words),
        None => planned(PlannedAction::Create(create)),
    }
}

fn keep(earlier: &Earlier, ended: bool, again: Option<Create>) -> RowPlan {
    let meeting = earlier.meeting.clone();
    if ended {
        RowPlan::Decided { status: Status::Unchanged, code: None, error: None, meeting: Some(meeting) }
    } else {
        let (user, start) = (earlier.facts.user.clone(), Some(earlier.facts.start));
        planned(PlannedAction::Keep { meeting, user, start, again })
    }
}

fn incomplete() -> RowPlan {
    invalid(None, "the row does not say all that a meeting needs")
}

fn planned(action: PlannedAction) -> RowPlan {
    RowPlan::Action(action)
}

fn invalid(code: Option<Code>, words: &str) -> RowPlan {
    RowPlan::Decided { status: Status::Invalid, code, error: Some(words.to_owned()), meeting: None }
}

/// Of a meeting that can be changed or cancelled no more.
pub(super) const BEGUN: &str = "the meeting has begun or ended, and can be neither changed nor cancelled any more";

#[cfg(test)]
mod tests;
