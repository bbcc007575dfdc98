//! All mistakes in a file are told at once, each with its place and its remedy.

use roomkeeper::config::load;

use crate::support::{Folder, MINIMAL};

/// Sixteen mistakes, each marked with its column behind the line.
const SIXTEEN: &str = r#"timezone = "Europe/Atlantis"               # 12
[api]
base_url = "http://api.example.org"        # 12
app_id = 5                                 # 10
app_key = { env = "APP_KEY" }
timeot = "30s"                             # 1
max_in_flight = 0                          # 17
rate_limit = "fast"                        # 14
[mail]
to = ["it@example.org", "it"]              # 25
on = "sometimes"                           # 6
[schedule_meetings."time table"]           # 20
settle = "5 minuts"                        # 10
[schedule_meetings.b]
inbox = ["a"]                              # 9
schedule = ["30 2 * * *", "30 2 30 2 *"]   # 27
defaults = { moderators = 0, knock = "yes" } # 27 38
columns = { titel = "Title" }              # 13
date_formats = "%d.%m.%Y"                  # 16
"#;

#[test]
fn a_file_with_sixteen_mistakes_tells_them_all_with_line_and_column() {
    let expected: Vec<(usize, usize)> = SIXTEEN
        .lines()
        .enumerate()
        .filter_map(|(at, line)| Some((at + 1, line.split_once('#')?.1)))
        .flat_map(|(line, columns)| columns.split_whitespace().map(move |column| (line, column.parse().unwrap())))
        .collect();
    assert_eq!(expected.len(), 16);
    let invalid = Folder::with(SIXTEEN).load().unwrap_err();
    let found: Vec<_> =
        invalid.problems.iter().map(|problem| (problem.line.unwrap(), problem.column.unwrap())).collect();
    assert_eq!(found, expected, "{invalid}");
}

#[test]
fn a_problem_is_told_with_the_offending_text_and_the_remedy() {
    let folder = Folder::with(SIXTEEN);
    let text = folder.load().unwrap_err().to_string();
    let file = folder.path("config.toml").display().to_string();
    for line in [
        "13:10: schedule_meetings.\"time table\".settle: \"5 minuts\" is not a duration. Write a number and a unit (s, m, h, d), such as \"30s\", \"5m\" or \"1h30m\".",
        "6:1: api.timeot: there is no key \"timeot\" in [api]. Did you mean \"timeout\"?",
        "4:10: api.app_id: 5 is not a text in quotes. Write a text in quotes.",
        "11:6: mail.on: \"sometimes\" is none of the words allowed here. Write \"always\", \"change\", \"never\" or \"problem\".",
        "18:13: schedule_meetings.b.columns.titel: there is no column \"titel\".",
        "16:27: schedule_meetings.b.schedule: \"30 2 30 2 *\" is not a schedule: no year has such a day.",
    ] {
        assert!(text.lines().any(|found| found.starts_with(&format!("{file}:{line}"))), "{line}\nin\n{text}");
    }
}

#[test]
fn what_toml_cannot_read_does_not_hide_the_rest() {
    let invalid = Folder::with("[api]\ntimeout = 30s\napp_id = \"a\"\napp_id = \"b\"\nmax_attempts = 99\n[state\n")
        .load()
        .unwrap_err();
    let lines: Vec<_> = invalid.problems.iter().map(|problem| problem.line.unwrap()).collect();
    assert_eq!(lines, [2, 4, 5, 6], "{invalid}");
    assert!(invalid.problems[0].problem.contains("\"30s\""), "{invalid}");
}

#[test]
fn what_is_missing_is_told_at_the_table_that_it_is_missing_from() {
    let invalid = Folder::with("\n[api]\n[mail]\nserver = \"smtps://mail.example.org\"\nusername = \"me\"\n[schedule_meetings.a]\nschedule = \"@daily\"\n")
        .load()
        .unwrap_err();
    let found: Vec<_> =
        invalid.problems.iter().map(|problem| (problem.line.unwrap(), problem.key.as_deref().unwrap())).collect();
    let expected = [
        (2, "api.app_id"),
        (2, "api.app_key"),
        (3, "mail.from"),
        (3, "mail.password"),
        (3, "mail.to"),
        (6, "schedule_meetings.a.inbox"),
    ];
    assert_eq!(found, expected, "{invalid}");
    let invalid = Folder::with("").load().unwrap_err();
    assert_eq!(invalid.problems.len(), 2, "{invalid}");
}

