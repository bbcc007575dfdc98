//! Stands in for a job that is not configured any more, so that a run of that job can still be brought to an end.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use crate::config::Config;
use crate::engine::{Job, Policy, Refusal, RunInfo, Session, Tools, Work};
use crate::model::{JobKind, JobName, Limits};

/// Returns a job that had this name and was of this kind.
#[must_use]
pub fn gone(name: JobName, kind: JobKind, config: &Config) -> Job {
    let policy = Policy {
        timeout: Duration::from_hours(1),
        max_items: None,
        abort_after: u32::MAX,
        limits: Limits { attempts: config.api.max_attempts.get(), ..Limits::default() },
        request_timeout: config.api.timeout,
        in_flight: 1,
        zone: config.timezone.clone(),
    };
    Job { name, kind, was: None, policy, work: work() }
}

/// Returns the work of such a job.
pub(super) fn work() -> Box<dyn Work> {
    Box::new(Nothing)
}

/// Refuses every run: what is pending stays undone, and what may have been sent is `unknown`.
#[derive(Debug)]
struct Nothing;

impl Work for Nothing {
    fn session<'a>(&'a self, job: &'a Job, _: RunInfo, _: Tools) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>> {
        let words = format!("the job {} is not configured any more, so nothing could be looked up", job.name);
        std::future::ready(Err(Refusal(words))).boxed()
    }
}
