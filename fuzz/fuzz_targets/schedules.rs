//! Looks for schedules that bring the program down.
#![no_main]

#[path = "../bodies/schedules.rs"]
mod schedules;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| schedules::check(bytes));
