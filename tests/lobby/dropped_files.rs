//! A server that keeps some files of a lobby and drops the others in silence: that is told, and never called a success.

use super::world::World;

fn pictures(world: &World, count: usize, caption: impl Fn(usize) -> String) -> String {
    for n in 1..=count {
        world.write(&format!("p{n}.png"), format!("picture {n}"));
    }
    let each: Vec<_> = (1..=count).map(|n| format!("{{ file = 'p{n}.png'{} }}", caption(n))).collect();
    format!("images = [{}]", each.join(", "))
}

#[test]
fn pictures_that_the_server_dropped_are_a_failure_that_names_them_each_time() {
    let world = World::with_upcoming(1);
    let images = pictures(&world, 25, |n| format!(", caption = 'Picture {n}'"));
    world.configure(&format!("lobby = {{ {images} }}"));
    world.run(&["check"]).expect(0, "the lobby has 25 files, and many servers keep 20 and drop the rest in silence");
    world.script("max_files = 20");
    for _ in 0..2 {
        let refreshed = world.refresh();
        assert_eq!(refreshed.code, 1, "{refreshed:?}");
        let item = &world.items(&refreshed.run)[0];
        let error = item["error"].as_str().unwrap();
        assert_eq!(item["status"], "failed", "{item}");
        assert!(error.contains("did not keep these files: ") && error.contains("p25.png"), "{error}");
        let named = (1..=25).filter(|n| error.contains(&format!("/p{n}.png"))).collect::<Vec<_>>();
        assert_eq!(named, [21, 22, 23, 24, 25], "{error}");
        let mail = world.mails().pop().unwrap().replace("=\r\n", "");
        assert!(mail.contains("did not keep these files"), "{mail}");
    }
    // Where the limit was raised, the next run has them all.
    world.script("");
    world.refresh().expect(&[("updated", 1)]);
    world.refresh().expect(&[("unchanged", 1)]);
    // And it is seen when they vanish later.
    world.script("max_files = 20");
    let unchanged = world.refresh();
    unchanged.expect(&[("unchanged", 1)]);
    assert_eq!(unchanged.sent, [0, 0, 0]);
}

#[test]
fn a_list_that_comes_back_shorter_is_a_failure_and_so_is_a_sound_that_was_dropped() {
    let world = World::with_upcoming(1);
    world.write("waiting.mp3", "a sound");
    // Without a caption nothing is left of an entry whose file was dropped.
    let images = pictures(&world, 4, |_| String::new());
    for (lobby, most, missing) in [
        (format!("{images}, audio = 'waiting.mp3'"), 4, "this file: "),
        ("messages = ['Hello there'], audio = 'waiting.mp3'".to_owned(), 0, "this file: "),
        (images, 2, "these files: "),
    ] {
        world.script(&format!("max_files = {most}"));
        world.configure(&format!("lobby = {{ {lobby} }}"));
        let refreshed = world.refresh();
        assert_eq!(refreshed.code, 1, "{refreshed:?}");
        let error = world.items(&refreshed.run)[0]["error"].as_str().unwrap().to_owned();
        assert!(error.contains(&format!("did not keep {missing}")), "{lobby}: {error}");
        assert_eq!(error.contains("waiting.mp3"), missing == "this file: ", "{error}");
    }
}

/// Runs the job, which fails for all its meetings, as these pictures are not kept; returns the writes and the mail.
fn dropped(world: &World, names: &[&str]) -> ([u64; 3], String) {
    let refreshed = world.refresh();
    let items = world.items(&refreshed.run);
    assert_eq!(refreshed.code, 1, "{refreshed:?}");
    for item in &items {
        let error = item["error"].as_str().unwrap();
        assert!(
            item["status"] == "failed" && error.starts_with("the server took the lobby, and did not keep"),
            "{item}"
        );
        assert!(names.iter().all(|name| error.contains(name)), "{error}");
    }
    (refreshed.sent, world.mails().pop().unwrap().replace("=\r\n", ""))
}

/// Fails where any of the meetings has no lobby, or lobbies are called lost.
#[track_caller]
fn nothing_is_lost(world: &World, mail: &str, what: &str) {
    assert!(world.meetings().iter().all(|meeting| meeting.lobby.is_some()), "{what}");
    assert!(!mail.contains("may show none"), "{what}: {mail}");
    assert!(!world.run(&["list"]).out.contains("takes no changes"), "{what}");
    assert!(!world.run(&["why", "lectures"]).out.contains("did not add"), "{what}");
}

const READS: &str = "";
const IGNORED: &str = "patch_form = 'ignored'\n";
const IN_SILENCE: &str = "patch_form = 'ignored_in_silence'\n";

