//! Calls the meeting API: one typed method for every route, and the rules of what may be sent again.
//!
//! [`Client`] is all that others see. Every call ends in a [`Reply`] or a [`Failure`], and a failure's [`Disposition`] says what
//! may be done next; no other module looks at HTTP statuses. Writes are sent once, because repeating one is the engine's decision
//! and needs its journal; reads are asked again in here. What the reference leaves open or says wrongly is read in `wire` and
//! `lenient`.

mod addresses;
mod budget;
mod client;
mod disposition;
mod fence;
mod form;
mod lenient;
mod limits;
mod pages;
mod query;
mod reply;
mod retry_after;
mod routes;
mod settings;
mod shared_pace;
mod tally;
mod transport;
mod wire;
mod words;

pub use budget::{Budget, Slice};
pub use client::Client;
pub use pages::MeetingPager;
pub use query::{ListQuery, Order, Search};
pub use reply::{Attempt, Disposition, Failure, Reply};
pub use settings::{BuildError, ClientSettings, Rate};
