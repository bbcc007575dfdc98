//! Starts it all in order, and stops it in the other: unfinished runs first, then the drop folders, the outbox beside them,
//! until SIGTERM; then nothing new, what is under way finishes, and the journal is closed. SIGHUP reads the configuration anew.

mod neighbours;
mod reload;
mod schedules;
mod systemd;
mod tending;
mod upkeep;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use signal_hook::flag::register_conditional_default;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;
use tokio::task::JoinSet;

use self::schedules::{Schedules, Ticking};
use self::tending::tend;
use crate::control::{CommandExecutor, ConfigurationCheck, Server};
use crate::engine::scheduler::SchedulerError;
use crate::journal::JournalError;
use crate::model::JobName;
use crate::runtime::Runtime;
use crate::web::Web;

pub use self::reload::Source;

/// The time that runs under way may take after SIGTERM.
const DRAIN: Duration = Duration::from_secs(20);

/// The time for which schedules that could not be journaled are left as they were.
const ARM_AGAIN: Duration = Duration::from_secs(10);

/// The time in which a signal that was caught reaches those who wait for it.
const ON_ITS_WAY: Duration = Duration::from_millis(50);

/// The signals that the daemon hears. They are listened to before anything else: one that comes while the journal is opened
/// waits for its turn.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    hang_up: Signal,
    /// True when nobody listens any more, and a request to end ends the program as it does one that listens to none.
    let_go: Arc<AtomicBool>,
}

impl Signals {
    /// Listens from here on.
    pub fn listen() -> Result<Self, DaemonError> {
        let hear = |kind| signal(kind).map_err(DaemonError::Signals);
        let let_go = Arc::new(AtomicBool::new(false));
        for kind in [SignalKind::terminate(), SignalKind::interrupt()] {
            register_conditional_default(kind.as_raw_value(), Arc::clone(&let_go)).map_err(DaemonError::Signals)?;
        }
        Ok(Self {
            let_go,
            terminate: hear(SignalKind::terminate())?,
            interrupt: hear(SignalKind::interrupt())?,
            hang_up: hear(SignalKind::hangup())?,
        })
    }

    /// Waits for the request that the program ends.
    pub async fn stop(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Listens no more, for another program takes this one's place: from now on a request to end ends this process. Tells whether one
    /// came before that.
    pub async fn let_go(&mut self) -> bool {
        self.let_go.store(true, Ordering::SeqCst);
        tokio::time::timeout(ON_ITS_WAY, self.stop()).await.is_ok()
    }
}

/// The reason why the daemon ended by itself.
#[derive(Debug, thiserror::Error)]
pub enum DaemonError {
    /// A signal's handler could not be set.
    #[error("signals cannot be handled: {0}")]
    Signals(std::io::Error),
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The schedules.
    #[error(transparent)]
    Schedules(#[from] SchedulerError),
}

impl DaemonError {
    /// Tells whether another process may do this one's work by now: then it is to end at once, and may begin anew.
    #[must_use]
    pub fn is_loss(&self) -> bool {
        self.journal().is_some_and(JournalError::is_loss)
    }

    /// Returns the journal's error, where it is one.
    #[must_use]
    pub fn journal(&self) -> Option<&JournalError> {
        match self {
            Self::Journal(error) | Self::Schedules(SchedulerError::Journal(error)) => Some(error),
            Self::Schedules(_) | Self::Signals(_) => None,
        }
    }
}

/// Tells systemd that the daemon waits for the server that has the journal.
pub fn wait_for_journal(error: &JournalError) {
    systemd::waiting(&error.to_string());
}

/// The daemon's parts, while it runs.
struct Daemon {
    runtime: Arc<Runtime>,
    schedules: Arc<Schedules>,
    /// The tasks that end when the program stops, each in its own time.
    work: JoinSet<()>,
    /// The jobs that a task looks after.
    tended: BTreeSet<JobName>,
    /// True when the schedules in force are still those of an earlier configuration.
    unarmed: bool,
    /// Tells those who look after jobs that there is another configuration, or a pause.
    changed: watch::Sender<()>,
}

/// Runs until SIGTERM or SIGINT; a second one ends the program at once.
///
/// `check` checks the configuration for those who ask over the control socket.
pub async fn run(
    runtime: Runtime,
    signals: &mut Signals,
    source: Source,
    check: Arc<dyn ConfigurationCheck>,
) -> Result<(), DaemonError> {
    let Signals { terminate, interrupt, hang_up, .. } = signals;
    runtime.upkeep.write_files_due().await?;
    runtime.put_away.put_files_away().await?;
    let mut daemon = Daemon::start(Arc::new(runtime)).await?;
    daemon.serve(&source, check);
    let watchdog = tokio::spawn(daemon.watchdog());
    let status = tokio::spawn(daemon.status());
    systemd::ready();
    let journal = Arc::clone(daemon.runtime.journal());
    let mut lost = std::pin::pin!(journal.lost());
    tracing::info!(jobs = daemon.runtime.config().jobs.len(), "roomkeeper is running");

    loop {
        tokio::select! {
            _ = terminate.recv() => break,
            _ = interrupt.recv() => break,
            _ = hang_up.recv() => daemon.reload(&source).await,
            () = tokio::time::sleep(ARM_AGAIN), if daemon.unarmed => daemon.arm().await,
            // Nothing is drained: what is under way is another's by now.
            error = lost.as_mut() => {
                tracing::error!("{error}");
                return Err(error.into());
            }
        }
    }
    tracing::info!("stopping: what is under way finishes");
    // The line about the next run is not true any more.
    status.abort();
    systemd::stopping();
    let Daemon { runtime, mut work, .. } = daemon;
    runtime.stop().cancel();
    let drained = async {
        while work.join_next().await.is_some() {}
        runtime.runs.finish_pings().await;
    };
    let in_order = tokio::select! {
        () = drained => true,
        () = tokio::time::sleep(DRAIN) => {
            tracing::warn!("some requests were not answered in time; the next start finds out what became of them");
            false
        }
        () = async { tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} } } => {
            tracing::warn!("ended at once");
            false
        }
    };
    work.shutdown().await;
    watchdog.abort();
    runtime.close().await;
    systemd::stopped(in_order);
    tracing::info!("roomkeeper has stopped");
    Ok(())
}

