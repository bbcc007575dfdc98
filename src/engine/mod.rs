//! Runs jobs without knowing any kind of them by name.

pub mod closed;
mod decision;
mod drive;
mod dry;
mod finish;
mod finished;
pub mod inbox;
mod job;
mod leases;
mod plan;
mod progress;
mod recall;
mod record;
mod recovery;
mod render;
mod run;
pub mod scheduler;
mod scratch;
mod session;
mod start_eagerly;
mod steering;
mod waits;

pub use decision::{Answer, AnswerKind, Decision, Look, Trouble, TroubleKind};
pub use dry::{TellEffects, Would, dry_run};
pub use finished::Finished;
pub use job::{Job, Policy, RunInfo, Tools, Work};
pub use leases::{Lease, Leases};
pub use progress::{Phase, Progress};
pub use recall::{ItemPages, Recall};
pub use record::RecordError;
pub use render::{Notice, Render, RunReport};
pub use run::{Begin, Engine, Worked};
pub use scratch::Scratch;
pub use session::{Plan, PlanError, Refusal, Requests, Session};
pub use steering::{OnTrouble, Steering, StopWish};
