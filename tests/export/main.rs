//! Exports, judged by the files that the program leaves behind and by what the server has: every meeting that took place, once,
//! whatever happens while it is read and written.
#![allow(dead_code, reason = "what is shared is not all used by every test")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../support/book.rs"]
mod book;
mod changes;
mod crashes;
mod exporting;
mod files;
#[path = "../support/reader.rs"]
mod reader;
mod shifting;
#[path = "../support/site/mod.rs"]
mod site;
mod workbooks;
