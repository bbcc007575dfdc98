//! One fault at a time, amid a file that one machine works on.

use std::ops::Range;
use std::time::{Duration, Instant};

use roomkeeper::clock::{Clock as _, SystemClock};
use rustix::process::Signal;

use crate::by_hand;
use crate::faults::Fault;
use crate::link::Passing;
use crate::machine::titled;
use crate::site::wait_until;
use crate::stage::{LEASE, LONG, Plan, Server, Stage};
use crate::traffic::Write;
use crate::{expect_lawful, tell};

/// Rows of the file that is interrupted.
const ROWS: usize = 60;
/// The promise.
const MINUTE: Duration = Duration::from_mins(1);

/// A stage on which so slow a server makes meetings that a fault comes in the middle of a file.
fn slow() -> Plan {
    Plan { delay: Some(40), ..Plan::default() }
}

/// Starts both machines, and has the first of them be amid a file.
fn amid_a_file(stage: &mut Stage) -> Range<usize> {
    stage.start();
    let rows = stage.drop_file(0, ROWS);
    stage.wait_until_made(&rows, ROWS / 4);
    rows
}

/// Waits until the second machine has sent a row of these; tells how long that took since `began`.
#[track_caller]
fn taken_over(stage: &Stage, rows: &Range<usize>, began: Instant) -> Duration {
    let titles: Vec<_> = rows.clone().map(titled).collect();
    let first = || {
        let writes = stage.traffic.writes().into_iter();
        writes.filter(|write| write.machine == "b" && titles.contains(&write.thing)).map(|write| write.began).min()
    };
    stage.patiently("the other machine takes over", || first().is_some());
    first().unwrap().saturating_duration_since(began)
}

#[track_caller]
fn expect_taken_over(stage: &Stage, rows: &Range<usize>, began: Instant, after: &str) {
    let took = taken_over(stage, rows, began);
    tell(&format!("taken over {:.1} s after {after}, with a lease of {} s", took.as_secs_f32(), LEASE.as_secs()));
    assert!(took < MINUTE);
}

/// Tells whether the first machine has sent a row of these since then.
fn has_sent_since(stage: &Stage, rows: &Range<usize>, then: Instant) -> bool {
    let titles: Vec<_> = rows.clone().map(titled).collect();
    let writes = stage.traffic.writes();
    writes.iter().any(|write| write.machine == "a" && write.began > then && titles.contains(&write.thing))
}

/// Everything is made, the results are at the file's machine, and the laws hold.
#[track_caller]
fn end(mut stage: Stage, of: &str) {
    stage.come_to_rest();
    assert_eq!(stage.made(0..stage.rows()), stage.rows(), "{}", stage.keep());
    let results = stage.machines[0].site.files("done");
    assert!(results.iter().any(|name| name.ends_with(".results.csv")), "{results:?}\n{}", stage.keep());
    expect_lawful(&stage, of);
}

#[test]
fn killed() {
    let Some(mut stage) = Stage::new("single::killed", slow()) else { return };
    let rows = amid_a_file(&mut stage);
    let began = Instant::now();
    stage.machines[0].kill();
    expect_taken_over(&stage, &rows, began, "SIGKILL");
    stage.wait_until_made(&rows, ROWS);
    stage.machines[0].start_and_wait();
    end(stage, "killed");
}

#[test]
fn killed_and_started_at_once() {
    let Some(mut stage) = Stage::new("single::killed_and_started_at_once", slow()) else { return };
    let rows = amid_a_file(&mut stage);
    stage.machines[0].kill();
    stage.machines[0].start_and_wait();
    stage.wait_until_made(&rows, ROWS);
    end(stage, "killed and started at once");
}

