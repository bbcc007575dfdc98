//! The figures for Prometheus, and the health.

use std::collections::{BTreeMap, BTreeSet};

use crate::site::{Site, timetable, wait_until};
use crate::{JOBS, served, web};

/// The series of a text, each with its value.
fn series(text: &str) -> BTreeMap<String, f64> {
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| line.rsplit_once(' ').unwrap()).map(|(name, n)| (name.to_owned(), n.parse().unwrap())).collect()
}

#[test]
fn every_series_is_there_from_the_start_and_outlasts_a_restart() {
    let (page, table) = web("");
    let site = Site::new(&format!("{table}{JOBS}"));
    let mut daemon = served(&site);
    let before = series(&page.get("/metrics").body);
    for name in [
        "roomkeeper_build_info{version=\"0.1.0\"}",
        "roomkeeper_job_last_success_timestamp_seconds{job=\"policy\"}",
        "roomkeeper_job_last_run_timestamp_seconds{job=\"resting\"}",
        "roomkeeper_job_last_run_duration_seconds{job=\"timetable\"}",
        "roomkeeper_job_next_run_timestamp_seconds{job=\"policy\"}",
        "roomkeeper_job_paused{job=\"policy\"}",
        "roomkeeper_runs_total{job=\"timetable\",outcome=\"succeeded\"}",
        "roomkeeper_items_total{job=\"timetable\",status=\"unknown\"}",
        "roomkeeper_skips_total{job=\"policy\",reason=\"missed\"}",
        "roomkeeper_run_duration_seconds_bucket{job=\"timetable\",le=\"+Inf\"}",
        "roomkeeper_api_requests_total{route=\"meeting\",class=\"2xx\"}",
        "roomkeeper_api_request_duration_seconds_count{route=\"list\"}",
        "roomkeeper_api_waiting",
        "roomkeeper_outbox_messages{state=\"waiting\"}",
        "roomkeeper_outbox_oldest_timestamp_seconds",
        "roomkeeper_journal_writable",
        "roomkeeper_clock_trusted",
        "process_cpu_seconds_total",
        "process_resident_memory_bytes",
        "process_open_fds",
        "process_start_time_seconds",
    ] {
        assert!(before.contains_key(name), "no {name} in {:#?}", before.keys());
    }
    assert!(before["roomkeeper_job_next_run_timestamp_seconds{job=\"policy\"}"] > 1.7e9);
    assert_eq!(before["roomkeeper_job_interval_seconds{job=\"policy\"}"], 86_400.0);
    assert_eq!((before["roomkeeper_journal_writable"], before["roomkeeper_clock_trusted"]), (1.0, 1.0));

    site.drop_renamed("week.csv", &timetable(0..7));
    let good = "roomkeeper_runs_total{job=\"timetable\",outcome=\"succeeded\"}";
    wait_until("the run is counted", || series(&page.get("/metrics").body)[good] == 1.0);
    let after = series(&page.get("/metrics").body);
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>(), "a series came or went");
    assert_eq!(after["roomkeeper_items_total{job=\"timetable\",status=\"created\"}"], 7.0);
    assert_eq!(after["roomkeeper_run_duration_seconds_count{job=\"timetable\"}"], 1.0);
    let requests: f64 = after.iter().filter(|(name, _)| name.contains("route=\"meeting\",class")).map(|(_, n)| n).sum();
    assert!(requests >= 7.0, "{requests}");
    let success = after["roomkeeper_job_last_success_timestamp_seconds{job=\"timetable\"}"];
    assert!(success > 1.7e9);

    daemon.terminate();
    let _daemon = served(&site);
    let again = series(&page.get("/metrics").body);
    for name in after.keys().filter(|name| {
        name.starts_with("roomkeeper_runs")
            || name.starts_with("roomkeeper_items")
            || name.contains("last_")
            || name.starts_with("roomkeeper_run_")
    }) {
        assert_eq!(again[name], after[name], "{name}");
    }
}

/// Whoever collects the figures of several versions at once (an exporter of text files, a gateway) leaves a series out whose HELP or type
/// differs, and an alert about it is silent.
#[test]
fn names_types_and_help_texts_are_those_of_the_last_release() {
    let (page, table) = web("");
    let site = Site::without_server(&format!("{table}{JOBS}"));
    let _daemon = served(&site);
    let open = "Accept: application/openmetrics-text; version=1.0.0\r\n";
    for (fixture, told) in [("prometheus", page.get("/metrics")), ("openmetrics", page.get_with("/metrics", open))] {
        let path = format!("{}/tests/fixtures/figures/{fixture}.txt", env!("CARGO_MANIFEST_DIR"));
        let known = std::fs::read_to_string(path).unwrap();
        let is_head = |line: &&str| line.starts_with('#');
        let told: Vec<_> = told.body.lines().filter(is_head).collect();
        assert_eq!(
            told,
            known.lines().filter(is_head).collect::<Vec<_>>(),
            "a figure that is new goes into tests/fixtures/figures; one that is there keeps its name, its type and its HELP text"
        );
    }
}

#[test]
fn labels_name_jobs_and_fixed_words_and_nothing_else() {
    let (page, table) = web("");
    let site = Site::new(&format!("{table}{JOBS}"));
    site.write("secret-file.csv", timetable(0..3).replace("Lecture", "Secret title"));
    site.run(&["import", "--job", "timetable", "secret-file.csv"]).expect(0, "3 created");
    let _daemon = served(&site);
    let told = page.get("/metrics").body;
    let names: BTreeSet<_> = told
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('{')?.1.rsplit_once('}').map(|(labels, _)| labels.to_owned()))
        .flat_map(|labels| labels.split(',').map(|pair| pair.split('=').next().unwrap().to_owned()).collect::<Vec<_>>())
        .collect();
    let allowed = ["class", "job", "le", "outcome", "reason", "route", "state", "status", "version"];
    assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), allowed);
    assert!(!told.to_lowercase().contains("secret"), "{told}");
}

#[test]
fn whoever_wants_openmetrics_gets_it() {
    let (page, table) = web("");
    let site = Site::new(&format!("{table}{JOBS}"));
    let _daemon = served(&site);
    let plain = page.get("/metrics");
    assert_eq!(plain.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    assert!(plain.body.contains("# TYPE roomkeeper_runs_total counter\n") && !plain.body.contains("# EOF"));
    let open = page.get_with("/metrics", "Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n");
    assert!(open.header("content-type").starts_with("application/openmetrics-text; version=1.0.0"));
    assert!(open.body.contains("# TYPE roomkeeper_runs counter\n") && open.body.ends_with("# EOF\n"));
}

#[test]
fn the_health_is_good_while_the_daemon_does_its_work() {
    let (page, table) = web("");
    let site = Site::new(&format!("{table}{JOBS}"));
    let _daemon = served(&site);
    let health = page.get("/healthz");
    assert_eq!((health.status, health.json()), (200, serde_json::json!({ "healthy": true, "why": [] })));
    assert_eq!(page.get("/readyz").json()["healthy"], true);
}
