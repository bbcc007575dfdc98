//! Attends what was asked for, to its end: shows how far it is, takes in the files of a run that another process worked on, and
//! passes Ctrl-C on. Each file is put into its place as the caller, whole or not at all, and never over another.

use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use tokio::sync::watch;
use tokio::task::JoinHandle;

use super::answer::Hearing;
use super::executor::Executor;
use super::interrupts::{Interrupt, Interrupts, StopRequest};
use super::{ExitCode, Failure, progress, words};
use crate::control::{Command, Ended, Event, Results};
use crate::engine::Progress;
use crate::model::RunId;

/// The process and the work that are attended, and the way they are shown.
pub(super) struct Attendance<'a> {
    /// The process that was asked.
    pub(super) executor: &'a Executor,
    /// Signals on the way.
    pub(super) interrupts: &'a mut Interrupts,
    /// True when a program reads the answer, so that nothing is shown meanwhile.
    pub(super) quiet: bool,
    /// The folder for files that are handed over.
    pub(super) output: &'a Path,
}

/// The result.
#[derive(Default)]
pub(super) struct Attended {
    /// The runs that ended, each with what it worked on.
    pub(super) ended: Vec<(String, Ended)>,
    /// True when something was left: to the next start, or because it is not wanted any more.
    left: bool,
}

impl Attended {
    /// Returns the result of a request that was not begun.
    pub(super) fn nothing_begun() -> Self {
        Self { ended: Vec::new(), left: true }
    }

    /// Returns the worst of all ends.
    pub(super) fn code(&self) -> ExitCode {
        let none = if self.left { ExitCode::Partial } else { ExitCode::Done };
        self.ended.iter().fold(none, |code, (_, ended)| code.worse(words::exit_code(ended.run.outcome)))
    }
}

/// A run that goes on.
struct Following {
    run: RunId,
    name: String,
    progress: watch::Sender<Progress>,
    shown: JoinHandle<()>,
}

impl Following {
    fn begin(run: RunId, name: String, quiet: bool) -> Self {
        let (progress, seen) = watch::channel(Progress::default());
        let shown = tokio::spawn(progress::follow(name.clone(), seen, quiet));
        Self { run, name, progress, shown }
    }

    /// Clears the bar; tells what the run worked on.
    async fn end(self) -> String {
        drop(self.progress);
        // Nothing more is to be shown; how the showing ended is no news.
        let _ = self.shown.await;
        self.name
    }
}

/// Attends until all is done that was asked.
pub(super) async fn attend(mut hearing: Hearing, attendance: Attendance<'_>) -> Result<Attended, Failure> {
    let Attendance { executor, interrupts, quiet, output } = attendance;
    let mut attended = Attended::default();
    let (mut following, mut receiving) = (None::<Following>, Receiving::new(output));
    let mut cancel = false;
    let ended = loop {
        let event = tokio::select! {
            event = hearing.next() => event,
            interrupt = interrupts.next() => {
                match interrupt {
                    Interrupt::Again(code) => std::process::exit(code),
                    Interrupt::First(StopRequest::Leave) if matches!(executor, Executor::Remote(_)) => leave(following.as_ref()),
                    Interrupt::First(StopRequest::Leave) => executor.stop(),
                    Interrupt::First(StopRequest::Cancel) => {
                        eprintln!("{}", stopping_words(executor));
                        cancel = true;
                        if let Some(following) = &following {
                            ask_to_cancel(executor, following.run).await;
                        }
                    }
                }
                continue;
            }
        };
        match event {
            Err(failure) => break Err(broken_off(&failure.words, following.as_ref())),
            Ok(None) => break Err(broken_off("the answer broke off", following.as_ref())),
            Ok(Some(event)) => match event {
                Event::Begun { run, name } => {
                    if cancel {
                        ask_to_cancel(executor, run).await;
                    }
                    following = Some(Following::begin(run, name, quiet));
                }
                Event::Progress(now) => {
                    if let Some(following) = &following {
                        following.progress.send_replace(now);
                    }
                }
                Event::Piece { name, bytes, .. } => receiving.take(&name, &bytes),
                Event::Ended(ended) => {
                    let name = match following.take() {
                        Some(following) => following.end().await,
                        None => ended.run.job.to_string(),
                    };
                    let mut ended = *ended;
                    if receiving.finish(&mut ended) {
                        acknowledge(executor, ended.run.run).await;
                    }
                    attended.ended.push((name, ended));
                }
                Event::Suspended { .. } => {
                    let name = match following.take() {
                        Some(following) => following.end().await,
                        None => "roomkeeper".to_owned(),
                    };
                    eprintln!("roomkeeper: {name}: interrupted; the next start goes on with it");
                    attended.left = true;
                }
                Event::Queued { name, behind, job } => {
                    eprintln!("roomkeeper: {name}: waits until the run {} of {job} is over", behind.short());
                }
                Event::Done(done) => println!("{}", words::done(&done)),
                Event::Over => break Ok(()),
                Event::Failed(refusal) => break Err(refusal.into()),
                // Replies are for those who ask a question.
                Event::Reply(_) => {}
            },
        }
    };
    if let Some(following) = following.take() {
        following.end().await;
    }
    ended.map(|()| attended)
}

