//! Makes a mail of its parts. Whatever stands in them, no header can be smuggled in, and every byte that leaves is ASCII.

use std::fmt::{self, Write as _};
use std::time::{Duration, UNIX_EPOCH};

use lettre::message::header::{self, ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Body, MultiPart, SinglePart};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Address;
use crate::clock::Timestamp;
use crate::model::line::one_line;

/// The parts that a mail is made of.
#[derive(Clone)]
pub struct Letter {
    /// The outbox's id of it: the Message-ID is made from it, so that a repeat is recognised.
    pub id: Uuid,
    /// The time at which it was written.
    pub at: Timestamp,
    /// The sender.
    pub from: Address,
    /// The recipients; at least one.
    pub to: Vec<Address>,
    /// One line; control characters become blanks.
    pub subject: String,
    /// The body for every mail program.
    pub text: String,
    /// The same for programs that show HTML.
    pub html: Option<String>,
    /// Files that go with it.
    pub attachments: Vec<Attachment>,
}

/// A file that goes with a mail. It arrives byte for byte.
#[derive(Clone)]
pub struct Attachment {
    /// The file's name, without folders.
    pub name: String,
    /// Its MIME type: `text/csv; charset=utf-8`.
    pub content_type: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// The reason why no mail could be made.
#[derive(Debug, thiserror::Error)]
pub enum ComposeError {
    /// The mail has no receiver.
    #[error("a mail without a recipient cannot be made; name one under `to`")]
    NoRecipient,
    /// The mail library would not have it.
    #[error("the mail could not be put together")]
    Library(#[from] lettre::error::Error),
}

/// Makes the mail: text and HTML as alternatives, the attachments beside them.
pub fn compose(letter: &Letter) -> Result<Message, ComposeError> {
    if letter.to.is_empty() {
        return Err(ComposeError::NoRecipient);
    }
    let since_epoch = Duration::from_millis(u64::try_from(letter.at.millis()).unwrap_or(0));
    let mut builder = lettre::Message::builder()
        .from(letter.from.mailbox())
        .subject(one_line(&letter.subject))
        .date(UNIX_EPOCH + since_epoch)
        .message_id(Some(format!("<{}@{}>", letter.id.hyphenated(), letter.from.domain())))
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
    let (wide, plain): (Vec<_>, Vec<_>) = letter.to.iter().partition(|to| to.needs_utf8());
    for to in &plain {
        builder = builder.to(to.mailbox());
    }
    if !wide.is_empty() {
        let name = if plain.is_empty() { "To" } else { "Cc" };
        builder = builder.raw_header(named_only(HeaderName::new_from_ascii_str(name), &wide));
        let all = letter.to.iter().map(|to| to.mailbox().email).collect();
        builder = builder.envelope(lettre::address::Envelope::new(Some(letter.from.mailbox().email), all)?);
    }
    let composed = match body(letter) {
        MimePart::Single(part) => builder.singlepart(part),
        MimePart::Multi(parts) => builder.multipart(parts),
    }?;
    Ok(Message { id: letter.id, at: letter.at, envelope: envelope(letter), bytes: composed.formatted() })
}

/// Returns the header that names addresses with letters outside ASCII as groups without members (RFC 6857): so the mail itself
/// stays in ASCII, and goes to the others by any server.
fn named_only(name: HeaderName, addresses: &[&Address]) -> HeaderValue {
    let raw = addresses.iter().map(|address| format!("{}:;", address.email())).collect::<Vec<_>>().join(", ");
    let groups = addresses.iter().map(|address| format!("{} :;", encoded_words(address.email())));
    let encoded = groups.collect::<Vec<_>>().join(",\r\n ");
    HeaderValue::dangerous_new_pre_encoded(name, raw, encoded)
}

/// Returns the text in encoded words (RFC 2047), each on a line.
fn encoded_words(text: &str) -> String {
    /// The number of characters that an encoded word has room for between its marks.
    const ENCODED_WORD: usize = 60;
    let mut words = vec![String::new()];
    for c in text.chars() {
        let mut encoded = String::new();
        if c.is_ascii_alphanumeric() {
            encoded.push(c);
        } else {
            for byte in c.encode_utf8(&mut [0; 4]).bytes() {
                // A string takes whatever is written.
                let _ = write!(encoded, "={byte:02X}");
            }
        }
        match words.last_mut() {
            Some(last) if last.len() + encoded.len() <= ENCODED_WORD => last.push_str(&encoded),
            _ => words.push(encoded),
        }
    }
    words.iter().map(|word| format!("=?utf-8?q?{word}?=")).collect::<Vec<_>>().join("\r\n ")
}

enum MimePart {
    Single(SinglePart),
    Multi(MultiPart),
}

fn body(letter: &Letter) -> MimePart {
    let text = SinglePart::plain(letter.text.clone());
    let words = match &letter.html {
        Some(html) => {
            MimePart::Multi(MultiPart::alternative().singlepart(text).singlepart(SinglePart::html(html.clone())))
        }
        None => MimePart::Single(text),
    };
    if letter.attachments.is_empty() {
        return words;
    }
    let mixed = MultiPart::mixed();
    let mixed = match words {
        MimePart::Single(part) => mixed.singlepart(part),
        MimePart::Multi(parts) => mixed.multipart(parts),
    };
    MimePart::Multi(letter.attachments.iter().map(attached).fold(mixed, MultiPart::singlepart))
}

/// Attaches a file, as Base64 in every case: any other encoding would let a mail server change line ends.
fn attached(file: &Attachment) -> SinglePart {
    let encoded = match Body::new_with_encoding(file.bytes.clone(), ContentTransferEncoding::Base64) {
        Ok(body) => body,
        Err(bytes) => Body::new(bytes),
    };
    let content_type = ContentType::parse(&file.content_type)
        .or_else(|_| ContentType::parse("application/octet-stream"))
        .unwrap_or(ContentType::TEXT_PLAIN);
    SinglePart::builder()
        .header(header::ContentDisposition::attachment(&file_name(&file.name)))
        .header(content_type)
        .body(encoded)
}

fn envelope(letter: &Letter) -> Envelope {
    let mut to: Vec<String> = Vec::with_capacity(letter.to.len());
    for address in &letter.to {
        if !to.iter().any(|known| known == address.email()) {
            to.push(address.email().to_owned());
        }
    }
    Envelope { from: letter.from.email().to_owned(), to }
}

/// Returns a name that every mail program can save: no folders, no quotes, no control characters.
fn file_name(name: &str) -> String {
    name.chars().map(|c| if c.is_control() || matches!(c, '/' | '\\' | '"') { '_' } else { c }).collect()
}

impl fmt::Debug for Letter {
    /// Leaves out what is written in it: an owner's letter has PINs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Letter")
            .field("id", &self.id)
            .field("at", &self.at)
            .field("from", &self.from)
            .field("to", &self.to)
            .field("subject", &self.subject)
            .field("attachments", &self.attachments)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Attachment").field("name", &self.name).field("bytes", &self.bytes.len()).finish_non_exhaustive()
    }
}

/// The sender and the receivers, as SMTP is told; the `From:` and `To:` of the mail itself are in its bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Envelope {
    /// The sender's address, where bounces go.
    pub from: String,
    /// The recipients' addresses, each once.
    pub to: Vec<String>,
}

/// A finished mail. Every attempt to send it sends the same bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// The outbox's id of it, from which its Message-ID is made.
    pub id: Uuid,
    /// The time at which it was composed; its `Date:`.
    pub at: Timestamp,
    /// The sender and the receivers.
    pub envelope: Envelope,
    /// The whole mail as RFC 5322 has it, in ASCII, lines ended by CRLF.
    pub bytes: Vec<u8>,
}

impl fmt::Debug for Message {
    /// Leaves out the bytes: an owner's mail has PINs in it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Message")
            .field("id", &self.id)
            .field("at", &self.at)
            .field("envelope", &self.envelope)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}
