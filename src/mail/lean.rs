//! Takes the attachments out of a finished mail that is too large for its server, and says in their place that they are missing.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::Message;

/// Returns the same mail, with its Message-ID, without what is attached; `None` where nothing is.
pub(super) fn without_attachments(message: &Message) -> Option<Message> {
    let bytes = &message.bytes;
    let end_of_headers = find(bytes, b"\r\n\r\n")? + 4;
    let headers = std::str::from_utf8(&bytes[..end_of_headers]).ok()?;
    let unfolded = headers.replace("\r\n ", " ").replace("\r\n\t", " ");
    let content_type =
        unfolded.lines().find(|line| line.to_ascii_lowercase().starts_with("content-type: multipart/mixed"))?;
    let boundary = content_type.split_once("boundary=\"")?.1.split('"').next()?;
    let mark = format!("\r\n--{boundary}");
    // Before the first part there may be an empty line, or none.
    let first = find(&bytes[end_of_headers - 2..], mark.as_bytes())? + end_of_headers - 2;
    let second = find(&bytes[first + mark.len()..], mark.as_bytes())? + first + mark.len();
    if bytes[second + mark.len()..].starts_with(b"--") {
        return None;
    }
    let mut lean = bytes[..second].to_vec();
    reword(&mut lean[first..]);
    lean.extend_from_slice(
        format!("{mark}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n{NOTE}\r\n--{boundary}--\r\n").as_bytes(),
    );
    Some(Message { bytes: lean, ..message.clone() })
}

const NOTE: &str = "What was attached to this mail was left out, since the mail server takes none of that size.\r\n\
                    Where the files are stands above.\r\n";

/// The words for a file that is attached, without blanks, and those for one that is left out: as long, so that no line changes.
const ATTACHED: &[u8] = b"(itisattached)";
const LEFT_OUT: &[u8] = b"(itisleft out)";

/// Has the texts say of what was attached that it is left out, however they are encoded.
fn reword(texts: &mut [u8]) {
    say_left_out(texts);
    let mark = b"Content-Transfer-Encoding: base64\r\n";
    let mut at = 0;
    while let Some(found) = find(&texts[at..], mark) {
        let after = at + found + mark.len();
        let start = find(&texts[after - 2..], b"\r\n\r\n").map_or(texts.len(), |blank| after + 2 + blank);
        let end = find(&texts[start..], b"\r\n--").map_or(texts.len(), |end| start + end);
        let places: Vec<_> = (start..end).filter(|place| !texts[*place].is_ascii_whitespace()).collect();
        let encoded: Vec<_> = places.iter().map(|place| texts[*place]).collect();
        if let Ok(mut text) = STANDARD.decode(encoded) {
            say_left_out(&mut text);
            for (place, byte) in places.iter().zip(STANDARD.encode(&text).bytes()) {
                texts[*place] = byte;
            }
        }
        at = end;
    }
}

/// Does so in a text that is plain or quoted-printable. Its lines may end within the words.
fn say_left_out(text: &mut [u8]) {
    let (mut places, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let rest = &text[at..];
        if rest.starts_with(b"=\r\n") || rest.starts_with(b"=20") {
            at += 3;
            continue;
        }
        if !rest[0].is_ascii_whitespace() {
            places.push(at);
        }
        at += 1;
    }
    for words in places.windows(ATTACHED.len()) {
        if words.iter().map(|place| text[*place]).eq(ATTACHED.iter().copied()) {
            words.iter().zip(LEFT_OUT).for_each(|(place, byte)| text[*place] = *byte);
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}

#[cfg(test)]
mod tests {
    use mail_parser::MessageParser;
    use uuid::Uuid;

    use super::*;
    use crate::clock::Timestamp;
    use crate::mail::{Attachment, Letter, compose};

    #[test]
    fn a_text_in_any_encoding_says_that_the_file_is_left_out() {
        let fillings = ["x", "\u{e4}x x x x", "\u{43b}\u{435}\u{43a}\u{446}\u{438}\u{44f} "];
        for (length, filling) in (0..80).flat_map(|length| fillings.map(|filling| (length, filling))) {
            let before = filling.repeat(length);
            let text = format!("{before} in a.csv (it is attached), and\n  in b.csv (it is\n    attached).\n{before}");
            let address = "it@example.org".parse().unwrap();
            let letter = Letter {
                id: Uuid::nil(),
                at: Timestamp::from_rfc3339("2027-02-01T02:30:00Z").unwrap(),
                from: "roomkeeper@example.org".parse().unwrap(),
                to: vec![address],
                subject: "a".to_owned(),
                text: text.clone(),
                html: Some(format!("<p>{text}</p>")),
                attachments: vec![Attachment {
                    name: "a.csv".to_owned(),
                    content_type: "text/csv".to_owned(),
                    bytes: b"(it is attached)".to_vec(),
                }],
            };
            let lean = without_attachments(&compose(&letter).unwrap()).unwrap();
            let mail = MessageParser::default().parse(&lean.bytes).unwrap();
            let expected = text.replace("attached)", "left out)");
            let told = |body: Option<std::borrow::Cow<'_, str>>| body.unwrap().replace("\r\n", "\n").trim().to_owned();
            assert_eq!(told(mail.body_text(0)), expected.trim());
            assert_eq!(told(mail.body_html(0)), format!("<p>{expected}</p>"));
        }
    }
}
