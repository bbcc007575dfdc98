//! Serves a page to look at and figures to be warned by: a person who is asked "did it run, and what went wrong?" opens it.
//!
//! The process that holds the lock serves it. Nothing here changes anything, and nothing a browser does can hold the work up: each
//! bound is one of time, of size or of number. What is told comes from the journal, the configuration in force and the runs under way,
//! by the same questions as the commands ask ([`crate::control::Query`]).

mod access;
mod answer;
mod api;
mod ask;
mod connection;
mod day;
mod figures;
mod find;
mod first;
mod going;
mod guesses;
mod health;
mod host;
mod intervals;
mod item;
mod item_line;
mod job;
mod letter;
mod listener;
mod making;
mod mark;
mod mask;
mod metrics;
mod page;
mod plot;
mod problems;
mod process;
mod query;
mod route;
mod run;
mod server;
mod settings;
mod sign_in;
mod site;
mod when;

pub use health::Heart;
pub use server::Web;
