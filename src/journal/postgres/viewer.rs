//! Says who asks: what belongs to another machine, or is worked on by another process, is told apart by it.

use uuid::Uuid;

use super::bind::Text;

/// The one who asks.
#[derive(Debug, Clone, Default)]
pub(super) struct Viewer {
    /// Its process, where it works on runs.
    pub(super) process: Option<Uuid>,
    /// Its state directory among those of all machines; `None` for a reader beside, who is told of all.
    pub(super) home: Option<String>,
}

impl Viewer {
    /// The process as the database has it.
    pub(super) fn process(&self) -> Option<&[u8]> {
        self.process.as_ref().map(|process| process.as_bytes().as_slice())
    }

    /// The state directory as the database has it.
    pub(super) fn home(&self) -> Option<Text<'_>> {
        self.home.as_deref().map(Text)
    }
}
