//! Defines the command line.

use std::path::PathBuf;

use clap::{Args as ClapArgs, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::model::JobName;

#[derive(Debug, Parser)]
#[command(
    name = "roomkeeper",
    version,
    about = "Keeps an organisation's EnableX meetings and permanent rooms in order, unattended",
    max_term_width = 100
)]
pub(super) struct Args {
    /// The configuration [default: /etc/roomkeeper/config.toml, else ./config.toml]
    #[arg(long, global = true, value_name = "FILE", env = "ROOMKEEPER_CONFIG")]
    pub(super) config: Option<PathBuf>,
    /// The log's form; by itself: text, or the journal under systemd
    #[arg(long, global = true, value_name = "FORM")]
    pub(super) log_format: Option<LogFormat>,
    /// Say more in the log
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The form of the log.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    Text,
    Json,
    Journald,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Run the jobs (in the foreground; as a systemd service)
    Daemon,
    /// Query what a first configuration needs, write it with its secrets, and try it
    Setup(Setup),
    /// Validate the configuration
    Check(Check),
    /// The jobs, when each is due next, and how its last run ended
    List(List),
    /// The coming due times, local and UTC
    Next(Next),
    /// Run a job now, and wait for it
    Run(Run),
    /// Schedule meetings from CSV files now
    Import(Import),
    /// Propose how a job is to read a file that another program made, and show its first rows as they would be read
    Columns(Columns),
    /// Run again what did not succeed in a run
    Retry(Retry),
    /// The runs, newest first
    History(History),
    /// One run and its items
    Show(Show),
    /// Write the results of a run once more from the journal, without PINs that were told already
    Results(Results),
    /// Tell why a job did not run: paused, overlapped, missed ...
    Why(Why),
    /// Do not run a job by itself until it is resumed
    Pause(OneJob),
    /// Run a paused job by itself again
    Resume(OneJob),
    /// The mails that wait or were given up, and why
    Mail(Mail),
    /// Look after the journal: check it, back it up, forget what is old
    Journal(Journal),
    /// Stop a run: what is under way finishes, the rest is left undone
    Cancel(OneRun),
    /// Show what roomkeeper does, on a simulated server in a temporary folder
    Demo(Demo),
    /// A simulated API server
    Sandbox(crate::sandbox::Args),
    /// The JSON Schema of the configuration
    Schema,
    /// Completions for a shell
    Completions(Completions),
    /// The manual page
    Man(Man),
}

impl Command {
    /// Tells whether it has to do with the state directory.
    pub(super) fn needs_state(&self) -> bool {
        !matches!(
            self,
            Self::Setup(_)
                | Self::Columns(_)
                | Self::Demo(_)
                | Self::Sandbox(_)
                | Self::Schema
                | Self::Completions(_)
                | Self::Man(_)
        )
    }
}

/// At a terminal, setup asks for everything that is not given here. Secrets come from files, since a command line is seen by everybody.
#[derive(Debug, ClapArgs)]
pub(super) struct Setup {
    /// The App ID that EnableX shows in its portal
    #[arg(long, value_name = "ID")]
    pub(super) app_id: Option<String>,
    /// A file that holds the App Key ("-": standard input)
    #[arg(long, value_name = "FILE")]
    pub(super) app_key_file: Option<PathBuf>,
    /// The API's address [default: EnableX]
    #[arg(long, value_name = "URL")]
    pub(super) base_url: Option<String>,
    /// The time zone of timetables and schedules [default: this machine's]
    #[arg(long, value_name = "ZONE")]
    pub(super) timezone: Option<String>,
    /// An address that gets the mails; can be given several times
    #[arg(long, value_name = "ADDRESS")]
    pub(super) mail_to: Vec<String>,
    /// The mail server: `smtps://HOST`, `smtp://HOST`, or `sendmail:` for the machine's mail program [default: mails are written to files]
    #[arg(long, value_name = "URL")]
    pub(super) mail_server: Option<String>,
    /// The sender of the mails
    #[arg(long, value_name = "ADDRESS", requires = "mail_server")]
    pub(super) mail_from: Option<String>,
    /// The name that logs in to the mail server
    #[arg(long, value_name = "NAME", requires = "mail_server", requires = "mail_password_file")]
    pub(super) mail_username: Option<String>,
    /// A file that holds the password for the mail server
    #[arg(long, value_name = "FILE", requires = "mail_username")]
    pub(super) mail_password_file: Option<PathBuf>,
    /// The folder that timetables are dropped into
    #[arg(long, value_name = "DIR")]
    pub(super) inbox: Option<String>,
    /// Show what would be written, and write nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Check {
    /// Try the API, the mail server and the folders as well
    #[arg(long)]
    pub(super) online: bool,
    /// Answer in JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct List {
    /// Answer in JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Next {
    /// Only of this job
    pub(super) job: Option<JobName>,
    /// So many at most
    #[arg(short = 'n', long, default_value_t = 10)]
    pub(super) number: usize,
    /// Answer in JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Why {
    /// The job
    pub(super) job: JobName,
    /// So many at most, the latest first
    #[arg(long, default_value_t = 20)]
    pub(super) limit: u32,
    /// Answer in JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Mail {
    /// Try them all now, also those that were given up
    #[arg(long)]
    pub(super) retry: bool,
    /// Do not send this one any more
    #[arg(long, value_name = "ID", conflicts_with = "retry")]
    pub(super) drop: Option<String>,
    /// Answer in JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct OneJob {
    /// The job
    pub(super) job: JobName,
}

