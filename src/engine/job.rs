//! What the engine asks of a job. Object-safe, so that the engine knows no kind of job by name: an item's payload, request
//! and result are texts of the job kind's own, versioned by it, and opaque here.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use tokio_util::sync::CancellationToken;

use super::leases::Leases;
use super::notice::Notice;
use super::recall::Recall;
use crate::clock::{Clock, Timestamp, Zone};
use crate::journal::{
    AttemptRecord, Habit, JobKey, JournalError, NewItem, OpenItem, Remember, RunKey, SettlingItem, UnfinishedRun,
};
use crate::model::{Account, Code, Counts, Digest, FileKind, JobKind, JobName, Limits, Pins, RunId, Status};

/// How a job's runs are driven: its configuration, as far as every kind has it.
#[derive(Debug, Clone)]
pub struct Policy {
    /// How long a run may take.
    pub timeout: Duration,
    /// A run that would change more is refused before it begins.
    pub max_items: Option<u64>,
    /// Unanswered requests in a row that stop a run.
    pub abort_after: u32,
    /// How often an item may be sent.
    pub limits: Limits,
    /// How long a request may take: looks wait for a multiple of it.
    pub request_timeout: Duration,
    /// Requests of one run at once.
    pub in_flight: usize,
    /// The zone its times are told in.
    pub zone: Zone,
}

/// A configured job.
#[derive(Debug)]
pub struct Job {
    /// Its name.
    pub name: JobName,
    /// Its kind.
    pub kind: JobKind,
    /// What it was called before.
    pub was: Option<JobName>,
    /// How its runs are driven.
    pub policy: Policy,
    /// What its runs do.
    pub work: Box<dyn Work>,
}

impl Job {
    /// Begins to work on a run, new or resumed.
    pub async fn session(&self, run: RunInfo, tools: Tools) -> Result<Box<dyn Session>, Refusal> {
        self.work.session(self, run, tools).await
    }
}

/// What the runs of a configured job do, in the job kind's own terms.
pub trait Work: Send + Sync + std::fmt::Debug {
    /// Begins to work on a run of the job, new or resumed. A refusal ends the run, a resumed one too: what may have been sent
    /// is `unknown` then. The engine may ask again for the same run, after trouble with the disk.
    fn session<'a>(
        &'a self,
        job: &'a Job,
        run: RunInfo,
        tools: Tools,
    ) -> BoxFuture<'a, Result<Box<dyn Session>, Refusal>>;

    /// Tells whether its runs work on files that people hand in. What failed in one file is then made good by the same rows, and
    /// not by another file that succeeds.
    fn works_on_files(&self) -> bool {
        false
    }
}

/// The run that a session works on.
#[derive(Debug, Clone)]
pub struct RunInfo {
    /// Its number; `None` in a dry run, which is not journaled.
    pub key: Option<RunKey>,
    /// Its id.
    pub id: RunId,
    /// Its job's number, which stays when the job is called otherwise; `None` in a dry run.
    pub job: Option<JobKey>,
    /// The due time it answers.
    pub due: Option<Timestamp>,
    /// When it began.
    pub started: Timestamp,
    /// The run it repeats.
    pub retry_of: Option<RunId>,
    /// The job kind's own account of its input.
    pub input: String,
}

impl RunInfo {
    /// What a session is told of a journaled run.
    #[must_use]
    pub fn of(run: &UnfinishedRun) -> Self {
        Self {
            key: Some(run.key),
            id: run.id,
            job: Some(run.job),
            due: run.due,
            started: run.started,
            retry_of: run.retry_of,
            input: run.input.clone(),
        }
    }
}

/// What a session works with.
#[derive(Debug, Clone)]
pub struct Tools {
    /// To read what was done before; `None` in a dry run where no journal exists yet.
    pub recall: Recall,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Fires when nothing new may be sent; what was sent is still found out about.
    pub sending: CancellationToken,
    /// Fires when the program stops: nothing is asked any more either.
    pub stop: CancellationToken,
    /// What is held by items under way, over all jobs.
    pub leases: Leases,
    /// The file that the run reads, where whoever asks had to open it: the process may not be allowed to any more.
    pub opened: Option<Arc<File>>,
}

/// One run's work, in the job kind's own terms.
pub trait Session: Send + Sync {
    /// Puts every item of the run into `plan`, and answers with the run's input as it is to be kept from now on. Asked again
    /// after it failed, it begins anew: what it had put into the plan is taken back first.
    fn plan<'a>(&'a self, plan: &'a mut dyn Plan) -> BoxFuture<'a, Result<String, PlanError>>;

