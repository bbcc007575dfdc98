//! Mail about a run: to a real server, late, twice, or to a folder; and what is never in it.

use std::os::unix::fs::PermissionsExt;

use mail_parser::MimeHeaders;

use crate::by_hand;
use crate::reader::Reader;
use crate::site::{KEY, Ran, Running, Site, column, free_port, timetable, wait_for, wait_until};
use crate::smtp::{Mood, Script, SmtpServer, Stage};

pub(super) async fn run(site: &Site, arguments: &[&str]) -> Ran {
    let mut command = site.command(arguments);
    // The mail server lives on this thread, and must not be kept from answering.
    tokio::task::spawn_blocking(move || Ran::of(command.output().unwrap())).await.unwrap()
}

pub(super) fn mail_to(port: u16, more: &str) -> String {
    format!(
        "[mail]\nserver = \"smtp://127.0.0.1:{port}\"\nfrom = \"Roomkeeper <roomkeeper@example.org>\"\n\
         to = [\"it@example.org\"]\n{more}"
    )
}

fn message_id(mail: &[u8]) -> String {
    let text = String::from_utf8_lossy(mail);
    text.lines().find(|line| line.to_lowercase().starts_with("message-id:")).unwrap().to_owned()
}

fn subjects(server: &SmtpServer) -> Vec<String> {
    let parse = |mail: &crate::smtp::Received| {
        mail_parser::MessageParser::default().parse(&mail.bytes).unwrap().subject().unwrap().to_owned()
    };
    server.received().iter().map(parse).collect()
}

#[tokio::test]
async fn a_run_sends_one_mail_with_the_results_and_without_pins() {
    let server = Script::new().start().await;
    let site = Site::new(&mail_to(server.port(), ""));
    std::fs::write(site.path("a.csv"), timetable(0..4)).unwrap();
    run(&site, &["import", "a.csv"]).await.expect(0, "4 created");
    let received = server.received();
    assert_eq!(received.len(), 1);
    let mail = mail_parser::MessageParser::default().parse(&received[0].bytes).unwrap();
    assert!(mail.subject().unwrap().starts_with("[roomkeeper] OK import@"), "{:?}", mail.subject());
    let attachment = mail.attachments().next().unwrap().text_contents().unwrap().to_owned();
    assert_eq!(attachment.lines().count(), 5);
    let results = site.only("", ".results.csv");
    let pins: Vec<_> = column(&results, "mpin").into_iter().chain(column(&results, "ppin")).collect();
    assert_eq!(pins.len(), 8);
    let bodies = format!("{attachment}{}{}", mail.body_text(0).unwrap(), mail.body_html(0).unwrap());
    for pin in pins {
        assert!(!pin.is_empty() && !bodies.contains(&pin));
    }
}

#[tokio::test]
async fn a_mail_waits_for_its_server_and_the_next_command_delivers_it_with_its_message_id() {
    let site = Site::new(&mail_to(free_port(), ""));
    std::fs::write(site.path("a.csv"), timetable(0..4)).unwrap();
    run(&site, &["import", "a.csv"]).await.expect(0, "4 created");

    // It takes the mail, and is gone before it says so.
    let server = Script::new().moods([Mood::Drop(Stage::Content)]).start().await;
    site.configure(&mail_to(server.port(), "on = \"problem\"\n"));
    // A mail that could not be sent is not tried again in the same minute.
    set_outbox_due(&site);
    run(&site, &["import", "a.csv"]).await.expect(0, "4 unchanged");
    set_outbox_due(&site);
    run(&site, &["import", "a.csv"]).await.expect(0, "4 unchanged");
    let received = server.received();
    assert_eq!(received.len(), 2, "{:?}", server.commands());
    assert_eq!(message_id(&received[0].bytes), message_id(&received[1].bytes));
    run(&site, &["import", "a.csv"]).await.expect(0, "4 unchanged");
    assert_eq!(server.received().len(), 2, "what was taken is not sent again");
}

/// As though the time until the next attempt were over.
fn set_outbox_due(site: &Site) {
    assert_eq!(by_hand::make_mails_due(&site.path("state")), 1);
}

