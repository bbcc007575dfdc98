//! The program at work, beside what the same work takes without it, in the same run on the same machine: the real binary, a
//! server in a process of its own, and as ceilings wrk (from the distribution's packages), a bare loop of requests, a bare reader
//! of CSV; and beside them the clients in `benches/peers`, which send the same requests and remember nothing. `earlier.rs` says how to have
//! another build run beside this one.
//!
//! `cargo bench --locked --bench load` prints the table. Some figures need a C compiler, which is there where this was built.
//! They mean something on an idle machine only.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a benchmark tells its figures, and what went wrong by failing"
)]

mod bare_journal;
mod ceilings;
mod earlier;
mod office;
mod peers;
mod server;
#[path = "../support/table.rs"]
mod table;

use std::time::{Duration, Instant};

use bare_journal::bare_journal;
use ceilings::{IN_FLIGHT, bare_loop, per_second, raw_records, wrk_pages, wrk_posts};
use office::{Cost, Far, Office};
use table::{headings, line, middle, millis, rate};

const ROWS: usize = 20_000;
const MANY: usize = 1_000_000;
const MEETINGS: usize = 100_000;
/// Each figure is the middle one of so many rounds.
const ROUNDS: usize = 3;

fn main() {
    let args: Vec<_> = std::env::args().collect();
    if let [_, server, meetings, delay] = args.as_slice()
        && server == "--server"
    {
        return server::serve(meetings.parse().unwrap(), Duration::from_millis(delay.parse().unwrap()));
    }
    headings("ours", "ceiling");
    earlier::beside_earlier();
    let small = imports();
    beside_peers();
    slow_disk();
    slow_server();
    export();
    large(&small);
}

/// A line beside what wrk reached, where it is installed.
fn beside_wrk(what: &str, ours: f64, wrk: Vec<f64>) {
    // The library alone that sends the requests reaches 0.44 of it.
    let reach = "";
    if wrk.is_empty() {
        line(what, &rate(ours), "no wrk here", None, reach);
    } else {
        let wrk = middle(wrk, |rate| *rate);
        line(what, &rate(ours), &rate(wrk), Some(ours / wrk), reach);
    }
}

/// An import of so many rows into a journal of its own.
fn import(far: &Far, rows: usize) -> Cost {
    import_at(&Office::new(far), rows)
}

fn import_at(office: &Office, rows: usize) -> Cost {
    office.timetable("a.csv", rows);
    Office::cost(&mut office.command(&["import", "--job", "timetable", "a.csv"]))
}

fn imports() -> Cost {
    let far = Far::start(0, Duration::ZERO);
    let folder = tempfile::tempdir().unwrap();
    let (mut ours, mut wrk, mut bare) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        wrk.extend(wrk_posts(&far, folder.path()));
        bare.push(bare_loop(&far, ROWS));
        ours.push(import(&far, ROWS));
    }
    let cost = middle(ours, |cost| cost.took.as_secs_f64());
    let (bare, sending) = middle(bare, |(rate, _)| *rate);
    let ours = per_second(ROWS, cost.took);
    let what = format!("import of {ROWS} rows, {IN_FLIGHT} in flight");
    beside_wrk(&what, ours, wrk);
    line("the same, beside a bare loop without a journal", &rate(ours), &rate(bare), Some(ours / bare), ">= 0.48");
    let a_row = |time: Duration| format!("{:.1} us", time.as_secs_f64() * 1e6 / ROWS as f64);
    let office = Office::new(&far);
    import_at(&office, ROWS);
    let least = sending + bare_journal(&office.path("state/journal.db"), folder.path());
    let ratio = cost.processor.as_secs_f64() / least.as_secs_f64();
    let what = "processor time a row, beside that loop and SQLite alone";
    line(what, &a_row(cost.processor), &a_row(least), Some(ratio), "");
    cost
}

/// Runs an import beside clients that a programmer writes in an afternoon, on the sandbox and on this benchmark's server. Each round
/// has a server of its own, since the sandbox keeps what was made.
fn beside_peers() {
    let folder = tempfile::tempdir().unwrap();
    let bare = || Far::start(0, Duration::ZERO);
    let servers: [(&str, &dyn Fn() -> Far); 2] = [("the sandbox", &Far::sandbox), ("a bare server", &bare)];
    for peer in [peers::aiohttp(folder.path()), peers::undici(folder.path())] {
        for (name, server) in servers {
            let what = format!("import of {ROWS} rows on {name}, beside {}", peer.name);
            let Some(client) = &peer.client else {
                line(&what, "", "not had here", None, peer.reach);
                continue;
            };
            let (mut ours, mut theirs) = (Vec::new(), Vec::new());
            for _ in 0..ROUNDS {
                ours.push(per_second(ROWS, import(&server(), ROWS).took));
                let far = server();
                let office = Office::new(&far);
                office.timetable("a.csv", ROWS);
                theirs.push(per_second(ROWS, Office::cost(&mut client.command(&far, &office.path("a.csv"))).took));
            }
            let (ours, theirs) = (middle(ours, |rate| *rate), middle(theirs, |rate| *rate));
            line(&what, &rate(ours), &rate(theirs), Some(ours / theirs), peer.reach);
        }
    }
}

