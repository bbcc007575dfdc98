//! A state directory, an engine on it, and how a run is worked on there.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use roomkeeper::clock::SystemClock;
use roomkeeper::engine::{Begin, Engine, Leases, Notice, OnTrouble, Progress, Render, RunReport, Steering, Worked};
use roomkeeper::journal::{Journal, JournalError, NewLetter, Recovery, RunView, UnfinishedRun, Workspace};
use roomkeeper::model::{ItemFilter, ItemNo, ItemView, JobKind, RunId, Status, Stop, Trigger};
use tempfile::TempDir;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::job::{MadeUp, Row};
use crate::reader::Reader;
use crate::server::Server;

/// One mail a run, named after it.
struct Postman;

impl Render for Postman {
    fn letters(&self, report: &RunReport) -> Vec<NewLetter> {
        vec![NewLetter {
            id: Uuid::from_bytes(*report.run.id.as_bytes()),
            sender: "roomkeeper@example.org".to_owned(),
            receivers: vec!["it@example.org".to_owned()],
            subject: report.run.counts.to_string(),
            message: Vec::new(),
        }]
    }

    fn notice(&self, notice: &Notice) -> Option<NewLetter> {
        Some(NewLetter {
            id: Uuid::now_v7(),
            sender: "roomkeeper@example.org".to_owned(),
            receivers: notice.to.clone(),
            subject: notice.room_name.clone(),
            message: notice.pins.moderator.as_ref().map_or_else(Vec::new, |pin| pin.reveal().as_bytes().to_vec()),
        })
    }
}

pub(crate) struct Fixture {
    state: PathBuf,
    /// Deleted with the fixture.
    folder: Option<TempDir>,
    pub(crate) server: Arc<Server>,
}

impl Fixture {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut fixture = Self::at(folder.path());
        fixture.folder = Some(folder);
        fixture
    }

    /// The same on a folder that the caller deletes.
    pub(crate) fn at(state: &Path) -> Self {
        Self { state: state.to_owned(), folder: None, server: Server::new(state.to_owned()) }
    }

    pub(crate) fn path(&self) -> &Path {
        &self.state
    }

    pub(crate) fn job(&self, rows: Vec<Row>) -> MadeUp {
        MadeUp::new("timetable", &self.server, rows)
    }

    pub(crate) fn reader(&self) -> Reader {
        Reader::open(self.path()).unwrap()
    }

    /// Runs the job once, from beginning to end.
    pub(crate) async fn run(&self, job: &MadeUp) -> Box<RunReport> {
        let engine = engine(self.path()).await;
        let run = begin(&engine, job).await;
        let report = ended(engine.work(&job.job(), run, Helm::new().steering).await.unwrap());
        self.server.assert_good_manners();
        self.assert_adds_up(&report.run);
        report
    }

    /// Every item ended in one status, the statuses add up, and what they say is what the server did.
    pub(crate) fn assert_adds_up(&self, run: &RunView) {
        let reader = self.reader();
        let items = reader.items(run.key, ItemFilter::All, ItemNo(0), 10_000).unwrap();
        assert_eq!(run.counts.total(), items.len() as u64);
        assert_eq!(reader.run_by_key(run.key).unwrap().counts, run.counts);
        let effects = self.server.effects();
        for item in &items {
            let effects = effects.get(&item.label).copied().unwrap_or(0);
            match status(item) {
                Status::Created => assert_eq!(effects, 1, "{item:?}"),
                Status::Unknown => assert!(effects <= 1, "{item:?}"),
                _ => assert_eq!(effects, 0, "{item:?}"),
            }
        }
        assert_eq!(reader.unfinished().unwrap(), []);
    }
}

/// The steering of a run, and the ends of it that a test holds.
pub(crate) struct Helm {
    pub(crate) steering: Steering,
    pub(crate) stop_request: watch::Sender<Option<(Stop, String)>>,
    pub(crate) drain: CancellationToken,
    pub(crate) progress: watch::Receiver<Progress>,
}

impl Helm {
    pub(crate) fn new() -> Self {
        let (stop_request, requested) = watch::channel(None);
        let (progress, seen) = watch::channel(Progress::default());
        let drain = CancellationToken::new();
        let steering =
            Steering { stop_request: requested, drain: drain.clone(), on_trouble: OnTrouble::Wait, progress };
        Self { steering, stop_request, drain, progress: seen }
    }
}

/// Opens the journal once no other process holds it, and does what every start does first.
pub(crate) async fn engine(state: &Path) -> Engine {
    let patience = Instant::now() + Duration::from_secs(60);
    let lock = loop {
        match Workspace::at(state).lock("a test") {
            Ok(lock) => break lock,
            Err(JournalError::Held { .. }) if Instant::now() < patience => std::thread::yield_now(),
            Err(error) => panic!("{error}"),
        }
    };
    let journal = Journal::open(lock).unwrap();
    let clock = Arc::new(SystemClock);
    journal.recover(Recovery::alone(roomkeeper::clock::Clock::now(&SystemClock))).await.unwrap();
    Engine { journal: Arc::new(journal), clock, leases: Leases::default(), render: Arc::new(Postman) }
}

pub(crate) async fn begin(engine: &Engine, job: &MadeUp) -> UnfinishedRun {
    let begin = Begin { trigger: Trigger::Manual, due: None, input: String::new(), claim: None, retry_of: None };
    let key = engine.journal.job(&job.name, JobKind::SCHEDULE_MEETINGS, None).await.unwrap();
    engine.begin(key, RunId::generate(), begin).await.unwrap()
}

/// Returns the run that the last process left; `None` where its end was committed before the process died.
pub(crate) async fn left(engine: &Engine) -> Option<UnfinishedRun> {
    engine.journal.unfinished().await.unwrap().pop()
}

/// Works on the run that the last process left, to its end.
pub(crate) async fn go_on(engine: &Engine, job: &MadeUp) -> Box<RunReport> {
    let run = left(engine).await.unwrap();
    ended(engine.work(&job.job(), run, Helm::new().steering).await.unwrap())
}

pub(crate) fn ended(worked: Worked) -> Box<RunReport> {
    match worked {
        Worked::Ended(report) => report,
        Worked::Suspended => panic!("the run was suspended"),
    }
}

pub(crate) fn status(item: &ItemView) -> Status {
    match item.state {
        roomkeeper::model::State::Done(status) => status,
        open => panic!("{} is {open:?}", item.label),
    }
}

/// Waits until `is_so`, by what the run tells of itself.
pub(crate) async fn until(progress: &mut watch::Receiver<Progress>, is_so: impl Fn(&Progress) -> bool) -> Progress {
    progress.wait_for(is_so).await.unwrap().clone()
}

/// Waits until `is_so`, by looking again and again.
pub(crate) async fn until_so(is_so: impl Fn() -> bool) {
    let patience = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < patience, "it never came to pass");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}