#[tokio::test]
async fn who_asks_for_mail_on_a_change_hears_of_effects_of_problems_and_of_the_first_good_run_after_one() {
    let server = Script::new().start().await;
    let site = Site::new(&mail_to(server.port(), "on = \"change\"\n"));
    std::fs::write(site.path("good.csv"), timetable(0..2)).unwrap();
    std::fs::write(site.path("bad.csv"), timetable(0..2).replace("Lecture 000001", "ab")).unwrap();
    run(&site, &["import", "good.csv"]).await.expect(0, "2 created");
    run(&site, &["import", "good.csv"]).await.expect(0, "2 unchanged");
    run(&site, &["import", "bad.csv"]).await.expect(3, "1 invalid");
    run(&site, &["import", "good.csv"]).await.expect(0, "2 unchanged");
    run(&site, &["import", "good.csv"]).await.expect(0, "2 unchanged");
    let subjects = subjects(&server);
    let words: Vec<_> = subjects.iter().map(|subject| subject.split(' ').nth(1).unwrap()).collect();
    assert_eq!(words, ["OK", "PARTIAL", "RECOVERED"], "{subjects:?}");
}

#[tokio::test]
async fn always_never_and_problem_mean_what_they_say() {
    for (on, expected) in [("always", 3), ("problem", 1), ("never", 0)] {
        let server = Script::new().start().await;
        let site = Site::new(&mail_to(server.port(), &format!("on = \"{on}\"\n")));
        std::fs::write(site.path("good.csv"), timetable(0..2)).unwrap();
        std::fs::write(site.path("bad.csv"), timetable(0..2).replace("Lecture 000001", "ab")).unwrap();
        run(&site, &["import", "good.csv"]).await.expect(0, "2 created");
        run(&site, &["import", "good.csv"]).await.expect(0, "2 unchanged");
        run(&site, &["import", "bad.csv"]).await.expect(3, "1 invalid");
        assert_eq!(server.received().len(), expected, "{on}");
    }
}

#[test]
fn neither_log_tells_a_secret_or_a_pin_and_the_json_log_is_json() {
    for format in ["text", "json"] {
        let site = Site::new("");
        let row = if format == "text" { 0..3 } else { 3..6 };
        std::fs::write(site.path("a.csv"), timetable(row)).unwrap();
        let told = site.run(&["-vv", "--log-format", format, "import", "a.csv"]);
        told.expect(0, "3 created");
        assert!(told.err.contains("a run ended"), "{told:?}");
        if format == "json" {
            for line in told.err.lines() {
                let line: serde_json::Value = serde_json::from_str(line).unwrap();
                assert!(line["level"].is_string() && line["fields"]["message"].is_string(), "{line}");
            }
        }
        let results = site.only("", ".results.csv");
        let mut secrets: Vec<_> = column(&results, "mpin").into_iter().chain(column(&results, "ppin")).collect();
        secrets.push(KEY.to_owned());
        let journal = std::fs::read(site.path("state/journal.db")).unwrap();
        for secret in secrets {
            assert!(!secret.is_empty() && !told.err.contains(&secret) && !told.out.contains(&secret));
            let found = journal.windows(secret.len()).any(|bytes| bytes == secret.as_bytes());
            assert!(!found, "a secret lies open in the journal");
        }
    }
}

/// A daemon whose mail server behaves so always, after a run with a mail.
fn troubled(server: &SmtpServer, more: &str, files: usize) -> (Site, Running) {
    let job = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\npoll = \"1s\"\n";
    let site = Site::new(&format!("{}{more}{job}", mail_to(server.port(), "on = \"always\"\n")));
    for file in 0..files {
        site.drop_renamed(&format!("{file}.csv"), &timetable(file..file + 1));
    }
    let daemon = site.daemon();
    (site, daemon)
}

fn queued(site: &Site) -> u64 {
    Reader::open(&site.path("state")).unwrap().outbox().unwrap().waiting
}

#[test]
fn a_wrong_password_is_tried_once_stands_as_a_trouble_and_a_reload_with_the_right_one_sends_everything() {
    let server = Script::new().account("it", "right", "PLAIN").serve();
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    let is = |text: &str| {
        std::fs::write(&password, text).unwrap();
        std::fs::set_permissions(&password, std::fs::Permissions::from_mode(0o600)).unwrap();
    };
    is("wrong");
    let login = format!("username = \"it\"\npassword = {{ file = {password:?} }}\n");
    let (site, daemon) = troubled(&server, &login, 5);
    wait_until("the trouble stands", || site.run(&["list"]).out.contains("the mail server takes no mail"));
    site.run(&["list"]).expect(0, "did not accept the login of `it`");
    wait_until("the mails wait", || queued(&site) == 5);
    assert_eq!(server.commands().iter().filter(|word| *word == "AUTH").count(), 1, "{}", daemon.log());

    is("right");
    daemon.signal(rustix::process::Signal::HUP);
    wait_until("the mails are sent", || server.received().len() == 5);
    wait_until("the trouble has ended", || !site.run(&["list"]).out.contains("takes no mail"));
    assert_eq!(server.connections(), 2, "one that was refused, and one for five mails");
}

