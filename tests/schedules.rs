//! Our due times against those of an independent cron that treats clock changes as Debian's does: 59 expressions, five
//! zones, two years, every single time. `fixtures/make_due_times.py` says how the fixture was made.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by stopping")]

use roomkeeper::clock::{Timestamp, Zone};
use roomkeeper::config::{Schedule, Schedules};

const DUE_TIMES: &str = include_str!("fixtures/due_times.txt");

struct Expected<'a> {
    zone: &'a str,
    expression: &'a str,
    count: usize,
    hash: &'a str,
    around_changes: Vec<&'a str>,
}

fn expected() -> Vec<Expected<'static>> {
    let read = |line: &'static str| {
        let parts: Vec<_> = line.split('\t').collect();
        let [zone, expression, count, hash, around] = parts[..] else { panic!("not a line of the fixture: {line}") };
        let around_changes = around.split(',').filter(|time| !time.is_empty()).collect();
        Expected { zone, expression, count: count.parse().unwrap(), hash, around_changes }
    };
    DUE_TIMES.lines().map(read).collect()
}

fn at(text: &str) -> Timestamp {
    Timestamp::from_rfc3339(text).unwrap()
}

fn fnv(times: &[Timestamp]) -> String {
    let seconds = times.iter().flat_map(|at| (at.millis() / 1000).to_le_bytes());
    let hash =
        seconds.fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
    format!("{hash:016x}")
}

fn due(schedule: Schedule) -> Vec<Timestamp> {
    let (from, until) = (at("2024-01-01T00:00:00Z"), at("2026-01-01T00:00:00Z"));
    let before = Timestamp::from_millis(from.millis() - 1000);
    Schedules::new(vec![schedule]).due_between(before, until).take_while(|due| *due < until).collect()
}

/// Compares every line of a zone, so that the zones are compared side by side.
fn agrees_in(zone: &str) {
    let lines: Vec<_> = expected().into_iter().filter(|line| line.zone == zone).collect();
    assert!(lines.len() >= 50);
    for line in lines {
        let zone = Zone::named(line.zone).unwrap();
        let times = due(Schedule::parse(line.expression, &zone).unwrap());
        let shown: Vec<_> = times.iter().map(|at| at.to_api()[5..16].to_owned()).collect();
        // First what a person can read, then everything.
        let lost: Vec<_> =
            line.around_changes.iter().filter(|time| !shown.iter().any(|shown| shown == *time)).collect();
        let what = format!("{:?} in {}: {} due, {} expected", line.expression, line.zone, times.len(), line.count);
        assert!(lost.is_empty(), "{what}, without {lost:?}");
        assert_eq!((times.len(), fnv(&times).as_str()), (line.count, line.hash), "{what}");
    }
}

#[test]
fn every_due_time_is_that_of_an_independent_cron_in_berlin() {
    agrees_in("Europe/Berlin");
}

#[test]
fn every_due_time_is_that_of_an_independent_cron_in_new_york() {
    agrees_in("America/New_York");
}

#[test]
fn every_due_time_is_that_of_an_independent_cron_on_lord_howe() {
    agrees_in("Australia/Lord_Howe");
}

#[test]
fn every_due_time_is_that_of_an_independent_cron_in_santiago() {
    agrees_in("America/Santiago");
}

#[test]
fn every_due_time_is_that_of_an_independent_cron_in_casablanca() {
    agrees_in("Africa/Casablanca");
}

#[test]
fn six_fields_that_name_a_time_keep_it_through_clock_changes_as_five_do() {
    // Here the independent cron differs: it takes six fields for real time always, which Debian's cron says nothing of.
    for zone in ["Europe/Berlin", "Australia/Lord_Howe", "America/Santiago"] {
        let zone = Zone::named(zone).unwrap();
        for (six, five) in
            [("0 0,30 2 * * *", "0,30 2 * * *"), ("0 0 0 * * *", "@daily"), ("0 */15 2 * * *", "*/15 2 * * *")]
        {
            let [six, five] = [six, five].map(|text| due(Schedule::parse(text, &zone).unwrap()));
            assert_eq!(six, five);
        }
    }
}

#[test]
fn seven_is_sunday_also_at_the_end_of_a_range() {
    // systemd-cron 1.15.19 takes the second for every day.
    let of = |expression| due(Schedule::parse(expression, &Zone::utc()).unwrap());
    for expression in ["0 9 * * FRI-SUN", "0 9 * * 5-7", "0 9 * * 5,6,7", "0 9 * * 5,6,0"] {
        assert_eq!(of(expression), of("0 9 * * FRI,SAT,SUN"), "{expression}");
    }
    assert_eq!(of("0 9 * * 5-7").len(), 312, "Fridays, Saturdays and Sundays of two years");
}
