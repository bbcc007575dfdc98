//! Counts the requests that the work takes, where they arrive: the real binary and a sandbox, case by case. An account that
//! allows ten requests a second waits by these figures, whatever the machine.
//!
//! `cargo bench --locked --bench requests` prints the table. "before" is what the build of commit 2458e9a asked for; "expected" is what the
//! command said beforehand. A second table tells how full the limit is kept; `-- pace` prints that alone.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a benchmark tells its figures, and what went wrong by failing"
)]

mod pace;
#[path = "../../tests/support/site/mod.rs"]
#[allow(clippy::panic, reason = "a benchmark that cannot go on says so by stopping")]
mod site;

use std::fmt::Write as _;

use roomkeeper::sandbox::Options;

use site::{Site, actions};

/// Rows and rooms of each case.
const ROWS: usize = 300;

fn main() {
    if std::env::args().any(|arg| arg == "pace") {
        return pace::measure();
    }
    println!("{:66} {:>7} {:>7} {:>9} {:>7}", "", "before", "now", "expected", "reach");
    imports();
    rooms();
    lobbies();
    exports();
    pace::measure();
}

fn line(what: &str, before: &str, (now, expected): &(u64, String), reach: &str) {
    println!("{what:66} {before:>7} {now:>7} {expected:>9} {reach:>7}");
}

/// A file whose rows begin in a month, each user's in turn.
fn file(users: usize, minutes: u32, action: &str) -> String {
    actions(ROWS, users, minutes, action)
}

fn new_site(options: Options) -> Site {
    Site::builder().sandbox(options).reporting().build("")
}

/// Runs a command that has to succeed; tells how many requests came, and how many it had said that it expects: at least and at most.
fn requests(site: &Site, args: &[&str]) -> (u64, String) {
    let before = site.requested();
    let ran = site.run(&[args, &["--json"]].concat());
    assert_eq!(ran.code, 0, "{args:?}: {}{}", ran.out, ran.err);
    let answer: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let [least, most] = ["least", "most"].map(|of| answer["requests"][of].to_string());
    let expected = if least == most { most } else { format!("{least}-{most}") };
    (site.requested() - before, expected)
}

fn imports() {
    // Users of the file, users of the account, upcoming meetings; the figures of the four files one after the other.
    let cases = [
        (300, 300, 0, ["901", "901", "1501", "751"], ["305", "5", "310", "455"]),
        (300, 300, 1_000, ["1201", "901", "", ""], ["315", "15", "", ""]),
        (300, 300, 10_000, ["1201", "901", "", ""], ["405", "105", "", ""]),
        (40, 40, 0, ["381", "", "", ""], ["305", "", "", ""]),
        (40, 40, 1_000, ["421", "", "", ""], ["315", "", "", ""]),
        (40, 40, 10_000, ["501", "", "", ""], ["410", "", "", ""]),
        (1, 2, 0, ["", "", "641", ""], ["", "", "310", ""]),
        (1, 2, 10_000, ["", "", "1041", ""], ["", "", "360", ""]),
    ];
    for (users, all, upcoming, before, reach) in cases {
        let site = new_site(Options { users: all, upcoming, ..Options::default() });
        site.configure("[schedule_meetings.timetable]\n");
        let files = [
            ("made", 30, "schedule"),
            ("the same file again", 30, "schedule"),
            ("all changed", 45, "schedule"),
            ("all cancelled", 45, "cancel"),
        ];
        for (at, (what, minutes, action)) in files.into_iter().enumerate() {
            site.write("t.csv", file(users, minutes, action));
            let now = requests(&site, &["import", "t.csv"]);
            line(&format!("{ROWS} rows, {users} users, {upcoming} upcoming: {what}"), before[at], &now, reach[at]);
        }
    }
}

fn rooms() {
    for (what, job, before, reach) in [
        ("rotate_pins", "[rotate_pins.j]\nrooms = { list = 'rooms.csv' }\npin_sheet = 'pins.csv'\n", "1201", "901"),
        (
            "sync_rooms, all differ",
            "[sync_rooms.j]\nrooms = { list = 'rooms.csv' }\nset = { participants = 77 }\n",
            "900",
            "600",
        ),
    ] {
        let site = new_site(Options { users: ROWS, ..Options::default() });
        site.configure(job);
        let mut text = "user_id\n".to_owned();
        (0..ROWS).for_each(|user| writeln!(text, "u{user:05}").unwrap());
        site.write("rooms.csv", text);
        line(&format!("{ROWS} rooms: {what}"), before, &requests(&site, &["run", "j"]), reach);
    }
}

fn lobbies() {
    let site = new_site(Options { users: 50, upcoming: 5_000, ..Options::default() });
    let job = "[refresh_lobby.j]\nselect = { room_name = 'Lecture ????0?' }\nlobby = { messages = ['Welcome to {room_name}'] }\n";
    site.configure(job);
    let is_hit = |name: &str| name.starts_with("Lecture ") && name.as_bytes()[12] == b'0';
    let hits = site.meetings().iter().filter(|meeting| is_hit(&meeting.room_name)).count();
    requests(&site, &["run", "j"]);
    let (before, reach) = ((hits + 102).to_string(), (hits + 60).to_string());
    let now = requests(&site, &["run", "j"]);
    line(&format!("{hits} lobbies of 5000 meetings, unchanged"), &before, &now, &reach);
}

fn exports() {
    for (look_back, before, reach) in [("7d", "11-16", "12"), ("1d", "8-11", "5")] {
        let site = new_site(Options { users: 50, past: 20_000, ..Options::default() });
        site.configure(&format!("[export_meetings.j]\npath = 'all.csv'\nlook_back = '{look_back}'\n"));
        requests(&site, &["run", "j"]);
        site.sandbox.add_meetings(100, 0);
        line(
            &format!("export, 20000 past, 100 new: a later run, look_back {look_back}"),
            before,
            &requests(&site, &["run", "j"]),
            reach,
        );
    }
}
