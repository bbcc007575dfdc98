//! Defines an item's payload, as the journal keeps it: all that is needed to decide, send and settle it, also after
//! a restart with another configuration.

use serde::{Deserialize, Serialize, Serializer};

use super::facts::Facts;
use super::wanted_meeting::Create;
use crate::clock::Timestamp;
use crate::model::{Digest, Meeting, MeetingChange, MeetingId, RoomId, UserId, written_as_json};

/// An item's payload. It is written as a list, since each of a file's rows has one; earlier versions wrote the fields with their names.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(super) struct RowPayload {
    /// The version of this form.
    pub(super) v: u32,
    /// A fingerprint of the row.
    pub(super) content: Digest,
    /// The wanted state.
    #[serde(rename = "wish")]
    pub(super) action: PlannedAction,
}

impl Serialize for RowPayload {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        (self.v, self.content, &self.action).serialize(to)
    }
}

/// The wanted state of a row's meeting.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum PlannedAction {
    /// Such a meeting, which this job has not made.
    Create(Create),
    /// The same, where another creator's meeting stood in its place when the row came before.
    Theirs {
        /// The other creator's meeting.
        meeting: MeetingId,
        /// The meeting to make where it is there no more.
        create: Create,
    },
    /// The meeting that this job made from the same content.
    Keep {
        /// The meeting.
        meeting: MeetingId,
        /// Its owner, as far as that is remembered.
        user: Option<UserId>,
        /// Its start, as far as that is remembered.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        start: Option<Timestamp>,
        /// The meeting to make where the server has it no more, and the job says so.
        again: Option<Create>,
    },
    /// A meeting with these fields.
    Change {
        /// The meeting.
        target: Target,
        /// The facts that are remembered of it.
        #[serde(default, skip_serializing_if = "Remembered::is_nothing")]
        was: Remembered,
        /// The fields.
        change: Box<MeetingChange>,
        /// The meeting to make where the server has it no more, and the job says so.
        again: Option<Create>,
    },
    /// No such meeting.
    Cancel {
        /// The meeting.
        target: Target,
        /// The facts that are remembered of it.
        #[serde(default, skip_serializing_if = "Remembered::is_nothing")]
        was: Remembered,
        /// The row's facts on the meeting, where nothing else names it: so that the row is known when it comes
        /// again.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        facts: Option<Facts>,
    },
    /// Nothing: the plan has decided.
    Nothing,
}

impl PlannedAction {
    /// Returns the user whose list of meetings decides.
    pub(super) fn listed_user(&self) -> Option<&UserId> {
        match self {
            Self::Create(create) | Self::Theirs { create, .. } => Some(&create.user),
            Self::Keep { user, .. } => user.as_ref(),
            Self::Change { target: Target::Key { user, .. }, .. }
            | Self::Cancel { target: Target::Key { user, .. }, .. } => Some(user),
            Self::Change { was, .. } | Self::Cancel { was, .. } => was.user.as_ref(),
            Self::Nothing => None,
        }
    }

    /// Returns the least and the greatest number of requests that it takes, besides the lists of meetings: the change, and a
    /// reading of the meeting alone where the list does not serve.
    pub(super) fn requests(&self) -> [u64; 2] {
        let alone = u64::from(self.listed_user().is_none());
        match self {
            Self::Nothing => [0, 0],
            Self::Keep { .. } => [alone; 2],
            Self::Create(_) => [1, 1],
            Self::Theirs { .. } => [0, 1],
            Self::Change { was, change, .. } => {
                let has_guests = change.invitees.as_ref();
                let has_guests = has_guests.is_some_and(|guests| was.invited != Some(false) || !guests.is_empty());
                [1 + alone.max(u64::from(has_guests)); 2]
            }
            // A reply to a cancellation may be impossible to understand; then the meeting is looked for.
            Self::Cancel { .. } => [1 + alone, 2 + alone],
        }
    }

    /// Tells whether it is about a meeting that an earlier run made.
    pub(super) fn is_made(&self) -> bool {
        match self {
            Self::Keep { .. } => true,
            Self::Change { target, .. } | Self::Cancel { target, .. } => matches!(target, Target::Meeting(_)),
            Self::Create(_) | Self::Theirs { .. } | Self::Nothing => false,
        }
    }

