//! Finds the meeting that a row speaks of: on its owner's list, or alone.

use super::decision::{done, refused};
use super::diff::is_told;
use super::identity::Sight;
use super::notebook::{NotListed, scratch};
use super::noted::{Noted, is_it};
use super::overview::is_soon;
use super::planned_action::{Remembered, Target, start_of};
use super::session::{ScheduleSession, list_trouble};
use crate::api::Disposition;
use crate::clock::Timestamp;
use crate::engine::{Decision, Trouble, TroubleKind};
use crate::jobs::failure::trouble;
use crate::model::{Invitees, Meeting, MeetingChange, MeetingId, OpenItem, Status, UserId};

const SEVERAL: &str =
    "the user has several meetings with this title, start and duration: name the one by its meeting_id";

/// The reason why there is no meeting to go on with.
pub(super) enum Missing {
    /// The server has none.
    Gone,
    /// The item is decided.
    Refused(Box<Decision>),
}

/// A meeting that is there.
pub(super) struct FoundMeeting {
    pub(super) noted: Noted,
    /// Known where the meeting was read alone.
    pub(super) invitees: Option<Invitees>,
}

impl FoundMeeting {
    fn read(meeting: Meeting) -> Self {
        Self { noted: Noted::of(&meeting), invitees: meeting.invitees }
    }
}

/// Finds the meeting of a row that changes or cancels one: on its owner's list, else by its id. It is read alone where its
/// invitees matter, where the list leaves out a field, and where a request about it was sent before.
pub(super) async fn find(
    session: &ScheduleSession,
    item: &OpenItem,
    target: &Target,
    was: &Remembered,
    change: Option<&MeetingChange>,
) -> Result<Result<FoundMeeting, Missing>, Trouble> {
    let by_list = item.life.attempts == 0 && change.is_none_or(|change| change.invitees.is_none());
    let serves = |noted: &Noted| by_list && change.map_or(noted.start.is_some(), |change| is_told(change, noted));
    let (key, user) = match target {
        Target::Meeting(meeting) | Target::Named(meeting) => {
            if let Some(user) = was.user.as_ref().filter(|_| by_list)
                && list(session, user, None).await?.is_ok()
                && let Some(noted) = session.notebook.meeting(meeting).map_err(scratch)?.filter(serves)
            {
                return Ok(Ok(FoundMeeting { noted, invitees: None }));
            }
            return Ok(read(session, meeting).await?.map(FoundMeeting::read));
        }
        Target::Key { key, user } => (key, user),
    };
    if let Err(refused) = list(session, user, start_of(key)).await? {
        return Ok(Err(Missing::Refused(refused)));
    }
    let mut same = session.notebook.matching(&Sight::of(key)).map_err(scratch)?.0;
    match same.len() {
        0 => Ok(Err(Missing::Gone)),
        1 if serves(&same[0]) => Ok(Ok(FoundMeeting { noted: same.remove(0), invitees: None })),
        1 => Ok(read(session, &same[0].meeting_id).await?.map(FoundMeeting::read)),
        _ => Ok(Err(Missing::Refused(Box::new(done(Status::Invalid, SEVERAL))))),
    }
}

/// Reads a meeting alone.
pub(super) async fn read(session: &ScheduleSession, meeting: &MeetingId) -> Result<Result<Meeting, Missing>, Trouble> {
    match session.sending.meeting(meeting).await {
        Ok(reply) if is_it(&reply.value, meeting) => Ok(Ok(reply.value)),
        Ok(_) => Err(Trouble {
            kind: TroubleKind::Unwell,
            words: format!("the server was asked about meeting {meeting}, and answered about another"),
        }),
        Err(failure) if failure.is_absence() => Ok(Err(Missing::Gone)),
        Err(failure) if failure.disposition == Disposition::Final => {
            Ok(Err(Missing::Refused(Box::new(refused(&failure)))))
        }
        Err(failure) => Err(trouble(&failure, &format!("meeting {meeting}"))),
    }
}

/// Notes the user's meetings, those that go on among them where a row of this start may have one; where the server will
/// not tell them, the item is refused with its reason.
pub(super) async fn list(
    session: &ScheduleSession,
    user: &UserId,
    start: Option<Timestamp>,
) -> Result<Result<(), Box<Decision>>, Trouble> {
    list_stages(session, user, is_soon(start, session.tools.clock.now())).await
}

/// The same, where it is known whether those that go on are needed.
pub(super) async fn list_stages(
    session: &ScheduleSession,
    user: &UserId,
    soon: bool,
) -> Result<Result<(), Box<Decision>>, Trouble> {
    match session.notebook.list(&session.sending, user, soon).await {
        Ok(()) => Ok(Ok(())),
        Err(NotListed::Server(failure)) if failure.disposition == Disposition::Final => {
            Ok(Err(Box::new(refused(&failure))))
        }
        Err(error) => Err(list_trouble(error, user)),
    }
}
