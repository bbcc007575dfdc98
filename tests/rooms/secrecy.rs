//! Where PINs are and where they are not, and what becomes of the mails that hold them.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use roomkeeper::sandbox::RoomState;

use super::smtp::{Mood, Script, SmtpServer, Stage};
use crate::by_hand;
use crate::reader::Reader;
use crate::room_jobs::with_rooms;
use crate::site::Site;

/// No PIN of these rooms stands in the journal and its companions, in what the program said, in the mails to those who look
/// after the jobs, or in what `show` tells.
#[track_caller]
pub fn expect_no_pin(site: &Site, rooms: &BTreeMap<String, RoomState>) {
    let mut places = vec![("the summary", site.summaries().join("\n").into_bytes())];
    for entry in std::fs::read_dir(site.path("state")).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_file() {
            places.push(("the state directory", std::fs::read(entry).unwrap()));
        }
    }
    places.push(("the log", site.logs().into_bytes()));
    let runs = site.run(&["history", "--json"]).json();
    for run in runs.as_array().unwrap() {
        places.push(("show", site.run(&["show", run["run"].as_str().unwrap(), "--json"]).out.into_bytes()));
    }
    for (what, bytes) in places {
        assert!(!has_pin(&bytes, rooms), "a PIN stands in {what}");
    }
}

/// Tells whether one of the rooms' PINs stands in it: eight digits that are no part of a longer word or number.
fn has_pin(bytes: &[u8], rooms: &BTreeMap<String, RoomState>) -> bool {
    let pins: HashSet<&[u8]> = rooms.values().flat_map(|room| [room.mpin.as_bytes(), room.ppin.as_bytes()]).collect();
    bytes.split(|byte| !byte.is_ascii_alphanumeric()).any(|word| word.len() == 8 && pins.contains(word))
}

/// A site whose mails go to a server of these moods.
async fn site(moods: impl IntoIterator<Item = Mood>) -> (Arc<Site>, SmtpServer) {
    let server = Script::new().moods(moods).start().await;
    let site = with_rooms(
        3,
        &format!(
            "server = 'smtp://127.0.0.1:{}'\nfrom = 'roomkeeper@example.org'\n\
             [rotate_pins.nightly]\nrooms = {{ list = 'rooms.csv' }}\nnotify_owners = true\n",
            server.port()
        ),
    );
    site.list(0..3);
    (Arc::new(site), server)
}

/// Does it on another thread: the mail server lives on this one, and must not be kept from answering.
async fn aside(site: &Arc<Site>, what: impl FnOnce(&Site) + Send + 'static) {
    let site = Arc::clone(site);
    tokio::task::spawn_blocking(move || what(&site)).await.unwrap();
}

fn rotate(site: &Site) {
    assert_eq!(site.run_job("nightly", 0).counts(), "reset 3");
}

fn texts(server: &SmtpServer, to: &str) -> Vec<String> {
    let received = server.received();
    let mails = received.iter().filter(|mail| mail.to.iter().any(|receiver| receiver == to));
    mails.map(|mail| String::from_utf8_lossy(&mail.bytes).replace("=\r\n", "").replace("\r\n", "\n")).collect()
}

#[tokio::test]
async fn a_mail_that_waits_is_sealed_and_a_newer_rotation_takes_its_place() {
    let later = || Mood::Answer(Stage::Mail, "451 4.3.0 try again later");
    // The server answers the questions before the first reset, for anybody and for each owner; then it takes none of the three
    // owners' mails and the summary.
    let (site, server) = site([Mood::Accept, Mood::Accept, later()]).await;
    aside(&site, rotate).await;
    let outbox = || Reader::open(&site.path("state")).unwrap().outbox().unwrap();
    assert_eq!((outbox().waiting, outbox().dead, server.received().len()), (4, 0, 0));
    let stale = site.rooms();
    aside(&site, |site| expect_no_pin(site, &site.rooms())).await;

    aside(&site, rotate).await;
    // Three owners' mails and two summaries.
    assert_eq!((outbox().waiting, outbox().dead, server.received().len()), (0, 0, 5));
    let rooms = site.rooms();
    for (user, room) in rooms.iter().filter(|(user, _)| *user != "owner") {
        let mails = texts(&server, &format!("{user}@example.org"));
        assert!(
            mails.len() == 1 && mails[0].contains(&room.mpin) && mails[0].contains(&room.ppin),
            "{user}: {mails:?}"
        );
    }
    assert!(server.received().iter().all(|mail| !has_pin(&mail.bytes, &stale)), "a PIN that is not true was mailed");
    aside(&site, |site| expect_no_pin(site, &site.rooms())).await;
    for summary in texts(&server, "it@example.org") {
        assert!(!has_pin(summary.as_bytes(), &rooms), "{summary}");
    }
}

#[tokio::test]
async fn an_owner_who_could_not_be_told_is_a_mail_to_those_who_look_after_the_job() {
    let refusing = || Mood::RefuseRecipient("u00001@example.org", "550 5.1.1 no such user");
    // The receiver that the server took before the first reset is gone afterwards.
    let (site, server) = site([Mood::Accept, Mood::Accept].into_iter().chain((0..20).map(|_| refusing()))).await;
    aside(&site, rotate).await;
    let mails = texts(&server, "it@example.org");
    let problem = mails.iter().find(|mail| mail.contains("PROBLEM nightly")).unwrap();
    assert!(problem.contains("u00001@example.org could not be told the new PINs"), "{problem}");
    assert!(problem.contains("550 5.1.1 no such user"), "{problem}");
    let rooms = site.rooms();
    assert!(mails.iter().all(|mail| !has_pin(mail.as_bytes(), &rooms)), "{mails:?}");
    let outbox = Reader::open(&site.path("state")).unwrap().outbox().unwrap();
    assert_eq!((outbox.waiting, outbox.dead, mails.len()), (0, 1, 2));
    aside(&site, |site| expect_no_pin(site, &site.rooms())).await;
}

#[tokio::test]
async fn mails_about_one_room_come_in_the_order_of_their_making() {
    let later = || Mood::Answer(Stage::Mail, "451 4.3.0 try again later");
    // The first rotation's mails are not taken: three owners' and the summary. They wait as long as the one that was tried.
    let (site, server) = site([Mood::Accept, Mood::Accept, later()]).await;
    aside(&site, rotate).await;
    by_hand::put_mails_off_together(&site.path("state"));
    site.configure(&format!(
        "server = 'smtp://127.0.0.1:{}'\nfrom = 'roomkeeper@example.org'\n\
         [rotate_pins.mods]\nrooms = {{ list = 'rooms.csv' }}\nnotify_owners = true\npins = ['moderator']\n",
        server.port()
    ));
    aside(&site, |site| assert_eq!(site.run_job("mods", 0).counts(), "reset 3")).await;
    let to_owner = || texts(&server, "u00000@example.org");
    assert!(to_owner().is_empty(), "the newer mail waits behind the older one: {:?}", to_owner());
    by_hand::make_mails_due(&site.path("state"));
    // Any command that ends delivers what is due.
    aside(&site, |site| assert_eq!(site.run_job("mods", 0).counts(), "reset 3")).await;
    let pin = |mail: &String| mail.contains("PIN for participants");
    let mails = to_owner();
    assert!(mails.first().is_some_and(pin), "the oldest, about both, comes first: {mails:?}");
    let last = mails.last().unwrap();
    assert!(last.contains(&site.rooms()["u00000"].mpin), "the last has the PIN that holds: {last}");
}