#[test]
fn what_a_server_says_before_it_has_the_letter_keeps_the_mail_waiting_and_stands_as_a_trouble() {
    let relay = Mood::RefuseRecipient("it@example.org", "554 5.7.1 Relay access denied");
    let server = Script::new().habit(relay).serve();
    let (site, _daemon) = troubled(&server, "", 1);
    wait_until("the trouble stands", || site.run(&["list"]).out.contains("passes no mail on"));
    site.run(&["list"]).expect(0, "554 5.7.1 Relay access denied");
    assert_eq!(queued(&site), 1, "it waits");
}

#[test]
fn a_rule_against_the_sender_that_is_said_of_the_mail_keeps_it_waiting_and_stands_as_a_trouble() {
    for (stage, answer) in [
        (Stage::Content, "554 5.2.252 SendAsDenied; it@example.org not allowed to send as roomkeeper@example.org"),
        (Stage::Content, "550 5.7.60 SMTP; Client does not have permissions to send as this sender"),
        (Stage::Data, "554 5.7.1 not from here"),
    ] {
        let server = Script::new().habit(Mood::Answer(stage, answer)).serve();
        let (site, _daemon) = troubled(&server, "", 1);
        wait_until("the trouble stands", || site.run(&["list"]).out.contains("takes no mail"));
        site.run(&["list"]).expect(0, &answer[..20]);
        assert_eq!(queued(&site), 1, "it waits");
        drop(server);
    }
}

#[test]
fn a_slow_server_gets_a_mail_once_from_a_command_that_says_what_it_waits_for() {
    let server = Script::new().habit(Mood::Hold(Stage::Content)).serve();
    let site = Site::new(&mail_to(server.port(), "[schedule_meetings.timetable]\n"));
    std::fs::write(site.path("a.csv"), timetable(0..1)).unwrap();
    let mut importing = site.start("import", &["import", "a.csv"]);
    importing.wait_to_say("the mail server has the mail and has not confirmed it yet");
    site.run(&["pause", "timetable"]).expect(0, "timetable is paused");
    site.run(&["mail", "--retry"]).expect(0, "no mail waits");
    server.release();
    assert!(importing.wait().success());
    site.run(&["import", "a.csv"]).expect(0, "1 unchanged");
    assert_eq!(server.received().len(), 1, "it was not sent again");
}

#[test]
fn a_stop_waits_for_the_mail_that_the_server_has() {
    let server = Script::new().habit(Mood::Hold(Stage::Content)).serve();
    let (site, mut daemon) = troubled(&server, "", 1);
    wait_until("the server has the mail", || server.received().len() == 1);
    daemon.signal(rustix::process::Signal::TERM);
    daemon.wait_to_say("stopping");
    server.release();
    assert!(daemon.wait().success());
    let again = site.daemon();
    site.drop_renamed("b.csv", &timetable(5..6));
    wait_until("the next mail", || server.received().len() >= 2);
    let ids: Vec<_> = server.received().iter().map(|mail| message_id(&mail.bytes)).collect();
    assert_ne!(ids[0], ids[1], "the first was not sent again");
    drop(again);
}

#[test]
fn a_mail_that_was_perhaps_sent_goes_again_after_a_crash_with_its_message_id() {
    let server = Script::new().moods([Mood::Hold(Stage::Content)]).serve();
    let (site, mut daemon) = troubled(&server, "", 1);
    wait_until("the server has the mail", || server.received().len() == 1);
    wait_until("it is told", || site.run(&["mail"]).out.contains("  is being sent  "));
    daemon.kill();
    let words = "was perhaps sent, and is sent again at the next start";
    site.run(&["mail"]).expect(0, words);
    let mails = site.json(&["mail", "--json"]);
    assert_eq!(mails[0]["state"], words);
    site.run(&["show", mails[0]["run"].as_str().unwrap()]).expect(0, words);
    let _again = site.daemon();
    wait_until("it comes again", || server.received().len() == 2);
    let received = server.received();
    assert_eq!(message_id(&received[0].bytes), message_id(&received[1].bytes));
}

