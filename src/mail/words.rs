//! Reads the words of a mail of our own again, for the page of its run: the attachments are the run's files.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Bytes of a mail's words that are kept once it was sent.
const LONGEST: usize = 64 * 1024;

/// Returns a message that has the words of this one and nothing else, cut where they are very long.
#[must_use]
pub fn words_alone(message: &[u8]) -> Option<Vec<u8>> {
    let mut words = words(message)?;
    if words.len() > LONGEST {
        let mut end = LONGEST;
        while !words.is_char_boundary(end) {
            end -= 1;
        }
        words.truncate(end);
        words.push_str("\n…\n");
    }
    Some(
        format!("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{words}")
            .into_bytes(),
    )
}

/// Returns the plain text of a message as this program makes it: the first part of that kind.
#[must_use]
pub fn words(message: &[u8]) -> Option<String> {
    let message = String::from_utf8_lossy(message);
    let (head, body) = message.split_once("\r\n\r\n")?;
    part(&unfolded(head), body)
}

fn part(head: &str, body: &str) -> Option<String> {
    let kind = header(head, "content-type").unwrap_or("text/plain");
    let lower = kind.to_ascii_lowercase();
    if lower.starts_with("multipart/") {
        let boundary = &kind[lower.find("boundary=")? + "boundary=".len()..];
        let boundary = match boundary.strip_prefix('"') {
            Some(quoted) => quoted.split('"').next()?,
            None => boundary.split([';', ' ']).next()?,
        };
        let line = format!("--{boundary}");
        let parts = body.split(&line).skip(1);
        return parts.filter_map(|text| text.trim_start_matches("\r\n").split_once("\r\n\r\n")).find_map(
            |(head, body)| {
                let attached =
                    header(&unfolded(head), "content-disposition").is_some_and(|how| how.starts_with("attachment"));
                if attached { None } else { part(&unfolded(head), body) }
            },
        );
    }
    if !lower.starts_with("text/plain") {
        return None;
    }
    let bytes = match header(head, "content-transfer-encoding").unwrap_or("7bit").to_ascii_lowercase().as_str() {
        "base64" => STANDARD.decode(body.split_whitespace().collect::<String>()).ok()?,
        "quoted-printable" => from_quoted_printable(body),
        _ => body.as_bytes().to_vec(),
    };
    Some(String::from_utf8_lossy(&bytes).replace("\r\n", "\n"))
}

/// Joins the lines of a header that go on in the next.
fn unfolded(head: &str) -> String {
    head.replace("\r\n ", " ").replace("\r\n\t", " ")
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let pairs = head.split("\r\n").filter_map(|line| line.split_once(':'));
    pairs.into_iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}

fn from_quoted_printable(text: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, more @ ..] = rest {
        rest = more;
        if *first != b'=' {
            bytes.push(*first);
        } else if let Some(after) = more.strip_prefix(b"\r\n") {
            rest = after;
        } else if let Some(byte) =
            more.get(..2).and_then(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        {
            bytes.push(byte);
            rest = &more[2..];
        } else {
            bytes.push(b'=');
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_of_a_mail_is_read_whatever_its_encoding() {
        let plain = "Subject: x\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n\
                     3 rows =E2=80=93 a long li=\r\nne\r\nend=3D\r\n";
        assert_eq!(words(plain.as_bytes()).unwrap(), "3 rows – a long line\nend=\n");
        let parts = "Content-Type: multipart/mixed;\r\n boundary=\"a\"\r\n\r\n--a\r\nContent-Type: multipart/alternative;\r\n \
                     boundary=\"b\"\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n\
                     R3LDvMOfZQ==\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>x</p>\r\n--b--\r\n--a\r\nContent-Type: text/plain\r\n\
                     Content-Disposition: attachment; filename=\"x\"\r\n\r\nattached\r\n--a--\r\n";
        assert_eq!(words(parts.as_bytes()).unwrap(), "Grüße");
        let only_attached = "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain\r\n\
                             Content-Disposition: attachment\r\n\r\nx\r\n--a--\r\n";
        assert_eq!(words(only_attached.as_bytes()), None);
        assert_eq!(words(b"no head"), None);
    }

    #[test]
    fn words_that_are_kept_are_the_same_without_attachments_and_are_bounded() {
        let mail = "Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\nContent-Type: text/plain; charset=utf-8\r\n\
                    Content-Transfer-Encoding: base64\r\n\r\nR3LDvMOfZQ==\r\n--a\r\nContent-Disposition: attachment\r\n\r\n\
                    c2VjcmV0\r\n--a--\r\n";
        let kept = words_alone(mail.as_bytes()).unwrap();
        let alone = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nGrüße";
        assert_eq!((words(&kept).as_deref(), String::from_utf8(kept).as_deref()), (Some("Grüße"), Ok(alone)));
        let long = words_alone(format!("X: y\r\n\r\n{}", "ü".repeat(LONGEST)).as_bytes()).unwrap();
        assert!(long.len() < LONGEST + 200 && words(&long).unwrap().ends_with("ü\n…\n"));
        assert_eq!(words_alone(b"no head"), None);
    }
}