fn stopping_words(executor: &Executor) -> &'static str {
    match executor {
        Executor::Remote(_) => {
            "roomkeeper: stopping: what is under way finishes, the rest is left undone (Ctrl-C again does not wait for it)"
        }
        Executor::Local(_) => {
            "roomkeeper: stopping: what is under way finishes, the rest is left undone (Ctrl-C again ends at once)"
        }
    }
}

/// Asks that a run ends early. Where that cannot be said, it goes on, and is attended to its end.
async fn ask_to_cancel(executor: &Executor, run: RunId) {
    let command = Command::Cancel { run: run.to_string() };
    let asked = async {
        let mut hearing = executor.ask(command, None, Results::Kept).await?;
        while hearing.next().await?.is_some() {}
        Ok::<_, Failure>(())
    };
    if let Err(failure) = asked.await {
        eprintln!("roomkeeper: the run could not be cancelled: {}", failure.words);
    }
}

/// Says that a run's files are here now, and need not be kept there.
pub(super) async fn acknowledge(executor: &Executor, run: RunId) {
    let asked = async {
        let mut hearing = executor.ask(Command::Received { run }, None, Results::Kept).await?;
        while hearing.next().await?.is_some() {}
        Ok::<_, Failure>(())
    };
    if let Err(failure) = asked.await {
        tracing::debug!(words = failure.words, "the files of the run stay in the state directory");
    }
}

/// SIGTERM while another process works: that goes on.
fn leave(following: Option<&Following>) {
    if let Some(following) = following {
        eprintln!("roomkeeper: the run {} goes on without this command", following.run.short());
    }
    std::process::exit(143);
}

fn broken_off(words: &str, following: Option<&Following>) -> Failure {
    let run = following.map_or(String::new(), |following| {
        format!(
            ". The run {run} goes on, or its next start goes on with it; `roomkeeper show {run}` tells",
            run = following.run
        )
    });
    Failure::new(ExitCode::Held, format!("{words}{run}"))
}

/// Files on their way.
pub(super) struct Receiving {
    folder: PathBuf,
    coming: Vec<Coming>,
}

struct Coming {
    name: String,
    file: std::io::Result<NamedTempFile>,
}

impl Receiving {
    /// Begins with the folder into which the files go.
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), coming: Vec::new() }
    }

    /// Takes the next bytes of a file.
    pub(super) fn take(&mut self, name: &str, bytes: &[u8]) {
        // A name is a name, and leads nowhere.
        if Path::new(name).file_name().is_none_or(|last| last != name) {
            return;
        }
        if self.coming.last().is_none_or(|coming| coming.name != name) {
            let file = tempfile::Builder::new().prefix(".roomkeeper-").tempfile_in(&self.folder);
            self.coming.push(Coming { name: name.to_owned(), file });
        }
        if let Some(coming) = self.coming.last_mut()
            && let Ok(file) = &mut coming.file
            && let Err(error) = file.write_all(bytes)
        {
            coming.file = Err(error);
        }
    }

    /// Puts the files of a run that has ended into their places, and says so in what is told of it. Tells whether there were
    /// some, and each is in its place.
    pub(super) fn finish(&mut self, ended: &mut Ended) -> bool {
        let mut placed = !self.coming.is_empty();
        for Coming { name, file } in self.coming.drain(..) {
            let to = self.folder.join(&name);
            let put = file.and_then(|file| {
                file.as_file().sync_all()?;
                file.persist_noclobber(&to).map_err(|refused| refused.error)
            });
            let Some(told) =
                ended.files.iter_mut().find(|file| file.path.file_name().is_some_and(|last| *last == *name))
            else {
                continue;
            };
            match put {
                Ok(_) => told.path = to,
                Err(error) => {
                    placed = false;
                    let (to, kept) = (to.display(), told.path.display());
                    ended.remarks.push(format!("{to} could not be written: {error}. It is kept as {kept}"));
                }
            }
        }
        placed
    }
}
