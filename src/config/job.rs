//! Holds the settings that every job takes, whatever its kind: the checked form and the checks; also the rules between jobs.

use std::collections::BTreeMap;
use std::num::NonZeroU32;
use std::time::Duration;

use lettre::message::Mailbox;
use reqwest::Url;

use super::check::{Check, Table};
use super::job_keys::RawJobKeys;
use super::mail::recipients;
use super::nodes;
use super::one_or_many::OneOrMany;
use super::problem::Complaint;
use super::surroundings::Surroundings;
use super::value::{self, app_type, duration, job_name, ping_url, positive};
use super::{
    ApiConfig, CatchUp, Config, ExportMeetings, MailConfig, MailOn, Overlap, RefreshLobby, RotatePins, Schedule,
    ScheduleError, ScheduleMeetings, Schedules, SyncRooms,
};
use crate::clock::{CivilTime, Zone};
use crate::model::{AppType, JobKind, JobName};

/// The time that a run may take if the file names none.
pub(super) const DEFAULT_TIMEOUT: Duration = Duration::from_hours(6);
/// Unanswered requests in a row that stop a run where nothing is said.
pub(super) const DEFAULT_ABORT_AFTER: NonZeroU32 = NonZeroU32::new(20).unwrap();

/// One configured job. What it did not say itself has been filled in from the rest of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its name.
    pub name: JobName,
    /// The times at which it runs; may be empty.
    pub schedules: Schedules,
    /// The zone of its schedules and of the times in its files.
    pub timezone: Zone,
    /// The product that it is for.
    pub app_type: AppType,
    /// True when it runs by itself.
    pub enabled: bool,
    /// The runs that are made up for after a time of not running.
    pub catch_up: CatchUp,
    /// The treatment of a due time at which it still runs.
    pub overlap: Overlap,
    /// By how much at most a run is put off.
    pub jitter: Duration,
    /// The time that a run may take.
    pub timeout: Duration,
    /// A run that would change more does not begin; `None`: no limit.
    pub max_items: Option<NonZeroU32>,
    /// So many unanswered or unknown requests in a row stop a run.
    pub abort_after: NonZeroU32,
    /// Its mails.
    pub mail: JobMail,
    /// Told when a run begins, succeeds and fails.
    pub ping_url: Option<Url>,
    /// The machines that run it, by their names; none: every machine.
    pub nodes: Vec<String>,
    /// The name it had before.
    pub was: Option<JobName>,
    /// The settings that only its kind has.
    pub settings: JobSettings,
}

impl Job {
    /// Returns the kind of its work.
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

    /// Tells whether the machine of that name runs it.
    #[must_use]
    pub fn runs_on(&self, node: Option<&str>) -> bool {
        self.nodes.is_empty() || node.is_some_and(|node| self.nodes.iter().any(|named| named == node))
    }
}

/// The settings that only one kind of job has.
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
    /// The people who get them.
    pub to: Vec<Mailbox>,
    /// After which runs.
    pub on: MailOn,
}

/// Returns the job `import`, with plain defaults: what `roomkeeper import` uses where no job of its kind is configured.
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
        nodes: Vec::new(),
        was: None,
        settings: JobSettings::ScheduleMeetings(Box::default()),
    })
}

const DAY: Duration = Duration::from_hours(24);
/// The time for which clock changes are looked for ahead: tzdata knows no rule change further off than this in practice.
const LOOK_AHEAD: Duration = Duration::from_hours(2 * 366 * 24);

/// The values that a job takes from the rest of the file if it does not name its own.
pub(super) struct Defaults {
    app_type: AppType,
    mail: JobMail,
    /// True when mails go anywhere, so that a receiver must be named.
    sends: bool,
}

impl Defaults {
    pub(super) fn of(api: Option<&ApiConfig>, mail: Option<&MailConfig>) -> Self {
        Self {
            app_type: api.map(|api| api.app_type).unwrap_or_default(),
            mail: mail.map_or(JobMail { to: Vec::new(), on: MailOn::Change }, |mail| JobMail {
                to: mail.to.clone(),
                on: mail.on,
            }),
            sends: mail.is_some_and(|mail| mail.server.is_some()),
        }
    }
}

