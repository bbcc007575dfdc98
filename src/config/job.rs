//! A job, checked: what is the same for every kind, and what only its kind has.

use std::num::NonZeroU32;
use std::time::Duration;

use lettre::message::Mailbox;
use reqwest::Url;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Config, ExportMeetings, MailOn, RefreshLobby, RotatePins, ScheduleMeetings, Schedules, SyncRooms};
use crate::clock::Zone;
use crate::model::{AppType, JobKind, JobName};

/// How long a run may take where nothing is said.
pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_hours(6);
/// Unanswered requests in a row that stop a run where nothing is said.
pub(super) const DEFAULT_ABORT_AFTER: NonZeroU32 = NonZeroU32::new(20).unwrap();

/// One configured job. What it did not say itself has been filled in from the rest of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its name.
    pub name: JobName,
    /// When it runs; may be empty.
    pub schedules: Schedules,
    /// The zone of its schedules and of the times in its files.
    pub timezone: Zone,
    /// Which product it is for.
    pub app_type: AppType,
    /// Whether it runs by itself.
    pub enabled: bool,
    /// What is made up for after a time of not running.
    pub catch_up: CatchUp,
    /// What becomes of a due time at which it still runs.
    pub overlap: Overlap,
    /// By how much at most a run is put off.
    pub jitter: Duration,
    /// How long a run may take.
    pub timeout: Duration,
    /// A run that would change more does not begin; `None`: no limit.
    pub max_items: Option<NonZeroU32>,
    /// So many unanswered or unknown requests in a row stop a run.
    pub abort_after: NonZeroU32,
    /// Its mails.
    pub mail: JobMail,
    /// Told when a run begins, succeeds and fails.
    pub ping_url: Option<Url>,
    /// The name it had before.
    pub was: Option<JobName>,
    /// What only its kind has.
    pub settings: JobSettings,
}

impl Job {
    /// What it does.
    #[must_use]
    pub fn kind(&self) -> JobKind {
        match self.settings {
            JobSettings::ScheduleMeetings(_) => JobKind::SCHEDULE_MEETINGS,
            JobSettings::RotatePins(_) => JobKind::ROTATE_PINS,
            JobSettings::SyncRooms(_) => JobKind::SYNC_ROOMS,
            JobSettings::RefreshLobby(_) => JobKind::REFRESH_LOBBY,
            JobSettings::ExportMeetings(_) => JobKind::EXPORT_MEETINGS,
        }
    }
}

/// What only a kind of job has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobSettings {
    /// Of `[schedule_meetings.NAME]`.
    ScheduleMeetings(Box<ScheduleMeetings>),
    /// Of `[rotate_pins.NAME]`.
    RotatePins(Box<RotatePins>),
    /// Of `[sync_rooms.NAME]`.
    SyncRooms(Box<SyncRooms>),
    /// Of `[refresh_lobby.NAME]`.
    RefreshLobby(Box<RefreshLobby>),
    /// Of `[export_meetings.NAME]`.
    ExportMeetings(Box<ExportMeetings>),
}

/// The mails of one job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobMail {
    /// Who gets them.
    pub to: Vec<Mailbox>,
    /// After which runs.
    pub on: MailOn,
}

/// What is made up for when roomkeeper was down at a due time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CatchUp {
    /// The latest missed run, once.
    Latest,
    /// Nothing.
    None,
}

impl CatchUp {
    /// What holds where the file does not say: a missed PIN reset is not made up for, since at noon it would lock a
    /// lecture out.
    #[must_use]
    pub fn default_of(kind: JobKind) -> Self {
        if kind == JobKind::ROTATE_PINS { Self::None } else { Self::Latest }
    }
}

/// What becomes of a due time at which the job's last run is still going.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Overlap {
    /// It is skipped.
    Skip,
    /// It runs after that one; one waits at most.
    Queue,
}

/// The job `import`, with plain defaults: what `roomkeeper import` uses where no job of its kind is configured.
#[must_use]
pub fn import_job(config: &Config) -> Option<Job> {
    Some(Job {
        name: "import".parse().ok()?,
        schedules: Schedules::default(),
        timezone: config.timezone.clone(),
        app_type: config.api.app_type,
        enabled: true,
        catch_up: CatchUp::default_of(JobKind::SCHEDULE_MEETINGS),
        overlap: Overlap::Skip,
        jitter: Duration::ZERO,
        timeout: DEFAULT_TIMEOUT,
        max_items: None,
        abort_after: DEFAULT_ABORT_AFTER,
        mail: JobMail { to: config.mail.to.clone(), on: config.mail.on },
        ping_url: None,
        was: None,
        settings: JobSettings::ScheduleMeetings(Box::default()),
    })
}
