//! `roomkeeper pause` and `resume`: whether a job runs by itself, across restarts. They write the journal, so they need its
//! lock: while a daemon runs, they say that it holds it.

use std::sync::Arc;

use super::args::OneJob;
use super::context::Context;
use super::privileges::Acting;
use super::{ExitCode, Failure};
use crate::config::{self, Config};
use crate::engine::scheduler::end_pause;
use crate::journal::{Journal, Lock};
use crate::model::JobName;

/// `roomkeeper pause`.
pub(super) async fn pause(context: &Context, args: &OneJob) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let job = configured(&config, &args.job)?;
    let _acting = Acting::as_owner_of(&config.state.directory)?;
    let journal = Journal::open(Lock::acquire(&config.state.directory, "roomkeeper pause")?)?;
    let paused = async {
        let key = journal.job(&job.name, job.kind(), job.was.as_ref()).await?;
        journal.pause(key, context.clock.now()).await
    };
    let paused = paused.await;
    journal.close().await;
    if paused? {
        println!("{} was paused already", job.name);
    } else {
        println!("{} is paused; `roomkeeper resume {}` ends that", job.name, job.name);
    }
    Ok(ExitCode::Done)
}

/// `roomkeeper resume`.
pub(super) async fn resume(context: &Context, args: &OneJob) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let job = configured(&config, &args.job)?;
    let _acting = Acting::as_owner_of(&config.state.directory)?;
    let journal = Arc::new(Journal::open(Lock::acquire(&config.state.directory, "roomkeeper resume")?)?);
    let ended = end_pause(&journal, &context.clock, job).await;
    if let Some(journal) = Arc::into_inner(journal) {
        journal.close().await;
    }
    if ended? {
        println!("{} runs again; what was due in the pause is not made up for", job.name);
    } else {
        println!("{} was not paused", job.name);
    }
    Ok(ExitCode::Done)
}

/// A job of the configuration.
pub(super) fn configured<'a>(config: &'a Config, job: &JobName) -> Result<&'a config::Job, Failure> {
    config.jobs.get(job).ok_or_else(|| Failure::usage(format!("there is no job {job} in the configuration")))
}
