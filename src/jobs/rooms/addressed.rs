//! Reads a whole list for its owners' addresses, as a run will take them.

use super::addresses::AddressBook;
use super::lacking::Lacking;
use super::list;
use crate::config::RoomSource;
use crate::engine::{Refusal, Scratch};

/// The addresses in a list of rooms.
pub(in crate::jobs) struct Addressed {
    /// Those of the owners whom a mail can be made out to.
    pub(in crate::jobs) owners: AddressBook,
    /// The number of rooms.
    pub(in crate::jobs) rooms: u64,
    /// The rooms without a usable address.
    pub(in crate::jobs) lacking: Lacking,
}

impl Addressed {
    /// Reads the list; `takes` says why no mail can be made out to an address. Rows that a run leaves alone do not count: those
    /// with faults, and another one of the same room.
    pub(in crate::jobs) async fn of(
        source: &RoomSource,
        takes: impl Fn(&str) -> Result<(), String>,
    ) -> Result<Self, Refusal> {
        let mut all = Self { owners: AddressBook::new(), rooms: 0, lacking: Lacking::default() };
        let RoomSource::List(list) = source else { return Ok(all) };
        let unusable = |error: &dyn std::fmt::Display| Refusal(format!("the temporary folder cannot be used: {error}"));
        let known = Scratch::new().map_err(|error| unusable(&error))?;
        let mut parts = list::begin(list)?;
        while let Some(part) = parts.recv().await.transpose()? {
            let list::Part::Rows(rows) = part else { continue };
            for row in rows.iter().filter(|row| row.faults.is_empty()) {
                let which = format!("{:?}", row.which);
                if known.first_line(&which, 0).map_err(|error| unusable(&error))?.is_some() {
                    continue;
                }
                all.rooms += 1;
                match row.without_address(&takes) {
                    Some(why) => all.lacking.note(|| why),
                    None => row.email.iter().for_each(|address| all.owners.note(address)),
                }
            }
        }
        Ok(all)
    }
}