    /// Puts every item into `plan` as `not_run`, for this reason: the server, which `plan` needs, cannot be asked. A kind that
    /// cannot tell its items without the server refuses the run whole.
    fn plan_undone<'a>(&'a self, _plan: &'a mut dyn Plan, why: &'a str) -> BoxFuture<'a, Result<String, PlanError>> {
        std::future::ready(Err(PlanError::Refused(Refusal(why.to_owned())))).boxed()
    }

    /// What no other item may hold while this one is under way, as far as it is known before the item is decided.
    fn lease(&self, item: &OpenItem) -> Option<String>;

    /// Whether the item may change something on the server, as far as that is known before it is decided.
    fn may_change(&self, item: &OpenItem) -> bool;

    /// Decides, by looking at the server, what is to be done with each of these items.
    fn decide<'a>(&'a self, items: &'a [OpenItem]) -> BoxFuture<'a, Result<Vec<Decision>, Trouble>>;

    /// Sends the request of an item. Its intent is durable.
    fn attempt<'a>(&'a self, item: &'a OpenItem, request: &'a Account) -> BoxFuture<'a, Answer>;

    /// Looks on the server for what became of these items' last requests; one answer each.
    fn look<'a>(&'a self, items: &'a [SettlingItem]) -> BoxFuture<'a, Vec<Look>>;

    /// How many looks must find nothing before an item counts as not carried out.
    fn absences(&self, item: &OpenItem) -> u32;

    /// What somebody outside is to be told of an item that has come to this end, by a mail that is durable with it.
    fn notice(&self, _item: &OpenItem, _status: Status, _result: Option<&str>, _pins: &Pins) -> Option<Notice> {
        None
    }

    /// Looks once more at items that were sent more than once, and tells what a person must know of them.
    fn recheck<'a>(&'a self, items: &'a [OpenItem]) -> BoxFuture<'a, Vec<String>>;

    /// The plan is durable, or the run is refused: what was only needed to plan can go.
    fn planned(&self);

    /// What there is to tell of a run that is refused whole: what it was to work on, and where that will lie.
    fn refused(&self) -> Finished {
        Finished::default()
    }

    /// Writes the run's files. Repeating it after a crash is harmless.
    fn finish<'a>(&'a self, counts: &'a Counts) -> BoxFuture<'a, Finished>;

    /// Compares the file that a run worked on, which has ended, with what was read of it, where it lies now. What was written to it
    /// since goes into a file of its own, and the answer says so; `None` where nothing was, or where the run's end told it. `told`
    /// says that it was another already when it was put away.
    fn reread<'a>(&'a self, _at: &'a Path, _told: bool) -> BoxFuture<'a, Result<Option<String>, String>> {
        std::future::ready(Ok(None)).boxed()
    }
}

/// Takes in a run's items.
pub trait Plan: Send {
    /// Adds items. They are durable by the time the run counts as planned, and not before: an error of an earlier batch may
    /// be told by a later one.
    fn add(&mut self, items: Vec<NewItem>) -> BoxFuture<'_, Result<(), JournalError>>;

    /// The file that the run works on was read to its end, and has this fingerprint.
    fn file_read(&mut self, hash: Digest) -> BoxFuture<'_, Result<(), JournalError>>;

    /// There is this to say of the file that the run works on, a sentence each, also where the run is refused.
    fn remark(&mut self, _remarks: Vec<String>) {}

    /// Once the plan is complete, what is pending is to be left undone, for this reason.
    fn leave_rest(&mut self, why: String);
}

/// Why a whole run is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Refusal(pub String);

/// Why a plan was not completed.
#[derive(Debug, Clone, thiserror::Error)]
pub enum PlanError {
    /// The run is refused whole.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The journal cannot take it in now.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The server could not be asked.
    #[error("the plan could not be made: {}", .0.words)]
    Server(Trouble),
}

