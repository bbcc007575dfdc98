//! A server that does not read a form with a PATCH, as most PHP servers do: the lobby is taken away and added anew, and whatever
//! happens in between, each meeting has one lobby in the end.

use roomkeeper::sandbox::EffectKind;

use super::world::{World, wait_for};

const IGNORED: &str = "patch_form = 'ignored'\n";
const IN_SILENCE: &str = "patch_form = 'ignored_in_silence'\n";

/// A world whose meetings show `Hello there`, and whose configuration wants something else.
fn changed(meetings: usize) -> World {
    let world = World::with_upcoming(meetings);
    world.configure("lobby = { messages = ['Hello there'] }");
    world.refresh().expect(&[("added", meetings as u64)]);
    world.configure("lobby = { messages = ['Good morning'] }");
    world
}

fn texts(world: &World) -> Vec<Option<String>> {
    world.meetings().into_iter().map(|meeting| meeting.lobby.map(|lobby| lobby.messages.join(" / "))).collect()
}

fn all_say(world: &World, text: &str) -> bool {
    texts(world).iter().all(|shown| shown.as_deref() == Some(text))
}

#[test]
fn where_an_update_is_not_read_lobbies_are_added_anew_and_the_next_run_knows_that() {
    for script in [IGNORED, IN_SILENCE] {
        let world = changed(20);
        world.script(script);
        let first = world.refresh();
        first.expect(&[("updated", 20)]);
        assert!(all_say(&world, "Good morning"), "{:?}", texts(&world));
        assert_eq!((first.sent[0], first.sent[2], world.lobby_effects()), (20, 20, [40, 0, 20]), "{script}");
        let shown = world.run(&["show", first.run["run"].as_str().unwrap()]);
        shown.expect(0, "the server does not read changes to a lobby");
        shown.expect(0, "the lobby was taken away, to be added anew");
        let mail = world.mails().pop().unwrap().replace("=\r\n", "");
        assert!(mail.contains("20 lobbies were taken away and added anew, since the server does not read"), "{mail}");

        let why = world.run(&["why", "lectures"]);
        why.expect(0, "does not read changes to a lobby, so lobbies are taken away and added anew (seen ");
        let why = world.run(&["why", "lectures", "--json"]).json();
        let [habit] = why.as_array().unwrap().as_slice() else { panic!("{why}") };
        assert_eq!((habit["reason"].as_str(), habit["due"].as_str()), (Some("lobby_update"), None));
        assert_eq!(habit["detail"], "does not read changes to a lobby, so lobbies are taken away and added anew");
        assert!(habit["subject"].as_str().unwrap().starts_with("http") && habit["since"].is_string(), "{habit}");

        let again = world.refresh();
        again.expect(&[("unchanged", 20)]);
        assert_eq!(again.sent, [0, 0, 0], "{script}");

        // No update is tried any more, until a week has passed.
        world.configure("lobby = { messages = ['Good night'] }");
        let known = world.refresh();
        known.expect(&[("updated", 20)]);
        assert_eq!(known.sent, [20, 0, 20], "{script}");
        let journal = rusqlite::Connection::open(world.path("state/journal.db")).unwrap();
        assert_eq!(journal.execute("UPDATE server_habits SET at = at - 8 * 24 * 3600 * 1000", []).unwrap(), 1);
        world.script("");
        world.configure("lobby = { messages = ['Good evening'] }");
        let mended = world.refresh();
        mended.expect(&[("updated", 20)]);
        assert_eq!(mended.sent, [0, 20, 0], "{script}");
    }
}

#[test]
fn a_picture_of_the_same_name_is_not_called_updated_where_the_update_was_not_read() {
    let world = World::with_upcoming(2);
    world.write("campus.png", "a picture");
    world.configure("lobby = { images = [{ file = 'campus.png' }] }");
    world.refresh().expect(&[("added", 2)]);
    world.write("campus.png", "another picture");
    world.script(IN_SILENCE);
    world.refresh().expect(&[("updated", 2)]);
    let ending = format!("/{}.png", blake3::hash(b"another picture").to_hex());
    assert!(world.meetings().iter().all(|meeting| meeting.lobby.as_ref().unwrap().images[0].url.ends_with(&ending)));
}

