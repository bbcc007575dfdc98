//! Measures how full a run keeps the limit: requests a second from the first to the last, beside those that are allowed, at a server that
//! takes its time with each. Read from the sandbox's ledger.

use std::fmt::Write as _;
use std::fs;
use std::thread;
use std::time::Duration;

use jiff::Timestamp;
use roomkeeper::sandbox::{Options, Slips};
use serde_json::Value;

use super::site::actions;
use super::{ROWS, new_site};

/// Rows of a file.
const LONG: usize = 600;

/// Requests a second that are allowed.
const RATE: u32 = 20;
/// The time that the server takes for each.
const DELAY: Duration = Duration::from_millis(200);
/// The reach: requests a second.
const REACH: &str = "0.975";

/// A command at a site, told apart by what it is called.
struct Case {
    what: &'static str,
    options: Options,
    jobs: &'static str,
    /// Files that lie in the folder.
    files: Vec<(&'static str, String)>,
    /// Commands that go before, and the one that is measured.
    commands: Vec<Vec<&'static str>>,
    /// Written over before the last command.
    then: Vec<(&'static str, String)>,
}

/// Measures each kind of job. The sites are apart, and all of them wait most of the time: they are measured side by side.
pub fn measure() {
    println!("\n{:66} {:>7} {:>7} {:>7}", format!("at {RATE} a second and {DELAY:?} for each"), "", "of it", "reach");
    let threads: Vec<_> = cases().into_iter().map(|case| (case.what, thread::spawn(move || pace(&case)))).collect();
    for (what, thread) in threads {
        let (requests, ratio) = thread.join().unwrap();
        println!("{:66} {:>7} {ratio:>7.3} {REACH:>7}", format!("{what}, {requests} requests"), "");
    }
}

fn cases() -> Vec<Case> {
    let import = || Case {
        what: "",
        options: Options { users: ROWS, ..Options::default() },
        jobs: "[schedule_meetings.timetable]\n",
        files: vec![("t.csv", actions(LONG, ROWS, 30, "schedule"))],
        commands: vec![vec!["import", "t.csv"]],
        then: Vec::new(),
    };
    let changed = |then: String| Case {
        then: vec![("t.csv", then)],
        commands: vec![vec!["import", "t.csv"], vec!["import", "t.csv"]],
        ..import()
    };
    let rooms = |jobs| Case {
        files: vec![(
            "rooms.csv",
            (0..ROWS).fold("user_id\n".to_owned(), |mut text, user| {
                writeln!(text, "u{user:05}").unwrap();
                text
            }),
        )],
        commands: vec![vec!["run", "j"]],
        jobs,
        ..import()
    };
    let run = |jobs, options| Case { options, jobs, files: Vec::new(), commands: vec![vec!["run", "j"]], ..import() };
    let lobby =
        "[refresh_lobby.j]\nselect = { room_name = 'Lecture *' }\nlobby = { messages = ['Welcome to {room_name}'] }\n";
    let upcoming = || Options { users: 50, upcoming: 400, ..Options::default() };
    vec![
        Case { what: "import", ..import() },
        Case {
            what: "import, 1000 upcoming meetings of 40 users",
            options: Options { users: 40, upcoming: 1_000, ..Options::default() },
            files: vec![("t.csv", actions(LONG, 40, 30, "schedule"))],
            ..import()
        },
        Case {
            what: "import, users' own lists",
            options: Options { users: ROWS, upcoming: 10_000, ..Options::default() },
            files: vec![("t.csv", actions(LONG, 10, 30, "schedule"))],
            ..import()
        },
        Case { what: "import, all changed", ..changed(actions(LONG, ROWS, 45, "schedule")) },
        Case { what: "import, all cancelled", ..changed(actions(LONG, ROWS, 30, "cancel")) },
        Case {
            what: "rotate_pins",
            ..rooms("[rotate_pins.j]\nrooms = { list = 'rooms.csv' }\npin_sheet = 'pins.csv'\n")
        },
        Case {
            what: "sync_rooms, all differ",
            ..rooms("[sync_rooms.j]\nrooms = { list = 'rooms.csv' }\nset = { participants = 77 }\n")
        },
        Case { what: "refresh_lobby, all added", ..run(lobby, upcoming()) },
        Case {
            what: "import, all cancelled, each reply understood",
            options: Options { users: ROWS, slips: Slips::AllButCancel, ..Options::default() },
            ..changed(actions(LONG, ROWS, 30, "cancel"))
        },
        Case {
            what: "refresh_lobby, unchanged",
            commands: vec![vec!["run", "j"], vec!["run", "j"]],
            ..run(lobby, upcoming())
        },
        Case {
            what: "export of 20000 meetings",
            ..run("[export_meetings.j]\npath = 'all.csv'\n", Options { users: 50, past: 20_000, ..Options::default() })
        },
        Case {
            commands: vec![vec!["run", "j"], vec!["run", "j", "--again"]],
            what: "export of 20000 meetings, again",
            ..run("[export_meetings.j]\npath = 'all.csv'\n", Options { users: 50, past: 20_000, ..Options::default() })
        },
    ]
}

/// Runs a case; tells how many requests came, and which part of the limit was used from the first to the last.
fn pace(case: &Case) -> (usize, f64) {
    let folder = tempfile::tempdir().unwrap();
    let ledger = folder.path().join("ledger");
    let site = new_site(Options { ledger: Some(ledger.clone()), delay: DELAY, ..case.options.clone() });
    site.write(
        "config.toml",
        format!(
            "[api]\nbase_url = '{}'\napp_id = 'sandbox'\napp_key = {{ env = 'APP_KEY' }}\nrate_limit = '{RATE}/s'\n\
             [state]\ndirectory = 'state'\n[mail]\nto = ['it@example.org']\n{}",
            site.sandbox.base_url(),
            case.jobs
        ),
    );
    case.files.iter().for_each(|(name, text)| site.write(name, text));
    let mut before = 0;
    for (at, args) in case.commands.iter().enumerate() {
        if at + 1 == case.commands.len() {
            case.then.iter().for_each(|(name, text)| site.write(name, text));
            before = arrivals(&fs::read_to_string(&ledger).unwrap_or_default()).len();
        }
        let ran = site.run(args);
        assert_eq!(ran.code, 0, "{args:?}: {}{}", ran.out, ran.err);
    }
    let arrived = arrivals(&fs::read_to_string(&ledger).unwrap()).split_off(before);
    #[expect(clippy::cast_precision_loss, reason = "small numbers")]
    let ratio = match arrived.as_slice() {
        [first, .., last] => (arrived.len() - 1) as f64 * 1000.0 / (last - first) as f64 / f64::from(RATE),
        _ => f64::NAN,
    };
    (arrived.len(), ratio)
}

/// The times at which requests arrived, in milliseconds.
fn arrivals(ledger: &str) -> Vec<i64> {
    ledger
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|line| matches!(line["kind"].as_str(), Some("look" | "arrival")))
        .map(|line| line["at"].as_str().unwrap().parse::<Timestamp>().unwrap().as_millisecond())
        .collect()
}
