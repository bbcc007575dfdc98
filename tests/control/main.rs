//! Commands that reach the process that holds the lock, from its front door: the real daemon and the real commands, against a
//! sandbox, and hands that write on the socket what no command would.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "not every test goes through all that is shared")]

mod cancelling;
mod commands;
mod groups;
mod hostile;
mod pauses;
mod raw;
#[path = "../support/site/mod.rs"]
mod site;
mod unheard;
mod without;
