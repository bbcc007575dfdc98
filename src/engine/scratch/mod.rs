//! A notebook for one run, on disk and gone with it: what the server has, and which rows of the file were seen. It is as long
//! as the file or the server's list, so it cannot be in memory; it is not worth keeping, so it is not in the journal.
//!
//! Nearly every question has the answer "no", and a filter in memory gives it. So a note is a record at the end of a log and an entry
//! for each hash by which it may be asked for, and no more is made of it until those who ask are many.

mod index;
mod log;
mod seen;

use std::collections::HashSet;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use self::index::Index;
use self::log::Log;
use self::seen::Seen;
use super::record::RecordError;
use crate::journal::JournalError;
use crate::model::{Damaged, MeetingId, Packer, Unpacker};

/// Users known in memory to have been read.
const USERS: usize = 1000;
/// Meetings that are told of one match key, at most.
const MATCHING: usize = 50;

/// A notebook in the system's temporary folder, without a name; the system takes it back when it is dropped. A note that the disk
/// refuses is not lost: its caller hears of it, and it waits in memory to be written with those that come.
#[derive(Debug, Default)]
pub struct Scratch(Mutex<Notes>);

#[derive(Debug, Default)]
struct Notes {
    log: Log,
    index: Index,
    hashes: RandomState,
    /// The note that was packed last.
    packed: Vec<u8>,
    /// The identities of rows.
    identities: Seen,
    /// The match keys of meetings.
    matches: Seen,
    /// Some of the users who were read.
    listed: HashSet<String>,
}

