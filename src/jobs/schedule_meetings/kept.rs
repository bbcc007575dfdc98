//! Says what a server keeps otherwise of a meeting that it has just made for us: good to know where it is a text's form, and for a
//! person to look at where it is whose meeting it is, when it begins or how long it takes.

use super::session::ScheduleSession;
use super::wish::Create;
use crate::clock::Timestamp;
use crate::model::Meeting;
use crate::model::kept::{is_same_number, is_same_text};

/// What there is to tell of a meeting that was made.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// What the server keeps otherwise, in words.
    pub(super) note: Option<String>,
    /// The same, where a person must look.
    pub(super) warning: Option<String>,
}

/// How the server keeps a meeting.
pub(super) enum Kept {
    /// It has it; perhaps otherwise than was asked.
    Otherwise(Told),
    /// It does not know the id that it has told.
    Nowhere,
}

/// Compares a meeting that the reply tells with what was asked. Where the essentials differ, it is read by its id first: the reply
/// may be wrong, and the meeting right.
pub(super) async fn kept(session: &ScheduleSession, told: &Meeting, create: &Create) -> Kept {
    let forms = other_forms(told, create);
    if essentials(told, create).is_empty() {
        return Kept::Otherwise(Told { note: sentence(&forms), warning: None });
    }
    let differing = match session.asking.meeting(&told.meeting_id).await {
        Ok(reply) if is_same_number(reply.value.meeting_id.as_str(), told.meeting_id.as_str()) => {
            essentials(&reply.value, create)
        }
        Err(failure) if failure.is_absence() => return Kept::Nowhere,
        // What the reply says is all there is to go by.
        Ok(_) | Err(_) => essentials(told, create),
    };
    let all: Vec<_> = differing.iter().chain(&forms).cloned().collect();
    let warning =
        sentence(&differing).map(|words| format!("the meeting was made, but {words}. Correct it on the server"));
    Kept::Otherwise(Told { note: sentence(&all), warning })
}

fn sentence(differing: &[String]) -> Option<String> {
    (!differing.is_empty()).then(|| format!("the server keeps it otherwise: {}", differing.join(", ")))
}

/// Whose meeting it is, when it begins and how long it takes, where the server tells them otherwise than asked.
fn essentials(meeting: &Meeting, create: &Create) -> Vec<String> {
    let draft = &create.draft;
    let user = meeting.user_id.as_ref().filter(|user| !is_same_number(user.as_str(), create.user.as_str()));
    let start = meeting.start.filter(|start| *start != draft.start);
    let minutes = meeting.duration_min.filter(|minutes| *minutes != draft.duration_min);
    let mut differing = Vec::new();
    let mut add = |name: &str, is: Option<String>, wanted: String| {
        differing.extend(is.map(|is| format!("{name} ({is} there, {wanted} here)")));
    };
    add("user_id", user.map(ToString::to_string), create.user.to_string());
    add("start_time", start.map(Timestamp::to_api), draft.start.to_api());
    add("duration", minutes.map(|minutes| minutes.to_string()), draft.duration_min.to_string());
    differing
}

/// Texts that the server tells in another form than was sent, or altogether otherwise.
fn other_forms(meeting: &Meeting, create: &Create) -> Vec<String> {
    let form = |name: &str, is: Option<&str>, sent: Option<&str>| {
        let (is, sent) = (is?.trim(), sent?.trim());
        let shown: String = is.chars().take(60).collect();
        match () {
            () if is.is_empty() || is == sent => None,
            () if is_same_text(is, sent) => Some(format!("{name} in a form of its own ({shown})")),
            () => Some(format!("{name} ({shown} there)")),
        }
    };
    let title = form("room_name", Some(&meeting.room_name), Some(&create.draft.room_name));
    let desc = form("desc", meeting.desc.as_deref(), create.draft.desc.as_deref());
    title.into_iter().chain(desc).collect()
}
