//! Input that means harm, through the front door: names that want to be headers, tags or formulas, files planted where ours go,
//! files and answers without end, and everything that may not be told.
//!
//! More of it stands where its subject is tested: forged headers and tags in `tests/letter.rs` and `tests/report.rs`; files that
//! are no files of meetings in `tests/table/hostile.rs`; links, FIFOs and workbooks in a drop folder in `tests/daemon/refused.rs`;
//! answers without end, redirects, pages that go round, and replies about something else in `tests/api_client`; a redirect and a
//! portal as a run sees them in `tests/trouble/server.rs`; the control socket in `tests/control/hostile.rs` and
//! `tests/control/groups.rs`; secrets of a configuration in `tests/config/secrets.rs`; PINs of an import in
//! `tests/import/answers.rs`, of rooms in `tests/rooms/secrecy.rs`. `tests/fuzz_targets.rs` looks for the rest.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
#![allow(dead_code, reason = "the site is shared with the tests of rooms")]

mod modes;
mod names;
mod places;
#[path = "../rooms/room_jobs.rs"]
mod room_jobs;
mod secrets;
#[path = "../support/site/mod.rs"]
mod site;
mod sizes;
mod surroundings;
