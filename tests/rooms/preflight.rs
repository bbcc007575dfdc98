//! A rotation makes sure before the first reset that it can be carried through: if anything is wrong, no PIN changes.

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use super::smtp::{Mood, Script, SmtpServer, Stage};
use crate::room_jobs::with_rooms;
use crate::site::Site;

const ROTATION: &str = "[rotate_pins.nightly]\nrooms = { list = 'rooms.csv' }\n";

/// Runs a rotation that is to be refused; answers why.
fn refused(site: &Site) -> String {
    let before = format!("{:?}", site.rooms());
    let run = site.run_job("nightly", 1);
    assert_eq!((run.outcome(), run.items().len()), ("failed", 0), "{run:?}");
    assert_eq!((format!("{:?}", site.rooms()), site.updates()), (before, 0), "something was sent");
    assert!(run.error().contains("no PIN was changed"), "{run:?}");
    run.error().to_owned()
}

#[test]
fn a_room_that_cannot_be_read_refuses_the_run() {
    let site = with_rooms(3, ROTATION);
    site.list(0..4);
    let why = refused(&site);
    assert!(why.contains("1 of 4 rooms cannot be read: line 5 (Owner 3): user u00003 has no permanent room"), "{why}");
    site.list(0..9);
    let why = refused(&site);
    assert!(why.contains("6 of 9 rooms") && why.contains("; and 1 more. Is this the right list"), "{why}");
}

#[test]
fn an_owner_without_an_address_refuses_the_run_where_owners_are_told() {
    let site = with_rooms(3, &format!("{ROTATION}notify_owners = true\n"));
    site.write("rooms.csv", "user_id,email\nu00000,a..b@example.org\nu00001,\nu00002,nobody\n");
    let why = refused(&site);
    assert!(why.contains("3 of 3 have none: line 2"), "{why}");
    assert!(why.contains("; line 3 (room of user u00001); line 4"), "{why}");
    assert!(why.contains("`a..b@example.org` is not a mail address"), "{why}");
    assert!(why.contains("\"nobody\" is not a mail address"), "{why}");
    // `check` says before what the run would say; rows that a run leaves alone do not count.
    let said = why.split_once("since ").unwrap().1.split_once(". Fill").unwrap().0.to_owned();
    let config = site.path("config.toml").display().to_string();
    site.run(&["check"]).expect(0, &format!("warning: {config}: rotate_pins.nightly.rooms: {said}"));
    site.run(&["check", "--online"]).expect(1, &said);
    site.write("rooms.csv", "user_id,email\nu00000,a@example.org\nu00000,\n,\n");
    assert!(!format!("{:?}", site.run(&["check"])).contains("have none"));
    site.write("rooms.csv", "user_id\nu00000\nu00001\nu00002\nu00003\nu00004\nu00005\nu00006\n");
    site.run(&["check"]).expect(0, "7 of 7 have none: line 2 (room of user u00000); line 3");
    site.run(&["check", "--online"]).expect(1, "(room of user u00004); and 2 more");
    site.write("rooms.csv", "user_id,email\nu00000,a@example.org\nu00001,b@example.org\nu00002,c@example.org\n");
    assert!(!format!("{:?}", site.run(&["check"])).contains("have none"));
    site.configure(ROTATION);
    assert_eq!(site.run_job("nightly", 0).counts(), "reset 3");
}

#[test]
fn a_mail_server_that_does_not_answer_refuses_the_run_where_owners_are_told() {
    let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let server = format!("server = 'smtp://127.0.0.1:{nobody}'\nfrom = 'roomkeeper@example.org'\n");
    let site = with_rooms(3, &format!("{server}{ROTATION}notify_owners = true\n"));
    site.list(0..3);
    let why = refused(&site);
    assert!(why.contains("the owners could not be told") && why.contains("cannot be reached"), "{why}");
}

fn mailing(server: &SmtpServer) -> String {
    format!(
        "server = 'smtp://127.0.0.1:{}'\nfrom = 'roomkeeper@example.org'\n{ROTATION}notify_owners = true\n",
        server.port()
    )
}

