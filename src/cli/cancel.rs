//! `roomkeeper cancel`: the rest of a run is left undone.

use std::path::Path;

use super::args::OneRun;
use super::attend::{Attendance, attend};
use super::context::Context;
use super::executor::Executor;
use super::interrupts::Interrupts;
use super::{ExitCode, Failure, run_output};
use crate::control::{self, Command, Results};

pub(super) async fn run(context: &Context, args: &OneRun) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    expect_runs(context, &args.run)?;
    let mut interrupts = Interrupts::listen()?;
    let executor = Executor::open(context, &config, "roomkeeper cancel").await?;
    let ended = async {
        let hearing = executor.ask(Command::Cancel { run: args.run.clone() }, None, Results::Kept).await?;
        let (interrupts, output) = (&mut interrupts, Path::new("/"));
        attend(hearing, Attendance { executor: &executor, interrupts, quiet: false, output }).await
    };
    let ended = ended.await;
    let closed = executor.close(&mut interrupts).await;
    run_output::tell(&ended?.ended, &[], false)?;
    closed.map(|()| ExitCode::Done)
}

/// Refuses a run's name where nothing has ever run, before a journal is made for the question.
pub(super) fn expect_runs(context: &Context, run: &str) -> Result<(), Failure> {
    match context.journal_if_any() {
        Ok(None) => Err(control::no_run(run).into()),
        Err(failure) if !failure.not_permitted => Err(failure),
        Ok(Some(_)) | Err(_) => Ok(()),
    }
}
