//! Two machines with one journal in PostgreSQL: either of them is killed, frozen, or cut off from the database or the API, and the
//! database is stopped, filled, and replaced by a replica that knows less. In the end each row was made once, each due time was dealt
//! with once, each mail came, and nothing was on its way from both at once.
//!
//! `single` has one test for each fault. The campaign here draws them: a hundred in `cargo test`;
//! `ROOMKEEPER_TWO_MACHINES_FAULTS=1000 cargo test --locked --test two_machines` draws more of them, and
//! `ROOMKEEPER_TWO_MACHINES_SEED=7` others.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "not every test goes through all that is shared")]

mod by_hand;
#[path = "../support/postgres.rs"]
mod cluster;
mod evidence;
mod faults;
#[path = "../support/full.rs"]
mod full;
mod laws;
mod link;
mod machine;
mod networks;
mod single;
#[path = "../support/site/mod.rs"]
mod site;
#[path = "../support/smtp.rs"]
mod smtp;
mod stage;
mod teeth;
mod traffic;

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use evidence::Evidence;
use faults::Fault;
use site::Chance;
use smtp::{Mood, Stage as At};
use stage::{Plan, Server, Stage};

/// Faults on one stage: then everything must come to rest, and the laws are looked at.
const FAULTS_A_STAGE: u64 = 20;
/// Stages beside each other: most of each is waiting.
const LANES: usize = 5;
/// Rows of each dropped file.
const ROWS: usize = 6;

/// A number from the environment.
fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |text| text.parse().unwrap())
}

/// Tells a figure, past what the test harness keeps back of a test that passes.
fn tell(what: &str) {
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("{what}\n").as_bytes());
}

/// Fails where a law is broken.
#[track_caller]
fn expect_lawful(stage: &Stage, of: &str) {
    let broken = Evidence::of(stage).broken();
    assert!(broken.is_empty(), "{of}:\n  {}\n{}", broken.join("\n  "), stage.keep());
}

/// Faults of the API's server, each with one chance in fifty of its own.
fn script(seed: u64) -> String {
    let mut text = format!("seed = {seed}\n");
    let kinds = ["reset_after", "http_500_after", "html_502_after", "cut_reply", "reset_before", "http_500_before"];
    for method in ["POST", "PATCH"] {
        for kind in kinds {
            writeln!(text, "[[fault]]\nmatch = '{method}'\nkind = '{kind}'\nprobability = 0.02").unwrap();
        }
        for kind in ["stall_before", "stall_after", "stall_late"] {
            writeln!(text, "[[fault]]\nmatch = '{method}'\nkind = '{kind}'\nprobability = 0.02\nfor_ms = 400").unwrap();
        }
    }
    text
}

fn play(test: &str, seed: u64) -> Option<()> {
    let moods = vec![
        Mood::Accept,
        Mood::Drop(At::Content),
        Mood::Answer(At::Data, "451 4.3.0 try again later"),
        Mood::Drop(At::Connect),
    ];
    let plan = Plan {
        script: script(seed),
        moods,
        server: Server::Filling,
        pooled: seed.is_multiple_of(3),
        ..Plan::default()
    };
    let mut stage = Stage::new(test, plan)?;
    let mut chance = Chance::new(seed);
    if seed % 4 == 1 {
        stage.set_clock_apart(1, if chance.below(2) == 0 { 3600 } else { -3600 });
    }
    stage.start();
    let mut drawn = Vec::new();
    for step in 0..FAULTS_A_STAGE {
        match step % 8 {
            0 | 3 => drop(stage.drop_file(usize::try_from(step / 4 % 2).unwrap(), ROWS)),
            6 => stage.drop_at_both(ROWS),
            _ => {}
        }
        std::thread::sleep(Duration::from_millis(chance.below(900)));
        drawn.push(Fault::draw(&mut chance));
        drawn.last().unwrap().strike(&mut stage);
    }
    stage.come_to_rest();
    expect_lawful(&stage, &format!("seed {seed}, {drawn:?}"));
    Some(())
}

#[test]
fn amid_a_hundred_faults_of_machines_networks_and_the_database_every_law_is_kept() {
    let test = "amid_a_hundred_faults_of_machines_networks_and_the_database_every_law_is_kept";
    let faults = number("ROOMKEEPER_TWO_MACHINES_FAULTS", 100);
    let first = number("ROOMKEEPER_TWO_MACHINES_SEED", 1);
    let seeds: Vec<_> = (first..).take(usize::try_from(faults.div_ceil(FAULTS_A_STAGE)).unwrap()).collect();
    let began = Instant::now();
    let played = std::sync::atomic::AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for lane in 0..LANES {
            let (seeds, played) = (seeds.iter().copied().skip(lane).step_by(LANES), &played);
            scope.spawn(move || {
                for seed in seeds {
                    let is_played = play(test, seed).is_some();
                    played.fetch_add(usize::from(is_played), std::sync::atomic::Ordering::SeqCst);
                }
            });
        }
    });
    tell(&format!("{} stages of {FAULTS_A_STAGE} faults each: {:?}", played.into_inner(), began.elapsed()));
}
