//! Asks a server what it would say before it has a letter, and sends none.

use roomkeeper::mail::{Fault, Mailer, Server, Smtp, Tls};

use super::smtp::{Encryption, Mood, Script, Stage};
use super::{ask, authority_of, mailer, probe, settings, without_login};

#[tokio::test]
async fn a_probe_goes_up_to_the_letter_and_sends_nothing() {
    let server = Script::new().encryption(Encryption::StartTls).account("it", "s3cret", "PLAIN").start().await;
    let authority = authority_of(&server);
    let mailer = mailer(&server, Tls::StartTls, Some(authority.path()));
    assert_eq!(ask(&mailer, &["it@example.org"]).await, Ok(Vec::new()));
    assert_eq!(server.commands(), ["EHLO", "STARTTLS", "EHLO", "AUTH", "MAIL", "RCPT", "RSET", "QUIT"]);
    assert!(server.received().is_empty());
    for stage in [Stage::Connect, Stage::Ehlo, Stage::Mail] {
        let sick = Script::new().habit(Mood::Answer(stage, "421 4.3.2 going down")).start().await;
        let refusal = probe(&without_login(&sick)).await.unwrap_err();
        assert!(refusal.words.contains("421 4.3.2 going down"), "{refusal}");
    }
}

#[tokio::test]
async fn a_probe_tells_who_would_get_no_mail_and_takes_greylisting_for_a_yes() {
    let cases = [
        ("550 5.1.1 no such user", true),
        ("554 5.7.1 relay access denied", true),
        ("452 4.2.2 mailbox full", true),
        ("450 4.2.0 <x>: Recipient address rejected: Greylisted", false),
    ];
    for (answer, refused) in cases {
        let server = Script::new().habit(Mood::RefuseRecipient("b@example.org", answer)).start().await;
        let told = ask(&without_login(&server), &["a@example.org", "b@example.org", "c@example.org"]).await.unwrap();
        assert_eq!(told, if refused { vec!["b@example.org".to_owned()] } else { Vec::new() }, "{answer}");
    }
    // About us, not about the receiver: no mail would go.
    let helo = "504 5.5.2 <host>: Helo command rejected: need fully-qualified hostname";
    let server = Script::new().habit(Mood::Answer(Stage::Rcpt, helo)).start().await;
    let refusal = ask(&without_login(&server), &["a@example.org"]).await.unwrap_err();
    assert_eq!(refusal.fault, Fault::ServerRefuses, "{refusal}");
    assert!(refusal.words.contains("correct `helo` in [mail]"), "{refusal}");
}

#[tokio::test]
async fn a_name_that_is_refused_is_told_with_the_key_that_sets_it() {
    for answer in ["550 that is not your name", "501 Syntactically invalid argument(s)", "504 5.5.2 need a full name"] {
        let server = Script::new().habit(Mood::Answer(Stage::Ehlo, answer)).start().await;
        let refusal = probe(&without_login(&server)).await.unwrap_err();
        assert_eq!(refusal.fault, Fault::ServerRefuses, "{refusal}");
        let told =
            format!("introduced itself as school.example: {answer}; if it does not like that name, correct `helo`");
        assert!(refusal.words.contains(&told), "{refusal}");
        let unnamed = Smtp { hello: None, login: None, ..settings(&server, Tls::StartTls, None) };
        let refusal = probe(&Mailer::new(Server::Smtp(unnamed))).await.unwrap_err();
        assert!(refusal.words.contains("write this machine's full name under `helo` in [mail]"), "{refusal}");
    }
    // About the connection, whatever name is said later.
    for answer in ["554 5.7.1 no service for you", "521 takes no mail"] {
        let server = Script::new().habit(Mood::Answer(Stage::Connect, answer)).start().await;
        let refusal = probe(&without_login(&server)).await.unwrap_err();
        assert_eq!(refusal.fault, Fault::ServerRefuses, "{refusal}");
        assert!(refusal.words.contains(answer) && !refusal.words.contains("helo"), "{refusal}");
    }
}

#[tokio::test]
async fn a_probe_of_many_keeps_within_the_servers_limits() {
    let many: Vec<_> = (0..130).map(|n| format!("good{n}@example.org")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).collect();
    for (habit, connections) in [
        (Mood::Accept, 1),
        (Mood::MostRecipients(20), 1),
        (Mood::MostMails(2), 2),
        (Mood::Answer(Stage::Reset, "502 no"), 3),
    ] {
        let server = Script::new().habit(habit.clone()).start().await;
        assert_eq!(ask(&without_login(&server), &many).await, Ok(Vec::new()), "{habit:?}");
        assert_eq!(server.connections(), connections, "{habit:?}");
    }
    let bad: Vec<_> = (0..45).map(|n| format!("bad{n}@example.org")).collect();
    let bad: Vec<_> = bad.iter().map(String::as_str).collect();
    let server = Script::new().habit(Mood::GoodOnly(20, "550 5.1.1 no such user")).start().await;
    assert_eq!(ask(&without_login(&server), &bad).await.unwrap(), bad, "each was asked about");
}
