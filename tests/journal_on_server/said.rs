//! The program's words where the journal is in PostgreSQL: of a second daemon, of a server that is away, of a key, of a backup.

use std::os::unix::fs::PermissionsExt;

use crate::cluster::Cluster;
use crate::site::{Running, Site, timetable, wait_until};
use crate::{cluster, site, tables_with};

const JOB: &str = "[schedule_meetings.timetable]\n";

/// Closes a secret's file to others.
fn close(site: &Site, name: &str) {
    std::fs::set_permissions(site.path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
}

#[test]
fn two_machines_work_side_by_side_and_each_may_be_asked() {
    let Some(cluster) = cluster("said::two_machines_work_side_by_side_and_each_may_be_asked") else { return };
    let (first, address) = site(cluster, JOB);
    let second = Site::new("");
    for (site, node) in [(&first, "room-1"), (&second, "room-2")] {
        site.write("key", "0a".repeat(32));
        close(site, "key");
        let keys = format!("node = \"{node}\"\npin_key = {{ file = \"key\" }}\n{JOB}");
        site.configure(&tables_with(&address, &keys));
    }
    let mut daemon = first.daemon();
    second.write("a.csv", timetable(0..3));
    second.run(&["import", "a.csv"]).expect(0, "3 created");
    first.run(&["history"]).expect(0, "timetable");
    let mut other = second.daemon();
    second.run(&["pause", "timetable"]).expect(0, "");
    first.run(&["list"]).expect(0, "paused");
    for daemon in [&mut daemon, &mut other] {
        assert!(daemon.terminate().0.success());
    }
    first.run(&["journal", "check"]).expect(0, "the journal is sound");
}

#[test]
fn the_server_sees_no_connection_break_off() {
    let test = "said::the_server_sees_no_connection_break_off";
    let Some(programs) = cluster::programs(test) else { return };
    let cluster = Cluster::start(&programs, &["log_disconnections = on"], &[]);
    let (site, _) = site(&cluster, JOB);
    let mut daemon = site.daemon();
    for command in [&["history"][..], &["list"], &["journal", "check"], &["check", "--online"]] {
        site.run(command);
    }
    assert!(daemon.terminate().0.success());
    site.run(&["history"]).expect(0, "no runs");
    // The log is whole once the server has ended.
    cluster.down();
    let log = std::fs::read_to_string(cluster.folder().join("log")).unwrap();
    assert!(log.matches("disconnection:").count() >= 5, "{log}");
    for broken in ["could not receive data", "could not send data", "unexpected EOF", "connection to client lost"] {
        assert!(!log.contains(broken), "{log}");
    }
    cluster.up();
}

#[test]
fn a_second_machine_of_the_same_name_is_refused_in_words() {
    let Some(cluster) = cluster("said::a_second_machine_of_the_same_name_is_refused_in_words") else { return };
    let (first, address) = site(cluster, JOB);
    let second = Site::new("");
    for site in [&first, &second] {
        site.write("key", "0a".repeat(32));
        close(site, "key");
        let keys = format!("node = \"room-1\"\npin_key = {{ file = \"key\" }}\n{JOB}");
        site.configure(&tables_with(&address, &keys));
    }
    let mut daemon = first.daemon();
    second.write("a.csv", timetable(0..3));
    for command in [&["daemon"][..], &["import", "a.csv"], &["pause", "timetable"]] {
        let told = second.run(command);
        told.expect(5, "is written by roomkeeper daemon (process ");
        told.expect(5, "Give each machine a `node` of its own under [state]");
    }
    assert!(daemon.terminate().0.success());
}

#[test]
fn a_daemon_whose_work_was_taken_over_sends_nothing_more_and_begins_anew() {
    let Some(cluster) = cluster("said::a_daemon_whose_work_was_taken_over_sends_nothing_more_and_begins_anew") else {
        return;
    };
    let (first, address) = site(cluster, JOB);
    let mut daemon = first.daemon();
    cluster.sql(&address, "UPDATE leases SET ended = true, ended_by = 'roomkeeper daemon on room-2'");
    daemon.wait_to_say("the daemon begins anew");
    assert!(daemon.log().contains("was taken over by roomkeeper daemon on room-2"), "{}", daemon.log());
    let running = || daemon.log().matches("roomkeeper is running").count();
    wait_until("it runs again", || running() == 2);
    assert!(daemon.terminate().0.success());
}

#[test]
fn a_daemon_that_is_told_to_end_while_it_begins_anew_ends() {
    let Some(cluster) = cluster("said::a_daemon_that_is_told_to_end_while_it_begins_anew_ends") else { return };
    for moment in ["before", "after"] {
        let (site, address) = site(cluster, JOB);
        let mut command = site.command(&["daemon"]);
        command.env("ROOMKEEPER_FAILPOINTS", format!("daemon.anew.{moment}=on"));
        let mut daemon = Running::of(command, site.path("daemon.log"));
        daemon.wait_to_say("roomkeeper is running");
        cluster.sql(&address, "UPDATE leases SET ended = true");
        wait_until("it ends", || daemon.ended().is_some());
        assert_eq!(daemon.log().matches("roomkeeper is running").count(), 1, "{moment}: {}", daemon.log());
    }
}

#[test]
fn a_machine_counts_as_alive_for_as_long_as_its_configuration_says() {
    let Some(cluster) = cluster("said::a_machine_counts_as_alive_for_as_long_as_its_configuration_says") else {
        return;
    };
    let (site, address) = site(cluster, JOB);
    for (lease, seconds) in [("10m", 600), ("3s", 3)] {
        site.configure(&tables_with(&address, &format!("lease = \"{lease}\"\n{JOB}")));
        let mut daemon = site.daemon();
        let over =
            |seconds: i32| format!("SELECT max(until) > clock_timestamp() + interval '{seconds} seconds' FROM leases");
        assert_eq!(cluster.sql(&address, &over(seconds)).trim(), "f", "{lease}");
        if seconds == 600 {
            assert_eq!(cluster.sql(&address, &over(300)).trim(), "t", "{lease}");
        }
        assert!(daemon.terminate().0.success());
    }
}

#[test]
fn a_server_that_is_away_is_said_so_and_costs_nothing() {
    let Some(programs) = cluster::programs("said::a_server_that_is_away_is_said_so_and_costs_nothing") else { return };
    let cluster = Cluster::start(&programs, &[], &[]);
    let (site, _) = site(&cluster, JOB);
    site.write("a.csv", timetable(0..3));
    site.run(&["import", "a.csv"]).expect(0, "3 created");
    cluster.down();
    for command in [&["import", "a.csv"][..], &["history"]] {
        site.run(command).expect(1, "cannot be reached");
    }
    let mut daemon = site.start("daemon", &["daemon"]);
    daemon.wait_to_say("cannot be reached");
    cluster.up();
    daemon.wait_to_say("roomkeeper is running");
    site.run(&["history"]).expect(0, "timetable");
    assert!(daemon.terminate().0.success());
}

#[test]
fn another_key_than_that_of_the_journals_pins_is_refused() {
    let Some(cluster) = cluster("said::another_key_than_that_of_the_journals_pins_is_refused") else { return };
    let (site, address) = site(cluster, JOB);
    site.write("a.csv", timetable(0..3));
    let with_key = |digits: &str| {
        site.write("key", digits);
        close(&site, "key");
        site.configure(&tables_with(&address, &format!("pin_key = {{ file = \"key\" }}\n{JOB}")));
        site.run(&["import", "a.csv"])
    };
    with_key("0a").expect(1, "64 hexadecimal digits");
    with_key(&"0a".repeat(32)).expect(0, "3 created");
    with_key(&"0b".repeat(32)).expect(1, "another than the one that this journal's PINs are sealed with");
    site.configure(&tables_with(&address, JOB));
    site.run(&["import", "a.csv"]).expect(1, "another than the one");
}

#[test]
fn a_backup_is_said_to_be_the_databases_and_what_is_old_is_forgotten_there() {
    let test = "said::a_backup_is_said_to_be_the_databases_and_what_is_old_is_forgotten_there";
    let Some(cluster) = cluster(test) else { return };
    let (site, _) = site(cluster, JOB);
    site.run(&["journal", "prune"]).expect(0, "nothing has run");
    site.run(&["journal", "backup", "a.dump"]).expect(1, "pg_dump --format=custom --file=a.dump");
    site.write("a.csv", timetable(0..3));
    site.run(&["import", "a.csv"]).expect(0, "3 created");
    site.run(&["journal", "prune"]).expect(0, "");
    site.run(&["journal", "check"]).expect(0, "the journal is sound: 1 run with 3 items");
    assert!(!site.path("state/journal.db").exists());
}
