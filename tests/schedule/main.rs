//! The scheduler as the daemon has it, under virtual time: the crate's own ticks, our plan, and a ledger in memory, for a
//! reply from the journal's thread counts as idle to a paused clock, and time would leap.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says so by stopping")]

mod clocks;
mod outages;
mod world;
mod years;
