//! Trouble from the front door: a wrong key, a dead server, a portal, a disk, a journal. Each is told in plain words with its
//! exit code, loses nothing, and is over when its cause is gone.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "the front door is shared; not every test goes through all of it")]

#[path = "../support/front.rs"]
mod front;
#[path = "../support/smtp.rs"]
mod smtp;
#[path = "../support/token_server.rs"]
mod token_server;

mod addresses;
mod disk;
mod mail;
mod memory;
mod program;
mod server;
mod state;
mod token;
