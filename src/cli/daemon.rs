//! `roomkeeper daemon`: runs until it is told to stop.

use std::sync::Arc;

use super::context::Context;
use super::privileges::Acting;
use super::teller::CommandLine;
use super::{ExitCode, Failure};
use crate::daemon::{self, Source};
use crate::engine::OnTrouble;
use crate::host::Host;

pub(super) async fn run(context: &Context) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let _acting = Acting::as_owner_of(&config.state.directory)?;
    let host =
        Host::open(config, &context.environment, Arc::clone(&context.clock), "roomkeeper daemon", OnTrouble::Wait)
            .await?;
    let source = Source { path: context.path.clone(), environment: context.environment.clone() };
    daemon::run(host, source, Arc::new(CommandLine::of(context)))
        .await
        .map_err(|error| Failure::failed(error.to_string()))?;
    Ok(ExitCode::Done)
}
