//! The journal in PostgreSQL beside SQLite, in the same run on the same machine: how fast an import is, with the database on this machine
//! and with a network between, what two machines with one journal reach beside one, what a machine with nothing to do asks the database,
//! and how long questions take with a million items.
//!
//! `cargo bench --locked --bench machines` prints the table, and `… -- imports` a part of it (`imports`, `two`, `questions`, `second`,
//! `idle`). PostgreSQL runs as it is installed, in a cluster of the benchmark's own, and
//! writes each commit to the disk, as SQLite does. The figures mean something on an idle machine only.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark tells its figures, and what went wrong by failing"
)]
#![allow(dead_code, reason = "what is shared with the other benchmarks is not all used here")]

#[path = "../../tests/support/postgres.rs"]
mod cluster;
#[path = "../../tests/support/http.rs"]
mod http;
mod idle;
#[path = "../page/journal.rs"]
mod journal;
mod machine;
mod network;
#[path = "../load/office.rs"]
mod office;
mod processors;
#[path = "../page/served.rs"]
mod served;
#[path = "../load/server.rs"]
mod server;
#[path = "../support/table.rs"]
mod table;

use std::path::Path;
use std::time::{Duration, Instant};

use cluster::Cluster;
use machine::{Machine, SQLITE};
use network::Network;
use office::{Far, Office};
use processors::Processors;
use served::Served;
use table::{headings, line, middle, millis, rate};

const ROWS: usize = 20_000;
/// The parts, each of which can be measured alone.
const PARTS: [&str; 5] = ["imports", "two", "questions", "second", "idle"];
/// Few items and many: the difference is what the number of items costs.
const ITEMS: [u32; 2] = [1000, 1_000_000];
const RUNS: u32 = 1000;
/// Each figure is the middle one of so many rounds.
const ROUNDS: usize = 3;
/// The way between a machine and the database, in one direction.
const WAY: Duration = Duration::from_micros(500);
/// The time that a server takes to answer which is not on this machine.
const FAR_AWAY: Duration = Duration::from_millis(20);
/// Each commit is on the disk, and the rest is as PostgreSQL's own configuration has it.
const AS_INSTALLED: [&str; 2] = ["fsync = on", "shared_buffers = 128MB"];

fn main() {
    let args: Vec<_> = std::env::args().collect();
    if let [_, flag, meetings, delay] = args.as_slice()
        && flag == "--server"
    {
        return server::serve(meetings.parse().unwrap(), Duration::from_millis(delay.parse().unwrap()));
    }
    let Some(programs) = cluster::programs("the benchmark of the journal in PostgreSQL") else {
        println!("Nothing was measured: this benchmark is about the journal in PostgreSQL, and there is none here.");
        return;
    };
    headings("ours", "ceiling");
    let is_wanted =
        |part: &str| !args[1..].iter().any(|arg| PARTS.contains(&arg.as_str())) || args.iter().any(|arg| arg == part);
    let cluster = Cluster::start(&programs, &AS_INSTALLED, &[]);
    if is_wanted("imports") {
        imports(&cluster);
    }
    if is_wanted("two") {
        two_machines(&cluster);
    }
    if is_wanted("questions") {
        for items in ITEMS {
            questions(&cluster, items);
        }
    }
    drop(cluster);
    if is_wanted("second") {
        second_import(&programs);
    }
    if is_wanted("idle") {
        idle(&programs);
    }
}

fn middle_rate(rates: Vec<f64>) -> f64 {
    middle(rates, |rate| *rate)
}

/// An import with the database on this machine, and behind a network, beside one with SQLite.
fn imports(cluster: &Cluster) {
    let network = Network::to(cluster, WAY);
    for (name, delay) in [("a bare server", Duration::ZERO), ("a server 20 ms away", FAR_AWAY)] {
        let far = Far::start(0, delay);
        let (mut sqlite, mut near, mut away) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..ROUNDS {
            sqlite.push(import(&far, SQLITE));
            near.push(import(&far, &cluster.database()));
            away.push(import(&far, &network.address(&cluster.database())));
        }
        let (sqlite, near, away) = (middle_rate(sqlite), middle_rate(near), middle_rate(away));
        let what = format!("import of {ROWS} rows on {name}, PostgreSQL beside SQLite");
        line(&what, &rate(near), &rate(sqlite), Some(near / sqlite), ">= 0.5");
        let round = network.round_trip(&cluster.database());
        let what = format!("the same, {} there and back to the database", millis(round));
        line(&what, &rate(away), &rate(sqlite), Some(away / sqlite), ">= 0.4");
    }
}

fn import(far: &Far, journal: &str) -> f64 {
    imports_at_once(far, &[journal])
}

/// Rows a second of machines that import at once, each a file of its own for a job of its own.
fn imports_at_once(far: &Far, journals: &[&str]) -> f64 {
    let machines: Vec<_> = (0..).zip(journals).map(|(n, journal)| Machine::new(far, journal, n)).collect();
    for machine in &machines {
        machine.timetable("a.csv", ROWS);
    }
    ROWS as f64 * machines.len() as f64 / Machine::import_at_once(&machines, "a.csv").as_secs_f64()
}

