//! Takes the attachments out of a finished mail that is too large for its server, and says in their place that they are missing.

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
    lean.extend_from_slice(
        format!("{mark}\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\n{NOTE}\r\n--{boundary}--\r\n").as_bytes(),
    );
    Some(Message { bytes: lean, ..message.clone() })
}

const NOTE: &str = "What was attached to this mail was left out, since the mail server takes none of that size.\r\n\
                    Where the files are stands above.\r\n";

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
