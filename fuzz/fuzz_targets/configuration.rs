//! Looks for configurations that bring the program down.
#![no_main]

#[path = "../bodies/configuration.rs"]
mod configuration;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| configuration::check(bytes));