#[test]
fn killed_amid_a_file_that_the_other_has_too() {
    let test = "single::killed_amid_a_file_that_the_other_has_too";
    let Some(mut stage) = Stage::new(test, slow()) else { return };
    stage.start();
    stage.drop_at_both(ROWS);
    let rows = 0..ROWS;
    stage.wait_until_made(&rows, ROWS / 4);
    // The other one's run waits for its turn, and must not be first for that the one with the turn is gone.
    let titles: Vec<_> = rows.clone().map(titled).collect();
    let is_row = |write: &Write| titles.contains(&write.thing);
    let at_work = stage.traffic.writes().into_iter().rfind(is_row).unwrap().machine;
    let at_work = stage.machines.iter().position(|machine| machine.name == at_work).unwrap();
    stage.machines[at_work].kill();
    stage.wait_until_made(&rows, ROWS);
    stage.machines[at_work].start_and_wait();
    end(stage, "killed amid a file that the other has, too");
}

#[test]
fn stopped_in_order() {
    let Some(mut stage) = Stage::new("single::stopped_in_order", slow()) else { return };
    let rows = amid_a_file(&mut stage);
    let began = Instant::now();
    stage.stop(0);
    expect_taken_over(&stage, &rows, began, "SIGTERM");
    stage.wait_until_made(&rows, ROWS);
    stage.machines[0].start_and_wait();
    end(stage, "stopped in order");
}

#[test]
fn frozen_for_longer_than_its_lease() {
    let Some(mut stage) = Stage::new("single::frozen_for_longer_than_its_lease", slow()) else { return };
    let rows = amid_a_file(&mut stage);
    let (began, starts) = (Instant::now(), stage.machines[0].starts());
    stage.machines[0].signal(Signal::STOP);
    expect_taken_over(&stage, &rows, began, "SIGSTOP");
    let woken = Instant::now();
    stage.machines[0].signal(Signal::CONT);
    stage.patiently("it begins anew", || stage.machines[0].starts() > starts);
    assert!(stage.machines[0].ended().is_none(), "another process took its place");
    stage.wait_until_made(&rows, ROWS);
    assert!(!has_sent_since(&stage, &rows, woken), "it went on with what it had no more");
    end(stage, "frozen for longer than its lease");
}

#[test]
fn frozen_as_a_request_leaves() {
    let Some(mut stage) = Stage::new("single::frozen_as_a_request_leaves", slow()) else { return };
    stage.machines[0].failpoints = "creation.leaving=freeze:20";
    stage.start();
    let rows = stage.drop_file(0, ROWS);
    stage.patiently("it stands still", || stage.machines[0].running().stands_still());
    let (began, starts) = (Instant::now(), stage.machines[0].starts());
    expect_taken_over(&stage, &rows, began, "a freeze between a decision and its request");
    stage.wait_until_made(&rows, ROWS);
    let woken = Instant::now();
    stage.machines[0].signal(Signal::CONT);
    stage.patiently("it begins anew", || stage.machines[0].starts() > starts);
    assert!(!has_sent_since(&stage, &rows, woken), "what was decided before left after");
    end(stage, "frozen as a request leaves");
}

#[test]
fn frozen_for_less_than_its_lease() {
    let Some(mut stage) = Stage::new("single::frozen_for_less_than_its_lease", slow()) else { return };
    let rows = amid_a_file(&mut stage);
    for _ in 0..5 {
        let made = stage.made(rows.clone());
        Fault::Freeze { machine: 0, lasts: LEASE / 3 }.strike(&mut stage);
        stage.wait_until_made(&rows, (made + 5).min(ROWS));
    }
    stage.wait_until_made(&rows, ROWS);
    assert_eq!(stage.machines[0].starts(), 1);
    end(stage, "frozen for less than its lease");
}

