//! Answers the clients of this process in words: the same functions that answer at a terminal.

use std::io::Write;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use clap::Parser;
use tokio::runtime::Handle;

use super::args::{self, Args, Command, Journal, JournalCommand};
use super::context::Context;
use super::screen::Screen;
use super::{ExitCode, Failure, check, dry_run, history, journal_check, list, mail, next, show, why};
use crate::clock::Clock;
use crate::config::Environment;
use crate::control::{Query, QueryRenderer, Terminal, chosen, waiting};
use crate::runtime::Runtime;

/// The command line at work for others. It knows where this process's configuration came from; theirs is none of its
/// business.
pub(super) struct CommandLine {
    path: PathBuf,
    environment: Environment,
    clock: Arc<dyn Clock>,
}

impl CommandLine {
    pub(super) fn of(context: &Context) -> Self {
        Self { path: context.path.clone(), environment: context.environment.clone(), clock: Arc::clone(&context.clock) }
    }

    fn context(&self, runtime: &Runtime) -> Context {
        Context {
            path: self.path.clone(),
            environment: self.environment.clone(),
            clock: Arc::clone(&self.clock),
            loaded: OnceLock::from(runtime.config()),
        }
    }
}

impl QueryRenderer for CommandLine {
    fn tell(&self, runtime: &Runtime, ask: Query, out: &mut (dyn Write + Send), notes: &mut (dyn Write + Send)) -> u8 {
        let context = self.context(runtime);
        let mut screen = Screen { out, notes, terminal: false };
        let told = match ask {
            Query::Words { words, paper } => {
                Handle::current().block_on(words_of(&context, runtime, words, paper, &mut screen))
            }
            Query::Preview { job, again, json } => {
                Handle::current().block_on(preview(&context, runtime, &job, again, json, &mut screen))
            }
            Query::Check { json } => {
                let asked = args::Check { online: true, json };
                Handle::current().block_on(check::tell(&context, &asked, &mut screen))
            }
            Query::PreviewImport { job, name, file, json } => Handle::current().block_on(async {
                let configured = chosen(&runtime.config(), job.as_ref())?;
                let job = runtime.job_of(&configured);
                dry_run::of_file(&context, &job, &name, file, json, &mut screen).await
            }),
        };
        let code = told.unwrap_or_else(|failure| {
            // If the client that asked is gone, there is no reader left to tell.
            let _ = writeln!(screen.notes, "roomkeeper: {}", failure.words);
            failure.code
        });
        code as u8
    }
}

/// Writes the answer of a command that only reads. Any other is refused, and so is whatever names a file: the configuration is
/// the one in force here.
async fn words_of(
    context: &Context,
    runtime: &Runtime,
    words: Vec<String>,
    paper: Terminal,
    screen: &mut Screen<'_>,
) -> Result<ExitCode, Failure> {
    let args = Args::try_parse_from(std::iter::once("roomkeeper".to_owned()).chain(words))
        .map_err(|refusal| Failure::usage(refusal.to_string()))?;
    screen.terminal = paper.terminal;
    match args.command {
        Command::List(args) => list::run(context, &args, &waiting(runtime), screen).await,
        Command::Next(args) => next::run(context, &args, screen).await,
        Command::History(args) => history::run(context, &args, screen).await,
        Command::Show(args) => show::run(context, &args, screen).await,
        Command::Why(args) => why::run(context, &args, screen).await,
        Command::Mail(args) if !args.retry && args.drop.is_none() => mail::tell(context, &args, screen).await,
        Command::Journal(Journal { command: JournalCommand::Check(args) }) => {
            journal_check::check(context, &args, screen).await
        }
        _ => Err(Failure::usage("this command does not only read")),
    }
}

async fn preview(
    context: &Context,
    runtime: &Runtime,
    name: &crate::model::JobName,
    again: bool,
    json: bool,
    screen: &mut Screen<'_>,
) -> Result<ExitCode, Failure> {
    let config = runtime.config();
    let configured = super::pause::configured(&config, name)?;
    let job = runtime.job_of(configured);
    dry_run::of_job(context, configured, &job, dry_run::input(configured, again)?, json, screen).await
}
