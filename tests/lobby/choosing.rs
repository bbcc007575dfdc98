//! A job chooses the right meetings, however many there are and however their list is paged.

use std::time::Duration;

use roomkeeper::sandbox::{MeetingState, Options};

use crate::refreshing::{with, with_upcoming};
use crate::site::{Site, Writes, wait_until};

fn with_lobby(site: &Site) -> Vec<MeetingState> {
    site.meetings().into_iter().filter(|meeting| meeting.lobby.is_some()).collect()
}

const HELLO: &str = "lobby = { messages = ['Hello there'] }\n";

#[test]
fn only_meetings_of_the_title_the_users_and_the_time_are_touched() {
    let site = with_upcoming(80);
    site.configure_job(&format!("{HELLO}select = {{ room_name = 'lecture*' }}"));
    site.refresh().expect(&[("added", 20)]);
    assert!(with_lobby(&site).iter().all(|meeting| meeting.room_name.starts_with("Lecture")));

    let site = with_upcoming(80);
    site.configure_job(&format!("{HELLO}select = {{ user_ids = ['u00003', 'u00005'] }}"));
    let is_theirs = |meeting: &MeetingState| ["u00003", "u00005"].contains(&meeting.user_id.as_str());
    let theirs = site.meetings().iter().filter(|meeting| is_theirs(meeting)).count();
    site.refresh().expect(&[("added", theirs as u64)]);
    assert!(theirs > 10 && with_lobby(&site).iter().all(is_theirs));

    // Meetings are spread over 180 days.
    let site = with_upcoming(80);
    site.configure_job(&format!("{HELLO}select = {{ starts_within = '90d' }}"));
    site.refresh().expect(&[("added", 40)]);
    let latest = with_lobby(&site).iter().map(|meeting| meeting.start_time.clone()).max();
    let others = site.meetings().into_iter().filter(|meeting| meeting.lobby.is_none());
    assert!(latest < others.map(|meeting| meeting.start_time).min());
}

#[test]
fn every_page_is_read_and_past_meetings_are_not_touched() {
    for refuse_sorting in [false, true] {
        let options = Options { upcoming: 57, past: 20, users: 5, page_cap: 10, refuse_sorting, ..Options::default() };
        let site = with(options);
        site.configure_job(&format!("{HELLO}select = {{ starts_within = '90d' }}"));
        site.refresh().expect(&[("added", 29)]);
        site.configure_job(HELLO);
        site.refresh().expect(&[("added", 28), ("unchanged", 29)]);
    }
}

#[test]
fn a_list_that_shifts_while_it_is_read_hides_no_meeting() {
    let delay = Duration::from_millis(40);
    let site = with(Options { upcoming: 60, users: 5, page_cap: 10, delay, ..Options::default() });
    site.configure_job(HELLO);
    let mut child = site.start_refresh();
    wait_until("two pages were asked for", || site.sandbox.requests().get("GET /meetings").is_some_and(|n| *n >= 2));
    // The first is gone, so that the first of every later page slips to the page before.
    site.cancel(&site.meetings()[0].meeting_id);
    assert!(child.wait().success());
    assert_eq!((site.meetings().len(), with_lobby(&site).len()), (59, 59));
}

#[test]
fn soon_is_found_without_reading_what_comes_later() {
    let site = with(Options { upcoming: 400, users: 5, page_cap: 20, ..Options::default() });
    site.configure_job(&format!("{HELLO}select = {{ starts_within = '1d' }}"));
    site.refresh().expect(&[("added", 3)]);
    let lists = site.sandbox.requests()["GET /meetings"];
    assert!(lists <= 4, "{lists} pages were read");
}

#[test]
fn a_run_that_would_change_more_than_allowed_is_refused_and_one_that_only_looks_is_not() {
    let site = with_upcoming(20);
    site.configure_job(&format!("{HELLO}max_items = 10"));
    let refused = site.refresh();
    assert_eq!((refused.code, refused.sent), (1, Writes::NONE), "{refused:?}");
    assert!(refused.run["counts"]["not_run"] == 20, "{refused:?}");
    site.configure_job(HELLO);
    site.refresh().expect(&[("added", 20)]);
    site.configure_job(&format!("{HELLO}max_items = 10"));
    site.refresh().expect(&[("unchanged", 20)]);
}

#[test]
fn a_list_of_many_pages_is_walked_through_once() {
    let site = with(Options { upcoming: 1_000, users: 10, ..Options::default() });
    site.configure_job("select = { room_name = 'Lecture *' }\nlobby = { messages = ['Welcome to {room_name}'] }");
    site.refresh().expect(&[("added", 250)]);
    let before = site.requested();
    site.refresh().expect(&[("unchanged", 250)]);
    let came = site.requested() - before;
    // A page of a hundred overlaps the one before it; then each lobby.
    assert!((260..=264).contains(&came), "{came}");
}
