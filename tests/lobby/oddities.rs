//! What is strange is told in words: texts that do not fit, meetings that vanish, selections that choose nothing.

use roomkeeper::sandbox::Options;

use super::world::{World, wait_for};

#[test]
fn a_message_that_does_not_fit_once_it_is_filled_in_is_invalid_before_anything_is_sent() {
    let world = World::with_upcoming(8);
    let long = "x".repeat(86);
    world.configure(&format!("lobby = {{ messages = ['{long} {{room_name}}'] }}"));
    let refreshed = world.refresh();
    // `Lecture 000000` and `Seminar 000001` have 14 characters, the two others more.
    assert_eq!((refreshed.code, refreshed.sent), (1, [0, 0, 0]), "{refreshed:?}");
    let items = world.items(&refreshed.run);
    assert_eq!(items.len(), 8);
    for item in items {
        let error = item["error"].as_str().unwrap();
        assert_eq!((item["status"].as_str(), item["code"].as_i64()), (Some("invalid"), Some(2433)), "{item}");
        assert!(error.starts_with("message 1 has 10") && error.contains("may have 5 to 100"), "{item}");
    }
    world.configure(&format!("lobby = {{ messages = ['{} {{room_name}}'] }}", "x".repeat(85)));
    let refreshed = world.refresh();
    assert_eq!((refreshed.code, refreshed.sent), (3, [4, 0, 0]), "{refreshed:?}");
}

#[test]
fn a_meeting_that_vanishes_between_the_list_and_the_request_is_skipped_in_words() {
    let world = World::with_upcoming(1);
    world.configure("lobby = { messages = ['Hello there'] }");
    world.script("[[fault]]\nmatch = 'POST'\nkind = 'busy_429'\nfirst = 1\nretry_after = 2");
    let mut child = world.start_refresh();
    wait_for(|| world.writes()[0] == 1);
    world.cancel(&world.meetings()[0].meeting_id);
    assert!(child.wait().unwrap().success());
    let history = world.run(&["history", "--json"]).json();
    let item = &world.items(&history[0])[0];
    assert_eq!(item["status"], "skipped", "{item}");
    assert!(item["error"].as_str().unwrap().contains("not on the server any more"), "{item}");
}

#[test]
fn one_lobby_that_the_server_cannot_tell_does_not_hold_up_the_others() {
    let world = World::with_upcoming(8);
    world.configure("lobby = { messages = ['Hello there'] }");
    let config = std::fs::read_to_string(world.path("config.toml")).unwrap();
    world.write("config.toml", config.replace("max_attempts = 8", "max_attempts = 2"));
    let bad = world.meetings()[3].clone();
    let id = &bad.meeting_id;
    world.script(&format!("[[fault]]\nmatch = 'GET /meetings/{id}/lobby'\nkind = 'http_500_before'\nevery = 1"));
    let refreshed = world.refresh();
    assert_eq!((refreshed.code, refreshed.sent), (3, [7, 0, 0]), "{refreshed:?}");
    let items = world.items(&refreshed.run);
    let failed: Vec<_> = items.iter().filter(|item| item["status"] == "failed").collect();
    let [item] = failed.as_slice() else { panic!("{items:?}") };
    assert!(item["label"].as_str().unwrap().starts_with(&bad.room_name), "{item}");
    assert!(item["error"].as_str().unwrap().contains("could not be read"), "{item}");
}

#[test]
fn a_lobby_that_vanishes_between_the_look_and_the_request_is_added_anew() {
    let world = World::with_upcoming(1);
    world.configure("lobby = { messages = ['Hello there'] }");
    world.refresh().expect(&[("added", 1)]);
    world.configure("lobby = { messages = ['Good morning'] }");
    let gone = "[[fault]]\nmatch = 'PATCH'\nkind = 'error_code'\ncode = 0\nstatus = 404\nfirst = 1";
    world.script(gone);
    world.refresh().expect(&[("updated", 1)]);
    assert_eq!(world.lobby_effects(), [1, 1, 0]);
}

#[test]
fn a_selection_that_chooses_nothing_is_a_success_that_says_so() {
    let world = World::with_upcoming(3);
    world.configure("lobby = { messages = ['Hello there'] }\nselect = { room_name = 'Nothing*' }");
    let refreshed = world.refresh();
    refreshed.expect(&[]);
    assert_eq!(refreshed.run["outcome"], "succeeded");
    let mail = world.mails().pop().unwrap();
    assert!(mail.contains("No meeting is selected"), "{mail}");
    assert!(mail.contains("Subject: [roomkeeper] OK"), "{mail}");
}

#[test]
fn many_meetings_that_are_all_gone_are_a_warning_in_the_mail() {
    let world = World::with_upcoming(12);
    world.configure("lobby = { messages = ['Hello there'] }");
    world.refresh().expect(&[("added", 12)]);
    world.meetings().iter().for_each(|meeting| world.cancel(&meeting.meeting_id));
    world.refresh().expect(&[]);
    let ran = world.run(&["history", "--json"]).json();
    assert_eq!(ran.as_array().unwrap().len(), 2);
    let told = world.mails().into_iter().filter(|mail| mail.contains("the last run found 12 that are still"));
    assert_eq!(told.count(), 1);
}

#[test]
fn a_file_that_is_gone_refuses_the_run_before_any_lobby_is_touched() {
    let world = World::with(Options { upcoming: 2, ..Options::default() });
    world.write("waiting.mp3", "a sound");
    world.configure("lobby = { audio = 'waiting.mp3' }");
    std::fs::remove_file(world.path("waiting.mp3")).unwrap();
    let ran = world.run(&["run", "lectures"]);
    assert_eq!((ran.code, world.writes()), (1, [0, 0, 0]), "{ran:?}");
    assert!(ran.out.contains("so no lobby was touched") && ran.err.is_empty(), "{ran:?}");
}

#[test]
fn a_server_in_maintenance_in_the_middle_of_a_run_is_waited_for() {
    let world = World::with_upcoming(40);
    world.configure("timeout = '1m'\nlobby = { messages = ['Hello there'] }");
    world.script("[maintenance]\nafter = 60\nfor_ms = 2000\n");
    world.refresh().expect(&[("added", 40)]);
    assert_eq!(world.lobby_effects(), [40, 0, 0]);
}
