//! The five kinds of job, by the names of their TOML tables.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a job does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum JobKind {
    /// Meetings from CSV files.
    ScheduleMeetings,
    /// New PINs for permanent rooms.
    RotatePins,
    /// Lobbies of upcoming meetings.
    RefreshLobby,
    /// Past meetings into files.
    ExportMeetings,
    /// Permanent rooms held to a policy.
    SyncRooms,
}

impl JobKind {
    /// Every kind, in the order of the documentation.
    pub const ALL: [Self; 5] =
        [Self::ScheduleMeetings, Self::RotatePins, Self::RefreshLobby, Self::ExportMeetings, Self::SyncRooms];

    /// The TOML table's name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::ScheduleMeetings => "schedule_meetings",
            Self::RotatePins => "rotate_pins",
            Self::RefreshLobby => "refresh_lobby",
            Self::ExportMeetings => "export_meetings",
            Self::SyncRooms => "sync_rooms",
        }
    }

    /// Reads the TOML table's name.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
}

impl fmt::Display for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
