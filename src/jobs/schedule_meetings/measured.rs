//! Reads a file no further than it was long when it was opened, and takes the fingerprint of the bytes that were
//! read, not of those that lie there afterwards: a program may still be writing to it.

use std::cell::RefCell;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::model::Digest;

/// The part of a file that was read: its length and its fingerprint.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extent {
    /// Bytes.
    pub length: u64,
    /// Their fingerprint.
    pub hash: Digest,
    /// The first row that was not read to its end.
    pub next: u32,
    /// True for a workbook: bytes behind it are no rows.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_workbook: bool,
}

/// The change of a file since it was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    /// It has so many more bytes behind those that were read.
    Grew(u64),
    /// It is another now.
    Other,
}

impl Extent {
    /// Compares the file as it is now; `None` where it is what was read, or is not there.
    pub(super) fn since(&self, path: &Path) -> std::io::Result<Option<Since>> {
        // A file that is gone, or that cannot be read any more, tells nothing.
        let Ok(mut file) = super::open::open(path, u64::MAX) else { return Ok(None) };
        let length = file.metadata()?.len();
        let has_grown_otherwise = self.is_workbook && length > self.length;
        if length < self.length || has_grown_otherwise || digest(&mut file, self.length)? != self.hash {
            return Ok(Some(Since::Other));
        }
        Ok((length > self.length).then(|| Since::Grew(length - self.length)))
    }
}

/// Measures a file whose parts are read in an order of their own.
pub(super) fn whole(file: &mut File) -> std::io::Result<(u64, Digest)> {
    let length = file.metadata()?.len();
    let hash = digest(file, length)?;
    file.rewind()?;
    Ok((length, hash))
}

/// Returns the fingerprint of the first bytes of a file.
fn digest(file: &mut File, length: u64) -> std::io::Result<Digest> {
    let mut hasher = blake3::Hasher::new();
    file.rewind()?;
    std::io::copy(&mut file.take(length), &mut hasher)?;
    Ok(Digest::of(hasher.finalize().as_bytes()))
}

/// A file that is measured while it is read.
pub(super) struct Measured {
    file: File,
    at: u64,
    end: u64,
    print: Rc<RefCell<Print>>,
}

/// The fingerprint of the bytes read so far, from the beginning on without a gap. It is taken only where it is asked for.
#[derive(Default)]
pub(super) struct Print {
    is_wanted: bool,
    hasher: blake3::Hasher,
    length: u64,
}

impl Measured {
    /// Begins to measure an open file.
    pub(super) fn new(mut file: File) -> std::io::Result<Self> {
        let end = file.metadata()?.len();
        file.rewind()?;
        Ok(Self { file, at: 0, end, print: Rc::default() })
    }

    /// Returns the print that tells, at the end, which bytes were read.
    pub(super) fn print(&self) -> Rc<RefCell<Print>> {
        Rc::clone(&self.print)
    }
}

impl Print {
    /// Takes the fingerprint of what is read from the next move to a position on.
    pub(super) fn begin(&mut self) {
        self.is_wanted = true;
    }

    /// Returns how many bytes were read.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// Returns their fingerprint, in the same way in which a whole file's is taken.
    pub(super) fn digest(&self) -> Digest {
        Digest::of(self.hasher.finalize().as_bytes())
    }
}

impl Read for Measured {
    fn read(&mut self, to: &mut [u8]) -> std::io::Result<usize> {
        let left = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = to.len().min(left);
        let n = self.file.read(&mut to[..most])?;
        let mut print = self.print.borrow_mut();
        if print.length == self.at {
            if print.is_wanted {
                print.hasher.update(&to[..n]);
            }
            print.length += n as u64;
        }
        self.at += n as u64;
        Ok(n)
    }
}

impl Seek for Measured {
    /// Moves to a position. Only the bytes from here on count as read, so those before it are read again.
    fn seek(&mut self, to: SeekFrom) -> std::io::Result<u64> {
        let to = self.file.seek(to)?.min(self.end);
        let mut print = self.print.borrow_mut();
        *print = Print { is_wanted: print.is_wanted, ..Print::default() };
        drop(print);
        self.file.rewind()?;
        self.at = 0;
        let mut before = [0; 4096];
        while self.at < to {
            let most = before.len().min(usize::try_from(to - self.at).unwrap_or(usize::MAX));
            if self.read(&mut before[..most])? == 0 {
                break;
            }
        }
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_read_is_told_and_not_what_came_later() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        std::fs::write(&path, "0123456789").unwrap();
        let mut measured = Measured::new(File::open(&path).unwrap()).unwrap();
        let mut text = String::new();
        measured.read_to_string(&mut text).unwrap();
        std::fs::write(&path, "0123456789 and more").unwrap();
        measured.print().borrow_mut().begin();
        measured.seek(SeekFrom::Start(3)).unwrap();
        text.clear();
        measured.read_to_string(&mut text).unwrap();
        assert_eq!(text, "3456789");
        let print = measured.print();
        let extent =
            Extent { length: print.borrow().length(), hash: print.borrow().digest(), next: 2, is_workbook: false };
        assert_eq!(extent.length, 10);
        assert_eq!(extent.since(&path).unwrap(), Some(Since::Grew(9)));
        std::fs::write(&path, "0123456789").unwrap();
        assert_eq!(extent.since(&path).unwrap(), None);
        for other in ["01234567", "0123456788", "9123456789 and more"] {
            std::fs::write(&path, other).unwrap();
            assert_eq!(extent.since(&path).unwrap(), Some(Since::Other), "{other}");
        }
        std::fs::remove_file(&path).unwrap();
        assert_eq!(extent.since(&path).unwrap(), None);
    }

    #[test]
    fn a_file_that_is_measured_whole_is_what_it_was_until_it_changes() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.xlsx");
        std::fs::write(&path, "0123456789").unwrap();
        let (length, hash) = whole(&mut File::open(&path).unwrap()).unwrap();
        let extent = Extent { length, hash, next: 2, is_workbook: true };
        assert_eq!(extent.since(&path).unwrap(), None);
        for other in ["01234567", "0123456788", "0123456789 and more"] {
            std::fs::write(&path, other).unwrap();
            assert_eq!(extent.since(&path).unwrap(), Some(Since::Other), "{other}");
        }
    }
}
