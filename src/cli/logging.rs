//! Writes the log where it belongs: text on a terminal, the journal under systemd, JSON on request. Never to standard output,
//! which is for answers.

use std::io::IsTerminal;

use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::{Layer, Registry, fmt};

use super::Failure;
use super::args::{Args, Command, LogFormat};
use super::journald::Journald;

pub(super) fn begin(args: &Args) -> Result<(), Failure> {
    let quiet = !matches!(args.command, Command::Daemon);
    let level = match (args.verbose, quiet) {
        (0, true) => LevelFilter::ERROR,
        (0, false) | (1, true) => LevelFilter::INFO,
        (1, false) | (2.., _) => LevelFilter::DEBUG,
    };
    // systemd says where its journal listens; only what runs under it writes there.
    let under_systemd = std::env::var_os("JOURNAL_STREAM").is_some() && !std::io::stderr().is_terminal();
    let format = args.log_format.unwrap_or(if under_systemd { LogFormat::Journald } else { LogFormat::Text });
    let layer = match format {
        LogFormat::Text => text(),
        LogFormat::Json => fmt::layer().json().with_writer(std::io::stderr).boxed(),
        LogFormat::Journald => match Journald::connect() {
            Ok(layer) => layer.boxed(),
            Err(error) if args.log_format.is_some() => {
                return Err(Failure::failed(format!("the log cannot be written to the journal of systemd: {error}")));
            }
            Err(_) => text(),
        },
    };
    // The libraries' own chatter is theirs; what matters of it comes back as an error.
    let ours = tracing_subscriber::filter::Targets::new().with_target("roomkeeper", level);
    let subscriber = Registry::default().with(layer.with_filter(ours));
    tracing::subscriber::set_global_default(subscriber)
        .map_err(|error| Failure::failed(format!("the log cannot be begun: {error}")))
}

fn text() -> Box<dyn Layer<Registry> + Send + Sync> {
    let colour = std::io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    fmt::layer().with_writer(std::io::stderr).with_target(false).with_ansi(colour).boxed()
}
