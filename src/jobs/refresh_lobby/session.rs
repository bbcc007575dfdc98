//! Holds the work on one run, with its input.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::OnceCell;

use super::desired_lobby::LobbyPayload;
use super::way::{LOBBY_UPDATE, Way, Ways};
use crate::api::{Client, Disposition, Failure};
use crate::clock::Zone;
use crate::config::RefreshLobby;
use crate::engine::{Policy, RecordError, RunInfo, Tools};
use crate::model::{Habit, ItemFilter, ItemNo, ItemsPage, JobName, Known, Lobby, MeetingId, OpenItem, State};

/// Tells what the plan found, for what is expected of the run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PlanEnd {
    /// Requests that were sent.
    pub(super) sent: u64,
    /// Meetings whose lobby is to be looked at.
    pub(super) open: u64,
    /// Those among them whose lobby the job has made what it is to be already.
    pub(super) kept: u64,
}

/// One run's session.
pub(super) struct LobbySession {
    pub(super) name: JobName,
    pub(super) settings: Arc<RefreshLobby>,
    /// The job's zone, which times are told in.
    pub(super) zone: Zone,
    /// Questions to the server at once.
    pub(super) at_once: usize,
    pub(super) run: RunInfo,
    pub(super) tools: Tools,
    /// Takes requests back once nothing new may be sent.
    pub(super) sending: Client,
    /// Goes on asking until the program stops.
    pub(super) asking: Client,
    /// The end of the plan.
    pub(super) planned: OnceLock<PlanEnd>,
    ways: Mutex<Ways>,
    /// Set once the journal's knowledge is in `ways`.
    remembered: OnceCell<()>,
}

impl LobbySession {
    pub(super) fn new(
        name: JobName,
        settings: Arc<RefreshLobby>,
        policy: &Policy,
        client: &Client,
        run: RunInfo,
        tools: Tools,
    ) -> Self {
        let client = client.counting();
        Self {
            planned: OnceLock::new(),
            sending: client.stop_with(tools.sending.clone()),
            asking: client.stop_with(tools.stop.clone()),
            name,
            settings,
            zone: policy.zone.clone(),
            at_once: policy.in_flight.max(1),
            run,
            tools,
            ways: Mutex::default(),
            remembered: OnceCell::new(),
        }
    }

    /// Finds out what is known of the way that the server takes, and whether the meeting that went first is over.
    pub(super) async fn look_back(&self) -> Result<(), RecordError> {
        self.remembered.get_or_try_init(|| self.remember()).await?;
        let first = self.ways().first();
        let Some((item, run)) = first.zip(self.run.key) else { return Ok(()) };
        let before = ItemNo(item.0.saturating_sub(1));
        let page = ItemsPage { run, filter: ItemFilter::All, after: before, most: 1 };
        let found = self.tools.recall.page(page).await?;
        if let Some(view) = found.first().filter(|view| view.item == item)
            && let State::Done(status) = view.state
        {
            self.ways().first_is_over(!status.is_problem(), view.error.as_deref().unwrap_or("nothing more is known"));
        }
        Ok(())
    }

    async fn remember(&self) -> Result<(), RecordError> {
        let found = self.tools.recall.habit(self.sending.server(), LOBBY_UPDATE).await?;
        let now = self.tools.clock.now();
        *self.ways() = Ways::of(found.and_then(|(word, seen)| Way::remembered(&word, seen, now)));
        Ok(())
    }

    /// Returns this run's knowledge of the way that the server takes.
    pub(super) fn ways(&self) -> MutexGuard<'_, Ways> {
        self.ways.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the habit to be journaled.
    pub(super) fn habit(&self, way: Way) -> Habit {
        Habit {
            server: self.sending.server().to_owned(),
            habit: LOBBY_UPDATE,
            value: way.as_str(),
            at: self.tools.clock.now(),
        }
    }

    /// Returns the lobby that a meeting has; `None` where there is none. The reference does not say how that is told: a 404
    /// that names no result is taken for it only where the server can tell of the meeting itself, for else it speaks of the
    /// route.
    pub(super) async fn lobby(client: &Client, meeting: &MeetingId) -> Result<Option<Lobby>, Failure> {
        match client.lobby(meeting).await {
            Ok(reply) => Ok(reply.value),
            Err(failure) if failure.disposition == Disposition::RouteMissing && failure.attempt.http == Some(404) => {
                match client.meeting(meeting).await {
                    Err(other) if !other.is_absence() => Err(failure),
                    Ok(_) | Err(_) => Ok(None),
                }
            }
            Err(failure) => Err(failure),
        }
    }

    /// Returns the facts that the job remembers of these meetings' lobbies.
    pub(super) async fn known(&self, identities: Vec<String>) -> Result<Vec<Option<Known>>, RecordError> {
        let recall = &self.tools.recall;
        recall.known(recall.job_key(self.run.job, &self.name).await?, identities).await
    }
}

/// Reads an item's payload; `None` for a payload of a version that this program does not know.
pub(super) fn payload(item: &OpenItem) -> Option<Arc<LobbyPayload>> {
    LobbyPayload::read(&item.payload)
}
