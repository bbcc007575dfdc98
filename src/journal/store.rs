//! The journal's border: named operations with plain parameters and results, so that no other module needs SQL or a connection, and
//! another database can take SQLite's place.
//!
//! An operation is for a batch: a plan's items, a window of intents, the outcomes that came together. It is carried out whole or
//! not at all, or says that it goes in small steps. Where its commit failed or its answer was lost, the same may be said again: what
//! was done already is answered as if it were done now, and nothing is done twice. What is refused contradicts what the journal
//! holds. Two operations share no transaction on purpose; what must be there together is one operation.
//!
//! It is a trait that can be held as `dyn`, so that one program can serve several databases, and its answers are boxed: one box a
//! batch is nothing beside a transaction, and no box is made for a row. `tests/store` is what an implementation has to pass.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::{
    Around, Delivered, EndAlike, Ending, JobKey, JournalError, Letter, NewIntents, NewItem, NewLetter, NewRun, Over,
    Pruned, Pruning, Readings, Recovered, Recovery, Reserved, RunKey, Skip, Step, Stop, StoreFuture, TakenOver,
    ToTakeOver, TroubleChanges,
};
use crate::clock::{Reading, Timestamp};
use crate::model::{Counts, Digest, JobKind, JobName, Life, Limits, RunId, Territory};

/// A journal that is open for the one process that may write it.
pub trait Store: Readings {
    // Jobs and their schedules.

    /// Enters due times that do not become runs, oldest first, in one transaction; those that are dealt with already stay as
    /// they are.
    fn skip(&self, job: JobKey, skips: Vec<Skip>, now: Timestamp) -> StoreFuture<'_, ()>;
    /// Remembers by which schedule a job is armed, and that its due times up to `from` are dealt with.
    fn watch(&self, job: JobKey, schedule: String, from: Timestamp) -> StoreFuture<'_, ()>;
    /// Pauses a job, unless it is; tells whether it was, since another time than `now`.
    fn pause(&self, job: JobKey, now: Timestamp) -> StoreFuture<'_, bool>;
    /// Ends a pause, if there is one; what was due until now is never made up for.
    fn unpause(&self, job: JobKey, now: Timestamp) -> StoreFuture<'_, ()>;

    // Runs.

