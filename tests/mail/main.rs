//! Mail as it is handed over: to a real SMTP server on a real socket, or to a folder.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "../support/letters.rs"]
mod letters;
#[path = "../support/smtp.rs"]
#[allow(dead_code, reason = "what is shared is not all used by every test")]
mod smtp;

mod certificates;
mod elsewhere;
mod probing;

use std::path::{Path, PathBuf};
use std::time::Duration;

use roomkeeper::mail::{
    Fault, Handover, Letter, Login, Mailer, Message, Patience, Proof, SendError, Sent, Server, Smtp, Tls, compose,
};
use secrecy::SecretString;

use letters::{address, letter};
use smtp::{Encryption, Mood, Script, SmtpServer, Stage};

#[tokio::test]
async fn a_mail_goes_to_this_machine_without_encryption_when_none_is_offered() {
    let server = Script::new().start().await;
    let message = message();
    let sent = send(&mailer(&server, Tls::StartTls, None), &message).await.unwrap();
    assert!(sent.left_out.is_empty());
    let received = server.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].bytes, message.bytes);
    assert_eq!((received[0].from.as_str(), received[0].hello.as_str()), ("roomkeeper@example.org", "school.example"));
    assert_eq!(received[0].to, ["it@example.org", "head@example.org"]);
    assert_eq!(server.commands(), ["EHLO", "MAIL", "RCPT", "RCPT", "DATA", "QUIT"]);
}

#[tokio::test]
async fn starttls_and_a_login_come_before_the_mail() {
    for mechanisms in ["PLAIN", "LOGIN", "PLAIN LOGIN"] {
        let server = Script::new().encryption(Encryption::StartTls).account("it", "s3cret", mechanisms).start().await;
        let authority = authority_of(&server);
        send(&mailer(&server, Tls::StartTls, Some(authority.path())), &message()).await.unwrap();
        let received = server.received();
        assert_eq!((received[0].encrypted, received[0].account.as_deref()), (true, Some("it")), "{mechanisms}");
        assert_eq!(server.commands()[..4], ["EHLO", "STARTTLS", "EHLO", "AUTH"]);
    }
}

#[tokio::test]
async fn smtps_is_encrypted_from_the_first_byte() {
    let server = Script::new().encryption(Encryption::Implicit).account("it", "s3cret", "PLAIN").start().await;
    let authority = authority_of(&server);
    send(&mailer(&server, Tls::Implicit, Some(authority.path())), &message()).await.unwrap();
    assert!(server.received()[0].encrypted);
    assert!(!server.commands().contains(&"STARTTLS".to_owned()));
}

#[tokio::test]
async fn a_login_that_is_offered_in_tls_alone_is_told_as_what_keeps_from_tls() {
    let server = Script::new().encryption(Encryption::StartTls).account("it", "s3cret", "PLAIN").start().await;
    let refusal = send(&mailer(&server, Tls::StartTls, None), &message()).await.unwrap_err();
    assert_eq!(refusal.fault, Fault::ServerRefuses);
    assert!(refusal.words.contains("could not be spoken to in TLS") && !refusal.words.contains("login"), "{refusal}");
}

#[tokio::test]
async fn without_a_name_this_machine_is_introduced_by_one_that_servers_take() {
    let server = Script::new().start().await;
    let unnamed = Smtp { hello: None, login: None, ..settings(&server, Tls::StartTls, None) };
    send(&Mailer::new(Server::Smtp(unnamed)), &message()).await.unwrap();
    let hello = server.received()[0].hello.clone();
    assert!(hello.contains('.') && (hello == "[127.0.0.1]" || !hello.starts_with('[')), "{hello}");
}