/// A record of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Note<'a> {
    Row { identity: &'a str, line: u32 },
    Listed { user: &'a str },
    Meeting { meeting: &'a str, matched_by: Option<&'a str>, what: &'a [u8] },
    Gone { meeting: &'a str },
}

/// The place of the newest note of a meeting, and what it says, unless the meeting is gone.
type Newest = (u64, Option<Vec<u8>>);

/// A name by which a record is asked for.
#[derive(Debug, Clone, Copy, Hash)]
enum Name<'a> {
    Row(&'a str),
    User(&'a str),
    Meeting(&'a str),
    Match(&'a str),
}

impl Scratch {
    /// Makes an empty notebook.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that an identity is in this line; returns the line that it was first seen in, where that is another.
    pub fn first_line(&self, identity: &str, line: u32) -> Result<Option<u32>, RecordError> {
        let mut notes = self.notes();
        let hash = notes.hash(Name::Row(identity));
        if notes.identities.add(hash)
            && let Some(before) = notes.line_of(hash, identity)?
        {
            return Ok(Some(before));
        }
        notes.add(Note::Row { identity, line }, &[hash])?;
        Ok(None)
    }

    /// Returns the line that an identity was first seen in.
    pub fn line_of(&self, identity: &str) -> Result<Option<u32>, RecordError> {
        let mut notes = self.notes();
        let hash = notes.hash(Name::Row(identity));
        if notes.identities.may_hold(hash) { Ok(notes.line_of(hash, identity)?) } else { Ok(None) }
    }

    /// Notes that all meetings of `user` have been read.
    pub fn note_listed(&self, user: &str) -> Result<(), RecordError> {
        let mut notes = self.notes();
        let hash = notes.hash(Name::User(user));
        if notes.listed.contains(user) {
            return Ok(());
        }
        if notes.listed.len() < USERS {
            notes.listed.insert(user.to_owned());
            return Ok(());
        }
        Ok(notes.add(Note::Listed { user }, &[hash])?)
    }

    /// Tells whether all meetings of `user` have been read.
    pub fn is_listed(&self, user: &str) -> Result<bool, RecordError> {
        let mut notes = self.notes();
        if notes.listed.contains(user) {
            return Ok(true);
        }
        if notes.listed.len() < USERS {
            return Ok(false);
        }
        let hash = notes.hash(Name::User(user));
        Ok(notes.find(hash, u64::MAX, |_, note| (note == Note::Listed { user }).then_some(()))?.is_some())
    }

    /// Notes a meeting that the server has, or that its facts are now these. `what` is the caller's own. With no match key it is found
    /// by its id alone.
    pub fn note_meeting(&self, meeting: &MeetingId, matched_by: Option<&str>, what: &[u8]) -> Result<(), RecordError> {
        let mut notes = self.notes();
        let meeting = meeting.as_str();
        let hash = notes.hash(Name::Meeting(meeting));
        let note = Note::Meeting { meeting, matched_by, what };
        match matched_by.map(|key| notes.hash(Name::Match(key))) {
            Some(match_hash) => {
                notes.matches.add(match_hash);
                Ok(notes.add(note, &[hash, match_hash])?)
            }
            None => Ok(notes.add(note, &[hash])?),
        }
    }

    /// Notes that the server has a meeting no more.
    pub fn forget_meeting(&self, meeting: &MeetingId) -> Result<(), RecordError> {
        let mut notes = self.notes();
        let meeting = meeting.as_str();
        let hash = notes.hash(Name::Meeting(meeting));
        Ok(notes.add(Note::Gone { meeting }, &[hash])?)
    }

    /// Returns what was noted of a meeting.
    pub fn meeting(&self, meeting: &MeetingId) -> Result<Option<Vec<u8>>, RecordError> {
        Ok(self.notes().newest(meeting.as_str())?.and_then(|(_, what)| what))
    }

    /// Tells whether a meeting was noted that has a match key.
    pub fn has_matches(&self) -> bool {
        !self.notes().matches.is_empty()
    }

    /// Returns what was noted of every meeting with this match key, by their ids; more than fifty are not told.
    pub fn matching(&self, matched_by: &str) -> Result<Vec<Vec<u8>>, RecordError> {
        let mut notes = self.notes();
        let hash = notes.hash(Name::Match(matched_by));
        if !notes.matches.may_hold(hash) {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        let mut before = u64::MAX;
        while found.len() < MATCHING {
            let places = notes.matching_before(before, hash, matched_by)?;
            let Some((last, _)) = places.last() else { break };
            before = *last;
            for (at, meeting) in places {
                // A note that was made of it since says something else.
                if let Some((newest, Some(what))) = notes.newest(&meeting)?
                    && newest == at
                {
                    found.push((meeting, what));
                }
            }
        }
        found.sort_unstable();
        found.truncate(MATCHING);
        Ok(found.into_iter().map(|(_, what)| what).collect())
    }
}

impl Notes {
    fn hash(&self, name: Name<'_>) -> u64 {
        self.hashes.hash_one(name)
    }

    /// Adds a note, which is found by these hashes also where the disk refuses it.
    fn add(&mut self, note: Note<'_>, hashes: &[u64]) -> Result<(), JournalError> {
        let packed = note.packed(std::mem::take(&mut self.packed));
        let (at, mut kept) = self.log.add(&packed);
        self.packed = packed;
        for hash in hashes {
            kept = self.index.add(*hash, at).and(kept);
        }
        kept.map_err(|error| unusable(&error))
    }

    /// Shows the notes with this hash, newest first, until `take` returns something. Another name may have the same hash.
    fn find<T>(
        &mut self,
        hash: u64,
        before: u64,
        mut take: impl FnMut(u64, Note<'_>) -> Option<T>,
    ) -> Result<Option<T>, JournalError> {
        let Self { log, index, .. } = self;
        let found = index.find(hash, |at| {
            if at >= before {
                return Ok(None);
            }
            log.read(at, |record| Ok(take(at, Note::of(record).map_err(io::Error::other)?)))
        });
        found.map_err(|error| unusable(&error))
    }

    fn line_of(&mut self, hash: u64, wanted: &str) -> Result<Option<u32>, JournalError> {
        self.find(hash, u64::MAX, |_, note| match note {
            Note::Row { identity, line } if identity == wanted => Some(line),
            _ => None,
        })
    }

    /// The newest note of a meeting.
    fn newest(&mut self, wanted: &str) -> Result<Option<Newest>, JournalError> {
        self.find(self.hash(Name::Meeting(wanted)), u64::MAX, |at, note| match note {
            Note::Meeting { meeting, what, .. } if meeting == wanted => Some((at, Some(what.to_vec()))),
            Note::Gone { meeting } if meeting == wanted => Some((at, None)),
            _ => None,
        })
    }

    /// The notes of meetings with a match key, newest first, that were made before the one at `before`: not all at once.
    fn matching_before(&mut self, before: u64, hash: u64, wanted: &str) -> Result<Vec<(u64, String)>, JournalError> {
        let mut places = Vec::new();
        self.find(hash, before, |at, note| {
            if let Note::Meeting { meeting, matched_by: Some(key), .. } = note
                && key == wanted
            {
                places.push((at, meeting.to_owned()));
            }
            (places.len() == MATCHING).then_some(())
        })?;
        Ok(places)
    }
}

impl<'a> Note<'a> {
    /// Packs it in the place of what `bytes` held.
    fn packed(self, mut bytes: Vec<u8>) -> Vec<u8> {
        bytes.clear();
        let mut packer = Packer::onto(bytes);
        match self {
            Self::Row { identity, line } => {
                packer.number(0);
                packer.text(identity);
                packer.number(line.into());
            }
            Self::Listed { user } => {
                packer.number(1);
                packer.text(user);
            }
            Self::Meeting { meeting, matched_by, what } => {
                packer.number(2);
                packer.text(meeting);
                packer.optional(matched_by, Packer::text);
                packer.bytes(what);
            }
            Self::Gone { meeting } => {
                packer.number(3);
                packer.text(meeting);
            }
        }
        packer.into_bytes()
    }

    fn of(record: &'a [u8]) -> Result<Self, Damaged> {
        let mut packed = Unpacker::of(record);
        let note = match packed.number()? {
            0 => Self::Row { identity: packed.text()?, line: packed.small()? },
            1 => Self::Listed { user: packed.text()? },
            2 => Self::Meeting {
                meeting: packed.text()?,
                matched_by: packed.optional(Unpacker::text)?,
                what: packed.bytes()?,
            },
            3 => Self::Gone { meeting: packed.text()? },
            _ => return Err(Damaged::of("a note is of no known kind")),
        };
        packed.end()?;
        Ok(note)
    }
}

fn unusable(error: &io::Error) -> JournalError {
    JournalError::Notebook(error.to_string())
}

/// Names the folders for temporary files: where `TMPDIR` says, or where files may be long before they may be in memory.
fn temporary_folders() -> impl Iterator<Item = PathBuf> {
    let said = std::env::var_os("TMPDIR").filter(|said| !said.is_empty()).map(PathBuf::from);
    said.into_iter().chain(["/var/tmp", "/tmp"].map(PathBuf::from))
}

/// Returns the folder for temporary files that have names.
#[must_use]
pub fn temporary_folder() -> PathBuf {
    temporary_folders().find(|folder| folder.is_dir()).unwrap_or_else(std::env::temp_dir)
}

/// Makes a file without a name in the first of these folders that takes one.
pub fn temporary() -> io::Result<File> {
    let mut folders = temporary_folders();
    let mut made = Err(io::ErrorKind::NotFound.into());
    while let (Err(_), Some(folder)) = (&made, folders.next()) {
        made = tempfile::tempfile_in(&folder)
            .map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", folder.display())));
    }
    made
}

#[cfg(test)]
mod tests;