fn slow_disk() {
    let far = Far::start(0, Duration::ZERO);
    let folder = tempfile::tempdir().unwrap();
    let library = office::slow_sync(folder.path());
    let measure = |slow: bool| {
        let office = Office::new(&far);
        office.timetable("a.csv", ROWS);
        let mut command = office.command(&["import", "--job", "timetable", "a.csv"]);
        if slow {
            command.env("LD_PRELOAD", &library).env("SLOW_SYNC_MS", "5");
        }
        per_second(ROWS, Office::cost(&mut command).took)
    };
    let (mut slow, mut fast) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        fast.push(measure(false));
        slow.push(measure(true));
    }
    let (slow, fast) = (middle(slow, |rate| *rate), middle(fast, |rate| *rate));
    line("the same, 5 ms added to every fsync", &rate(slow), &rate(fast), Some(slow / fast), ">= 0.7");
}

fn slow_server() {
    let delay = Duration::from_millis(20);
    let far = Far::start(0, delay);
    let rows = 2 * ROWS;
    let ours = per_second(rows, import(&far, rows).took);
    let limit = IN_FLIGHT as f64 / delay.as_secs_f64();
    let what = format!("import of {rows} rows, 20 ms server delay");
    line(&what, &rate(ours), &rate(limit), Some(ours / limit), ">= 0.97");
    let folder = tempfile::tempdir().unwrap();
    if let Some(wrk) = wrk_posts(&far, folder.path()) {
        line("what wrk reaches of that limit", &rate(wrk), &rate(limit), Some(wrk / limit), "");
    }
}

fn export() {
    let far = Far::start(MEETINGS, Duration::ZERO);
    let folder = tempfile::tempdir().unwrap();
    let (mut ours, mut wrk) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        wrk.extend(wrk_pages(&far, MEETINGS / server::PAGE, folder.path()).map(|pages| pages * server::PAGE as f64));
        let office = Office::new(&far);
        ours.push(per_second(MEETINGS, Office::cost(&mut office.command(&["run", "history"])).took));
    }
    let ours = middle(ours, |rate| *rate);
    let what = format!("export of {MEETINGS} meetings");
    beside_wrk(&what, ours, wrk);
}

/// A million rows, and what is asked of the journal that holds them.
fn large(small: &Cost) {
    let far = Far::start(0, Duration::ZERO);
    let office = Office::new(&far);
    office.timetable("a.csv", MANY);
    let checks: Vec<_> = (0..ROUNDS)
        .map(|_| {
            let checked = Office::cost(&mut office.command(&["import", "--dry-run", "--job", "timetable", "a.csv"]));
            (per_second(MANY, checked.took), raw_records(&office.path("a.csv")))
        })
        .collect();
    let (checked, raw) = middle(checks, |(checked, _)| *checked);
    line("checking a file, beside reading raw records", &rate(checked), &rate(raw), Some(checked / raw), "");

    let many = Office::cost(&mut office.command(&["import", "--job", "timetable", "a.csv"]));
    let (fast, slow) = (per_second(ROWS, small.took), per_second(MANY, many.took));
    let mb = |cost: &Cost| format!("{:.1} MB", cost.peak_mb);
    let what = format!("memory at {MANY} rows, beside {ROWS}");
    line(&what, &mb(&many), &mb(small), Some(many.peak_mb / small.peak_mb), "<= 1.1, <= 26 MB");
    line(&format!("rows a second at {MANY}, beside {ROWS}"), &rate(slow), &rate(fast), Some(slow / fast), ">= 0.9");

    let clean = middle((0..5).map(|_| office.start_to_ready()).collect(), Duration::as_secs_f64);
    line(&format!("start to READY, {MANY} items in the journal"), &millis(clean), "", None, "<= 20 ms");
    for (command, args) in [
        ("history", vec!["history".to_owned()]),
        ("list", vec!["list".to_owned()]),
        ("show --problems", vec!["show".to_owned(), "--problems".to_owned(), last_run(&office)]),
    ] {
        let args: Vec<_> = args.iter().map(String::as_str).collect();
        let took = (0..5).map(|_| Office::cost(&mut office.command(&args)).took).collect();
        line(command, &millis(middle(took, Duration::as_secs_f64)), "", None, "<= 50 ms");
    }
    let killed = (0..3).map(|round| start_after_kill(&office, round)).collect();
    let killed = middle(killed, Duration::as_secs_f64);
    line("start to READY after SIGKILL in an import", &millis(killed), "", None, "<= 50 ms");
}

fn last_run(office: &Office) -> String {
    let output = office.command(&["history", "--json"]).stdout(std::process::Stdio::piped()).output().unwrap();
    let runs: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    runs[0]["run"].as_str().unwrap().to_owned()
}

/// Kills an import of as many rows again when it is under way, and starts the daemon.
fn start_after_kill(office: &Office, round: usize) -> Duration {
    let far = Far::start(0, Duration::ZERO);
    office.point_to(&far);
    let name = format!("more{round}.csv");
    office.timetable(&name, 10 * ROWS);
    let mut child = office.command(&["import", "--job", "timetable", &name]).spawn().unwrap();
    let (log, began) = (office.path("state/journal.db-wal"), Instant::now());
    // Until the log is nearly as long as it gets: a start goes through it.
    while std::fs::metadata(&log).map_or(0, |log| log.len()) < 12_000_000 {
        assert!(
            began.elapsed() < Duration::from_mins(1) && child.try_wait().unwrap().is_none(),
            "no log of that length"
        );
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    office.start_to_ready()
}