/// A table of the job `a`.
fn job(keys: &str) -> String {
    format!("[schedule_meetings.a]\n{keys}\n")
}

/// Fails unless each of these has just this problem, told so. Each stands behind the smallest file there is.
#[track_caller]
fn refused(cases: &[(String, &str)]) {
    for (keys, told) in cases {
        let Err(invalid) = Folder::with(&format!("{MINIMAL}{keys}")).load() else {
            panic!("nothing is said of\n{keys}")
        };
        assert_eq!(invalid.problems.len(), 1, "{keys}\n{invalid}");
        assert!(invalid.to_string().contains(*told), "{told:?} is not said of\n{keys}\n{invalid}");
    }
}

#[test]
fn a_slip_in_the_address_of_the_journals_database_is_told_in_plain_words() {
    let cases = [
        ("journal = \"mysql://r@db1/rooms\"", "it does not begin with postgres://"),
        ("journal = \"postgres://r@db1\"", "it names no database. Write journal = \"postgres://USER@HOST/DATABASE\""),
        ("journal = \"postgres://db1/rooms\"", "it names no user"),
        ("journal = \"postgres:///rooms\"", "it names no host"),
        ("journal = \"postgres://r:secret@db1/rooms\"", "journal_password = { credential = \"NAME\" }"),
        ("journal_ca = \"config.toml\"", "it is for a journal on PostgreSQL"),
        ("node = \"room-1\"", "it is for a journal on PostgreSQL"),
        ("lease = \"20s\"", "it is for a journal on PostgreSQL"),
        ("journal = \"postgres://r@db1/rooms\"\nlease = \"2s\"", "\"2s\" is too short. Write 3s to 10m."),
        ("journal = \"postgres://r@db1/rooms\"\nlease = \"11m\"", "\"11m\" is too long. Write 3s to 10m."),
        ("journal = \"postgres://r@db1/rooms\"\nlease = 20", "20 is not a text in quotes"),
        ("journal = \"postgres://r@db1/rooms\"\njournal_ca = \"ca.pem\"", "there is no file"),
        ("journal = \"postgres://r@db1/rooms\"\nnode = \" \"", "the text is blank"),
    ];
    for (keys, told) in cases {
        let Err(invalid) = Folder::with(&format!("{MINIMAL}[state]\n{keys}\n")).load() else {
            panic!("nothing is said of\n{keys}")
        };
        assert_eq!(invalid.problems.len(), 1, "{keys}\n{invalid}");
        assert!(invalid.to_string().contains(told), "{told:?} is not said of\n{keys}\n{invalid}");
    }
}

#[test]
fn a_slip_about_the_machines_that_run_a_job_is_told_in_plain_words() {
    let state = "[state]\njournal = \"postgres://r@db1/rooms\"\nnode = \"a\"\n";
    let nameless = "[state]\njournal = \"postgres://r@db1/rooms\"\n";
    let cases = [
        (format!("{state}{}", job("nodes = []")), "no machine would run the job"),
        (
            format!("{state}{}", job("nodes = [\"a\", \"b\", \" a \"]")),
            ":8:20: schedule_meetings.a.nodes: \"a\" is named twice",
        ),
        (format!("{state}{}", job("nodes = [\"\"]")), "schedule_meetings.a.nodes: the text is blank"),
        (format!("{state}{}", job("nodes = 5")), "5 is not a text in quotes, or a list of them"),
        (format!("{state}{}", job("nodes = { a = true }")), "is not a text in quotes, or a list of them"),
        (format!("{nameless}{}", job("nodes = [\"a\"]")), "Name it under [state], such as node = \"room-1\"."),
        (job("nodes = [\"a\"]"), "it is for a journal on PostgreSQL. Take it out; or put the journal on PostgreSQL"),
        (job("inbox = \"in\"\nshared = true"), "it is for a journal on PostgreSQL. Take it out; or put the journal on"),
        (format!("{state}{}", job("shared = true")), "Name the folder that is shared"),
        (format!("{state}{}", job("inbox = \"in\"\nshared = \"yes\"")), "\"yes\" is not true or false"),
        (
            format!("{state}[sync_rooms.a]\nrooms = {{ own = true }}\nset = {{ knock = true }}\nshared = true\n"),
            "there is no key \"shared\" in [sync_rooms.a]",
        ),
    ];
    refused(&cases);
    let told = Folder::with(&format!("{MINIMAL}{state}{}", job("nodes = []"))).load().unwrap_err().to_string();
    let line = MINIMAL.lines().count() + 5;
    assert!(told.contains(&format!("config.toml:{line}:9: ")), "{told}");
}

