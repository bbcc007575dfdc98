//! Runs the commands, which have one file each. What goes wrong below is rendered here, once.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is where the program speaks to people")]

mod answer;
mod args;
mod attend;
mod check;
mod check_online;
mod columns;
mod context;
mod copy;
mod credentials;
mod daemon;
mod demo;
mod executor;
mod failure;
mod history;
mod import;
mod interrupts;
mod journal;
mod journald;
mod list;
mod logging;
mod mail;
mod manual;
mod next;
mod output;
mod pause;
mod preview;
mod progress;
mod results;
mod run;
mod run_output;
mod sandbox;
mod setup;
mod show;
mod unit;
mod why;
mod words;

use clap::Parser;

use args::{Args, Command};
use context::Context;
use failure::Failure;

pub use failure::ExitCode;

/// Reads the command line, does what it says, and tells how that went.
#[must_use]
pub fn main() -> std::process::ExitCode {
    output::catch_printing();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(refusal) => {
            // Help and version are no mistakes, and go to standard output.
            let code = if refusal.use_stderr() { ExitCode::Usage } else { ExitCode::Done };
            return match output::end_quietly(refusal.print()) {
                Ok(()) => output::finish(code).into(),
                Err(error) => {
                    Failure::from(error).print();
                    ExitCode::Failed.into()
                }
            };
        }
    };
    match run(args) {
        Ok(code) => output::finish(code).into(),
        Err(failure) => {
            failure.print();
            failure.code.into()
        }
    }
}

fn run(args: Args) -> Result<ExitCode, Failure> {
    logging::begin(&args)?;
    let asked = args.config;
    let context = Context::new(asked.as_deref(), args.log_format);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new(ExitCode::Failed, format!("the program cannot start: {error}")))?;
    let ended = runtime.block_on(async {
        if args.command.needs_state() {
            context.join_who_is_at_work().await;
        }
        match args.command {
            Command::Daemon => daemon::run(&context).await,
            Command::Setup(args) => setup::run(&context, asked.as_deref(), &args),
            Command::Check(args) => check::run(&context, &args).await,
            Command::List(args) => list::run(&context, &args).await,
            Command::Next(args) => next::run(&context, &args).await,
            Command::Run(args) => run::run(&context, &args).await,
            Command::Import(args) => import::run(&context, args).await,
            Command::Columns(args) => columns::run(&context, &args).await,
            Command::Retry(args) => run::retry(&context, &args).await,
            Command::History(args) => history::run(&context, &args).await,
            Command::Show(args) => show::run(&context, &args).await,
            Command::Results(args) => results::run(&context, &args).await,
            Command::Why(args) => why::run(&context, &args).await,
            Command::Pause(args) => pause::pause(&context, &args).await,
            Command::Resume(args) => pause::resume(&context, &args).await,
            Command::Mail(args) => mail::run(&context, &args).await,
            Command::Journal(args) => journal::run(&context, &args).await,
            Command::Cancel(args) => run::cancel(&context, &args).await,
            Command::Demo(args) => demo::run(&args).await,
            Command::Sandbox(args) => sandbox::run(args).await,
            Command::Schema => manual::schema(),
            Command::Completions(args) => manual::completions(&args),
            Command::Man(args) => manual::man(&args),
        }
    });
    // A name look-up that hangs must not hold up the end.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    ended
}
