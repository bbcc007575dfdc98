//! `roomkeeper journal`: looks whether the journal is sound, backs it up, and forgets what is old.

use std::path::Path;
use std::sync::Arc;

use super::args::{Journal as Asked, JournalCommand};
use super::context::Context;
use super::plain::many;
use super::privileges::Acting;
use super::{ExitCode, Failure, journal_check, plain, reading};
use crate::journal::{Journal, JournalError, Lock, Pruning, Reader};
use crate::{host, jobs};

pub(super) async fn run(context: &Context, asked: &Asked) -> Result<ExitCode, Failure> {
    match &asked.command {
        JournalCommand::Check(args) => {
            reading::answer(context, |screen| journal_check::check(context, args, screen)).await
        }
        JournalCommand::Backup(args) => backup(context, &args.file),
        JournalCommand::Prune(args) => prune(context, args.clock_is_right).await,
    }
}

fn backup(context: &Context, file: &Path) -> Result<ExitCode, Failure> {
    let directory = &context.config()?.state.directory;
    let acting = Acting::as_owner_of(directory)?;
    let snapshot = Reader::open(directory)?.snapshot()?;
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

async fn prune(context: &Context, clock_is_right: bool) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let (directory, keep) = (&config.state.directory, config.state.keep);
    let _acting = Acting::as_owner_of(directory)?;
    if let Err(JournalError::Absent(path)) = Reader::open(directory)
        && !path.exists()
    {
        // None is made only to find nothing in it.
        println!("{}", JournalError::Absent(path));
        return Ok(ExitCode::Done);
    }
    let lock = Lock::acquire(directory, "roomkeeper journal prune")?;
    let journal = Journal::open_by(lock, Arc::clone(&context.clock))?;
    let believed = if clock_is_right { journal.believe_clock().await } else { Ok(()) };
    let pruned = match believed {
        Ok(()) => journal.prune_by_age(keep, host::files_kept(&config), jobs::over).await,
        Err(error) => Err(error),
    };
    journal.close().await;
    let pruned = match pruned? {
        Pruning::Done(pruned) => pruned,
        Pruning::Doubted(doubt) => {
            return Err(Failure::failed(format!(
                "nothing was forgotten, since the clock is not trusted: {}. If the clock is right, run \
                 `roomkeeper journal prune --clock-is-right`; if not, set it right",
                host::doubted(&doubt, &config)
            )));
        }
    };
    println!(
        "forgotten: {} with {}, {}, {}",
        many(pruned.runs, "run", "runs"),
        many(pruned.items, "item", "items"),
        many(pruned.identities, "meeting that is over", "meetings that are over"),
        many(pruned.skips, "due time without a run", "due times without a run"),
    );
    Ok(ExitCode::Done)
}
