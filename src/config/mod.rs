//! Turns the file that an administrator writes into a checked configuration, with every problem told at once.
//!
//! The way of a file: its text becomes a tree with places (`document`), the tree is read into the raw form (`file`, and a file
//! for each table) by a deserializer that goes on after a mistake (`recover`), and each table checks its raw form (with a reader
//! a value in `value`) and makes its checked form of it; together they are the [`Config`]. Every problem carries its place and
//! its remedy. Another kind of job is a file here, a field of the raw form of `file`, and a variant of [`JobSettings`].

mod api;
mod check;
mod document;
mod environment;
mod export_meetings;
mod file;
mod folders;
mod job;
mod job_keys;
mod journal_server;
mod load;
mod lookup;
mod mail;
mod media;
mod meeting_defaults;
mod message_template;
mod nodes;
mod one_or_many;
mod paths;
mod problem;
mod readable_file;
mod recover;
mod refresh_lobby;
mod rooms;
mod rotate_pins;
mod schedule;
mod schedule_meetings;
mod schema;
mod secret;
mod state;
mod surroundings;
mod sync_rooms;
mod system_folders;
mod value;
mod web;

use std::collections::BTreeMap;

use crate::clock::Zone;
use crate::model::JobName;

pub use crate::model::MailOn;
pub use api::{ApiConfig, RateLimit};
pub use environment::Environment;
pub use export_meetings::{ExportFormat, ExportMeetings, ExportPath};
pub use job::{Job, JobMail, JobSettings, import_job};
pub use job_keys::{CatchUp, Overlap};
pub use journal_server::JournalServer;
pub use load::{Loaded, check_text, load, locate, place_for};
pub use lookup::Lookup;
pub use mail::{MailConfig, MailLogin, MailOauth, MailProof, MailSecurity, MailServer, MailWay};
pub use meeting_defaults::MeetingDefaults;
pub use message_template::{MessageTemplate, Placeholder};
pub use paths::{NamedPath, paths, secrets};
pub use problem::{Invalid, Problem};
pub use refresh_lobby::{LobbyPicture, LobbySelection, LobbyTemplate, RefreshLobby};
pub use rooms::{RoomList, RoomSource};
pub use rotate_pins::{RotatePins, TableFormat};
pub use schedule::{ClockChange, Schedule, ScheduleError, Schedules};
pub use schedule_meetings::{OnExists, OnInvalid, OnMissing, ResultsFormat, ScheduleMeetings};
pub use schema::schema;
pub use secret::{SecretError, SecretSource};
pub use state::{StateConfig, StateSaid};
pub use sync_rooms::SyncRooms;
pub use web::{WebConfig, WebListen};

/// A whole configuration, checked: whatever it holds can be used as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The zone of a job that does not say so itself.
    pub timezone: Zone,
    /// The settings by which the API is reached.
    pub api: ApiConfig,
    /// The place where roomkeeper keeps its own files.
    pub state: StateConfig,
    /// The settings by which mails are sent.
    pub mail: MailConfig,
    /// The settings of the page to look at; `None`: there is none.
    pub web: Option<WebConfig>,
    /// The jobs of all kinds.
    pub jobs: BTreeMap<JobName, Job>,
}