/// What is to be done with an item.
#[derive(Debug, Clone)]
pub enum Decision {
    /// Nothing is sent.
    Done {
        /// What became of it.
        status: Status,
        /// The API's code of the reason.
        code: Option<Code>,
        /// The reason in words.
        error: Option<String>,
        /// What there is to tell, as JSON.
        result: Option<String>,
        /// What is to be remembered.
        remember: Option<Remember>,
    },
    /// A request is sent.
    Send {
        /// The request.
        request: Account,
        /// What stood on the server before, to settle by.
        before: Option<String>,
        /// What the request changes, held until its outcome is known.
        target: String,
        /// What it would be when it succeeds.
        would: Status,
        /// Field, what it is, what it would be.
        changes: Vec<(String, Option<String>, Option<String>)>,
    },
    /// Nothing is sent: an earlier request, which a look had found not carried out, was carried out after all.
    Late {
        /// What became of it.
        status: Status,
        /// What there is to tell, as JSON.
        result: Option<String>,
        /// The PINs.
        pins: Pins,
    },
    /// Not now: it comes again when all other items have had their turn.
    PutOff {
        /// Why, in words.
        why: String,
    },
}

/// The server could not be asked, or its answer ends the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// What it means for the run.
    pub kind: TroubleKind,
    /// What happened, in words.
    pub words: String,
}

/// What trouble means for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TroubleKind {
    /// Nothing new may be sent: the program is stopping.
    Stopping,
    /// The server cannot be reached: wait, and go on.
    Unreachable,
    /// The server asked to wait.
    PutOff(Option<Duration>),
    /// It answers, and not as it should: wait, and count it towards `abort_after`.
    Unwell,
    /// Every other request would fail alike: the run ends.
    Fatal,
}

/// What came back for a request.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What it means.
    pub kind: AnswerKind,
    /// The sending, as it is recorded; `None` when nothing was sent.
    pub attempt: Option<AttemptRecord>,
    /// The API's code of the reason.
    pub code: Option<Code>,
    /// The reason in words.
    pub error: Option<String>,
    /// What there is to tell, as JSON.
    pub result: Option<String>,
    /// The PINs of what was made or changed.
    pub pins: Pins,
    /// What is to be remembered.
    pub remember: Option<Remember>,
    /// What it has shown of the server.
    pub habit: Option<Habit>,
}

/// What an answer means for the item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerKind {
    /// Carried out.
    Done(Status),
    /// Not carried out, and never will be.
    Refused,
    /// Not carried out, and neither would any other be: the run ends.
    Fatal,
    /// Settled, and the item needs another request: it is decided again.
    Continued,
    /// Not carried out for now.
    PutOff(Option<Duration>),
    /// Nothing left this machine: the server cannot be reached.
    Unreachable,
    /// Nothing left this machine: it was taken back.
    Withdrawn,
    /// It may have been carried out.
    Unanswered,
    /// The same, and the answer says that the server cannot be used now.
    Unavailable,
}

/// What a look at the server found.
#[derive(Debug, Clone)]
pub enum Look {
    /// It was carried out.
    Found {
        /// What became of it.
        status: Status,
        /// What there is to tell, as JSON.
        result: Option<String>,
        /// The PINs.
        pins: Pins,
        /// What is to be remembered.
        remember: Option<Remember>,
    },
    /// It was, and the item needs another request: it is decided again. The words say how far it has come.
    Midway(String),
    /// It was not, as far as this look can tell.
    Absent,
    /// This look cannot tell; another may.
    Untold(String),
    /// The same, for the server cannot be used now: it is waited for.
    Unavailable(String),
    /// No look can tell, as where several things could be what was sent: a person must.
    Unclear(String),
}

/// What a run left behind.
#[derive(Debug, Clone, Default)]
pub struct Finished {
    /// The name of the file that the run worked on, as people know it.
    pub source: Option<String>,
    /// Files that lie there now: what each is, and where.
    pub files: Vec<(FileKind, PathBuf)>,
    /// What a person must look at though every item may have succeeded, each a sentence.
    pub warnings: Vec<String>,
    /// What is good to know, each a sentence.
    pub notes: Vec<String>,
    /// The same, for the mail alone.
    pub mail_notes: Vec<String>,
    /// Small files for the mail: name and bytes; no PINs in them.
    pub attachments: Vec<(String, Vec<u8>)>,
    /// Why a file could not be written.
    pub trouble: Option<String>,
}

impl Finished {
    /// What a person must look at, each a sentence: why a file could not be written, unless that is the run's `error` already,
    /// and the warnings.
    #[must_use]
    pub fn worth_a_look(&self, error: Option<&str>) -> Vec<String> {
        let trouble = self.trouble.iter().filter(|trouble| Some(trouble.as_str()) != error);
        trouble.chain(&self.warnings).cloned().collect()
    }
}