#[test]
fn every_other_slip_is_told_in_plain_words() {
    let timed = |schedule: &str| job(&format!("inbox = \"in\"\nschedule = {schedule}"));
    let mail = |keys: &str| format!("[mail]\n{keys}\n");
    let web = |keys: &str| format!("[web]\n{keys}\n");
    let cases = [
        (timed("[]"), "the list is empty"),
        (timed("\"* * *\""), "it has 3 fields"),
        (timed("\"@reboot\""), "there is no @reboot"),
        (timed("\"61 * * * *\""), "\"61\" is no minute. A minute is 0 to 59"),
        (timed("5"), "5 is not a text in quotes, or a list of them"),
        (job("timezone = \"MEZ\""), "\"MEZ\" is not the name of a time zone"),
        (job("app_type = \"webinar\""), "\"webinar\" is not an application type"),
        (job("enabled = \"yes\""), "\"yes\" is not true or false"),
        (job("results_format = \"xls\""), "Did you mean \"xlsx\"?"),
        (job("results_format = \"pdf\""), "Write \"csv\", \"same\" or \"xlsx\"."),
        (job("catch_up = \"all\""), "Write \"latest\" or \"none\""),
        (job("overlap = \"quue\""), "Did you mean \"queue\"?"),
        (job("jitter = \"2d\""), "\"2d\" is too long. Write 0s to 1d"),
        (job("timeout = \"0s\""), "\"0s\" is too short"),
        (job("max_items = 0"), "Write a whole number from 1 on"),
        (job("max_items = 99999999999999999999"), "the number is too large"),
        (job("abort_after = 1.5"), "1.5 is not a whole number"),
        (job("mail = { to = [] }"), "nobody is named"),
        (job("mail = { form = \"a\" }"), "there is no key \"form\" in [schedule_meetings.a.mail]"),
        (job("ping_url = \"hc-ping.com/x\""), "is not an address"),
        (job("was = \"a b\""), "cannot be the name of a job"),
        (job("was = \"a\""), "there still is a job \"a\""),
        (job("was = \"z\"\n[schedule_meetings.b]\nwas = \"z\""), "the job \"a\" says that it was \"z\" as well"),
        (job("inbox = \"~/in\""), "starts with ~"),
        (job("inbox = \"\""), "the path is blank"),
        (job("inbox = \"config.toml\""), "is not a folder"),
        (job("inbox = \"state\""), "this is where roomkeeper keeps its own files"),
        (job("inbox = \"in\"\n[schedule_meetings.b]\ninbox = \"./in/\""), "the job \"a\" has this inbox already"),
        (
            job("inbox = \"in\"\n[schedule_meetings.b]\ninbox = \"in/done/b\""),
            "among the finished files of the job \"a\"",
        ),
        (
            job("inbox = \"in/failed\"\n[schedule_meetings.b]\ninbox = \"in\""),
            "the inbox of the job \"a\" is among the finished",
        ),
        (job("inboks = \"in\""), "Did you mean \"inbox\"?"),
        (job("shedule = \"@daily\""), "Did you mean \"schedule\"?"),
        (job("on_invalid = \"reject\""), "is none of the words allowed here"),
        (job("on_missing = true"), "true is none of the words allowed here"),
        (job("keep_files = \"1h\""), "\"1h\" is too short"),
        (job("max_file_size = \"100\""), "\"100\" is not the size of a file"),
        ("[schedule_meetings]\na = 5\n".to_owned(), "5 is not a table"),
        (
            "[shedule_meetings.a]\n".to_owned(),
            "there is no key \"shedule_meetings\" at the top of the file. Did you mean \"schedule_meetings\"?",
        ),
        (web("listen = \"0.0.0.0:8787\""), "other machines can reach 0.0.0.0:8787"),
        (web("listen = \"[::]:8787\""), "Add a token: token = { credential = \"web_token\" }"),
        (web("base_path = \"/a\""), "web.listen: the key is missing"),
        (web("listen = \"8787\""), "\"8787\" is no address to listen at. Write an address with a port"),
        (web("listen = \"127.0.0.1:0\""), "the port 0 is none that a browser could be told"),
        (web(&format!("listen = \"unix:/{}\"", "x".repeat(120))), "the path of a socket has 107 bytes at most"),
        (web("listen = \"unix:/tmp\""), "/tmp is a folder. Name the socket in it"),
        (web("listen = \"127.0.0.1:8787\"\nbase_path = \"keeper\""), "\"keeper\" is no path that a proxy could serve"),
        (web("listen = \"127.0.0.1:8787\"\nhosts = [\"https://a.org\"]"), "\"https://a.org\" is no name of a machine"),
        (web("listen = \"127.0.0.1:8787\"\ntoken = \"hush\""), "a secret must not stand in this file"),
        (
            web("listen = \"127.0.0.1:8787\"\ntls = true"),
            "the page is served without TLS. Take this out, and have a proxy",
        ),
        (
            mail("server = \"mail.example.org:587\"\nfrom = \"a@b.org\"\nto = \"a@b.org\""),
            "does not begin with smtp:// or smtps://",
        ),
        (
            mail("server = \"smtps://mail.example.org\"\nfrom = \"it\"\nto = \"a@b.org\""),
            "\"it\" is not a mail address",
        ),
        (mail("server = \"smtps://m.org\"\nfrom = \"a@b.org\"\n[schedule_meetings.a]"), "mail.to: the key is missing"),
        (
            mail(
                "server = \"smtps://m.org\"\nfrom = \"a@b.org\"\non = \"never\"\n[schedule_meetings.a]\nmail = { on = \"always\" }",
            ),
            "schedule_meetings.a.mail.to: the key is missing",
        ),
        (
            "[state]\ndirectory = \"in/done/state\"\n[schedule_meetings.a]\ninbox = \"in\"\n".to_owned(),
            "own files are among the finished files",
        ),
        (mail("password = { env = \"APP_KEY\" }"), "mail.username: the key is missing"),
        (mail("tls_ca = \"nowhere.pem\""), "there is no file"),
        ("[state]\nkeep = \"1h\"\n".to_owned(), "\"1h\" is too short"),
        ("[state]\ndirectory = \"config.toml\"\n".to_owned(), "is not a folder"),
        ("[state]\ndirectory = 1979-05-27\n".to_owned(), "1979-05-27 is not a text in quotes"),
    ];
    refused(&cases);
}

