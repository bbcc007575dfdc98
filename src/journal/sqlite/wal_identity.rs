//! Tells whether a write-ahead log belongs to the database beside it. SQLite cannot: put a restored backup beside the log of the
//! journal that it replaces, and it writes the one into the other. So each database has a number of its own in its first page,
//! and the first transaction of each log holds that page.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use rusqlite::Connection;

use super::schema;
use crate::journal::JournalError;

/// The place where the number stands in a database's first page (`application_id`).
const PLACE: usize = 68;
/// A page, as SQLite makes them by itself.
const PAGE_BYTES: usize = 4096;
const LOG_HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

/// Gives a new database its number, and makes a copy another database than that it was copied from.
pub(super) fn assign(connection: &Connection) -> Result<(), JournalError> {
    let mut bytes = [0; 4];
    getrandom::fill(&mut bytes).map_err(|error| JournalError::Io(error.to_string()))?;
    let number = i32::from_be_bytes(bytes);
    Ok(connection.pragma_update(None, "application_id", if number == 0 { 1 } else { number })?)
}

/// Puts the first page into the transaction that is open, by writing what stands in it already.
pub(super) fn show(connection: &Connection) -> Result<(), JournalError> {
    Ok(connection.pragma_update(None, "user_version", schema::known_version())?)
}

/// Refuses a log that another database wrote, and one without a database. Looks at the files only: a connection would begin to
/// read the one through the other.
pub(super) fn refuse_foreign_log(path: &Path) -> Result<(), JournalError> {
    let log = path.with_extension("db-wal");
    let refused = |why: &str| JournalError::damaged_at(path, why);
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => JournalError::absent(path),
        _ => JournalError::NotPermitted { place: path.display().to_string(), why: error.to_string() },
    };
    let logged = std::fs::metadata(&log).map_or(0, |log| log.len()) > LOG_HEADER as u64;
    let length = std::fs::metadata(path).map_or(0, |database| database.len());
    if length == 0 {
        return if logged {
            Err(refused("the database is gone, and only its log (journal.db-wal) is left"))
        } else {
            Ok(())
        };
    }
    if !logged {
        return Ok(());
    }
    let mut first = [0; 100];
    let read = File::open(path).and_then(|mut database| database.read_exact(&mut first));
    match read {
        Ok(()) => {}
        // Too short to be a database, which SQLite will say better.
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(()),
        Err(error) => return Err(unreadable(error)),
    }
    let own = number(&first).unwrap_or(0);
    let theirs = File::open(&log).ok().and_then(|log| of_log(BufReader::new(log))).unwrap_or(0);
    if own != 0 && theirs != 0 && own != theirs {
        return Err(refused("the log beside it (journal.db-wal) belongs to another database"));
    }
    Ok(())
}

/// The number in a database's first page.
fn number(page: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(page.get(PLACE..PLACE + 4)?.try_into().ok()?))
}

/// The number in the first transaction of a log. `None` where that does not hold the first page, or is not whole: it may be
/// under way. Checked as SQLite does, for behind a new frame there may be the rest of an old one.
fn of_log(mut log: impl Read) -> Option<u32> {
    let mut header = [0; LOG_HEADER];
    log.read_exact(&mut header).ok()?;
    let word = |bytes: &[u8], at: usize| Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?));
    let is_big_endian = match word(&header, 0)? {
        0x377f_0682 => false,
        0x377f_0683 => true,
        _ => return None,
    };
    if word(&header, 8)? as usize != PAGE_BYTES {
        return None;
    }
    let mut sum = Sum { is_big_endian, sums: (0, 0) };
    sum.add(&header[..24]);
    if sum.sums != (word(&header, 24)?, word(&header, 28)?) {
        return None;
    }
    let mut frame = vec![0; FRAME_HEADER + PAGE_BYTES];
    loop {
        log.read_exact(&mut frame).ok()?;
        sum.add(&frame[..8]);
        sum.add(&frame[FRAME_HEADER..]);
        if frame[8..16] != header[16..24] || sum.sums != (word(&frame, 16)?, word(&frame, 20)?) {
            return None;
        }
        if word(&frame, 0)? == 1 {
            return number(&frame[FRAME_HEADER..]);
        }
        if word(&frame, 4)? != 0 {
            // The transaction ends here.
            return None;
        }
    }
}

/// The running sum of a log.
struct Sum {
    is_big_endian: bool,
    sums: (u32, u32),
}

impl Sum {
    fn add(&mut self, bytes: &[u8]) {
        let (words, _) = bytes.as_chunks::<4>();
        let word = |bytes: [u8; 4]| {
            if self.is_big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
        };
        let (mut one, mut two) = self.sums;
        for pair in words.chunks_exact(2) {
            one = one.wrapping_add(word(pair[0])).wrapping_add(two);
            two = two.wrapping_add(word(pair[1])).wrapping_add(one);
        }
        self.sums = (one, two);
    }
}
