//! A server that keeps some files of a lobby and drops the others in silence: that is told, and never called a success.

use crate::refreshing::with_upcoming;
use crate::site::{Site, Writes};

fn pictures(site: &Site, count: usize, caption: impl Fn(usize) -> String) -> String {
    for n in 1..=count {
        site.write(&format!("p{n}.png"), format!("picture {n}"));
    }
    let each: Vec<_> = (1..=count).map(|n| format!("{{ file = 'p{n}.png'{} }}", caption(n))).collect();
    format!("images = [{}]", each.join(", "))
}

#[test]
fn pictures_that_the_server_dropped_are_a_failure_that_names_them_each_time() {
    let site = with_upcoming(1);
    let images = pictures(&site, 25, |n| format!(", caption = 'Picture {n}'"));
    site.configure_job(&format!("lobby = {{ {images} }}"));
    site.run(&["check"]).expect(0, "the lobby has 25 files, and many servers keep 20 and drop the rest in silence");
    site.script("max_files = 20");
    for _ in 0..2 {
        let refreshed = site.refresh();
        assert_eq!(refreshed.code, 1, "{refreshed:?}");
        let item = &site.items(&refreshed.run)[0];
        let error = item["error"].as_str().unwrap();
        assert_eq!(item["status"], "failed", "{item}");
        assert!(error.contains("did not keep these files: ") && error.contains("p25.png"), "{error}");
        let named = (1..=25).filter(|n| error.contains(&format!("/p{n}.png"))).collect::<Vec<_>>();
        assert_eq!(named, [21, 22, 23, 24, 25], "{error}");
        let mail = site.mails().pop().unwrap().replace("=\r\n", "");
        assert!(mail.contains("did not keep these files"), "{mail}");
    }
    // Where the limit was raised, the next run has them all.
    site.script("");
    site.refresh().expect(&[("updated", 1)]);
    site.refresh().expect(&[("unchanged", 1)]);
    // And it is seen when they vanish later.
    site.script("max_files = 20");
    let unchanged = site.refresh();
    unchanged.expect(&[("unchanged", 1)]);
    assert_eq!(unchanged.sent, Writes::NONE);
}

#[test]
fn a_list_that_comes_back_shorter_is_a_failure_and_so_is_a_sound_that_was_dropped() {
    let site = with_upcoming(1);
    site.write("waiting.mp3", "a sound");
    // Without a caption nothing is left of an entry whose file was dropped.
    let images = pictures(&site, 4, |_| String::new());
    for (lobby, most, missing) in [
        (format!("{images}, audio = 'waiting.mp3'"), 4, "this file: "),
        ("messages = ['Hello there'], audio = 'waiting.mp3'".to_owned(), 0, "this file: "),
        (images, 2, "these files: "),
    ] {
        site.script(&format!("max_files = {most}"));
        site.configure_job(&format!("lobby = {{ {lobby} }}"));
        let refreshed = site.refresh();
        assert_eq!(refreshed.code, 1, "{refreshed:?}");
        let error = site.items(&refreshed.run)[0]["error"].as_str().unwrap().to_owned();
        assert!(error.contains(&format!("did not keep {missing}")), "{lobby}: {error}");
        assert_eq!(error.contains("waiting.mp3"), missing == "this file: ", "{error}");
    }
}

/// Runs the job, which fails for all its meetings, as these pictures are not kept; returns the writes and the mail.
fn dropped(site: &Site, names: &[&str]) -> (Writes, String) {
    let refreshed = site.refresh();
    let items = site.items(&refreshed.run);
    assert_eq!(refreshed.code, 1, "{refreshed:?}");
    for item in &items {
        let error = item["error"].as_str().unwrap();
        assert!(
            item["status"] == "failed" && error.starts_with("the server took the lobby, and did not keep"),
            "{item}"
        );
        assert!(names.iter().all(|name| error.contains(name)), "{error}");
    }
    (refreshed.sent, site.mails().pop().unwrap().replace("=\r\n", ""))
}

/// Fails where any of the meetings has no lobby, or lobbies are called lost.
#[track_caller]
fn nothing_is_lost(site: &Site, mail: &str, what: &str) {
    assert!(site.meetings().iter().all(|meeting| meeting.lobby.is_some()), "{what}");
    assert!(!mail.contains("may show none"), "{what}: {mail}");
    assert!(!site.run(&["list"]).out.contains("takes no changes"), "{what}");
    assert!(!site.run(&["why", "lectures"]).out.contains("did not add"), "{what}");
}

const READS: &str = "";
const IGNORED: &str = "patch_form = 'ignored'\n";
const IN_SILENCE: &str = "patch_form = 'ignored_in_silence'\n";

