//! Tables as people really make them: the sample files, hostile ones, and ours that come back.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test tells by a panic what is wrong")]

mod files;
mod hostile;
mod quotations;
mod round_trip;
mod rows;
mod world;
