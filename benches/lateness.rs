//! Measures how late runs begin: 200 jobs, each due every second, in real time against a ledger in memory.
//!
//! `cargo bench --bench lateness` prints the figures; they mean something on an idle machine only.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark tells its figures, and fails by panicking")]
#![allow(dead_code, reason = "the tests' world can more than is needed here")]

#[path = "../tests/schedule/world.rs"]
mod world;

use std::time::Duration;

use roomkeeper::clock::{Clock, SystemClock};

use world::{Book, start, timing};

const JOBS: usize = 200;
const SECONDS: u64 = 20;

fn main() {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(measure());
}

async fn measure() {
    let book = Book::default();
    let names: Vec<_> = (0..JOBS).map(|n| format!("job{n}")).collect();
    let jobs: Vec<_> = names.iter().map(|name| (name.as_str(), timing("* * * * * *", "Europe/Berlin"))).collect();
    let now = SystemClock.now().to_rfc3339();
    let start = start(&book, &now, &jobs, Duration::ZERO).await;
    tokio::time::sleep(Duration::from_secs(SECONDS)).await;
    start.scheduler.drain().await;
    let mut late = Vec::new();
    let (mut early, mut twice) = (0, 0);
    for name in &names {
        let mut dues = std::collections::BTreeSet::new();
        for began in book.began(name) {
            early += u32::from(began.at < began.due);
            twice += u32::from(!dues.insert(began.due));
            late.push(began.at.since(began.due));
        }
    }
    late.sort();
    let at = |percent: usize| late[(late.len() - 1) * percent / 100];
    println!(
        "{} runs in {SECONDS} s, {early} early, {twice} twice; late by p50 {:?}, p99 {:?}, at most {:?}",
        late.len(),
        at(50),
        at(99),
        at(100)
    );
}
