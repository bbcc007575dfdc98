//! The daemon from its front door: files are dropped, signals are sent, and what becomes of them is read from the folders, the
//! history and the sandbox's ledger.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "the front door is shared; not every test goes through all of it")]

#[path = "../support/front.rs"]
mod front;

mod clocks;
mod ending;
mod folders;
mod growth;
mod mails;
mod notify;
mod pings;
mod refused;
mod reload;
mod renames;
mod schedules;
mod standing;
mod taking;
mod texts;
mod vanishing;
mod writing;
