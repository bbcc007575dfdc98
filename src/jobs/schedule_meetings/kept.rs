//! Says what a server keeps otherwise of a meeting that it has just made or changed for us: good to know where it is a
//! text's form, and for a person to look at where it is whose meeting it is, when it begins or how long it takes.

use super::noted::is_it;
use super::session::ScheduleSession;
use crate::api::{ListQuery, Search};
use crate::clock::Timestamp;
use crate::model::kept::{is_told_id, is_told_text};
use crate::model::{Meeting, MeetingChange, MeetingDraft, Part, Stage, UserId};

/// The fields that were asked of a meeting; `None` for a field that is left as it is.
#[derive(Debug, Clone, Copy)]
pub(super) struct AskedFields<'a> {
    user: Option<&'a UserId>,
    room_name: Option<&'a str>,
    desc: Option<&'a str>,
    start: Option<Timestamp>,
    duration_min: Option<u32>,
}

impl<'a> AskedFields<'a> {
    /// Takes the fields that were asked to make it, for that user.
    pub(super) fn to_make(draft: &'a MeetingDraft, user: &'a UserId) -> Self {
        Self {
            user: Some(user),
            room_name: Some(&draft.room_name),
            desc: draft.desc.as_deref(),
            start: Some(draft.start),
            duration_min: Some(draft.duration_min),
        }
    }

    /// Takes the fields that were asked to change it.
    pub(super) fn to_change(change: &'a MeetingChange) -> Self {
        Self {
            user: None,
            room_name: change.room_name.as_deref(),
            desc: change.desc.as_deref(),
            start: change.start,
            duration_min: change.duration_min,
        }
    }

    fn was_made(self) -> &'static str {
        if self.user.is_some() { "made" } else { "changed" }
    }
}

/// The remarks on a meeting that was made or changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct MeetingRemarks {
    /// The fields that the server keeps otherwise, in words.
    pub(super) note: Option<String>,
    /// The same, where a person must look.
    pub(super) warning: Option<String>,
}

/// The way in which the server keeps a meeting.
pub(super) enum Kept {
    /// It has it; perhaps otherwise than was asked.
    Otherwise(MeetingRemarks),
    /// It does not know the id that it has told.
    Nowhere,
}

/// Completes a meeting of which the reply told no more than its id.
pub(super) async fn whole(session: &ScheduleSession, told: Meeting, user: &UserId) -> Meeting {
    if told.start.is_some() || !told.room_name.is_empty() {
        return told;
    }
    match Box::pin(listed(session, &told, user)).await {
        Listed::There(meeting) => *meeting,
        Listed::Nowhere | Listed::Unread => told,
    }
}

/// The finding of a search in the list of a user's coming meetings.
enum Listed {
    There(Box<Meeting>),
    Nowhere,
    /// The list could not be read.
    Unread,
}

async fn listed(session: &ScheduleSession, told: &Meeting, user: &UserId) -> Listed {
    let user = told.user_id.as_ref().unwrap_or(user).clone();
    let query = ListQuery { stage: Some(Stage::Upcoming), search: Some(Search::User(user)), order: None };
    let mut pages = session.asking.meetings(query);
    loop {
        match pages.next().await {
            Ok(Some(page)) => {
                if let Some(found) = page.into_iter().find(|listed| is_it(listed, &told.meeting_id)) {
                    return Listed::There(Box::new(found));
                }
            }
            Ok(None) => return Listed::Nowhere,
            Err(_) => return Listed::Unread,
        }
    }
}

/// Compares a meeting that the reply tells with what was asked. Where the essentials differ, it is read by its id first:
/// the reply may be wrong, and the meeting right.
pub(super) async fn kept(session: &ScheduleSession, told: &Meeting, asked: AskedFields<'_>) -> Kept {
    let forms = other_forms(told, asked);
    let is_bare = told.start.is_none() && told.room_name.is_empty();
    if !is_bare && essentials(told, asked).is_empty() {
        return Kept::Otherwise(MeetingRemarks { note: sentence(&forms), warning: None });
    }
    // Seldom needed, and large.
    let Some(differing) = Box::pin(differing(session, told, asked)).await else { return Kept::Nowhere };
    let all: Vec<_> = differing.iter().chain(&forms).cloned().collect();
    let made = asked.was_made();
    let warning =
        sentence(&differing).map(|words| format!("the meeting was {made}, but {words}. Correct it on the server"));
    Kept::Otherwise(MeetingRemarks { note: sentence(&all), warning })
}

/// Reads the meeting, and lists where its essentials differ; `None` where it is nowhere.
async fn differing(session: &ScheduleSession, told: &Meeting, asked: AskedFields<'_>) -> Option<Vec<String>> {
    Some(match session.asking.meeting(&told.meeting_id).await {
        Ok(reply) if is_it(&reply.value, &told.meeting_id) => essentials(&reply.value, asked),
        Err(failure) if failure.is_absence() => match listed(session, told, asked.user?).await {
            Listed::There(listed) => essentials(&listed, asked),
            Listed::Nowhere => return None,
            Listed::Unread => essentials(told, asked),
        },
        // Only the reply is there to go by.
        Ok(_) | Err(_) => essentials(told, asked),
    })
}

fn sentence(differing: &[String]) -> Option<String> {
    (!differing.is_empty()).then(|| format!("the server keeps it otherwise: {}", differing.join(", ")))
}

/// Lists the meeting's owner, start and duration, where the server tells them otherwise than asked.
fn essentials(meeting: &Meeting, asked: AskedFields<'_>) -> Vec<String> {
    let mut differing = Vec::new();
    let mut differs =
        |name: &str, is: &str, wanted: &str| differing.push(format!("{name} ({is} there, {wanted} here)"));
    if let (Some(is), Some(wanted)) = (&meeting.user_id, asked.user)
        && !is_told_id(is.as_str(), wanted.as_str(), meeting.numbers.has(Part::User))
    {
        differs("user_id", is.as_str(), wanted.as_str());
    }
    if let (Some(is), Some(wanted)) = (meeting.start, asked.start)
        && is != wanted
        && is.to_api() != wanted.to_api()
    {
        differs("start_time", &is.to_api(), &wanted.to_api());
    }
    if let (Some(is), Some(wanted)) = (meeting.duration_min, asked.duration_min)
        && is != wanted
    {
        differs("duration", &is.to_string(), &wanted.to_string());
    }
    differing
}

/// Texts that the server tells in another form than was sent, or altogether otherwise.
fn other_forms(meeting: &Meeting, asked: AskedFields<'_>) -> Vec<String> {
    let form = |(name, part): (&str, Part), is: Option<&str>, sent: Option<&str>| {
        let (is, sent) = (is?.trim(), sent?.trim());
        if is.is_empty() || is == sent {
            return None;
        }
        let shown: String = is.chars().take(60).collect();
        Some(if is_told_text(is, sent, meeting.numbers.has(part)) {
            format!("{name} in a form of its own ({shown})")
        } else {
            format!("{name} ({shown} there)")
        })
    };
    let title = form(("room_name", Part::Name), Some(&meeting.room_name), asked.room_name);
    let desc = form(("desc", Part::Desc), meeting.desc.as_deref(), asked.desc);
    title.into_iter().chain(desc).collect()
}
