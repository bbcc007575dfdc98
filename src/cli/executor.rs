//! Leads to the process that holds the journal's lock: the daemon, or another command at work, by its socket; else this process,
//! which takes the lock and serves the socket meanwhile. What is asked, and what is heard, is the same either way.

use std::fs::File;
use std::path::Path;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::answer::Hearing;
use super::check::Checker;
use super::context::{Acting, Context};
use super::interrupts::{Interrupt, Interrupts};
use super::{ExitCode, Failure, credentials};
use crate::config::Config;
use crate::control::{Client, ClientError, Command, CommandExecutor, Hello, Results, Server};
use crate::engine::OnTrouble;
use crate::journal::OutboxState;
use crate::runtime::Runtime;
use crate::web::Web;

/// The time for which a process that holds the lock may be without a socket: it is just starting, or just ending.
const SOCKET_TIMEOUT: Duration = Duration::from_secs(3);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);
/// The time for which the next mail about the runs is waited for at the end.
const MAIL_TIME: Duration = Duration::from_secs(20);

/// The process that does what is asked.
pub(super) enum Reached<T> {
    /// The process at the other end.
    Remote(Client),
    /// This one.
    Local(T),
}

/// Finds the process that holds the lock, or takes it by `take`, which fails with [`ExitCode::Held`] if another process has it.
/// The process of another configuration is not asked.
pub(super) async fn reach<T>(
    context: &Context,
    config: &Config,
    mut take: impl AsyncFnMut() -> Result<T, Failure>,
) -> Result<Reached<T>, Failure> {
    let end = Instant::now() + SOCKET_TIMEOUT;
    loop {
        let found = Client::find(&context.environment, &config.state.directory).await;
        if let Ok(Some(client)) = found {
            refuse_another(client.hello(), &context.path)?;
            return Ok(Reached::Remote(client));
        }
        let held = match take().await {
            Err(held) if held.code == ExitCode::Held => held,
            Err(failure) if failure.not_permitted => return Err(unreached(failure, found)),
            taken => return taken.map(Reached::Local),
        };
        if Instant::now() >= end {
            return Err(unreached(held, found));
        }
        tracing::debug!("the lock is held, and no process answers for it yet");
        tokio::time::sleep(PAUSE).await;
    }
}

/// Refuses to have a command done by the process of another configuration: it would do what that one says.
fn refuse_another(hello: &Hello, configuration: &Path) -> Result<(), Failure> {
    if !hello.is_of_another(configuration) {
        return Ok(());
    }
    let Hello { state, configuration: theirs, purpose, process, .. } = hello;
    let (state, theirs, asked) = (state.display(), theirs.display(), configuration.display());
    Err(Failure::new(
        ExitCode::Held,
        format!(
            "nothing was done: {purpose} (process {process}) works with the state directory {state} by another configuration \
             file, {theirs}. Name that one: roomkeeper --config {theirs}. Or give {asked} another `directory` under [state]"
        ),
    ))
}

/// Says why neither way is open, in the words of both.
fn unreached(failure: Failure, found: Result<Option<Client>, ClientError>) -> Failure {
    match found {
        Err(error) => Failure::new(ExitCode::Held, format!("{}; {error}", failure.words)),
        Ok(_) => failure,
    }
}

/// The process that does what is asked, ready to be asked.
pub(super) enum Executor {
    /// The process at the other end.
    Remote(Client),
    /// This one.
    Local(Box<LocalExecutor>),
}

/// This process at work, under the lock.
pub(super) struct LocalExecutor {
    runtime: Arc<Runtime>,
    executor: Arc<CommandExecutor>,
    serving: Option<JoinHandle<()>>,
    leave: CancellationToken,
    acting: Acting,
    /// Ends the process where another takes the journal over.
    watch: JoinHandle<()>,
}

