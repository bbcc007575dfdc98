//! Looks for files of meetings that bring the program down.
#![no_main]

#[path = "../bodies/table.rs"]
mod table;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| table::check(bytes));