#[test]
fn a_mail_server_that_would_take_no_mail_refuses_the_run_and_check_says_so_before() {
    let answers = [
        (Stage::Mail, "550 5.7.1 not from here"),
        (Stage::Mail, "452 4.3.1 Insufficient system storage"),
        (Stage::Rcpt, "504 5.5.2 <host>: Helo command rejected: need fully-qualified hostname"),
        (Stage::Rcpt, "554 5.7.1 Client host rejected: Access denied"),
        (Stage::Rcpt, "450 4.1.8 <r@x>: Sender address rejected: Domain not found"),
        (Stage::Rcpt, "421 4.7.0 too many connections"),
    ];
    for (stage, answer) in answers {
        let server = Script::new().habit(Mood::Answer(stage, answer)).serve();
        let site = with_rooms(3, &mailing(&server));
        site.list(0..3);
        let why = refused(&site);
        assert!(why.contains("the owners could not be told") && why.contains(&answer[4..]), "{why}");
        let checked = site.run(&["check", "--online"]);
        checked.expect(1, &answer[4..]);
        assert!(format!("{checked:?}").contains("mail.server") && server.received().is_empty(), "{checked:?}");
    }
}

#[test]
fn an_owner_whose_mail_would_not_be_taken_refuses_the_run_and_check_says_so_before() {
    for answer in ["550 5.1.1 User unknown", "554 5.7.1 Relay access denied", "450 4.1.2 Domain not found"] {
        let server = Script::new().habit(Mood::RefuseRecipient("u00001@example.org", answer)).serve();
        let site = with_rooms(3, &mailing(&server));
        site.list(0..3);
        let why = refused(&site);
        assert!(why.contains("1 of 3 owners could not be told") && why.contains(answer), "{why}");
        let checked = site.run(&["check", "--online"]);
        checked.expect(1, answer);
        assert!(format!("{checked:?}").contains("rotate_pins.nightly.rooms"), "{checked:?}");
    }
}

#[test]
fn an_owner_whose_address_only_some_servers_take_is_told_where_it_is_and_else_no_pin_changes() {
    let server = Script::new().serve();
    let site = with_rooms(2, &mailing(&server));
    site.write("rooms.csv", "user_id,email\nu00000,ada@example.org\nu00001,jürgen@example.org\n");
    let checked = site.run(&["check"]);
    checked.expect(0, "jürgen@example.org has letters outside a-z before the @");
    assert!(!format!("{checked:?}").contains("ada@example.org"), "{checked:?}");
    assert!(refused(&site).contains("1 of 2 owners could not be told: the mail server"));
    assert!(refused(&site).contains("jürgen@example.org, which has letters outside a-z before the @"));

    let server = Script::new().offers_utf8().serve();
    let site = with_rooms(2, &mailing(&server));
    site.write("rooms.csv", "user_id,email\nu00000,ada@example.org\nu00001,jürgen@example.org\n");
    assert_eq!(site.run_job("nightly", 0).counts(), "reset 2");
    let to = |address: &str| server.received().into_iter().find(|mail| mail.to == [address]).unwrap();
    assert!(to("jürgen@example.org").utf8 && !to("ada@example.org").utf8);
}

#[test]
fn an_owners_domain_with_umlauts_is_written_as_servers_take_it() {
    let server = Script::new().serve();
    let site = with_rooms(2, &mailing(&server));
    site.write("rooms.csv", "user_id,email\nu00000,ada@schüle.example\n");
    assert_eq!(site.run_job("nightly", 0).counts(), "reset 1");
    assert!(server.received().iter().any(|mail| mail.to == ["ada@xn--schle-mva.example"]));
}

#[test]
fn greylisting_keeps_no_rotation_from_its_work() {
    let greylisted = "450 4.2.0 <x>: Recipient address rejected: Greylisted, see the manual";
    let server = Script::new().habit(Mood::RefuseRecipient("u00001@example.org", greylisted)).serve();
    let site = with_rooms(3, &mailing(&server));
    site.list(0..3);
    site.run(&["check", "--online"]).expect(0, "");
    assert_eq!(site.run_job("nightly", 0).counts(), "reset 3");
    let told: Vec<_> = server.received().iter().flat_map(|mail| mail.to.clone()).collect();
    assert!(
        told.contains(&"u00000@example.org".to_owned()) && told.contains(&"u00002@example.org".to_owned()),
        "{told:?}"
    );
}

#[test]
fn a_rotation_of_many_owners_needs_few_connections() {
    let server = Script::new().serve();
    let site = with_rooms(60, &mailing(&server));
    site.list(0..60);
    assert_eq!(site.run_job("nightly", 0).counts(), "reset 60");
    let to_owners = server.received().iter().filter(|mail| mail.to != ["it@example.org"]).count();
    assert_eq!(to_owners, 60);
    assert!(server.connections() <= 10, "{}", server.connections());
}

