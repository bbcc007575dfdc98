//! The journal on a real disk, in a folder of its own for each test: what it promises, and what it says when it cannot.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod bench;
#[path = "../support/child.rs"]
mod child;
mod group;
mod items;
mod old;
mod opening;
mod outbox;
#[path = "../support/power.rs"]
mod power;
mod private;
#[path = "../support/reader.rs"]
mod reader;
mod runs;
mod skips;
mod steps;
mod trouble;
mod troubles;
