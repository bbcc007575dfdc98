//! `roomkeeper run`: runs a job now, whatever its schedule says, and waits for it.

use std::path::Path;

use super::answer::Hearing;
use super::args::Run;
use super::attend::{Attendance, Attended, attend};
use super::context::Context;
use super::executor::Executor;
use super::interrupts::Interrupts;
use super::preview::Previewer;
use super::{ExitCode, Failure, run_output};
use crate::control::{self, Command, Results, configured};

pub(super) async fn run(context: &Context, args: &Run) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let configured = configured(&config, &args.job)?;
    control::input(configured, args.again)?;
    if args.dry_run {
        return Previewer::open(context, configured).await?.of_job(&args.job, args.again, args.json).await;
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