#[tokio::test]
async fn an_end_of_the_sending_waits_for_the_mail_that_the_server_has_and_for_no_other() {
    let server = Script::new().habit(Mood::Hold(Stage::Content)).start().await;
    let (mailer, handover, letter) = (without_login(&server), Handover::default(), message());
    let mut session = mailer.session();
    let sending = session.send(&letter, &handover);
    let ending = async {
        while !handover.is_given() {
            tokio::task::yield_now().await;
        }
        handover.end();
        tokio::task::yield_now().await;
        server.release();
    };
    let (sent, ()) = tokio::join!(sending, ending);
    assert!(sent.is_ok() && !handover.is_given(), "{sent:?}");
    assert_eq!(session.send(&letter, &handover).await.unwrap_err().fault, Fault::Stopped);
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn a_port_that_does_not_begin_in_tls_is_told_from_one_that_does() {
    let server = Script::new().start().await;
    let authority = authority_of(&server);
    let refusal = send(&mailer(&server, Tls::Implicit, Some(authority.path())), &message()).await.unwrap_err();
    assert!(refusal.words.contains("write `smtp://` for it"), "{refusal}");
}

#[tokio::test]
async fn a_wrong_password_keeps_the_letter_and_is_never_shown() {
    let echo = Mood::Answer(Stage::Auth, "535 5.7.8 not s3cret AGl0AHMzY3JldA== c3RyYW5nZXI= here");
    let server = Script::new().account("it", "other", "PLAIN").moods([echo, Mood::Accept]).start().await;
    for _ in 0..2 {
        let refusal = send(&mailer(&server, Tls::StartTls, None), &message()).await.unwrap_err();
        assert!(!refusal.fault.is_final(), "somebody may correct the password while the letter waits");
        assert!(refusal.words.contains("did not accept the login of `it`: 535 5.7.8"), "{refusal}");
        assert!(!refusal.words.contains("s3cret") && !refusal.words.contains("AGl0"), "{refusal}");
    }
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn a_server_that_has_switched_passwords_off_is_told_with_the_way_that_is_left() {
    for (answer, takes_passwords) in [
        ("535 5.7.139 Authentication unsuccessful, basic authentication is disabled.", false),
        ("535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.", false),
        ("550 5.7.30 Basic authentication is not supported for Client Submission.", false),
        ("535 5.7.139 Authentication unsuccessful, the user credentials were incorrect.", true),
        ("535 5.7.8 no", true),
    ] {
        let mood = Mood::Answer(Stage::Auth, answer);
        let server = Script::new().account("it", "s3cret", "PLAIN").habit(mood).start().await;
        let refusal = send(&mailer(&server, Tls::StartTls, None), &message()).await.unwrap_err();
        assert_eq!(refusal.fault, Fault::ServerRefuses);
        assert_eq!(refusal.words.contains("log in with a token, `oauth`"), !takes_passwords, "{refusal}");
        assert_eq!(refusal.words.contains("check `username` and `password`"), takes_passwords, "{refusal}");
    }
}

#[tokio::test]
async fn a_login_that_is_wanted_or_not_offered_is_said_so() {
    let wants = Script::new().account("it", "s3cret", "PLAIN").start().await;
    let without = Smtp { login: None, ..settings(&wants, Tls::StartTls, None) };
    let refusal = send(&Mailer::new(Server::Smtp(without)), &message()).await.unwrap_err();
    assert!(!refusal.fault.is_final() && refusal.words.contains("set `username` and `password`"), "{refusal}");

    let only_tokens = Script::new().account("it", "s3cret", "XOAUTH2").start().await;
    let refusal = send(&mailer(&only_tokens, Tls::StartTls, None), &message()).await.unwrap_err();
    assert!(
        !refusal.fault.is_final() && refusal.words.contains("takes no login with a password (it offers XOAUTH2)"),
        "{refusal}"
    );

    let none = Script::new().start().await;
    let refusal = send(&Mailer::new(Server::Smtp(settings(&none, Tls::StartTls, None))), &message()).await.unwrap_err();
    assert!(refusal.words.contains("it offers no login at all"), "{refusal}");
}

#[tokio::test]
async fn what_the_server_says_to_the_letter_can_be_final_and_what_it_says_to_us_cannot() {
    let cases = [
        (Stage::Connect, "554 5.7.1 you are on a list", false),
        (Stage::Ehlo, "550 no", false),
        (Stage::Mail, "550 5.7.1 not your address", false),
        (Stage::Mail, "451 4.3.0 later", false),
        (Stage::Rcpt, "550 5.1.1 no such user", true),
        (Stage::Rcpt, "450 4.2.0 greylisted", false),
        (Stage::Data, "452 4.3.1 disk full", false),
        (Stage::Data, "554 5.7.1 no", false),
        (Stage::Content, "552 5.3.4 too big", true),
        (Stage::Content, "421 4.3.2 going down", false),
    ];
    for (stage, answer, permanent) in cases {
        let server = Script::new().moods([Mood::Answer(stage, answer)]).start().await;
        let refusal = send(&mailer(&server, Tls::StartTls, None), &message()).await.unwrap_err();
        assert_eq!(refusal.fault.is_final(), permanent, "{stage:?} {answer}: {refusal}");
        assert!(refusal.words.contains(&answer[4..]), "{answer} is missing in: {refusal}");
        assert!(refusal.words.contains(&format!("localhost:{}", server.port())), "{refusal}");
        assert!(server.received().is_empty());
    }
}

#[tokio::test]
async fn one_wrong_address_does_not_keep_the_mail_from_the_others() {
    for (answer, permanent) in [("550 5.1.1 no such user", true), ("452 4.2.2 mailbox full", false)] {
        let server = Script::new().moods([Mood::RefuseRecipient("it@example.org", answer)]).start().await;
        let message = message();
        let sent = send(&mailer(&server, Tls::StartTls, None), &message).await.unwrap();
        assert_eq!(server.received()[0].to, ["head@example.org"]);
        assert_eq!(
            (sent.left_out[0].address.as_str(), sent.left_out[0].fault.is_final()),
            ("it@example.org", permanent)
        );
        assert!(sent.left_out[0].words.contains(&answer[4..]));
        let owed = sent.still_owed(&message.envelope).map(|envelope| envelope.to);
        assert_eq!(owed, (!permanent).then(|| vec!["it@example.org".to_owned()]));
    }
}

/// Haraka 3.3.4 with `queue/smtp_forward` takes every receiver, and answers the mail by the first whom the server behind it refuses
/// (`findings/one-refused-receiver.sh`).
#[tokio::test]
async fn a_mail_that_is_refused_over_one_receiver_reaches_each_other_one_once() {
    for (answer, permanent) in [("550 5.1.1 No such user", true), ("450 4.2.2 Mailbox full", false)] {
        let server = Script::new().habit(Mood::RefuseMailFor("it@example.org", answer)).start().await;
        let message = message();
        let sent = send(&mailer(&server, Tls::StartTls, None), &message).await.unwrap();
        let reached: Vec<_> = server.received().into_iter().map(|mail| mail.to).collect();
        assert_eq!(reached, [["head@example.org"]], "{answer}");
        let [out] = &sent.left_out[..] else { panic!("{sent:?}") };
        assert_eq!((out.address.as_str(), out.fault.is_final()), ("it@example.org", permanent));
        assert!(out.words.contains(&answer[4..]) && out.words.contains("(for it@example.org)"), "{}", out.words);
        let owed = sent.still_owed(&message.envelope).map(|envelope| envelope.to);
        assert_eq!(owed, (!permanent).then(|| vec!["it@example.org".to_owned()]));
    }
}

#[tokio::test]
async fn a_mail_that_each_receiver_is_refused_alone_is_refused() {
    let server = Script::new().habit(Mood::Answer(Stage::Content, "550 5.1.1 No such user")).start().await;
    let refusal = send(&mailer(&server, Tls::StartTls, None), &message()).await.unwrap_err();
    assert_eq!((refusal.fault.is_final(), refusal.left_out.len()), (true, 2), "{refusal}");
    assert!(server.received().is_empty());
}

#[tokio::test]
async fn a_receipt_lost_at_the_very_end_repeats_the_same_mail() {
    let server = Script::new().moods([Mood::Drop(Stage::Content)]).start().await;
    let (mailer, message) = (mailer(&server, Tls::StartTls, None), message());
    let refusal = send(&mailer, &message).await.unwrap_err();
    assert!(!refusal.fault.is_final());
    send(&mailer, &message).await.unwrap();
    let received = server.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].bytes, received[1].bytes, "with the same Message-ID, so that it is known for a repeat");
}

