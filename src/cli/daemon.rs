//! `roomkeeper daemon`: runs until it is told to stop.

use std::sync::Arc;

use super::check::Checker;
use super::context::{Acting, Context};
use super::{ExitCode, Failure};
use crate::daemon::{self, DaemonError, Signals, Source};
use crate::engine::OnTrouble;
use crate::runtime::Runtime;

pub(super) async fn run(context: &Context) -> Result<ExitCode, Failure> {
    let failed = |error: DaemonError| Failure::failed(error.to_string());
    let mut signals = Signals::listen().map_err(failed)?;
    let config = context.config()?;
    let _acting = Acting::as_owner_of(&config.state.directory)?;
    let (environment, clock) = (&context.environment, Arc::clone(&context.clock));
    let opening = Runtime::open(config, environment, clock, "roomkeeper daemon", OnTrouble::Wait);
    let runtime = tokio::select! {
        runtime = opening => runtime?,
        // Nothing has begun that would have to be finished.
        () = signals.stop() => return Ok(ExitCode::Done),
    };
    let source = Source { path: context.path.clone(), environment: context.environment.clone() };
    daemon::run(runtime, signals, source, Arc::new(Checker::of(context))).await.map_err(failed)?;
    Ok(ExitCode::Done)
}
