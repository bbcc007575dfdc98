//! `roomkeeper import`: schedules meetings from CSV files now. The files stay where they are.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::args::Import;
use super::context::Context;
use super::{ExitCode, Failure, json, progress, run_output};
use crate::config::{self, Config};
use crate::engine::{
    Begin, Job, Leases, OnTrouble, PlanError, Progress, Recall, RunInfo, RunReport, Tools, Worked, Would, dry_run,
};
use crate::host::{self, Host};
use crate::jobs::Workshop;
use crate::jobs::schedule_meetings::{Input, Place, copy_file};
use crate::journal::Stop;
use crate::model::{JobKind, JobName, RunId, Status, Trigger};

/// How long mails about the runs are waited for at the end.
const MAIL_TIME: Duration = Duration::from_secs(20);

/// A file that was asked for, open as the caller.
struct Asked {
    path: PathBuf,
    name: String,
    file: File,
    output: PathBuf,
}

pub(super) async fn run(context: &Context, args: Import) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let job = chosen(&config, args.job.as_ref())?;
    let asked =
        args.files.iter().map(|path| ask(path, args.output.as_deref(), args.dry_run)).collect::<Result<Vec<_>, _>>()?;
    if args.dry_run {
        return dry(context, &config, &job, &asked, args.json).await;
    }
    let mut host = Host::open(
        Arc::clone(&config),
        &context.environment,
        Arc::clone(&context.clock),
        "roomkeeper import",
        OnTrouble::GiveUp,
    )
    .await?;
    let ended = import_all(context, &mut host, &config, &job, &asked, args.json).await;
    // The mails' turn; what cannot be sent now waits for the daemon, or for the next command.
    if tokio::time::timeout(MAIL_TIME, host.deliver_due()).await.is_err() {
        eprintln!("roomkeeper: the mail server does not answer; the mail waits in the outbox");
    }
    host.close().await;
    ended
}

async fn import_all(
    context: &Context,
    host: &mut Host,
    config: &Arc<Config>,
    configured: &config::Job,
    asked: &[Asked],
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let job = match host.job(&configured.name) {
        Some(job) => Arc::clone(job),
        None => {
            let client = host::client(config, &context.environment, Arc::clone(&context.clock))?;
            let job = Workshop::new(client).build(config, configured);
            host.add(Arc::clone(&job));
            job
        }
    };
    let (wish, wished) = watch::channel(None);
    let _listening = AbortOnDropHandle::new(tokio::spawn(cancel_on_interrupt(wish, host.stop().clone())));
    host.put_files_away().await?;
    let (sender, receiver) = watch::channel(Progress::default());
    let follower = tokio::spawn(progress::follow("an interrupted run".to_owned(), receiver, as_json));
    let resumed = host.resume(&job, sender, wished.clone()).await;
    follower.abort();
    let mut code = ExitCode::Done;
    for report in resumed?.iter().filter_map(host::report) {
        if !as_json {
            run_output::print("finished an interrupted run", report);
        }
    }
    let mut told = Vec::new();
    for asked in asked {
        if wished.borrow().is_some() || host.stop().is_cancelled() {
            eprintln!("roomkeeper: {} was not begun", asked.path.display());
            code = code.worse(ExitCode::Partial);
            continue;
        }
        let worked = import_one(host, &job, asked, wished.clone(), as_json).await?;
        match &worked {
            Worked::Ended(report) => {
                code = code.worse(run_output::exit_code(report.run.outcome));
                if as_json {
                    told.push(answer(report));
                } else {
                    run_output::print(&asked.name, report);
                }
            }
            Worked::Suspended => {
                eprintln!("roomkeeper: {}: interrupted; the next start goes on with it", asked.name);
                code = code.worse(ExitCode::Partial);
            }
        }
    }
    if as_json {
        match told.as_slice() {
            [one] => json::print(one),
            several => json::print(&several),
        }
    }
    Ok(code)
}

