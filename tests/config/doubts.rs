//! A setting that can be read and is hardly meant is warned of; one that cannot be meant is refused.

use crate::support::{Folder, MINIMAL};

/// The problems that a file has in the words that a person gets.
fn problems(text: &str) -> Vec<String> {
    let invalid = Folder::with(&format!("{text}{MINIMAL}")).load().map(|loaded| loaded.warnings).unwrap_err();
    invalid.problems.iter().map(ToString::to_string).collect()
}

/// The warnings of a file that is valid.
fn warnings(text: &str) -> Vec<String> {
    let loaded = Folder::with(&format!("{MINIMAL}{text}")).load().unwrap();
    loaded.warnings.iter().map(ToString::to_string).collect()
}

#[test]
fn a_zone_that_is_nowhere_is_refused() {
    for name in ["Factory", "localtime", "posixrules", "right/Europe/Berlin", "Etc/Unknown", "etc/unknown"] {
        let found = problems(&format!("timezone = {name:?}\n"));
        assert!(found.len() == 1 && found[0].contains("is not the name of a time zone"), "{name}: {found:?}");
    }
}

#[test]
fn what_only_a_spreadsheet_writes_is_refused() {
    let defaults = |keys: &str| format!("[schedule_meetings.a]\ninbox = 'in'\ndefaults = {{ {keys} }}\n");
    let sync = |rooms: &str, set: &str| format!("[sync_rooms.a]\nrooms = {{ {rooms} }}\nset = {{ {set} }}\n");
    for (keys, told) in [
        (defaults("user_id = 'NULL'"), "\"NULL\" is a spreadsheet's error, not an id"),
        (defaults("invitee_contact_ids = ['1.5E+17']"), "a spreadsheet has rounded this id"),
        (defaults("user_id = '-'"), "\"-\" is only a placeholder, not an id"),
        (defaults("invitee_group_ids = ['1,234']"), "a spreadsheet has rounded this id"),
        (defaults("room_name = '#nv'"), "is a spreadsheet's error, not a title"),
        (sync("own = true", "room_name = \"Al\\u2028pha\""), "one line of 3 to 50 characters"),
        (defaults("room_name = 'Err: 502'"), "is a spreadsheet's error, not a title"),
        (defaults("desc = '#REF!'"), "is a spreadsheet's error, not a description"),
        (sync("users = ['#REF!']", "knock = true"), "not an id. Write the id as the server shows it"),
        (sync("rooms = ['17.0']", "knock = true"), "\"17.0\" is no whole id: a spreadsheet has rounded this id"),
        (sync("own = true", "room_name = '#REF!'"), "\"#REF!\" is a spreadsheet's error, not a title"),
    ] {
        let found = Folder::with(&format!("{MINIMAL}{keys}")).load().unwrap_err();
        assert_eq!(found.problems.len(), 1, "{found}");
        assert!(found.to_string().contains(told), "{told}: {found}");
    }
}

