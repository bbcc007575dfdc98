//! Gives jobs what they need of the journal in the engine's own types: the error of a question or a note, and a scratch table of
//! a run's own.

use crate::journal::{self, JournalError};
use crate::model::MeetingId;

/// The journal, or a run's scratch table, could not be read or written. A job hands it on.
#[derive(Debug, Clone, thiserror::Error)]
#[error(transparent)]
pub struct RecordError(#[from] JournalError);

impl From<RecordError> for JournalError {
    fn from(error: RecordError) -> Self {
        error.0
    }
}

/// A notebook for one run, on disk and gone with it: what the server has, and which rows of the file were seen.
#[derive(Debug)]
pub struct Scratch(journal::Scratch);

impl Scratch {
    /// Makes an empty notebook.
    pub fn new() -> Result<Self, RecordError> {
        Ok(Self(journal::Scratch::new()?))
    }

    /// Notes that an identity is in this line; returns the line that it was first seen in, where that is another.
    pub fn first_line(&self, identity: &str, line: u32) -> Result<Option<u32>, RecordError> {
        Ok(self.0.first_line(identity, line)?)
    }

    /// Returns the line that an identity was first seen in.
    pub fn line_of(&self, identity: &str) -> Result<Option<u32>, RecordError> {
        Ok(self.0.line_of(identity)?)
    }

    /// Notes that all meetings of `user` have been read.
    pub fn note_listed(&self, user: &str) -> Result<(), RecordError> {
        Ok(self.0.note_listed(user)?)
    }

    /// Tells whether all meetings of `user` have been read.
    pub fn is_listed(&self, user: &str) -> Result<bool, RecordError> {
        Ok(self.0.is_listed(user)?)
    }

    /// Notes a meeting that the server has, or that its facts are now these. `json` is the caller's own.
    pub fn note_meeting(&self, meeting: &MeetingId, matched_by: String, json: String) -> Result<(), RecordError> {
        Ok(self.0.note_meeting(meeting, matched_by, json)?)
    }

    /// Notes that the server has a meeting no more.
    pub fn forget_meeting(&self, meeting: &MeetingId) -> Result<(), RecordError> {
        Ok(self.0.forget_meeting(meeting)?)
    }

    /// Returns what was noted of a meeting.
    pub fn meeting(&self, meeting: &MeetingId) -> Result<Option<String>, RecordError> {
        Ok(self.0.meeting(meeting)?)
    }

    /// Returns what was noted of every meeting with this match key; more than fifty are not told.
    pub fn matching(&self, matched_by: &str) -> Result<Vec<String>, RecordError> {
        Ok(self.0.matching(matched_by)?)
    }
}
