//! The page beside what it must not cost: how long each page takes with a million items and a hundred thousand runs, what the first
//! screen reaches beside a bare hyper that answers the same bytes, and what an import loses to 200 clients over slow links.
//!
//! `cargo bench --locked --bench page` prints the table. It means something on an idle machine only.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark tells its figures, and what went wrong by failing"
)]
#![allow(dead_code, reason = "what is shared with the other benchmark is not all used here")]

mod bare;
#[path = "../../tests/support/http.rs"]
mod http;
mod journal;
#[path = "../load/office.rs"]
mod office;
mod served;
#[path = "../load/server.rs"]
mod server;
#[path = "../support/table.rs"]
mod table;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use office::{Far, Office};
use served::Served;
use table::{headings, line, millis};

const ITEMS: u32 = 1_000_000;
const RUNS: u32 = 100_000;
const ROUNDS: usize = 30;
const CLIENTS: usize = 200;
const ROWS: usize = 40_000;

fn main() {
    let args: Vec<_> = std::env::args().collect();
    if let [_, flag, meetings, delay] = args.as_slice()
        && flag == "--server"
    {
        return server::serve(meetings.parse().unwrap(), Duration::from_millis(delay.parse().unwrap()));
    }
    headings("ours", "ceiling");
    pages();
    first_screen();
    slow_clients();
}

/// Each page, with a million items in a run and a hundred thousand runs.
fn pages() {
    let far = Far::start(0, Duration::ZERO);
    let office = Office::new(&far);
    let run = journal::fill(&office.path("state"), ITEMS, RUNS);
    let served = Served::start(&office, &["daemon"], 0);
    let run = format!("/runs/{run}");
    let middle = ITEMS / 2;
    for (what, path) in [
        ("the first screen", "/?refresh=off".to_owned()),
        ("a job", "/jobs/timetable".to_owned()),
        ("a job, its failed runs", "/jobs/timetable?outcome=failed".to_owned()),
        ("a job, runs before a day", "/jobs/timetable?until=2024-01-01".to_owned()),
        ("a run", run.clone()),
        ("a run, its last page but half", format!("{run}?behind=created.{middle}")),
        ("a run, a rare status", format!("{run}?status=updated")),
        ("a run, words that are not there", format!("{run}?search=nothing")),
        ("an item", format!("{run}/items/{middle}")),
        ("the figures", "/metrics".to_owned()),
        ("the list as JSON", "/api/list".to_owned()),
    ] {
        let mut took: Vec<_> = (0..ROUNDS)
            .map(|_| {
                // The first screen is the same for a second.
                std::thread::sleep(Duration::from_millis(if path.starts_with("/?") { 1010 } else { 0 }));
                let began = Instant::now();
                let got = served.page.get(&path);
                assert_eq!(got.status, 200, "{path}: {got:?}");
                began.elapsed()
            })
            .collect();
        took.sort();
        line(
            what,
            &millis(took[took.len() / 2]),
            &millis(took[took.len() - 1]),
            None,
            "<= 50 ms (ceiling: the slowest)",
        );
    }
}

/// The first screen with 20 jobs, beside a bare hyper with the same bytes.
fn first_screen() {
    let far = Far::start(0, Duration::ZERO);
    let office = Office::new(&far);
    journal::fill(&office.path("state"), 100, 100);
    let served = Served::start(&office, &["daemon"], 19);
    let bytes = served.page.get("/").body.into_bytes();
    let Some(ours) = wrk(served.port) else {
        line("the first screen with 20 jobs, by wrk", "no wrk here", "", None, "");
        return;
    };
    let length = bytes.len();
    let bare = bare::Bare::start(bytes);
    let bare = wrk(bare.port).unwrap();
    let rate = |rate: f64| format!("{rate:.0}/s");
    let what = format!("the first screen with 20 jobs, {length} bytes");
    line(&what, &rate(ours), &rate(bare), Some(ours / bare), ">= 0.5 of a bare hyper");
}

fn wrk(port: u16) -> Option<f64> {
    let url = format!("http://127.0.0.1:{port}/");
    let output = Command::new("wrk").args(["-t1", "-d5s", "-c32", &url]).output().ok()?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!text.contains("Non-2xx"), "{text}");
    text.lines().find_map(|line| line.strip_prefix("Requests/sec:"))?.trim().parse().ok()
}

/// An import while 200 clients read the page over slow links, beside one that no client looks at.
fn slow_clients() {
    let (mut alone, mut watched, mut peaks) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        let (rate, peak) = watched_import(0);
        alone.push(rate);
        let (rate, watched_peak) = watched_import(CLIENTS);
        watched.push(rate);
        peaks.push((peak, watched_peak));
    }
    alone.sort_by(f64::total_cmp);
    watched.sort_by(f64::total_cmp);
    let (alone, watched) = (alone[1], watched[1]);
    let rate = |rate: f64| format!("{rate:.0}/s");
    let what = format!("import while {CLIENTS} slow clients read the page");
    line(&what, &rate(watched), &rate(alone), Some(watched / alone), ">= 0.97");
    let (before, with) = peaks[1];
    let mb = |mb: f64| format!("{mb:.1} MB");
    line("memory meanwhile", &mb(with), &mb(before), Some(with / before), "bounded: 256 connections of a page each");
}

/// Rows a second of an import, and the most memory that it had, while so many clients read the page at 20 kB a second each.
fn watched_import(clients: usize) -> (f64, f64) {
    let far = Far::start(0, Duration::from_millis(20));
    let office = Office::new(&far);
    office.timetable("a.csv", ROWS);
    let began = Instant::now();
    let mut served = Served::start(&office, &["import", "--job", "timetable", "a.csv"], 19);
    let over = Arc::new(AtomicBool::new(false));
    let port = served.port;
    let readers: Vec<_> = (0..clients)
        .map(|_| {
            let over = Arc::clone(&over);
            std::thread::Builder::new().stack_size(128 * 1024).spawn(move || read_slowly(port, &over)).unwrap()
        })
        .collect();
    let mut peak = 0.0;
    let status = loop {
        peak = office::peak(served.child.id()).unwrap_or(peak);
        if let Some(status) = served.child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(20));
    };
    let took = began.elapsed();
    assert!(status.success(), "{status}");
    over.store(true, Ordering::Relaxed);
    for reader in readers {
        reader.join().unwrap();
    }
    (ROWS as f64 / took.as_secs_f64(), peak)
}

fn read_slowly(port: u16, over: &AtomicBool) {
    let mut piece = [0; 2048];
    while !over.load(Ordering::Relaxed) {
        let Ok(mut stream) = TcpStream::connect(("127.0.0.1", port)) else { return };
        let request = b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        if stream.write_all(request).is_err() {
            continue;
        }
        while !over.load(Ordering::Relaxed) && stream.read(&mut piece).is_ok_and(|read| read > 0) {
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}