#[test]
fn an_id_or_an_address_with_a_blank_that_is_none_is_refused_by_its_code_point() {
    let sync = |rooms: &str| format!("[sync_rooms.a]\nrooms = {{ {rooms} }}\nset = {{ knock = true }}\n");
    let defaults = |keys: &str| format!("[schedule_meetings.a]\ninbox = 'in'\ndefaults = {{ {keys} }}\n");
    let mail = |to: &str| format!("[mail]\nserver = 'smtp://mail.example.org'\nfrom = 'r@example.org'\nto = '{to}'\n");
    for (c, code) in [
        ('\u{a0}', "U+00A0"),
        ('\u{2003}', "U+2003"),
        ('\u{34f}', "U+034F"),
        ('\u{3164}', "U+3164"),
        ('\u{2800}', "U+2800"),
        ('\u{115f}', "U+115F"),
        ('\u{1160}', "U+1160"),
        ('\u{180d}', "U+180D"),
        ('\u{fe0f}', "U+FE0F"),
        ('\u{200b}', "U+200B"),
    ] {
        for text in [
            sync(&format!("users = ['u{c}1']")),
            sync(&format!("rooms = ['r{c}1']")),
            defaults(&format!("user_id = 'u{c}1'")),
            defaults(&format!("invitee_contact_ids = ['c{c}1']")),
            defaults(&format!("invitee_group_ids = ['g{c}1']")),
            defaults(&format!("invitee_emails = ['a@exam{c}ple.org']")),
            format!(
                "[export_meetings.a]\npath = 'out.csv'\nschedule = '@daily'\nselect = {{ user_ids = ['u{c}1'] }}\n"
            ),
            mail(&format!("it@exam{c}ple.org")),
            mail(&format!("Ada <i{c}t@example.org>")),
        ] {
            let found = Folder::with(&format!("{MINIMAL}{text}")).load().unwrap_err();
            assert_eq!(found.problems.len(), 1, "{code}: {found}");
            assert!(found.to_string().contains(&format!(" holds {code} (")), "{code}: {found}");
        }
    }
    let right = defaults("room_name = 'Room\u{a0}two'") + &mail("Ada\u{a0}Lovelace <\u{a0}it@example.org\u{200b}>");
    assert!(Folder::with(&format!("{MINIMAL}{right}")).load().is_ok());
}

#[test]
fn a_folder_of_the_system_is_no_inbox_and_no_state_directory() {
    for own in [
        "/usr",
        "/etc",
        "/proc",
        "/tmp",
        "/home",
        "/var",
        "/var/lib",
        "/usr/bin",
        "/bin",
        "/tmp/../var/",
        "/sys/kernel",
    ] {
        let folder = Folder::with(&format!("{MINIMAL}[schedule_meetings.a]\ninbox = {own:?}\n"));
        let found = folder.load().unwrap_err().to_string();
        assert!(
            found.contains("schedule_meetings.a.inbox: ") && found.contains("one of the system's own folders"),
            "{found}"
        );
        folder.write(&format!("{MINIMAL}[state]\ndirectory = {own:?}\n"));
        let found = folder.load().unwrap_err().to_string();
        assert!(found.contains("state.directory: ") && found.contains("one of the system's own folders"), "{found}");
    }
    for own in ["/tmp/roomkeeper-has-no-such-folder", "/srv", "/var/spool/timetables"] {
        let folder = Folder::with(&format!("{MINIMAL}[schedule_meetings.a]\ninbox = {own:?}\n"));
        assert!(folder.load().is_ok(), "{own}");
    }
}

#[test]
fn the_root_of_all_folders_is_no_inbox_and_no_state_directory() {
    for root in ["/", "//", "/tmp/.."] {
        let folder = Folder::with(&format!("{MINIMAL}[schedule_meetings.a]\ninbox = {root:?}\n"));
        let found = folder.load().unwrap_err().to_string();
        assert!(found.contains("schedule_meetings.a.inbox: this is the root of the whole file system"), "{found}");
        folder.write(&format!("{MINIMAL}[state]\ndirectory = {root:?}\n"));
        let found = folder.load().unwrap_err().to_string();
        assert!(found.contains("state.directory: this is the root of the whole file system"), "{found}");
    }
}

#[test]
fn a_schedule_of_days_of_the_month_and_of_the_week_is_warned_of() {
    let of = |schedule: &str| warnings(&format!("[schedule_meetings.a]\ninbox = 'in'\nschedule = '{schedule}'\n"));
    let doubtful = |schedule: &str| of(schedule).iter().filter(|warning| warning.contains("either will do")).count();
    for either in ["0 0 1-7 * MON", "30 2 1 * 0", "0 0 0 13 * FRI", "0 0 L * MON#1"] {
        assert_eq!(doubtful(either), 1, "{either}: {:?}", of(either));
    }
    for plain in ["0 0 * * MON", "0 0 1-7 * *", "0 0 * * MON#1", "0 0 */2 * MON", "@monthly"] {
        assert_eq!(doubtful(plain), 0, "{plain}: {:?}", of(plain));
    }
}