#[test]
fn every_slip_about_the_columns_of_files_is_told_in_plain_words() {
    let cases = [
        (job("encoding = \"cp850\""), "is not the name of an encoding"),
        (job("date_formats = [\"%d.%m.%Y\"]"), "does not tell a whole date and the time of day"),
        (job("columns = { room_name = [] }"), "the list is empty"),
        (job("columns = { room_name = 5 }"), "5 is not a text in quotes"),
        (job("columns = { duration = [\"Days\", \"Hours\", \"Minutes\"] }"), "a length stands in one column or in two"),
        (job("duration_unit = \"days\""), "\"days\" is none of the words allowed here"),
        (job("headings = []"), "no column has a heading"),
        (job("headings = [\"ref\", \"Ref\"]"), "\"Ref\" is named twice"),
        (job("skip_rows = -1"), "-1 is out of range"),
        (job("until = []"), "the list is empty"),
        (
            job("lookup = { room_name = { list = \"p.csv\", from = \"a\", to = \"b\" } }"),
            "\"room_name\" is looked up in no list",
        ),
        (job("lookup = { user_id = { list = \"p.csv\", from = \"a\" } }"), "lookup.user_id.to: the key is missing"),
        (job("lookup = { user_id = { list = \"p.csv\", from = \" \", to = \"b\" } }"), "the text is blank"),
        (
            job("timezone = \"W. Europe Standard Time\""),
            "Write \"Europe/Berlin\", the IANA name of what Windows calls so.",
        ),
        (job("defaults = { duration = 5 }"), "5 is not the duration of a meeting"),
        (job("defaults = { duration = true }"), "true is not a whole number of minutes"),
        (job("defaults = { participants = -1 }"), "-1 is out of range"),
        (job("defaults = { room_name = \"ab\" }"), "cannot be a meeting's title"),
        (job("defaults = { user_id = \" \" }"), "the id is blank"),
        (job("defaults = { user_id = \"u\u{200b}1\" }"), "holds U+200B (a zero-width space)"),
        (job("defaults = { invitee_group_ids = [\"g\u{fffd}\"] }"), "holds U+FFFD"),
        (job("defaults = { timezone = \"UTC\", timezone_id = \"1\" }"), "the time zone is said twice"),
        (job("defaults = { invitee_emails = [\"a@b.org\", \"b\"] }"), "\"b\" is not a mail address"),
        (job("defaults = { start_time = \"x\" }"), "there is no key \"start_time\""),
    ];
    refused(&cases);
}

