//! A server that keeps texts in a form of its own: a lobby is written once, and read by people as it was meant.

use crate::refreshing::with_upcoming;
use crate::site::Writes;

const FORMS: &str = "trim = true\nescape = true\nnumeric = true";

#[test]
fn messages_and_captions_that_the_server_trims_and_escapes_are_written_once() {
    let site = with_upcoming(2);
    site.script(FORMS);
    site.write("campus.png", "a picture");
    for lobby in [
        "messages = [\"\\u200BQ&A: it's <new>\\u200D\", \"\\uFEFFFranc\\u0327ais \\u2800\", '00012']",
        "images = [{ file = 'campus.png', caption = \"\\u200BR&D\\u3164\" }, \
                   { url = 'https://www.example.org/a.png?a=1&b=2', caption = '\"quoted\"' }]",
    ] {
        site.configure_job(&format!("lobby = {{ {lobby} }}"));
        let first = site.refresh();
        assert_eq!((first.code, first.sent.total()), (0, 2), "{first:?}");
        let again = site.refresh();
        again.expect(&[("unchanged", 2)]);
        assert_eq!(again.sent, Writes::NONE, "{lobby}");
    }
    let sent: Vec<_> =
        site.meetings()[0].lobby.clone().unwrap().images.into_iter().map(|image| image.caption).collect();
    assert_eq!(sent, ["R&D", "\"quoted\""]);
}

#[test]
fn what_is_unseen_at_the_ends_is_taken_off_before_it_is_sent_and_before_it_is_counted() {
    let site = with_upcoming(1);
    site.configure_job("lobby = { messages = [\"\\u200BHello\\u200B\\u2800\"] }");
    site.refresh().expect(&[("added", 1)]);
    assert_eq!(site.meetings()[0].lobby.clone().unwrap().messages, ["Hello"]);
    site.configure_job("lobby = { messages = [\"Hi\\u200B\\u200B\\u200B\"] }");
    let ran = site.run(&["check"]);
    ran.expect(4, "has 2 characters");
}

#[test]
fn a_title_that_the_server_escapes_is_chosen_and_filled_in_as_people_wrote_it() {
    let site = with_upcoming(2);
    let [first, second] = site.meetings().try_into().unwrap();
    let rename = |meeting: &str, title: &str| {
        site.ask("PATCH", &format!("/meetings/{meeting}"), &serde_json::json!({ "room_name": title }));
    };
    rename(&first.meeting_id, "R&D <weekly>");
    rename(&second.meeting_id, "Algebra");
    site.script(FORMS);
    site.configure_job("select = { room_name = 'R&D <*' }\nlobby = { messages = ['Welcome to {room_name}'] }");
    let added = site.refresh();
    added.expect(&[("added", 1)]);
    let shown = &site.items(&added.run)[0]["label"];
    assert!(shown.as_str().unwrap().starts_with("R&D <weekly>, "), "{shown}");
    let lobbies: Vec<_> = site.meetings().into_iter().filter_map(|meeting| meeting.lobby).collect();
    assert_eq!((lobbies.len(), lobbies[0].messages.as_slice()), (1, ["Welcome to R&D <weekly>".to_owned()].as_slice()));
    site.refresh().expect(&[("unchanged", 1)]);
}

#[test]
fn zeros_in_front_count_where_the_server_tells_texts() {
    let site = with_upcoming(1);
    let shows = |text: &str| site.configure_job(&format!("lobby = {{ messages = ['{text}'] }}"));
    shows("00012");
    site.refresh().expect(&[("added", 1)]);
    shows("000012");
    site.refresh().expect(&[("updated", 1)]);
    site.script("numeric = true");
    shows("0000012");
    site.refresh().expect(&[("unchanged", 1)]);
}
