//! Where PINs are and where they are not, and what becomes of the mails that hold them.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use roomkeeper::sandbox::RoomState;

use super::smtp::{Mood, Script, SmtpServer, Stage};
use super::world::World;
use crate::reader::Reader;

/// No PIN of these rooms stands in the journal and its companions, in what the program said, in the mails to those who look
/// after the jobs, or in what `show` tells.
#[track_caller]
pub fn expect_no_pin(world: &World, rooms: &BTreeMap<String, RoomState>) {
    let mut places = vec![("the summary", world.summaries().join("\n").into_bytes())];
    for entry in std::fs::read_dir(world.path("state")).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_file() {
            places.push(("the state directory", std::fs::read(entry).unwrap()));
        }
    }
    places.push(("the log", std::fs::read(world.path("log")).unwrap_or_default()));
    let runs = world.run(&["history", "--json"]).json();
    for run in runs.as_array().unwrap() {
        places.push(("show", world.run(&["show", run["run"].as_str().unwrap(), "--json"]).out.into_bytes()));
    }
    for (what, bytes) in places {
        assert!(!has_pin(&bytes, rooms), "a PIN stands in {what}");
    }
}

/// Whether one of the rooms' PINs stands in it: eight digits that are no part of a longer word or number.
fn has_pin(bytes: &[u8], rooms: &BTreeMap<String, RoomState>) -> bool {
    let pins: HashSet<&[u8]> = rooms.values().flat_map(|room| [room.mpin.as_bytes(), room.ppin.as_bytes()]).collect();
    bytes.split(|byte| !byte.is_ascii_alphanumeric()).any(|word| word.len() == 8 && pins.contains(word))
}

/// A world whose mails go to a server of these moods.
async fn world(moods: impl IntoIterator<Item = Mood>) -> (Arc<World>, SmtpServer) {
    let server = Script::new().moods(moods).start().await;
    let world = World::new(
        3,
        &format!(
            "server = 'smtp://127.0.0.1:{}'\nfrom = 'roomkeeper@example.org'\n\
             [rotate_pins.nightly]\nrooms = {{ list = 'rooms.csv' }}\nnotify_owners = true\n",
            server.port()
        ),
    );
    world.list(0..3);
    (Arc::new(world), server)
}

/// Does it on another thread: the mail server lives on this one, and must not be kept from answering.
async fn aside(world: &Arc<World>, what: impl FnOnce(&World) + Send + 'static) {
    let world = Arc::clone(world);
    tokio::task::spawn_blocking(move || what(&world)).await.unwrap();
}

fn rotate(world: &World) {
    assert_eq!(world.run_job("nightly", 0).counts(), "reset 3");
}

fn texts(server: &SmtpServer, to: &str) -> Vec<String> {
    let received = server.received();
    let mails = received.iter().filter(|mail| mail.to.iter().any(|receiver| receiver == to));
    mails.map(|mail| String::from_utf8_lossy(&mail.bytes).replace("=\r\n", "").replace("\r\n", "\n")).collect()
}

#[tokio::test]
async fn a_mail_that_waits_is_sealed_and_a_newer_rotation_takes_its_place() {
    let later = || Mood::Answer(Stage::Mail, "451 4.3.0 try again later");
    // What is asked before the first reset is answered, for anybody and for each owner; then the server takes none of the three
    // owners' mails and the summary.
    let (world, server) = world([Mood::Accept, Mood::Accept, later()]).await;
    aside(&world, rotate).await;
    let outbox = || Reader::open(&world.path("state")).unwrap().outbox().unwrap();
    assert_eq!((outbox().waiting, outbox().dead, server.received().len()), (4, 0, 0));
    let stale = world.rooms();
    aside(&world, |world| expect_no_pin(world, &world.rooms())).await;

    aside(&world, rotate).await;
    // Three owners' mails and two summaries.
    assert_eq!((outbox().waiting, outbox().dead, server.received().len()), (0, 0, 5));
    let rooms = world.rooms();
    for (user, room) in rooms.iter().filter(|(user, _)| *user != "owner") {
        let mails = texts(&server, &format!("{user}@example.org"));
        assert!(
            mails.len() == 1 && mails[0].contains(&room.mpin) && mails[0].contains(&room.ppin),
            "{user}: {mails:?}"
        );
    }
    assert!(server.received().iter().all(|mail| !has_pin(&mail.bytes, &stale)), "a PIN that is not true was mailed");
    aside(&world, |world| expect_no_pin(world, &world.rooms())).await;
    for summary in texts(&server, "it@example.org") {
        assert!(!has_pin(summary.as_bytes(), &rooms), "{summary}");
    }
}

