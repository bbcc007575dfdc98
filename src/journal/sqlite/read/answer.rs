//! Answers the border's questions with a connection that can only read: each question in one go, on whatever thread the kind of
//! store has for that.

use std::collections::HashMap;
use std::fmt::Debug;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use futures_util::future::{self, FutureExt};
use tokio::sync::RwLock;
use uuid::Uuid;

use super::super::connection;
use super::Reader;
use crate::clock::Timestamp;
use crate::journal::{
    AttemptView, Claim, FailuresLeft, Figures, Findings, HeldLetter, HistoryFilter, ItemView, ItemsAsked, ItemsFound,
    ItemsPage, ItemsSought, JobKey, JournalError, Known, LetterView, OpenItem, OutboxState, PendingAsked, PendingPage,
    PutAway, Readings, RunKey, RunView, RunsAsked, RunsEnded, SettlingItem, SkipView, StoreFuture, Tally, Trouble,
    UnfinishedRun, Watch,
};
use crate::model::{Counts, Digest, HandedIn, ItemNo, JobKind, JobName, Life, MeetingId, Remembered, RunId};

/// Read connections that are kept for the next question.
const SPARE: usize = 4;

/// Carries out a reading.
pub(in crate::journal::sqlite) trait Reads: Debug + Send + Sync {
    /// Gives the reading a connection, and answers with its result.
    fn read<T, R>(&self, read: R) -> StoreFuture<'_, T>
    where
        T: Send + 'static,
        R: FnOnce(&Reader) -> Result<T, JournalError> + Send + 'static;
}

/// The connections of the process that also writes: questions are answered on threads that may wait, several at once.
#[derive(Debug)]
pub(in crate::journal::sqlite) struct Connections {
    directory: PathBuf,
    spare: Arc<Mutex<Vec<Reader>>>,
    /// Held by every reading under way, so that closing can wait for the last one. True once it was closed.
    reading: Arc<RwLock<bool>>,
}