    /// Finds the job's number; makes one for a new name, durable no later than what is journaled under it. A job that was called
    /// `was` before keeps its number, history and identities.
    fn job<'a>(&'a self, name: &'a JobName, kind: JobKind, was: Option<&'a JobName>) -> StoreFuture<'a, JobKey>;
    /// Journals a run of this process's, in the phase `planning`: its items may be added until [`Store::planned`]. The due time it answers is
    /// dealt with by the same transaction, and [`super::JournalError::Recorded`] where another run or the skip ledger has it. A
    /// run of that id that has begun is the answer.
    fn begin(&self, new: NewRun) -> StoreFuture<'_, RunKey>;
    /// Ends the planning: every item is in the journal, and the input, which planning may have completed, is `input`. One
    /// that is planned so stays as it is.
    fn planned(&self, run: RunKey, input: String) -> StoreFuture<'_, ()>;
    /// Takes back a plan that was not completed, so that it can be made again. In small steps.
    fn unplan(&self, run: RunKey) -> StoreFuture<'_, ()>;
    /// Journals that a run is to end early, and why: it will not send anything new, also after a restart.
    fn stop(&self, run: RunKey, stop: Stop, why: String) -> StoreFuture<'_, ()>;
    /// Leaves every pending item undone, with a reason: `not_run`, or `unknown` with what was seen where it was sent before.
    /// In small steps, durable before the run [ends](Store::end). Tells how many there were.
    fn leave_undone<'a>(&'a self, run: RunKey, why: &'a str) -> StoreFuture<'a, Counts>;
    /// Ends a run, in one transaction with the mail about it. Refused while an item is open, or where the counts are not
    /// those of the items. One that has ended so stays as it is.
    fn end(&self, run: RunKey, ending: Ending) -> StoreFuture<'_, ()>;
    /// Returns the key that seals the PINs of the run's items, itself sealed, as the caller has sealed it; keeps `new` where
    /// there is none, or one that is `lost` to the caller. `None` once the run's PINs are wiped. It is durable no later than what
    /// follows from it.
    fn pin_key(&self, run: RunKey, new: Vec<u8>, lost: Option<Vec<u8>>) -> StoreFuture<'_, Option<Vec<u8>>>;
    /// Makes the sealed PINs of a run whose files are written unreadable for good: deletes their key, also from what lies beside the
    /// database, and those PINs themselves that were sealed without it. In small steps; [`Readings::half_wiped_runs`] tells where
    /// a crash came between two.
    fn wipe_pins(&self, run: RunKey) -> StoreFuture<'_, ()>;
    /// Recovers after a start, before anything else. Unfinished runs become this process's, and are counted as resumed, where they
    /// are from this machine, whose lock proves that the process is gone; where their machine gave no sign of life for long; or
    /// where this process is alone. Their items found `sending` are to be settled. Runs that are left are not to be worked on.
    /// Mails found `sending` are queued again where this process is alone; else they are taken again in their time. It is durable
    /// no later than what follows from it.
    fn recover(&self, recovery: Recovery) -> StoreFuture<'_, Recovered>;
    /// Records that a run has made good what these runs have failed at; durable no later than the run's end.
    fn make_good(&self, failed: Vec<RunKey>, by: RunKey) -> StoreFuture<'_, ()>;
    /// Records the file's hash, once it was read.
    fn claim_read(&self, run: RunKey, hash: Digest) -> StoreFuture<'_, ()>;
    /// Takes back a run whose file could not be moved, as if it had never begun: it has no items, and its due time may be answered
    /// by another. One that is not there is taken back.
    fn withdraw(&self, run: RunId) -> StoreFuture<'_, ()>;
    /// Records where the file lies for good.
    fn claim_settled<'a>(&'a self, run: RunKey, at: &'a Path) -> StoreFuture<'a, ()>;
    /// Records that a mail or a run's end told of the file as it is with this length, which is not the one that was read.
    fn claim_told(&self, run: RunKey, length: u64) -> StoreFuture<'_, ()>;
    /// Tells since when the files of these runs lie where they were put, by lived time, in the same order. One that was not seen
    /// before is seen now.
    fn put_away_since(&self, runs: Vec<RunId>) -> StoreFuture<'_, Vec<Timestamp>>;

    // Several machines that share one journal. A store that one process has answers that there is no other.

    /// Tells whether other processes may write to this journal at the same time.
    fn is_shared(&self) -> bool {
        false
    }
    /// Tells whether this process is the one of several that looks after the journal itself, at night.
    fn looks_after_journal(&self) -> StoreFuture<'_, bool> {
        std::future::ready(Ok(true)).boxed()
    }
    /// Looks at what other processes have changed.
    fn around(&self, _which: Vec<ToTakeOver>) -> StoreFuture<'_, Around> {
        std::future::ready(Ok(Around::default())).boxed()
    }
    /// Takes over the runs of processes that are gone, as after a crash. One counts as gone when its lease is over, and the longest time
    /// for which a request may be on its way has passed since.
    fn take_over(&self, _which: Vec<ToTakeOver>, _now: Timestamp) -> StoreFuture<'_, TakenOver> {
        std::future::ready(Ok(TakenOver::default())).boxed()
    }
    /// Lets a run of this process be worked on, unless another process works on one that it has to wait for: that is the answer, in
    /// words. The turn goes with the run's end.
    fn take_turn(&self, _run: RunKey, _territory: Territory) -> StoreFuture<'_, Option<String>> {
        std::future::ready(Ok(None)).boxed()
    }
    /// Lets others go first again: the run cannot be worked on now.
    fn leave_turn(&self, _run: RunKey) -> StoreFuture<'_, ()> {
        std::future::ready(Ok(())).boxed()
    }
    /// Leaves the files of a run that ends here to the machine that has them.
    fn leave_files(&self, _run: RunKey) -> StoreFuture<'_, ()> {
        std::future::ready(Ok(())).boxed()
    }
    /// Records that the files of a run are written that was worked on elsewhere.
    fn files_written(&self, _run: RunKey) -> StoreFuture<'_, ()> {
        std::future::ready(Ok(())).boxed()
    }

    // Items.

    /// Adds items to a run that is being planned; those that are there as they are said stay. They are durable when the run is [planned](Store::planned): a plan that was
    /// not completed is made again.
    fn plan(&self, job: JobKey, run: RunKey, items: Vec<NewItem>) -> StoreFuture<'_, ()>;
    /// Makes these items `sending`: after this, and not before, their requests may leave. Tells each item's new life; one
    /// whose attempts are used up is done instead. One that was intended at that `now` is told alike; after a [`Store::recover`]
    /// it is refused.
    fn intend(&self, new: NewIntents) -> StoreFuture<'_, Vec<Life>>;
    /// Records what became of items. Saying the same again does nothing, so that it can be said again after a failure.
    fn record(&self, run: RunKey, steps: Arc<[Step]>, limits: Limits) -> StoreFuture<'_, ()>;

    /// Ends those of the items alike that are pending, may be sent now, were never sent, and were planned as
    /// [foretold](crate::model::Start::Foretold); tells how many. The others stay as they are, and so does what is sealed of any. Saying the
    /// same again does nothing.
    fn end_alike(&self, items: EndAlike) -> StoreFuture<'_, u64>;

    /// Says that a run has little to write for a while: what waits to be carried over may be, meanwhile. It waits for nothing.
    fn rest(&self) {}

    // Mails and troubles.

    /// Takes the mail that has waited longest of those due, and marks it `sending`. `now`, and when a mail is due, is lived time
    /// ([`Store::time`]): a clock that leaps neither holds a mail back nor gives it up. One whose delivery is not recorded within
    /// the hour is taken again, for the record may have been lost on a full disk. The mark waits for no disk: where it is
    /// lost, the mail waits as it did.
    fn next_letter(&self, now: Timestamp) -> StoreFuture<'_, Option<Letter>>;
    /// Lets every mail that waits be tried at once: what it waited for may be put right.
    fn hurry_letters(&self) -> StoreFuture<'_, ()>;
    /// Records what became of an attempt to send. A mail that was sent keeps its envelope, not its text; one with PINs that was
    /// given up does not keep it either. What was recorded for good stays.
    fn delivered(&self, delivered: Delivered) -> StoreFuture<'_, ()>;
    /// Lets mails go as they are.
    fn release(&self, letters: Vec<Uuid>) -> StoreFuture<'_, ()>;
    /// Puts one mail in the place of those that are held.
    fn gather(&self, letters: Vec<Uuid>, one: NewLetter, now: Timestamp) -> StoreFuture<'_, ()>;
    /// Lets every mail that waits or was given up be tried at once, and as long as a new one; answers how many. Of those with PINs
    /// that were given up nothing is left to send.
    fn retry_letters(&self) -> StoreFuture<'_, usize>;
    /// Drops a mail that waits or was given up: it is not sent any more. Tells whether there was one; one that is on its way is
    /// not stopped.
    fn drop_letter(&self, id: Uuid) -> StoreFuture<'_, bool>;
    /// Records in one transaction which troubles began, which go on in other words, and which ended; and puts the mail about them
    /// into the outbox. One that stands begins no second time.
    fn change_troubles(&self, changes: TroubleChanges, now: Timestamp) -> StoreFuture<'_, ()>;

    // Time, and what is forgotten.

    /// Looks at the clocks: what they show, what was lived by them, and whether the wall clock is to be doubted.
    fn time(&self) -> Reading;
    /// Keeps what was seen of the clocks, where no commit has taken it along for long, as a sign of life for the runs that this
    /// process works on.
    fn keep_time(&self) -> StoreFuture<'_, ()>;
    /// Believes the wall clock from here on, since a person says that it is right.
    fn believe_clock(&self) -> StoreFuture<'_, ()>;
    /// Forgets what is older than it is to be kept, unless the clock is doubted. `files` is the longest that any file is kept.
    fn prune_by_age(&self, keep: Duration, files: Duration, over: Over) -> StoreFuture<'_, Pruning>;
    /// Forgets what ended before `before`, and whose end was lived through as long ago as that. Others write meanwhile. When this
    /// is dropped in the middle, what it has forgotten is forgotten, and the next time goes on.
    fn prune(&self, before: Timestamp, over: Over) -> StoreFuture<'_, Pruned>;

    // The rate of requests.

    /// Reserves the next slice of a server's rate that no process has, of that length, and no sooner than `from` from now. Said again it
    /// reserves another one, and nobody has the first: a process that dies gives nothing back, either. A store that one process has
    /// for itself alone gives it all of its time, and keeps nothing.
    fn reserve(&self, server: String, from: Duration, length: Duration) -> StoreFuture<'_, Reserved>;

    // The thread that writes.

    /// Counts the operations that were answered: a number that grows is a store that lives.
    fn answered(&self) -> u64;
    /// Asks for a sign of life: an error is one too.
    fn ping(&self) -> StoreFuture<'_, ()>;
    /// Writes and commits something that changes nothing, to prove that the disk takes it.
    fn prove_writable(&self) -> StoreFuture<'_, ()>;
    /// Tells why, where the database was found to know less than was committed when this process opened it. What is not over is looked
    /// for before it is sent.
    fn set_back(&self) -> Option<String> {
        None
    }
    /// Tells whether this process may still send anything to the meeting API: it is asked before each request.
    fn may_send(&self) -> bool {
        true
    }
    /// Waits until this process can write no more for good, since another has taken over, and tells why: then it is to end at once, and
    /// to send nothing more. With most stores that never happens.
    fn lost(&self) -> BoxFuture<'_, JournalError>;
    /// Waits for what is queued and for readings under way, and lets go of the database. A caller that still has the store finds
    /// it closed ([`super::JournalError::Closed`]). Where it is merely dropped, the same happens, and no caller waits for it.
    fn close(&self) -> BoxFuture<'_, ()>;
}
