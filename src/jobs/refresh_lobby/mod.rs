//! Keeps lobbies, which people see before a meeting begins, as the configuration says, with no request where one is
//! so already.

mod decide;
mod desired_lobby;
mod diff;
mod fill;
mod finish;
mod kept;
mod look;
mod plan;
mod repeat;
mod send;
mod session;
mod way;

use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use self::desired_lobby::DesiredLobby;
use self::session::{LobbySession, PlanEnd, payload};
use crate::api::Client;
use crate::config::{self, Config, JobSettings};
use crate::engine::{
    Decision, Expected, Finished, Job, Look, Plan, PlanError, Refusal, RequestOutcome, Requests, RunInfo, Session,
    Tools, Trouble, Work,
};
use crate::jobs::pages::MORE_OR_LESS;
use crate::jobs::{Kind, ServerHabit, Workshop};
use crate::model::{Counts, JobKind, JobPayload, Noun, OpenItem, SettlingItem, TroubleKind};
use way::{LOBBY_UPDATE, neither_in_words, way_in_words};

/// The work of a job of this kind.
#[derive(Debug)]
pub struct RefreshLobby {
    settings: Arc<config::RefreshLobby>,
    client: Client,
}

impl RefreshLobby {
    /// Sends through `client`, for the application type that is meant.
    #[must_use]
    pub fn new(settings: config::RefreshLobby, client: Client) -> Self {
        Self { settings: Arc::new(settings), client }
    }
}

impl Work for RefreshLobby {
    fn session<'a>(
        &'a self,
        job: &'a Job,
        run: RunInfo,
        tools: Tools,
    ) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        let settings = Arc::clone(&self.settings);
        let session = LobbySession::new(job.name.clone(), settings, &job.policy, &self.client, run, tools);
        std::future::ready(Ok(Box::new(session) as Box<dyn Session>)).boxed()
    }
}

impl Session for LobbySession {
    fn plan<'a>(&'a self, plan: &'a mut dyn Plan) -> BoxFuture<'a, Result<String, PlanError>> {
        self.plan_meetings(plan).boxed()
    }

    fn forecast(&self) -> BoxFuture<'_, Option<Expected>> {
        async {
            // A run begins also where nothing is known of the last one.
            let pages = self.pages_read_last().await.unwrap_or_default() as u64;
            let most = Some(pages).filter(|pages| *pages > 0);
            let reading = Expected::new(pages.max(1), most, self.sending.rate());
            Some(reading.and_each(2, "meeting that is selected"))
        }
        .boxed()
    }

    fn expected(&self, sends: Option<u64>) -> Option<Expected> {
        let PlanEnd { sent, open, kept } = *self.planned.get()?;
        let rate = self.sending.rate();
        Some(match sends {
            // A dry run has looked at each lobby.
            Some(sends) => {
                let least = sent.saturating_sub(MORE_OR_LESS) + sends;
                Expected::new(least, Some(sent + MORE_OR_LESS + sends), rate)
            }
            None => Expected::new(sent + open, Some(sent + open + (open - kept)), rate),
        })
    }

    fn planned(&self) {}

    fn may_change(&self, item: &OpenItem) -> bool {
        payload(item).is_some_and(|payload| !payload.kept && payload.desired != DesiredLobby::Nothing)
    }

    fn decide<'a>(&'a self, items: &'a [OpenItem]) -> BoxFuture<'a, Result<Vec<Decision>, Trouble>> {
        decide::decide(self, items).boxed()
    }

    fn finish<'a>(&'a self, counts: &'a Counts) -> BoxFuture<'a, Finished> {
        finish::finish(self, counts).boxed()
    }

    fn requests(&self) -> &dyn Requests {
        self
    }
}

impl Requests for LobbySession {
    fn lease(&self, item: &OpenItem) -> Option<String> {
        payload(item).map(|payload| payload.lease())
    }

    fn attempt<'a>(&'a self, item: &'a OpenItem, request: &'a JobPayload) -> BoxFuture<'a, RequestOutcome> {
        send::attempt(self, item, request).boxed()
    }

    fn look<'a>(&'a self, items: &'a [SettlingItem]) -> BoxFuture<'a, Vec<Look>> {
        look::look(self, items).boxed()
    }

    fn absences(&self, item: &OpenItem) -> u32 {
        match payload(item).as_ref().map(|payload| &payload.desired) {
            Some(DesiredLobby::Remove | DesiredLobby::Nothing) => 1,
            // The API's documentation does not say if a lobby that is added twice shows everything twice.
            Some(DesiredLobby::Show(_)) | None => 2,
        }
    }

    fn recheck<'a>(&'a self, _: &'a [OpenItem]) -> BoxFuture<'a, Vec<String>> {
        // A meeting has one lobby, however often it was sent, and what it shows was compared.
        std::future::ready(Vec::new()).boxed()
    }
}

/// The kind: what it has to say of itself without a server.
pub(in crate::jobs) struct Lobbies;

impl Kind for Lobbies {
    fn name(&self) -> JobKind {
        JobKind::REFRESH_LOBBY
    }

    fn items(&self) -> Noun {
        Noun { one: "meeting", many: "meetings" }
    }

    fn work(&self, workshop: &Workshop, _: &Config, job: &config::Job) -> Option<Box<dyn Work>> {
        let JobSettings::RefreshLobby(own) = &job.settings else { return None };
        Some(Box::new(RefreshLobby::new(own.as_ref().clone(), workshop.client(job))))
    }

    fn habit(&self) -> Option<ServerHabit> {
        Some(ServerHabit {
            name: LOBBY_UPDATE,
            in_words: way_in_words,
            hinders: neither_in_words,
            trouble: TroubleKind::LobbyChanges,
        })
    }
}
