//! The reading half of the journal's border: named questions with plain answers, so that no caller needs SQL or a connection.

use std::collections::HashMap;
use std::fmt::Debug;

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::{
    AttemptView, Claim, FailuresLeft, Figures, Findings, HeldLetter, HistoryFilter, ItemView, ItemsAsked, ItemsFound,
    ItemsPage, ItemsSought, JobKey, JournalError, Known, LetterView, OpenItem, OutboxState, PendingAsked, PendingPage,
    PutAway, RunKey, RunView, RunsAsked, RunsEnded, SettlingItem, SkipView, Tally, Trouble, UnfinishedRun, Watch,
};
use crate::clock::Timestamp;
use crate::model::{Counts, Digest, HandedIn, ItemNo, JobKind, JobName, Life, MeetingId, Remembered, RunId};

/// The answer of one operation. It is boxed, so that a store can be held as `dyn`: an operation is for a batch, and one box a
/// batch costs nothing beside its transaction.
pub type StoreFuture<'a, T> = BoxFuture<'a, Result<T, JournalError>>;

/// The questions that a journal answers. None changes anything, each can be asked again, and no two share a transaction: what is
/// to be of one moment is one question.
pub trait Readings: Debug + Send + Sync {
    // Jobs and their schedules.

    /// Finds a job's number by its name.
    fn job_key(&self, name: JobName) -> StoreFuture<'_, Option<JobKey>>;
    /// Finds the kind of the job that has this name.
    fn kind_of_job(&self, name: JobName) -> StoreFuture<'_, Option<JobKind>>;
    /// Tells what is remembered of the job's schedule.
    fn watch_of(&self, job: JobKey) -> StoreFuture<'_, Watch>;
    /// Lists the job's rows of the skip ledger, the latest due times first, and so many at most.
    fn skips(&self, job: JobKey, most: u32) -> StoreFuture<'_, Vec<SkipView>>;
    /// Tells whether the due time has its run, or a row in the skip ledger that was entered by `now`.
    fn is_recorded(&self, job: JobKey, due: Timestamp, now: Timestamp) -> StoreFuture<'_, bool>;

    // Runs.

    /// Lists the runs that have not ended, in the order in which they began.
    fn unfinished(&self) -> StoreFuture<'_, Vec<UnfinishedRun>>;
    /// Finds one run, where it has not ended.
    fn unfinished_run(&self, run: RunKey) -> StoreFuture<'_, Option<UnfinishedRun>>;
    /// Lists the runs of the filter, newest first.
    fn history(&self, filter: HistoryFilter) -> StoreFuture<'_, Vec<RunView>>;
    /// Finds a run by its id.
    fn run(&self, id: RunId) -> StoreFuture<'_, Option<RunView>>;
    /// Finds the runs whose ids begin or end with these hexadecimal digits, in capitals; two at most.
    fn runs_named(&self, digits: String) -> StoreFuture<'_, Vec<RunView>>;
    /// Reads a run by its number; [`JournalError::Unknown`] where there is none.
    fn run_by_key(&self, run: RunKey) -> StoreFuture<'_, RunView>;
    /// Reads these runs, in the same order.
    fn runs_by_key(&self, runs: Vec<RunKey>) -> StoreFuture<'_, Vec<RunView>>;
    /// Lists the job's runs after `run`, oldest first.
    fn runs_after(&self, job: JobKey, run: RunKey) -> StoreFuture<'_, Vec<(RunKey, RunId)>>;
    /// Lists the job's runs before `run` that failed and that no other has made good, the latest first, and so many at most.
    fn failed_before(&self, job: JobKey, run: RunKey, most: u32) -> StoreFuture<'_, Vec<RunView>>;
    /// Tells which failures of one run another one leaves; so many are compared at most.
    fn failures_left(&self, failed: RunKey, by: RunKey, most: u32) -> StoreFuture<'_, FailuresLeft>;
    /// Lists the runs of which some PINs are wiped, and perhaps not all.
    fn half_wiped_runs(&self) -> StoreFuture<'_, Vec<RunKey>>;
    /// Lists the runs that have ended, and whose PINs could be written nowhere.
    fn sealed_runs(&self) -> StoreFuture<'_, Vec<RunKey>>;
    /// Lists the runs whose files this machine has, and that were worked on to their end elsewhere: their files are to be written.
    fn files_due(&self) -> StoreFuture<'_, Vec<RunKey>>;
    /// Tells whether PINs of the run wait for its file.
    fn has_sealed_pins(&self, run: RunKey) -> StoreFuture<'_, bool>;
    /// Finds the dropped file that the run has claimed.
    fn claim(&self, run: RunKey) -> StoreFuture<'_, Option<Claim>>;
    /// Tells the files of this machine that were put away since then, by lived time: the latest of them, the latest first.
    fn put_away_lately(&self, since: Timestamp, most: usize) -> StoreFuture<'_, Vec<PutAway>>;
    /// Tells whether a dropped file of this content was dealt with.
    fn was_dealt_with(&self, hash: Digest) -> StoreFuture<'_, bool>;
    /// Lists the claims of this machine whose file does not lie in its last place yet.
    fn open_claims(&self) -> StoreFuture<'_, Vec<(RunKey, Claim)>>;

