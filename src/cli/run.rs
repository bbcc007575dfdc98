//! The commands about runs: `roomkeeper run` runs a job now, whatever its schedule says, and waits for it; `retry` runs again what did
//! not succeed in a run; `cancel` leaves the rest of a run undone.

use std::path::{Path, PathBuf};

use super::answer::Hearing;
use super::args::{OneRun, Retry, Run};
use super::attend::{Attendance, Attended, attend};
use super::context::Context;
use super::executor::Executor;
use super::interrupts::Interrupts;
use super::preview::Previewer;
use super::{ExitCode, Failure, import, run_output};
use crate::control::{self, Command, Results, configured, run_named, runs_here};

pub(super) async fn run(context: &Context, args: &Run) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let configured = configured(&config, &args.job)?;
    runs_here(&config, configured)?;
    control::input(configured, args.again)?;
    if args.dry_run {
        return Previewer::open(context, configured).await?.of_job(&args.job, args.again, args.json).await;
    }
    let mut interrupts = Interrupts::listen()?;
    let executor = Executor::open(context, &config, "roomkeeper run").await?;
    let mut interrupted = Attended::default();
    let ended = run_now(&executor, args, context.is_quiet(args.json), &mut interrupts, &mut interrupted).await;
    let closed = executor.close(&mut interrupts).await;
    let ran = ended?;
    run_output::tell(&ran.ended, &interrupted.ended, args.json)?;
    closed.map(|()| interrupted.code().worse(ran.code()))
}

/// Does all that the job has to do now; first what an earlier process left, where this one does the work.
async fn run_now(
    executor: &Executor,
    args: &Run,
    quiet: bool,
    interrupts: &mut Interrupts,
    interrupted: &mut Attended,
) -> Result<Attended, Failure> {
    let output = Path::new("/");
    if let Executor::Local(here) = executor {
        let hearing = Hearing::Local(here.executor().finish_interrupted(args.job.clone()));
        *interrupted = attend(hearing, Attendance { executor, interrupts, quiet, output }).await?;
        if interrupts.asked() {
            return Ok(Attended::nothing_begun());
        }
    }
    let command = Command::Run { job: args.job.clone(), again: args.again };
    let hearing = executor.ask(command, None, Results::Kept).await?;
    attend(hearing, Attendance { executor, interrupts, quiet, output }).await
}

/// Carries out `roomkeeper retry`.
pub(super) async fn retry(context: &Context, args: &Retry) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    expect_runs(context, &args.run)?;
    // A file that is handed over, and has no other place, comes here.
    let output = std::path::absolute(args.output.as_deref().unwrap_or(Path::new(".")))
        .map_err(|error| Failure::failed(format!("the folder for the results: {error}")))?;
    let mut interrupts = Interrupts::listen()?;
    if args.output.is_some() {
        import::takes_files(&output)?;
    }
    let executor = Executor::open(context, &config, "roomkeeper retry").await?;
    let mut interrupted = Attended::default();
    let ended =
        retry_now(&executor, args, context.is_quiet(args.json), &output, &mut interrupts, &mut interrupted).await;
    let hand_over = args.output.is_some() && executor.hands_over();
    let closed = executor.close(&mut interrupts).await;
    let mut retried = ended?;
    if hand_over {
        retried.ended.iter_mut().for_each(|(_, ended)| import::place(ended, &output));
    }
    run_output::tell(&retried.ended, &interrupted.ended, args.json)?;
    closed.map(|()| retried.code())
}

async fn retry_now(
    executor: &Executor,
    args: &Retry,
    quiet: bool,
    output: &Path,
    interrupts: &mut Interrupts,
    interrupted: &mut Attended,
) -> Result<Attended, Failure> {
    match executor {
        Executor::Local(here) => {
            let run = run_named(here.executor().runtime().journal().readings(), &args.run).await?;
            let hearing = Hearing::Local(here.executor().finish_interrupted(run.job));
            *interrupted = attend(hearing, Attendance { executor, interrupts, quiet, output }).await?;
            if interrupts.asked() {
                return Ok(Attended::nothing_begun());
            }
        }
        Executor::Remote(_) => import::takes_files(output)?,
    }
    let wanted: Option<PathBuf> = args.output.as_ref().map(|_| output.to_owned());
    let command = Command::Retry { run: args.run.clone() };
    let hearing = executor.ask(command, None, executor.results(wanted.as_deref())).await?;
    attend(hearing, Attendance { executor, interrupts, quiet, output }).await
}

/// Carries out `roomkeeper cancel`.
pub(super) async fn cancel(context: &Context, args: &OneRun) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    expect_runs(context, &args.run)?;
    let mut interrupts = Interrupts::listen()?;
    let executor = Executor::open(context, &config, "roomkeeper cancel").await?;
    let ended = async {
        let hearing = executor.ask(Command::Cancel { run: args.run.clone() }, None, Results::Kept).await?;
        let (interrupts, output) = (&mut interrupts, Path::new("/"));
        attend(hearing, Attendance { executor: &executor, interrupts, quiet: context.is_quiet(false), output }).await
    };
    let ended = ended.await;
    let closed = executor.close(&mut interrupts).await;
    run_output::tell(&ended?.ended, &[], false)?;
    closed.map(|()| ExitCode::Done)
}

/// Refuses a run's name where nothing has ever run, before a journal is made for the question.
fn expect_runs(context: &Context, run: &str) -> Result<(), Failure> {
    match context.journal_if_any() {
        Ok(None) => Err(control::no_run(run).into()),
        Err(failure) if !failure.not_permitted => Err(failure),
        Ok(Some(_)) | Err(_) => Ok(()),
    }
}
