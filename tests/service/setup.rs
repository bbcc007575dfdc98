//! `roomkeeper setup`: from nothing to a configuration that works, by flags and at a terminal.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::site::{PROGRAM, Ran, Site, timetable};

const KEY: &str = "a-key-that-nobody-may-see";

/// A folder without a configuration, with the App Key in a file.
fn bare() -> Site {
    let site = Site::builder().key(KEY).build("");
    fs::remove_file(site.path("config.toml")).unwrap();
    fs::remove_dir(site.path("inbox")).unwrap();
    fs::write(site.path("key.txt"), format!("{KEY}\n")).unwrap();
    fs::set_permissions(site.path("key.txt"), fs::Permissions::from_mode(0o600)).unwrap();
    site
}

fn setup(site: &Site, more: &[&str]) -> Ran {
    let url = site.sandbox.base_url();
    let mut arguments = vec!["setup", "--app-id", "sandbox", "--base-url", &url, "--timezone", "Europe/Berlin"];
    arguments.extend(more);
    site.run(&arguments)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn flags_make_a_configuration_that_works_at_once() {
    let site = bare();
    let told = setup(&site, &["--app-key-file", "key.txt", "--mail-to", "office@example.org"]);
    told.expect(0, "the configuration is valid");
    for words in ["import --dry-run timetable.csv", "daemon", "history"] {
        assert!(told.out.contains(words), "{words} is not among what is next: {}", told.out);
    }
    assert!(!told.out.contains(KEY) && !told.err.contains(KEY));
    assert_eq!((mode(&site.path("app_key")), mode(&site.path("config.toml"))), (0o600, 0o640));
    fs::write(site.path("a.csv"), timetable(0..2)).unwrap();
    site.run(&["import", "a.csv"]).expect(0, "2 created");
    site.sandbox.expect_made(0..2);
}

#[test]
fn nothing_that_is_there_is_replaced() {
    let site = bare();
    fs::write(site.path("config.toml"), "mine").unwrap();
    setup(&site, &["--app-key-file", "key.txt"]).expect(4, "config.toml is there already");
    assert_eq!(fs::read_to_string(site.path("config.toml")).unwrap(), "mine");
    assert!(!site.path("app_key").exists() && !site.path("inbox").exists());

    fs::remove_file(site.path("config.toml")).unwrap();
    fs::rename(site.path("key.txt"), site.path("app_key")).unwrap();
    setup(&site, &["--app-key-file", "app_key"]).expect(2, "app_key is there already");
    // Left out, the one that is there is used.
    setup(&site, &[]).expect(0, "the configuration is valid");
}

#[test]
fn a_dry_run_shows_everything_but_secrets_and_writes_nothing() {
    let site = bare();
    let before = crate::site::names(&site.path(""));
    let told = setup(&site, &["--app-key-file", "key.txt", "--dry-run"]);
    told.expect(0, "timezone = \"Europe/Berlin\"");
    assert!(told.out.contains("the App Key") && !told.out.contains(KEY), "{}", told.out);
    assert_eq!(crate::site::names(&site.path("")), before);
}

#[test]
fn what_is_missing_or_wrong_is_told_and_nothing_is_written() {
    let site = bare();
    site.run(&["setup"]).expect(2, "add --app-id and --app-key-file");
    let told = setup(&site, &["--app-key-file", "key.txt", "--mail-to", "office", "--inbox", "/"]);
    told.expect(4, "nothing was written");
    assert!(told.err.contains("mail.to") && told.err.contains("inbox"), "{}", told.err);
    setup(&site, &["--app-key-file", "nothing.txt"]).expect(2, "nothing.txt");
    fs::write(site.path("empty"), "\n").unwrap();
    fs::set_permissions(site.path("empty"), fs::Permissions::from_mode(0o600)).unwrap();
    setup(&site, &["--app-key-file", "empty"]).expect(2, "is empty");
    assert!(!site.path("config.toml").exists() && !site.path("app_key").exists());
}

#[test]
fn what_was_written_before_something_failed_is_taken_away() {
    let site = bare();
    fs::write(site.path("in_the_way"), "").unwrap();
    let told = setup(&site, &["--app-key-file", "key.txt", "--inbox", "in_the_way/inbox"]);
    assert_ne!(told.code, 0);
    assert!(!site.path("config.toml").exists() && !site.path("app_key").exists());
}

#[test]
fn a_server_that_does_not_know_the_key_is_told_and_the_files_stay_to_be_mended() {
    let site = bare();
    fs::write(site.path("key.txt"), "another key").unwrap();
    let told = setup(&site, &["--app-key-file", "key.txt"]);
    assert_eq!(told.code, 1, "{told:?}");
    assert!(told.out.contains("Compare app_id and app_key") && told.out.contains("first."), "{}", told.out);
    assert!(site.path("config.toml").exists());
}

#[test]
fn each_command_that_comes_next_names_the_file_that_was_written() {
    let site = bare();
    fs::write(site.path("key.txt"), "another key").unwrap();
    let config = site.path("mine.toml");
    let url = site.sandbox.base_url();
    let told = site.run(&[
        "--config",
        "mine.toml",
        "setup",
        "--app-id",
        "sandbox",
        "--app-key-file",
        "key.txt",
        "--base-url",
        &url,
        "--timezone",
        "UTC",
    ]);
    told.expect(1, "That comes first.");
    for command in ["check --online", "import --dry-run timetable.csv", "daemon", "history"] {
        let whole = format!("roomkeeper --config {} {command}", config.display());
        assert!(told.out.contains(&whole), "{whole} is missing: {}", told.out);
    }
}

#[test]
fn a_service_gets_its_places_its_credentials_and_a_drop_in() {
    let site = bare();
    let folder = format!("/etc/roomkeeper-test-{}", std::process::id());
    let config = format!("{folder}/config.toml");
    fs::write(site.path("password"), "mail-secret").unwrap();
    fs::set_permissions(site.path("password"), fs::Permissions::from_mode(0o600)).unwrap();
    let arguments = [
        "--config",
        &config,
        "setup",
        "--dry-run",
        "--app-id",
        "a",
        "--app-key-file",
        "key.txt",
        "--timezone",
        "UTC",
        "--mail-to",
        "it@example.org",
        "--mail-server",
        "smtps://mail.example.org",
        "--mail-from",
        "rk@example.org",
        "--mail-username",
        "rk",
        "--mail-password-file",
        "password",
        "--inbox",
        "/srv/timetables",
    ];
    let told = site.run(&arguments);
    told.expect(0, "directory = \"/var/lib/roomkeeper\"");
    for words in [
        "app_key = { credential = \"app_key\" }",
        "password = { credential = \"smtp_password\" }",
        &format!("LoadCredential=smtp_password:{folder}/smtp_password"),
        "ReadWritePaths=-/srv/timetables",
        "(mode 2770, roomkeeper:roomkeeper-drop)",
        "(mode 600, root:root): the App Key",
        "(mode 640, root:roomkeeper)",
    ] {
        assert!(told.out.contains(words), "{words} is missing: {}", told.out);
    }
    assert!(!told.out.contains("mail-secret") && !Path::new(&folder).exists());
}

/// Types these lines at a terminal, each when the program asks for it, and returns all that the program says.
fn at_a_terminal(site: &Site, lines: &[(&str, &str)]) -> (Option<i32>, String) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs = fs::OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    // The questions for secrets go to the controlling terminal.
    let mut command = Command::new("setsid");
    site.prepare(&mut command);
    command.args(["--ctty", "--wait", PROGRAM, "setup", "--base-url", &site.sandbox.base_url()]);
    let stdio = || Stdio::from(theirs.try_clone().unwrap());
    let mut child = command.stdin(stdio()).stdout(stdio()).stderr(stdio()).spawn().unwrap();
    drop(theirs);
    drop(command);
    let mut terminal = fs::File::from(ours);
    let mut seen = String::new();
    let mut told = 0;
    for (question, answer) in lines {
        while !seen[told..].contains(question) {
            let mut bytes = [0; 4096];
            let read = terminal.read(&mut bytes).unwrap_or(0);
            assert_ne!(read, 0, "the program ended before it asked {question}: {seen}");
            seen.push_str(&String::from_utf8_lossy(&bytes[..read]));
        }
        told = seen.len();
        if question.contains("App Key") {
            crate::site::wait_for("a terminal that shows nothing", || {
                let modes = rustix::termios::tcgetattr(&terminal).unwrap().local_modes;
                (!modes.contains(rustix::termios::LocalModes::ECHO)).then_some(())
            });
        }
        writeln!(terminal, "{answer}").unwrap();
    }
    let mut rest = Vec::new();
    // A terminal that no program has open any more ends with an error.
    let _ = terminal.read_to_end(&mut rest);
    seen.push_str(&String::from_utf8_lossy(&rest));
    (child.wait().unwrap().code(), seen)
}

