//! A server that does not read a form with a PATCH, as most PHP servers do: the lobby is taken away and added anew, and whatever
//! happens in between, each meeting has one lobby in the end.

use roomkeeper::sandbox::EffectKind;

use crate::by_hand;
use crate::refreshing::{LOSSES, LobbyEffects, NO_EFFECTS, with_upcoming};
use crate::site::{Site, Writes, wait_until};

const IGNORED: &str = "patch_form = 'ignored'\n";
const IN_SILENCE: &str = "patch_form = 'ignored_in_silence'\n";

/// A site whose meetings show `Hello there`, and whose configuration wants something else.
fn changed(meetings: usize) -> Site {
    let site = with_upcoming(meetings);
    site.configure_job("lobby = { messages = ['Hello there'] }");
    site.refresh().expect(&[("added", meetings as u64)]);
    site.configure_job("lobby = { messages = ['Good morning'] }");
    site
}

fn texts(site: &Site) -> Vec<Option<String>> {
    site.meetings().into_iter().map(|meeting| meeting.lobby.map(|lobby| lobby.messages.join(" / "))).collect()
}

fn all_say(site: &Site, text: &str) -> bool {
    texts(site).iter().all(|shown| shown.as_deref() == Some(text))
}

#[test]
fn where_an_update_is_not_read_lobbies_are_added_anew_and_the_next_run_knows_that() {
    for script in [IGNORED, IN_SILENCE] {
        let site = changed(20);
        site.script(script);
        let first = site.refresh();
        first.expect(&[("updated", 20)]);
        assert!(all_say(&site, "Good morning"), "{:?}", texts(&site));
        assert_eq!(
            (first.sent.posts, first.sent.deletes, site.lobby_effects()),
            (20, 20, LobbyEffects { added: 40, removed: 20, ..NO_EFFECTS }),
            "{script}"
        );
        let shown = site.run(&["show", first.run["run"].as_str().unwrap()]);
        shown.expect(0, "the server does not read changes to a lobby");
        shown.expect(0, "the lobby was taken away, to be added anew");
        let mail = site.mails().pop().unwrap().replace("=\r\n", "");
        assert!(mail.contains("20 lobbies were taken away and added anew, since the server does not read"), "{mail}");

        let why = site.run(&["why", "lectures"]);
        why.expect(0, "does not read changes to a lobby, so lobbies are taken away and added anew (seen ");
        let why = site.run(&["why", "lectures", "--json"]).json();
        let [habit] = why.as_array().unwrap().as_slice() else { panic!("{why}") };
        assert_eq!((habit["reason"].as_str(), habit["due"].as_str()), (Some("lobby_update"), None));
        assert_eq!(habit["detail"], "does not read changes to a lobby, so lobbies are taken away and added anew");
        assert!(habit["subject"].as_str().unwrap().starts_with("http") && habit["since"].is_string(), "{habit}");

        let again = site.refresh();
        again.expect(&[("unchanged", 20)]);
        assert_eq!(again.sent, Writes::NONE, "{script}");

        // No update is tried any more, until a week has passed.
        site.configure_job("lobby = { messages = ['Good night'] }");
        let known = site.refresh();
        known.expect(&[("updated", 20)]);
        assert_eq!(known.sent, Writes { posts: 20, deletes: 20, ..Writes::NONE }, "{script}");
        assert_eq!(by_hand::age_habits(&site.path("state"), 8), 1);
        site.script("");
        site.configure_job("lobby = { messages = ['Good evening'] }");
        let mended = site.refresh();
        mended.expect(&[("updated", 20)]);
        assert_eq!(mended.sent, Writes::patches(20), "{script}");
    }
}

