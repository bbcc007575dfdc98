//! Reads and checks the file as a whole: its raw form, in which every key is optional and every value as plain as TOML has it,
//! and the check that makes the configuration of it: every value read, every rule between values held, and every problem noted on
//! the way.

use std::collections::BTreeMap;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::api::RawApi;
use super::check::{Check, Table};
use super::document::Document;
use super::export_meetings::RawExportMeetings;
use super::job_keys::{RawJob, RawJobKeys};
use super::mail::RawMail;
use super::problem::{Complaint, Problem};
use super::recover::{self, Mistake};
use super::refresh_lobby::RawRefreshLobby;
use super::rotate_pins::RawRotatePins;
use super::schedule_meetings::RawScheduleMeetings;
use super::state::RawState;
use super::surroundings::Surroundings;
use super::sync_rooms::RawSyncRooms;
use super::value::{self, Base};
use super::web::RawWeb;
use super::{Config, Environment, Job, JobSettings};
use super::{
    api, export_meetings, folders, job, mail, nodes, refresh_lobby, rotate_pins, schedule_meetings, state, sync_rooms,
    web,
};
use crate::clock::{Timestamp, Zone};
use crate::model::{JobKind, JobName};

/// The jobs of one kind by name. A job that is not even a table is `None`.
pub(super) type RawJobs<K> = BTreeMap<String, Option<RawJob<K>>>;

/// roomkeeper's configuration file.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Configuration")]
pub(super) struct RawConfig {
    /// The time zone of schedules and of times in CSV files, by its IANA name.
    #[schemars(extend("default" = "UTC"))]
    pub(super) timezone: Option<String>,
    /// The meeting API.
    pub(super) api: Option<RawApi>,
    /// The place of roomkeeper's own files.
    pub(super) state: Option<RawState>,
    /// The mails about runs.
    pub(super) mail: Option<RawMail>,
    /// The page to look at, and the figures for Prometheus.
    pub(super) web: Option<RawWeb>,
    /// Jobs that make meetings from CSV files, by name.
    #[schemars(with = "Option<BTreeMap<String, RawJob<RawScheduleMeetings>>>")]
    pub(super) schedule_meetings: Option<RawJobs<RawScheduleMeetings>>,
    /// Jobs that make new PINs for permanent rooms, by name.
    #[schemars(with = "Option<BTreeMap<String, RawJob<RawRotatePins>>>")]
    pub(super) rotate_pins: Option<RawJobs<RawRotatePins>>,
    /// Jobs that hold permanent rooms to a policy, by name.
    #[schemars(with = "Option<BTreeMap<String, RawJob<RawSyncRooms>>>")]
    pub(super) sync_rooms: Option<RawJobs<RawSyncRooms>>,
    /// Jobs that make the lobbies of meetings what they should be, by name.
    #[schemars(with = "Option<BTreeMap<String, RawJob<RawRefreshLobby>>>")]
    pub(super) refresh_lobby: Option<RawJobs<RawRefreshLobby>>,
    /// Jobs that write the meetings that took place to files, by name.
    #[schemars(with = "Option<BTreeMap<String, RawJob<RawExportMeetings>>>")]
    pub(super) export_meetings: Option<RawJobs<RawExportMeetings>>,
}

/// The time for which the two copies of tzdata are compared.
const RULES_AHEAD: Duration = Duration::from_hours(24 * 366);

/// Warns where the machine's tzdata and the built-in copy read the zone's clocks differently within a year.
fn warn_of_old_rules(table: &mut Table<'_, '_>, zone: &Zone, now: Timestamp) {
    let Some(at) = zone.first_doubtful(now, now.plus(RULES_AHEAD)) else { return };
    table.warn(
        "timezone",
        Complaint::new(
            format!(
                "from {} on, this machine's time zone data has other clocks for {zone} than the copy that roomkeeper brings along",
                at.to_api()
            ),
            "The machine's is used. Install its newest time zone data (Debian's package tzdata), or a newer roomkeeper:              one of the two is out of date, and every time in this zone may be wrong by an hour.",
        ),
    );
}

/// The result of the whole check. The configuration is whole only if there are no problems.
pub(super) struct Checked {
    pub(super) config: Option<Config>,
    pub(super) problems: Vec<Problem>,
    pub(super) warnings: Vec<Problem>,
}