#[test]
fn a_file_that_is_missing_a_folder_or_no_text_is_one_clear_problem() {
    let folder = Folder::with("timezone = \"UTC\"\n\n\u{e4}\n");
    std::fs::write(folder.path("latin1.toml"), b"timezone = \"UTC\"\n# \xe4\n").unwrap();
    let told = |name: &str| load(&folder.path(name), &folder.environment()).unwrap_err();
    for (name, what) in
        [("nowhere.toml", "there is no such file"), (".", "this is a folder"), ("latin1.toml", "line 2 is not UTF-8")]
    {
        let invalid = told(name);
        assert_eq!(invalid.problems.len(), 1);
        assert!(invalid.problems[0].problem.contains(what), "{invalid}");
    }
}

#[test]
fn a_schedule_that_loses_a_day_to_a_clock_change_is_a_warning() {
    let folder = Folder::with(&format!(
        "timezone = \"Europe/Berlin\"\n{MINIMAL}[schedule_meetings.a]\ninbox = \"in\"\nschedule = [\"30 2 * * *\", \"*/15 2 * * *\"]\n"
    ));
    let warnings = folder.load().unwrap().warnings;
    assert_eq!(warnings.len(), 1, "{warnings:?}");
    assert!(warnings[0].problem.contains("\"*/15 2 * * *\" has no run on 2027-03-28"), "{}", warnings[0]);
    assert_eq!((warnings[0].line, warnings[0].column), (Some(7), Some(27)));
}

#[test]
fn links_to_one_folder_are_one_inbox() {
    let folder = Folder::with(&format!(
        "{MINIMAL}[schedule_meetings.a]\ninbox = \"in\"\n[schedule_meetings.b]\ninbox = \"link\"\n"
    ));
    std::fs::create_dir(folder.path("in")).unwrap();
    std::os::unix::fs::symlink(folder.path("in"), folder.path("link")).unwrap();
    let invalid = folder.load().unwrap_err();
    assert!(invalid.to_string().contains("the job \"a\" has this inbox already"), "{invalid}");
}

#[test]
fn what_is_wrong_with_an_export_is_told_at_its_key() {
    let text = format!(
        "{MINIMAL}[export_meetings.a]\nselect = {{ room_name = \" \", user_ids = [\"\"] }}\nlook_back = \"1h\"\nformat = \"pdf\"\n\
         [export_meetings.b]\npath = \"exports/{{day}}.csv\"\n[export_meetings.c]\npath = \"exports/\"\n\
         [export_meetings.d]\npath = \"all.csv\"\n[export_meetings.e]\npath = \"./all.csv\"\n\
         [export_meetings.f]\npath = \"f.csv\"\nformat = \"xlsx\"\n[export_meetings.g]\npath = \"g.xlsx\"\n"
    );
    let invalid = Folder::with(&text).load().unwrap_err();
    let mut found: Vec<_> = invalid.problems.iter().map(|problem| problem.key.as_deref().unwrap()).collect();
    found.sort_unstable();
    let expected = [
        "export_meetings.a.format",
        "export_meetings.a.look_back",
        "export_meetings.a.path",
        "export_meetings.a.select.room_name",
        "export_meetings.a.select.user_ids",
        "export_meetings.b.path",
        "export_meetings.c.path",
        "export_meetings.e.path",
        "export_meetings.f.path",
        "export_meetings.g.path",
    ];
    assert_eq!(found, expected, "{invalid}");
}

#[test]
fn a_form_of_files_that_is_none_is_told_with_its_place() {
    let text = format!(
        "{MINIMAL}[schedule_meetings.a]\nresults_format = \"xls\"\n[export_meetings.b]\npath = \"b.xlsx\"\nformat = \"csv\"\n\
         [rotate_pins.c]\nrooms = {{ own = true }}\npin_sheet = \"c.csv\"\nformat = \"xlsx\"\n"
    );
    let above = MINIMAL.lines().count();
    let invalid = Folder::with(&text).load().unwrap_err();
    let found: Vec<_> = (invalid.problems.iter())
        .map(|problem| (problem.line.unwrap() - above, problem.column.unwrap(), problem.key.as_deref().unwrap()))
        .collect();
    let expected = [
        (2, 18, "schedule_meetings.a.results_format"),
        (4, 8, "export_meetings.b.path"),
        (8, 13, "rotate_pins.c.pin_sheet"),
    ];
    assert_eq!(found, expected, "{invalid}");
    let told = invalid.to_string();
    assert!(told.contains("Write format = \"xlsx\" beside it, or let it end in .csv."), "{told}");
}