#[test]
fn a_picture_of_the_same_name_is_not_called_updated_where_the_update_was_not_read() {
    let site = with_upcoming(2);
    site.write("campus.png", "a picture");
    site.configure_job("lobby = { images = [{ file = 'campus.png' }] }");
    site.refresh().expect(&[("added", 2)]);
    site.write("campus.png", "another picture");
    site.script(IN_SILENCE);
    site.refresh().expect(&[("updated", 2)]);
    let ending = format!("/{}.png", blake3::hash(b"another picture").to_hex());
    assert!(site.meetings().iter().all(|meeting| meeting.lobby.as_ref().unwrap().images[0].url.ends_with(&ending)));
}

#[test]
fn one_meeting_goes_first_and_a_server_that_adds_none_either_keeps_the_other_lobbies() {
    for script in [IGNORED, IN_SILENCE] {
        let site = changed(12);
        let refuse = "[[fault]]\nmatch = 'POST'\nkind = 'error_code'\ncode = 1617\nstatus = 406\n";
        site.script(&format!("{script}{refuse}"));
        for _ in 0..2 {
            let refreshed = site.refresh();
            assert_eq!((refreshed.code, &refreshed.run["counts"]), (1, &serde_json::json!({ "failed": 12 })));
            let kept = texts(&site).into_iter().flatten().count();
            assert_eq!(kept, 11, "{script}: only one lobby was risked");
            let errors: Vec<_> =
                site.items(&refreshed.run).iter().map(|item| item["error"].as_str().unwrap().to_owned()).collect();
            assert!(
                errors.iter().filter(|error| error.contains("is not taken away to be added anew")).count() == 11,
                "{errors:?}"
            );
        }
        site.run(&["why", "lectures"]).expect(0, "so lobbies are left as they are until it adds that one");
        let mails: Vec<_> = site.mails().iter().map(|mail| mail.replace("=\r\n", "")).collect();
        let of = |words: &str| mails.iter().filter(|mail| mail.contains(words)).count();
        assert!(of("those meetings may show none until the next run adds it") > 0, "{mails:?}");
        // It stands, and is told once.
        let subjects = ["FAILED", "PROBLEM"].map(|word| of(&format!("Subject: [roomkeeper] {word} lectures@")));
        assert_eq!(subjects, [2, 1], "{mails:?}");
        assert_eq!(of("ask whoever runs the server to let it add lobbies again"), 1, "{mails:?}");
        site.run(&["list"]).expect(0, "lectures: the server takes no changes to lobbies: http");
        site.run(&["why", "lectures"]).expect(0, "the server takes no changes to lobbies: http");
        // Once it adds that one, the others follow; those go by the same run or the next.
        site.script(script);
        site.refresh();
        let last = site.refresh();
        assert_eq!(last.code, 0, "{last:?}");
        assert!(all_say(&site, "Good morning"), "{:?}", texts(&site));
        assert!(!site.run(&["list"]).out.contains("takes no changes"), "{script}");
    }
}

#[test]
fn a_server_that_takes_no_changes_and_is_mended_is_a_trouble_no_more() {
    let site = changed(3);
    site.script(&format!("{IGNORED}[[fault]]\nmatch = 'POST'\nkind = 'error_code'\ncode = 1617\nstatus = 406\n"));
    site.refresh();
    site.run(&["list"]).expect(0, "the server takes no changes to lobbies");
    // It reads updates now; that it adds a lobby was not seen.
    site.script("[[fault]]\nmatch = 'POST'\nkind = 'error_code'\ncode = 1617\nstatus = 406\n");
    let mended = site.refresh();
    assert_eq!(mended.run["counts"]["updated"], 2, "{mended:?}");
    assert_eq!(mended.run["counts"]["failed"], 1, "{mended:?}");
    assert!(!site.run(&["list"]).out.contains("takes no changes"));
    site.script("");
    assert_eq!(site.refresh().code, 0);
}

