//! Permanent rooms, by the program itself with a real configuration and a sandbox: what a policy changes and what a rotation
//! resets, judged by what the server was asked for, and by the files and mails that are left behind.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "what is shared is not all used by every test")]

#[path = "../support/book.rs"]
mod book;
#[path = "../journal/by_hand.rs"]
mod by_hand;
mod every_step;
mod lists;
mod policy;
mod preflight;
#[path = "../support/reader.rs"]
mod reader;
mod requests;
mod room_jobs;
mod rotation;
mod secrecy;
#[path = "../support/site/mod.rs"]
mod site;
#[path = "../support/smtp.rs"]
mod smtp;
mod workbooks;