async fn import_one(
    host: &Host,
    job: &Arc<dyn Job>,
    asked: &Asked,
    wish: watch::Receiver<Option<(Stop, String)>>,
    as_json: bool,
) -> Result<Worked, Failure> {
    let id = RunId::generate();
    let copies = host.config().state.directory.join("incoming");
    let copy = copy_file(&asked.file, &copies, id).map_err(|error| Failure::failed(error.to_string()))?;
    let input = Input::new(&asked.name, copy, true, Place::Folder(asked.output.clone()));
    let begin = Begin { trigger: Trigger::Manual, due: None, input: input.write(), claim: None, retry_of: None };
    let (sender, receiver) = watch::channel(Progress::default());
    let follower = tokio::spawn(progress::follow(asked.name.clone(), receiver, as_json));
    let worked = host.run(job, id, begin, sender, wish).await;
    // The follower ends by itself once the run's progress is gone, and clears its bar.
    let _ = follower.await;
    Ok(worked?)
}

/// The answer for programs about one run.
pub(super) fn answer(report: &RunReport) -> serde_json::Value {
    let files: Vec<_> = report.finished.files.iter().map(|(_, path)| path.display().to_string()).collect();
    serde_json::json!({ "run": json::Run::of(&report.run), "files": files })
}

async fn dry(
    context: &Context,
    config: &Arc<Config>,
    configured: &config::Job,
    asked: &[Asked],
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let client = host::client(config, &context.environment, Arc::clone(&context.clock))?;
    let job = Workshop::new(client).build(config, configured);
    let mut code = ExitCode::Done;
    for asked in asked {
        let id = RunId::generate();
        let input = Input::new(&asked.name, asked.path.clone(), false, Place::Folder(asked.output.clone()));
        let run = RunInfo { key: None, id, started: context.clock.now(), retry_of: None, input: input.write() };
        let stop = tokio_util::sync::CancellationToken::new();
        let tools = Tools {
            recall: Recall::Directory(config.state.directory.clone()),
            clock: Arc::clone(&context.clock),
            sending: stop.clone(),
            stop,
            leases: Leases::default(),
        };
        let session = job.session(run, tools).await.map_err(|refusal| Failure::failed(refusal.0))?;
        let mut invalid = 0;
        let mut told = Told { as_json, n: 0 };
        let mut tell = |would: Would| {
            invalid += u32::from(would.would == Status::Invalid);
            told.one(&would);
        };
        let planned = dry_run(session.as_ref(), &mut tell).await;
        told.end();
        match planned {
            Ok(()) => {}
            Err(PlanError::Server(trouble)) => return Err(Failure::failed(trouble.words)),
            Err(PlanError::Refused(refusal)) => return Err(Failure::failed(refusal.0)),
            Err(PlanError::Journal(error)) => return Err(error.into()),
        }
        if invalid > 0 {
            code = code.worse(ExitCode::Partial);
        }
    }
    Ok(code)
}

/// Tells a dry run's items as they come, however many they are.
struct Told {
    as_json: bool,
    n: u64,
}

impl Told {
    fn one(&mut self, would: &Would) {
        if self.as_json {
            let open = if self.n == 0 { "{\"items\":[" } else { "," };
            match serde_json::to_string(&json::WouldItem::of(would)) {
                Ok(text) => println!("{open}\n{text}"),
                Err(error) => eprintln!("roomkeeper: {error}"),
            }
        } else {
            let line = would.line.map_or(String::new(), |line| format!("line {line}: "));
            let code = would.code.map_or(String::new(), |code| format!(" {code}"));
            println!("{line}{}{code}  {}", would_words(would.would), would.label);
            if let Some(error) = &would.error {
                println!("    {error}");
            }
            for (field, old, new) in &would.changes {
                let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
                println!("    {field}: {} -> {}", shown(old), shown(new));
            }
        }
        self.n += 1;
    }

    fn end(&self) {
        if self.as_json {
            println!("{}", if self.n == 0 { "{\"items\":[]}" } else { "]}" });
        }
    }
}

fn would_words(status: Status) -> String {
    match status {
        Status::Created | Status::Updated | Status::Cancelled => format!("would be {status}"),
        other => other.as_words().to_owned(),
    }
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

fn ask(path: &Path, output: Option<&Path>, dry: bool) -> Result<Asked, Failure> {
    let shown = path.display();
    let file = File::open(path).map_err(|error| Failure::failed(format!("{shown} cannot be read: {error}")))?;
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
    Ok(Asked { path, name, file, output })
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
