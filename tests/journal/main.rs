//! The journal on a real disk, in a folder of its own for each test: what it promises, and what it says when it cannot.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/child.rs"]
mod child;
#[allow(dead_code, reason = "the fixture is shared; not every test goes through all of it")]
mod fixture;
mod group;
mod old;
mod opening;
#[path = "../support/power.rs"]
mod power;
#[path = "../support/reader.rs"]
mod reader;
#[path = "../support/rows.rs"]
mod rows;
mod sealed;
mod steps;
mod trouble;
