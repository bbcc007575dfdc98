//! Keeps the owners' addresses until the mail server is asked about them: on disk, since a list may have any number, and
//! each once.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};

use crate::engine::Scratch;

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
            let known = Scratch::new().map_err(|error| error.to_string())?;
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