impl Executor {
    /// Opens it. `purpose` tells others what holds the lock, if it is this process: `roomkeeper import`.
    pub(super) async fn open(context: &Context, config: &Arc<Config>, purpose: &str) -> Result<Self, Failure> {
        let reached = reach(context, config, async || LocalExecutor::take(context, config, purpose).await).await?;
        Ok(match reached {
            Reached::Remote(client) => Self::Remote(client),
            Reached::Local(here) => Self::Local(Box::new(here)),
        })
    }

    /// Asks; `file` is the file of a command that takes one.
    pub(super) async fn ask(
        &self,
        command: Command,
        file: Option<Arc<File>>,
        results: Results,
    ) -> Result<Hearing, Failure> {
        Ok(match self {
            Self::Remote(client) => Hearing::Remote(Box::new(client.ask(&command, file).await?)),
            Self::Local(here) => Hearing::Local(here.executor.ask(command, file, results)),
        })
    }

    /// Returns the place for the files of a run that belong into `folder`; if none is named, they go where the job has them.
    pub(super) fn results(&self, folder: Option<&Path>) -> Results {
        match (self, folder) {
            (Self::Remote(_), _) => Results::Told,
            (Self::Local(here), Some(_)) if here.acting.is_somebody_else() => Results::Folder(here.executor.results()),
            (Self::Local(_), Some(folder)) => Results::Folder(folder.to_owned()),
            (Self::Local(_), None) => Results::Kept,
        }
    }

    /// Tells whether files that belong into a folder of the caller's are written elsewhere first, since this process may not
    /// write there while it acts as another user.
    pub(super) fn hands_over(&self) -> bool {
        matches!(self, Self::Local(here) if here.acting.is_somebody_else())
    }

    /// Stops this process's work, so that its next start goes on. The work of another is not stopped.
    pub(super) fn stop(&self) {
        if let Self::Local(here) = self {
            here.runtime.stop().cancel();
        }
    }

    /// Waits for what others asked for meanwhile, sends the mails, and lets go of the lock. Root is root again afterwards.
    pub(super) async fn close(self, interrupts: &mut Interrupts) -> Result<(), Failure> {
        match self {
            Self::Remote(_) => Ok(()),
            Self::Local(here) => here.close(interrupts).await,
        }
    }
}

impl LocalExecutor {
    async fn take(context: &Context, config: &Arc<Config>, purpose: &str) -> Result<Self, Failure> {
        let acting = Acting::as_owner_of(&config.state.directory)?;
        let (environment, clock) = (&context.environment, Arc::clone(&context.clock));
        let runtime = match Runtime::open(Arc::clone(config), environment, clock, purpose, OnTrouble::GiveUp).await {
            Ok(runtime) => Arc::new(runtime),
            Err(error) => {
                acting.end()?;
                return Err(credentials::failure(&context.path, config, error));
            }
        };
        // A clock that was put right is no trouble any more; of one that is not, the work that would delete or forget something tells.
        if runtime.journal().time().doubt.is_none()
            && let Err(error) = runtime.upkeep.look_at_clock().await
        {
            tracing::warn!(%error, "the clocks' readings could not be journaled");
        }
        let executor = CommandExecutor::new(Arc::clone(&runtime), Arc::new(Checker::of(context)));
        let journal = Arc::clone(runtime.journal());
        let watch = tokio::spawn(async move {
            let error = journal.lost().await;
            eprintln!("roomkeeper: {error}");
            // Nothing more may be sent: what is under way is another's by now.
            std::process::exit(i32::from(ExitCode::Held as u8))
        });
        let leave = CancellationToken::new();
        let serving = match Server::open(Arc::clone(&executor), environment, &context.path, purpose) {
            Ok(server) => Some(tokio::spawn(server.serve(leave.clone()))),
            Err(error) => {
                tracing::warn!("{error}; other commands cannot reach this one");
                None
            }
        };
        // A command that holds the lock for long is looked at like the daemon.
        let web = Web::of_command(Arc::clone(&runtime), environment.clone());
        let (_, unchanged) = tokio::sync::watch::channel(());
        tokio::spawn(web.serve(unchanged, leave.clone()));
        Ok(Self { runtime, executor, serving, leave, acting, watch })
    }