#[test]
fn cut_off_from_the_database() {
    for passing in [Passing::Nothing, Passing::Outward, Passing::Refused] {
        for late in [true, false] {
            let Some(mut stage) = Stage::new("single::cut_off_from_the_database", slow()) else { return };
            let rows = amid_a_file(&mut stage);
            let began = Instant::now();
            stage.machines[0].databases[0].set(passing);
            expect_taken_over(&stage, &rows, began, &format!("a cut from the database ({passing:?}, late: {late})"));
            stage.wait_until_made(&rows, ROWS);
            // By then it must be silent: what it had is another's.
            let cut = Instant::now();
            let (starts, link) = (stage.machines[0].starts(), &stage.machines[0].databases[0]);
            link.heal_after(late);
            stage.patiently("it is back", || stage.machines[0].starts() > starts);
            assert!(!has_sent_since(&stage, &rows, cut), "it went on with what it had no more");
            end(stage, &format!("cut off from the database ({passing:?}, late: {late})"));
        }
    }
}

#[test]
fn both_cut_off_from_the_database() {
    let Some(mut stage) = Stage::new("single::both_cut_off_from_the_database", slow()) else { return };
    let rows = amid_a_file(&mut stage);
    for machine in &stage.machines {
        machine.databases[0].set(Passing::Nothing);
    }
    std::thread::sleep(LONG);
    let made = stage.made(rows.clone());
    for machine in &stage.machines {
        machine.databases[0].heal();
    }
    assert!(made < ROWS, "rows were sent without a journal");
    stage.wait_until_made(&rows, ROWS);
    end(stage, "both cut off from the database");
}

#[test]
fn cut_off_from_the_api() {
    for passing in [Passing::Nothing, Passing::Outward, Passing::Refused] {
        let Some(mut stage) = Stage::new("single::cut_off_from_the_api", slow()) else { return };
        let rows = amid_a_file(&mut stage);
        Fault::CutFromApi { machine: 0, passing, lasts: LONG }.strike(&mut stage);
        stage.wait_until_made(&rows, ROWS);
        end(stage, &format!("cut off from the API ({passing:?})"));
    }
}

#[test]
fn the_database_is_started_again() {
    let plan = Plan { server: Server::Own, ..slow() };
    let Some(mut stage) = Stage::new("single::the_database_is_started_again", plan) else { return };
    let rows = amid_a_file(&mut stage);
    for down in [Duration::ZERO, LONG] {
        Fault::Restart { down }.strike(&mut stage);
        let made = stage.made(rows.clone());
        stage.wait_until_made(&rows, (made + 10).min(ROWS));
    }
    stage.wait_until_made(&rows, ROWS);
    end(stage, "the database is started again");
}

#[test]
fn connections_to_the_database_are_ended_one_by_one() {
    let plan = Plan { server: Server::Own, ..slow() };
    let test = "single::connections_to_the_database_are_ended_one_by_one";
    let Some(mut stage) = Stage::new(test, plan) else { return };
    let mut rows = amid_a_file(&mut stage);
    let mut ended = 0;
    loop {
        for connection in by_hand::connections(&stage) {
            ended += usize::from(by_hand::end_connection(&stage, &connection));
        }
        let is_made = stage.made(rows.clone()) == ROWS;
        match (is_made, ended > 10) {
            (true, true) => break,
            // On a fast machine, one file is not enough.
            (true, false) => rows = stage.drop_file(0, ROWS),
            (false, _) => std::thread::sleep(Duration::from_millis(100)),
        }
    }
    end(stage, "connections are ended one by one");
}

#[test]
fn the_disk_of_the_database_is_full() {
    let plan = Plan { server: Server::Filling, ..slow() };
    let Some(mut stage) = Stage::new("single::the_disk_of_the_database_is_full", plan) else { return };
    let rows = amid_a_file(&mut stage);
    // For its tables.
    Fault::Fill { lasts: LONG }.strike(&mut stage);
    let made = stage.made(rows.clone());
    stage.wait_until_made(&rows, (made + 10).min(ROWS));
    // For its log: then the server itself stops.
    let more = stage.drop_file(0, ROWS);
    stage.wait_until_made(&more, ROWS / 4);
    let disk = stage.disk.as_ref().unwrap();
    disk.fill();
    wait_until("the server has no room for its log", || {
        by_hand::switch_log(&stage);
        !stage.cluster().answers()
    });
    std::thread::sleep(LONG);
    disk.empty();
    stage.cluster().be_up();
    stage.wait_until_made(&more, ROWS);
    end(stage, "the disk of the database is full");
}

