//! `roomkeeper journal`: looks whether the journal is sound, backs it up, and forgets what is old. `copy` has
//! what moves it.

use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use super::args::{Journal as Asked, JournalCheck, JournalCommand};
use super::context::{Acting, Context};
use super::copy;
use super::executor::{Executor, Reached, reach};
use super::interrupts::Interrupts;
use super::output::Output;
use super::pause::{here, remote};
use super::words::{self, many};
use super::{ExitCode, Failure, answer};
use crate::config::Config;
use crate::control::{self, Command, Query, QueryReply};
use crate::journal::{Findings, JournalError, Workspace};
use crate::model::line::shown;

pub(super) async fn run(context: &Context, asked: &Asked) -> Result<ExitCode, Failure> {
    match &asked.command {
        JournalCommand::Check(args) => check(context, args).await,
        JournalCommand::Backup(args) => backup(context, &args.file),
        JournalCommand::Prune(args) => prune(context, args.clock_is_right).await,
        JournalCommand::Copy(args) => copy::copy(context, args).await,
        JournalCommand::Reopen => copy::reopen(context).await,
    }
}

fn backup(context: &Context, file: &Path) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    if let Some(server) = &config.state.journal {
        return Err(Failure::failed(format!(
            "the journal is in a PostgreSQL database, which has its own way: pg_dump --format=custom --file={} '{}'",
            shown(&file.display().to_string()),
            server.address
        )));
    }
    let directory = &config.state.directory;
    let acting = Acting::as_owner_of(directory)?;
    let snapshot = Workspace::at(directory).snapshot()?;
    // The file is the caller's, and may be where only the caller can write. Everything that reading needs is open.
    acting.end()?;
    let bytes = snapshot.write_to(file).map_err(|error| Failure::failed(error.to_string()))?;
    println!(
        "the journal was backed up to {} ({} KiB), and the copy was verified",
        shown(&file.display().to_string()),
        bytes.div_ceil(1024)
    );
    Ok(ExitCode::Done)
}

/// Has the process that holds the lock do it; else it is done here, under the lock.
async fn prune(context: &Context, clock_is_right: bool) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let directory = &config.state.directory;
    let acting = Acting::as_owner_of(directory)?;
    let absent = match context.workspace(&config)?.beside() {
        Err(JournalError::Absent(place)) if config.state.journal.is_some() || !Path::new(&place).exists() => {
            Some(place)
        }
        _ => None,
    };
    acting.end()?;
    if let Some(place) = absent {
        // None is made only to find nothing in it.
        println!("{}", JournalError::Absent(place));
        return Ok(ExitCode::Done);
    }
    let take = async || {
        here(context, &config, "roomkeeper journal prune", async |journal| {
            control::prune(journal, &context.clock, &config, clock_is_right).await
        })
        .await
    };
    let done = match reach(context, &config, take).await? {
        Reached::Remote(client) => remote(&client, Command::Prune { clock_is_right }).await?,
        Reached::Local((pruning, is_mailed)) => {
            if is_mailed {
                send_mails(context, &config).await;
            }
            control::pruned(pruning, &config)?
        }
    };
    println!("{}", words::done(&done));
    Ok(ExitCode::Done)
}

/// Sends the mails that wait. The secrets that this needs may be another user's; then the next start sends them.
async fn send_mails(context: &Context, config: &Arc<Config>) {
    let sent = async {
        let mut interrupts = Interrupts::listen()?;
        Executor::open(context, config, "roomkeeper journal prune").await?.close(&mut interrupts).await
    };
    if let Err(failure) = sent.await {
        eprintln!("roomkeeper: the mail about it waits, and the next start sends it: {}", failure.words);
    }
}

/// Tells whether the journal is sound.
async fn check(context: &Context, args: &JournalCheck) -> Result<ExitCode, Failure> {
    let findings = answer::ask(context, Query::JournalCheck).await?;
    let findings =
        findings.one(|reply| if let QueryReply::Journal(findings) = reply { Some(findings) } else { None }).await?;
    if args.json {
        Output::new().json(&serde_json::json!({
            "valid": findings.is_sound(),
            "runs": findings.runs,
            "items": findings.items,
            "problems": findings.violations,
            "more": findings.untold,
        }))?;
    } else {
        for_people(&findings)?;
    }
    Ok(if findings.is_sound() { ExitCode::Done } else { ExitCode::Failed })
}

fn for_people(findings: &Findings) -> Result<(), Failure> {
    let mut out = Output::new();
    for violation in &findings.violations {
        writeln!(out, "{}", shown(&violation.problem))?;
    }
    if findings.untold > 0 {
        writeln!(out, "and {} more", findings.untold)?;
    }
    if findings.is_sound() {
        writeln!(
            out,
            "the journal is sound: {} with {}",
            many(findings.runs, "run", "runs"),
            many(findings.items, "item", "items")
        )?;
    } else if findings.is_damaged() {
        writeln!(
            out,
            "The journal is damaged, as by a failing disk. Stop roomkeeper, put journal.db aside together with journal.db-wal and \
             journal.db-shm, and restore the last backup."
        )?;
    } else {
        writeln!(
            out,
            "The journal can be read, but it contradicts itself. Keep a copy of it, and report this as a fault of roomkeeper. What it \
             says about other runs still holds."
        )?;
    }
    Ok(())
}
