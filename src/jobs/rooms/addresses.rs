//! Keeps the owners' addresses until the mail server is asked about them: on disk, since a list may have any number, and
//! each once. Names the rooms that lack one.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};

use super::list;
use crate::config::RoomSource;
use crate::engine::{Refusal, Scratch};

/// Rooms that are named one by one.
const TOLD: usize = 5;

/// Addresses, each once, in the order in which they came.
pub(in crate::jobs) struct AddressBook(Result<Open, String>);

struct Open {
    file: BufWriter<File>,
    known: Scratch,
}

impl AddressBook {
    /// Makes an empty collection. A temporary folder that cannot be used is told at the end.
    pub(in crate::jobs) fn new() -> Self {
        let open = || -> Result<Open, String> {
            let file = tempfile::tempfile().map_err(|error| error.to_string())?;
            let known = Scratch::new();
            Ok(Open { file: BufWriter::new(file), known })
        };
        Self(open())
    }

    /// Notes an address, which is on one line.
    pub(in crate::jobs) fn note(&mut self, address: &str) {
        let Ok(open) = &mut self.0 else { return };
        let noted = match open.known.first_line(address, 0) {
            Ok(None) => writeln!(open.file, "{address}").map_err(|error| error.to_string()),
            Ok(Some(_)) => Ok(()),
            Err(error) => Err(error.to_string()),
        };
        if let Err(error) = noted {
            self.0 = Err(error);
        }
    }

    /// Reads them back.
    pub(in crate::jobs) fn read(self) -> Result<impl Iterator<Item = String> + Send + use<>, String> {
        let unusable = |error: &str| format!("the temporary folder cannot be used: {error}");
        let open = self.0.map_err(|error| unusable(&error))?;
        let rewound = || -> io::Result<File> {
            let mut file = open.file.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.rewind()?;
            Ok(file)
        };
        let file = rewound().map_err(|error| unusable(&error.to_string()))?;
        Ok(BufReader::new(file).lines().map_while(Result::ok))
    }
}

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
        let known = Scratch::new();
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

/// Rooms that lack something: the first of them by name.
#[derive(Debug, Default)]
pub(in crate::jobs) struct Lacking {
    told: Vec<String>,
    /// The number of all of them.
    pub(in crate::jobs) all: u64,
}

impl Lacking {
    /// Notes one.
    pub(in crate::jobs) fn note(&mut self, words: impl FnOnce() -> String) {
        self.all += 1;
        if self.told.len() < TOLD {
            self.told.push(words());
        }
    }

    /// Returns their names, for a sentence.
    pub(in crate::jobs) fn shown(&self) -> String {
        let more = self.all - self.told.len() as u64;
        let more = if more > 0 { format!("; and {more} more") } else { String::new() };
        format!("{}{more}", self.told.join("; "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_address_comes_back_once_in_its_order() {
        let mut book = AddressBook::new();
        for address in ["b@example.org", "a@example.org", "b@example.org"] {
            book.note(address);
        }
        assert_eq!(book.read().unwrap().collect::<Vec<_>>(), ["b@example.org", "a@example.org"]);
        assert_eq!(AddressBook::new().read().unwrap().count(), 0);
    }
}