    /// Returns the executor that does the work.
    pub(super) fn executor(&self) -> &Arc<CommandExecutor> {
        &self.executor
    }

    async fn close(self, interrupts: &mut Interrupts) -> Result<(), Failure> {
        let Self { runtime, executor, serving, leave, acting, watch } = self;
        if !runtime.runs.under_way().is_empty() {
            eprintln!("roomkeeper: waiting for what others asked for meanwhile (Ctrl-C leaves it to the next start)");
        }
        let rest = rest(Arc::clone(&runtime), executor, serving, leave);
        let mut rest = std::pin::pin!(rest);
        loop {
            tokio::select! {
                () = &mut rest => break,
                interrupt = interrupts.next() => match interrupt {
                    Interrupt::First(_) => runtime.stop().cancel(),
                    Interrupt::Again(code) => std::process::exit(code),
                },
            }
        }
        watch.abort();
        runtime.close().await;
        acting.end()
    }
}

/// Waits until all is over that was asked for, and the mails are out. Others are answered until then: a mail server may take its
/// time, and a pause should not have to wait for it.
async fn rest(
    runtime: Arc<Runtime>,
    executor: Arc<CommandExecutor>,
    serving: Option<JoinHandle<()>>,
    leave: CancellationToken,
) {
    let mut begun;
    loop {
        executor.rest().await;
        begun = executor.begun();
        send_mails(&runtime).await;
        if executor.begun() == begun {
            break;
        }
    }
    leave.cancel();
    if let Some(serving) = serving
        && let Err(error) = serving.await
    {
        tracing::warn!(%error, "the control socket did not end in order");
    }
    if executor.begun() != begun {
        send_mails(&runtime).await;
    }
    runtime.runs.finish_pings().await;
}

/// Sends the mails that are due, and tells of those that wait.
async fn send_mails(runtime: &Runtime) {
    let mut delivering = std::pin::pin!(runtime.mail.deliver_due());
    if delivered(runtime, delivering.as_mut()).await {
        return;
    }
    if runtime.mail.end() {
        eprintln!(
            "roomkeeper: the mail server has the mail and has not confirmed it yet; waiting for that, 10 minutes at most, \
             since the mail would come twice otherwise (Ctrl-C leaves it to the next start)"
        );
    } else if !runtime.stop().is_cancelled() {
        eprintln!("roomkeeper: the mail server does not answer; the mail waits in the outbox");
    }
    let was_stopped = runtime.stop().is_cancelled();
    tokio::select! {
        _ = &mut delivering => {}
        () = runtime.stop().cancelled(), if !was_stopped => {}
    }
    match runtime.journal().outbox().await {
        Ok(OutboxState { waiting: 0, .. }) => {}
        Ok(OutboxState { waiting: 1, .. }) => eprintln!("roomkeeper: one mail waits; the next start sends it"),
        Ok(OutboxState { waiting, .. }) => {
            eprintln!("roomkeeper: {waiting} mails wait; the next start sends them");
        }
        Err(error) => tracing::warn!(%error, "the outbox cannot be read"),
    }
}

/// Waits for the mails to go out, for as long as one after the other does; `false` where that came to a halt or was stopped.
async fn delivered(runtime: &Runtime, mut delivering: Pin<&mut impl Future>) -> bool {
    let was_stopped = runtime.stop().is_cancelled();
    let (mut before, mut is_told) = (runtime.mail.out(), false);
    loop {
        tokio::select! {
            _ = &mut delivering => return true,
            () = tokio::time::sleep(MAIL_TIME) => {}
            // The first mails have their time also where the command is stopped.
            () = runtime.stop().cancelled(), if is_told => return false,
        }
        let now = runtime.mail.out();
        if was_stopped || runtime.stop().is_cancelled() || now == before {
            return false;
        }
        if !is_told {
            eprintln!("roomkeeper: mails are still going out (Ctrl-C leaves the others to the next start)");
        }
        (before, is_told) = (now, true);
    }
}
