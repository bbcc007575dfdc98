//! Rotates the PINs of permanent rooms: each room's PINs are reset once in a run, whatever crashes, and its owner
//! is told those that were read back.

mod finish;
mod in_use;
mod kind;
mod post;
mod preflight;
mod session;
mod sheet;

use std::path::PathBuf;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

pub(super) use self::kind::PinRotations;
use self::session::RotateSession;
use crate::api::Client;
use crate::config;
use crate::engine::{Job, Refusal, RunInfo, Session, Tools, Work};

pub use post::{OnRefusal, Owners, Post};

/// The configuration of a job of this kind, in the job's own form.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The keys of its own.
    pub own: config::RotatePins,
    /// The place of a sheet that cannot go where it should.
    pub fallback: PathBuf,
}

/// The work of a job of this kind.
#[derive(Debug)]
pub struct RotatePins {
    settings: Settings,
    client: Client,
    post: Option<Arc<dyn Post>>,
}

impl RotatePins {
    /// Sends through `client`, for the application type that is meant; `post` tells before the first reset whether owners can
    /// be mailed.
    #[must_use]
    pub fn new(settings: Settings, client: Client, post: Option<Arc<dyn Post>>) -> Self {
        Self { settings, client, post }
    }
}

impl Work for RotatePins {
    fn session<'a>(
        &'a self,
        job: &'a Job,
        run: RunInfo,
        tools: Tools,
    ) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        let zone = job.policy.zone.clone();
        let (settings, post) = (self.settings.clone(), self.post.clone());
        let session = RotateSession::new(job.name.clone(), settings, zone, &self.client, post, run, tools);
        std::future::ready(Ok(Box::new(session) as Box<dyn Session>)).boxed()
    }
}