#[tokio::test]
async fn a_goodbye_that_goes_wrong_changes_nothing() {
    let moods = [Mood::Drop(Stage::Quit), Mood::Stall(Stage::Quit), Mood::Answer(Stage::Quit, "500 what?")];
    let server = Script::new().moods(moods).start().await;
    for _ in 0..3 {
        send(&impatient(&server), &message()).await.unwrap();
    }
    assert_eq!(server.received().len(), 3);
}

#[tokio::test]
async fn a_server_that_falls_silent_or_hangs_up_is_tried_again_later() {
    for stage in [Stage::Connect, Stage::Ehlo, Stage::Mail, Stage::Rcpt, Stage::Data, Stage::Content] {
        let server = Script::new().moods([Mood::Stall(stage), Mood::Drop(stage)]).start().await;
        let silent = send(&impatient(&server), &message()).await.unwrap_err();
        assert!(!silent.fault.is_final() && silent.words.contains("gave no answer for"), "{stage:?}: {silent}");
        let gone = send(&impatient(&server), &message()).await.unwrap_err();
        assert!(!gone.fault.is_final(), "{stage:?}: {gone}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_named() {
    let server = Script::new().start().await;
    // A port that no other process gets, since it is bound, and that none listens at.
    let bound = tokio::net::TcpSocket::new_v4().unwrap();
    bound.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let port = bound.local_addr().unwrap().port();
    let closed = Smtp { host: "127.0.0.1".to_owned(), port, ..settings(&server, Tls::StartTls, None) };
    let SendError { fault, words, .. } = send(&Mailer::new(Server::Smtp(closed)), &message()).await.unwrap_err();
    assert_eq!(fault, Fault::ServerAway);
    assert!(
        words.starts_with(&format!("the mail server 127.0.0.1:{port} cannot be reached: Connection refused")),
        "{words}"
    );
}

#[tokio::test]
async fn several_mails_go_over_one_connection_and_one_that_ended_is_made_anew() {
    let server = Script::new().start().await;
    let mailer = without_login(&server);
    let mut session = mailer.session();
    for _ in 0..5 {
        session.send(&message(), &Handover::default()).await.unwrap();
    }
    session.end().await;
    assert_eq!((server.received().len(), server.connections()), (5, 1));

    let refusing = Script::new().moods([Mood::Answer(Stage::Rcpt, "550 5.1.1 no such user")]).start().await;
    let mailer = without_login(&refusing);
    let mut session = mailer.session();
    for _ in 0..3 {
        assert_eq!(session.send(&message(), &Handover::default()).await.unwrap_err().fault, Fault::Final);
    }
    assert_eq!(refusing.connections(), 1, "a refused letter is taken back, and the next goes on");

    let limited = Script::new().habit(Mood::MostMails(2)).start().await;
    let mailer = without_login(&limited);
    let mut session = mailer.session();
    session.send(&message(), &Handover::default()).await.unwrap();
    session.send(&message(), &Handover::default()).await.unwrap();
    assert_eq!(session.send(&message(), &Handover::default()).await.unwrap_err().fault, Fault::ServerAway);
    session.send(&message(), &Handover::default()).await.unwrap();
    assert_eq!(limited.connections(), 2);
}

async fn send(mailer: &Mailer, message: &Message) -> Result<Sent, SendError> {
    let mut session = mailer.session();
    let sent = session.send(message, &Handover::default()).await;
    session.end().await;
    sent
}

/// Asks whether the server would take any mail.
async fn probe(mailer: &Mailer) -> Result<(), SendError> {
    ask(mailer, &[]).await.map(drop)
}

/// Lists those who would get no mail.
async fn ask(mailer: &Mailer, to: &[&str]) -> Result<Vec<String>, SendError> {
    let mut refused = Vec::new();
    let mut to = to.iter().map(|to| (*to).to_owned());
    mailer.ask("roomkeeper@example.org", &mut to, &mut |address, _| refused.push(address.to_owned())).await?;
    Ok(refused)
}

fn without_login(server: &SmtpServer) -> Mailer {
    Mailer::new(Server::Smtp(Smtp { login: None, ..settings(server, Tls::StartTls, None) }))
}

fn message() -> Message {
    compose(&Letter { to: vec![address("it@example.org"), address("head@example.org")], ..letter() }).unwrap()
}

fn settings(server: &SmtpServer, tls: Tls, authority: Option<&Path>) -> Smtp {
    Smtp {
        host: "localhost".to_owned(),
        port: server.port(),
        tls,
        tls_ca: authority.map(PathBuf::from),
        login: Some(Login { username: "it".to_owned(), proof: Proof::Password(SecretString::from("s3cret")) }),
        hello: Some("school.example".to_owned()),
        patience: Patience::default(),
    }
}

/// Logs in where the server knows of accounts.
fn mailer(server: &SmtpServer, tls: Tls, authority: Option<&Path>) -> Mailer {
    let settings = settings(server, tls, authority);
    let login = settings.login.filter(|_| server.has_accounts());
    Mailer::new(Server::Smtp(Smtp { login, ..settings }))
}

/// Gives up soon. The limits are long enough for a slow machine to go through the steps before the one that stalls.
fn impatient(server: &SmtpServer) -> Mailer {
    let limit = Duration::from_millis(400);
    let patience = Patience { connect: limit, opening: limit, command: limit, receipt: limit, goodbye: limit };
    Mailer::new(Server::Smtp(Smtp { patience, login: None, ..settings(server, Tls::StartTls, None) }))
}

fn authority_of(server: &SmtpServer) -> tempfile::NamedTempFile {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), server.authority()).unwrap();
    file
}