    // Items.

    /// Adds up the statuses of the items that are over.
    fn counts(&self, run: RunKey) -> StoreFuture<'_, Counts>;
    /// Counts the items of a run, open and over.
    fn tally(&self, run: RunKey) -> StoreFuture<'_, Tally>;
    /// Takes the next pending items that may be sent now.
    fn pending(&self, asked: PendingAsked) -> StoreFuture<'_, PendingPage>;
    /// Lists the items that are `sending`.
    fn sending(&self, run: RunKey) -> StoreFuture<'_, Vec<(ItemNo, Life)>>;
    /// Takes the next items that are being settled, behind `after`, and so many at most.
    fn settling(&self, run: RunKey, after: ItemNo, most: u32) -> StoreFuture<'_, Vec<SettlingItem>>;
    /// Finds those of these items that are being settled.
    fn settling_of(&self, run: RunKey, items: Vec<ItemNo>) -> StoreFuture<'_, Vec<SettlingItem>>;
    /// Tells what the requests of items being settled change, where the item alone does not.
    fn settling_targets(&self, run: RunKey) -> StoreFuture<'_, HashMap<ItemNo, String>>;
    /// Takes the next items behind `after` that were sent more than once, and so many at most.
    fn sent_again(&self, run: RunKey, after: ItemNo, most: u32) -> StoreFuture<'_, Vec<OpenItem>>;
    /// Counts the items that came to a good end by more than one request.
    fn took_steps(&self, run: RunKey) -> StoreFuture<'_, u64>;
    /// Takes the next items as they are told.
    fn items(&self, page: ItemsPage) -> StoreFuture<'_, Vec<ItemView>>;
    /// Lists the sendings of each of these items, in the same order.
    fn attempts(&self, run: RunKey, items: Vec<ItemNo>) -> StoreFuture<'_, Vec<Vec<AttemptView>>>;

    /// Returns rows as they were handed in with a run, in the same order; `None` where the run is forgotten, or there never was one.
    fn handed_in(&self, run: RunKey, items: Vec<ItemNo>) -> StoreFuture<'_, Option<HandedIn>>;

    // The memories of jobs.

