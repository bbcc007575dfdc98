//! Reads the words of a mail that was written to a file: its subject, and the text part as a mail program shows it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Returns the subject and the plain text of a mail; `None` where it has no such part.
pub(super) fn words(mail: &str) -> Option<(String, String)> {
    let subject = mail.lines().find_map(|line| line.strip_prefix("Subject: "))?.to_owned();
    let (_, part) = mail.split_once("Content-Type: text/plain")?;
    let (head, body) = part.split_once("\r\n\r\n")?;
    let (body, _) = body.split_once("\r\n--").unwrap_or((body, ""));
    let head = head.to_ascii_lowercase();
    let text = if head.contains("quoted-printable") {
        String::from_utf8(unquoted(body)).ok()?
    } else if head.contains("base64") {
        let packed: String = body.split_whitespace().collect();
        String::from_utf8(STANDARD.decode(packed).ok()?).ok()?
    } else {
        body.to_owned()
    };
    Some((subject, text.replace("\r\n", "\n")))
}

/// Undoes quoted-printable (RFC 2045, 6.7).
fn unquoted(body: &str) -> Vec<u8> {
    let joined = body.replace("=\r\n", "");
    let mut out = Vec::with_capacity(joined.len());
    let mut rest = joined.as_bytes();
    while let Some((&byte, behind)) = rest.split_first() {
        let hex = behind.get(..2).and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match (byte, hex) {
            (b'=', Some(meant)) => {
                out.push(meant);
                rest = &behind[2..];
            }
            _ => {
                out.push(byte);
                rest = behind;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mail(encoding: &str, body: &str) -> String {
        format!(
            "Subject: Ready\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: {encoding}\r\n\r\n{body}\r\n--b--\r\n"
        )
    }

    #[test]
    fn the_text_is_read_in_each_encoding() {
        for (encoding, body) in [
            ("quoted-printable", "=C3=9Cb=\r\nung\r\n3 =3D 3"),
            ("base64", "w5xidW5nDQoz\r\nID0gMw=="),
            ("8bit", "Übung\r\n3 = 3"),
        ] {
            assert_eq!(
                words(&mail(encoding, body)),
                Some(("Ready".to_owned(), "Übung\n3 = 3".to_owned())),
                "{encoding}"
            );
        }
    }

    #[test]
    fn a_mail_without_a_text_part_has_no_words() {
        assert_eq!(words("Subject: Ready\r\n\r\nhello"), None);
    }
}
