//! Mail by the machine's own mail program: taken, put off, refused; and what nobody can promise of it.

use std::path::PathBuf;
use std::process::Command;

use crate::front::{Sandbox, World, timetable, wait_for};

/// A world whose mail program does this. It is named in the configuration that follows; `more` comes after `[mail]`.
fn world(sandbox: &Sandbox, script: &str, to: &str, more: &str) -> World {
    let world = World::new(sandbox.port, "");
    let program = program(&world, script);
    let mail = format!(
        "[mail]\nserver = \"sendmail:{}\"\nfrom = \"Roomkeeper <r@example.org>\"\nto = [{to}]\non = \"always\"\n{more}",
        program.display()
    );
    world.configure(sandbox.port, &mail);
    std::fs::write(world.path("a.csv"), timetable(0..1)).unwrap();
    world
}

/// Writes the program by another one: a file that is open for writing somewhere cannot be run.
fn program(world: &World, script: &str) -> PathBuf {
    let (text, program) = (world.path("script"), world.path("sendmail"));
    std::fs::write(&text, format!("#!/bin/sh\ncd '{}'\n{script}\n", world.folder.path().display())).unwrap();
    assert!(Command::new("install").args(["-m", "755"]).args([&text, &program]).status().unwrap().success());
    program
}

/// Keeps how it was called, and the mail, in files of their own.
const KEEP: &str = "for last; do :; done\necho \"$@\" >> calls\ncat > \"mail-$last\"";

fn read(world: &World, name: &str) -> String {
    std::fs::read_to_string(world.path(name)).unwrap_or_default()
}

#[test]
fn each_receiver_s_mail_goes_through_the_program_with_the_lines_of_this_machine() {
    let sandbox = Sandbox::start(&[]);
    let world = world(&sandbox, KEEP, "\"it@example.org\", \"head@example.org\"", "");
    world.run(&["import", "a.csv"]).expect(0, "1 created");
    assert_eq!(
        read(&world, "calls"),
        "-i -f r@example.org -- it@example.org\n-i -f r@example.org -- head@example.org\n"
    );
    let mail = read(&world, "mail-it@example.org");
    assert_eq!(mail, read(&world, "mail-head@example.org"));
    assert!(!mail.contains('\r') && mail.ends_with('\n'), "{mail:?}");
    let mail = mail_parser::MessageParser::default().parse(&mail).unwrap();
    assert!(mail.subject().unwrap().starts_with("[roomkeeper] OK import@"), "{mail:?}");
    world.run(&["mail"]).expect(0, "no mail waits");
}

#[test]
fn a_mail_that_the_program_cannot_take_now_waits_and_is_tried_again() {
    let sandbox = Sandbox::start(&[]);
    let world = world(&sandbox, "cat > /dev/null\necho 'queue is\nfull' >&2\nexit 75", "\"it@example.org\"", "");
    world.run(&["import", "a.csv"]).expect(0, "1 created");
    world.run(&["mail"]).expect(0, "cannot take the mail to it@example.org now (exit code 75): queue is full");
    program(&world, KEEP);
    world.run(&["mail", "--retry"]).expect(0, "no mail waits");
    assert!(read(&world, "mail-it@example.org").contains("Subject:"));
}

#[test]
fn a_receiver_that_the_program_does_not_know_is_final_and_the_others_get_their_mail_once() {
    let sandbox = Sandbox::start(&[]);
    let script = format!("{KEEP}\ncase $last in gone@*) echo 'no such user' >&2; exit 67;; esac");
    let world = world(&sandbox, &script, "\"gone@example.org\", \"it@example.org\"", "");
    world.run(&["import", "a.csv"]).expect(0, "1 created");
    world.run(&["list"]).expect(0, "an address gets no mail: gone@example.org");
    world.run(&["list"]).expect(0, "knows no receiver gone@example.org (exit code 67): no such user");
    let history = world.json(&["history", "--json"]);
    let run = history[0]["run"].as_str().unwrap();
    assert_eq!(world.json(&["show", run, "--json"])["mails"][0]["state"], "sent, but not to everybody");
    world.run(&["mail"]).expect(0, "no mail waits");

    let nobody = self::world(&sandbox, "exit 67", "\"gone@example.org\"", "");
    nobody.run(&["import", "a.csv"]).expect(0, "1 exists");
    nobody.run(&["mail"]).expect(0, "given up");
}

#[test]
fn what_the_program_s_server_said_tells_whose_fault_a_refusal_is() {
    let sandbox = Sandbox::start(&[]);
    // Seen of msmtp 1.8.23, whose codes do not tell these apart.
    let says = |code: u8, answer: &str| {
        let said = format!("msmtp: recipient address not accepted by the server\nmsmtp: server message: {answer}");
        format!("{KEEP}\ncase $last in gone@*) echo '{said}' >&2; exit {code};; esac")
    };
    let script = says(65, "550 5.1.1 <gone@example.org>: User unknown");
    let world = world(&sandbox, &script, "\"gone@example.org\", \"it@example.org\"", "");
    world.run(&["import", "a.csv"]).expect(0, "1 created");
    let listed = world.run(&["list"]);
    listed.expect(0, "an address gets no mail: gone@example.org");
    listed.expect(0, "(exit code 65, it cannot use the mail or an address): msmtp: recipient address not accepted");
    assert!(!listed.out.contains("the mail server takes no mail"), "{listed:?}");
    world.run(&["mail"]).expect(0, "no mail waits");

    for (code, answer, waits, words) in [
        (69, "450 4.2.0 <gone@example.org>: Greylisted", true, ""),
        (
            65,
            "554 5.7.1 <gone@example.org>: Relay access denied",
            true,
            "the mail server passes no mail on to another domain",
        ),
        (
            69,
            "450 4.1.8 <r@example.org>: Sender address rejected: Domain not found",
            true,
            "the mail server takes no mail",
        ),
    ] {
        let world = self::world(&sandbox, &says(code, answer), "\"gone@example.org\"", "");
        world.run(&["import", "a.csv"]).expect(0, "1 exists");
        assert_eq!(world.run(&["mail"]).out.contains("waits"), waits, "{answer}");
        world.run(&["list"]).expect(0, words);
        assert_eq!(world.run(&["list"]).out.contains("takes no mail"), words.contains("takes no mail"), "{answer}");
    }
}

