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
