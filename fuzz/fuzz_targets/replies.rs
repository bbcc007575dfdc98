//! Looks for replies of the API that bring the program down.
#![no_main]

#[path = "../bodies/replies.rs"]
mod replies;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| replies::check(bytes));
