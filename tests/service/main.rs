//! roomkeeper as it is installed: a daemon that systemd started, and commands in a shell that know nothing of what it was given.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "not every test goes through all that is shared")]

mod joining;
mod setup;
#[path = "../support/site/mod.rs"]
mod site;
mod unit;