/// Checks a job's table. `None` where it has no name.
pub(super) fn validate(
    table: &mut Table<'_, '_>,
    name: Option<JobName>,
    kind: JobKind,
    raw: &RawJobKeys,
    settings: JobSettings,
    defaults: &Defaults,
    around: &Surroundings<'_>,
) -> Option<Job> {
    let timezone =
        table.read("timezone", raw.timezone.as_deref(), value::zone).unwrap_or_else(|| around.timezone.clone());
    let schedules = schedules(table, raw.schedule.as_ref(), &timezone, around);
    let mail = mail(table, raw, defaults);
    Some(Job {
        name: name?,
        schedules,
        app_type: table.read("app_type", raw.app_type.as_deref(), app_type).unwrap_or(defaults.app_type),
        enabled: raw.enabled.unwrap_or(true),
        catch_up: raw.catch_up.unwrap_or_else(|| CatchUp::default_of(kind)),
        overlap: raw.overlap.unwrap_or(Overlap::Skip),
        jitter: table.read("jitter", raw.jitter.as_deref(), duration(Duration::ZERO..=DAY)).unwrap_or_default(),
        timeout: table
            .read("timeout", raw.timeout.as_deref(), duration(Duration::from_secs(1)..=7 * DAY))
            .unwrap_or(DEFAULT_TIMEOUT),
        max_items: table.read("max_items", raw.max_items, positive(u32::MAX)),
        abort_after: table.read("abort_after", raw.abort_after, positive(u32::MAX)).unwrap_or(DEFAULT_ABORT_AFTER),
        mail,
        ping_url: table.read("ping_url", raw.ping_url.as_deref(), ping_url),
        nodes: nodes::read(table, raw.nodes.as_ref()),
        was: table.read("was", raw.was.as_deref(), job_name),
        timezone,
        settings,
    })
}

fn schedules(table: &mut Table<'_, '_>, raw: Option<&OneOrMany>, zone: &Zone, around: &Surroundings<'_>) -> Schedules {
    let Some(OneOrMany(texts)) = raw else { return Schedules::default() };
    if texts.is_empty() {
        let remedy = "Write a schedule such as \"30 2 * * *\", or leave the key out.";
        table.problem("schedule", Complaint::new("the list is empty", remedy));
    }
    let now = around.environment.now();
    let mut schedules = Vec::new();
    for (at, text) in texts.iter().enumerate() {
        let key = format!("schedule[{at}]");
        let read = |text: &str| Schedule::parse(text, zone).map_err(|error| in_words(text, &error));
        let Some(schedule) = table.read(&key, Some(text.as_str()), read) else { continue };
        if let Some(day) = schedule.day_without_run(now, now.plus(LOOK_AHEAD)) {
            table.warn(&key, lost_day(&schedule, day));
        }
        if schedule.takes_either_day() {
            table.warn(&key, either_day(&schedule));
        }
        schedules.push(schedule);
    }
    Schedules::new(schedules)
}

fn lost_day(schedule: &Schedule, day: CivilTime) -> Complaint {
    let (text, zone, day) = (schedule.text(), schedule.zone(), day.format("%Y-%m-%d"));
    Complaint::new(
        format!("{text:?} has no run on {day}: the clocks in {zone} go forward over all its times of that day"),
        "Name a fixed time, such as \"30 2 * * *\": it runs right after the change.",
    )
}

fn either_day(schedule: &Schedule) -> Complaint {
    Complaint::new(
        format!(
            "{:?} runs on each of these days of the month and, besides, on each of these days of the week: either will do, and not both are needed",
            schedule.text()
        ),
        "Write * for the day of month or for the day of week if one alone is meant. The first Monday of a month is \"0 0 * * MON#1\".",
    )
}

fn in_words(text: &str, error: &ScheduleError) -> Complaint {
    Complaint::new(format!("{text:?} is not a schedule: {error}"), error.remedy())
}

fn mail(table: &mut Table<'_, '_>, raw: &RawJobKeys, defaults: &Defaults) -> JobMail {
    let written = raw.mail.as_ref();
    let to = written.and_then(|mail| mail.to.as_ref()).map(|to| recipients(&mut table.table("mail"), to));
    let mail = JobMail {
        to: to.unwrap_or_else(|| defaults.mail.to.clone()),
        on: written.and_then(|mail| mail.on).unwrap_or(defaults.mail.on),
    };
    if mail.on != MailOn::Never && defaults.mail.on == MailOn::Never && defaults.mail.to.is_empty() && defaults.sends {
        // Elsewhere no receiver need be named, so a table that asks for mails of this job alone must say who gets them.
        table.table("mail").require("to", "Write who gets the mails of this job: to = [\"it@example.org\"].");
    }
    mail
}

/// Checks that a former name is one that no job has any more, and that one job alone had.
pub(super) fn validate_former_names(check: &mut Check<'_>, jobs: &BTreeMap<JobName, Job>) {
    let mut heirs: BTreeMap<&JobName, &JobName> = BTreeMap::new();
    for job in jobs.values() {
        let Some(was) = &job.was else { continue };
        let mut table = check.table(&format!("{}.{}", job.kind(), job.name));
        if jobs.contains_key(was) {
            table.problem(
                "was",
                Complaint::new(
                    format!("there still is a job {:?}", was.as_str()),
                    "Name the former name of this job, or take the key out.",
                ),
            );
        } else if let Some(other) = heirs.insert(was, &job.name) {
            table.problem(
                "was",
                Complaint::new(
                    format!("the job {:?} says that it was {:?} as well", other.as_str(), was.as_str()),
                    "Only one job can take over a history: take one of the keys out.",
                ),
            );
        }
    }
}
