//! `roomkeeper setup`: from nothing to a configuration that works, by flags and at a terminal.

use std::fs;
use std::io::{Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::front::{PROGRAM, Sandbox, Told, World, timetable};

const KEY: &str = "a-key-that-nobody-may-see";

/// A folder without a configuration, with the App Key in a file.
fn bare() -> (World, Sandbox) {
    let sandbox = Sandbox::at(0, KEY, "", &[]);
    let world = World::new(sandbox.port, "");
    fs::remove_file(world.path("config.toml")).unwrap();
    fs::remove_dir(world.path("inbox")).unwrap();
    fs::write(world.path("key.txt"), format!("{KEY}\n")).unwrap();
    fs::set_permissions(world.path("key.txt"), fs::Permissions::from_mode(0o600)).unwrap();
    (world, sandbox)
}

fn base_url(sandbox: &Sandbox) -> String {
    format!("http://127.0.0.1:{}/ucaas/v1", sandbox.port)
}

fn setup(world: &World, sandbox: &Sandbox, more: &[&str]) -> Told {
    let url = base_url(sandbox);
    let mut arguments = vec!["setup", "--app-id", "sandbox", "--base-url", &url, "--timezone", "Europe/Berlin"];
    arguments.extend(more);
    world.run(&arguments)
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

#[test]
fn flags_make_a_configuration_that_works_at_once() {
    let (world, sandbox) = bare();
    let told = setup(&world, &sandbox, &["--app-key-file", "key.txt", "--mail-to", "office@example.org"]);
    told.expect(0, "the configuration is valid");
    for words in ["import --dry-run timetable.csv", "daemon", "history"] {
        assert!(told.out.contains(words), "{words} is not among what is next: {}", told.out);
    }
    assert!(!told.out.contains(KEY) && !told.err.contains(KEY));
    assert_eq!((mode(&world.path("app_key")), mode(&world.path("config.toml"))), (0o600, 0o640));
    fs::write(world.path("a.csv"), timetable(0..2)).unwrap();
    world.run(&["import", "a.csv"]).expect(0, "2 created");
    sandbox.expect_made(0..2);
}

#[test]
fn nothing_that_is_there_is_replaced() {
    let (world, sandbox) = bare();
    fs::write(world.path("config.toml"), "mine").unwrap();
    setup(&world, &sandbox, &["--app-key-file", "key.txt"]).expect(4, "config.toml is there already");
    assert_eq!(fs::read_to_string(world.path("config.toml")).unwrap(), "mine");
    assert!(!world.path("app_key").exists() && !world.path("inbox").exists());

    fs::remove_file(world.path("config.toml")).unwrap();
    fs::rename(world.path("key.txt"), world.path("app_key")).unwrap();
    setup(&world, &sandbox, &["--app-key-file", "app_key"]).expect(2, "app_key is there already");
    // Left out, the one that is there is used.
    setup(&world, &sandbox, &[]).expect(0, "the configuration is valid");
}

#[test]
fn a_dry_run_shows_everything_but_secrets_and_writes_nothing() {
    let (world, sandbox) = bare();
    let before = crate::front::names(world.folder.path());
    let told = setup(&world, &sandbox, &["--app-key-file", "key.txt", "--dry-run"]);
    told.expect(0, "timezone = \"Europe/Berlin\"");
    assert!(told.out.contains("the App Key") && !told.out.contains(KEY), "{}", told.out);
    assert_eq!(crate::front::names(world.folder.path()), before);
}

#[test]
fn what_is_missing_or_wrong_is_told_and_nothing_is_written() {
    let (world, sandbox) = bare();
    world.run(&["setup"]).expect(2, "add --app-id and --app-key-file");
    let told = setup(&world, &sandbox, &["--app-key-file", "key.txt", "--mail-to", "office", "--inbox", "/"]);
    told.expect(4, "nothing was written");
    assert!(told.err.contains("mail.to") && told.err.contains("inbox"), "{}", told.err);
    setup(&world, &sandbox, &["--app-key-file", "nothing.txt"]).expect(2, "nothing.txt");
    fs::write(world.path("empty"), "\n").unwrap();
    fs::set_permissions(world.path("empty"), fs::Permissions::from_mode(0o600)).unwrap();
    setup(&world, &sandbox, &["--app-key-file", "empty"]).expect(2, "is empty");
    assert!(!world.path("config.toml").exists() && !world.path("app_key").exists());
}

#[test]
fn what_was_written_before_something_failed_is_taken_away() {
    let (world, sandbox) = bare();
    fs::write(world.path("in_the_way"), "").unwrap();
    let told = setup(&world, &sandbox, &["--app-key-file", "key.txt", "--inbox", "in_the_way/inbox"]);
    assert_ne!(told.code, Some(0));
    assert!(!world.path("config.toml").exists() && !world.path("app_key").exists());
}

#[test]
fn a_server_that_does_not_know_the_key_is_told_and_the_files_stay_to_be_mended() {
    let (world, sandbox) = bare();
    fs::write(world.path("key.txt"), "another key").unwrap();
    let told = setup(&world, &sandbox, &["--app-key-file", "key.txt"]);
    assert_eq!(told.code, Some(1), "{told:?}");
    assert!(told.out.contains("Compare app_id and app_key") && told.out.contains("first."), "{}", told.out);
    assert!(world.path("config.toml").exists());
}

#[test]
fn each_command_that_comes_next_names_the_file_that_was_written() {
    let (world, sandbox) = bare();
    fs::write(world.path("key.txt"), "another key").unwrap();
    let config = world.path("mine.toml");
    let url = base_url(&sandbox);
    let told = world.run(&[
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
    let (world, _sandbox) = bare();
    let folder = format!("/etc/roomkeeper-test-{}", std::process::id());
    let config = format!("{folder}/config.toml");
    fs::write(world.path("password"), "mail-secret").unwrap();
    fs::set_permissions(world.path("password"), fs::Permissions::from_mode(0o600)).unwrap();
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
    let told = world.run(&arguments);
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

/// Somebody who types these lines, each when he is asked for it, and sees what the program says.
fn at_a_terminal(world: &World, sandbox: &Sandbox, lines: &[(&str, &str)]) -> (Option<i32>, String) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap();
    let theirs = fs::OpenOptions::new().read(true).write(true).open(name.to_str().unwrap()).unwrap();
    // The questions for secrets go to the controlling terminal.
    let mut command = Command::new("setsid");
    world.prepare(&mut command);
    command.args(["--ctty", "--wait", PROGRAM, "setup", "--base-url", &base_url(sandbox)]);
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
            crate::front::wait_for("a terminal that shows nothing", || {
                let modes = rustix::termios::tcgetattr(&terminal).unwrap().local_modes;
                (!modes.contains(rustix::termios::LocalModes::ECHO)).then_some(())
            });
        }
        writeln!(terminal, "{answer}").unwrap();
    }
    let mut rest = Vec::new();
    // A terminal that nobody has open any more ends with an error.
    let _ = terminal.read_to_end(&mut rest);
    seen.push_str(&String::from_utf8_lossy(&rest));
    (child.wait().unwrap().code(), seen)
}

#[test]
fn somebody_at_a_terminal_is_asked_and_asked_again_and_the_key_is_not_shown() {
    let (world, sandbox) = bare();
    let (code, seen) = at_a_terminal(
        &world,
        &sandbox,
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
    let config = fs::read_to_string(world.path("config.toml")).unwrap();
    assert!(config.contains("to = [\"office@example.org\", \"it@example.org\"]"), "{config}");
}

#[test]
fn answers_that_end_early_leave_nothing() {
    let (world, sandbox) = bare();
    // Ctrl-D.
    let (code, seen) =
        at_a_terminal(&world, &sandbox, &[("App ID", "sandbox"), ("App Key", KEY), ("Time zone", "\u{4}")]);
    assert_ne!(code, Some(0), "{seen}");
    assert!(!world.path("config.toml").exists() && !world.path("app_key").exists());
}

#[test]
fn whoever_names_the_mail_program_is_not_asked_for_a_login() {
    let (world, sandbox) = bare();
    let (code, seen) = at_a_terminal(
        &world,
        &sandbox,
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
    let config = fs::read_to_string(world.path("config.toml")).unwrap();
    assert!(config.contains("server = \"sendmail:/bin/true\"") && !config.contains("username"), "{config}");
}

#[test]
fn a_service_that_sends_by_the_machine_s_own_program_has_its_drop_in_or_is_told_of_it() {
    let (world, _sandbox) = bare();
    let dry = |server: &str| {
        let told = world.run(&[
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
    let program = world.path("msmtp");
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