#[test]
fn somebody_at_a_terminal_is_asked_and_asked_again_and_the_key_is_not_shown() {
    let site = bare();
    let (code, seen) = at_a_terminal(
        &site,
        &[
            ("App ID", "sandbox"),
            ("App Key", KEY),
            ("Time zone", "Mars/Olympus"),
            ("Time zone", "europe/berlin"),
            ("Mail server", ""),
            ("Who gets the mails", "office@example.org, it@example.org"),
            ("Folder", ""),
        ],
    );
    assert_eq!(code, Some(0), "{seen}");
    assert!(seen.contains("Mars/Olympus") && seen.contains("the configuration is valid"), "{seen}");
    assert!(!seen.contains(KEY), "{seen}");
    let config = fs::read_to_string(site.path("config.toml")).unwrap();
    assert!(config.contains("to = [\"office@example.org\", \"it@example.org\"]"), "{config}");
}

#[test]
fn answers_that_end_early_leave_nothing() {
    let site = bare();
    // Ctrl-D.
    let (code, seen) = at_a_terminal(&site, &[("App ID", "sandbox"), ("App Key", KEY), ("Time zone", "\u{4}")]);
    assert_ne!(code, Some(0), "{seen}");
    assert!(!site.path("config.toml").exists() && !site.path("app_key").exists());
}

