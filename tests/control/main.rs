//! Commands that reach the process that holds the lock, from its front door: the real daemon and the real commands, against a
//! sandbox, and hands that write on the socket what no command would.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "the front door is shared; not every test goes through all of it")]

#[path = "../support/front.rs"]
mod front;

mod cancelling;
mod commands;
mod groups;
mod hostile;
mod pauses;
mod raw;
mod unheard;
mod without;
