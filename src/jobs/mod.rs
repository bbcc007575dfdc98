//! Holds the kinds of job, one folder each, all of one shape. Here is the one place that knows every kind by name.

mod aside;
pub mod export_meetings;
mod failure;
mod kind;
mod pages;
pub mod refresh_lobby;
mod results_folder;
mod rooms;
pub mod rotate_pins;
pub mod schedule_meetings;
mod suspicion;
pub mod sync_rooms;
mod walk;
mod workbook;
mod workshop;

pub use kind::{HabitWords, Handed, Kind, Owners, Rewriting, Rewritten, RowsAgain, ServerHabit, Takes};
pub use results_folder::{ResultsFolder, file_name, file_name_about};
pub use workshop::{Addresses, MailCheck, OnRefusal, Workshop, gone};

use crate::clock::Timestamp;
use crate::config;
use crate::engine::inbox::Inbox;
use crate::model::JobKind;
use crate::table::Form;

/// Questions of one page of items to the server at once: the client's own limits are below this unless the operator
/// raised them, and a list that is answered is in memory.
const AT_ONCE: usize = 32;

/// Every kind of job, in the order of the documentation. Another kind is a folder here, and a line in this table.
static KINDS: [&dyn Kind; 5] = [
    &schedule_meetings::Timetables,
    &rotate_pins::PinRotations,
    &refresh_lobby::Lobbies,
    &export_meetings::Exports,
    &sync_rooms::RoomPolicies,
];

/// Returns the description of a job kind.
#[must_use]
pub fn kind(name: JobKind) -> &'static dyn Kind {
    KINDS.into_iter().find(|kind| kind.name() == name).unwrap_or(&kind::Unknown)
}

/// Returns what a mail says of the content of a file about a run, by its name.
#[must_use]
pub fn content_type(name: &str) -> &'static str {
    Form::content_type_of(name)
}

/// Returns the drop folder of a configured job, if it has one.
#[must_use]
pub fn inbox(job: &config::Job) -> Option<Inbox> {
    kind(job.kind()).inbox(job)
}

/// Returns when a thing that a job of this kind made is over; `None` where it counts for ever.
#[must_use]
pub fn over(of: JobKind, facts: &str) -> Option<Timestamp> {
    kind(of).over(facts)
}
