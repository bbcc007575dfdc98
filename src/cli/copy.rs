//! `roomkeeper journal copy` moves a journal into a PostgreSQL database, or from there into a state directory; `journal reopen` uses
//! the one that was copied after all.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use secrecy::{ExposeSecret, SecretString};

use super::args::JournalCopy;
use super::context::{Acting, Context};
use super::words::many;
use super::{ExitCode, Failure};
use crate::config::{Config, SecretSource};
use crate::journal::{self, Copied, CopyError, CopyTo, Copying, JournalError, Server};
use crate::model::DatabaseAddress;
use crate::model::line::shown;

/// Between two lines where there is no terminal.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// Carries out `roomkeeper journal copy`.
pub(super) async fn copy(context: &Context, args: &JournalCopy) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let to = destination(context, args)?;
    let directory = match &to {
        CopyTo::Directory(directory) => Some(directory.clone()),
        CopyTo::Server(..) => None,
    };
    let workspace = context.workspace(&config)?;
    let acting = Acting::as_owner_of(&config.state.directory)?;
    let mut shown = Shown::new(context.is_quiet(false));
    let copied = journal::copy(&workspace, to, &mut |copying| shown.tell(copying)).await;
    shown.end();
    acting.end()?;
    let copied = copied.map_err(|error| match error {
        CopyError::Journal(error) if error.may_pass() => {
            Failure::failed(format!("{error}. The same command again goes on where it was"))
        }
        CopyError::Journal(error) => error.into(),
        error @ CopyError::Same(_) => Failure::usage(error.to_string()),
        error => Failure::failed(error.to_string()),
    })?;
    tell(context, &config, &copied, directory.as_deref(), args);
    Ok(ExitCode::Done)
}

/// Carries out `roomkeeper journal reopen`.
pub(super) async fn reopen(context: &Context) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let workspace = context.workspace(&config)?;
    let acting = Acting::as_owner_of(&config.state.directory)?;
    let reopened = journal::reopen(&workspace).await;
    acting.end()?;
    match reopened.map_err(|error| match error {
        JournalError::Marked { mark, .. } => {
            Failure::failed(format!("the journal {} {mark}", config.state.journal_place()))
        }
        error => error.into(),
    })? {
        Some(other) => println!(
            "the journal {} is in use again. Its copy, {}, must not be used beside it: neither would know what the other does",
            config.state.journal_place(),
            shown(&other)
        ),
        None => println!("the journal {} was not copied: there is nothing to take back", config.state.journal_place()),
    }
    Ok(ExitCode::Done)
}

/// Reads where the copy is to go. What it is reached with is the caller's, and read as such.
fn destination(context: &Context, args: &JournalCopy) -> Result<CopyTo, Failure> {
    let secret = |path: &PathBuf| -> Result<SecretString, Failure> {
        let file = SecretSource::File(path.clone());
        file.resolve(&context.environment).map_err(|error| Failure::usage(error.to_string()))
    };
    if !["postgres://", "postgresql://"].iter().any(|scheme| args.to.starts_with(scheme)) {
        if args.password_file.is_some() || args.ca.is_some() || args.pin_key_file.is_some() {
            return Err(Failure::usage(
                "--password-file, --ca and --pin-key-file are for a database that the journal goes to. The one that it comes from \
                 is reached as the configuration says",
            ));
        }
        let path = std::path::absolute(&args.to)
            .map_err(|error| Failure::usage(format!("--to {}: {error}", shown(&args.to))))?;
        // Its file is as good a name for the directory.
        let named = path.file_name().is_some_and(|name| name == "journal.db");
        return Ok(CopyTo::Directory(path.parent().filter(|_| named).map_or(path.clone(), Path::to_owned)));
    }
    let address: DatabaseAddress = args.to.parse().map_err(|error| {
        Failure::usage(format!(
            "--to is no address of a PostgreSQL database: {error}. The password is read from --password-file"
        ))
    })?;
    let mut server = Server::at(&address);
    if let Some(authority) = &args.ca {
        server = server.trusting(&std::path::absolute(authority).unwrap_or_else(|_| authority.clone()));
    }
    if let Some(file) = &args.password_file {
        server = server.with_password(secret(file)?.expose_secret());
    }
    if let Some(file) = &args.pin_key_file {
        server = server.with_pin_key(secret(file)?.expose_secret())?;
    }
    Ok(CopyTo::Server(Box::new(server), address.to_string()))
}

fn tell(context: &Context, config: &Config, copied: &Copied, directory: Option<&Path>, args: &JournalCopy) {
    let to = shown(&copied.to);
    match copied.rows {
        Some(rows) => {
            println!(
                "the journal was copied to {to}, and {} were compared one by one: the two are the same",
                many(rows, "row", "rows")
            );
        }
        None => println!("the journal had been copied to {to} before"),
    }
    if copied.unopened > 0 {
        println!(
            "{} could not be opened with the journal's PIN key, as before: their PINs are lost",
            many(copied.unopened, "sealed text", "sealed texts")
        );
    }
    println!("Now write into {}:", shown(&context.path.display().to_string()));
    println!();
    println!("[state]");
    match directory {
        None => {
            println!("journal = \"{to}\"");
            if args.password_file.is_some() {
                println!("journal_password = {{ … }}   # where --password-file's content is kept for the daemon");
            }
            if args.ca.is_some() {
                println!("journal_ca = …");
            }
            if args.pin_key_file.is_some() {
                println!("pin_key = {{ … }}   # where --pin-key-file's content is kept for the daemon");
            }
        }
        Some(directory) => {
            if *directory != config.state.directory {
                println!("directory = \"{}\"", shown(&directory.display().to_string()));
            }
            println!(
                "# and take out journal, and what belongs to it: journal_password, journal_ca, pin_key, node, lease"
            );
        }
    }
    println!();
    println!(
        "The journal {} is left as it was, and roomkeeper refuses it from now on; `roomkeeper journal reopen`, before the configuration \
         is changed, uses it again in place of the copy.",
        shown(&config.state.journal_place())
    );
}

/// Shows on standard error how far it is: a bar on a terminal, a line now and then elsewhere.
struct Shown {
    bar: Option<ProgressBar>,
    is_quiet: bool,
    next: Instant,
}

impl Shown {
    fn new(is_quiet: bool) -> Self {
        let bar = (!is_quiet && std::io::stderr().is_terminal()).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr_with_hz(10));
            let style = ProgressStyle::with_template("{msg}  {bar:30} {human_pos}/{human_len} rows  {eta} left");
            bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
            bar
        });
        Self { bar, is_quiet, next: Instant::now() + LINE_EVERY }
    }

    fn tell(&mut self, copying: Copying) {
        let Copying { compares, done, total } = copying;
        let what = if compares { "comparing" } else { "copying" };
        if let Some(bar) = &self.bar {
            bar.set_message(what);
            bar.set_length(total);
            bar.set_position(done);
        } else if !self.is_quiet && Instant::now() >= self.next {
            eprintln!("{what}: {done} of {}", many(total, "row", "rows"));
            self.next = Instant::now() + LINE_EVERY;
        }
    }

    fn end(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