#[test]
fn whoever_names_the_mail_program_is_not_asked_for_a_login() {
    let site = bare();
    let (code, seen) = at_a_terminal(
        &site,
        &[
            ("App ID", "sandbox"),
            ("App Key", KEY),
            ("Time zone", "europe/berlin"),
            ("Mail server", "sendmail:/bin/true"),
            ("Who gets the mails", "it@example.org"),
            ("Sender", "r@example.org"),
            ("Folder", ""),
        ],
    );
    assert_eq!(code, Some(0), "{seen}");
    assert!(!seen.contains("logs in") && seen.contains("it takes every mail, and may refuse it later"), "{seen}");
    let config = fs::read_to_string(site.path("config.toml")).unwrap();
    assert!(config.contains("server = \"sendmail:/bin/true\"") && !config.contains("username"), "{config}");
}

#[test]
fn a_service_that_sends_by_the_machine_s_own_program_has_its_drop_in_or_is_told_of_it() {
    let site = bare();
    let dry = |server: &str| {
        let told = site.run(&[
            "--config",
            "/etc/roomkeeper-that-is-not-there/config.toml",
            "setup",
            "--app-id",
            "sandbox",
            "--app-key-file",
            "key.txt",
            "--timezone",
            "UTC",
            "--mail-server",
            server,
            "--mail-from",
            "roomkeeper@example.org",
            "--mail-to",
            "it@example.org",
            "--dry-run",
        ]);
        told.expect(0, "app_key");
        told.out
    };
    let groups = fs::read_to_string("/etc/group").unwrap();
    let program = site.path("msmtp");
    fs::write(&program, "").unwrap();
    for (server, group) in [(format!("sendmail:{}", program.display()), "msmtp"), ("sendmail:".to_owned(), "postdrop")]
    {
        let out = dry(&server);
        let is_there = groups.lines().any(|line| line.starts_with(&format!("{group}:")));
        let line = format!("SupplementaryGroups={group}\n");
        assert_eq!((out.contains(&line), out.contains("sendmail.conf.example")), (is_there, !is_there), "{out}");
    }
    assert!(!dry("smtp://localhost").contains("sendmail"));
}