#[derive(Debug, ClapArgs)]
#[expect(clippy::struct_field_names, reason = "the options are documented")]
pub(super) struct Run {
    /// The job
    pub(super) job: JobName,
    /// Say what each item would do, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Export everything anew, into a file of its own
    #[arg(long)]
    pub(super) again: bool,
    /// Answer in JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Import {
    /// The CSV files
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    /// The job whose settings are used [default: the only one that schedules meetings]
    #[arg(long)]
    pub(super) job: Option<JobName>,
    /// The folder for results and retry files [default: beside each file]
    #[arg(long, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
    /// Say what each row would do, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Answer in JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Columns {
    /// The file
    #[arg(value_name = "FILE")]
    pub(super) file: PathBuf,
    /// The name of the job in what is printed
    #[arg(long, default_value = "timetable")]
    pub(super) job: JobName,
    /// The sheet of a workbook [default: the first visible one with headings]
    #[arg(long, value_name = "NAME")]
    pub(super) sheet: Option<String>,
    /// Answer in JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct OneRun {
    /// The run, as `history` and mails name it: its id, or the beginning or the end of that
    pub(super) run: String,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Retry {
    /// The run, as `history` and mails name it: its id, or the beginning or the end of that
    pub(super) run: String,
    /// The folder for results and retry files [default: where those of the run are; from a daemon: the current folder]
    #[arg(long, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
    /// Answer in JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct History {
    /// Only the runs of this job
    pub(super) job: Option<JobName>,
    /// Only runs that did not succeed
    #[arg(long)]
    pub(super) problems: bool,
    /// Only runs that began within this time: 7d, 12h
    #[arg(long, value_name = "TIME")]
    pub(super) since: Option<String>,
    /// So many at most
    #[arg(long, default_value_t = 20)]
    pub(super) limit: u32,
    /// Answer in JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Show {
    /// The run, as `history` and mails name it: its id, or the beginning or the end of that
    pub(super) run: String,
    /// Only items that did not succeed
    #[arg(long)]
    pub(super) problems: bool,
    /// Answer in JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Results {
    /// The run, as `history` and mails name it: its id, or the beginning or the end of that
    pub(super) run: String,
    /// Write the rows that did not succeed, to be corrected and handed in
    #[arg(long)]
    pub(super) retry: bool,
    /// The file to write, which must not be there yet; or a folder; "-": standard output [default: the run's own name, in the current folder]
    #[arg(long, value_name = "FILE")]
    pub(super) to: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Journal {
    #[command(subcommand)]
    pub(super) command: JournalCommand,
}

#[derive(Debug, Subcommand)]
pub(super) enum JournalCommand {
    /// Look whether it is sound; changes nothing, also while the daemon runs
    Check(JournalCheck),
    /// Write a verified copy, also while the daemon runs
    Backup(JournalBackup),
    /// Forget what is older than `[state] keep`; a running daemon does it every night
    Prune(JournalPrune),
    /// Copy it from the state directory into a PostgreSQL database, or back, with the daemon stopped
    ///
    /// Every row is compared with the one it was copied from, and only then is the copy a journal. After an interruption the same command
    /// goes on where it was. The journal that was copied is left as it is, and is refused from the beginning on, so that the two are
    /// never used side by side; `roomkeeper journal reopen` takes that back. You change the configuration at the end: the command tells
    /// the lines.
    Copy(JournalCopy),
    /// Use a journal again that was copied, in place of its copy
    Reopen,
}

#[derive(Debug, ClapArgs)]
pub(super) struct JournalPrune {
    /// Believe this machine's clock, which is far ahead of what the journal has lived through
    #[arg(long)]
    pub(super) clock_is_right: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct JournalCheck {
    /// Answer in JSON
    #[arg(long)]
    pub(super) json: bool,
}

#[derive(Debug, ClapArgs)]
pub(super) struct JournalCopy {
    /// The database, which has no journal yet: `postgres://USER@HOST/DATABASE`; or, from a database, a state directory without one, in which `journal.db` is made
    #[arg(long, value_name = "ADDRESS|DIR")]
    pub(super) to: String,
    /// A file that holds the password for the database
    #[arg(long, value_name = "FILE")]
    pub(super) password_file: Option<PathBuf>,
    /// A file (PEM) with the authorities that are trusted for the database's server [default: the system's]
    #[arg(long, value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,
    /// A file that holds the key which seals PINs there, `[state] pin_key` [default: the state directory's own key]
    #[arg(long, value_name = "FILE")]
    pub(super) pin_key_file: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct JournalBackup {
    /// The file to write, which must not be there yet
    pub(super) file: PathBuf,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Demo {
    /// Keep everything in this folder, which must be new or empty
    #[arg(long, value_name = "DIR")]
    pub(super) keep: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Man {
    /// Write the whole manual into this folder: a page for each command, and roomkeeper.toml(5)
    #[arg(long, value_name = "DIR")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Debug, ClapArgs)]
pub(super) struct Completions {
    /// The shell
    pub(super) shell: Shell,
}
