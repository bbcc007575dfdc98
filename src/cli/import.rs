//! `roomkeeper import`: schedules meetings from CSV files now. The files stay where they are.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::args::Import;
use super::context::Context;
use super::privileges::Acting;
use super::{ExitCode, Failure, dry_run, json, progress, run_output};
use crate::config::{self, Config};
use crate::engine::{Begin, Job, OnTrouble, RunReport, Worked};
use crate::host::{self, Host, Oversight};
use crate::jobs::schedule_meetings::{Input, Place, copy_file};
use crate::jobs::{self, Workshop};
use crate::journal::Stop;
use crate::model::{JobKind, JobName, RunId, Trigger};

/// How long mails about the runs are waited for at the end.
const MAIL_TIME: Duration = Duration::from_secs(20);

/// A file that was asked for, open as the caller.
pub(super) struct Asked {
    pub(super) path: PathBuf,
    pub(super) name: String,
    pub(super) file: Arc<File>,
    /// Bytes that it may have.
    max_size: u64,
    pub(super) output: PathBuf,
}

pub(super) async fn run(context: &Context, args: Import) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let job = chosen(&config, args.job.as_ref())?;
    let max_size = jobs::max_file_size(&job);
    let asked = args
        .files
        .iter()
        .map(|path| ask(path, args.output.as_deref(), args.dry_run, max_size))
        .collect::<Result<Vec<_>, _>>()?;
    let acting = Acting::as_owner_of(&config.state.directory)?;
    if args.dry_run {
        return dry_run::of_files(context, &config, &job, &asked, args.json).await;
    }
    let host = Host::open(
        Arc::clone(&config),
        &context.environment,
        Arc::clone(&context.clock),
        "roomkeeper import",
        OnTrouble::GiveUp,
    );
    let host = host.await?;
    let mut imported = Imported { results: None, code: ExitCode::Done, ended: Vec::new() };
    if acting.is_somebody_else() {
        imported.results = Some(config.state.directory.join("results"));
    }
    let ended = import_all(context, &host, &config, &job, &asked, &mut imported, args.json).await;
    // The mails' turn; what cannot be sent now waits for the daemon, or for the next command.
    if tokio::time::timeout(MAIL_TIME, host.deliver_due()).await.is_err() {
        eprintln!("roomkeeper: the mail server does not answer; the mail waits in the outbox");
    }
    host.close().await;
    let hand_over = acting.is_somebody_else();
    acting.end()?;
    let Imported { code, ended: mut told, .. } = imported;
    if hand_over {
        told.iter_mut().for_each(Ended::hand_over);
    }
    if args.json {
        let answers: Vec<_> =
            told.iter().filter(|ended| ended.output.is_some()).map(|ended| answer(&ended.report)).collect();
        match answers.as_slice() {
            [one] => json::print(one),
            several => json::print(&several),
        }
    } else {
        for ended in &told {
            run_output::print(&ended.name, &ended.report);
        }
    }
    ended.map(|()| code)
}

/// What the command has done so far.
struct Imported {
    /// Where results go first, when the process may not write where the caller may.
    results: Option<PathBuf>,
    code: ExitCode,
    ended: Vec<Ended>,
}

/// A run that has ended.
struct Ended {
    name: String,
    /// Where its results belong; `None` for a run of an earlier start.
    output: Option<PathBuf>,
    report: Box<RunReport>,
}

impl Ended {
    /// Copies the run's files to where the caller wanted them, as the caller.
    fn hand_over(&mut self) {
        let Some(output) = &self.output else { return };
        for (_, path) in &mut self.report.finished.files {
            let Some(name) = path.file_name() else { continue };
            let to = output.join(name);
            match copy_anew(path, &to) {
                Ok(()) => *path = to,
                Err(error) => {
                    eprintln!("roomkeeper: {} could not be copied to {}: {error}", path.display(), to.display());
                }
            }
        }
    }
}

async fn import_all(
    context: &Context,
    host: &Host,
    config: &Arc<Config>,
    configured: &config::Job,
    asked: &[Asked],
    imported: &mut Imported,
    quiet: bool,
) -> Result<(), Failure> {
    let job = match host.job(&configured.name) {
        Some(job) => job,
        None => {
            let client = host::client(config, &context.environment, Arc::clone(&context.clock))?;
            let job = Workshop::new(client).build(config, configured);
            host.add(Arc::clone(&job));
            job
        }
    };
    let wish = watch::Sender::new(None);
    let _listening = AbortOnDropHandle::new(tokio::spawn(cancel_on_interrupt(wish.clone(), host.stop().clone())));
    host.put_files_away().await?;
    let oversight = Oversight { wish: wish.clone(), ..Oversight::default() };
    let receiver = oversight.progress.subscribe();
    let follower = tokio::spawn(progress::follow("an interrupted run".to_owned(), receiver, quiet));
    let resumed = host.resume(&job, &oversight).await;
    follower.abort();
    for worked in resumed? {
        if let Worked::Ended(report) = worked {
            imported.code = imported.code.worse(run_output::exit_code(report.run.outcome));
            imported.ended.push(Ended { name: "an interrupted run, finished now".to_owned(), output: None, report });
        }
    }
    for asked in asked {
        if wish.borrow().is_some() || host.stop().is_cancelled() {
            eprintln!("roomkeeper: {} was not begun", asked.path.display());
            imported.code = imported.code.worse(ExitCode::Partial);
            continue;
        }
        let results = imported.results.as_ref().unwrap_or(&asked.output);
        match import_one(host, &job, asked, results, &wish, quiet).await? {
            Worked::Ended(report) => {
                imported.code = imported.code.worse(run_output::exit_code(report.run.outcome));
                let (name, output) = (asked.name.clone(), Some(asked.output.clone()));
                imported.ended.push(Ended { name, output, report });
            }
            Worked::Suspended => {
                eprintln!("roomkeeper: {}: interrupted; the next start goes on with it", asked.name);
                imported.code = imported.code.worse(ExitCode::Partial);
            }
        }
    }
    Ok(())
}

