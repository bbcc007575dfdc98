//! Two hundred meetings: made right, left alone, changed, and their lobbies removed, each with one request.

use roomkeeper::clock::{Timestamp, Zone};
use roomkeeper::sandbox::Show;

use super::world::{LOSSES, World};

const MEETINGS: usize = 200;

const WELCOME: &str =
    "lobby = { messages = ['Welcome to {room_name}', 'At {start_time} for {duration} min: {user_id}'] }";
const CHANGED: &str =
    "lobby = { messages = ['Welcome in {room_name}', 'At {start_time} for {duration} min: {user_id}'] }";

/// Fails unless every lobby greets with this word and tells the meeting's own start, length and user.
fn assert_messages(world: &World, greeting: &str) {
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let meetings = world.meetings();
    assert_eq!(meetings.len(), MEETINGS);
    for meeting in meetings {
        let lobby = meeting.lobby.unwrap();
        let start = berlin.minute(Timestamp::from_api(&meeting.start_time).unwrap());
        let (name, minutes, user) = (meeting.room_name, meeting.duration, meeting.user_id);
        assert_eq!((lobby.show, lobby.audio), (Show::Messages, None));
        assert_eq!(
            lobby.messages,
            [format!("Welcome {greeting} {name}"), format!("At {start} for {minutes} min: {user}")]
        );
    }
}

#[test]
fn two_hundred_lobbies_are_made_right_and_then_left_alone_while_replies_are_lost() {
    let world = World::with_upcoming(MEETINGS);
    world.configure(WELCOME);
    world.script(LOSSES);
    world.refresh().expect(&[("added", 200)]);
    assert_messages(&world, "to");
    assert_eq!(world.lobby_effects(), [MEETINGS, 0, 0]);

    let again = world.refresh();
    again.expect(&[("unchanged", 200)]);
    assert_eq!(again.sent, [0, 0, 0]);

    world.configure(CHANGED);
    world.refresh().expect(&[("updated", 200)]);
    assert_messages(&world, "in");
    assert_eq!(world.lobby_effects(), [MEETINGS, MEETINGS, 0]);

    world.configure("lobby = { remove = true }");
    world.refresh().expect(&[("removed", 200)]);
    assert!(world.meetings().iter().all(|meeting| meeting.lobby.is_none()));
    assert_eq!(world.lobby_effects(), [MEETINGS, MEETINGS, MEETINGS]);
    let again = world.refresh();
    again.expect(&[("unchanged", 200)]);
    assert_eq!(again.sent, [0, 0, 0]);
}

#[test]
fn without_faults_each_change_is_one_request_of_its_own_sort() {
    let world = World::with_upcoming(MEETINGS);
    for (lobby, status, sent) in [
        (WELCOME, "added", [200, 0, 0]),
        (WELCOME, "unchanged", [0, 0, 0]),
        (CHANGED, "updated", [0, 200, 0]),
        (CHANGED, "unchanged", [0, 0, 0]),
        ("lobby = { remove = true }", "removed", [0, 0, 200]),
        ("lobby = { remove = true }", "unchanged", [0, 0, 0]),
    ] {
        world.configure(lobby);
        let refreshed = world.refresh();
        refreshed.expect(&[(status, 200)]);
        assert_eq!(refreshed.sent, sent, "{lobby}");
    }
}

#[test]
fn a_dry_run_writes_nothing_and_tells_what_would_change() {
    let world = World::with_upcoming(5);
    world.configure(WELCOME);
    world.refresh().expect(&[("added", 5)]);
    world.configure(CHANGED);
    let before = world.writes();
    let ran = world.run(&["run", "lectures", "--dry-run", "--json"]);
    assert_eq!((ran.code, world.writes()), (0, before), "{ran:?}");
    let items = ran.json()["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 5);
    for item in items.as_array().unwrap() {
        assert_eq!(item["would"], "updated", "{item}");
        let [is, wanted] = [0, 1].map(|at| item["changes"]["messages"][at].as_str().unwrap().to_owned());
        assert!(is.starts_with("Welcome to ") && wanted.starts_with("Welcome in "), "{item}");
    }
    world.configure("lobby = { remove = true }");
    let ran = world.run(&["run", "lectures", "--dry-run"]);
    assert!(ran.out.contains("would be removed  Lecture 000000"), "{ran:?}");
    assert_eq!(world.writes(), before);
}
