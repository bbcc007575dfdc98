//! A job that is not configured any more, as far as a run of its can still be brought to an end.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::config::Config;
use crate::engine::{Job, Policy, Refusal, RunInfo, Session, Tools};
use crate::model::{JobKind, JobName, Limits};

/// Works on nothing: what is pending stays undone, and what may have been sent is `unknown`.
#[derive(Debug)]
pub struct Gone {
    name: JobName,
    kind: JobKind,
    policy: Policy,
}

impl Gone {
    /// A job that had this name and was of this kind.
    #[must_use]
    pub fn new(name: JobName, kind: JobKind, config: &Config) -> Self {
        let policy = Policy {
            timeout: Duration::from_hours(1),
            max_items: None,
            abort_after: u32::MAX,
            limits: Limits { attempts: config.api.max_attempts.get(), ..Limits::default() },
            request_timeout: config.api.timeout,
            in_flight: 1,
            zone: config.timezone.clone(),
        };
        Self { name, kind, policy }
    }
}

impl Job for Gone {
    fn name(&self) -> &JobName {
        &self.name
    }

    fn kind(&self) -> JobKind {
        self.kind
    }

    fn was(&self) -> Option<&JobName> {
        None
    }

    fn policy(&self) -> &Policy {
        &self.policy
    }

    fn session(&self, _: RunInfo, _: Tools) -> BoxFuture<'_, Result<Box<dyn Session>, Refusal>> {
        let words = format!("the job {} is not configured any more, so nothing could be looked up", self.name);
        async move { Err(Refusal(words)) }.boxed()
    }
}
