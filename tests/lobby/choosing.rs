//! Which meetings are chosen, however many there are and however their list is paged.

use roomkeeper::sandbox::{MeetingState, Options};

use super::world::World;

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
