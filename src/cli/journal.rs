//! `roomkeeper journal`: looks whether the journal is sound, backs it up, and forgets what is old.

use std::path::Path;

use super::args::{Journal as Asked, JournalCheck, JournalCommand};
use super::context::Context;
use super::privileges::Acting;
use super::screen::Screen;
use super::{ExitCode, Failure, json, plain, reading};
use crate::jobs;
use crate::journal::{Findings, Journal, JournalError, Lock, Reader};

pub(super) async fn run(context: &Context, asked: &Asked) -> Result<ExitCode, Failure> {
    match &asked.command {
        JournalCommand::Check(args) => reading::answer(context, |screen| check(context, args, screen)).await,
        JournalCommand::Backup(args) => backup(context, &args.file),
        JournalCommand::Prune => prune(context).await,
    }
}

pub(super) fn check(context: &Context, args: &JournalCheck, screen: &mut Screen<'_>) -> Result<ExitCode, Failure> {
    let findings = context.reader()?.check()?;
    if args.json {
        let answer = serde_json::json!({
            "valid": findings.is_sound(),
            "runs": findings.runs,
            "items": findings.items,
            "problems": findings.violations,
            "more": findings.untold,
        });
        json::print(screen, &answer)?;
    } else {
        tell(&findings, screen)?;
    }
    Ok(if findings.is_sound() { ExitCode::Done } else { ExitCode::Failed })
}

fn tell(findings: &Findings, screen: &mut Screen<'_>) -> std::io::Result<()> {
    for violation in &findings.violations {
        writeln!(screen.out, "{}", plain::one_line(&violation.problem))?;
    }
    if findings.untold > 0 {
        writeln!(screen.out, "and {} more", findings.untold)?;
    }
    if findings.is_sound() {
        writeln!(
            screen.out,
            "the journal is sound: {} with {}",
            many(findings.runs, "run", "runs"),
            many(findings.items, "item", "items")
        )?;
    } else if findings.is_damaged() {
        writeln!(
            screen.out,
            "The journal is damaged, as by a failing disk. Stop roomkeeper, put journal.db aside together with journal.db-wal and \
             journal.db-shm, and restore the last backup."
        )?;
    } else {
        writeln!(
            screen.out,
            "The journal can be read, but it contradicts itself. Keep a copy of it, and report this as a fault of roomkeeper. What it \
             says about other runs still holds."
        )?;
    }
    Ok(())
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

async fn prune(context: &Context) -> Result<ExitCode, Failure> {
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
    let journal = Journal::open(Lock::acquire(directory, "roomkeeper journal prune")?)?;
    let pruned = journal.prune(context.clock.now().minus(keep), jobs::over).await;
    journal.close().await;
    let pruned = pruned?;
    println!(
        "forgotten: {} with {}, {}, {}",
        many(pruned.runs, "run", "runs"),
        many(pruned.items, "item", "items"),
        many(pruned.identities, "meeting that is over", "meetings that are over"),
        many(pruned.skips, "due time without a run", "due times without a run"),
    );
    Ok(ExitCode::Done)
}

fn many(n: u64, one: &str, several: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { several })
}
