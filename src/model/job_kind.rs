//! Names the kinds of job, as the TOML tables, the journal and the JSON do.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Deserializer, Serialize};

/// A kind of job, by its name. The kinds of this version are the constants; of another only the name is known, as of a run that
/// a later version has journaled.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct JobKind(&'static str);

impl JobKind {
    /// Meetings from CSV files.
    pub const SCHEDULE_MEETINGS: Self = Self("schedule_meetings");
    /// New PINs for permanent rooms.
    pub const ROTATE_PINS: Self = Self("rotate_pins");
    /// Lobbies of upcoming meetings.
    pub const REFRESH_LOBBY: Self = Self("refresh_lobby");
    /// Past meetings into files.
    pub const EXPORT_MEETINGS: Self = Self("export_meetings");
    /// Permanent rooms held to a policy.
    pub const SYNC_ROOMS: Self = Self("sync_rooms");

    /// Every kind of this version, in the order of the documentation.
    pub const ALL: [Self; 5] =
        [Self::SCHEDULE_MEETINGS, Self::ROTATE_PINS, Self::REFRESH_LOBBY, Self::EXPORT_MEETINGS, Self::SYNC_ROOMS];

    /// Returns the kind of this name.
    #[must_use]
    pub const fn named(name: &'static str) -> Self {
        Self(name)
    }

    /// Returns its name, which is the TOML table's.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.0
    }

    /// Reads a name: small letters and underscores. Names of other versions are kept for as long as the process lives; a journal
    /// has few.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        static OTHERS: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
        if let Some(known) = Self::ALL.into_iter().find(|kind| kind.0 == text) {
            return Some(known);
        }
        if text.is_empty() || text.len() > 64 || !text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_') {
            return None;
        }
        let mut others = OTHERS.lock().unwrap_or_else(PoisonError::into_inner);
        let name = match others.get(text) {
            Some(name) => name,
            None => {
                let name: &'static str = Box::leak(text.to_owned().into_boxed_str());
                others.insert(name);
                name
            }
        };
        Some(Self(name))
    }
}

impl<'de> Deserialize<'de> for JobKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom(format!("`{text}` is no kind of job")))
    }
}

impl fmt::Display for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

impl fmt::Debug for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_another_version_is_known_by_its_name_alone() {
        for kind in JobKind::ALL {
            assert_eq!(JobKind::parse(kind.as_str()), Some(kind));
        }
        let other = JobKind::parse("greet_guests").unwrap();
        assert_eq!((other, other.as_str()), (JobKind::parse("greet_guests").unwrap(), "greet_guests"));
        assert!(!JobKind::ALL.contains(&other));
        for nonsense in ["", "Sync", "a b", "x1", &"x".repeat(65)] {
            assert_eq!(JobKind::parse(nonsense), None, "{nonsense:?}");
        }
    }
}
