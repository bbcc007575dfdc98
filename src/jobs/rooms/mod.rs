//! Shares the work of the job kinds about permanent rooms: listing their rooms, finding each on the server, and
//! planning. Both kinds read every room while they plan, so that a fault is known before anything is changed.

mod addresses;
mod columns;
mod find;
mod forecast;
mod item;
mod list;
mod owners;
mod plan;
mod row;
mod source;

use crate::config::RoomSource;
use crate::engine::Refusal;
use crate::model::Noun;
use crate::table::{Recoded, Sheet, Unused};

pub(super) use addresses::{AddressBook, Addressed, Lacking};
pub(super) use find::{Finder, Missing, read};
pub(super) use forecast::forecast;
pub(super) use item::{RoomAddress, RoomPayload, RoomResult, json, lease_of, payload};
pub(super) use owners::Owners;
pub(super) use plan::{Decided, FoundRoom, Planner, plan};
pub(super) use row::RoomRow;

/// The noun for the items of such jobs.
pub(super) const NOUN: Noun = Noun { one: "room", many: "rooms" };

/// Reads the beginning of a list, to see whether a run could read it; rooms from elsewhere need none.
pub(super) async fn try_list(source: &RoomSource) -> Result<(), Refusal> {
    let RoomSource::List(list) = source else { return Ok(()) };
    let mut parts = list::begin(list)?;
    while let Some(part) = parts.recv().await {
        part?;
    }
    Ok(())
}

/// Returns the name of the list that a run's rooms came from, by its own input.
pub(super) fn list_of(input: &str) -> Option<String> {
    item::Input::read(input)?.list.map(|list| list.display().to_string())
}

/// Returns the headings of that list that nothing was read from.
pub(super) fn unused(input: &str) -> Option<Unused> {
    Some(item::Input::read(input)?.unused)
}

/// Returns how that list was read, where it was not UTF-8.
pub(super) fn recoded(input: &str) -> Option<Recoded> {
    item::Input::read(input)?.recoded
}

/// Returns what there is to know of that list, though nothing of it failed.
pub(super) fn notes(input: &str) -> Vec<String> {
    let Some(input) = item::Input::read(input) else { return Vec::new() };
    input.sheet.as_ref().map(Sheet::notes).unwrap_or_default().into_iter().chain(input.unused.note()).collect()
}
