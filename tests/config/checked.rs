//! A good file becomes a checked configuration, and the defaults hold where it says nothing.

use std::time::Duration;

use roomkeeper::clock::{Timestamp, Zone};
use roomkeeper::config::{
    ExportFormat, JobSettings, MailOn, MailSecurity, MailWay, OnExists, OnMissing, Overlap, Schedule, SecretSource,
};
use roomkeeper::model::{Column, UserId};

use crate::support::{Folder, MINIMAL};

#[test]
fn the_smallest_file_has_the_defaults_of_a_careful_administrator() {
    let folder = Folder::with(MINIMAL);
    let loaded = folder.load().unwrap();
    let config = &loaded.config;
    assert_eq!(loaded.warnings, []);
    assert_eq!(config.timezone.name(), "UTC");
    assert_eq!(config.api.base_url.as_str(), "https://api.enablex.io/ucaas/v1");
    assert_eq!(config.api.app_key, SecretSource::Env("APP_KEY".to_owned()));
    assert_eq!((config.api.max_in_flight.get(), config.api.max_attempts.get()), (8, 5));
    let rate = config.api.rate_limit.unwrap();
    assert_eq!((rate.requests.get(), rate.per), (10, Duration::from_secs(1)));
    assert_eq!(config.state.directory, folder.path("state"));
    assert_eq!(config.state.keep, Duration::from_hours(400 * 24));
    assert_eq!((config.mail.on, config.mail.server.as_ref()), (MailOn::Change, None));
    assert!(config.jobs.is_empty());
}

#[test]
fn the_configuration_of_the_manual_is_read_as_it_says() {
    let folder = Folder::with(&format!(
        r#"
timezone = "Europe/Berlin"
{MINIMAL}
[mail]
server = "smtp://mail.example.org"
from = "Roomkeeper <roomkeeper@example.org>"
to = ["it@example.org", "'IT@example.org'", "The IT <it@example.org>"]
[schedule_meetings.timetable]
inbox        = "spool"
defaults     = {{ duration = "1h30m", moderators = 1, participants = 30, wait_for_moderator = true }}
columns      = {{ room_name = "Title", start_time = ["Day", "Begin"] }}
date_formats = ["%d.%m.%Y %H:%M"]
schedule     = ["@daily", "30 6 * * 1-5"]
overlap      = "queue"
mail         = {{ on = "always" }}
max_file_size = "1 MiB"
"#
    ));
    let config = folder.load().unwrap().config;
    let Some(MailWay::Smtp(server)) = &config.mail.server else { panic!("{:?}", config.mail) };
    assert_eq!(server.security, MailSecurity::StartTls);
    let (name, job) = config.jobs.first_key_value().unwrap();
    assert_eq!((name.as_str(), job.timezone.name(), job.overlap), ("timetable", "Europe/Berlin", Overlap::Queue));
    assert_eq!(job.schedules.iter().map(Schedule::text).collect::<Vec<_>>(), ["@daily", "30 6 * * 1-5"]);
    assert_eq!((job.mail.on, job.mail.to.len()), (MailOn::Always, 1));
    assert_eq!((job.timeout, job.abort_after.get(), job.max_items), (Duration::from_hours(6), 20, None));
    let JobSettings::ScheduleMeetings(settings) = &job.settings else { panic!("{job:?}") };
    assert_eq!(settings.inbox, Some(folder.path("spool")));
    assert_eq!((settings.defaults.duration_min, settings.defaults.wait_for_moderator), (Some(90), Some(true)));
    assert_eq!(settings.columns[&Column::StartTime], ["Day", "Begin"]);
    assert_eq!((settings.on_missing, settings.on_exists), (OnMissing::Fail, OnExists::Report));
    assert_eq!((settings.settle, settings.max_file_size), (Duration::from_secs(5), 1 << 20));
}

#[test]
fn systemd_says_where_the_state_is_unless_the_file_does() {
    let mut folder = Folder::with(MINIMAL);
    folder.set("STATE_DIRECTORY", "/var/lib/roomkeeper:/var/lib/other");
    assert_eq!(folder.load().unwrap().config.state.directory.to_str(), Some("/var/lib/roomkeeper"));
    folder.write(&format!("{MINIMAL}[state]\ndirectory = \"/srv/roomkeeper\"\n"));
    assert_eq!(folder.load().unwrap().config.state.directory.to_str(), Some("/srv/roomkeeper"));
}

