//! What the checks of a row need to know beside the row.

use std::fmt;

use crate::clock::{Timestamp, Zone};
use crate::model::{Invitees, UserId};

/// What a blank cell means in a row that schedules.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "each is the column it is named after")]
pub struct Defaults {
    pub user_id: Option<UserId>,
    pub room_name: Option<String>,
    pub desc: Option<String>,
    /// Minutes.
    pub duration_min: Option<u32>,
    pub moderators: Option<u32>,
    pub participants: Option<u32>,
    pub wait_for_moderator: Option<bool>,
    pub knock: Option<bool>,
    pub auto_recording: Option<bool>,
    pub send_mail: Option<bool>,
    /// Each of the three lists stands for its own column.
    pub invitees: Invitees,
}

/// The time zones that the server lists.
pub trait ZoneBook: fmt::Debug {
    /// The name of the zone with that `timezone_id`; `None` when the server lists no such id.
    fn name_of(&self, timezone_id: &str) -> Option<String>;

    /// Whether the server lists a zone, under this name or another of its names.
    fn lists(&self, zone: &Zone) -> bool;
}

/// The rules for the rows of one file.
#[derive(Debug, Clone, Copy)]
pub struct RowRules<'a> {
    /// For blank cells.
    pub defaults: &'a Defaults,
    /// The job's zone: of times without an offset, in rows that name no zone.
    pub zone: &'a Zone,
    /// `strptime` formats of times, besides ISO.
    pub date_formats: &'a [String],
    /// The server's zones.
    pub zones: &'a dyn ZoneBook,
    /// The time against which "in the future" is held.
    pub now: Timestamp,
}