#[test]
fn started_while_the_disk_of_the_database_is_full() {
    let Some(mut stage) = Stage::new("single::started_while_the_disk_of_the_database_is_full", slow()) else { return };
    stage.start();
    let rows = stage.drop_file(0, ROWS);
    stage.wait_until_made(&rows, ROWS / 4);
    stage.machines[0].kill();
    stage.wait_until_made(&rows, ROWS);
    stage.machines[0].failpoints = "journal.commit=full:1:3";
    stage.machines[0].start();
    stage.machines[0].running().wait_to_say("the disk that holds the journal is full");
    stage.machines[0].running().wait_to_say("roomkeeper is running");
    let rows = stage.drop_file(0, ROWS);
    stage.wait_until_made(&rows, ROWS);
    end(stage, "started while the disk of the database is full");
}

#[test]
fn clocks_an_hour_apart() {
    for hour in [3600, -3600] {
        let Some(mut stage) = Stage::new("single::clocks_an_hour_apart", slow()) else { return };
        stage.machines[1].site.set_clocks(hour, 0);
        let rows = amid_a_file(&mut stage);
        let began = Instant::now();
        stage.right_clock_until = Some(SystemClock.now());
        stage.machines[0].kill();
        expect_taken_over(&stage, &rows, began, &format!("SIGKILL, by a machine {hour} s ahead"));
        stage.wait_until_made(&rows, ROWS);
        stage.machines[0].start_and_wait();
        let rows = stage.drop_file(1, ROWS);
        stage.wait_until_made(&rows, ROWS);
        end(stage, &format!("clocks an hour apart ({hour} s)"));
    }
}

#[test]
fn behind_a_proxy_that_pools_transactions() {
    let plan = Plan { pooled: true, ..slow() };
    let Some(mut stage) = Stage::new("single::behind_a_proxy_that_pools_transactions", plan) else { return };
    let rows = amid_a_file(&mut stage);
    let began = Instant::now();
    stage.machines[0].kill();
    expect_taken_over(&stage, &rows, began, "SIGKILL, behind a proxy that pools");
    stage.machines[0].start_and_wait();
    stage.wait_until_made(&rows, ROWS);
    let rows = stage.drop_file(0, ROWS);
    stage.wait_until_made(&rows, ROWS / 4);
    Fault::Freeze { machine: 0, lasts: LONG }.strike(&mut stage);
    stage.wait_until_made(&rows, ROWS);
    end(stage, "behind a proxy that pools transactions");
}

#[test]
fn a_replica_that_knows_less_is_promoted() {
    let plan = Plan { followed: true, ..slow() };
    let Some(mut stage) = Stage::new("single::a_replica_that_knows_less_is_promoted", plan) else { return };
    let rows = amid_a_file(&mut stage);
    wait_until("the replica has what was committed", || by_hand::has_followed(&stage));
    let before = stage.made(rows.clone());
    stage.follower.as_ref().unwrap().stop_following();
    // A second's work that nobody will know of.
    stage.wait_until_made(&rows, before + 10);
    std::thread::sleep(Duration::from_millis(300));
    stage.cluster().down();
    stage.lost_commits = true;
    stage.ask_follower();
    stage.follower.as_ref().unwrap().promote();
    stage.wait_until_made(&rows, ROWS);
    let told = |stage: &Stage| {
        let mails = stage.mail.received();
        mails.iter().any(|mail| String::from_utf8_lossy(&mail.bytes).contains("may lack what was written last"))
    };
    stage.patiently("a mail says so", || told(&stage));
    end(stage, "a replica that knows less is promoted");
}
