//! `roomkeeper run`: runs a job now, whatever its schedule says, and waits for it.

use std::path::Path;

use super::args::Run;
use super::attend::{Attendance, Attended, attend};
use super::context::Context;
use super::executor::{Executor, Hearing};
use super::interrupts::Interrupts;
use super::privileges::Acting;
use super::{ExitCode, Failure, dry_run, pause, reading, run_output, screen};
use crate::config;
use crate::control::{Client, Command, Results};

pub(super) async fn run(context: &Context, args: &Run) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let configured = pause::configured(&config, &args.job)?;
    let input = dry_run::input(configured, args.again)?;
    if args.dry_run {
        return preview(context, args, configured, input).await;
    }
    let mut interrupts = Interrupts::listen()?;
    let executor = Executor::open(context, &config, "roomkeeper run").await?;
    let mut interrupted = Attended::default();
    let ended = run_now(&executor, args, &mut interrupts, &mut interrupted).await;
    let closed = executor.close(&mut interrupts).await;
    let ran = ended?;
    run_output::tell(&ran.ended, &interrupted.ended, args.json)?;
    closed.map(|()| interrupted.code().worse(ran.code()))
}

/// Does all that the job has to do now; first what an earlier process left, where this one does the work.
async fn run_now(
    executor: &Executor,
    args: &Run,
    interrupts: &mut Interrupts,
    interrupted: &mut Attended,
) -> Result<Attended, Failure> {
    let output = Path::new("/");
    if let Executor::Local(here) = executor {
        let hearing = Hearing::Local(here.executor().finish_interrupted(args.job.clone()));
        *interrupted = attend(hearing, Attendance { executor, interrupts, quiet: args.json, output }).await?;
        if interrupts.asked() {
            return Ok(Attended::nothing_begun());
        }
    }
    let command = Command::Run { job: args.job.clone(), again: args.again };
    let hearing = executor.ask(command, None, Results::Kept).await?;
    attend(hearing, Attendance { executor, interrupts, quiet: args.json, output }).await
}

/// Tells what the job would do now, as the daemon knows it if one runs: it has the secrets.
async fn preview(context: &Context, args: &Run, configured: &config::Job, input: String) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    if let Ok(Some(client)) = Client::find_of(&context.environment, &context.path, &config.state.directory).await {
        let command = Command::Preview { job: args.job.clone(), again: args.again, json: args.json };
        return reading::ask(&client, &command, None).await;
    }
    let _acting = Acting::as_owner_of(&config.state.directory)?;
    let job = dry_run::job(context, &config, configured)?;
    let mut here = screen::Here::new();
    dry_run::of_job(context, configured, &job, input, args.json, &mut here.screen()).await
}
