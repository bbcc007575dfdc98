//! Every part of a mail is read back by another mail library than the one that made it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

#[path = "support/letters.rs"]
mod letters;
#[path = "support/summaries.rs"]
mod summaries;

use mail_parser::{MessageParser, MimeHeaders};
use roomkeeper::mail::{Attachment, ComposeError, Letter, compose};
use roomkeeper::report::render;

use letters::{address, letter};

#[test]
fn another_library_reads_back_what_was_written() {
    let summary = summaries::partial();
    let rendered = render(&summary);
    let letter = Letter {
        from: address("Röömkeeper <roomkeeper@example.org>"),
        to: vec![
            address("it@example.org"),
            address("\"Müller, Jürgen\" <head@example.org>"),
            address("it@example.org"),
        ],
        subject: "[roomkeeper] OK Zeitplan-für-数学@schule: 118 created, 2 unchanged, and so on, and so on".to_owned(),
        text: rendered.text.clone(),
        html: Some(rendered.html.clone()),
        attachments: vec![
            Attachment {
                name: "Woche 5 – Übersicht.results.csv".to_owned(),
                content_type: "text/csv; charset=utf-8".to_owned(),
                bytes: "line,status\r\n2,created\n3,\"größer\"\r.\r\n\0".into(),
            },
            Attachment {
                name: "a\r\nBcc: x@y.z\"; \\../b.csv".to_owned(),
                content_type: "text/csv\r\nX-Evil: 1".to_owned(),
                bytes: Vec::new(),
            },
        ],
        ..letter()
    };
    let message = compose(&letter).unwrap();
    assert!(message.bytes.is_ascii());
    assert_eq!(message.envelope.from, "roomkeeper@example.org");
    assert_eq!(message.envelope.to, ["it@example.org", "head@example.org"]);

    let mail = MessageParser::default().parse(&message.bytes).unwrap();
    assert_eq!(mail.subject().unwrap(), letter.subject);
    assert_eq!(mail.message_id().unwrap(), "01940e1a-7c00-7abc-8def-0123456789ab@example.org");
    assert_eq!(mail.date().unwrap().to_rfc3339(), "2027-02-01T01:33:20Z");
    assert_eq!(mail.header_raw("Auto-Submitted").unwrap().trim(), "auto-generated");
    assert_eq!(mail.from().unwrap().first().unwrap().name().unwrap(), "Röömkeeper");
    let to = mail.to().unwrap().as_list().unwrap();
    assert_eq!(to[1].name().unwrap(), "Müller, Jürgen");
    assert_eq!(to[1].address().unwrap(), "head@example.org");

    assert!(mail.root_part().content_type().is_some_and(|kind| kind.subtype() == Some("mixed")));
    assert!(mail.parts[1].content_type().is_some_and(|kind| kind.subtype() == Some("alternative")));
    assert_eq!(mail.body_text(0).unwrap().replace("\r\n", "\n"), rendered.text);
    assert_eq!(mail.body_html(0).unwrap().replace("\r\n", "\n"), rendered.html);
    assert_eq!((mail.text_body_count(), mail.html_body_count(), mail.attachment_count()), (1, 1, 2));

    let first = mail.attachment(0).unwrap();
    assert_eq!(first.attachment_name().unwrap(), "Woche 5 – Übersicht.results.csv");
    assert_eq!(first.contents(), letter.attachments[0].bytes, "an attachment arrives byte for byte");
    let second = mail.attachment(1).unwrap();
    assert_eq!(second.attachment_name().unwrap(), "a__Bcc: x@y.z_; _.._b.csv");
}

#[test]
fn no_name_becomes_a_header() {
    let rendered = render(&summaries::hostile());
    let harmless = render(&summaries::refused());
    let forged = ["x\r\nBcc: all@example.org\n\nbody", "\r\n", "a\u{2028}b\0c"];
    for subject in [rendered.subject.as_str(), harmless.subject.as_str()].into_iter().chain(forged) {
        let letter = Letter {
            subject: subject.to_owned(),
            text: rendered.text.clone(),
            html: Some(rendered.html.clone()),
            ..letter()
        };
        let message = compose(&letter).unwrap();
        let mail = MessageParser::default().parse(&message.bytes).unwrap();
        let names: Vec<_> = mail.headers().iter().map(|header| header.name().to_owned()).collect();
        assert_eq!(
            names,
            ["From", "Subject", "Date", "Message-ID", "Auto-Submitted", "To", "MIME-Version", "Content-Type"],
            "{subject:?}"
        );
        assert_eq!(message.envelope.to, ["it@example.org"]);
        assert_eq!(mail.body_text(0).unwrap().replace("\r\n", "\n"), rendered.text);
    }
}

#[test]
fn a_mail_is_the_same_whenever_it_is_sent_and_none_is_made_for_nobody() {
    let plain = Letter { html: None, ..letter() };
    assert_eq!(compose(&plain).unwrap().bytes, compose(&plain).unwrap().bytes);
    let nobody = Letter { to: Vec::new(), ..letter() };
    assert!(matches!(compose(&nobody), Err(ComposeError::NoRecipient)));
}

#[test]
fn what_is_written_in_a_letter_does_not_print() {
    let letter = Letter { text: "Your new PIN is 483920".to_owned(), ..letter() };
    let message = compose(&letter).unwrap();
    assert!(!format!("{letter:?} {message:?}").contains("483920"));
    // 483920 as bytes of a list.
    assert!(!format!("{message:?}").contains("52, 56, 51"));
}
