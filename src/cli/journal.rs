//! `roomkeeper journal`: looks whether the journal is sound, backs it up, and forgets what is old.

use std::path::Path;

use super::args::{Journal as Asked, JournalCommand};
use super::context::Context;
use super::executor::{Reached, reach};
use super::pause::{ask, here};
use super::privileges::Acting;
use super::{ExitCode, Failure, journal_check, plain, reading};
use crate::control::{self, Command};
use crate::journal::{Beside, JournalError, Snapshot};

pub(super) async fn run(context: &Context, asked: &Asked) -> Result<ExitCode, Failure> {
    match &asked.command {
        JournalCommand::Check(args) => {
            reading::answer(context, async |screen| journal_check::check(context, args, screen).await).await
        }
        JournalCommand::Backup(args) => backup(context, &args.file),
        JournalCommand::Prune(args) => prune(context, args.clock_is_right).await,
    }
}

fn backup(context: &Context, file: &Path) -> Result<ExitCode, Failure> {
    let directory = &context.config()?.state.directory;
    let acting = Acting::as_owner_of(directory)?;
    let snapshot = Snapshot::take(directory)?;
    // The file is the caller's, and may be where only the caller can write. Everything that reading needs is open.
    acting.end()?;
    let bytes = snapshot.write_to(file).map_err(|error| Failure::failed(error.to_string()))?;
    println!(
        "the journal was backed up to {} ({} KiB), and the copy was verified",
        plain::one_line(&file.display().to_string()),
        bytes.div_ceil(1024)
    );
    Ok(ExitCode::Done)
}

/// Has the process that holds the lock do it; else it is done here, under the lock.
async fn prune(context: &Context, clock_is_right: bool) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let directory = &config.state.directory;
    let acting = Acting::as_owner_of(directory)?;
    let absent = match Beside::open(directory) {
        Err(JournalError::Absent(place)) if !Path::new(&place).exists() => Some(place),
        _ => None,
    };
    acting.end()?;
    if let Some(place) = absent {
        // None is made only to find nothing in it.
        println!("{}", JournalError::Absent(place));
        return Ok(ExitCode::Done);
    }
    let take = async || {
        here(&config, "roomkeeper journal prune", &context.clock, async |journal| {
            control::prune(journal, &config, clock_is_right).await
        })
        .await
    };
    let said = match reach(context, &config, take).await? {
        Reached::Remote(client) => ask(&client, Command::Prune { clock_is_right }).await?,
        Reached::Local(said) => said.map_err(Failure::failed)?,
    };
    println!("{said}");
    Ok(ExitCode::Done)
}