#[test]
fn formats_that_read_a_date_differently_are_warned_of() {
    let of = |formats: &str| warnings(&format!("[schedule_meetings.a]\ninbox = 'in'\ndate_formats = {formats}\n"));
    let doubtful = |formats: &str| of(formats).iter().filter(|warning| warning.contains("date_formats: ")).count();
    let told = of("['%d/%m/%Y %H:%M', '%m/%d/%Y %H:%M']");
    let words =
        "\"02/01/2027 09:05\" is 2027-01-02 09:05 by \"%d/%m/%Y %H:%M\", and 2027-02-01 09:05 by \"%m/%d/%Y %H:%M\"";
    assert!(told.iter().any(|warning| warning.contains(words)), "{told:?}");
    assert_eq!(doubtful("['%Y-%d-%m %H:%M']"), 1);
    for plain in ["['%d/%m/%Y %H:%M', '%m.%d.%Y %H:%M']", "['%d.%m.%Y %H:%M', '%d.%m.%y %H:%M']", "'%d.%m.%Y %H:%M'"] {
        assert_eq!(doubtful(plain), 0, "{plain}: {:?}", of(plain));
    }
}

#[test]
fn a_provider_that_ends_passwords_is_told_with_its_date() {
    let of = |host: &str, login: &str| {
        let addresses = "from = 'r@example.org'\nto = 'it@example.org'\n";
        warnings(&format!("[mail]\nserver = 'smtp://{host}'\n{addresses}{login}"))
    };
    let login = "username = 'it'\npassword = { env = 'APP_KEY' }\n";
    let told = of("smtp.office365.com", login);
    assert!(told.len() == 1 && told[0].contains("at the end of December 2026"), "{told:?}");
    assert!(told[0].contains("write `oauth` instead of `password`"), "{told:?}");
    assert!(of("smtp.gmail.com", login)[0].contains("only app passwords"));
    let token = |url: &str| {
        format!(
            "username = 'it'\noauth = {{ token_url = '{url}', client_id = 'a', client_secret = {{ env = 'APP_KEY' }} }}\n"
        )
    };
    assert!(of("smtp.office365.com", &token("https://login.microsoftonline.com/t/oauth2/v2.0/token")).is_empty());
    let google = of("smtp.gmail.com", &token("https://oauth2.googleapis.com/token"));
    assert!(google.len() == 1 && google[0].contains("mail.oauth.token_url: Google gives no token"), "{google:?}");
    for (host, login) in [("smtp.office365.com", ""), ("mail.example.org", login), ("notoffice365.com", login)] {
        assert!(of(host, login).is_empty(), "{host}");
    }
}

#[test]
fn what_a_token_needs_is_asked_for_and_a_secret_goes_to_nobody_in_plain() {
    let of = |mail: &str| {
        let invalid =
            Folder::with(&format!("{MINIMAL}[mail]\n{mail}")).load().map(|loaded| loaded.warnings).unwrap_err();
        invalid.problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
    };
    let found = of("oauth = {}\n");
    for key in ["mail.username", "mail.oauth.token_url", "mail.oauth.client_id", "mail.oauth.client_secret"] {
        assert!(found.contains(&format!("{key}: the key is missing")), "{key} in {found}");
    }
    let oauth = |url: &str| {
        format!(
            "username = 'it'\noauth = {{ token_url = '{url}', client_id = 'a', client_secret = {{ env = 'APP_KEY' }} }}\n"
        )
    };
    let found = of(&oauth("http://login.example.org/token"));
    assert!(found.contains("the client's secret would be readable on its way"), "{found}");
    let found = of("username = 'it'\n");
    assert!(found.contains("or how to get a token: oauth"), "{found}");
    let found = of(&format!("password = {{ env = 'APP_KEY' }}\n{}", oauth("https://login.example.org/token")));
    assert!(
        found.contains("only one of the two can be shown to the server. Keep `oauth`, or keep `password`"),
        "{found}"
    );
    assert_eq!(found.lines().count(), 1, "{found}");
}
