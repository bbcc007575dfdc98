//! roomkeeper as it is installed: a daemon that systemd started, and commands in a shell that know nothing of what it was given.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "the front door is shared; not every test goes through all of it")]

#[path = "../support/front.rs"]
mod front;

mod joining;
mod setup;
mod unit;
