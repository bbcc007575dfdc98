//! Two hundred meetings: made right, left alone, changed, and their lobbies removed, each with one request.

use roomkeeper::clock::{Timestamp, Zone};
use roomkeeper::sandbox::Show;

use crate::refreshing::{LOSSES, LobbyEffects, NO_EFFECTS, with_upcoming};
use crate::site::{Site, Writes};

const MEETINGS: usize = 200;

const WELCOME: &str =
    "lobby = { messages = ['Welcome to {room_name}', 'At {start_time} for {duration} min: {user_id}'] }";
const CHANGED: &str =
    "lobby = { messages = ['Welcome in {room_name}', 'At {start_time} for {duration} min: {user_id}'] }";

/// Fails unless every lobby greets with this word and tells the meeting's own start, length and user.
fn assert_messages(site: &Site, greeting: &str) {
    let berlin = Zone::named("Europe/Berlin").unwrap();
    let meetings = site.meetings();
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
    let site = with_upcoming(MEETINGS);
    site.configure_job(WELCOME);
    site.script(LOSSES);
    site.refresh().expect(&[("added", 200)]);
    assert_messages(&site, "to");
    assert_eq!(site.lobby_effects(), LobbyEffects { added: MEETINGS, ..NO_EFFECTS });

    let again = site.refresh();
    again.expect(&[("unchanged", 200)]);
    assert_eq!(again.sent, Writes::NONE);

    site.configure_job(CHANGED);
    site.refresh().expect(&[("updated", 200)]);
    assert_messages(&site, "in");
    assert_eq!(site.lobby_effects(), LobbyEffects { added: MEETINGS, updated: MEETINGS, ..NO_EFFECTS });

    site.configure_job("lobby = { remove = true }");
    site.refresh().expect(&[("removed", 200)]);
    assert!(site.meetings().iter().all(|meeting| meeting.lobby.is_none()));
    assert_eq!(site.lobby_effects(), LobbyEffects { added: MEETINGS, updated: MEETINGS, removed: MEETINGS });
    let again = site.refresh();
    again.expect(&[("unchanged", 200)]);
    assert_eq!(again.sent, Writes::NONE);
}

#[test]
fn without_faults_each_change_is_one_request_of_its_own_sort() {
    let site = with_upcoming(MEETINGS);
    for (lobby, status, sent) in [
        (WELCOME, "added", Writes::posts(200)),
        (WELCOME, "unchanged", Writes::NONE),
        (CHANGED, "updated", Writes::patches(200)),
        (CHANGED, "unchanged", Writes::NONE),
        ("lobby = { remove = true }", "removed", Writes::deletes(200)),
        ("lobby = { remove = true }", "unchanged", Writes::NONE),
    ] {
        site.configure_job(lobby);
        let refreshed = site.refresh();
        refreshed.expect(&[(status, 200)]);
        assert_eq!(refreshed.sent, sent, "{lobby}");
    }
}

#[test]
fn a_dry_run_writes_nothing_and_tells_what_would_change() {
    let site = with_upcoming(5);
    site.configure_job(WELCOME);
    site.refresh().expect(&[("added", 5)]);
    site.configure_job(CHANGED);
    let before = site.writes();
    let ran = site.run(&["run", "lectures", "--dry-run", "--json"]);
    assert_eq!((ran.code, site.writes()), (0, before), "{ran:?}");
    let items = ran.json()["items"].clone();
    assert_eq!(items.as_array().unwrap().len(), 5);
    for item in items.as_array().unwrap() {
        assert_eq!(item["would"], "updated", "{item}");
        let [is, wanted] = [0, 1].map(|at| item["changes"]["messages"][at].as_str().unwrap().to_owned());
        assert!(is.starts_with("Welcome to ") && wanted.starts_with("Welcome in "), "{item}");
    }
    site.configure_job("lobby = { remove = true }");
    let ran = site.run(&["run", "lectures", "--dry-run"]);
    assert!(ran.out.contains("would be removed  Lecture 000000"), "{ran:?}");
    assert_eq!(site.writes(), before);
}
