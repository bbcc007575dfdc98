//! `roomkeeper import`: schedules meetings from CSV files now. The files stay where they are. They are read, and their results
//! written, as the caller, whichever process does the work.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::answer::Hearing;
use super::args::Import;
use super::attend::{Attendance, Attended, attend};
use super::context::Context;
use super::executor::Executor;
use super::interrupts::Interrupts;
use super::preview::Previewer;
use super::{ExitCode, Failure, run_output};
use crate::config;
use crate::control::{Command, Ended, chosen};
use crate::jobs;

/// A file that was asked for, open as the caller.
struct RequestedFile {
    path: PathBuf,
    name: String,
    file: Arc<File>,
    output: PathBuf,
}

pub(super) async fn run(context: &Context, args: Import) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let job = chosen(&config, args.job.as_ref())?;
    let max_size = jobs::kind(job.kind()).max_file_size(&job);
    let asked = args
        .files
        .iter()
        .map(|path| ask(path, args.output.as_deref(), args.dry_run, max_size))
        .collect::<Result<Vec<_>, _>>()?;
    if args.dry_run {
        let (previewer, mut code) = (Previewer::open(context, &job).await?, ExitCode::Done);
        for RequestedFile { name, file, .. } in &asked {
            code = code.worse(previewer.of_file(args.job.as_ref(), name, file, args.json).await?);
        }
        return Ok(code);
    }
    let mut interrupts = Interrupts::listen()?;
    let executor = Executor::open(context, &config, "roomkeeper import").await?;
    let (mut interrupted, mut imported) = (Attended::default(), Vec::new());
    let importing = Importing { executor: &executor, job: &job, args: &args, quiet: context.is_quiet(args.json) };
    let ended = importing.all(&asked, &mut interrupts, &mut interrupted, &mut imported).await;
    let hand_over = executor.hands_over();
    let closed = executor.close(&mut interrupts).await;
    let (mut code, mut told) = (interrupted.code(), Vec::new());
    for (asked, attended) in asked.iter().zip(imported) {
        code = code.worse(attended.code());
        for (name, mut ended) in attended.ended {
            if hand_over {
                place(&mut ended, &asked.output);
            }
            told.push((name, ended));
        }
    }
    if told.len() < asked.len() {
        code = code.worse(ExitCode::Partial);
    }
    run_output::tell(&told, &interrupted.ended, args.json)?;
    closed?;
    ended.map(|()| code)
}

/// The files that are imported, and the process that imports them.
struct Importing<'a> {
    executor: &'a Executor,
    job: &'a config::Job,
    args: &'a Import,
    quiet: bool,
}

impl Importing<'_> {
    /// Imports a file after the other; first what an earlier process left, where this one does the work.
    async fn all(
        &self,
        asked: &[RequestedFile],
        interrupts: &mut Interrupts,
        interrupted: &mut Attended,
        imported: &mut Vec<Attended>,
    ) -> Result<(), Failure> {
        if let Executor::Local(here) = self.executor {
            here.executor().runtime().job_of(self.job);
            let hearing = Hearing::Local(here.executor().finish_interrupted(self.job.name.clone()));
            *interrupted = self.attend(hearing, interrupts, Path::new("/")).await?;
        }
        for asked in asked {
            if interrupts.asked() {
                eprintln!("roomkeeper: {} was not begun", asked.path.display());
                continue;
            }
            let command = Command::Import { job: self.args.job.clone(), name: asked.name.clone() };
            let results = self.executor.results(Some(&asked.output));
            let hearing = self.executor.ask(command, Some(Arc::clone(&asked.file)), results).await?;
            imported.push(self.attend(hearing, interrupts, &asked.output).await?);
        }
        Ok(())
    }

    async fn attend(&self, hearing: Hearing, interrupts: &mut Interrupts, output: &Path) -> Result<Attended, Failure> {
        attend(hearing, Attendance { executor: self.executor, interrupts, quiet: self.quiet, output }).await
    }
}

/// Copies a run's files to where the caller wanted them, as the caller.
pub(super) fn place(ended: &mut Ended, output: &Path) {
    for file in &mut ended.files {
        let Some(name) = file.path.file_name() else { continue };
        let to = output.join(name);
        match copy_anew(&file.path, &to) {
            Ok(()) => {
                // It holds PINs, and is where it belongs now.
                if let Err(error) = std::fs::remove_file(&file.path) {
                    tracing::debug!(%error, "the first copy of a file could not be removed");
                }
                file.path = to;
            }
            Err(error) => {
                eprintln!("roomkeeper: {} could not be copied to {}: {error}", file.path.display(), to.display());
            }
        }
    }
}

/// Opens a file that can be read to its end, and is not larger than the job allows: a pipe or a device would never end.
fn open(path: &Path, max_size: u64) -> Result<File, Failure> {
    use std::os::unix::fs::OpenOptionsExt;
    let shown = path.display();
    let unreadable = |error: std::io::Error| Failure::failed(format!("{shown} cannot be read: {error}"));
    let flags = rustix::fs::OFlags::NONBLOCK.bits().cast_signed();
    let file = File::options().read(true).custom_flags(flags).open(path).map_err(unreadable)?;
    let metadata = file.metadata().map_err(unreadable)?;
    if metadata.is_dir() {
        return Err(Failure::failed(format!("{shown} is a folder: name the files in it")));
    }
    if !metadata.is_file() {
        return Err(Failure::failed(format!("{shown} is no file that can be read to its end")));
    }
    if metadata.len() > max_size {
        return Err(Failure::failed(format!(
            "{shown} has {} MiB, and max_file_size allows {} MiB: split it, or raise max_file_size",
            metadata.len().div_ceil(1 << 20),
            max_size.div_ceil(1 << 20)
        )));
    }
    Ok(file)
}

/// Finds out now whether results can be written, not after a hundred meetings were made.
pub(super) fn takes_files(output: &Path) -> Result<(), Failure> {
    match tempfile::Builder::new().prefix(".roomkeeper-").tempfile_in(output) {
        Ok(_) => Ok(()),
        Err(error) => Err(Failure::failed(format!(
            "the results cannot be written to {}: {error}. Name another folder with --output. Nothing was begun",
            output.display()
        ))),
    }
}

/// Copies into a file that was not there before.
fn copy_anew(from: &Path, to: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut copy = File::options().write(true).create_new(true).mode(0o600).open(to)?;
    std::io::copy(&mut File::open(from)?, &mut copy)?;
    copy.sync_all()
}

fn ask(path: &Path, output: Option<&Path>, dry: bool, max_size: u64) -> Result<RequestedFile, Failure> {
    let shown = path.display();
    let file = open(path, max_size)?;
    let path = std::path::absolute(path).map_err(|error| Failure::failed(format!("{shown}: {error}")))?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("file.csv").to_owned();
    let output = match output {
        Some(output) => std::path::absolute(output).map_err(|error| Failure::failed(error.to_string()))?,
        None => path.parent().unwrap_or(Path::new("/")).to_owned(),
    };
    if !dry {
        takes_files(&output)?;
    }
    Ok(RequestedFile { path, name, file: Arc::new(file), output })
}
