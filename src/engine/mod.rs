//! Runs jobs without knowing any kind of them by name.

pub mod closed;
mod decision;
mod drive;
mod dry;
mod finish;
mod flow;
pub mod inbox;
mod job;
mod late;
mod leases;
mod notice;
mod outcomes;
mod page;
mod plan;
mod private;
mod progress;
mod recall;
mod recovery;
mod run;
mod scan;
pub mod scheduler;
mod sends_nothing;
mod session;
mod settle;
mod start_eagerly;
mod too_many;
mod waits;
mod window;

pub use decision::{Answer, AnswerKind, Decision, Look, Trouble, TroubleKind};
pub use drive::{OnTrouble, StopWish};
pub use dry::{TellEffects, Would, dry_run};
pub use job::{Job, Policy, RunInfo, Tools, Work};
pub use leases::{Lease, Leases};
pub use notice::Notice;
pub use progress::{Phase, Progress};
pub use recall::{ItemPages, Recall};
pub use run::{Begin, Engine, Render, RunReport, Steering, Worked};
pub use session::{Finished, Plan, PlanError, Refusal, Requests, Session};

/// The journal's vocabulary, as far as jobs need it, so that they need not know the journal.
pub use crate::journal::{
    AttemptRecord, Habit, HistoryFilter, ItemFilter, ItemView, ItemsPage, JobKey, JournalError, Known, NewItem,
    OpenItem, PinPrinter, PinPrints, Remember, RunKey, Scratch, Seal, SettlingItem, Start, Stop,
};
