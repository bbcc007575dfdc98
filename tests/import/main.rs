//! The front door: the program itself, with a real configuration and a sandbox, judged by what the server was asked for and by
//! the files it leaves behind.
#![allow(dead_code, reason = "what is shared is not all used by every test")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod again;
mod answers;
#[path = "../support/book.rs"]
mod book;
#[path = "../journal/by_hand.rs"]
mod by_hand;
mod cells;
mod chance;
mod columns;
mod dates;
mod encodings;
mod existing;
mod files;
mod foreign;
mod headings;
mod importing;
mod lengths;
mod lookups;
mod losses;
mod own_doubles;
mod own_forms;
mod quotations;
mod refusals;
mod requests;
mod retries;
mod returned;
mod rewritten;
mod second_looks;
mod signals;
#[path = "../support/site/mod.rs"]
mod site;
mod unseen;
mod workbook_results;
mod workbooks;
mod years;