#[test]
fn a_server_that_never_shows_what_is_wanted_does_not_lose_lobbies_again_and_again() {
    let site = with_upcoming(3);
    site.configure_job("lobby = { messages = ['Hello there'] }");
    site.refresh().expect(&[("added", 3)]);
    site.write("a.mp3", "sound");
    // The sound is dropped each time: the lobby is never as wanted, and the same before an update, after it, and added anew.
    site.script(&format!("{IN_SILENCE}max_files = 0"));
    site.configure_job("lobby = { messages = ['Hello there'], audio = 'a.mp3' }");
    let first = site.refresh();
    assert_eq!((first.code, first.sent.deletes), (1, 1), "{first:?}");
    for _ in 0..2 {
        let again = site.refresh();
        assert_eq!((again.code, again.sent), (1, Writes::patches(3)), "{again:?}");
    }
    assert!(all_say(&site, "Hello there"), "{:?}", texts(&site));
}

/// Runs the job until the kill, and then to its end.
fn killed_when(site: &Site, what: impl Fn() -> bool) {
    let mut child = site.start_refresh();
    wait_until("its moment has come", || what() || child.ended().is_some());
    child.kill();
    assert_eq!(site.refresh().code, 0);
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
        let site = changed(1);
        site.script(&format!("{script}[[fault]]\n{fault}"));
        let is_post = fault.contains("POST");
        let (writes, effects) = (site.writes(), site.lobby_effects());
        killed_when(&site, || {
            let now = site.writes();
            if is_post { now.posts > writes.posts } else { now.deletes > writes.deletes }
        });
        assert!(all_say(&site, "Good morning"), "{fault}: {:?}", texts(&site));
        let LobbyEffects { added, updated, removed } = site.lobby_effects();
        assert_eq!((added - effects.added, updated, removed), (1, 0, 1), "{fault}");
        let items = site.items(&site.run(&["history", "--json"]).json()[1]);
        assert_eq!(items[0]["status"], "updated", "{fault}: {items:?}");
    }
}

#[test]
fn killed_at_random_moments_with_replies_that_are_lost_each_meeting_has_one_lobby() {
    for (script, seed) in [(IGNORED, 3), (IN_SILENCE, 4)] {
        let site = changed(40);
        site.script(&format!("{script}{}", LOSSES));
        site.kill_at_random(&["run", "lectures"], 8, 60, seed);
        wait_until("a run comes through", || site.refresh().code == 0);
        assert!(all_say(&site, "Good morning"), "{:?}", texts(&site));
        // Each meeting's lobby was taken away, and added after that; never twice in a row.
        for (meeting, kinds) in site.effects_by_meeting() {
            let alternate = kinds.chunks(2).all(|pair| {
                pair[0] == EffectKind::LobbyAdded && pair.get(1).is_none_or(|kind| *kind == EffectKind::LobbyRemoved)
            });
            assert!(alternate && kinds.len() % 2 == 1, "{meeting}: {kinds:?}");
        }
        site.script(script);
        let again = site.refresh();
        again.expect(&[("unchanged", 40)]);
        assert_eq!(again.sent, Writes::NONE);
    }
}

#[test]
fn a_run_that_ends_between_says_that_the_lobby_was_taken_away_and_the_next_one_adds_it() {
    let site = changed(1);
    site.script(&format!("{IGNORED}[[fault]]\nmatch = 'POST'\nkind = 'busy_429'\nretry_after = 3600"));
    let before = site.writes();
    let mut child = site.start_refresh();
    wait_until("a lobby is being added", || site.writes().posts > before.posts);
    // The first Ctrl-C ends the run.
    child.signal(rustix::process::Signal::INT);
    child.wait();
    let item = &site.items(&site.run(&["history", "--json"]).json()[0])[0];
    let error = item["error"].as_str().unwrap();
    assert_eq!(item["status"], "unknown", "{item}");
    assert!(error.contains("begun, and not finished") && error.contains("taken away, to be added anew"), "{error}");
    assert_eq!(texts(&site), [None]);
    site.script(IGNORED);
    assert_eq!(site.refresh().code, 0);
    assert!(all_say(&site, "Good morning"));
}