impl Connections {
    pub(in crate::journal::sqlite) fn of(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), spare: Arc::default(), reading: Arc::default() }
    }

    /// Waits for readings under way; from then on every question is answered with [`JournalError::Closed`].
    pub(in crate::journal::sqlite) async fn close(&self) {
        *self.reading.write().await = true;
        self.spare.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Reads for Connections {
    fn read<T, R>(&self, read: R) -> StoreFuture<'_, T>
    where
        T: Send + 'static,
        R: FnOnce(&Reader) -> Result<T, JournalError> + Send + 'static,
    {
        async move {
            let (spare, directory) = (Arc::clone(&self.spare), self.directory.clone());
            // The caller may go away meanwhile; the reading goes on, and `close` waits for it.
            let reading = Arc::clone(&self.reading).read_owned().await;
            if *reading {
                return Err(JournalError::Closed);
            }
            let path = directory.join(connection::FILE);
            tokio::task::spawn_blocking(move || {
                let _reading = reading;
                let kept = spare.lock().ok().and_then(|mut spare| spare.pop());
                let reader = match kept {
                    Some(reader) => reader,
                    None => Reader::open(&directory)?,
                };
                let answer = read(&reader);
                if answer.is_ok()
                    && let Ok(mut spare) = spare.lock()
                    && spare.len() < SPARE
                {
                    spare.push(reader);
                }
                answer
            })
            .await
            .map_err(|_| JournalError::Closed)?
            .map_err(|error| connection::name_file(error, &path))
        }
        .boxed()
    }
}

/// Reads a journal beside the process that writes it, for commands that only tell. It answers on the thread that asks, so that its answers
/// are there as soon as they are asked for.
#[derive(Debug)]
pub(in crate::journal) struct Beside {
    directory: PathBuf,
    reader: Mutex<Option<Reader>>,
}

impl Beside {
    /// Opens the journal of a state directory now; [`JournalError::Absent`] where there is none yet.
    pub(in crate::journal) fn open(directory: &Path) -> Result<Self, JournalError> {
        Ok(Self { directory: directory.to_owned(), reader: Mutex::new(Some(Reader::open(directory)?)) })
    }

    /// The same, and opens it with the first question.
    pub(in crate::journal) fn later(directory: &Path) -> Self {
        Self { directory: directory.to_owned(), reader: Mutex::default() }
    }
}

impl Reads for Beside {
    fn read<T, R>(&self, read: R) -> StoreFuture<'_, T>
    where
        T: Send + 'static,
        R: FnOnce(&Reader) -> Result<T, JournalError> + Send + 'static,
    {
        let mut kept = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        let answer = match &*kept {
            Some(reader) => read(reader),
            None => Reader::open(&self.directory).and_then(|reader| read(kept.insert(reader))),
        };
        future::ready(answer).boxed()
    }
}

impl<S: Reads> Readings for S {
    fn job_key(&self, name: JobName) -> StoreFuture<'_, Option<JobKey>> {
        self.read(move |reader| reader.job(&name))
    }

    fn kind_of_job(&self, name: JobName) -> StoreFuture<'_, Option<JobKind>> {
        self.read(move |reader| reader.kind_of_job(&name))
    }

    fn watch_of(&self, job: JobKey) -> StoreFuture<'_, Watch> {
        self.read(move |reader| reader.watch(job))
    }

    fn skips(&self, job: JobKey, most: u32) -> StoreFuture<'_, Vec<SkipView>> {
        self.read(move |reader| reader.skips(job, most))
    }

    fn is_recorded(&self, job: JobKey, due: Timestamp, now: Timestamp) -> StoreFuture<'_, bool> {
        self.read(move |reader| reader.is_recorded(job, due, now))
    }

    fn unfinished(&self) -> StoreFuture<'_, Vec<UnfinishedRun>> {
        self.read(Reader::unfinished)
    }

    fn unfinished_run(&self, run: RunKey) -> StoreFuture<'_, Option<UnfinishedRun>> {
        self.read(move |reader| reader.unfinished_run(run))
    }

    fn history(&self, filter: HistoryFilter) -> StoreFuture<'_, Vec<RunView>> {
        self.read(move |reader| reader.history(&filter))
    }

    fn run(&self, id: RunId) -> StoreFuture<'_, Option<RunView>> {
        self.read(move |reader| reader.run(id))
    }

    fn runs_named(&self, digits: String) -> StoreFuture<'_, Vec<RunView>> {
        self.read(move |reader| reader.runs_named(&digits))
    }

    fn run_by_key(&self, run: RunKey) -> StoreFuture<'_, RunView> {
        self.read(move |reader| reader.run_by_key(run))
    }

    fn runs_by_key(&self, runs: Vec<RunKey>) -> StoreFuture<'_, Vec<RunView>> {
        self.read(move |reader| runs.into_iter().map(|run| reader.run_by_key(run)).collect())
    }

    fn runs_after(&self, job: JobKey, run: RunKey) -> StoreFuture<'_, Vec<(RunKey, RunId)>> {
        self.read(move |reader| reader.runs_after(job, run))
    }

    fn failed_before(&self, job: JobKey, run: RunKey, most: u32) -> StoreFuture<'_, Vec<RunView>> {
        self.read(move |reader| reader.failed_before(job, run, most))
    }

    fn failures_left(&self, failed: RunKey, by: RunKey, most: u32) -> StoreFuture<'_, FailuresLeft> {
        self.read(move |reader| reader.failures_left(failed, by, most))
    }

    fn half_wiped_runs(&self) -> StoreFuture<'_, Vec<RunKey>> {
        self.read(Reader::half_wiped_runs)
    }

    fn sealed_runs(&self) -> StoreFuture<'_, Vec<RunKey>> {
        self.read(Reader::sealed_runs)
    }

    fn files_due(&self) -> StoreFuture<'_, Vec<RunKey>> {
        std::future::ready(Ok(Vec::new())).boxed()
    }

    fn has_sealed_pins(&self, run: RunKey) -> StoreFuture<'_, bool> {
        self.read(move |reader| reader.has_sealed_pins(run))
    }

    fn claim(&self, run: RunKey) -> StoreFuture<'_, Option<Claim>> {
        self.read(move |reader| reader.claim(run))
    }

    fn put_away_lately(&self, since: Timestamp, most: usize) -> StoreFuture<'_, Vec<PutAway>> {
        self.read(move |reader| reader.put_away_lately(since, most))
    }

    fn was_dealt_with(&self, hash: Digest) -> StoreFuture<'_, bool> {
        self.read(move |reader| reader.was_dealt_with(hash))
    }

    fn open_claims(&self) -> StoreFuture<'_, Vec<(RunKey, Claim)>> {
        self.read(Reader::open_claims)
    }

    fn tally(&self, run: RunKey) -> StoreFuture<'_, Tally> {
        self.read(move |reader| reader.tally(run))
    }

    fn counts(&self, run: RunKey) -> StoreFuture<'_, Counts> {
        self.read(move |reader| reader.counts(run))
    }

    fn pending(&self, asked: PendingAsked) -> StoreFuture<'_, PendingPage> {
        self.read(move |reader| reader.pending(asked))
    }

    fn sending(&self, run: RunKey) -> StoreFuture<'_, Vec<(ItemNo, Life)>> {
        self.read(move |reader| reader.sending(run))
    }

    fn settling(&self, run: RunKey, after: ItemNo, most: u32) -> StoreFuture<'_, Vec<SettlingItem>> {
        self.read(move |reader| reader.settling(run, after, most))
    }

    fn settling_of(&self, run: RunKey, items: Vec<ItemNo>) -> StoreFuture<'_, Vec<SettlingItem>> {
        self.read(move |reader| reader.settling_of(run, &items))
    }

    fn settling_targets(&self, run: RunKey) -> StoreFuture<'_, HashMap<ItemNo, String>> {
        self.read(move |reader| reader.settling_targets(run))
    }

    fn sent_again(&self, run: RunKey, after: ItemNo, most: u32) -> StoreFuture<'_, Vec<OpenItem>> {
        self.read(move |reader| reader.sent_again(run, after, most))
    }

    fn took_steps(&self, run: RunKey) -> StoreFuture<'_, u64> {
        self.read(move |reader| reader.took_steps(run))
    }

    fn items(&self, page: ItemsPage) -> StoreFuture<'_, Vec<ItemView>> {
        self.read(move |reader| reader.items(page))
    }

    fn attempts(&self, run: RunKey, items: Vec<ItemNo>) -> StoreFuture<'_, Vec<Vec<AttemptView>>> {
        self.read(move |reader| items.iter().map(|item| reader.attempts(run, *item)).collect())
    }

    fn handed_in(&self, run: RunKey, items: Vec<ItemNo>) -> StoreFuture<'_, Option<HandedIn>> {
        self.read(move |reader| reader.handed_in(run, &items))
    }

    fn known(&self, job: JobKey, identities: Vec<String>) -> StoreFuture<'_, Vec<Option<Known>>> {
        self.read(move |reader| reader.known(job, &identities))
    }

    fn remembered(&self, job: JobKey, after: String, most: u32) -> StoreFuture<'_, Vec<Remembered>> {
        self.read(move |reader| reader.remembered_of(job, &after, most))
    }

    fn is_ours(&self, meeting: MeetingId) -> StoreFuture<'_, bool> {
        self.read(move |reader| reader.is_ours(&meeting))
    }

    fn is_of_job(&self, job: JobKey, meeting: MeetingId) -> StoreFuture<'_, bool> {
        self.read(move |reader| reader.is_of_job(job, &meeting))
    }

    fn is_gone(&self, meeting: MeetingId) -> StoreFuture<'_, bool> {
        self.read(move |reader| reader.is_gone(&meeting))
    }

    fn habit(&self, server: String, habit: &'static str) -> StoreFuture<'_, Option<(String, Timestamp)>> {
        self.read(move |reader| reader.habit(&server, habit))
    }

    fn habits(&self, habit: &'static str) -> StoreFuture<'_, Vec<(String, String, Timestamp)>> {
        self.read(move |reader| reader.habits(habit))
    }

    fn next_letter_due(&self) -> StoreFuture<'_, Option<Timestamp>> {
        self.read(Reader::next_letter_due)
    }

    fn outbox(&self) -> StoreFuture<'_, OutboxState> {
        self.read(Reader::outbox)
    }

    fn open_letters(&self, most: u32) -> StoreFuture<'_, Vec<LetterView>> {
        self.read(move |reader| reader.open_letters(most))
    }

    fn given_up(&self, most: u32) -> StoreFuture<'_, Vec<LetterView>> {
        self.read(move |reader| reader.given_up(most))
    }

    fn letters_of(&self, run: RunKey) -> StoreFuture<'_, Vec<LetterView>> {
        self.read(move |reader| reader.letters_of(run))
    }

    fn held_letters(&self, most: u32) -> StoreFuture<'_, Vec<HeldLetter>> {
        self.read(move |reader| reader.held_letters(most))
    }

    fn troubles(&self) -> StoreFuture<'_, Vec<Trouble>> {
        self.read(Reader::troubles)
    }

    fn runs_page(&self, asked: RunsAsked) -> StoreFuture<'_, Vec<RunView>> {
        self.read(move |reader| reader.runs_page(&asked))
    }

    fn latest_runs(&self, jobs: Vec<JobKey>, ended: RunsEnded, most: u32) -> StoreFuture<'_, Vec<Vec<RunView>>> {
        self.read(move |reader| {
            let asked = |job| RunsAsked { job, ended, from: None, until: None, behind: None, most };
            jobs.into_iter().map(|job| reader.runs_page(&asked(job))).collect()
        })
    }

    fn not_made_good(&self, most: u32) -> StoreFuture<'_, Vec<RunView>> {
        self.read(move |reader| reader.not_made_good(most))
    }

    fn run_uncounted(&self, id: RunId) -> StoreFuture<'_, Option<RunView>> {
        self.read(move |reader| reader.run_uncounted(id))
    }

    fn made_good_by(&self, run: RunKey) -> StoreFuture<'_, Option<RunId>> {
        self.read(move |reader| reader.made_good_by(run))
    }

    fn items_page(&self, asked: ItemsAsked) -> StoreFuture<'_, Vec<ItemView>> {
        self.read(move |reader| reader.items_page(asked))
    }

    fn items_sought(&self, sought: ItemsSought) -> StoreFuture<'_, ItemsFound> {
        self.read(move |reader| reader.items_sought(&sought))
    }

    fn item_of_ref(&self, job: JobKey, run: RunKey, reference: String) -> StoreFuture<'_, Option<ItemNo>> {
        self.read(move |reader| reader.item_of_ref(job, run, &reference))
    }

    fn letter_message(&self, run: RunKey, letter: Uuid) -> StoreFuture<'_, Option<Vec<u8>>> {
        self.read(move |reader| reader.letter_message(run, letter))
    }

    fn figures(&self) -> StoreFuture<'_, Vec<Figures>> {
        self.read(Reader::figures)
    }

    fn check(&self) -> StoreFuture<'_, Findings> {
        self.read(Reader::check)
    }
}
