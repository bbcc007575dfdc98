//! Tells the results file or the retry file of a run that has ended, written once more from the journal.

use std::io::Read;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{QueryReply, Source, Sources, Tell, no_run, run_named};
use crate::config;
use crate::control::as_base64;
use crate::control::parcel::{self, PIECE};
use crate::control::refusal::Refusal;
use crate::engine::Recall;
use crate::jobs::{self, Rewriting};
use crate::journal::{RunView, Workspace};
use crate::model::{FileKind, RunId};

/// A file about a run, whose bytes follow.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileTold {
    /// The run.
    pub run: RunId,
    /// The file's kind.
    pub kind: FileKind,
    /// Its name, without a folder.
    pub name: String,
    /// The place of the run's PINs that are not in these bytes.
    pub pins: PinsTold,
}

/// The whereabouts of the PINs that a results file tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PinsTold {
    /// A file of this kind tells none.
    Never,
    /// They are sealed in the journal, and wait for the file; or that was written, and nobody has received it.
    Wait,
    /// They were told in the run's own file, and the journal has them no more.
    Gone,
}

/// The next bytes of a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Bytes(#[serde(with = "as_base64")] pub Vec<u8>);

impl Sources {
    /// Finds a run that has ended; another has no files yet.
    pub(in crate::control) async fn ended_run(&self, run: &str) -> Result<RunView, Refusal> {
        let forgotten = |refusal: Refusal| {
            let more = "one that ended longer ago than [state] keep says is forgotten, with its rows";
            Refusal { words: format!("{}; {more}", refusal.words), ..refusal }
        };
        let journal = self.journal().ok_or_else(|| no_run(run))?;
        let view = run_named(journal, run).await.map_err(forgotten)?;
        if view.ended.is_none() {
            let name = view.id.short();
            return Err(Refusal::failed(format!("the run {name} is under way: its results are there at its end")));
        }
        Ok(view)
    }

    pub(super) async fn results(&self, run: &str, retry: bool, tell: Tell<'_>) -> Result<(), Refusal> {
        let view = self.ended_run(run).await?;
        let recall = match self.journal.as_ref() {
            Some(Source::Open(journal)) => Recall::Journal(Arc::clone(journal), journal.seal().clone()),
            Some(Source::Beside(beside)) => Recall::Beside(Arc::clone(beside)),
            None => return Err(no_run(run)),
        };
        let kind = if retry { FileKind::Retry } else { FileKind::Results };
        let job = self.job_of(&view)?;
        let asked = Rewriting { recall: &recall, config: &self.config, job: &job, run: &view, file: kind };
        let written = jobs::kind(view.kind).rewrite(asked).await.map_err(|refusal| Refusal::failed(refusal.0))?;
        let pins = match self.journal() {
            _ if !written.tells_pins => PinsTold::Never,
            Some(journal) if self.is_kept(view.id) || journal.has_sealed_pins(view.key).await? => PinsTold::Wait,
            _ => PinsTold::Gone,
        };
        let mut file = written.file;
        let mut listens = tell(QueryReply::File(FileTold { run: view.id, kind, name: written.name, pins })).await;
        while listens {
            let mut bytes = Vec::with_capacity(PIECE);
            let read = file.by_ref().take(PIECE as u64).read_to_end(&mut bytes);
            read.map_err(|error| Refusal::failed(format!("the temporary folder cannot be read: {error}")))?;
            if bytes.is_empty() {
                break;
            }
            listens = tell(QueryReply::Bytes(Bytes(bytes))).await;
        }
        Ok(())
    }

    /// Tells whether results lie in the state directory that were written, and not received.
    fn is_kept(&self, run: RunId) -> bool {
        let folder = Workspace::at(&self.config.state.directory).results();
        parcel::left(&folder, run).iter().any(|file| file.kind == FileKind::Results)
    }

    /// Returns the job of a run as it is configured now; one that is not any more has the settings that an import has.
    fn job_of(&self, run: &RunView) -> Result<config::Job, Refusal> {
        let jobs = &self.config.jobs;
        let named = jobs.get(&run.job).or_else(|| jobs.values().find(|job| job.was.as_ref() == Some(&run.job)));
        let job = named.filter(|job| job.kind() == run.kind).cloned();
        job.or_else(|| config::import_job(&self.config))
            .ok_or_else(|| Refusal::failed("the job `import` cannot be made"))
    }
}
