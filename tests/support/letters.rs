//! A letter to be made into a mail, with lines that SMTP has to take care of.

use roomkeeper::clock::Timestamp;
use roomkeeper::mail::{Address, Letter};
use uuid::Uuid;

pub fn address(text: &str) -> Address {
    text.parse().unwrap()
}

pub fn letter() -> Letter {
    Letter {
        id: Uuid::from_u128(0x0194_0e1a_7c00_7abc_8def_0123_4567_89ab),
        at: Timestamp::from_rfc3339("2027-02-01T01:33:20Z").unwrap(),
        from: address("Roomkeeper <roomkeeper@example.org>"),
        to: vec![address("it@example.org")],
        subject: "[roomkeeper] OK timetable@school.example: 118 created, 2 unchanged".to_owned(),
        text: ".a line that begins with a dot\n..two\n.\nend\n".to_owned(),
        html: Some("<p>the same</p>".to_owned()),
        attachments: Vec::new(),
    }
}
