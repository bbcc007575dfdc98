//! Imports, and daemons at work, whose process, connections or server are killed in the middle.

use crate::cluster::Cluster;
use crate::site::{timetable, wait_until};
use crate::{cluster, site};

const JOB: &str = "[schedule_meetings.timetable]\n";
const INBOX: &str = "[schedule_meetings.timetable]\ninbox = \"inbox\"\n";
const END_ALL: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[test]
fn an_import_that_is_killed_again_and_again_makes_each_meeting_once() {
    let test = "killed::an_import_that_is_killed_again_and_again_makes_each_meeting_once";
    let Some(cluster) = cluster(test) else { return };
    let (site, _) = site(cluster, JOB);
    site.write("a.csv", timetable(0..300));
    let killed = site.kill_at_random(&["import", "a.csv"], 12, 60, 11);
    assert!(killed > 3, "it was killed {killed} times");
    site.run(&["import", "a.csv"]);
    site.sandbox.expect_made(0..300);
    site.run(&["journal", "check"]).expect(0, "the journal is sound");
}

#[test]
fn a_daemon_that_is_killed_goes_on_at_its_next_start() {
    let Some(cluster) = cluster("killed::a_daemon_that_is_killed_goes_on_at_its_next_start") else { return };
    let (site, _) = site(cluster, INBOX);
    site.drop_renamed("a.csv", &timetable(0..200));
    for until in [20, 60, 120] {
        let mut daemon = site.daemon();
        wait_until("so many requests have come", || site.requested() >= until);
        daemon.kill();
    }
    let mut daemon = site.daemon();
    wait_until("the file is done", || !site.files("done").is_empty());
    site.sandbox.expect_made(0..200);
    wait_until("the run has ended", || {
        site.json(&["history", "--json"]).to_string().contains("\"outcome\":\"succeeded\"")
    });
    assert!(daemon.terminate().0.success());
    site.run(&["journal", "check"]).expect(0, "the journal is sound");
}

#[test]
fn connections_that_are_ended_all_the_while_cost_no_row() {
    let Some(cluster) = cluster("killed::connections_that_are_ended_all_the_while_cost_no_row") else { return };
    let (site, address) = site(cluster, JOB);
    site.write("a.csv", timetable(0..300));
    let mut import = site.start("import", &["import", "a.csv"]);
    let mut ended = 0;
    for until in (20..300).step_by(20) {
        wait_until("so many requests have come", || site.requested() >= until);
        // There may be none at this moment: they are just being made again.
        ended += cluster.sql(&address, END_ALL).lines().count();
    }
    assert!(ended > 5, "only {ended} connections were ended");
    assert!(import.wait().success(), "{}", import.log());
    assert!(import.log().contains("300 created"), "{}", import.log());
    site.sandbox.expect_made(0..300);
}

#[test]
fn a_server_that_is_started_again_in_the_middle_costs_no_row() {
    let test = "killed::a_server_that_is_started_again_in_the_middle_costs_no_row";
    let Some(programs) = cluster::programs(test) else { return };
    let cluster = Cluster::start(&programs, &[], &[]);
    let (site, _) = site(&cluster, INBOX);
    let mut daemon = site.daemon();
    site.drop_renamed("a.csv", &timetable(0..300));
    for until in [30, 90, 150] {
        wait_until("so many requests have come", || site.requested() >= until);
        cluster.down();
        cluster.up();
    }
    wait_until("the file is done", || !site.files("done").is_empty());
    site.sandbox.expect_made(0..300);
    assert!(daemon.terminate().0.success());
    site.run(&["journal", "check"]).expect(0, "the journal is sound");
}

#[test]
fn behind_a_proxy_that_pools_transactions_an_import_is_done_as_ever() {
    let test = "killed::behind_a_proxy_that_pools_transactions_an_import_is_done_as_ever";
    let (Some(programs), Some(pgbouncer)) = (cluster::programs(test), cluster::pgbouncer(test)) else { return };
    let mut cluster = Cluster::start(&programs, &[], &[]);
    let folder = cluster.start_proxy(&pgbouncer);
    let (site, address) = site(&cluster, JOB);
    let behind = address.replace(
        &cluster.folder().display().to_string().replace('/', "%2F"),
        &folder.display().to_string().replace('/', "%2F"),
    );
    assert_ne!(behind, address);
    site.configure(&crate::tables_with(&behind, JOB));
    site.write("a.csv", timetable(0..300));
    site.run(&["import", "a.csv"]).expect(0, "300 created");
    site.run(&["journal", "check"]).expect(0, "the journal is sound");
    site.run(&["import", "a.csv"]);
    site.sandbox.expect_made(0..300);
}
