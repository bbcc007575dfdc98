//! People of the group may use the socket and not the journal. These tests need root, who alone can start programs as another
//! user; for any other user they test nothing.

use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::site::{KEY, PROGRAM, Ran, Running, Site, column, timetable};

/// A user who owns nothing, and a group, by number.
const NOBODY: u32 = 65534;
const GROUP: u32 = 54_321;

const JOB: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nschedule = \"0 3 1 1 *\"\n";

/// A daemon whose journal is its own, and whose socket is for the group.
struct Office {
    site: Site,
    daemon: Running,
}

impl Office {
    /// `None` where the tests are not run as root.
    fn open() -> Option<Self> {
        if !rustix::process::geteuid().is_root() {
            return None;
        }
        let site = Site::new(JOB);
        for (name, mode, group) in [("", 0o755, None), ("state", 0o700, None), ("run", 0o750, Some(GROUP))] {
            std::fs::create_dir_all(site.path(name)).unwrap();
            chown(site.path(name), None, group).unwrap();
            std::fs::set_permissions(site.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
        }
        // The program may lie where only root can go.
        std::fs::copy(PROGRAM, site.path("roomkeeper")).unwrap();
        let mut command = site.command(&["daemon"]);
        command.env("RUNTIME_DIRECTORY", site.path("run"));
        let daemon = Running::of(command, site.path("daemon.log"));
        daemon.wait_to_say("roomkeeper is running");
        Some(Self { site, daemon })
    }

    /// Runs a command as a user of that group, or of none that counts.
    fn run_as(&self, group: u32, arguments: &[&str]) -> Ran {
        let mut command = Command::new(self.site.path("roomkeeper"));
        self.site.prepare(&mut command);
        command.env("RUNTIME_DIRECTORY", self.site.path("run")).args(arguments).uid(NOBODY).gid(group);
        Ran::of(command.output().unwrap())
    }
}

#[test]
fn the_socket_is_for_its_owner_and_group_in_the_runtime_directory() {
    let Some(mut office) = Office::open() else { return };
    let socket = office.site.path("run/control.sock");
    let found = std::fs::symlink_metadata(&socket).unwrap();
    assert_eq!((found.permissions().mode() & 0o777, found.uid(), found.gid()), (0o660, 0, GROUP));
    assert!(office.daemon.terminate().0.success());
    assert!(!socket.exists());
}

#[test]
fn who_may_not_open_the_journal_is_answered_by_the_daemon_in_the_same_words() {
    let Some(office) = Office::open() else { return };
    std::fs::write(office.site.path("a.csv"), timetable(0..600).replace("Lecture 000003", "ab")).unwrap();
    let mut import = office.site.command(&["import", "a.csv"]);
    Ran::of(import.env("RUNTIME_DIRECTORY", office.site.path("run")).output().unwrap()).expect(3, "599 created");
    let history = office.site.json(&["history", "--json"]);
    let run = history[0]["run"].as_str().unwrap().to_owned();
    let commands = [
        &["list", "--json"][..],
        &["list"],
        &["next", "timetable", "-n", "3"],
        &["history"],
        &["history", "--json", "--since", "7d"],
        &["show", &run, "--json"],
        &["show", &run, "--problems"],
        &["results", &run, "--to", "-"],
        &["results", &run, "--to", "-", "--retry"],
        &["results", "none"],
        &["why", "timetable"],
        &["journal", "check"],
        &["journal", "check", "--json"],
        &["show", "none"],
        &["history", "--since", "never"],
    ];
    for arguments in commands {
        let (own, told) = (office.site.run(arguments), office.run_as(GROUP, arguments));
        // The time until the next due time goes on by itself.
        let steady = |text: &str| text.split(" h ").next().unwrap_or_default().to_owned();
        let of = |told: &Ran| (told.code, steady(&told.out), told.err.clone());
        assert_eq!(of(&told), of(&own), "{arguments:?}");
    }
    // A user of no group is told so.
    office.run_as(NOBODY, &["history"]).expect(1, "cannot be opened");
}

#[test]
fn somebody_of_the_group_imports_through_the_daemon_and_gets_the_results() {
    let Some(office) = Office::open() else { return };
    let mine = office.site.path("mine");
    std::fs::create_dir(&mine).unwrap();
    std::fs::write(mine.join("a.csv"), timetable(0..4)).unwrap();
    for path in [mine.clone(), mine.join("a.csv")] {
        chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        let mode = if path.is_dir() { 0o700 } else { 0o600 };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    office.run_as(GROUP, &["import", "mine/a.csv"]).expect(0, "4 created");
    let results = office.site.only("mine", "results.csv");
    let found = std::fs::metadata(&results).unwrap();
    assert_eq!((found.uid(), found.permissions().mode() & 0o777), (NOBODY, 0o600));
    assert_eq!(column(&results, "status"), ["created"; 4]);
    office.run_as(GROUP, &["pause", "timetable"]).expect(0, "timetable is paused");
    office.run_as(NOBODY, &["resume", "timetable"]).expect(5, "may not be used by this user");
    office.site.sandbox.expect_made(0..4);
}

#[test]
fn a_client_s_question_chooses_neither_configuration_nor_file_of_the_daemon() {
    let Some(office) = Office::open() else { return };
    let socket = office.site.path("run/control.sock");
    let secret = office.site.path("secret.toml");
    std::fs::write(&secret, format!("the secret {KEY}\n")).unwrap();
    let ask = |query: serde_json::Value| {
        let line = serde_json::json!({ "ask": query }).to_string();
        crate::raw::post(&socket, &crate::raw::line(&line))
    };
    let secret = secret.to_str().unwrap();
    // The configuration that a question names is passed over: the one in force answers.
    let told = ask(serde_json::json!({ "history": { "job": null, "problems": false, "since": null, "most": 9,
        "config": secret } }));
    assert!(told.contains("\"history\":[]") && !told.contains(KEY), "{told}");
    for query in [
        serde_json::json!({ "check": { "config": secret } }),
        serde_json::json!({ "daemon": {} }),
        serde_json::json!({ "words": ["import", secret] }),
        serde_json::json!({ "import": { "job": null, "name": secret } }),
    ] {
        let told = ask(query.clone());
        assert!(told.contains("\"usage\"") && !told.contains(KEY), "{query}: {told}");
    }
    // A file is the bytes that follow, whatever it is called.
    let told = ask(serde_json::json!({ "preview_import": { "job": null, "name": secret } }));
    assert!(!told.contains(KEY), "{told}");
}

#[test]
fn somebody_of_the_group_of_the_state_directory_is_answered_too() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let site = Site::new(JOB);
    std::fs::create_dir(site.path("state")).unwrap();
    for (name, mode, group) in [("", 0o755, None), ("state", 0o2750, Some(GROUP))] {
        chown(site.path(name), None, group).unwrap();
        std::fs::set_permissions(site.path(name), std::fs::Permissions::from_mode(mode)).unwrap();
    }
    std::fs::copy(PROGRAM, site.path("roomkeeper")).unwrap();
    let _daemon = site.daemon();
    let found = std::fs::symlink_metadata(site.path("state/control.sock")).unwrap();
    assert_eq!((found.permissions().mode() & 0o777, found.gid()), (0o660, GROUP));
    let run_as = |group: u32, arguments: &[&str]| {
        let mut command = Command::new(site.path("roomkeeper"));
        site.prepare(&mut command);
        Ran::of(command.args(arguments).uid(NOBODY).gid(group).output().unwrap())
    };
    run_as(GROUP, &["history"]).expect(0, "no runs");
    run_as(GROUP, &["run", "timetable"]).expect(0, "succeeded");
    run_as(GROUP, &["history"]).expect(0, "timetable");
    run_as(NOBODY, &["history"]).expect(1, "cannot be opened");
}
