//! The mark of a journal that is copied, or of an unfinished copy: as long as it is there, nothing but the copying opens the journal.

use std::fmt;

use uuid::Uuid;

/// A mark.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// The copy, as both of its sides know it.
    pub(in crate::journal) id: Uuid,
    pub(in crate::journal) role: Role,
    /// The other side, in words.
    pub(in crate::journal) other: String,
}

/// The part that a journal has in a copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::journal) enum Role {
    /// It is being copied.
    Leaving,
    /// It was copied.
    Left,
    /// It is becoming a copy.
    Arriving,
}

impl Role {
    const ALL: [Self; 3] = [Self::Leaving, Self::Left, Self::Arriving];

    /// The word for it in the journal.
    pub(in crate::journal) fn as_str(self) -> &'static str {
        match self {
            Self::Leaving => "leaving",
            Self::Left => "left",
            Self::Arriving => "arriving",
        }
    }

    /// Reads that word.
    pub(in crate::journal) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.as_str() == word)
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let other = &self.other;
        match self.role {
            Role::Leaving => write!(
                f,
                "is being copied to {other}, and that is not finished. The same `roomkeeper journal copy` again goes on where it was; \
                 `roomkeeper journal reopen` gives it up"
            ),
            Role::Left => write!(
                f,
                "was copied to {other}, and that one is to be used: say so under [state] in the configuration. If this one is to be \
                 used after all, and not the copy, `roomkeeper journal reopen` opens it again"
            ),
            Role::Arriving => write!(
                f,
                "is an unfinished copy of {other}. The same `roomkeeper journal copy` again, with the configuration of that journal, \
                 goes on where it was. To give it up, remove this one: journal.db.copy of a state directory, or the database"
            ),
        }
    }
}
