//! Exports, judged by the files that the program leaves behind and by what the server has: every meeting that took place, once,
//! whatever happens while it is read and written.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod changes;
mod crashes;
mod files;
mod shifting;
mod world;