#[test]
fn a_machine_counts_as_alive_for_twenty_seconds_unless_the_file_says_otherwise() {
    let folder = Folder::with(MINIMAL);
    for (key, lease) in [("", 20), ("lease = \"3s\"", 3), ("lease = \"10m\"", 600)] {
        folder.write(&format!("{MINIMAL}[state]\njournal = \"postgres://r@db1/rooms\"\n{key}\n"));
        assert_eq!(folder.load().unwrap().config.state.journal.unwrap().lease, Duration::from_secs(lease), "{key}");
    }
}

#[test]
fn a_job_is_run_by_the_machines_that_it_names_and_else_by_all() {
    let folder = Folder::with(&format!(
        "{MINIMAL}[state]\njournal = \"postgres://r@db1/rooms\"\nnode = \"c\"\n\
         [schedule_meetings.any]\ninbox = \"in\"\nshared = true\n\
         [schedule_meetings.one]\nnodes = \"a\"\n[schedule_meetings.two]\nnodes = [\"a\", \"b\"]\n"
    ));
    let loaded = folder.load().unwrap();
    assert_eq!((loaded.warnings.len(), loaded.config.state.node()), (0, Some("c")), "another machine is no mistake");
    let runs = |job: &str| {
        let job = &loaded.config.jobs[&job.parse().unwrap()];
        [Some("a"), Some("b"), Some("c"), None].map(|node| job.runs_on(node))
    };
    assert_eq!(runs("any"), [true; 4]);
    assert_eq!(runs("one"), [true, false, false, false]);
    assert_eq!(runs("two"), [true, true, false, false]);
    let JobSettings::ScheduleMeetings(any) = &loaded.config.jobs[&"any".parse().unwrap()].settings else { panic!() };
    assert!(any.shared);
}

#[test]
fn two_hundred_jobs_are_checked_at_once() {
    let jobs =
        (0..200).map(|n| format!("[schedule_meetings.job{n}]\ninbox = \"in{n}\"\nschedule = \"{} 2 * * *\"\n", n % 60));
    let folder = Folder::with(&format!("{MINIMAL}{}", jobs.collect::<String>()));
    assert_eq!(folder.load().unwrap().config.jobs.len(), 200);
}

#[test]
fn an_export_is_read_as_it_is_written_and_has_careful_defaults() {
    let folder = Folder::with(&format!(
        "timezone = \"Europe/Berlin\"\n{MINIMAL}[export_meetings.plain]\npath = \"exports/{{date}}.csv\"\n\
         [export_meetings.chosen]\npath = \"/exports/all.jsonl\"\nformat = \"jsonl\"\ninclude_pins = true\nlook_back = \"2d\"\n\
         select = {{ room_name = \"Lecture*\", user_ids = [\"u2\", \"u1\", \"u2\"] }}\n"
    ));
    let config = folder.load().unwrap().config;
    let own = |name: &str| match &config.jobs[&name.parse().unwrap()].settings {
        JobSettings::ExportMeetings(own) => own.clone(),
        other => panic!("another kind: {other:?}"),
    };
    let (plain, chosen) = (own("plain"), own("chosen"));
    let late = Timestamp::from_rfc3339("2026-11-23T23:30:00Z").unwrap();
    assert_eq!(plain.path.at(late, &Zone::named("Europe/Berlin").unwrap()), folder.path("exports/2026-11-24.csv"));
    assert_eq!((plain.format, plain.include_pins, plain.user_ids.len()), (ExportFormat::Csv, false, 0));
    assert_eq!(plain.look_back, Duration::from_hours(7 * 24));
    assert!(plain.room_name.matches("anything") && !chosen.room_name.matches("Seminar 1"));
    assert_eq!((chosen.format, chosen.include_pins), (ExportFormat::Jsonl, true));
    assert_eq!(chosen.user_ids.iter().map(UserId::as_str).collect::<Vec<_>>(), ["u1", "u2"]);
    assert_eq!(chosen.look_back, Duration::from_hours(48));
}
