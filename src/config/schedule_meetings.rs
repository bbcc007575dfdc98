//! What a `[schedule_meetings.NAME]` has, checked.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use crate::clock::Zone;
use crate::model::{Column, Invitees, UserId};

/// How CSV files become meetings. The default is what `import` goes by where no such job is configured.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleMeetings {
    /// The drop folder, absolute; `None`: the job takes files from `import` alone.
    pub inbox: Option<PathBuf>,
    /// What a blank cell stands for.
    pub defaults: MeetingDefaults,
    /// The file's own headings of a column, in their order; several are joined by a blank.
    pub columns: BTreeMap<Column, Vec<String>>,
    /// Formats (`strptime`) of a start, besides ISO; each tells date and time of day.
    pub date_formats: Vec<String>,
    /// The encoding of files without a byte order mark; `None`: it is found out.
    pub encoding: Option<&'static encoding_rs::Encoding>,
    /// What becomes of a file with invalid rows.
    pub on_invalid: OnInvalid,
    /// What becomes of a row whose meeting was deleted on the server.
    pub on_missing: OnMissing,
    /// What becomes of a row whose meeting the server already has.
    pub on_exists: OnExists,
    /// How long a file must not have changed before it is taken.
    pub settle: Duration,
    /// How often the folder is looked at besides being watched.
    pub poll: Duration,
    /// How long a file that is being written may stay as it is before that is told.
    pub writing_timeout: Duration,
    /// How long files stay in `done/` and `failed/`; `None`: for ever.
    pub keep_files: Option<Duration>,
    /// The largest file that is read, in bytes.
    pub max_file_size: u64,
    /// Whether results files show PINs.
    pub results_pins: bool,
}

impl Default for ScheduleMeetings {
    fn default() -> Self {
        Self {
            inbox: None,
            defaults: MeetingDefaults::default(),
            columns: BTreeMap::new(),
            date_formats: Vec::new(),
            encoding: None,
            on_invalid: OnInvalid::SkipRows,
            on_missing: OnMissing::Fail,
            on_exists: OnExists::Report,
            settle: Duration::from_secs(5),
            poll: Duration::from_secs(30),
            writing_timeout: Duration::from_mins(15),
            keep_files: None,
            max_file_size: 100 << 20,
            results_pins: true,
        }
    }
}

/// What a blank cell stands for, within the limits of the reference's Schedule Meeting.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MeetingDefaults {
    /// For whom; the credentials' own user when absent.
    pub user_id: Option<UserId>,
    /// The title, 3 to 50 characters.
    pub room_name: Option<String>,
    /// The description.
    pub desc: Option<String>,
    /// The zone of the rows.
    pub timezone: Option<Zone>,
    /// The same by the server's id.
    pub timezone_id: Option<String>,
    /// Minutes, at least 10.
    pub duration_min: Option<u32>,
    /// Seats for moderators, at least 1.
    pub moderators: Option<u32>,
    /// Seats for participants.
    pub participants: Option<u32>,
    /// Whether participants wait for a moderator.
    pub wait_for_moderator: Option<bool>,
    /// Whether participants are let in one by one.
    pub knock: Option<bool>,
    /// Whether it is recorded by itself.
    pub auto_recording: Option<bool>,
    /// Whether the server mails the invitees.
    pub send_mail: Option<bool>,
    /// Whom it mails.
    pub invitees: Invitees,
}

/// What becomes of a file with invalid rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnInvalid {
    /// The others go ahead.
    SkipRows,
    /// None does.
    RejectFile,
}

/// What becomes of a row whose meeting was deleted on the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnMissing {
    /// It fails, so that a person sees it.
    Fail,
    /// The meeting is made again.
    Create,
}

/// What becomes of a row whose meeting the server already has, made by somebody else.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OnExists {
    /// None is made, and the row says which one is there.
    Report,
    /// Nobody looks, and one is made.
    Create,
}
