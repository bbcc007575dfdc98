//! Oddities are told in words: texts that do not fit, meetings that vanish, selections that choose nothing.

use roomkeeper::sandbox::Options;

use crate::refreshing::{LobbyEffects, NO_EFFECTS, with, with_upcoming};
use crate::site::{Writes, wait_until};

#[test]
fn a_message_that_does_not_fit_once_it_is_filled_in_is_invalid_before_anything_is_sent() {
    let site = with_upcoming(8);
    let long = "x".repeat(86);
    site.configure_job(&format!("lobby = {{ messages = ['{long} {{room_name}}'] }}"));
    let refreshed = site.refresh();
    // `Lecture 000000` and `Seminar 000001` have 14 characters, the two others more.
    assert_eq!((refreshed.code, refreshed.sent), (1, Writes::NONE), "{refreshed:?}");
    let items = site.items(&refreshed.run);
    assert_eq!(items.len(), 8);
    for item in items {
        let error = item["error"].as_str().unwrap();
        assert_eq!((item["status"].as_str(), item["code"].as_i64()), (Some("invalid"), Some(2433)), "{item}");
        assert!(error.starts_with("message 1 has 10") && error.contains("may have 5 to 100"), "{item}");
    }
    site.configure_job(&format!("lobby = {{ messages = ['{} {{room_name}}'] }}", "x".repeat(85)));
    let refreshed = site.refresh();
    assert_eq!((refreshed.code, refreshed.sent), (3, Writes::posts(4)), "{refreshed:?}");
}

#[test]
fn a_meeting_that_vanishes_between_the_list_and_the_request_is_skipped_in_words() {
    let site = with_upcoming(1);
    site.configure_job("lobby = { messages = ['Hello there'] }");
    site.script("[[fault]]\nmatch = 'POST'\nkind = 'busy_429'\nfirst = 1\nretry_after = 2");
    let mut child = site.start_refresh();
    wait_until("the lobby was sent", || site.writes().posts == 1);
    site.cancel(&site.meetings()[0].meeting_id);
    assert!(child.wait().success());
    let history = site.run(&["history", "--json"]).json();
    let item = &site.items(&history[0])[0];
    assert_eq!(item["status"], "skipped", "{item}");
    assert!(item["error"].as_str().unwrap().contains("not on the server any more"), "{item}");
}

#[test]
fn one_lobby_that_the_server_cannot_tell_does_not_hold_up_the_others() {
    let site = with_upcoming(8);
    site.configure_job("lobby = { messages = ['Hello there'] }");
    let config = std::fs::read_to_string(site.path("config.toml")).unwrap();
    site.write("config.toml", config.replace("max_attempts = 8", "max_attempts = 2"));
    let bad = site.meetings()[3].clone();
    let id = &bad.meeting_id;
    site.script(&format!("[[fault]]\nmatch = 'GET /meetings/{id}/lobby'\nkind = 'http_500_before'\nevery = 1"));
    let refreshed = site.refresh();
    assert_eq!((refreshed.code, refreshed.sent), (3, Writes::posts(7)), "{refreshed:?}");
    let items = site.items(&refreshed.run);
    let failed: Vec<_> = items.iter().filter(|item| item["status"] == "failed").collect();
    let [item] = failed.as_slice() else { panic!("{items:?}") };
    assert!(item["label"].as_str().unwrap().starts_with(&bad.room_name), "{item}");
    assert!(item["error"].as_str().unwrap().contains("could not be read"), "{item}");
}

#[test]
fn a_lobby_that_vanishes_between_the_look_and_the_request_is_added_anew() {
    let site = with_upcoming(1);
    site.configure_job("lobby = { messages = ['Hello there'] }");
    site.refresh().expect(&[("added", 1)]);
    site.configure_job("lobby = { messages = ['Good morning'] }");
    let gone = "[[fault]]\nmatch = 'PATCH'\nkind = 'error_code'\ncode = 0\nstatus = 404\nfirst = 1";
    site.script(gone);
    site.refresh().expect(&[("updated", 1)]);
    assert_eq!(site.lobby_effects(), LobbyEffects { added: 1, updated: 1, ..NO_EFFECTS });
}

#[test]
fn a_selection_that_chooses_nothing_is_a_success_that_says_so() {
    let site = with_upcoming(3);
    site.configure_job("lobby = { messages = ['Hello there'] }\nselect = { room_name = 'Nothing*' }");
    let refreshed = site.refresh();
    refreshed.expect(&[]);
    assert_eq!(refreshed.run["outcome"], "succeeded");
    let mail = site.mails().pop().unwrap();
    assert!(mail.contains("No meeting is selected"), "{mail}");
    assert!(mail.contains("Subject: [roomkeeper] OK"), "{mail}");
}

#[test]
fn many_meetings_that_are_all_gone_are_a_warning_in_the_mail() {
    let site = with_upcoming(12);
    site.configure_job("lobby = { messages = ['Hello there'] }");
    site.refresh().expect(&[("added", 12)]);
    site.meetings().iter().for_each(|meeting| site.cancel(&meeting.meeting_id));
    site.refresh().expect(&[]);
    let ran = site.run(&["history", "--json"]).json();
    assert_eq!(ran.as_array().unwrap().len(), 2);
    let told = site.mails().into_iter().filter(|mail| mail.contains("the last run found 12 that are still"));
    assert_eq!(told.count(), 1);
}

#[test]
fn a_file_that_is_gone_refuses_the_run_before_any_lobby_is_touched() {
    let site = with(Options { upcoming: 2, ..Options::default() });
    site.write("waiting.mp3", "a sound");
    site.configure_job("lobby = { audio = 'waiting.mp3' }");
    std::fs::remove_file(site.path("waiting.mp3")).unwrap();
    let ran = site.run(&["run", "lectures"]);
    assert_eq!((ran.code, site.writes()), (1, Writes::NONE), "{ran:?}");
    assert!(ran.out.contains("so no lobby was touched"), "{ran:?}");
    // Nothing but what was expected of it.
    assert!(ran.err.lines().all(|line| line.starts_with("lectures: sends ")), "{ran:?}");
}

#[test]
fn a_server_in_maintenance_in_the_middle_of_a_run_is_waited_for() {
    let site = with_upcoming(40);
    site.configure_job("timeout = '1m'\nlobby = { messages = ['Hello there'] }");
    site.script("[maintenance]\nafter = 60\nfor_ms = 2000\n");
    site.refresh().expect(&[("added", 40)]);
    assert_eq!(site.lobby_effects(), LobbyEffects { added: 40, ..NO_EFFECTS });
}
