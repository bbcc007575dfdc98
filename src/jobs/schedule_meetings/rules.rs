//! Holds the rules that the checks of a row need beside the row.

use std::fmt;

use crate::clock::{Timestamp, Zone};
use crate::config::MeetingDefaults;
use crate::table::Dates;

/// The time zones that the server lists.
pub trait ZoneBook: fmt::Debug {
    /// Returns the name of the zone with that `timezone_id`; `None` when the server lists no such id.
    fn name_of(&self, timezone_id: &str) -> Option<String>;

    /// Tells whether the server lists a zone, under this name or another of its names.
    fn lists(&self, zone: &Zone) -> bool;
}

/// The rules for the rows of one file.
#[derive(Debug, Clone, Copy)]
pub struct RowRules<'a> {
    /// For blank cells of rows that schedule; its zone is `zone` below.
    pub defaults: &'a MeetingDefaults,
    /// The job's zone: of times without an offset, in rows that name no zone.
    pub zone: &'a Zone,
    /// The rules by which times are read.
    pub dates: &'a Dates,
    /// The server's zones.
    pub zones: &'a dyn ZoneBook,
    /// The time against which "in the future" is held.
    pub now: Timestamp,
}
