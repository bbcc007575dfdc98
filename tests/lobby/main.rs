//! Lobbies by the front door: the program itself with a real configuration, judged by what the server shows afterwards and by what
//! it was asked for on the way.
#![allow(dead_code, reason = "what is shared is not all used by every test")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "../journal/by_hand.rs"]
mod by_hand;
mod choosing;
mod content;
mod dropped_files;
mod losses;
mod oddities;
mod own_forms;
mod plain_404;
mod refreshing;
mod repeats;
mod replaced;
#[path = "../support/site/mod.rs"]
mod site;
mod two_hundred;