#[tokio::test]
async fn an_owner_who_could_not_be_told_is_a_mail_to_those_who_look_after_the_job() {
    let refusing = || Mood::RefuseRecipient("u00001@example.org", "550 5.1.1 no such user");
    // Who was asked for before the first reset is gone afterwards.
    let (world, server) = world([Mood::Accept, Mood::Accept].into_iter().chain((0..20).map(|_| refusing()))).await;
    aside(&world, rotate).await;
    let mails = texts(&server, "it@example.org");
    let problem = mails.iter().find(|mail| mail.contains("PROBLEM nightly")).unwrap();
    assert!(problem.contains("u00001@example.org could not be told the new PINs"), "{problem}");
    assert!(problem.contains("550 5.1.1 no such user"), "{problem}");
    let rooms = world.rooms();
    assert!(mails.iter().all(|mail| !has_pin(mail.as_bytes(), &rooms)), "{mails:?}");
    let outbox = Reader::open(&world.path("state")).unwrap().outbox().unwrap();
    assert_eq!((outbox.waiting, outbox.dead, mails.len()), (0, 1, 2));
    aside(&world, |world| expect_no_pin(world, &world.rooms())).await;
}

#[tokio::test]
async fn mails_about_one_room_come_in_the_order_of_their_making() {
    let later = || Mood::Answer(Stage::Mail, "451 4.3.0 try again later");
    // The first rotation's mails are not taken: three owners' and the summary. They wait as long as the one that was tried.
    let (world, server) = world([Mood::Accept, Mood::Accept, later()]).await;
    aside(&world, rotate).await;
    let journal = rusqlite::Connection::open(world.path("state/journal.db")).unwrap();
    journal.execute("UPDATE outbox SET next = (SELECT max(next) FROM outbox) WHERE state = 'queued'", []).unwrap();
    drop(journal);
    world.configure(&format!(
        "server = 'smtp://127.0.0.1:{}'\nfrom = 'roomkeeper@example.org'\n\
         [rotate_pins.mods]\nrooms = {{ list = 'rooms.csv' }}\nnotify_owners = true\npins = ['moderator']\n",
        server.port()
    ));
    aside(&world, |world| assert_eq!(world.run_job("mods", 0).counts(), "reset 3")).await;
    let to_owner = || texts(&server, "u00000@example.org");
    assert!(to_owner().is_empty(), "the newer mail waits behind the older one: {:?}", to_owner());
    let journal = rusqlite::Connection::open(world.path("state/journal.db")).unwrap();
    journal.execute("UPDATE outbox SET next = 0 WHERE state = 'queued'", []).unwrap();
    drop(journal);
    // Any command that ends delivers what is due.
    aside(&world, |world| assert_eq!(world.run_job("mods", 0).counts(), "reset 3")).await;
    let pin = |mail: &String| mail.contains("PIN for participants");
    let mails = to_owner();
    assert!(mails.first().is_some_and(pin), "the oldest, about both, comes first: {mails:?}");
    let last = mails.last().unwrap();
    assert!(last.contains(&world.rooms()["u00000"].mpin), "the last has the PIN that holds: {last}");
}
