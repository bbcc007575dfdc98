//! The very functions that the fuzzers of `fuzz/` call, over their seeds and what chance makes of these: so that what was once
//! found stays found, on machines without a fuzzer, too. An input that a fuzzer finds is kept as a file in `fuzz/seeds`.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::path::Path;

use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use roomkeeper::clock::{Timestamp, Zone};

#[path = "../fuzz/bodies/configuration.rs"]
mod configuration;
#[path = "../fuzz/bodies/replies.rs"]
mod replies;
#[path = "../fuzz/bodies/schedules.rs"]
mod schedules;
#[path = "../fuzz/bodies/table.rs"]
mod table;

/// A year of 365.25 days, in seconds.
const YEAR: i64 = 31_557_600;

/// A change of some bytes: where, how many go, and what comes in their place.
type Change = (prop::sample::Index, usize, Vec<u8>);

fn changes() -> impl Strategy<Value = Vec<Change>> {
    // Bytes that formats are made of, and any others.
    let byte = prop_oneof![
        prop::sample::select(b"\0\t\n\r \"'#,;=+-@.:/*[]{}<>\\019aT\xff\xfe\xef\xbb\xbf".to_vec()),
        any::<u8>()
    ];
    let change = (any::<prop::sample::Index>(), 0..20_usize, prop::collection::vec(byte, 0..12));
    prop::collection::vec(change, 0..6)
}

fn changed(seed: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for (at, gone, come) in changes {
        let from = at.index(bytes.len() + 1);
        let to = (from + gone).min(bytes.len());
        bytes.splice(from..to, come.iter().copied());
    }
    bytes
}

/// Every seed as it is, then so many changed ones.
fn run(name: &str, cases: u32, check: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/seeds").join(name);
    let mut paths: Vec<_> = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    let seeds: Vec<_> = paths.iter().map(|path| std::fs::read(path).unwrap()).collect();
    assert!(!seeds.is_empty(), "no seeds in {}", folder.display());
    for seed in &seeds {
        check(seed);
    }
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let inputs = (prop::sample::select(seeds), changes()).prop_map(|(seed, changes)| changed(&seed, &changes));
    let told = TestRunner::new(config).run(&inputs, |bytes| {
        check(&bytes);
        Ok(())
    });
    if let Err(error) = told {
        panic!("keep this input in {}: {error}", folder.display());
    }
}

#[test]
fn any_file_of_meetings_is_read_or_refused() {
    run("table", 300, table::check);
}

#[test]
fn any_configuration_is_valid_or_told_to_be_wrong() {
    run("configuration", 100, configuration::check);
}

#[test]
fn any_reply_is_a_value_or_a_failure() {
    run("replies", 150, replies::check);
}

#[test]
fn any_schedule_is_refused_or_due_in_order() {
    run("schedules", 300, schedules::check);
}

proptest! {
    #![proptest_config(Config { cases: 60, failure_persistence: None, ..Config::default() })]

    /// Every quarter of an hour for a day around each change of a zone's offset in a year, and any instant of that year.
    #[test]
    fn a_wall_clock_time_comes_back_from_its_instant(
        zone in prop::sample::select(schedules::ZONES.to_vec()),
        year in 0..199_i64,
        seconds in 0..YEAR,
    ) {
        let zone = Zone::named(zone).unwrap();
        let begin = year * YEAR;
        schedules::there_and_back(&zone, Timestamp::from_seconds(begin + seconds));
        let offset = |hour: i64| zone.offset_minutes(Timestamp::from_seconds(begin + hour * 3600));
        for hour in (1..YEAR / 3600).filter(|hour| offset(*hour) != offset(hour - 1)) {
            for quarter in -96..96 {
                schedules::there_and_back(&zone, Timestamp::from_seconds(begin + hour * 3600 + quarter * 900));
            }
        }
    }
}

/// The packages of a lock: each with its versions.
fn locked(manifest: &str) -> (toml::Table, std::collections::BTreeMap<String, std::collections::BTreeSet<String>>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(manifest);
    let lock: toml::Table = std::fs::read_to_string(folder.join("Cargo.lock")).unwrap().parse().unwrap();
    let mut versions = std::collections::BTreeMap::<String, std::collections::BTreeSet<String>>::new();
    let mut ours = toml::Table::new();
    for package in lock["package"].as_array().unwrap() {
        let word = |key: &str| package[key].as_str().unwrap().to_owned();
        if word("name") == "roomkeeper" {
            ours = package.as_table().unwrap().clone();
        }
        versions.entry(word("name")).or_default().insert(word("version"));
    }
    (ours, versions)
}

#[test]
fn the_lock_of_the_fuzzers_knows_every_library_of_the_program_in_its_version() {
    let cargo: toml::Table = include_str!("../Cargo.toml").parse().unwrap();
    let (fuzzed, theirs) = locked("fuzz");
    let (_, versions) = locked(".");
    let names = |list: &toml::Value| -> Vec<String> {
        let words = list.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
        words.map(|name| name.split(' ').next().unwrap().to_owned()).collect()
    };
    let mut wanted: Vec<_> = cargo["dependencies"].as_table().unwrap().keys().cloned().collect();
    wanted.sort();
    assert_eq!(names(&fuzzed["dependencies"]), wanted, "run `cargo metadata` in fuzz/, and commit its Cargo.lock");
    for name in wanted {
        assert!(theirs[&name].is_subset(&versions[&name]), "{name}: {:?} and {:?}", theirs[&name], versions[&name]);
    }
}
