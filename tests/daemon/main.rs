//! The daemon from its front door: files are dropped, signals are sent, and what becomes of them is read from the folders, the
//! history and the sandbox's ledger.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "not every test goes through all that is shared")]

#[path = "../support/book.rs"]
mod book;
#[path = "../journal/by_hand.rs"]
mod by_hand;
mod clocks;
mod ending;
mod folders;
mod growth;
mod mails;
mod notify;
mod pings;
#[path = "../support/reader.rs"]
mod reader;
mod refused;
mod reload;
mod renames;
mod schedules;
#[path = "../support/site/mod.rs"]
mod site;
mod standing;
mod taking;
mod texts;
mod vanishing;
mod writing;
