//! The journal over the years: checked, backed up, pruned, kept short, and refused where it is damaged.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]
#![allow(dead_code, reason = "the fixture and the front door are shared; not every test goes through all of it")]

mod backup;
mod broken;
mod check;
mod commands;
mod exporting;
#[path = "../journal/fixture.rs"]
mod fixture;
mod journals;
mod late;
mod log;
mod moved;
mod prune;
#[path = "../support/reader.rs"]
mod reader;
#[path = "../support/rows.rs"]
mod rows;
#[path = "../support/site/mod.rs"]
mod site;
