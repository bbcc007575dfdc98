//! The journal over the years: checked, backed up, pruned, kept short, and refused where it is damaged.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "the bench and the front door are shared; not every test goes through all of it")]

#[path = "../journal/bench.rs"]
mod bench;
#[path = "../support/front.rs"]
mod front;

mod backup;
mod broken;
mod check;
mod commands;
mod late;
mod log;
mod prune;
#[path = "../support/reader.rs"]
mod reader;
#[path = "../support/rows.rs"]
mod rows;
mod world;
