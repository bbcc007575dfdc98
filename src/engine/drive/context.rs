//! The surroundings that the drive of one run works with: each part of the drive holds a copy.

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::engine::job::Policy;
use crate::engine::leases::Leases;
use crate::engine::render::Render;
use crate::engine::session::Session;
use crate::journal::{Journal, Seal};
use crate::model::RunKey;

/// The run, the job's work and policy, and the parts of the program that are handed in.
#[derive(Clone, Copy)]
pub(in crate::engine) struct Context<'a> {
    pub(in crate::engine) run: RunKey,
    pub(in crate::engine) session: &'a dyn Session,
    pub(in crate::engine) journal: &'a Journal,
    /// Seals the PINs of the run's items.
    pub(in crate::engine) seal: &'a Seal,
    pub(in crate::engine) clock: &'a dyn Clock,
    pub(in crate::engine) render: &'a dyn Render,
    pub(in crate::engine) policy: &'a Policy,
    pub(in crate::engine) leases: &'a Leases,
    /// Fires when nothing new may be sent, so that a request that waits for its turn is taken back.
    pub(in crate::engine) sending: &'a CancellationToken,
    /// The time at which the run must end.
    pub(in crate::engine) deadline: Instant,
    /// When the drive begins, no item of the run is `sending` or being settled.
    pub(in crate::engine) none_to_settle: bool,
}
