//! Tells the effects that a run would have. Reads the server, and writes nothing anywhere.

use std::fs::File;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use super::{QueryReply, Tell};
use crate::clock::Clock;
use crate::config;
use crate::control::refusal::Refusal;
use crate::engine::inbox::{Inbox, Name, Observer, Signs};
use crate::engine::{Expected, Job, Leases, PlanError, Recall, RunInfo, Tools, dry_run};
use crate::jobs::{self, Handed, ResultsFolder};
use crate::journal::{JournalError, Workspace};
use crate::model::RunId;

/// The end of the effects of one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previewed {
    /// Remarks on its file, each a sentence.
    pub remarks: Vec<String>,
    /// The reason why the run would be refused.
    pub refused: Option<String>,
    /// The reason why the effects could not all be found out.
    pub failed: Option<Refusal>,
    /// The number of effects that the job allows.
    pub max_items: Option<u64>,
    /// The requests that the run would send; `None` where that is not known.
    #[serde(default)]
    pub expected: Option<Expected>,
}

/// A job that is looked at.
pub struct Preview {
    /// The job.
    pub job: Arc<Job>,
    /// The same as configured.
    pub configured: config::Job,
    /// The state directory, and the journal.
    pub workspace: Workspace,
    /// The time.
    pub clock: Arc<dyn Clock>,
}

impl Preview {
    /// Tells what the rows of a file would do.
    pub async fn of_file(&self, name: &str, file: Arc<File>, tell: Tell<'_>) -> Result<(), Refusal> {
        // The file is open, and no results are written: neither path is ever used.
        let results = ResultsFolder::Folder(PathBuf::new());
        let handed = Handed { name: name.to_owned(), path: PathBuf::from(name), is_copy: false, results };
        let input = jobs::kind(self.job.kind).file_input(handed).unwrap_or_default();
        self.one(input, Some(file), tell).await
    }

    /// Tells what the job would do now.
    pub async fn of_job(&self, again: bool, tell: Tell<'_>) -> Result<(), Refusal> {
        let input = input(&self.configured, again)?;
        let kind = jobs::kind(self.configured.kind());
        let Some(inbox) = kind.inbox(&self.configured) else {
            if kind.takes_files() {
                return Err(Refusal::failed("the job has no inbox, so there is nothing to look at"));
            }
            return self.one(input, None, tell).await;
        };
        let unusable = |error: std::io::Error| {
            Refusal::failed(format!("the drop folder {} cannot be read: {error}", inbox.path.display()))
        };
        let mut observer = Observer::default();
        let at_once = Inbox { settle: Duration::ZERO, writing_timeout: Duration::ZERO, ..inbox.clone() };
        // Nothing is taken, so it may be looked at as it is.
        let ready = observer.look(&at_once, &Signs::default(), self.clock.now()).map_err(unusable)?.ready;
        let tables: Vec<_> = ready.into_iter().filter(|file| file.kind == Name::Table).collect();
        if tables.is_empty() {
            let nothing = Handed::nothing(ResultsFolder::Inbox(inbox.path.clone()));
            return self.one(kind.file_input(nothing).unwrap_or_default(), None, tell).await;
        }
        for file in tables {
            let (path, results) = (inbox.path.join(&file.name), ResultsFolder::Inbox(inbox.path.clone()));
            let input = kind.file_input(Handed { name: file.name, path, is_copy: false, results }).unwrap_or_default();
            self.one(input, None, tell).await?;
        }
        Ok(())
    }

    /// Tells what one run would do.
    async fn one(&self, input: String, opened: Option<Arc<File>>, tell: Tell<'_>) -> Result<(), Refusal> {
        let id = RunId::generate();
        let run = RunInfo { key: None, id, job: None, due: None, started: self.clock.now(), retry_of: None, input };
        let stop = CancellationToken::new();
        let tools = Tools {
            recall: Recall::Beside(Arc::new(self.workspace.beside_later()?)),
            clock: Arc::clone(&self.clock),
            sending: stop.clone(),
            stop,
            leases: Leases::default(),
            opened,
        };
        let session = self.job.session(run, tools).await.map_err(|refusal| Refusal::failed(refusal.0))?;
        let mut effects = |effects| tell(QueryReply::Effects(effects));
        let mut remarks = Vec::new();
        let planned = dry_run(session.as_ref(), &mut effects, &mut remarks).await;
        let (mut refused, mut failed, mut expected) = (None, None, None);
        match planned {
            Ok(foreseen) => {
                remarks = jobs::kind(self.job.kind).remarks(&foreseen.input);
                expected = foreseen.expected;
            }
            Err(PlanError::Server(trouble)) => failed = Some(Refusal::failed(trouble.words)),
            Err(PlanError::Refused(refusal)) => refused = Some(refusal.0),
            Err(PlanError::Journal(error)) => failed = Some(JournalError::from(error).into()),
        }
        let max_items = self.job.policy.max_items;
        tell(QueryReply::Previewed(Previewed { remarks, refused, failed, max_items, expected })).await;
        Ok(())
    }
}

/// Returns the input with which a run of the job begins.
pub fn input(configured: &config::Job, again: bool) -> Result<String, Refusal> {
    jobs::kind(configured.kind()).input(again).ok_or_else(|| {
        Refusal::usage(format!("the job {} exports nothing, so there is nothing to do --again", configured.name))
    })
}
