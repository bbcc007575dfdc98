//! `roomkeeper pause` and `resume` decide whether a job runs by itself, across restarts. The process that holds the lock writes
//! it down; else it is written here, under the lock, and nothing but the journal is needed for it.

use std::sync::Arc;

use super::answer::Hearing;
use super::args::OneJob;
use super::context::{Acting, Context};
use super::executor::{Reached, reach};
use super::{ExitCode, Failure, words};
use crate::config::Config;
use crate::control::{self, Client, Command, Done, configured};
use crate::journal::{Journal, JournalError};

/// Carries out `roomkeeper pause`.
pub(super) async fn pause(context: &Context, args: &OneJob) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let job = configured(&config, &args.job)?;
    let take = async || {
        here(context, &config, "roomkeeper pause", async |journal| control::pause(journal, &context.clock, job).await)
            .await
    };
    let done = match reach(context, &config, take).await? {
        Reached::Remote(client) => remote(&client, Command::Pause { job: args.job.clone() }).await?,
        Reached::Local(done) => done,
    };
    println!("{}", words::done(&done));
    Ok(ExitCode::Done)
}

/// Carries out `roomkeeper resume`.
pub(super) async fn resume(context: &Context, args: &OneJob) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let job = configured(&config, &args.job)?;
    let take = async || {
        here(context, &config, "roomkeeper resume", async |journal| control::resume(journal, &context.clock, job).await)
            .await
    };
    let done = match reach(context, &config, take).await? {
        Reached::Remote(client) => remote(&client, Command::Resume { job: args.job.clone() }).await?,
        Reached::Local(done) => done,
    };
    println!("{}", words::done(&done));
    Ok(ExitCode::Done)
}

/// Writes under the lock, as the owner of the state directory.
pub(super) async fn here<T>(
    context: &Context,
    config: &Config,
    purpose: &str,
    write: impl AsyncFnOnce(&Arc<Journal>) -> Result<T, JournalError>,
) -> Result<T, Failure> {
    let acting = Acting::as_owner_of(&config.state.directory)?;
    let opened =
        context.workspace(config)?.lock(purpose).and_then(|lock| Journal::open_by(lock, Arc::clone(&context.clock)));
    let written = match opened {
        Ok(journal) => {
            let journal = Arc::new(journal);
            let written = write(&journal).await;
            if let Some(journal) = Arc::into_inner(journal) {
                journal.close().await;
            }
            written
        }
        Err(error) => Err(error),
    };
    acting.end()?;
    Ok(written?)
}

/// Has it written by the process that holds the lock.
pub(super) async fn remote(client: &Client, command: Command) -> Result<Done, Failure> {
    Hearing::Remote(Box::new(client.ask(&command, None).await?)).done().await
}
