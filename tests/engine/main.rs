//! The engine, driving a made-up kind of job against a made-up server that misbehaves by script and watches the engine's
//! manners. The clock is the real one: the journal's thread would be idle time to a paused one, and time would leap.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod campaign;
#[path = "../support/child.rs"]
mod child;
mod disk;
mod endings;
mod fixture;
mod job;
mod leases;
mod notices;
mod planning;
#[path = "../support/reader.rs"]
mod reader;
mod resume;
mod rows;
mod server;