#[test]
fn the_mails_that_wait_are_shown_tried_again_and_dropped() {
    let relay = || Mood::RefuseRecipient("it@example.org", "554 5.7.1 Relay access denied");
    let server = Script::new().moods([relay(), relay()]).serve();
    let (site, mut daemon) = troubled(&server, "", 1);
    let shown = |words: &str| wait_for(words, || site.run(&["mail"]).out.contains(words).then_some(()));
    shown("waits");
    shown("554 5.7.1 Relay access denied");
    site.run(&["list"]).expect(0, "1 mail waits, 0 given up");
    let mails = site.json(&["mail", "--json"]);
    assert_eq!((mails[0]["state"].as_str(), mails[0]["to"][0].as_str()), (Some("waits"), Some("it@example.org")));
    let run = mails[0]["run"].as_str().unwrap().to_owned();
    site.run(&["show", &run]).expect(0, "mail     waits (it@example.org): ");
    site.run(&["mail", "--retry"]).expect(0, "one mail is tried now");
    wait_for("it was tried", || {
        let mails = site.json(&["mail", "--json"]);
        (server.connections() == 2 && mails[0]["attempts"] == 1 && mails[0]["state"] == "waits").then_some(())
    });
    site.run(&["mail", "--retry"]).expect(0, "one mail is tried now");
    shown("no mail waits");
    site.run(&["show", &run]).expect(0, "mail     sent (it@example.org)");
    assert_eq!(server.received().len(), 1);
    daemon.terminate();

    // Without a daemon the command tries them itself.
    let refusing = Script::new().habit(relay()).serve();
    let (site, mut daemon) = troubled(&refusing, "", 1);
    wait_until("it waits", || site.run(&["mail"]).out.contains("554 5.7.1"));
    daemon.terminate();
    site.run(&["mail", "--drop", "0000zz"]).expect(2, "is not the name of one mail that waits");
    let mails = site.json(&["mail", "--json"]);
    let id = mails[0]["mail"].as_str().unwrap().to_owned();
    site.run(&["mail", "--drop", &id[id.len() - 8..]]).expect(0, "dropped: [roomkeeper] OK");
    site.run(&["mail"]).expect(0, "no mail waits");
}

#[test]
fn one_receiver_of_three_that_does_not_exist_is_told_by_show_list_and_the_next_mail() {
    let habit = Mood::RefuseRecipient("gone@example.org", "550 5.1.1 User unknown");
    let server = Script::new().habit(habit).serve();
    let to = mail_to(server.port(), "").replace("[\"it@", "[\"gone@example.org\", \"head@example.org\", \"it@");
    let site = Site::new(&to);
    std::fs::write(site.path("a.csv"), timetable(0..1)).unwrap();
    site.run(&["import", "a.csv"]).expect(0, "1 created");
    site.run(&["list"]).expect(0, "an address gets no mail: gone@example.org");
    let history = site.json(&["history", "--json"]);
    let run = history[0]["run"].as_str().unwrap();
    site.run(&["show", run]).expect(0, "550 5.1.1 User unknown");
    assert_eq!(site.json(&["show", run, "--json"])["mails"][0]["state"], "sent, but not to everybody");
    let subjects = subjects(&server);
    assert!(subjects.iter().any(|subject| subject.contains("an address gets no mail")), "{subjects:?}");
}

