//! Mail that logs in with a token: fetched when it is needed, kept as long as it is good, and told in words where it is refused.

use std::os::unix::fs::PermissionsExt;

use crate::site::{Running, Site, free_port, timetable, wait_until};
use crate::smtp::{Encryption, Mood, Script, SmtpServer, Stage};
use crate::token_server::{SECRET, TokenServer, grant, refusal};

const TOKEN: &str = "eyJ0.the-token_1";

fn server() -> Script {
    Script::new().account("r@example.org", TOKEN, "PLAIN XOAUTH2")
}

fn mail(port: u16, token_url: &str, more: &str) -> String {
    format!(
        "[mail]\nserver = \"smtp://127.0.0.1:{port}\"\nfrom = \"r@example.org\"\nto = [\"it@example.org\"]\non = \"always\"\n\
         username = \"r@example.org\"\n{more}\
         oauth = {{ token_url = \"{token_url}\", client_id = \"the-app\", client_secret = {{ file = \"secret\" }}, scope = \"the/.default\" }}\n"
    )
}

fn site(mail: &str) -> Site {
    let site = Site::new(mail);
    std::fs::write(site.path("secret"), format!("{SECRET}\n")).unwrap();
    std::fs::set_permissions(site.path("secret"), std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(site.path("a.csv"), timetable(0..1)).unwrap();
    site
}

fn url(tokens: &TokenServer) -> String {
    format!("http://127.0.0.1:{}/tenant/token", tokens.port())
}

/// Runs `check --online`, and returns its exit code and its words; neither the secret nor the token is in them.
fn check(mail: &str) -> (i32, String) {
    let told = site(mail).run(&["-vv", "check", "--online"]);
    let said = format!("{}{}", told.out, told.err);
    for secret in [SECRET, "s3cret+of", TOKEN] {
        assert!(!said.contains(secret), "{said}");
    }
    (told.code, told.out)
}

/// A daemon that takes files from its inbox.
fn daemon(mail: &str) -> (Site, Running) {
    let job = "[schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\npoll = \"1s\"\n";
    let site = site(&format!("{mail}{job}"));
    let daemon = site.daemon();
    (site, daemon)
}

fn mails(server: &SmtpServer, all: usize) {
    wait_until("the mails are sent", || server.received().len() == all);
}

#[test]
fn a_token_is_asked_for_as_the_grant_wants_it_and_opens_the_mailbox() {
    let (smtp, tokens) = (server().serve(), TokenServer::serve([grant(TOKEN, 3600)], false));
    let site = site(&mail(smtp.port(), &url(&tokens), ""));
    site.run(&["check", "--online"]).expect(0, "the configuration is valid");
    let told = site.run(&["-vv", "import", "a.csv"]);
    told.expect(0, "1 created");
    assert!(!told.err.contains(TOKEN) && !told.err.contains(SECRET), "{told:?}");
    assert_eq!(smtp.received()[0].account.as_deref(), Some("r@example.org"));
    let asked = tokens.asked();
    assert_eq!(asked[0].line, "POST /tenant/token HTTP/1.1");
    let form: Vec<_> = asked[0].form.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    let expected = [
        ("grant_type", "client_credentials"),
        ("client_id", "the-app"),
        ("client_secret", SECRET),
        ("scope", "the/.default"),
    ];
    assert_eq!(form, expected);
    let state = std::fs::read(site.path("state/journal.db")).unwrap();
    assert!(!state.windows(TOKEN.len()).any(|bytes| bytes == TOKEN.as_bytes()), "the token is on the disk");
}

#[test]
fn a_token_is_held_as_long_as_it_is_good_and_one_that_has_ended_is_renewed() {
    for (lives, asked) in [(3600, 1), (0, 2)] {
        let (smtp, tokens) = (server().serve(), TokenServer::serve([grant(TOKEN, lives)], false));
        let (site, _daemon) = daemon(&mail(smtp.port(), &url(&tokens), ""));
        site.drop_renamed("a.csv", &timetable(1..2));
        mails(&smtp, 1);
        wait_until("the connection is over", || smtp.commands().contains(&"QUIT".to_owned()));
        site.drop_renamed("b.csv", &timetable(2..3));
        mails(&smtp, 2);
        assert_eq!((smtp.connections(), tokens.asked().len()), (2, asked), "one that lives for {lives} s");
    }
}

#[test]
fn a_held_token_that_is_taken_no_more_is_changed_for_another_before_anybody_is_told() {
    let refused = Mood::Answer(Stage::Auth, "535 5.7.3 Authentication unsuccessful");
    let smtp = server().moods([Mood::Accept, refused]).serve();
    let tokens = TokenServer::serve([grant(TOKEN, 3600)], false);
    let (site, daemon) = daemon(&mail(smtp.port(), &url(&tokens), ""));
    site.drop_renamed("a.csv", &timetable(1..2));
    mails(&smtp, 1);
    wait_until("the connection is over", || smtp.commands().contains(&"QUIT".to_owned()));
    site.drop_renamed("b.csv", &timetable(2..3));
    mails(&smtp, 2);
    assert_eq!((smtp.connections(), tokens.asked().len()), (3, 2));
    assert!(!daemon.log().contains("a mail waits"), "{}", daemon.log());
}

#[test]
fn a_token_that_the_mail_server_does_not_take_is_told_with_what_its_challenge_says() {
    let (smtp, tokens) = (server().serve(), TokenServer::serve([grant("another", 3600)], false));
    let (code, said) = check(&mail(smtp.port(), &url(&tokens), ""));
    assert_eq!(code, 1);
    for words in [
        "did not accept the token for `r@example.org`: 535 5.7.8 authentication failed, 401: the token is not good for this mailbox",
        "it wants the scope https://mail.example.org/",
        "compare `username` and `scope` in [mail]",
    ] {
        assert!(said.contains(words), "{words} in {said}");
    }
    assert_eq!(tokens.asked().len(), 1, "a fresh one is not asked for twice");

    let later = server().habit(Mood::Answer(Stage::Auth, "454 4.7.0 later")).serve();
    let tokens = TokenServer::serve([grant(TOKEN, 3600)], false);
    let (_, said) = check(&mail(later.port(), &url(&tokens), ""));
    assert!(said.contains("did not answer the login: 454 4.7.0 later"), "{said}");

    let plain = Script::new().account("r@example.org", TOKEN, "PLAIN LOGIN").serve();
    let (_, said) = check(&mail(plain.port(), &url(&tokens), ""));
    assert!(
        said.contains("takes no login with a token (it offers PLAIN LOGIN); take `username` and `oauth` out"),
        "{said}"
    );
}

#[test]
fn a_refused_request_for_a_token_says_what_to_compare_and_the_mail_waits() {
    let said_by_it = format!("AADSTS7000215: Invalid client secret provided: {SECRET}.");
    for (answer, words) in [
        (
            refusal(401, "invalid_client", &said_by_it),
            "gave no token: invalid_client, AADSTS7000215: Invalid client secret provided: [redacted]; compare `client_id` and the client's secret",
        ),
        (refusal(400, "invalid_scope", "no such scope"), "invalid_scope, no such scope; compare `scope`"),
        ((404, "<html>".to_owned()), "gave no token: HTTP 404; compare `token_url`"),
        ((302, String::new()), "it sends to another address: compare `token_url`"),
        ((200, "<html>".to_owned()), "answered without a token; compare `token_url`"),
        ((200, "x".repeat(200_000)), "answered without a token; compare `token_url`"),
        ((503, String::new()), "gave no token for now: HTTP 503"),
    ] {
        let (smtp, tokens) = (server().serve(), TokenServer::serve([answer], false));
        let (code, said) = check(&mail(smtp.port(), &url(&tokens), ""));
        assert_eq!(code, 1);
        assert!(
            said.contains(&format!("the token server 127.0.0.1:{} ", tokens.port())) && said.contains(words),
            "{said}"
        );
        assert_eq!((smtp.connections(), tokens.asked().len()), (0, 1), "the mail server is left alone");
    }

    // The daemon tells it as a trouble, and the mail goes when the provider has been put right.
    let smtp = server().serve();
    let tokens = TokenServer::serve([refusal(401, "invalid_client", "who"), grant(TOKEN, 3600)], false);
    let (site, daemon) = daemon(&mail(smtp.port(), &url(&tokens), ""));
    site.drop_renamed("a.csv", &timetable(1..2));
    wait_until("the trouble stands", || site.run(&["list"]).out.contains("gave no token: invalid_client"));
    daemon.signal(rustix::process::Signal::HUP);
    mails(&smtp, 1);
}

#[test]
fn a_token_server_out_of_reach_is_told_as_that() {
    let smtp = server().serve();
    let port = free_port();
    let (code, said) = check(&mail(smtp.port(), &format!("http://127.0.0.1:{port}/token"), ""));
    assert_eq!(code, 1);
    assert!(said.contains(&format!("the token server 127.0.0.1:{port} cannot be reached: ")), "{said}");
    assert_eq!(smtp.connections(), 0);

    let plain = TokenServer::serve([grant(TOKEN, 3600)], false);
    let (_, said) = check(&mail(smtp.port(), &format!("https://localhost:{}/token", plain.port()), ""));
    assert!(said.contains("does not speak TLS there; compare `token_url`"), "{said}");
}

#[test]
fn a_private_authority_is_trusted_for_tokens_where_it_is_named() {
    let smtp = server().encryption(Encryption::StartTls).serve();
    let tokens = TokenServer::serve([grant(TOKEN, 3600)], true);
    let url = format!("https://localhost:{}/token", tokens.port());
    let (_, said) = check(&mail(smtp.port(), &url, ""));
    assert!(
        said.contains("could not be spoken to in TLS: invalid peer certificate: UnknownIssuer; where a private"),
        "{said}"
    );
    assert!(tokens.asked().is_empty(), "the secret went to nobody");

    let site = site(&mail(smtp.port(), &url, "tls_ca = \"ca.pem\"\n").replace("127.0.0.1", "localhost"));
    std::fs::write(site.path("ca.pem"), format!("{}{}", smtp.authority(), tokens.authority())).unwrap();
    site.run(&["check", "--online"]).expect(0, "the configuration is valid");
    assert_eq!(tokens.asked().len(), 1);
}

#[test]
fn the_proxy_of_the_api_is_used_for_tokens_but_not_to_this_machine() {
    let proxy = TokenServer::serve([(407, String::new())], false);
    let smtp = server().serve();
    let through = |token_url: &str| {
        let proxied = format!("proxy = \"http://127.0.0.1:{}\"\n", proxy.port());
        check(&format!("{proxied}{}", mail(smtp.port(), token_url, ""))).1
    };
    let said = through("https://login.example.org/token");
    let asked = |line: &str| proxy.asked().iter().any(|asked| asked.line.starts_with(line));
    assert!(asked("CONNECT login.example.org:443"), "{:?}", proxy.asked());
    assert!(
        said.contains("the token server login.example.org cannot be reached through the `proxy` of [api]"),
        "{said}"
    );
    let tokens = TokenServer::serve([grant(TOKEN, 3600)], false);
    through(&url(&tokens));
    assert_eq!((tokens.asked().len(), asked("POST")), (1, false));
}

#[test]
fn a_secret_that_is_not_there_is_named_by_its_key() {
    let smtp = server().serve();
    let text =
        mail(smtp.port(), "http://127.0.0.1:1/token", "").replace("file = \"secret\"", "credential = \"smtp_secret\"");
    let told = site(&text).run(&["check", "--online"]);
    told.expect(1, "mail.oauth.client_secret: the credential smtp_secret exists only for the service");
    assert!(told.out.contains("LoadCredential=smtp_secret:/etc/roomkeeper/smtp_secret"), "{told:?}");
    let text = mail(smtp.port(), "http://127.0.0.1:1/token", "").replace("\"secret\"", "\"nowhere\"");
    site(&text).run(&["check"]).expect(4, "mail.oauth.client_secret.file: there is no such file");
}