#[test]
fn one_meeting_goes_first_and_a_server_that_adds_none_either_keeps_the_other_lobbies() {
    for script in [IGNORED, IN_SILENCE] {
        let world = changed(12);
        let refuse = "[[fault]]\nmatch = 'POST'\nkind = 'error_code'\ncode = 1617\nstatus = 406\n";
        world.script(&format!("{script}{refuse}"));
        for _ in 0..2 {
            let refreshed = world.refresh();
            assert_eq!((refreshed.code, &refreshed.run["counts"]), (1, &serde_json::json!({ "failed": 12 })));
            let kept = texts(&world).into_iter().flatten().count();
            assert_eq!(kept, 11, "{script}: only one lobby was risked");
            let errors: Vec<_> =
                world.items(&refreshed.run).iter().map(|item| item["error"].as_str().unwrap().to_owned()).collect();
            assert!(
                errors.iter().filter(|error| error.contains("is not taken away to be added anew")).count() == 11,
                "{errors:?}"
            );
        }
        world.run(&["why", "lectures"]).expect(0, "so lobbies are left as they are until it adds that one");
        let mails: Vec<_> = world.mails().iter().map(|mail| mail.replace("=\r\n", "")).collect();
        let of = |words: &str| mails.iter().filter(|mail| mail.contains(words)).count();
        assert!(of("those meetings may show none until the next run adds it") > 0, "{mails:?}");
        // It stands, and is told once.
        let subjects = ["FAILED", "PROBLEM"].map(|word| of(&format!("Subject: [roomkeeper] {word} lectures@")));
        assert_eq!(subjects, [2, 1], "{mails:?}");
        assert_eq!(of("ask whoever runs the server to let it add lobbies again"), 1, "{mails:?}");
        world.run(&["list"]).expect(0, "lectures: the server takes no changes to lobbies: http");
        world.run(&["why", "lectures"]).expect(0, "the server takes no changes to lobbies: http");
        // Once it adds that one, the others follow; those go by the same run or the next.
        world.script(script);
        world.refresh();
        let last = world.refresh();
        assert_eq!(last.code, 0, "{last:?}");
        assert!(all_say(&world, "Good morning"), "{:?}", texts(&world));
        assert!(!world.run(&["list"]).out.contains("takes no changes"), "{script}");
    }
}

#[test]
fn a_server_that_takes_no_changes_and_is_mended_is_a_trouble_no_more() {
    let world = changed(3);
    world.script(&format!("{IGNORED}[[fault]]\nmatch = 'POST'\nkind = 'error_code'\ncode = 1617\nstatus = 406\n"));
    world.refresh();
    world.run(&["list"]).expect(0, "the server takes no changes to lobbies");
    // It reads updates now; that it adds a lobby was not seen.
    world.script("[[fault]]\nmatch = 'POST'\nkind = 'error_code'\ncode = 1617\nstatus = 406\n");
    let mended = world.refresh();
    assert_eq!(mended.run["counts"]["updated"], 2, "{mended:?}");
    assert_eq!(mended.run["counts"]["failed"], 1, "{mended:?}");
    assert!(!world.run(&["list"]).out.contains("takes no changes"));
    world.script("");
    assert_eq!(world.refresh().code, 0);
}

#[test]
fn a_server_that_never_shows_what_is_wanted_does_not_lose_lobbies_again_and_again() {
    let world = World::with_upcoming(3);
    world.configure("lobby = { messages = ['Hello there'] }");
    world.refresh().expect(&[("added", 3)]);
    world.write("a.mp3", "sound");
    // The sound is dropped each time: the lobby is never as wanted, and the same before an update, after it, and added anew.
    world.script(&format!("{IN_SILENCE}max_files = 0"));
    world.configure("lobby = { messages = ['Hello there'], audio = 'a.mp3' }");
    let first = world.refresh();
    assert_eq!((first.code, first.sent[2]), (1, 1), "{first:?}");
    for _ in 0..2 {
        let again = world.refresh();
        assert_eq!((again.code, again.sent), (1, [0, 3, 0]), "{again:?}");
    }
    assert!(all_say(&world, "Hello there"), "{:?}", texts(&world));
}

