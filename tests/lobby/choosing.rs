//! Which meetings are chosen, however many there are and however their list is paged.

use std::time::Duration;

use roomkeeper::sandbox::{MeetingState, Options};

use super::world::{World, wait_for};

fn with_lobby(world: &World) -> Vec<MeetingState> {
    world.meetings().into_iter().filter(|meeting| meeting.lobby.is_some()).collect()
}

const HELLO: &str = "lobby = { messages = ['Hello there'] }\n";

#[test]
fn only_meetings_of_the_title_the_users_and_the_time_are_touched() {
    let world = World::with_upcoming(80);
    world.configure(&format!("{HELLO}select = {{ room_name = 'lecture*' }}"));
    world.refresh().expect(&[("added", 20)]);
    assert!(with_lobby(&world).iter().all(|meeting| meeting.room_name.starts_with("Lecture")));

    let world = World::with_upcoming(80);
    world.configure(&format!("{HELLO}select = {{ user_ids = ['u00003', 'u00005'] }}"));
    let is_theirs = |meeting: &MeetingState| ["u00003", "u00005"].contains(&meeting.user_id.as_str());
    let theirs = world.meetings().iter().filter(|meeting| is_theirs(meeting)).count();
    world.refresh().expect(&[("added", theirs as u64)]);
    assert!(theirs > 10 && with_lobby(&world).iter().all(is_theirs));

    // Meetings are spread over 180 days.
    let world = World::with_upcoming(80);
    world.configure(&format!("{HELLO}select = {{ starts_within = '90d' }}"));
    world.refresh().expect(&[("added", 40)]);
    let latest = with_lobby(&world).iter().map(|meeting| meeting.start_time.clone()).max();
    let others = world.meetings().into_iter().filter(|meeting| meeting.lobby.is_none());
    assert!(latest < others.map(|meeting| meeting.start_time).min());
}

#[test]
fn every_page_is_read_and_past_meetings_are_not_touched() {
    for refuse_sorting in [false, true] {
        let options = Options { upcoming: 57, past: 20, users: 5, page_cap: 10, refuse_sorting, ..Options::default() };
        let world = World::with(options);
        world.configure(&format!("{HELLO}select = {{ starts_within = '90d' }}"));
        world.refresh().expect(&[("added", 29)]);
        world.configure(HELLO);
        world.refresh().expect(&[("added", 28), ("unchanged", 29)]);
    }
}

#[test]
fn a_list_that_shifts_while_it_is_read_hides_no_meeting() {
    let delay = Duration::from_millis(40);
    let world = World::with(Options { upcoming: 60, users: 5, page_cap: 10, delay, ..Options::default() });
    world.configure(HELLO);
    let mut child = world.start_refresh();
    wait_for(|| world.sandbox.requests().get("GET /meetings").is_some_and(|n| *n >= 2));
    // The first is gone, so that the first of every later page slips to the page before.
    world.cancel(&world.meetings()[0].meeting_id);
    assert!(child.wait().unwrap().success());
    assert_eq!((world.meetings().len(), with_lobby(&world).len()), (59, 59));
}

#[test]
fn soon_is_found_without_reading_what_comes_later() {
    let world = World::with(Options { upcoming: 400, users: 5, page_cap: 20, ..Options::default() });
    world.configure(&format!("{HELLO}select = {{ starts_within = '1d' }}"));
    world.refresh().expect(&[("added", 3)]);
    let lists = world.sandbox.requests()["GET /meetings"];
    assert!(lists <= 4, "{lists} pages were read");
}

#[test]
fn a_run_that_would_change_more_than_allowed_is_refused_and_one_that_only_looks_is_not() {
    let world = World::with_upcoming(20);
    world.configure(&format!("{HELLO}max_items = 10"));
    let refused = world.refresh();
    assert_eq!((refused.code, refused.sent), (1, [0, 0, 0]), "{refused:?}");
    assert!(refused.run["counts"]["not_run"] == 20, "{refused:?}");
    world.configure(HELLO);
    world.refresh().expect(&[("added", 20)]);
    world.configure(&format!("{HELLO}max_items = 10"));
    world.refresh().expect(&[("unchanged", 20)]);
}

#[test]
fn a_list_of_many_pages_is_walked_through_once() {
    let world = World::with(Options { upcoming: 1_000, users: 10, ..Options::default() });
    world.configure("select = { room_name = 'Lecture *' }\nlobby = { messages = ['Welcome to {room_name}'] }");
    world.refresh().expect(&[("added", 250)]);
    let before = world.requested();
    world.refresh().expect(&[("unchanged", 250)]);
    let came = world.requested() - before;
    // A page of a hundred overlaps the one before it; then each lobby.
    assert!((260..=264).contains(&came), "{came}");
}