#[test]
fn a_mail_that_was_given_up_is_told_by_list_by_show_and_by_the_next_mail_that_goes_out() {
    let server = Script::new().moods([Mood::Answer(Stage::Content, "554 5.6.0 not such a thing")]).serve();
    let (site, mut daemon) = troubled(&server, "", 1);
    let list = |words: &str| wait_for(words, || site.run(&["list"]).out.contains(words).then_some(()));
    list("0 mails wait, 1 given up: `roomkeeper mail` says why");
    let run = site.json(&["history", "--json"])[0]["run"].as_str().unwrap().to_owned();
    site.run(&["show", &run]).expect(0, "mail     given up (it@example.org): ");
    assert!(server.received().is_empty());
    site.drop_renamed("b.csv", &timetable(5..6));
    wait_until("the next mails", || server.received().len() == 2);
    let subjects = subjects(&server);
    assert!(subjects[0].contains("OK timetable@") && subjects[1].contains("a mail was given up"), "{subjects:?}");
    let mail = server.received().pop().unwrap();
    let mail = mail_parser::MessageParser::default().parse(&mail.bytes).unwrap().into_owned();
    let text = mail.body_text(0).unwrap();
    let id = site.json(&["mail", "--json"])[0]["mail"].as_str().unwrap().to_owned();
    for words in [&id[id.len() - 8..], "[roomkeeper] OK timetable@", "554 5.6.0", "roomkeeper mail --retry"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    let troubles = |site: &Site| site.json(&["list", "--json"])[0]["troubles"].clone();
    assert_eq!(troubles(&site)[0]["kind"], "mail_given_up");

    // It is told once, also to a later start, and stands until a person has dealt with it.
    daemon.terminate();
    let _again = site.daemon();
    site.drop_renamed("c.csv", &timetable(6..7));
    wait_until("another mail", || server.received().len() == 3);
    site.run(&["mail", "--retry"]).expect(0, "one mail is tried now");
    wait_until("what was given up", || server.received().len() == 4);
    list("timetable");
    wait_until("it has ended", || troubles(&site) == serde_json::json!([]));
    assert!(!site.run(&["list"]).out.contains("given up"));
}

#[test]
fn a_mail_over_the_servers_size_goes_without_its_attachments() {
    for says in [true, false] {
        let server = Script::new().habit(Mood::MostBytes(64_000, says)).serve();
        let site = Site::new(&mail_to(server.port(), ""));
        std::fs::write(site.path("a.csv"), timetable(0..900).replace("Lecture 000001", "ab")).unwrap();
        site.run(&["import", "a.csv"]).expect(3, "899 created");
        let received = server.received();
        let mail = mail_parser::MessageParser::default().parse(&received[0].bytes).unwrap();
        let bodies = (0..3).filter_map(|at| mail.body_text(at)).collect::<String>();
        assert!(bodies.contains("was left out, since the mail server takes none of that size"), "{bodies}");
        assert!(bodies.contains(".results.csv"), "it says where the file is: {bodies}");
        let html = mail.body_html(0).unwrap();
        for body in [&bodies[..], &html] {
            assert!(body.contains("a.retry.csv (it is left out)") && !body.contains("is attached"), "{body}");
        }
        assert!(mail.attachments().all(|part| part.attachment_name().is_none()));
        assert!(received[0].bytes.len() < 64_000);
    }
}

#[tokio::test]
async fn a_mail_has_the_rows_to_correct_and_tells_a_reason_once() {
    let server = Script::new().start().await;
    let site = Site::new(&mail_to(server.port(), ""));
    let text = timetable(0..6);
    let bad = (1..5).fold(text, |text, row| text.replace(&format!("Lecture {row:06}"), "ab"));
    std::fs::write(site.path("week.csv"), bad).unwrap();
    run(&site, &["import", "week.csv"]).await.expect(3, "4 invalid");
    std::fs::write(site.path("lacking.csv"), "room_name,duration\nMaths,60\n").unwrap();
    run(&site, &["import", "lacking.csv"]).await.expect(1, "");
    let received = server.received();
    let parse = |bytes: &[u8]| mail_parser::MessageParser::default().parse(bytes).unwrap().into_owned();
    let mail = parse(&received[0].bytes);
    let names: Vec<_> = mail.attachments().map(|part| part.attachment_name().unwrap().to_owned()).collect();
    assert_eq!(names, ["week.retry.csv", "week.results.csv"]);
    assert_eq!(mail.attachment(0).unwrap().text_contents().unwrap().lines().count(), 5);
    let body = mail.body_text(0).unwrap().into_owned();
    assert!(body.contains("Lines 3-6"), "{body}");
    assert!(body.contains("Correct the rows in week.retry.csv (it is attached)"), "{body}");
    assert_eq!(body.matches("invalid, code").count() + body.matches("invalid:").count(), 1, "{body}");
    let failed = parse(&received[1].bytes).body_text(0).unwrap().into_owned();
    let reason = failed.lines().skip_while(|line| *line != "Reason").nth(1).unwrap().trim().to_owned();
    assert_eq!(failed.matches(&reason[..30]).count(), 1, "{failed}");
}
