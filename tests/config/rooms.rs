//! The two kinds of job about permanent rooms: what a good table becomes, and what is said of a bad one.

use roomkeeper::config::{CatchUp, JobSettings, RoomList, RoomSource};
use roomkeeper::model::{PinSelection, RoomChange};

use crate::support::{Folder, MINIMAL};

/// The settings of the only job of a file.
fn settings(job: &str) -> JobSettings {
    let config = Folder::with(&format!("{MINIMAL}{job}")).load().unwrap().config;
    config.jobs.into_values().next().unwrap().settings
}

#[test]
fn the_rotation_of_the_manual_is_read_as_it_says() {
    let folder = Folder::with(&format!(
        "{MINIMAL}[rotate_pins.nightly]\nschedule = \"30 2 * * *\"\nrooms = {{ list = \"rooms.csv\" }}\npins = \"moderator\"\n\
         notify_owners = true\npin_sheet = \"pins/{{date}}.csv\"\n"
    ));
    let loaded = folder.load().unwrap();
    assert_eq!(loaded.warnings.len(), 1, "{:?}", loaded.warnings);
    assert!(loaded.warnings[0].problem.contains("no owner will get a mail"), "{:?}", loaded.warnings);
    let config = loaded.config;
    let job = config.jobs.values().next().unwrap();
    assert_eq!(job.catch_up, CatchUp::None, "new PINs at noon lock a lecture out");
    let JobSettings::RotatePins(settings) = &job.settings else { panic!("{job:?}") };
    assert_eq!(
        settings.rooms,
        RoomSource::List(RoomList { path: folder.path("rooms.csv"), encoding: None, sheet: None })
    );
    assert_eq!(settings.pins, PinSelection { moderator: true, participant: false });
    assert_eq!(settings.pin_sheet, Some(folder.path("pins/{date}.csv")));
    assert!(settings.notify_owners && settings.skip_busy);
}

#[test]
fn a_rotation_that_says_only_its_rooms_resets_both_pins_and_tells_nobody() {
    let JobSettings::RotatePins(settings) = settings("[rotate_pins.a]\nrooms = { own = true }\n") else {
        panic!("not a rotation")
    };
    assert_eq!(settings.rooms, RoomSource::Own);
    assert_eq!(settings.pins, PinSelection { moderator: true, participant: true });
    assert!(!settings.notify_owners && settings.skip_busy && settings.pin_sheet.is_none());
}

#[test]
fn a_policy_sets_what_it_names_and_leaves_the_rest_alone() {
    let JobSettings::SyncRooms(settings) =
        settings("[sync_rooms.a]\nrooms = { users = [\"u1\", \"u2\"] }\nset = { knock = true, participants = 50 }\n")
    else {
        panic!("not a policy")
    };
    let RoomSource::Users(users) = &settings.rooms else { panic!("{settings:?}") };
    assert_eq!(users.iter().map(ToString::to_string).collect::<Vec<_>>(), ["u1", "u2"]);
    let expected = RoomChange { knock: Some(true), participants: Some(50), ..RoomChange::default() };
    assert_eq!(settings.set, expected);
}