#[test]
fn a_lobby_is_not_taken_away_for_pictures_that_the_server_does_not_keep() {
    for (script, caption) in [READS, IGNORED, IN_SILENCE].into_iter().flat_map(|script| [(script, ""), (script, "C")]) {
        let world = World::with_upcoming(3);
        let caption = |n| if caption.is_empty() { String::new() } else { format!(", caption = '{caption}{n}'") };
        let images = pictures(&world, 4, caption);
        world.configure(&format!("lobby = {{ {images} }}"));
        world.script(&format!("{script}max_files = 2"));
        for run in 0..4 {
            let (sent, mail) = dropped(&world, &["p3.png", "p4.png"]);
            assert_eq!(sent, if run == 0 { [3, 0, 0] } else { [0, 3, 0] }, "{script} {run}");
            nothing_is_lost(&world, &mail, script);
        }
        // A server that keeps them now, and reads changes, has them by the next run; else once that lobby is taken away.
        world.script(script);
        if script == READS {
            world.refresh().expect(&[("updated", 3)]);
        } else {
            let (sent, mail) = dropped(&world, &["take this lobby away on the server"]);
            assert_eq!(sent, [0, 3, 0], "{script}");
            nothing_is_lost(&world, &mail, script);
            for meeting in world.meetings() {
                world.ask("DELETE", &format!("/meetings/{}/lobby", meeting.meeting_id), &serde_json::Value::Null);
            }
            world.refresh().expect(&[("added", 3)]);
        }
        let again = world.refresh();
        again.expect(&[("unchanged", 3)]);
        assert_eq!(again.sent, [0, 0, 0], "{script}");
    }
}

#[test]
fn a_server_that_is_known_to_want_lobbies_anew_takes_each_away_once_for_a_new_wish() {
    for script in [IGNORED, IN_SILENCE] {
        let world = World::with_upcoming(3);
        world.configure("lobby = { messages = ['Hello there'] }");
        world.refresh().expect(&[("added", 3)]);
        world.script(&format!("{script}max_files = 2"));
        let wish =
            |n: usize| format!("lobby = {{ {} }}", pictures(&world, n, |n| format!(", caption = 'Picture {n}'")));
        world.configure(&wish(3));
        let (sent, mail) = dropped(&world, &["p3.png"]);
        assert_eq!((sent[0], sent[2]), (3, 3), "{script}");
        nothing_is_lost(&world, &mail, script);
        for _ in 0..2 {
            let (sent, mail) = dropped(&world, &["p3.png", "take this lobby away on the server"]);
            assert_eq!(sent, [0, 0, 0], "{script}");
            nothing_is_lost(&world, &mail, script);
        }
        // Another wish is another matter.
        world.configure(&wish(2));
        let fewer = world.refresh();
        fewer.expect(&[("updated", 3)]);
        assert_eq!(fewer.sent, [3, 0, 3], "{script}");
    }
}

#[test]
fn more_pictures_than_servers_keep_are_not_taken_for_an_update_that_was_not_read() {
    let world = World::with_upcoming(2);
    world.script("max_files = 20");
    world.configure(&format!("lobby = {{ {} }}", pictures(&world, 20, |_| String::new())));
    world.refresh().expect(&[("added", 2)]);
    // Without a caption nothing comes of the others, so the update leaves the lobby as it was.
    world.configure(&format!("lobby = {{ {} }}", pictures(&world, 23, |_| String::new())));
    for _ in 0..3 {
        let (sent, mail) = dropped(&world, &["p21.png", "p22.png", "p23.png"]);
        assert_eq!(sent, [0, 2, 0]);
        nothing_is_lost(&world, &mail, "more");
    }
}

#[test]
fn pictures_that_were_dropped_when_the_reply_was_lost_take_no_lobby_away() {
    for script in [READS, IGNORED, IN_SILENCE] {
        let world = World::with_upcoming(1);
        world.configure(&format!("lobby = {{ {} }}", pictures(&world, 4, |_| String::new())));
        world.script(&format!("{script}max_files = 2\n[[fault]]\nmatch = 'POST'\nkind = 'reset_after'\nfirst = 1"));
        for _ in 0..3 {
            let (sent, mail) = dropped(&world, &["p3.png", "p4.png"]);
            assert_eq!((sent[2], world.lobby_effects()[2]), (0, 0), "{script}");
            nothing_is_lost(&world, &mail, script);
        }
    }
}

#[test]
fn a_lobby_that_the_server_refuses_to_take_away_is_not_called_lost() {
    let world = World::with_upcoming(2);
    world.configure("lobby = { messages = ['Hello there'] }");
    world.refresh().expect(&[("added", 2)]);
    world.configure("lobby = { messages = ['Good morning'] }");
    world.script(&format!("{IGNORED}[[fault]]\nmatch = 'DELETE'\nkind = 'error_code'\ncode = 1617\nstatus = 406"));
    let refreshed = world.refresh();
    assert_eq!(refreshed.code, 1, "{refreshed:?}");
    for item in world.items(&refreshed.run) {
        assert!(
            item["error"].as_str().unwrap().starts_with("the lobby could not be taken away, and is as it was"),
            "{item}"
        );
    }
    nothing_is_lost(&world, &world.mails().pop().unwrap().replace("=\r\n", ""), "refused");
}
