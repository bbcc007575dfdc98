//! The vocabulary every other module speaks: pure values, no I/O, no clock of its own.

mod account;
mod app_type;
mod code;
mod column;
mod digest;
mod file_kind;
mod ids;
mod item;
mod job_kind;
mod lobby;
mod mail_on;
mod meeting;
mod pattern;
mod pin;
mod room;
mod run;
mod skip;
mod system_error;

pub use account::Account;
pub use app_type::AppType;
pub use code::Code;
pub use column::Column;
pub use digest::Digest;
pub use file_kind::FileKind;
pub use ids::{ItemNo, JobName, MeetingId, NameError, RoomId, RunId, UserId};
pub use item::{Event, IllegalStep, Life, Limits, State, Status};
pub use job_kind::JobKind;
pub use lobby::{Asset, Lobby, LobbyImage, LobbyKind, LobbyUpload};
pub use mail_on::MailOn;
pub use meeting::{Invitees, Meeting, MeetingChange, MeetingDraft, MeetingZone, Stage, ZoneEntry};
pub use pattern::NamePattern;
pub use pin::{Pin, Pins};
pub use room::{PinSelection, Room, RoomChange};
pub use run::{Counts, Outcome, Trigger};
pub use skip::SkipReason;
pub use system_error::without_error_numbers;