/// Runs the job until the kill, and then to its end.
fn killed_when(world: &World, what: impl Fn() -> bool) {
    let mut child = world.start_refresh();
    wait_for(|| what() || child.try_wait().unwrap().is_some());
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(world.refresh().code, 0);
}

#[test]
fn killed_between_taking_away_and_adding_the_next_start_ends_in_one_lobby() {
    for (script, fault) in [
        // After the DELETE was answered, while the POST hangs; before it has arrived, and after.
        (IGNORED, "match = 'POST'\nkind = 'stall_before'\nfirst = 1\nfor_ms = 60000"),
        (IN_SILENCE, "match = 'POST'\nkind = 'stall_after'\nfirst = 1\nfor_ms = 60000"),
        // The DELETE is carried out, and its reply never comes.
        (IN_SILENCE, "match = 'DELETE'\nkind = 'stall_after'\nfirst = 1\nfor_ms = 60000"),
        // It is not carried out.
        (IGNORED, "match = 'DELETE'\nkind = 'stall_before'\nfirst = 1\nfor_ms = 60000"),
    ] {
        let world = changed(1);
        world.script(&format!("{script}[[fault]]\n{fault}"));
        let is_post = fault.contains("POST");
        let (writes, effects) = (world.writes(), world.lobby_effects());
        killed_when(&world, || {
            let now = world.writes();
            if is_post { now[0] > writes[0] } else { now[2] > writes[2] }
        });
        assert!(all_say(&world, "Good morning"), "{fault}: {:?}", texts(&world));
        let [added, updated, removed] = world.lobby_effects();
        assert_eq!((added - effects[0], updated, removed), (1, 0, 1), "{fault}");
        let items = world.items(&world.run(&["history", "--json"]).json()[1]);
        assert_eq!(items[0]["status"], "updated", "{fault}: {items:?}");
    }
}

#[test]
fn killed_at_random_moments_with_replies_that_are_lost_each_meeting_has_one_lobby() {
    for (script, seed) in [(IGNORED, 3), (IN_SILENCE, 4)] {
        let world = changed(40);
        world.script(&format!("{script}{}", super::world::LOSSES));
        world.kill_at_random(&["run", "lectures"], 8, 60, seed);
        wait_for(|| world.refresh().code == 0);
        assert!(all_say(&world, "Good morning"), "{:?}", texts(&world));
        // Each meeting's lobby was taken away, and added after that; never twice in a row.
        for (meeting, kinds) in world.effects_by_meeting() {
            let alternate = kinds.chunks(2).all(|pair| {
                pair[0] == EffectKind::LobbyAdded && pair.get(1).is_none_or(|kind| *kind == EffectKind::LobbyRemoved)
            });
            assert!(alternate && kinds.len() % 2 == 1, "{meeting}: {kinds:?}");
        }
        world.script(script);
        let again = world.refresh();
        again.expect(&[("unchanged", 40)]);
        assert_eq!(again.sent, [0, 0, 0]);
    }
}

#[test]
fn a_run_that_ends_between_says_that_the_lobby_was_taken_away_and_the_next_one_adds_it() {
    let world = changed(1);
    world.script(&format!("{IGNORED}[[fault]]\nmatch = 'POST'\nkind = 'busy_429'\nretry_after = 3600"));
    let before = world.writes();
    let mut child = world.start_refresh();
    wait_for(|| world.writes()[0] > before[0]);
    // The first Ctrl-C ends the run.
    rustix::process::kill_process(rustix::process::Pid::from_child(&child), rustix::process::Signal::INT).unwrap();
    child.wait().unwrap();
    let item = &world.items(&world.run(&["history", "--json"]).json()[0])[0];
    let error = item["error"].as_str().unwrap();
    assert_eq!(item["status"], "unknown", "{item}");
    assert!(error.contains("begun, and not finished") && error.contains("taken away, to be added anew"), "{error}");
    assert_eq!(texts(&world), [None]);
    world.script(IGNORED);
    assert_eq!(world.refresh().code, 0);
    assert!(all_say(&world, "Good morning"));
}
