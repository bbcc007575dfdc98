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

/// Imports a file; tells how many requests came, and how many of them were for lists.
#[track_caller]
fn requests(site: &Site, text: &str, status: &str) -> [u64; 2] {
    let lists = || site.sandbox.requests().get("GET /meetings").copied().unwrap_or_default();
    let before = [site.requested(), lists()];
    let imported = site.import_text("t.csv", text);
    assert!(imported.statuses().iter().all(|is| *is == status), "{:?} {:?}", imported.run, imported.rows.first());
    [site.requested() - before[0], lists() - before[1]]
}

#[test]
fn everybodys_meetings_are_read_where_that_takes_fewer_pages_than_one_list_for_each_user() {
    // Rows made, unedited, changed, and cancelled; a reply to a cancellation may have to be looked behind.
    for (users, upcoming, most) in [
        (300, 0, [305, 5, 310, 455]),
        (300, 1_000, [315, 15, 320, 465]),
        (40, 1_000, [315, 15, 320, 465]),
        (1, 0, [305, 5, 310, 455]),
    ] {
        let site = site(users, upcoming);
        let counted = [
            requests(&site, &file(users, 30, "schedule"), "created"),
            requests(&site, &file(users, 30, "schedule"), "unchanged"),
            requests(&site, &file(users, 45, "schedule"), "updated"),
            requests(&site, &file(users, 45, "cancel"), "cancelled"),
        ];
        let counted = counted.map(|[all, _]| all);
        assert!(
            counted.iter().zip(most).all(|(counted, most)| *counted <= most),
            "{users} users, {upcoming} upcoming: {counted:?} of {most:?}"
        );
    }
}

#[test]
fn ten_thousand_meetings_of_the_files_users_are_read_once() {
    let site = site(40, 10_000);
    let [all, lists] = requests(&site, &file(40, 30, "schedule"), "created");
    assert!(all <= 410 && lists >= 80, "{all} requests, {lists} for lists");
}

#[test]
fn many_strangers_meetings_cost_two_pages_and_the_files_users_are_asked_for_one_by_one() {
    let site = site(1_000, 3_000);
    let [_, lists] = requests(&site, &file(5, 30, "schedule"), "created");
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
    assert_eq!(requests(&site, &file(1, 30, "schedule"), "created").map(|n| n <= 320), [true, true]);
    let [all, _] = requests(&site, &file(1, 45, "schedule"), "updated");
    assert!(all <= 320, "{all}");
}
