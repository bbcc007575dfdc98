//! Trouble from the front door: a wrong key, a dead server, a portal, a disk, a journal. Each is told in plain words with its
//! exit code, loses nothing, and is over when its cause is gone.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "not every test goes through all that is shared")]

mod addresses;
#[path = "../journal/by_hand.rs"]
mod by_hand;
mod disk;
mod mail;
mod memory;
mod program;
#[path = "../support/reader.rs"]
mod reader;
mod server;
#[path = "../support/site/mod.rs"]
mod site;
#[path = "../support/smtp.rs"]
mod smtp;
mod state;
mod token;
#[path = "../support/token_server.rs"]
mod token_server;
