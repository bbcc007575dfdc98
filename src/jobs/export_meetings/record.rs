//! Records a meeting as an export tells it: kept in the journal until its line is written, compared by its
//! fingerprint in later runs.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::clock::Timestamp;
use crate::model::{Digest, Meeting, MeetingId, Stage};

/// The payload of an item: its meeting's line. `line` is absent where there is nothing to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ExportPayload<L = Line> {
    pub(super) v: u32,
    #[serde(default = "Option::default", skip_serializing_if = "Option::is_none")]
    pub(super) line: Option<L>,
}

/// Said of an item whose payload cannot be read.
pub(super) const UNREADABLE: &str = "what was to be exported cannot be read from the journal";

/// A line to write.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Line<R = Record> {
    /// The number of times that this meeting was exported, with this line.
    pub(super) revision: u32,
    pub(super) record: R,
}

/// A record as it is kept, by whose fingerprint a meeting is known to be the same.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub(super) struct Written(Box<RawValue>);

/// The facts that a job remembers of a meeting that it has exported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Facts {
    pub(super) v: u32,
    pub(super) revision: u32,
}

/// A meeting without its PINs, which are kept elsewhere, and without its stage, which is always `past`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) meeting_id: MeetingId,
    pub(super) room_id: Option<String>,
    pub(super) user_id: Option<String>,
    pub(super) app_type: Option<String>,
    pub(super) room_name: String,
    pub(super) desc: Option<String>,
    pub(super) start_time: Option<Timestamp>,
    pub(super) duration: Option<u32>,
    pub(super) moderators: Option<u32>,
    pub(super) participants: Option<u32>,
    pub(super) wait_for_moderator: Option<bool>,
    pub(super) knock: Option<bool>,
    pub(super) auto_recording: Option<bool>,
    pub(super) direct_url: Option<String>,
}

/// The columns of an export, of which the last two are written only where PINs are asked for.
const COLUMNS: [&str; 18] = [
    "meeting_id",
    "revision",
    "room_id",
    "user_id",
    "app_type",
    "room_name",
    "desc",
    "start_time",
    "duration",
    "moderators",
    "participants",
    "wait_for_moderator",
    "knock",
    "auto_recording",
    "stage",
    "direct_url",
    "mpin",
    "ppin",
];

/// Those of numbers, which a workbook has as such.
pub(super) const NUMBERS: [&str; 4] = ["revision", "duration", "moderators", "participants"];

/// Returns the columns of an export.
pub(super) fn columns(pins: bool) -> &'static [&'static str] {
    if pins { &COLUMNS } else { COLUMNS.split_at(COLUMNS.len() - 2).0 }
}

impl Record {
    pub(super) fn of(meeting: &Meeting) -> Self {
        Self {
            meeting_id: meeting.meeting_id.clone(),
            room_id: meeting.room_id.as_ref().map(ToString::to_string),
            user_id: meeting.user_id.as_ref().map(ToString::to_string),
            app_type: meeting.app_type.map(|app| app.as_str().to_owned()),
            room_name: meeting.room_name.clone(),
            desc: meeting.desc.clone(),
            start_time: meeting.start,
            duration: meeting.duration_min,
            moderators: meeting.moderators,
            participants: meeting.participants,
            wait_for_moderator: meeting.wait_for_moderator,
            knock: meeting.knock,
            auto_recording: meeting.auto_recording,
            direct_url: meeting.direct_url.clone(),
        }
    }

    /// Returns all that is written of it, as it is kept.
    pub(super) fn written(&self) -> Written {
        // Texts, numbers and truths: this cannot fail.
        Written(serde_json::value::to_raw_value(self).unwrap_or_default())
    }
}

impl Written {
    /// Returns its fingerprint.
    pub(super) fn digest(&self) -> Digest {
        digest(&self.0)
    }
}

/// Returns the fingerprint of a record that is kept.
pub(super) fn digest(record: &RawValue) -> Digest {
    Digest::of(record.get().as_bytes())
}

/// Tells whether a meeting of a list of past ones is over: the server says so, and where it says nothing, its times do.
pub(super) fn is_over(meeting: &Meeting, now: Timestamp) -> bool {
    match meeting.stage {
        Some(stage) => stage == Stage::Past,
        None => meeting.end().is_none_or(|end| end <= now),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_the_last_columns_and_only_where_they_are_asked_for() {
        assert_eq!(columns(false).last(), Some(&"direct_url"));
        assert_eq!(columns(true).iter().skip(16).collect::<Vec<_>>(), [&"mpin", &"ppin"]);
    }
}
