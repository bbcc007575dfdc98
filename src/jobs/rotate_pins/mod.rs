//! New PINs for permanent rooms: each room's PINs are reset once in a run, whatever crashes, and its owner is told those that
//! were read back.

mod finish;
mod in_use;
mod post;
mod preflight;
mod session;
mod sheet;

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use self::session::RotateSession;
use crate::api::Client;
use crate::config;
use crate::engine::{Job, Policy, Refusal, RunInfo, Session, Tools};
use crate::model::{JobKind, JobName};

pub use post::{OnRefusal, Owners, Post};

/// What the configuration says about a job of this kind, as the job itself wants it.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The keys of its own.
    pub own: config::RotatePins,
    /// Where a sheet goes when it cannot go where it should.
    pub fallback: PathBuf,
}

/// A configured job of this kind.
#[derive(Debug)]
pub struct RotatePins {
    name: JobName,
    was: Option<JobName>,
    policy: Policy,
    settings: Settings,
    client: Client,
    post: Option<Arc<dyn Post>>,
}

impl RotatePins {
    /// A job that sends through `client`, for the application type that is meant; `post` tells before the first reset whether
    /// owners can be mailed.
    #[must_use]
    pub fn new(
        name: JobName,
        was: Option<JobName>,
        policy: Policy,
        settings: Settings,
        client: Client,
        post: Option<Arc<dyn Post>>,
    ) -> Self {
        Self { name, was, policy, settings, client, post }
    }
}

impl Job for RotatePins {
    fn name(&self) -> &JobName {
        &self.name
    }

    fn kind(&self) -> JobKind {
        JobKind::RotatePins
    }

    fn was(&self) -> Option<&JobName> {
        self.was.as_ref()
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn session<'a>(&'a self, run: RunInfo, tools: Tools) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        let zone = self.policy.zone.clone();
        let (settings, post) = (self.settings.clone(), self.post.clone());
        let session = RotateSession::new(self.name.clone(), settings, zone, &self.client, post, run, tools);
        std::future::ready(Ok(Box::new(session) as Box<dyn Session>)).boxed()
    }
}
