//! Hands a finished mail to an SMTP server or to a mail program, or puts it into a folder where there is neither.
//!
//! A mail is made once ([`compose`]) and its bytes are kept in the outbox, so that every attempt to send it sends the same
//! mail with the same Message-ID. [`Session::send`] makes one attempt; [`next_attempt`] says when there is to be another.

mod address;
mod backoff;
mod broken;
mod certificates;
mod conversation;
mod folder;
mod handover;
mod hello;
mod lean;
mod letter;
mod login;
mod mailer;
mod program;
mod send_error;
mod smtp;
mod token;
mod token_answer;
mod verdict;
mod words;

pub use address::{Address, AddressError};
pub use backoff::{LEAST_ATTEMPTS, OUTBOX_KEEPS, next_attempt};
pub use conversation::{Addresses, OnRefusal};
pub use folder::try_folder;
pub use handover::Handover;
pub use letter::{Attachment, ComposeError, Envelope, Letter, Message, compose};
pub use login::{Login, Proof};
pub use mailer::{Mailer, Server, Session};
pub use program::Program;
pub use send_error::{Fault, LeftOut, SendError, Sent};
pub use smtp::{Patience, Smtp, Tls};
pub use token::{TokenSettings, Tokens};
pub use words::{words, words_alone};
