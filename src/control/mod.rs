//! Brings a command to the process that holds the lock: HTTP over a Unix socket. The process that holds the lock
//! serves it, the daemon as well as a long `import`; commands are carried out there, and their events are reported
//! as they happen.
//!
//! A command is one line of JSON ([`Command`]), followed by the bytes of the file that it needs, if it needs one. The answer
//! is a line of JSON for each [`Event`]: data, which the client renders. A [`CommandExecutor`] does what is asked; it knows nothing of sockets, so that a command
//! without a daemon asks its own executor the same, and tells the same.

mod as_base64;
mod client;
mod decision;
mod events;
mod executor;
mod hello;
mod import;
mod intake;
mod late_results;
mod message;
mod parcel;
mod programs;
mod query;
mod refusal;
mod run;
mod server;
mod socket;
mod told;
mod waiting;

pub use client::{Client, ClientError, EventStream};
pub use decision::{pause, prune, pruned, resume};
pub use events::{ask, ask_preview};
pub use executor::{CommandExecutor, Results, Rota};
pub use hello::Hello;
pub use message::{Command, Event};
pub use programs::{ItemLine, RUN_END, ReasonLine, reasons, run_head};
pub use query::{
    AttemptTold, Bytes, Checked, Coming, ConfigurationCheck, DueTime, FileTold, HabitTold, Idle, ItemTold, JobLine,
    JobList, LastRun, MailTold, Mails, PinsTold, Preview, Previewed, Query, QueryReply, RunShown, SkipTold, Source,
    Sources, Standing, TroubleTold, chosen, configured, input, no_run, run_named, runs_here,
};
pub use refusal::{Refusal, Why, with_causes};
pub use server::{ListenError, Server};
pub use socket::Socket;
pub use told::{Done, Ended, Problem, RunFile, RunTold};
