//! Reads a journal beside the process that writes it, for commands that only tell.

use std::ops::Deref;

use super::{JournalError, Readings, Workspace, postgres, sqlite};

/// A journal that is only read.
#[derive(Debug)]
pub struct Beside {
    readings: Box<dyn Readings>,
}

impl Beside {
    /// Opens the journal now; [`JournalError::Absent`] where there is none yet. Of one in the state directory, answers are there as soon
    /// as they are asked for.
    pub(super) fn open(workspace: &Workspace) -> Result<Self, JournalError> {
        let readings: Box<dyn Readings> = match workspace.server() {
            Some(server) => Box::new(postgres::Reading::open(server.clone())?),
            None => Box::new(sqlite::Beside::open(workspace.directory())?),
        };
        Ok(Self { readings })
    }

    /// The same, and opens it with the first question.
    pub(super) fn later(workspace: &Workspace) -> Result<Self, JournalError> {
        let readings: Box<dyn Readings> = match workspace.server() {
            Some(server) => Box::new(postgres::Reading::later(server.clone())?),
            None => Box::new(sqlite::Beside::later(workspace.directory())),
        };
        Ok(Self { readings })
    }

    /// The questions that it answers.
    #[must_use]
    pub fn readings(&self) -> &dyn Readings {
        self.readings.as_ref()
    }
}

impl Deref for Beside {
    type Target = dyn Readings;

    fn deref(&self) -> &Self::Target {
        self.readings.as_ref()
    }
}
