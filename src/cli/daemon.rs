//! `roomkeeper daemon`: runs until it is told to stop. Where the journal is on a server, it waits for that, and begins anew when another
//! machine may have taken over its work.

use std::os::unix::process::CommandExt;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use super::check::Checker;
use super::context::{Acting, Context};
use super::{ExitCode, Failure};
use crate::config::Config;
use crate::daemon::{self, DaemonError, Signals, Source};
use crate::engine::OnTrouble;
use crate::failpoint;
use crate::journal::JournalError;
use crate::runtime::{Runtime, RuntimeError};

/// The pause before a server is asked again that does not answer.
const ASK_AGAIN: Duration = Duration::from_secs(2);

pub(super) async fn run(context: &Context) -> Result<ExitCode, Failure> {
    let mut signals = Signals::listen().map_err(|error| Failure::failed(error.to_string()))?;
    match serve(context, &mut signals).await {
        Err(Ended::Lost(error)) => {
            failpoint::terminate("daemon.anew.before");
            if signals.let_go().await {
                return Ok(ExitCode::Done);
            }
            failpoint::terminate("daemon.anew.after");
            Err(begin_anew(&error))
        }
        Err(Ended::Failed(failure)) => Err(failure),
        Ok(()) => Ok(ExitCode::Done),
    }
}

/// The reason why the daemon ended by itself.
enum Ended {
    /// Another machine may have taken over its work.
    Lost(DaemonError),
    Failed(Failure),
}

impl<E: Into<Failure>> From<E> for Ended {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

async fn serve(context: &Context, signals: &mut Signals) -> Result<(), Ended> {
    let failed = |error: DaemonError| Failure::failed(error.to_string());
    let config = context.config()?;
    let _acting = Acting::as_owner_of(&config.state.directory)?;
    let opened = tokio::select! {
        opened = open(context, &config) => opened,
        // Nothing has begun that would have to be finished.
        () = signals.stop() => return Ok(()),
    };
    let runtime = match opened {
        Err(RuntimeError::Journal(error)) if error.is_loss() => return Err(Ended::Lost(error.into())),
        opened => opened?,
    };
    let source = Source { path: context.path.clone(), environment: context.environment.clone() };
    match daemon::run(runtime, signals, source, Arc::new(Checker::of(context))).await {
        Err(error) if error.is_loss() => Err(Ended::Lost(error)),
        Err(error) if error.journal().is_some_and(|error| passes(error, &config)) => {
            tokio::select! {
                () = signals.stop() => Ok(()),
                () = tokio::time::sleep(ASK_AGAIN) => Err(Ended::Lost(error)),
            }
        }
        ended => Ok(ended.map_err(failed)?),
    }
}

/// Tells whether a server's trouble is waited for: it cannot be reached, or its disk is full. A disk of this machine is its administrator's
/// concern, whom systemd tells of a service that ends.
fn passes(error: &JournalError, config: &Config) -> bool {
    error.is_away() || config.state.journal.is_some() && matches!(error, JournalError::Full)
}

/// Opens the journal. A server that does not answer is waited for: the machine may just have started, or the network be away. So is one
/// without room.
async fn open(context: &Context, config: &Arc<Config>) -> Result<Runtime, RuntimeError> {
    let (environment, mut is_told) = (&context.environment, false);
    loop {
        let (wanted, clock) = (Arc::clone(config), Arc::clone(&context.clock));
        let error = match Runtime::open(wanted, environment, clock, "roomkeeper daemon", OnTrouble::Wait).await {
            Err(RuntimeError::Journal(error)) if passes(&error, config) => error,
            opened => return opened,
        };
        if std::mem::replace(&mut is_told, true) {
            tracing::debug!(%error, "the journal still cannot be opened");
        } else {
            tracing::error!("{error}");
        }
        daemon::wait_for_journal(&error);
        tokio::time::sleep(ASK_AGAIN).await;
    }
}

/// Begins the program anew in the place of this one: nothing of it goes on, no connection and no thread. Returns only where that cannot be.
fn begin_anew(error: &DaemonError) -> Failure {
    tracing::warn!(%error, "the daemon begins anew");
    let mut arguments = std::env::args_os();
    let name = arguments.next().unwrap_or_else(|| "roomkeeper".into());
    // It is this very program, also where another version lies in its place by now.
    let refusal = Command::new("/proc/self/exe").arg0(name).args(arguments).exec();
    Failure::failed(format!("{error}. The daemon could not begin anew: {refusal}"))
}
