//! The kill campaign: all kinds of job in one daemon, a server with a habit of its own and every sort of fault, each with one chance in twenty, a
//! mail server with moods, and SIGKILL at random moments, also while it starts and recovers. In the end the laws hold, by the
//! server's own ledger.
//!
//! A hundred kills here; `ROOMKEEPER_CAMPAIGN_KILLS=2000 cargo test --locked --test campaign` makes more of them, and
//! `ROOMKEEPER_CAMPAIGN_SEED=7` makes them at other moments.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "not every test goes through all that is shared")]

#[path = "../journal/by_hand.rs"]
mod by_hand;
mod habits;
mod laws;
#[path = "../support/power.rs"]
mod power;
#[path = "../support/reader.rs"]
mod reader;
mod scene;
#[path = "../support/site/mod.rs"]
mod site;
#[path = "../support/smtp.rs"]
mod smtp;
mod teeth;

use scene::{Scene, number};

/// Kills in one scene: then everything must come to rest, and the laws are looked at.
const KILLS_A_SCENE: u64 = 20;
/// Scenes beside each other: most of each is waiting.
const LANES: usize = 5;

#[test]
fn killed_a_hundred_times_amid_faults_of_every_sort_it_keeps_every_law() {
    let kills = number("ROOMKEEPER_CAMPAIGN_KILLS", 100);
    let first = number("ROOMKEEPER_CAMPAIGN_SEED", 1);
    let seeds: Vec<_> = (first..).take(usize::try_from(kills.div_ceil(KILLS_A_SCENE)).unwrap()).collect();
    std::thread::scope(|scope| {
        for lane in 0..LANES {
            let seeds = seeds.iter().copied().skip(lane).step_by(LANES);
            scope.spawn(move || {
                for seed in seeds {
                    let mut scene = Scene::new(seed, "");
                    scene.play(KILLS_A_SCENE);
                    let broken = laws::broken(&scene);
                    assert!(broken.is_empty(), "seed {seed}:\n  {}\n{}", broken.join("\n  "), scene.keep());
                }
            });
        }
    });
}
