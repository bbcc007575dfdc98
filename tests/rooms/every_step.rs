//! A rotation that is killed before and after each effect that leaves its memory (a commit, a request, the renaming of its sheet, a
//! mail), at each time that it comes there: the next start makes everything good. Each room is reset once, there is one sheet,
//! and each owner is told once.

use std::collections::BTreeSet;
use std::process::Stdio;

use roomkeeper::sandbox::EffectKind;

use crate::reader::Reader;
use crate::room_jobs::with_rooms;
use crate::site::{Site, at_each_time, wait_until};

/// Rooms of the list.
const ROOMS: usize = 2;
/// Kills the run at each time that it comes by this place.
fn killed_at(place: &str) {
    at_each_time(place, |time| killed_once(place, time));
}

/// Tells whether the run was killed.
fn killed_once(place: &str, time: u64) -> bool {
    let what = format!("{place} at time {time}");
    let site = with_rooms(
        ROOMS,
        "[rotate_pins.nightly]\nrooms = { list = 'rooms.csv' }\nnotify_owners = true\npin_sheet = 'pins/new.csv'\n",
    );
    site.list(0..ROOMS);
    let mut doomed = site.command(&["run", "nightly"]);
    doomed.env("ROOMKEEPER_FAILPOINTS", format!("{place}=kill:{time}")).stdout(Stdio::null()).stderr(Stdio::null());
    let killed = doomed.status().unwrap().code().is_none();
    if killed {
        let runs = || site.run(&["history", "--json"]).json();
        if runs().as_array().unwrap().is_empty() {
            // It had not even begun.
            assert!(site.effects(EffectKind::PinsReset).is_empty(), "{what}");
            site.run_job("nightly", 0);
        } else {
            let mut daemon = site.start("daemon", &["daemon"]);
            wait_until("the run has ended, and its mails are out", || {
                runs()[0]["ended"].is_string() && site.addressed_mails().len() == ROOMS + 1 && is_sent(&site)
            });
            daemon.kill();
        }
        assert_eq!(runs().as_array().unwrap().len(), 1, "{what}: {}", runs());
        assert_eq!(runs()[0]["counts"], serde_json::json!({ "reset": ROOMS }), "{what}: {}", runs());
    }
    let resets = site.effects(EffectKind::PinsReset);
    let users: BTreeSet<_> = resets.iter().map(|effect| &effect.user_id).collect();
    assert_eq!((resets.len(), users.len()), (ROOMS, ROOMS), "{what}: {resets:?}");

    let rooms = site.rooms();
    let names = |folder: &str| {
        let entries = std::fs::read_dir(site.path(folder)).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(names("pins"), ["new.csv"], "{what}");
    let sheet = std::fs::read_to_string(site.path("pins/new.csv")).unwrap();
    let mails = site.addressed_mails();
    assert_eq!(mails.len(), ROOMS + 1, "{what}: {:?}", names("state/mail"));
    for (user, room) in rooms.iter().filter(|(user, _)| *user != "owner") {
        assert!(sheet.contains(&format!(",{},{},", room.mpin, room.ppin)), "{what}: {sheet}");
        let (_, mail) = mails.iter().find(|(to, _)| *to == format!("{user}@example.org")).unwrap();
        assert!(mail.contains(&room.mpin) && mail.contains(&room.ppin), "{what}: {mail}");
    }
    killed
}

/// Tells whether the outbox has nothing to send any more.
fn is_sent(site: &Site) -> bool {
    Reader::open(&site.path("state")).unwrap().outbox().unwrap().waiting == 0
}

#[test]
fn killed_before_each_commit() {
    killed_at("journal.commit.before");
}

#[test]
fn killed_after_each_commit() {
    killed_at("journal.commit.after");
}

#[test]
fn killed_before_each_request() {
    killed_at("request.before");
}

#[test]
fn killed_after_each_request() {
    killed_at("request.after");
}

#[test]
fn killed_before_and_after_the_sheet_comes_to_its_place() {
    killed_at("file.rename.before");
    killed_at("file.rename.after");
}

#[test]
fn killed_before_and_after_each_mail() {
    killed_at("mail.send.before");
    killed_at("mail.send.after");
}
