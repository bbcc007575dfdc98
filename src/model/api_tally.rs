//! Describes the counts of requests to the meeting API: by route, by what came of them, and by how long they took.

/// The upper bounds of the parts into which requests are counted by how long they took, in seconds; longer ones are one more.
pub const API_SECONDS: [f64; 9] = [0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0];

/// A route of the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiRoute {
    /// List of meetings.
    List,
    /// Schedule, get, edit or cancel a meeting.
    Meeting,
    /// A lobby, in any way.
    Lobby,
    /// A permanent room, in any way.
    Room,
    /// The time zones.
    Timezones,
    /// Any other.
    Other,
}

impl ApiRoute {
    /// Every route.
    pub const ALL: [Self; 6] = [Self::List, Self::Meeting, Self::Lobby, Self::Room, Self::Timezones, Self::Other];

    /// Returns its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Meeting => "meeting",
            Self::Lobby => "lobby",
            Self::Room => "room",
            Self::Timezones => "timezones",
            Self::Other => "other",
        }
    }
}

/// The outcome of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ApiClass {
    /// A success.
    Success,
    /// The server asked to wait.
    Wait,
    /// Another refusal of the server.
    Refused,
    /// A fault of the server.
    Fault,
    /// No answer.
    Unanswered,
}

impl ApiClass {
    /// Every class.
    pub const ALL: [Self; 5] = [Self::Success, Self::Wait, Self::Refused, Self::Fault, Self::Unanswered];

    /// Returns its name: as HTTP's statuses are classed.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "2xx",
            Self::Wait => "429",
            Self::Refused => "4xx",
            Self::Fault => "5xx",
            Self::Unanswered => "none",
        }
    }
}

/// The counts of one route.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RouteTally {
    /// By what came of them, in the order of [`ApiClass::ALL`].
    pub classes: [u64; ApiClass::ALL.len()],
    /// By how long they took: one number for each of [`API_SECONDS`], and the longer ones.
    pub took: [u64; API_SECONDS.len() + 1],
    /// Milliseconds that they took together.
    pub took_millis: u64,
}

/// The counts of every route.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApiTally {
    /// In the order of [`ApiRoute::ALL`].
    pub routes: [RouteTally; ApiRoute::ALL.len()],
    /// Requests that wait for their turn or their answer.
    pub waiting: u64,
}