    /// Tells what the job remembers under each identity, in the same order.
    fn known(&self, job: JobKey, identities: Vec<String>) -> StoreFuture<'_, Vec<Option<Known>>>;
    /// Takes the next things behind the identity `after` that the job remembers, in the order of their identities, and so many at most.
    fn remembered(&self, job: JobKey, after: String, most: u32) -> StoreFuture<'_, Vec<Remembered>>;
    /// Tells whether any job made, changed or took away the meeting, as far as that is remembered; what a row was only told to
    /// exist does not count ([`super::Remember::Made`] with `"theirs":true` in its facts).
    fn is_ours(&self, meeting: MeetingId) -> StoreFuture<'_, bool>;
    /// Tells whether this job made or changed the meeting, or any job took it away.
    fn is_of_job(&self, job: JobKey, meeting: MeetingId) -> StoreFuture<'_, bool>;
    /// Tells whether we have taken the meeting away.
    fn is_gone(&self, meeting: MeetingId) -> StoreFuture<'_, bool>;
    /// Tells what a server was seen to do, and when.
    fn habit(&self, server: String, habit: &'static str) -> StoreFuture<'_, Option<(String, Timestamp)>>;
    /// Tells the same of every server: its name, what was seen, and when.
    fn habits(&self, habit: &'static str) -> StoreFuture<'_, Vec<(String, String, Timestamp)>>;

    // Mails and troubles.

    /// Tells when the next mail is due, by lived time; `None` while none waits. One that is being sent is due when it would be
    /// taken again.
    fn next_letter_due(&self) -> StoreFuture<'_, Option<Timestamp>>;
    /// Counts the mails that wait, and those that were given up.
    fn outbox(&self) -> StoreFuture<'_, OutboxState>;
    /// Lists the mails that wait or were given up, those that entered first at the front, and so many at most.
    fn open_letters(&self, most: u32) -> StoreFuture<'_, Vec<LetterView>>;
    /// Lists the mails about runs that were given up, the latest first, and so many at most; but for those to rooms' owners, about
    /// each of which there is a mail of its own.
    fn given_up(&self, most: u32) -> StoreFuture<'_, Vec<LetterView>>;
    /// Lists the mails about a run, but for those to rooms' owners.
    fn letters_of(&self, run: RunKey) -> StoreFuture<'_, Vec<LetterView>>;
    /// Lists the mails that are held, those that entered first at the front, and so many at most.
    fn held_letters(&self, most: u32) -> StoreFuture<'_, Vec<HeldLetter>>;
    /// Lists the troubles of this machine that stand, in the order in which they began.
    fn troubles(&self) -> StoreFuture<'_, Vec<Trouble>>;

    // Pages to look through, and figures.

    /// Takes a page of a job's runs, newest first. The items of a run under way are not counted.
    fn runs_page(&self, asked: RunsAsked) -> StoreFuture<'_, Vec<RunView>>;
    /// Lists the latest runs of each of these jobs, in the same order, newest first, that ended so. The items of a run under way are
    /// not counted.
    fn latest_runs(&self, jobs: Vec<JobKey>, ended: RunsEnded, most: u32) -> StoreFuture<'_, Vec<Vec<RunView>>>;
    /// Lists the runs of all jobs that failed or are partial and that no other has made good, newest first, and so many at most.
    fn not_made_good(&self, most: u32) -> StoreFuture<'_, Vec<RunView>>;
    /// Finds a run by its id, and does not count its items while it is under way.
    fn run_uncounted(&self, id: RunId) -> StoreFuture<'_, Option<RunView>>;
    /// Finds the run that has made good what this one failed at.
    fn made_good_by(&self, run: RunKey) -> StoreFuture<'_, Option<RunId>>;
    /// Takes a page of a run's items.
    fn items_page(&self, asked: ItemsAsked) -> StoreFuture<'_, Vec<ItemView>>;
    /// Looks for items by their words, through so many items at most.
    fn items_sought(&self, sought: ItemsSought) -> StoreFuture<'_, ItemsFound>;
    /// Finds the item of a run with this whole `ref`, where no later run has dealt with it.
    fn item_of_ref(&self, job: JobKey, run: RunKey, reference: String) -> StoreFuture<'_, Option<ItemNo>>;
    /// Finds the message of a mail about a run, but for one to a room's owner. It is kept while it waits; afterwards, what its
    /// sender said to keep.
    fn letter_message(&self, run: RunKey, letter: Uuid) -> StoreFuture<'_, Option<Vec<u8>>>;
    /// Tells the figures of every job that is known, also of those that are not configured any more.
    fn figures(&self) -> StoreFuture<'_, Vec<Figures>>;

    /// Looks at the whole journal: whether the database is sound, and whether it keeps to the laws of this program.
    fn check(&self) -> StoreFuture<'_, Findings>;
}
