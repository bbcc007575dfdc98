//! Requests: an import asks for no more than its rows need, counted where they arrive.

use std::fmt::Write as _;

use roomkeeper::sandbox::Options;

use crate::importing::{job, with};
use crate::site::{Site, Writes};

/// Rows of each file.
const ROWS: usize = 300;

/// A file whose rows begin in a month, each user's in turn.
fn file(users: usize, minutes: u32, action: &str) -> String {
    let mut text = "ref,action,user_id,room_name,start_time,duration,moderators,participants\n".to_owned();
    let start = jiff::Timestamp::now() + jiff::SignedDuration::from_hours(24 * 30);
    let day = start.strftime("%Y-%m-%d");
    for row in 0..ROWS {
        let (hour, minute, user) = (6 + row % 12, row / 12, row % users);
        writeln!(text, "r{row},{action},u{user:05},Lecture {row:03},{day} {hour:02}:{minute:02}:00,{minutes},1,20")
            .unwrap();
    }
    text
}

fn site(users: usize, upcoming: usize) -> Site {
    let site = with(Options { users, upcoming, ..Options::default() });
    site.configure(&job(""));
    site
}

/// The number of requests that came, and of the lists among them.
struct Requests {
    all: u64,
    lists: u64,
}

/// Imports a file, and counts.
#[track_caller]
fn requests(site: &Site, text: &str, status: &str) -> Requests {
    let lists = || site.sandbox.requests().get("GET /meetings").copied().unwrap_or_default();
    let before = Requests { all: site.requested(), lists: lists() };
    let imported = site.import_text("t.csv", text);
    assert!(imported.statuses().iter().all(|is| *is == status), "{:?} {:?}", imported.run, imported.rows.first());
    Requests { all: site.requested() - before.all, lists: lists() - before.lists }
}

/// The most requests that a file may take: when its rows are made, handed in again, changed, and cancelled.
#[derive(Clone, Copy)]
struct Most {
    made: u64,
    again: u64,
    changed: u64,
    cancelled: u64,
}

#[test]
fn everybodys_meetings_are_read_where_that_takes_fewer_pages_than_one_list_for_each_user() {
    // A reply to a cancellation may have to be looked behind.
    let few = Most { made: 305, again: 5, changed: 310, cancelled: 455 };
    let many = Most { made: 315, again: 15, changed: 320, cancelled: 465 };
    for (users, upcoming, most) in [(300, 0, few), (300, 1_000, many), (40, 1_000, many), (1, 0, few)] {
        let site = site(users, upcoming);
        for (minutes, action, status, most) in [
            (30, "schedule", "created", most.made),
            (30, "schedule", "unchanged", most.again),
            (45, "schedule", "updated", most.changed),
            (45, "cancel", "cancelled", most.cancelled),
        ] {
            let counted = requests(&site, &file(users, minutes, action), status).all;
            assert!(counted <= most, "{users} users, {upcoming} upcoming, {status}: {counted} of {most}");
        }
    }
}

#[test]
fn ten_thousand_meetings_of_the_files_users_are_read_once() {
    let site = site(40, 10_000);
    let Requests { all, lists } = requests(&site, &file(40, 30, "schedule"), "created");
    assert!(all <= 410 && lists >= 80, "{all} requests, {lists} for lists");
}

#[test]
fn many_strangers_meetings_cost_two_pages_and_the_files_users_are_asked_for_one_by_one() {
    let site = site(1_000, 3_000);
    let Requests { lists, .. } = requests(&site, &file(5, 30, "schedule"), "created");
    // Everybody's first page, the page by which the list would have to be at its end, and a list or two for each of the five.
    assert!((7..=12).contains(&lists), "{lists}");
}

#[test]
fn meetings_that_are_there_are_found_on_everybodys_list_and_on_users_own_alike() {
    for script in ["", "lists = 'own'", "numeric = true"] {
        for refuse_sorting in [false, true] {
            let site = with(Options { users: 60, upcoming: 0, refuse_sorting, ..Options::default() });
            site.configure(&job(""));
            assert!(site.import_text("t.csv", &file(50, 30, "schedule")).statuses().iter().all(|is| *is == "created"));
            // Another job knows nothing of them.
            site.configure(&job("").replace("timetable", "other"));
            site.script(script);
            let (writes, again) = site.writes_of(|| site.import_text("t.csv", &file(50, 30, "schedule")));
            assert_eq!(writes, Writes::NONE, "{script} {refuse_sorting}");
            assert!(again.statuses().iter().all(|is| *is == "exists"), "{script} {refuse_sorting}: {:?}", again.run);
        }
    }
}

#[test]
fn a_users_list_is_read_once_for_all_rows_that_wait_for_it() {
    let site = site(2, 2_000);
    let Requests { all, lists } = requests(&site, &file(1, 30, "schedule"), "created");
    assert!(all <= 320 && lists <= 320, "{all} requests, {lists} for lists");
    let Requests { all, .. } = requests(&site, &file(1, 45, "schedule"), "updated");
    assert!(all <= 320, "{all}");
}