#[test]
fn a_lobby_is_not_taken_away_for_pictures_that_the_server_does_not_keep() {
    for (script, caption) in [READS, IGNORED, IN_SILENCE].into_iter().flat_map(|script| [(script, ""), (script, "C")]) {
        let site = with_upcoming(3);
        let caption = |n| if caption.is_empty() { String::new() } else { format!(", caption = '{caption}{n}'") };
        let images = pictures(&site, 4, caption);
        site.configure_job(&format!("lobby = {{ {images} }}"));
        site.script(&format!("{script}max_files = 2"));
        for run in 0..4 {
            let (sent, mail) = dropped(&site, &["p3.png", "p4.png"]);
            assert_eq!(sent, if run == 0 { Writes::posts(3) } else { Writes::patches(3) }, "{script} {run}");
            nothing_is_lost(&site, &mail, script);
        }
        // A server that keeps them now, and reads changes, has them by the next run; else once that lobby is taken away.
        site.script(script);
        if script == READS {
            site.refresh().expect(&[("updated", 3)]);
        } else {
            let (sent, mail) = dropped(&site, &["take this lobby away on the server"]);
            assert_eq!(sent, Writes::patches(3), "{script}");
            nothing_is_lost(&site, &mail, script);
            for meeting in site.meetings() {
                site.ask("DELETE", &format!("/meetings/{}/lobby", meeting.meeting_id), &serde_json::Value::Null);
            }
            site.refresh().expect(&[("added", 3)]);
        }
        let again = site.refresh();
        again.expect(&[("unchanged", 3)]);
        assert_eq!(again.sent, Writes::NONE, "{script}");
    }
}

#[test]
fn a_server_that_is_known_to_want_lobbies_anew_takes_each_away_once_for_a_new_lobby() {
    for script in [IGNORED, IN_SILENCE] {
        let site = with_upcoming(3);
        site.configure_job("lobby = { messages = ['Hello there'] }");
        site.refresh().expect(&[("added", 3)]);
        site.script(&format!("{script}max_files = 2"));
        let lobby =
            |n: usize| format!("lobby = {{ {} }}", pictures(&site, n, |n| format!(", caption = 'Picture {n}'")));
        site.configure_job(&lobby(3));
        let (sent, mail) = dropped(&site, &["p3.png"]);
        assert_eq!((sent.posts, sent.deletes), (3, 3), "{script}");
        nothing_is_lost(&site, &mail, script);
        for _ in 0..2 {
            let (sent, mail) = dropped(&site, &["p3.png", "take this lobby away on the server"]);
            assert_eq!(sent, Writes::NONE, "{script}");
            nothing_is_lost(&site, &mail, script);
        }
        // Another lobby is another matter.
        site.configure_job(&lobby(2));
        let fewer = site.refresh();
        fewer.expect(&[("updated", 3)]);
        assert_eq!(fewer.sent, Writes { posts: 3, deletes: 3, ..Writes::NONE }, "{script}");
    }
}

#[test]
fn more_pictures_than_servers_keep_are_not_taken_for_an_update_that_was_not_read() {
    let site = with_upcoming(2);
    site.script("max_files = 20");
    site.configure_job(&format!("lobby = {{ {} }}", pictures(&site, 20, |_| String::new())));
    site.refresh().expect(&[("added", 2)]);
    // Without a caption nothing comes of the others, so the update leaves the lobby as it was.
    site.configure_job(&format!("lobby = {{ {} }}", pictures(&site, 23, |_| String::new())));
    for _ in 0..3 {
        let (sent, mail) = dropped(&site, &["p21.png", "p22.png", "p23.png"]);
        assert_eq!(sent, Writes::patches(2));
        nothing_is_lost(&site, &mail, "more");
    }
}

#[test]
fn pictures_that_were_dropped_when_the_reply_was_lost_take_no_lobby_away() {
    for script in [READS, IGNORED, IN_SILENCE] {
        let site = with_upcoming(1);
        site.configure_job(&format!("lobby = {{ {} }}", pictures(&site, 4, |_| String::new())));
        site.script(&format!("{script}max_files = 2\n[[fault]]\nmatch = 'POST'\nkind = 'reset_after'\nfirst = 1"));
        for _ in 0..3 {
            let (sent, mail) = dropped(&site, &["p3.png", "p4.png"]);
            assert_eq!((sent.deletes, site.lobby_effects().removed), (0, 0), "{script}");
            nothing_is_lost(&site, &mail, script);
        }
    }
}

#[test]
fn a_lobby_that_the_server_refuses_to_take_away_is_not_called_lost() {
    let site = with_upcoming(2);
    site.configure_job("lobby = { messages = ['Hello there'] }");
    site.refresh().expect(&[("added", 2)]);
    site.configure_job("lobby = { messages = ['Good morning'] }");
    site.script(&format!("{IGNORED}[[fault]]\nmatch = 'DELETE'\nkind = 'error_code'\ncode = 1617\nstatus = 406"));
    let refreshed = site.refresh();
    assert_eq!(refreshed.code, 1, "{refreshed:?}");
    for item in site.items(&refreshed.run) {
        assert!(
            item["error"].as_str().unwrap().starts_with("the lobby could not be taken away, and is as it was"),
            "{item}"
        );
    }
    nothing_is_lost(&site, &site.mails().pop().unwrap().replace("=\r\n", ""), "refused");
}
