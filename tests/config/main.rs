//! The configuration as an administrator meets it: a file in, a checked configuration or every problem out.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on says so by stopping")]

mod checked;
mod doubts;
mod example;
mod lobbies;
mod problems;
mod rooms;
mod secrets;
mod support;