#[test]
fn who_was_put_off_gets_the_mail_later_and_who_has_it_does_not_get_it_again() {
    let sandbox = Sandbox::start(&[]);
    let script = format!("{KEEP}\ncase $last in later@*) exit 75;; esac");
    let world = world(&sandbox, &script, "\"it@example.org\", \"later@example.org\"", "");
    world.run(&["import", "a.csv"]).expect(0, "1 created");
    program(&world, KEEP);
    world.run(&["mail", "--retry"]).expect(0, "no mail waits");
    let calls = read(&world, "calls");
    assert_eq!((calls.matches("-- it@").count(), calls.matches("-- later@").count()), (1, 2), "{calls}");
}

#[test]
fn any_other_code_is_a_matter_of_set_up_that_stands_as_a_trouble_until_it_is_put_right() {
    let sandbox = Sandbox::start(&[]);
    let job = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\npoll = \"1s\"\n";
    // It does not even read the mail.
    let world = world(&sandbox, "echo 'no configuration' >&2\nexit 78", "\"it@example.org\"", job);
    let daemon = world.daemon();
    world.drop_renamed("a.csv", &timetable(1..2));
    wait_for("the trouble stands", || world.run(&["list"]).out.contains("the mail server takes no mail").then_some(()));
    world.run(&["list"]).expect(0, "(exit code 78, it is not set up rightly): no configuration; set the program up so");
    program(&world, KEEP);
    daemon.signal(rustix::process::Signal::HUP);
    wait_for("the mail is handed over", || (!read(&world, "mail-it@example.org").is_empty()).then_some(()));
    wait_for("the trouble has ended", || (!world.run(&["list"]).out.contains("takes no mail")).then_some(()));
}

#[test]
fn a_program_that_is_killed_or_says_much_is_heard_all_the_same() {
    let sandbox = Sandbox::start(&[]);
    let world = world(&sandbox, "cat > /dev/null\nkill -9 $$", "\"it@example.org\"", "");
    world.run(&["import", "a.csv"]).expect(0, "1 created");
    world.run(&["mail"]).expect(0, "was ended by signal 9");
    program(&world, &format!("{KEEP}\nhead -c 300000 /dev/zero | tr '\\0' x >&2"));
    world.run(&["mail", "--retry"]).expect(0, "no mail waits");
    // One that leaves something behind which holds its pipes is over when it has ended.
    program(&world, &format!("{KEEP}\nsleep 50 &"));
    world.run(&["import", "a.csv"]).expect(0, "1 unchanged");
    world.run(&["mail"]).expect(0, "no mail waits");
}

#[test]
fn check_looks_for_the_program_and_says_what_it_cannot_promise() {
    let sandbox = Sandbox::start(&[]);
    let world = world(&sandbox, KEEP, "\"it@example.org\"", "");
    let told = world.run(&["check", "--online"]);
    told.expect(0, "it takes every mail, and may refuse it later");
    assert_eq!(read(&world, "calls"), "", "nothing was sent");
    assert!(!world.run(&["check"]).out.contains("may refuse it later"), "only who was asked says so");

    let program = world.path("sendmail");
    let mode = |mode| std::fs::set_permissions(&program, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    mode(0o644);
    world.run(&["check", "--online"]).expect(1, "may not be run by this user, or is no program");
    world.run(&["import", "a.csv"]).expect(0, "1 created");
    world.run(&["mail"]).expect(0, "may not be run by this user, or is no program");
    std::fs::remove_file(&program).unwrap();
    world.run(&["check", "--online"]).expect(1, "is not there; install it, or name another after `sendmail:`");
    world.run(&["mail", "--retry"]).expect(0, "is not there; install it");
    std::fs::create_dir(&program).unwrap();
    world.run(&["check", "--online"]).expect(1, "is no program");
}

#[test]
fn a_login_has_no_place_beside_a_program_and_a_rotation_says_what_can_happen() {
    let sandbox = Sandbox::start(&[]);
    let more = "username = \"it\"\npassword = { env = \"FRONT_APP_KEY\" }\nhelo = \"pc.example.org\"\n";
    let wrong = world(&sandbox, KEEP, "\"it@example.org\"", more).run(&["check"]);
    for key in ["username", "password", "helo"] {
        wrong.expect(4, &format!("mail.{key}: this is for a mail server"));
    }
    let job = "[rotate_pins.rooms]\nrooms = { list = \"rooms.csv\" }\nnotify_owners = true\n";
    let rotates = world(&sandbox, KEEP, "\"it@example.org\"", job);
    let owners = "user_id,email\nu00001,owner@example.org\n";
    std::fs::write(rotates.path("rooms.csv"), owners).unwrap();
    rotates.run(&["check"]).expect(0, "so a PIN can change whose owner gets no mail");
}