impl Daemon {
    async fn start(runtime: Arc<Runtime>) -> Result<Self, DaemonError> {
        let schedules = Arc::new(schedules::start(&runtime).await?);
        let (work, changed) = (JoinSet::new(), watch::channel(()).0);
        let mut daemon = Self { runtime, schedules, work, tended: BTreeSet::new(), unarmed: false, changed };
        daemon.look_after_jobs();
        let schedules = Arc::clone(&daemon.schedules);
        daemon.work.spawn(async move { schedules.tend().await });
        let mailing = Arc::clone(&daemon.runtime);
        daemon.work.spawn(async move { mailing.mail.carry().await });
        let tidied = Arc::clone(&daemon.runtime);
        daemon.work.spawn(async move { tidied.put_away.put_leftovers_away().await });
        let looked_after = Arc::clone(&daemon.runtime);
        daemon.work.spawn(async move { looked_after.aftercare.look_after_files().await });
        let (shared, ticking) = (Arc::clone(&daemon.runtime), daemon.ticking());
        daemon.work.spawn(async move { neighbours::watch(shared, ticking).await });
        let kept = Arc::clone(&daemon.runtime);
        daemon.work.spawn(async move { upkeep::every_night(&kept).await });
        Ok(daemon)
    }

    fn ticking(&self) -> Ticking {
        Ticking { schedules: Arc::clone(&self.schedules), changed: self.changed.clone() }
    }

    /// Spawns a task that looks after each job. One that is taken out of the configuration is let be, and taken up again
    /// when it is back.
    fn look_after_jobs(&mut self) {
        for name in self.runtime.config().jobs.keys() {
            if self.tended.insert(name.clone()) {
                let (runtime, name, changed) = (Arc::clone(&self.runtime), name.clone(), self.changed.subscribe());
                self.work.spawn(async move { tend(&runtime, &name, changed).await });
            }
        }
    }

    /// Lets commands in, and whoever looks. Without a socket, and without a page, the daemon does its work all the same.
    fn serve(&mut self, source: &Source, check: Arc<dyn ConfigurationCheck>) {
        let rota = self.ticking();
        let executor = CommandExecutor::of_daemon(Arc::clone(&self.runtime), check, Arc::new(rota));
        match Server::open(executor, &source.environment, &source.path, "roomkeeper daemon") {
            Ok(server) => {
                let stop = self.runtime.stop().clone();
                self.work.spawn(server.serve(stop));
            }
            Err(error) => tracing::error!("{error}; commands cannot reach the daemon"),
        }
        let (runtime, heart) = (Arc::clone(&self.runtime), Arc::clone(&self.schedules) as Arc<_>);
        let web = Web::of_daemon(runtime, source.environment.clone(), heart);
        let (changed, stop) = (self.changed.subscribe(), self.runtime.stop().clone());
        self.work.spawn(async move { web.serve(changed, stop).await });
    }

    async fn reload(&mut self, source: &Source) {
        systemd::reloading();
        if reload::reload(&self.runtime, source).await {
            self.arm().await;
            self.look_after_jobs();
            self.changed.send_replace(());
        }
        systemd::ready();
    }

    /// Arms the schedules as they are configured now; where the journal cannot take that in, they are armed a little later.
    async fn arm(&mut self) {
        let armed = self.schedules.arm().await;
        self.unarmed = armed.is_err();
        if let Err(error) = armed {
            tracing::error!(%error, "the schedules could not be journaled; those before stay armed until they can");
        }
    }

    fn watchdog(&self) -> impl Future<Output = ()> + use<> {
        let (journal, schedules) = (Arc::clone(self.runtime.journal()), Arc::clone(&self.schedules));
        async move { systemd::feed_watchdog(&journal, || schedules.silent_for()).await }
    }

    fn status(&self) -> impl Future<Output = ()> + use<> {
        let (runtime, schedules, changed) =
            (Arc::clone(&self.runtime), Arc::clone(&self.schedules), self.changed.subscribe());
        async move { systemd::keep_status(&runtime, &schedules, changed).await }
    }
}
