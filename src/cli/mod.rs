//! Runs the commands, which have one file each. What goes wrong below is rendered here, once.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is where the program speaks to people")]

mod args;
mod attend;
mod cancel;
mod check;
mod check_mail;
mod check_online;
mod check_unit;
mod coming;
mod completions;
mod context;
mod credentials;
mod daemon;
mod demo;
mod dry_run;
mod executor;
mod exit_code;
mod failure;
mod history;
mod import;
mod interrupts;
mod journal;
mod journal_check;
mod journald;
mod json;
mod list;
mod logging;
mod mail;
mod mail_decision;
mod next;
mod pages;
mod pause;
mod plain;
mod privileges;
mod progress;
mod reading;
mod receive;
mod retry;
mod run;
mod run_output;
mod sandbox;
mod schema;
mod screen;
mod setup;
mod show;
mod since;
mod table;
mod teller;
mod troubles;
mod unheard;
mod unit;
mod why;

use clap::Parser;

use args::{Args, Command};
use context::Context;
pub use exit_code::ExitCode;
use failure::Failure;

/// Reads the command line, does what it says, and tells how that went.
#[must_use]
pub fn main() -> std::process::ExitCode {
    unheard::catch_printing();
    let args = match Args::try_parse() {
        Ok(args) => args,
        Err(refusal) => {
            // Help and version are no mistakes, and go to standard output.
            let code = if refusal.use_stderr() { ExitCode::Usage } else { ExitCode::Done };
            return match unheard::end_quietly(refusal.print()) {
                Ok(()) => unheard::finish(code).into(),
                Err(error) => {
                    Failure::from(error).print();
                    ExitCode::Failed.into()
                }
            };
        }
    };
    match run(args) {
        Ok(code) => unheard::finish(code).into(),
        Err(failure) => {
            failure.print();
            failure.code.into()
        }
    }
}

fn run(args: Args) -> Result<ExitCode, Failure> {
    logging::begin(&args)?;
    let asked = args.config;
    let context = Context::new(asked.as_deref());
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
            Command::List(args) => {
                let waiting = list::waiting(&context).await;
                reading::answer(&context, async |screen| list::run(&context, &args, &waiting, screen).await).await
            }
            Command::Next(args) => {
                reading::answer(&context, async |screen| next::run(&context, &args, screen).await).await
            }
            Command::Run(args) => run::run(&context, &args).await,
            Command::Import(args) => import::run(&context, args).await,
            Command::Retry(args) => retry::run(&context, &args).await,
            Command::History(args) => {
                reading::answer(&context, async |screen| history::run(&context, &args, screen).await).await
            }
            Command::Show(args) => {
                reading::answer(&context, async |screen| show::run(&context, &args, screen).await).await
            }
            Command::Why(args) => {
                reading::answer(&context, async |screen| why::run(&context, &args, screen).await).await
            }
            Command::Pause(args) => pause::pause(&context, &args).await,
            Command::Resume(args) => pause::resume(&context, &args).await,
            Command::Mail(args) => mail_decision::run(&context, &args).await,
            Command::Journal(args) => journal::run(&context, &args).await,
            Command::Cancel(args) => cancel::run(&context, &args).await,
            Command::Demo(args) => demo::run(&args).await,
            Command::Sandbox(args) => sandbox::run(args).await,
            Command::Schema => schema::run(),
            Command::Completions(args) => completions::completions(&args),
            Command::Man(args) => completions::man(&args),
        }
    });
    // A name look-up that hangs must not hold up the end.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    ended
}
