//! `roomkeeper results`: the results file of a run that has ended, or its retry file, written once more from the journal, for whoever
//! has lost it or sits at another machine. PINs that wait for their file are told once, and then forgotten.

use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use super::answer::Hearing;
use super::args::Results as Asked;
use super::attend::acknowledge;
use super::context::Context;
use super::executor::Executor;
use super::interrupts::Interrupts;
use super::output::Output;
use super::{ExitCode, Failure, answer};
use crate::control::{Bytes, Command, Event, FileTold, PinsTold, Query, QueryReply, Results};
use crate::model::line::shown;

/// The name that stands for standard output.
const OUTPUT: &str = "-";

pub(super) async fn run(context: &Context, args: &Asked) -> Result<ExitCode, Failure> {
    let query = Query::Results { run: args.run.clone(), retry: args.retry };
    let mut hearing = answer::ask(context, query).await?;
    let Some(QueryReply::File(told)) = hearing.reply().await? else { return Err(answer::broken_off()) };
    let mut target = Target::open(args.to.as_deref(), &told.name)?;
    if told.pins == PinsTold::Wait {
        drop(hearing);
        with_pins(context, &told, target).await?;
        return Ok(ExitCode::Done);
    }
    while let Some(reply) = hearing.reply().await? {
        if let QueryReply::Bytes(Bytes(bytes)) = reply {
            target.take(&bytes)?;
        }
    }
    target.place()?;
    if told.pins == PinsTold::Gone {
        eprintln!(
            "roomkeeper: it has no PINs: they were told once, in the run's own results file, and the journal has them no more"
        );
    }
    Ok(ExitCode::Done)
}

/// Has the process that holds the lock write the file with its PINs, which are forgotten when it is here.
async fn with_pins(context: &Context, told: &FileTold, mut target: Target) -> Result<(), Failure> {
    let config = context.config()?;
    let mut interrupts = Interrupts::listen()?;
    let executor = Executor::open(context, &config, "roomkeeper results").await?;
    let received = async {
        let command = Command::LateResults { run: told.run.to_string() };
        let mut hearing = executor.ask(command, None, Results::Told).await?;
        receive(&mut hearing, &mut target).await?;
        if !executor.hands_over() {
            target.place()?;
            acknowledge(&executor, told.run).await;
        }
        Ok::<_, Failure>(executor.hands_over())
    };
    let received = received.await;
    executor.close(&mut interrupts).await?;
    if received? {
        // Root is root again, and may write where it wants.
        target.place()?;
        let kept = context.workspace(&config)?.results().join(&told.name);
        if let Err(error) = std::fs::remove_file(&kept) {
            eprintln!("roomkeeper: {} holds the PINs, too, and could not be deleted: {error}", kept.display());
        }
    }
    eprintln!("roomkeeper: it has the PINs, which are told nowhere else: the journal has them no more");
    Ok(())
}

async fn receive(hearing: &mut Hearing, target: &mut Target) -> Result<(), Failure> {
    loop {
        match hearing.next().await?.ok_or_else(answer::broken_off)? {
            Event::Piece { bytes, .. } => target.take(&bytes)?,
            Event::Over => return Ok(()),
            Event::Failed(refusal) => return Err(refusal.into()),
            _ => {}
        }
    }
}

/// The place where the file goes.
enum Target {
    /// A file of this name, which is written aside; `None` once it is in its place.
    File(PathBuf, Option<NamedTempFile>),
    /// Standard output.
    Output(Output),
}

impl Target {
    /// Opens what was named, else a file of the run's own name in the current folder. Nothing is written over.
    fn open(named: Option<&Path>, usual: &str) -> Result<Self, Failure> {
        if named.is_some_and(|named| named == Path::new(OUTPUT)) {
            return Ok(Self::Output(Output::new()));
        }
        let path = std::path::absolute(named.unwrap_or(Path::new(usual)))
            .map_err(|error| Failure::failed(format!("the file to write: {error}")))?;
        let path = if path.is_dir() { path.join(usual) } else { path };
        if path.symlink_metadata().is_ok() {
            return Err(there_already(&path));
        }
        let folder = path.parent().unwrap_or(Path::new("/"));
        let aside = tempfile::Builder::new().prefix(".roomkeeper-").tempfile_in(folder);
        let aside = aside.map_err(|error| unwritable(&path, &error))?;
        Ok(Self::File(path, Some(aside)))
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        match self {
            Self::File(path, aside) => match aside {
                Some(aside) => aside.write_all(bytes).map_err(|error| unwritable(path, &error)),
                None => Ok(()),
            },
            Self::Output(output) => Ok(output.write_all(bytes)?),
        }
    }

    /// Puts the file into its place, whole, and says so.
    fn place(&mut self) -> Result<(), Failure> {
        match self {
            Self::Output(output) => Ok(output.flush()?),
            Self::File(path, aside) => {
                let Some(aside) = aside.take() else { return Ok(()) };
                aside.as_file().sync_all().map_err(|error| unwritable(path, &error))?;
                aside.persist_noclobber(&*path).map_err(|refused| match refused.error.kind() {
                    std::io::ErrorKind::AlreadyExists => there_already(path),
                    _ => unwritable(path, &refused.error),
                })?;
                writeln!(Output::new(), "{}", shown(&path.display().to_string()))?;
                Ok(())
            }
        }
    }
}

fn there_already(path: &Path) -> Failure {
    Failure::failed(format!("{} is there already: name another file with --to", path.display()))
}

fn unwritable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::failed(format!("{} cannot be written: {error}. Name another file with --to", path.display()))
}
