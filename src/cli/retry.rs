//! `roomkeeper retry`: runs again what did not succeed in a run.

use std::path::{Path, PathBuf};

use super::answer::Hearing;
use super::args::Retry;
use super::attend::{Attendance, Attended, attend};
use super::context::Context;
use super::executor::Executor;
use super::interrupts::Interrupts;
use super::{ExitCode, Failure, cancel, import, run_output};
use crate::control::{Command, run_named};

pub(super) async fn run(context: &Context, args: &Retry) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    cancel::expect_runs(context, &args.run)?;
    // A file that is handed over, and has no other place, comes here.
    let output = std::path::absolute(args.output.as_deref().unwrap_or(Path::new(".")))
        .map_err(|error| Failure::failed(format!("the folder for the results: {error}")))?;
    let mut interrupts = Interrupts::listen()?;
    if args.output.is_some() {
        import::takes_files(&output)?;
    }
    let executor = Executor::open(context, &config, "roomkeeper retry").await?;
    let mut interrupted = Attended::default();
    let ended = retry(&executor, args, &output, &mut interrupts, &mut interrupted).await;
    let hand_over = args.output.is_some() && executor.hands_over();
    let closed = executor.close(&mut interrupts).await;
    let mut retried = ended?;
    if hand_over {
        retried.ended.iter_mut().for_each(|(_, ended)| import::place(ended, &output));
    }
    run_output::tell(&retried.ended, &interrupted.ended, args.json)?;
    closed.map(|()| retried.code())
}

async fn retry(
    executor: &Executor,
    args: &Retry,
    output: &Path,
    interrupts: &mut Interrupts,
    interrupted: &mut Attended,
) -> Result<Attended, Failure> {
    match executor {
        Executor::Local(here) => {
            let run = run_named(here.executor().runtime().journal().readings(), &args.run).await?;
            let hearing = Hearing::Local(here.executor().finish_interrupted(run.job));
            *interrupted = attend(hearing, Attendance { executor, interrupts, quiet: args.json, output }).await?;
            if interrupts.asked() {
                return Ok(Attended::nothing_begun());
            }
        }
        Executor::Remote(_) => import::takes_files(output)?,
    }
    let wanted: Option<PathBuf> = args.output.as_ref().map(|_| output.to_owned());
    let command = Command::Retry { run: args.run.clone() };
    let hearing = executor.ask(command, None, executor.results(wanted.as_deref())).await?;
    attend(hearing, Attendance { executor, interrupts, quiet: args.json, output }).await
}