async fn import_one(
    host: &Host,
    job: &Arc<dyn Job>,
    asked: &Asked,
    results: &Path,
    wish: &watch::Sender<Option<(Stop, String)>>,
    as_json: bool,
) -> Result<Worked, Failure> {
    let id = RunId::generate();
    let copies = host.config().state.directory.join("incoming");
    let (file, max_size) = (Arc::clone(&asked.file), asked.max_size);
    let copying = tokio::task::spawn_blocking(move || copy_file(&file, max_size, &copies, id));
    let copy = copying
        .await
        .map_err(|error| Failure::failed(error.to_string()))?
        .map_err(|error| Failure::failed(error.to_string()))?;
    let input = Input::new(&asked.name, copy, true, Place::Folder(results.to_owned()));
    let begin = Begin { trigger: Trigger::Manual, due: None, input: input.write(), claim: None, retry_of: None };
    let oversight = Oversight { wish: wish.clone(), ..Oversight::default() };
    let follower = tokio::spawn(progress::follow(asked.name.clone(), oversight.progress.subscribe(), as_json));
    let worked = host.run(job, id, begin, &oversight).await;
    drop(oversight);
    // The follower ends by itself once the run's progress is gone, and clears its bar.
    let _ = follower.await;
    Ok(worked?)
}

/// The answer for programs about one run.
pub(super) fn answer(report: &RunReport) -> serde_json::Value {
    let files: Vec<_> = report.finished.files.iter().map(|(_, path)| path.display().to_string()).collect();
    serde_json::json!({ "run": json::Run::of(&report.run), "files": files })
}

/// The job whose settings are used.
fn chosen(config: &Config, asked: Option<&JobName>) -> Result<config::Job, Failure> {
    let mut jobs = config.jobs.values().filter(|job| job.kind() == JobKind::ScheduleMeetings);
    if let Some(asked) = asked {
        return match config.jobs.get(asked) {
            Some(job) if job.kind() == JobKind::ScheduleMeetings => Ok(job.clone()),
            Some(job) => Err(Failure::usage(format!("the job {asked} is a {}, which imports nothing", job.kind()))),
            None => Err(Failure::usage(format!("there is no job {asked} in the configuration"))),
        };
    }
    match (jobs.next(), jobs.next()) {
        (Some(only), None) => Ok(only.clone()),
        (None, _) => config::import_job(config).ok_or_else(|| Failure::failed("the job `import` cannot be made")),
        (Some(_), Some(_)) => {
            let names: Vec<_> = config
                .jobs
                .values()
                .filter(|job| job.kind() == JobKind::ScheduleMeetings)
                .map(|job| job.name.to_string())
                .collect();
            Err(Failure::usage(format!("several jobs schedule meetings: name one with --job ({})", names.join(", "))))
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

/// Copies into a file that was not there before.
fn copy_anew(from: &Path, to: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;
    let mut copy = File::options().write(true).create_new(true).mode(0o600).open(to)?;
    std::io::copy(&mut File::open(from)?, &mut copy)?;
    copy.sync_all()
}

fn ask(path: &Path, output: Option<&Path>, dry: bool, max_size: u64) -> Result<Asked, Failure> {
    let shown = path.display();
    let file = open(path, max_size)?;
    let path = std::path::absolute(path).map_err(|error| Failure::failed(format!("{shown}: {error}")))?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("file.csv").to_owned();
    let output = match output {
        Some(output) => std::path::absolute(output).map_err(|error| Failure::failed(error.to_string()))?,
        None => path.parent().unwrap_or(Path::new("/")).to_owned(),
    };
    if !dry {
        // Found out now, not after a hundred meetings were made.
        tempfile::Builder::new().prefix(".roomkeeper-").tempfile_in(&output).map_err(|error| {
            Failure::failed(format!(
                "the results cannot be written to {}: {error}. Name another folder with --output. Nothing was begun",
                output.display()
            ))
        })?;
    }
    Ok(Asked { path, name, file: Arc::new(file), max_size, output })
}

/// The first Ctrl-C leaves the rest undone, the second ends the program at once; SIGTERM lets the next start go on.
pub(super) async fn cancel_on_interrupt(
    wish: watch::Sender<Option<(Stop, String)>>,
    stop: tokio_util::sync::CancellationToken,
) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut interrupt), Ok(mut terminate)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
    else {
        return;
    };
    let mut asked = false;
    loop {
        tokio::select! {
            _ = interrupt.recv() => {
                if asked {
                    std::process::exit(130);
                }
                eprintln!("roomkeeper: stopping: what is under way finishes, the rest is left undone (Ctrl-C again ends at once)");
                wish.send_replace(Some((Stop::Cancelled, "cancelled by Ctrl-C".to_owned())));
            }
            _ = terminate.recv() => {
                if asked {
                    std::process::exit(143);
                }
                stop.cancel();
            }
        }
        asked = true;
    }
}
