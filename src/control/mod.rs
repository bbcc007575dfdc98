//! Brings a command to the process that holds the lock: HTTP over a Unix socket. The process that holds the lock
//! serves it, the daemon as well as a long `import`; commands are carried out there, and their events are reported
//! as they happen.
//!
//! A command is one line of JSON ([`Command`]), followed by the bytes of the file that it needs, if it needs one. The answer
//! is a line of JSON for each [`Event`]. A [`CommandExecutor`] does what is asked; it knows nothing of sockets, so that a command
//! without a daemon asks its own executor the same, and tells the same.

mod answer;
mod cancel;
mod carry;
mod client;
mod events;
mod executor;
mod find;
mod hello;
mod import;
mod intake;
mod mail;
mod message;
mod parcel;
mod pause;
mod pipe;
mod place;
mod prune;
mod refusal;
mod retry;
mod run;
mod server;
mod socket;
mod told;

pub use client::{Answer, Client, ClientError};
pub use executor::{CommandExecutor, Results, Rota};
pub use find::{no_run, run_named};
pub use hello::{Hello, waiting};
pub use import::chosen;
pub use message::{Command, Event, Terminal};
pub use pause::{pause, resume};
pub use pipe::{Query, QueryRenderer};
pub use prune::prune;
pub use refusal::{Refusal, Why, with_causes};
pub use server::{ListenError, Server};
pub use told::{Ended, Problem, RunFile, RunTold};
