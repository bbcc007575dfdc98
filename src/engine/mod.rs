//! Runs jobs without knowing any kind of them by name.

pub mod closed;
mod decision;
mod drive;
mod dry;
mod finish;
pub mod inbox;
mod job;
mod late;
mod leases;
mod notice;
mod plan;
mod progress;
mod recall;
mod recovery;
mod render;
mod run;
pub mod scheduler;
mod sends_nothing;
mod session;
mod start_eagerly;
mod steering;
mod too_many;
mod waits;

pub use decision::{Answer, AnswerKind, Decision, Look, Trouble, TroubleKind};
pub use dry::{TellEffects, Would, dry_run};
pub use job::{Job, Policy, RunInfo, Tools, Work};
pub use leases::{Lease, Leases};
pub use notice::Notice;
pub use progress::{Phase, Progress};
pub use recall::{ItemPages, Recall};
pub use render::{Render, RunReport};
pub use run::{Begin, Engine, Worked};
pub use session::{Finished, Plan, PlanError, Refusal, Requests, Session};
pub use steering::{OnTrouble, Steering, StopWish};

/// The journal's vocabulary, as far as jobs need it, so that they need not know the journal.
pub use crate::journal::{
    AttemptRecord, Habit, HistoryFilter, ItemFilter, ItemView, ItemsPage, JobKey, JournalError, Known, NewItem,
    OpenItem, PinPrinter, PinPrints, Remember, RunKey, Scratch, Seal, SettlingItem, Start, Stop,
};