#[test]
fn a_command_tells_every_owner_also_by_a_slow_mail_server() {
    let server = Script::new().habit(Mood::Slow(Stage::Content, Duration::from_secs(7))).serve();
    let site = with_rooms(4, &mailing(&server));
    site.list(0..4);
    let ran = site.run(&["run", "nightly"]);
    ran.expect(0, "mails are still going out");
    assert!(!ran.err.contains("wait;"), "{ran:?}");
    assert_eq!(server.received().len(), 5, "four owners, and the mail about the run: {ran:?}");
}

#[test]
fn a_command_says_how_many_mails_a_silent_mail_server_leaves_to_the_next() {
    let server = Script::new().habit(Mood::Stall(Stage::Data)).serve();
    let site = with_rooms(2, &mailing(&server));
    site.list(0..2);
    let ran = site.run(&["run", "nightly"]);
    ran.expect(0, "3 mails wait; the next start sends them");
    assert!(ran.err.contains("the mail server does not answer"), "{ran:?}");
}

#[test]
fn a_sheet_that_could_not_be_written_refuses_the_run() {
    let site = with_rooms(3, &format!("{ROTATION}pin_sheet = 'file/{{date}}.csv'\n"));
    site.list(0..3);
    site.write("file", "this is no folder");
    let why = refused(&site);
    assert!(why.contains("the sheet") && why.contains("file/"), "{why}");
}

#[test]
fn a_dry_run_tells_what_it_would_do_and_leaves_nothing_behind() {
    let site = with_rooms(3, &format!("{ROTATION}pin_sheet = 'pins/{{date}}.csv'\n"));
    site.list(0..3);
    let dry = site.run(&["run", "nightly", "--dry-run"]);
    dry.expect(0, "line 2: would be reset  Room of u00000");
    assert_eq!((site.updates(), site.path("pins").exists(), site.path("state").exists()), (0, false, false));
    site.list(0..4);
    site.run(&["run", "nightly", "--dry-run"]).expect(1, "1 of 4 rooms cannot be read");
}

#[test]
fn a_sheet_is_for_its_owner_alone_and_one_that_is_there_is_kept() {
    let site = with_rooms(2, &format!("{ROTATION}pin_sheet = 'pins/new.csv'\n"));
    site.list(0..2);
    site.run_job("nightly", 0);
    let first = std::fs::read_to_string(site.path("pins/new.csv")).unwrap();
    assert_eq!(site.path("pins/new.csv").metadata().unwrap().permissions().mode() & 0o777, 0o600);
    site.run_job("nightly", 0);
    assert_eq!(std::fs::read_to_string(site.path("pins/new.csv")).unwrap(), first);
    let second = std::fs::read_to_string(site.path("pins/new-2.csv")).unwrap();
    assert_ne!(first, second);
    assert_eq!(std::fs::read_dir(site.path("pins")).unwrap().count(), 2, "something was left aside");
}

#[test]
fn a_rotation_by_the_mail_program_tells_each_owner_and_says_what_nobody_can_promise() {
    let site = with_rooms(2, "");
    let (text, program) = (site.path("script"), site.path("sendmail"));
    let mail = format!("server = 'sendmail:{}'\nfrom = 'roomkeeper@example.org'\n", program.display());
    site.configure(&format!("{mail}{ROTATION}notify_owners = true\n"));
    site.write("rooms.csv", "user_id,email\nu00000,a@example.org\nu00001,b@example.org\n");
    let why = refused(&site);
    assert!(why.contains("the owners could not be told") && why.contains("is not there; install it"), "{why}");
    // Written by another program: a file that is open for writing somewhere cannot be run.
    let script = "#!/bin/sh\nfor last; do :; done\ncat > \"${0%/*}/mail-$last\"\n";
    std::fs::write(&text, script).unwrap();
    assert!(
        std::process::Command::new("install").args(["-m", "755"]).args([&text, &program]).status().unwrap().success()
    );
    assert_eq!(site.run_job("nightly", 0).counts(), "reset 2");
    let read = |name: &str| std::fs::read_to_string(site.path(name)).unwrap();
    for owner in ["a", "b"] {
        assert!(read(&format!("mail-{owner}@example.org")).contains(&format!("To: {owner}@example.org")));
    }
    // The summary to those who keep the rooms.
    let summary =
        mail_parser::MessageParser::default().parse(read("mail-it@example.org").as_bytes()).unwrap().into_owned();
    let body = summary.body_text(0).unwrap().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(body.contains("which takes each and may refuse it later"), "{body}");
}
