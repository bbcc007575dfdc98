//! Commands work on the journal that the daemon works with, wherever that is.

use std::process::Command;

use crate::site::{Ran, Running, Site, timetable};

const JOB: &str = "[schedule_meetings.timetable]\n";

/// A daemon that was given its folders, as systemd does; the shell beside it knows where sockets are, and nothing else.
struct Service {
    site: Site,
    daemon: Running,
}

impl Service {
    fn start(more: &str) -> Self {
        let site = Site::new(more);
        for folder in ["run", "lib"] {
            std::fs::create_dir(site.path(folder)).unwrap();
        }
        let mut command = site.command(&["daemon"]);
        command.env("RUNTIME_DIRECTORY", site.path("run")).env("STATE_DIRECTORY", site.path("lib"));
        let daemon = Running::of(command, site.path("daemon.log"));
        daemon.wait_to_say("roomkeeper is running");
        Self { site, daemon }
    }

    fn shell(&self, arguments: &[&str]) -> Command {
        let mut command = self.site.command(arguments);
        command.env("RUNTIME_DIRECTORY", self.site.path("run"));
        command
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.shell(arguments).output().unwrap())
    }
}

#[test]
fn every_command_means_the_journal_that_the_daemon_works_with() {
    let mut service = Service::start(JOB);
    std::fs::write(service.site.path("a.csv"), timetable(0..3)).unwrap();
    service.run(&["import", "a.csv"]).expect(0, "3 created");
    service.run(&["pause", "timetable"]).expect(0, "timetable is paused");
    service.run(&["list"]).expect(0, "paused");
    service.run(&["history"]).expect(0, "succeeded");
    let copy = service.site.path("copy.db");
    service.run(&["journal", "backup", copy.to_str().unwrap()]).expect(0, "was backed up");
    service.run(&["journal", "check"]).expect(0, "1 run with 3 items");
    let lib = service.site.path("lib").canonicalize().unwrap();
    let told = format!("state directory: {} (roomkeeper daemon (process {})", lib.display(), service.daemon.id());
    service.run(&["check"]).expect(0, &told);
    let json = service.run(&["check", "--json"]);
    assert_eq!(serde_json::from_str::<serde_json::Value>(&json.out).unwrap()["state_directory"], lib.to_str().unwrap());
    service.run(&["daemon"]).expect(5, "roomkeeper daemon");
    assert!(!service.site.path("state").exists(), "a second journal was made");
    assert!(service.daemon.ended().is_none());
    service.site.sandbox.expect_made(0..3);
}

#[test]
fn a_directory_that_the_file_names_since_makes_no_second_journal_either() {
    let service = Service::start(JOB);
    service.site.configure("[state]\ndirectory = \"elsewhere\"\n[schedule_meetings.timetable]\n");
    service.run(&["pause", "timetable"]).expect(0, "timetable is paused");
    service.run(&["journal", "prune"]).expect(0, "forgotten: 0 runs");
    assert!(!service.site.path("elsewhere").exists(), "a second journal was made");
}

#[test]
fn the_daemon_of_another_configuration_lends_nobody_its_journal() {
    let service = Service::start(JOB);
    let other = Site::at(service.site.sandbox.port(), JOB);
    let mut command = other.command(&["pause", "timetable"]);
    Ran::of(command.env("RUNTIME_DIRECTORY", service.site.path("run")).output().unwrap()).expect(0, "is paused");
    assert!(other.path("state/journal.db").exists());
    other.run(&["check"]).expect(0, "(beside the configuration, since [state] directory does not say otherwise)");
    assert!(!service.run(&["list"]).out.contains("paused"));
}

#[test]
fn a_unit_with_a_runtime_directory_of_another_name_is_found_all_the_same() {
    let service = Service::start(JOB);
    // A shell that is told of no folder at all.
    let run = |arguments: &[&str]| service.site.run(arguments);
    std::fs::write(service.site.path("a.csv"), timetable(0..2)).unwrap();
    run(&["import", "a.csv"]).expect(0, "2 created");
    run(&["pause", "timetable"]).expect(0, "timetable is paused");
    let lib = service.site.path("lib").canonicalize().unwrap();
    let told = format!("state directory: {} (roomkeeper daemon (process {})", lib.display(), service.daemon.id());
    run(&["check"]).expect(0, &told);
    run(&["daemon"]).expect(5, "roomkeeper daemon");
    assert!(!service.site.path("state").exists(), "a second journal was made");
    service.site.sandbox.expect_made(0..2);
}

#[test]
fn the_socket_of_another_program_is_let_be() {
    let site = Site::new(JOB);
    let folder = tempfile::tempdir().unwrap();
    let socket = std::os::unix::net::UnixListener::bind(folder.path().join("control.sock")).unwrap();
    site.run(&["pause", "timetable"]).expect(0, "timetable is paused");
    socket.set_nonblocking(true).unwrap();
    while let Ok((mut stream, _)) = socket.accept() {
        let mut said = String::new();
        std::io::Read::read_to_string(&mut stream, &mut said).unwrap();
        assert_eq!(said, "");
    }
}