    /// Tells whether the list alone decides: where a meeting has an id, and is not on the list, it is read alone.
    pub(super) fn must_be_listed(&self) -> bool {
        match self {
            Self::Create(_) | Self::Theirs { .. } => true,
            Self::Change { target, .. } | Self::Cancel { target, .. } => matches!(target, Target::Key { .. }),
            Self::Keep { .. } | Self::Nothing => false,
        }
    }

    /// Returns the start under which the meeting is looked for on that list.
    pub(super) fn listed_start(&self) -> Option<Timestamp> {
        match self {
            Self::Create(create) | Self::Theirs { create, .. } => Some(create.draft.start),
            Self::Keep { start, .. } => *start,
            Self::Change { target: Target::Key { key, .. }, .. }
            | Self::Cancel { target: Target::Key { key, .. }, .. } => start_of(key),
            Self::Change { was, .. } | Self::Cancel { was, .. } => was.start,
            Self::Nothing => None,
        }
    }
}

/// Returns the start that a match key begins with.
pub(super) fn start_of(key: &str) -> Option<Timestamp> {
    key.split('|').next().and_then(|start| Timestamp::from_api(start).ok())
}

/// The facts that were remembered, when the row was planned, of a meeting that is changed or cancelled.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Remembered {
    /// Its owner.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) user: Option<UserId>,
    /// Its start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start: Option<Timestamp>,
    /// True where it was given invitees, false where it never was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) invited: Option<bool>,
}

impl Remembered {
    pub(super) fn of(facts: &Facts) -> Self {
        Self { user: facts.user.clone(), start: Some(facts.start), invited: facts.invited }
    }

    fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// The key by which a meeting is found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Target {
    /// By the id under which this job made it.
    Meeting(MeetingId),
    /// By the id that the row names.
    Named(MeetingId),
    /// By what it says.
    Key {
        /// Start, user, duration and title.
        key: String,
        /// Its owner.
        user: UserId,
    },
}

/// The server's state before, as an intent journals it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Before {
    /// Meetings that matched already: none of them is ours.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) matched: Vec<MeetingId>,
    /// The meeting that is changed or cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) meeting: Option<MeetingId>,
    /// The earlier values of the fields that are to change.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fields: Option<MeetingChange>,
}

/// The details of an item in results and JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct ItemResult {
    /// The meeting.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) meeting_id: Option<MeetingId>,
    /// Its room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) room_id: Option<RoomId>,
    /// The link that opens it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) direct_url: Option<String>,
    /// A thing that a person must look at, though nothing failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) warning: Option<String>,
    /// A thing that is good to know of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) note: Option<String>,
}

impl ItemResult {
    pub(super) fn of(meeting: &Meeting) -> Self {
        Self {
            meeting_id: Some(meeting.meeting_id.clone()),
            room_id: meeting.room_id.clone(),
            direct_url: meeting.direct_url.clone(),
            warning: None,
            note: None,
        }
    }

    pub(super) fn of_id(meeting: &MeetingId) -> Self {
        Self { meeting_id: Some(meeting.clone()), ..Self::default() }
    }
}

/// Makes JSON of a value that holds texts, numbers and lists only, which cannot fail.
pub(super) fn json(value: &impl Serialize) -> String {
    written_as_json(value, 256)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_payload_goes_through_the_journal_and_back_also_one_of_an_earlier_version() {
        let payload = RowPayload {
            v: 1,
            content: Digest::from_bytes(&0x55b0_2db5_1163_837d_c6c2_7d94_1f78_4a15_u128.to_be_bytes()).unwrap(),
            action: PlannedAction::Cancel {
                target: Target::Meeting(MeetingId::new("m1").unwrap()),
                was: Remembered::default(),
                facts: None,
            },
        };
        let named = "{\"v\":1,\"content\":\"55b02db51163837dc6c27d941f784a15\",\"wish\":{\"cancel\":{\"target\":{\"meeting\":\"m1\"}}}}";
        let earlier = serde_json::from_str::<RowPayload>(named).unwrap();
        assert_eq!(earlier, payload);
        let written = json(&payload);
        assert_eq!(written, "[1,\"55b02db51163837dc6c27d941f784a15\",{\"cancel\":{\"target\":{\"meeting\":\"m1\"}}}]");
        assert_eq!(serde_json::from_str::<RowPayload>(&written).unwrap(), payload);
    }
}