/// An import into a journal that has had one, whose statistics PostgreSQL has taken: it has seen other runs, and not this one. It takes
/// none meanwhile, as it is for up to a minute after an import began.
fn second_import(programs: &Path) {
    let settings = [AS_INSTALLED.as_slice(), &["autovacuum = off"]].concat();
    let cluster = Cluster::start(programs, &settings, &[]);
    let far = Far::start(0, Duration::ZERO);
    let measure = |journal: &str| {
        let machine = [Machine::new(&far, journal, 0)];
        machine[0].timetable("a.csv", ROWS);
        Machine::import_at_once(&machine, "a.csv");
        if journal != SQLITE {
            cluster.sql(journal, "VACUUM ANALYZE");
        }
        machine[0].timetable("b.csv", ROWS);
        ROWS as f64 / Machine::import_at_once(&machine, "b.csv").as_secs_f64()
    };
    let (sqlite, ours) = (measure(SQLITE), measure(&cluster.database()));
    let what = format!("{ROWS} rows more on a bare server, PostgreSQL beside SQLite");
    line(&what, &rate(ours), &rate(sqlite), Some(ours / sqlite), ">= 0.5");
}

/// Two machines that import at once into one journal beside one; and, since they share this machine's processors with the server, the
/// database and each other, two that share no journal.
fn two_machines(cluster: &Cluster) {
    for (name, delay) in [("a bare server", Duration::ZERO), ("a server 20 ms away", FAR_AWAY)] {
        let far = Far::start(0, delay);
        let mut rates = [const { Vec::new() }; 4];
        let mut busy = [const { Vec::new() }; 4];
        for _ in 0..ROUNDS {
            let (alone, shared) = (cluster.database(), cluster.database());
            let rounds: [&[&str]; 4] = [&[&alone], &[&shared, &shared], &[SQLITE], &[SQLITE, SQLITE]];
            for (n, journals) in rounds.into_iter().enumerate() {
                let before = Processors::now();
                rates[n].push(imports_at_once(&far, journals));
                busy[n].push(before.busy_since());
            }
        }
        let [one, two, one_sqlite, two_sqlite] = rates.map(middle_rate);
        let busy = busy.map(|shares| format!("{:.0} %", 100.0 * middle_rate(shares)));
        let what = format!("two machines import at once on {name}, beside one");
        line(&what, &rate(two), &rate(one), Some(two / one), ">= 1.8");
        line("this machine's processors are busy meanwhile, beside one", &busy[1], &busy[0], None, "");
        let what = format!("the same, each with SQLite of its own: what {} processors give", Processors::count());
        line(&what, &rate(two_sqlite), &rate(one_sqlite), Some(two_sqlite / one_sqlite), "");
        line("this machine's processors are busy meanwhile, beside one", &busy[3], &busy[2], None, "");
    }
}

/// Questions, pages and a start, with a journal that holds so many items.
fn questions(cluster: &Cluster, items: u32) {
    let far = Far::start(0, Duration::ZERO);
    let (sqlite, on_server) = (Machine::new(&far, SQLITE, 0), Machine::new(&far, &cluster.database(), 0));
    let runs = [&sqlite, &on_server].map(|machine| machine.fill(items, RUNS).to_string());
    // What the server does by itself within a minute.
    cluster.sql(on_server.journal(), "VACUUM ANALYZE");
    let ask = |of: &Machine, args: &[&str]| {
        let took = (0..5).map(|_| Office::cost(&mut of.office().command(args)).took).collect();
        middle(took, Duration::as_secs_f64)
    };
    let show = |of: &Machine, run: &str| ask(of, &["show", run, "--problems"]);
    let ready = |of: &Machine| middle((0..5).map(|_| of.office().start_to_ready()).collect(), Duration::as_secs_f64);
    let tell = |what: &str, ours: Duration, beside: Duration| {
        let what = format!("{what}, {items} items, PostgreSQL beside SQLite");
        line(&what, &millis(ours), &millis(beside), Some(ours.as_secs_f64() / beside.as_secs_f64()), "as fast");
    };
    tell("start to READY", ready(&on_server), ready(&sqlite));
    tell("history", ask(&on_server, &["history"]), ask(&sqlite, &["history"]));
    tell("list", ask(&on_server, &["list"]), ask(&sqlite, &["list"]));
    tell("show --problems", show(&on_server, &runs[1]), show(&sqlite, &runs[0]));
    let served = [&sqlite, &on_server].map(|machine| Served::start(machine.office(), &["daemon"], 0));
    let middle_item = items / 2;
    for (what, behind) in [
        ("the first screen", None),
        ("the page of a run", Some(String::new())),
        ("the same, half-way", Some(format!("?behind=created.{middle_item}"))),
        ("the page of an item", Some(format!("/items/{middle_item}"))),
    ] {
        let [beside, ours] = [0, 1].map(|n| {
            let path =
                behind.as_ref().map_or("/?refresh=off".to_owned(), |behind| format!("/runs/{}{behind}", runs[n]));
            page(&served[n], &path)
        });
        tell(what, ours, beside);
    }
}

/// The time that a page takes.
fn page(served: &Served, path: &str) -> Duration {
    let get = |_| {
        // The first screen is the same for a second.
        std::thread::sleep(Duration::from_millis(if path.starts_with("/?") { 1010 } else { 0 }));
        let began = Instant::now();
        let got = served.page.get(path);
        assert_eq!(got.status, 200, "{path}: {got:?}");
        began.elapsed()
    };
    middle((0..9).map(get).collect(), Duration::as_secs_f64)
}

/// The daemons of two machines with nothing to do, whose statements the server counts and writes down.
fn idle(programs: &Path) {
    let cluster = Cluster::start(programs, &idle::SETTINGS, &[]);
    let idle = idle::watch(&cluster);
    let what = format!("an idle machine's queries a second, over {} s", idle::WATCHED.as_secs());
    line(&what, &format!("{:.2}/s", idle.queries), "", None, "<= 2");
    line("its transactions a second", &format!("{:.2}/s", idle.transactions), "", None, "");
    for (a_second, begins) in idle.which {
        println!("    {a_second:.2}/s {begins}");
    }
}