/// Checks a parsed file.
pub(super) fn validate(document: &Document<'_>, base: &Base, environment: &Environment) -> Checked {
    let (raw, mistakes): (RawConfig, Vec<Mistake>) = recover::read(document.root(), document.len());
    let mut check = Check::new(document);
    for mistake in &mistakes {
        check.mistake(mistake, sync_rooms::unchangeable);
    }
    let timezone = check.table("").read("timezone", raw.timezone.as_deref(), value::zone).unwrap_or_else(Zone::utc);
    warn_of_old_rules(&mut check.table(""), &timezone, environment.now());
    let surroundings = Surroundings { base, environment, timezone };
    let api = api::validate(&mut check, raw.api, &surroundings);
    let state = state::validate(&mut check.table("state"), &mut raw.state.unwrap_or_default(), &surroundings);
    let mail = mail::validate(&mut check, raw.mail, &surroundings);
    let web = web::validate(&mut check, raw.web, &surroundings);

    let mut jobs = Jobs {
        check: &mut check,
        surroundings: &surroundings,
        defaults: job::Defaults::of(api.as_ref(), mail.as_ref()),
        found: BTreeMap::new(),
    };
    jobs.schedule_meetings(raw.schedule_meetings.unwrap_or_default());
    jobs.each(JobKind::ROTATE_PINS, raw.rotate_pins.unwrap_or_default(), |table, own, _, around| {
        JobSettings::RotatePins(Box::new(rotate_pins::validate(table, own, mail.as_ref(), around)))
    });
    jobs.each(JobKind::SYNC_ROOMS, raw.sync_rooms.unwrap_or_default(), |table, own, _, around| {
        JobSettings::SyncRooms(Box::new(sync_rooms::validate(table, own, around)))
    });
    jobs.each(JobKind::REFRESH_LOBBY, raw.refresh_lobby.unwrap_or_default(), |table, own, _, around| {
        JobSettings::RefreshLobby(Box::new(refresh_lobby::validate(table, own, around)))
    });
    jobs.each(JobKind::EXPORT_MEETINGS, raw.export_meetings.unwrap_or_default(), |table, own, _, around| {
        JobSettings::ExportMeetings(Box::new(export_meetings::validate(table, own, around)))
    });
    let Jobs { found: jobs, .. } = jobs;

    job::validate_former_names(&mut check, &jobs);
    nodes::validate(&mut check, &jobs);
    folders::validate(&mut check, &jobs, &state);
    folders::validate_exports(&mut check, &jobs);
    let (problems, warnings) = check.finish();
    let config =
        api.zip(mail).map(|(api, mail)| Config { timezone: surroundings.timezone, api, state, mail, web, jobs });
    Checked { config, problems, warnings }
}

/// The jobs of all kinds as they are found.
struct Jobs<'c, 'd> {
    check: &'c mut Check<'d>,
    surroundings: &'c Surroundings<'c>,
    defaults: job::Defaults,
    found: BTreeMap<JobName, Job>,
}

impl Jobs<'_, '_> {
    fn schedule_meetings(&mut self, raw: RawJobs<RawScheduleMeetings>) {
        self.each(JobKind::SCHEDULE_MEETINGS, raw, |table, own, keys, surroundings| {
            let settings = schedule_meetings::validate(table, own, keys, surroundings);
            JobSettings::ScheduleMeetings(Box::new(settings))
        });
    }

    /// Checks the jobs of one kind: here what every job takes, in `settings` what this kind takes.
    fn each<K>(
        &mut self,
        kind: JobKind,
        raw: RawJobs<K>,
        settings: impl Fn(&mut Table<'_, '_>, K, &RawJobKeys, &Surroundings<'_>) -> JobSettings,
    ) {
        for (written, job) in raw {
            let path = super::document::join(kind.as_str(), &written);
            let mut table = self.check.table(&path);
            let name = match value::job_name(&written) {
                Ok(name) => Some(name),
                Err(complaint) => {
                    table.problem_with_key("", complaint);
                    None
                }
            };
            let Some(RawJob(keys, own)) = job else { continue };
            let settings = settings(&mut table, own, &keys, self.surroundings);
            let job = job::validate(&mut table, name, kind, &keys, settings, &self.defaults, self.surroundings);
            let Some(job) = job else { continue };
            if let Some(other) = self.found.get(&job.name) {
                table.problem_with_key("", taken(&job.name, other.kind()));
                continue;
            }
            self.found.insert(job.name.clone(), job);
        }
    }
}

fn taken(name: &JobName, kind: JobKind) -> Complaint {
    Complaint::new(
        format!("there is a job {:?} already, in [{kind}.{name}]", name.as_str()),
        "Give one of them another name: names are unique over all kinds of job.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{JobMail, MailOn};

    #[test]
    fn a_name_that_another_job_has_already_is_told_with_the_table_of_the_other() {
        let (document, _) = Document::parse("config.toml", "[schedule_meetings.a]\n", |_| false);
        let environment = Environment::new([], Timestamp::from_seconds(0));
        let base = Base::of_file(std::path::Path::new("/etc/config.toml"));
        let surroundings = Surroundings { base: &base, environment: &environment, timezone: Zone::utc() };
        let mut check = Check::new(&document);
        let defaults = job::Defaults::of(None, None);
        let mut jobs = Jobs { check: &mut check, surroundings: &surroundings, defaults, found: BTreeMap::new() };
        for _ in 0..2 {
            jobs.schedule_meetings(RawJobs::from([("a".to_owned(), Some(RawJob::default()))]));
        }
        let mail = &jobs.found.values().next().unwrap().mail;
        assert_eq!(mail, &JobMail { to: Vec::new(), on: MailOn::Change });
        let (problems, _) = check.finish();
        assert_eq!(problems.len(), 1);
        assert!(
            problems[0].to_string().contains("there is a job \"a\" already, in [schedule_meetings.a]"),
            "{problems:?}"
        );
    }
}
