//! The simulated server over real HTTP: every route, every family of refusals, every fault, the ledger. What holds here the
//! other tests may build on.
#![expect(clippy::unwrap_used, clippy::panic, reason = "a test says what went wrong by failing")]

mod faults;
mod guest;
mod habits;
mod ledger;
mod lists;
mod lobbies;
mod meetings;
mod process;
mod rooms;
