//! The journal on a real disk, in a folder of its own for each test: what it promises, and what it says when it cannot.

mod bench;
#[path = "../support/child.rs"]
mod child;
mod group;
mod items;
mod old;
mod opening;
mod outbox;
mod runs;
mod skips;
mod trouble;
