//! The figures, the rules and the dashboard, as Prometheus itself sees them.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Child, Command, Stdio};

use crate::http::Place;
use crate::site::{Site, free_port, wait_until};
use crate::{JOBS, served, web};

/// A program of Debian's package prometheus, started; `None` where it is not there, and says so.
fn start(command: &mut Command) -> Option<Child> {
    match command.spawn() {
        Ok(child) => Some(child),
        Err(error) => {
            assert!(std::env::var_os("ROOMKEEPER_ALL_TOOLS").is_none(), "{command:?} cannot be started: {error}");
            // Past what catches the output of tests that pass.
            let _ = writeln!(std::io::stderr().lock(), "NOT RUN: {command:?} (Debian: apt-get install prometheus)");
            None
        }
    }
}

/// promtool with these arguments and this to read; `None` where it is not there, and says so.
fn promtool(arguments: &[&str], text: &str) -> Option<String> {
    let mut child = start(
        Command::new("promtool")
            .args(arguments)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped()),
    )?;
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "promtool {arguments:?}: {said}");
    Some(said)
}

/// A Prometheus that is ended with its test.
struct Prometheus(Child);

impl Drop for Prometheus {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts one that looks at the page of that port each second, and reckons with our rules.
fn prometheus(site: &Site, port: u16) -> Option<(Prometheus, Place)> {
    let rules = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/prometheus/roomkeeper.rules.yml");
    site.write(
        "prometheus.yml",
        format!(
            "global: {{ scrape_interval: 1s, evaluation_interval: 1s }}\nrule_files: [ {rules:?} ]\n\
             scrape_configs:\n  - job_name: roomkeeper\n    honor_labels: true\n    \
             static_configs: [ {{ targets: [ \"127.0.0.1:{port}\" ] }} ]\n"
        ),
    );
    let listens = free_port();
    let child = start(
        Command::new("prometheus")
            .arg(format!("--config.file={}", site.path("prometheus.yml").display()))
            .arg(format!("--storage.tsdb.path={}", site.path("prometheus").display()))
            .arg(format!("--web.listen-address=127.0.0.1:{listens}"))
            .stdout(Stdio::null())
            .stderr(Stdio::null()),
    )?;
    let started = Prometheus(child);
    let place = Place::Port(listens);
    wait_until("prometheus listens", || std::net::TcpStream::connect(("127.0.0.1", listens)).is_ok());
    wait_until("prometheus is ready", || place.get("/-/ready").status == 200);
    Some((started, place))
}

#[test]
fn a_real_prometheus_takes_the_figures_as_openmetrics_and_reckons_with_the_rules() {
    let (page, table) = web("");
    let site = Site::new(&format!("{table}{JOBS}"));
    let _daemon = served(&site);
    let Place::Port(port) = page else { panic!("a port") };
    let Some((_running, prometheus)) = prometheus(&site, port) else { return };
    let target = || prometheus.get("/api/v1/targets?state=active").json()["data"]["activeTargets"][0].clone();
    wait_until("it has looked", || matches!(target()["health"].as_str(), Some("up" | "down")));
    assert_eq!((target()["health"].as_str(), target()["lastError"].as_str()), (Some("up"), Some("")), "{}", target());
    // In OpenMetrics alone a counter's family is named without its ending.
    let family = prometheus.get("/api/v1/targets/metadata?metric=roomkeeper_runs").json();
    assert_eq!(family["data"][0]["type"], "counter", "{family}");
    let asked = prometheus.get("/api/v1/query?query=roomkeeper_job_enabled%7Bjob%3D%22resting%22%7D").json();
    assert_eq!(asked["data"]["result"][0]["value"][1], "0", "{asked}");
    let rules = || prometheus.get("/api/v1/rules").json()["data"]["groups"][0]["rules"].clone();
    let is_reckoned = |rule: &serde_json::Value| rule["health"] != "unknown";
    wait_until("the rules are reckoned", || rules().as_array().is_some_and(|all| all.iter().all(is_reckoned)));
    let rules = rules();
    let rules = rules.as_array().unwrap();
    assert!(rules.len() > 5 && rules.iter().all(|rule| rule["health"] == "ok"), "{rules:#?}");
}

#[test]
fn promtool_finds_nothing_to_say_of_the_figures() {
    let (page, table) = web("");
    let site = Site::new(&format!("{table}{JOBS}"));
    let _daemon = served(&site);
    let said = promtool(&["check", "metrics"], &page.get("/metrics").body);
    assert!(said.is_none_or(|said| said.is_empty()), "it says something");
}

#[test]
fn the_alert_rules_warn_when_they_should_and_not_before() {
    promtool(&["check", "rules", "contrib/prometheus/roomkeeper.rules.yml"], "");
    promtool(&["test", "rules", "contrib/prometheus/roomkeeper.tests.yml"], "");
}

#[test]
fn each_alert_has_a_companion_that_sees_its_figures_vanish() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/contrib/prometheus/roomkeeper.rules.yml");
    let text = std::fs::read_to_string(path).unwrap();
    let alerts: Vec<_> = text.split("- alert: ").skip(1).map(|alert| alert.split_once('\n').unwrap()).collect();
    // What takes a warning back, where it is there, silences none where it is not.
    let of = |alert: &str| {
        let expression = alert.split("expr:").nth(1).unwrap().split("labels:").next().unwrap();
        let words = expression.split("unless").next().unwrap().split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let is_figure = |word: &&str| word.starts_with("roomkeeper_") || word.starts_with("process_");
        words.filter(is_figure).map(str::to_owned).collect::<BTreeSet<_>>()
    };
    let mut seen = 0;
    for (name, alert) in alerts.iter().filter(|(name, _)| *name != "RoomkeeperDown" && !name.ends_with("Unseen")) {
        let companion = alerts.iter().find(|(other, _)| *other == format!("{name}Unseen"));
        let (_, companion) = companion.unwrap_or_else(|| panic!("{name} has no companion"));
        for figure in of(alert) {
            assert!(companion.contains(&format!("absent({figure}")), "{figure} of {name}");
            seen += 1;
        }
    }
    assert!(seen > 7, "{seen}");
}

#[test]
fn the_rules_and_the_dashboard_ask_for_series_that_there_are() {
    let (page, table) = web("");
    let site = Site::new(&format!("{table}{JOBS}"));
    let _daemon = served(&site);
    let told = page.get("/metrics").body;
    let read = |name: &str| std::fs::read_to_string(format!("{}/contrib/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let dashboard = read("grafana/roomkeeper.json");
    serde_json::from_str::<serde_json::Value>(&dashboard).unwrap();
    for text in [read("prometheus/roomkeeper.rules.yml"), dashboard] {
        let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let asked: BTreeSet<_> =
            words.filter(|word| word.starts_with("roomkeeper_") || word.starts_with("process_")).collect();
        assert!(asked.len() > 4, "{asked:?}");
        for name in asked {
            let is_told = told
                .lines()
                .any(|line| line.starts_with(&format!("{name}{{")) || line.starts_with(&format!("{name} ")));
            assert!(is_told, "{name} is asked for, and not told");
        }
    }
}