#[test]
fn every_slip_is_told_in_plain_words() {
    let rotation = |keys: &str| format!("[rotate_pins.a]\n{keys}\n");
    let policy = |set: &str| format!("[sync_rooms.a]\nrooms = {{ own = true }}\nset = {{ {set} }}\n");
    let cases = [
        (rotation(""), "rotate_pins.a.rooms: the key is missing"),
        (rotation("rooms = {}"), "no rooms are named"),
        (rotation("rooms = { own = false }"), "no rooms are named"),
        (rotation("rooms = { own = true, users = [\"u1\"] }"), "named in more than one way"),
        (rotation("rooms = { users = [] }"), "the list is empty"),
        (rotation("rooms = { users = [\"u1\", \" u1\"] }"), "\" u1\" is named twice"),
        (rotation("rooms = { rooms = [\" \"] }"), "the id is blank"),
        (rotation("rooms = { list = \"~/rooms.csv\" }"), "starts with ~"),
        (rotation("rooms = { lists = \"rooms.csv\" }"), "Did you mean \"list\"?"),
        (rotation("rooms = \"rooms.csv\""), "\"rooms.csv\" is not a table"),
        (rotation("rooms = { own = true }\npins = []"), "no PIN is named"),
        (rotation("rooms = { own = true }\npins = [\"moderater\"]"), "Did you mean \"moderator\"?"),
        (rotation("rooms = { own = true }\nnotify_owners = true"), "the owners' addresses are not known"),
        (rotation("rooms = { own = true }\npin_sheet = \"pins/\""), "is not the name of a file"),
        (rotation("rooms = { own = true }\npin_sheet = \"{date}/pins.csv\""), "has braces other than {date}"),
        (rotation("rooms = { own = true }\npin_sheet = \"{day}.csv\""), "has braces other than {date}"),
        (rotation("rooms = { own = true }\nformat = \"pdf\""), "Write \"csv\" or \"xlsx\""),
        (
            rotation("rooms = { own = true }\npin_sheet = \"a.xlsx\""),
            "the file is no workbook, and its name ends in .xlsx",
        ),
        (rotation("rooms = { own = true }\npin_sheet = \"a.csv\"\nformat = \"xlsx\""), "does not end in .xlsx"),
        (rotation("rooms = { own = true, sheet = \"Plan\" }"), "a sheet is said, and no list"),
        (rotation("rooms = { list = \"a.xlsx\", sheet = \" \" }"), "blank"),
        (rotation("rooms = { own = true }\npin_shet = \"a.csv\""), "Did you mean \"pin_sheet\"?"),
        ("[sync_rooms.a]\nrooms = { own = true }\n".to_owned(), "sync_rooms.a.set: the key is missing"),
        (policy(""), "nothing is set"),
        (policy("duration = 60"), "the API cannot change a room's duration. Take it out."),
        (policy("mpin = \"1234\""), "A job of the kind rotate_pins makes new PINs"),
        (policy("knok = true"), "there is no key \"knok\" in [sync_rooms.a.set]. Did you mean \"knock\"?"),
        (policy("knock = \"yes\""), "\"yes\" is not true or false"),
        (policy("moderators = 0"), "0 is out of range"),
        (policy("room_name = \"ab\""), "cannot be a meeting's title"),
    ];
    for (job, told) in cases {
        let Err(invalid) = Folder::with(&format!("{MINIMAL}{job}")).load() else { panic!("nothing is said of\n{job}") };
        assert_eq!(invalid.problems.len(), 1, "{job}\n{invalid}");
        assert!(invalid.to_string().contains(told), "{told:?} is not said of\n{job}\n{invalid}");
    }
}

#[test]
fn an_encoding_is_a_known_label_and_one_of_a_list() {
    let list = |rooms: &str| {
        let folder =
            Folder::with(&format!("{MINIMAL}[sync_rooms.a]\nrooms = {{ {rooms} }}\nset = {{ knock = true }}\n"));
        folder.load().map(|loaded| loaded.config).map_err(|error| error.to_string())
    };
    let config = list("list = \"rooms.csv\", encoding = \"Windows-1250\"").unwrap();
    let JobSettings::SyncRooms(settings) = &config.jobs.values().next().unwrap().settings else { panic!("{config:?}") };
    let RoomSource::List(rooms) = &settings.rooms else { panic!("{settings:?}") };
    assert_eq!(rooms.encoding, Some(encoding_rs::WINDOWS_1250));
    assert!(list("list = \"rooms.csv\", encoding = \"windows-1520\"").unwrap_err().contains("windows-1250"));
    assert!(list("own = true, encoding = \"windows-1250\"").unwrap_err().contains("no list"));
}
