//! Mail servers are told rightly whom a mail is for and whence it comes, and their refusals of an address are understood.

use crate::mail::{mail_to, run};
use crate::site::{Site, timetable};
use crate::smtp::{Mood, Script, SmtpServer};

#[tokio::test]
async fn this_machine_says_its_full_name_and_addresses_are_written_as_servers_take_them() {
    let server = Script::new().start().await;
    let helo = "helo = \"pc.example.org\"\n";
    let site = Site::new(&mail_to(server.port(), helo).replace("it@example.org", "it@schüle.example"));
    std::fs::write(site.path("a.csv"), timetable(0..1)).unwrap();
    run(&site, &["import", "a.csv"]).await.expect(0, "1 created");
    let received = server.received();
    assert_eq!(received[0].to, ["it@xn--schle-mva.example"]);
    assert_eq!(received[0].hello, "pc.example.org");
    site.configure(&mail_to(server.port(), "helo = \"pc\"\n"));
    run(&site, &["check"]).await.expect(4, "\"pc\" is not a machine's full name");
}

#[test]
fn an_address_that_only_some_servers_take_is_sent_to_where_that_is_offered_and_else_told() {
    let mailing =
        |server: &SmtpServer| mail_to(server.port(), "").replace("[\"it@", "[\"jürgen@schüle.example\", \"it@");
    let server = Script::new().serve();
    let site = Site::new(&mailing(&server));
    site.run(&["check"]).expect(0, "jürgen@xn--schle-mva.example has letters outside a-z before the @");
    site.run(&["check", "--online"]).expect(1, "it does not offer SMTPUTF8");
    std::fs::write(site.path("a.csv"), timetable(0..1)).unwrap();
    site.run(&["import", "a.csv"]).expect(0, "1 created");
    site.run(&["list"]).expect(0, "an address gets no mail: jürgen@xn--schle-mva.example: ");
    let first = server.received().remove(0);
    assert_eq!((&first.to[..], first.utf8), (&["it@example.org".to_owned()][..], false), "the other has the mail");

    let server = Script::new().offers_utf8().serve();
    let site = Site::new(&mailing(&server));
    site.run(&["check", "--online"]).expect(0, "the configuration is valid");
    std::fs::write(site.path("b.csv"), timetable(1..2)).unwrap();
    site.run(&["import", "b.csv"]).expect(0, "1 created");
    let mail = server.received().remove(0);
    assert_eq!(
        (&mail.to[..], mail.utf8),
        (&["jürgen@xn--schle-mva.example".to_owned(), "it@example.org".to_owned()][..], true)
    );
    assert!(mail.bytes.is_ascii());
    let parsed = mail_parser::MessageParser::default().parse(&mail.bytes).unwrap();
    assert_eq!(parsed.to().unwrap().first().unwrap().address(), Some("it@example.org"));
    let groups = parsed.cc().unwrap().as_group().unwrap();
    assert_eq!(groups[0].name.as_deref(), Some("jürgen@xn--schle-mva.example"));

    // The sender stands in every mail.
    site.configure(&mailing(&server).replace("<roomkeeper@", "<räume@"));
    site.run(&["check"]).expect(4, "the sender's address \"Roomkeeper <räume@example.org>\" has letters outside a-z");
}

#[test]
fn a_server_that_passes_no_mail_on_is_one_trouble_however_many_addresses_it_refuses() {
    for answer in ["554 5.7.1 Relay access denied", "454 4.7.1 Relay access denied", "550 relay not permitted"] {
        let server = Script::new().habit(Mood::GoodOnly(100, answer)).serve();
        let mailing = |server: &SmtpServer| {
            let all = "\"good@example.org\", \"a@example.com\", \"b@example.com\", \"c@example.com\"";
            mail_to(server.port(), "").replace("\"it@example.org\"", all)
        };
        let site = Site::new(&mailing(&server));
        std::fs::write(site.path("a.csv"), timetable(0..1)).unwrap();
        site.run(&["import", "a.csv"]).expect(0, "1 created");
        let told = site.run(&["list"]);
        told.expect(0, "the mail server passes no mail on to another domain: 127.0.0.1:");
        assert_eq!(told.out.matches("Relay").count() + told.out.matches("relay").count(), 1, "{told:?}");
        // The run's mail, and one that tells of the trouble, to the receiver who can be reached.
        let received = server.received();
        let to: Vec<_> = received.iter().map(|mail| mail.to.join(" ")).collect();
        assert_eq!(to, ["good@example.org"; 2], "{answer}");
        let mail = String::from_utf8_lossy(&received[1].bytes).into_owned();
        assert!(mail.contains("passes no mail on"), "{mail}");
        let open = Script::new().serve();
        site.configure(&mailing(&open));
        site.run(&["mail", "--retry"]).expect(0, "tried now");
        assert_eq!(open.received()[0].to, ["a@example.com", "b@example.com", "c@example.com"]);
        assert!(!site.run(&["list"]).out.contains("passes no mail on"));
    }
}
