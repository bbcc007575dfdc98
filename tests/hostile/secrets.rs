//! Every kind of job, told as loudly as can be: no key, no password and no PIN stands anywhere but where it belongs.

use std::collections::BTreeSet;
use std::fs;

use super::surroundings::{all_files, timetable};
use crate::room_jobs::with_rooms;
use crate::site::KEY;

const PASSWORD: &str = "the-mail-password-41c8";

/// All jobs but those of timetables.
const JOBS: [&str; 4] = ["nightly", "lectures", "history", "policy"];

fn jobs() -> String {
    format!(
        "server = 'smtp://127.0.0.1:{}'\nusername = 'us'\npassword = {{ file = 'password' }}\nfrom = 'r@example.org'\n\
         [schedule_meetings.timetable]\n\
         [rotate_pins.nightly]\nrooms = {{ list = 'rooms.csv' }}\npin_sheet = 'shown/sheet.csv'\n\
         [refresh_lobby.lectures]\nlobby = {{ messages = ['Welcome to {{room_name}}'] }}\n\
         [export_meetings.history]\npath = 'shown/all.csv'\ninclude_pins = true\n\
         [sync_rooms.policy]\nrooms = {{ list = 'rooms.csv' }}\nset = {{ knock = true, participants = 51 }}\n",
        // Nothing listens there: the mails wait in the journal.
        std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
    )
}

/// Runs every kind of job at a server with these faults, and looks through all that was said and kept.
#[track_caller]
fn expect_nothing_told(faults: &str) {
    let site = with_rooms(3, "");
    site.write("password", PASSWORD);
    fs::set_permissions(site.path("password"), std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    site.configure(&jobs());
    site.list(0..3);
    site.sandbox.add_meetings(3, 3);
    site.write("a.csv", timetable("A title"));
    let pins = || -> BTreeSet<String> {
        let now = site.sandbox.snapshot();
        let rooms = now.rooms.into_iter().flat_map(|room| [room.mpin, room.ppin]);
        rooms.chain(now.meetings.into_iter().flat_map(|meeting| [meeting.mpin, meeting.ppin])).collect()
    };
    let mut secrets = pins();
    site.script(faults);
    let mut told = Vec::new();
    for job in JOBS {
        let ran = site.run(&["-vv", "run", job, "--json"]);
        assert!([0, 1, 3].contains(&ran.code), "{ran:?}");
        told.push((format!("run {job}"), [ran.out, ran.err].concat().into_bytes()));
    }
    let ran = site.run(&["-vv", "import", "a.csv", "--json"]);
    told.push(("import".to_owned(), [ran.out, ran.err].concat().into_bytes()));
    site.script("");
    secrets.extend(pins());
    for args in
        [&["-vv", "history", "--json"][..], &["-vv", "list", "--json"], &["-vv", "check"], &["-vv", "journal", "check"]]
    {
        let ran = site.run(args);
        told.push((args.join(" "), [ran.out, ran.err].concat().into_bytes()));
    }
    assert!(secrets.iter().all(|pin| pin.len() >= 6) && secrets.len() > 12, "{secrets:?}");
    let mut files = Vec::new();
    all_files(&site.path("state"), &mut files);
    all_files(&site.path("tmp"), &mut files);
    assert!(files.iter().any(|(path, _)| path.ends_with("journal.db")));
    told.extend(files.into_iter().map(|(path, bytes)| (path.display().to_string(), bytes)));
    for (where_, bytes) in &told {
        for secret in [KEY, PASSWORD] {
            assert!(!holds(bytes, secret), "{secret} stands in {where_}");
        }
        // PINs are digits, which times and ids have, too: only whole words of digits count.
        let words = bytes.split(|byte| !byte.is_ascii_alphanumeric()).filter_map(|word| std::str::from_utf8(word).ok());
        for word in words {
            assert!(!secrets.contains(word), "the PIN {word} stands in {where_}");
        }
        assert!(!holds(bytes, "panicked at"), "{where_}");
    }
}

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn nothing_is_told_when_all_goes_well() {
    expect_nothing_told("");
}

#[test]
fn nothing_is_told_when_replies_with_pins_are_cut_or_unreadable() {
    expect_nothing_told(
        "seed = 3\n[[fault]]\nkind = ['truncated_json', 'cut_reply', 'reset_after']\nprobability = 0.3\n",
    );
}

#[test]
fn nothing_is_told_when_the_server_refuses() {
    expect_nothing_told("[[fault]]\nmatch = 'PATCH'\nkind = 'error_code'\ncode = 1001\nstatus = 401\nevery = 2\n");
}
