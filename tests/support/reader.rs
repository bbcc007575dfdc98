//! Asks a journal beside the process that writes it, from tests that need not wait: such answers are there at once.
#![allow(dead_code, reason = "not every test asks every question")]

use std::collections::HashMap;
use std::path::Path;

use futures_util::FutureExt;
use roomkeeper::clock::Timestamp;
use roomkeeper::journal::{
    AttemptView, Beside, Claim, Findings, HistoryFilter, ItemFilter, ItemView, ItemsPage, JobKey, JournalError, Known,
    LetterView, OpenItem, OutboxState, PendingAsked, PendingPage, RunKey, RunView, SettlingItem, SkipView, StoreFuture,
    Tally, Trouble, UnfinishedRun, Watch, Workspace,
};
use roomkeeper::model::{Counts, ItemNo, Life, MeetingId, RunId};

type Told<T> = Result<T, JournalError>;

/// A journal that is only read.
#[derive(Debug)]
pub(crate) struct Reader(Beside);

/// The answer of such a journal.
pub(crate) fn at_once<T>(reply: StoreFuture<'_, T>) -> Told<T> {
    reply.now_or_never().unwrap()
}

impl Reader {
    pub(crate) fn open(directory: &Path) -> Told<Self> {
        Workspace::at(directory).beside().map(Self)
    }

    pub(crate) fn unfinished(&self) -> Told<Vec<UnfinishedRun>> {
        at_once(self.0.unfinished())
    }

    pub(crate) fn unfinished_run(&self, run: RunKey) -> Told<Option<UnfinishedRun>> {
        at_once(self.0.unfinished_run(run))
    }

    pub(crate) fn history(&self, filter: &HistoryFilter) -> Told<Vec<RunView>> {
        at_once(self.0.history(filter.clone()))
    }

    /// All runs that there were, the newest first.
    pub(crate) fn runs(&self) -> Told<Vec<RunView>> {
        self.history(&HistoryFilter { limit: u32::MAX, ..HistoryFilter::default() })
    }

    pub(crate) fn run(&self, id: RunId) -> Told<Option<RunView>> {
        at_once(self.0.run(id))
    }

    pub(crate) fn run_by_key(&self, run: RunKey) -> Told<RunView> {
        at_once(self.0.run_by_key(run))
    }

    pub(crate) fn sealed_runs(&self) -> Told<Vec<RunKey>> {
        at_once(self.0.sealed_runs())
    }

    pub(crate) fn half_wiped_runs(&self) -> Told<Vec<RunKey>> {
        at_once(self.0.half_wiped_runs())
    }

    pub(crate) fn has_sealed_pins(&self, run: RunKey) -> Told<bool> {
        at_once(self.0.has_sealed_pins(run))
    }

    pub(crate) fn claim(&self, run: RunKey) -> Told<Option<Claim>> {
        at_once(self.0.claim(run))
    }

    pub(crate) fn open_claims(&self) -> Told<Vec<(RunKey, Claim)>> {
        at_once(self.0.open_claims())
    }

    pub(crate) fn counts(&self, run: RunKey) -> Told<Counts> {
        at_once(self.0.counts(run))
    }

    pub(crate) fn tally(&self, run: RunKey) -> Told<Tally> {
        at_once(self.0.tally(run))
    }

    pub(crate) fn pending_count(&self, run: RunKey) -> Told<u64> {
        self.tally(run).map(|tally| tally.pending)
    }

    fn page(&self, run: RunKey, after: ItemNo, now: Timestamp, most: u32) -> Told<PendingPage> {
        at_once(self.0.pending(PendingAsked { run, after, now, most }))
    }

    pub(crate) fn pending(&self, run: RunKey, after: ItemNo, now: Timestamp, most: u32) -> Told<Vec<OpenItem>> {
        self.page(run, after, now, most).map(|page| page.items)
    }

    /// When the first pending item of a run may be sent that has none to send now.
    pub(crate) fn next_pending(&self, run: RunKey) -> Told<Option<Timestamp>> {
        self.page(run, ItemNo(u32::MAX), Timestamp::from_millis(0), 1).map(|page| page.next)
    }

    pub(crate) fn sending(&self, run: RunKey) -> Told<Vec<(ItemNo, Life)>> {
        at_once(self.0.sending(run))
    }

    pub(crate) fn settling(&self, run: RunKey, after: ItemNo, most: u32) -> Told<Vec<SettlingItem>> {
        at_once(self.0.settling(run, after, most))
    }

    pub(crate) fn settling_targets(&self, run: RunKey) -> Told<HashMap<ItemNo, String>> {
        at_once(self.0.settling_targets(run))
    }

    pub(crate) fn took_steps(&self, run: RunKey) -> Told<u64> {
        at_once(self.0.took_steps(run))
    }

    pub(crate) fn items(&self, run: RunKey, filter: ItemFilter, after: ItemNo, most: u32) -> Told<Vec<ItemView>> {
        at_once(self.0.items(ItemsPage { run, filter, after, most }))
    }

    pub(crate) fn attempts(&self, run: RunKey, item: ItemNo) -> Told<Vec<AttemptView>> {
        at_once(self.0.attempts(run, vec![item])).map(|mut of_each| of_each.remove(0))
    }

    pub(crate) fn known(&self, job: JobKey, identities: &[&str]) -> Told<Vec<Option<Known>>> {
        at_once(self.0.known(job, identities.iter().copied().map(str::to_owned).collect()))
    }

    pub(crate) fn is_gone(&self, meeting: &MeetingId) -> Told<bool> {
        at_once(self.0.is_gone(meeting.clone()))
    }

    pub(crate) fn habit(&self, server: &str, habit: &'static str) -> Told<Option<(String, Timestamp)>> {
        at_once(self.0.habit(server.to_owned(), habit))
    }

    pub(crate) fn skips(&self, job: JobKey, most: u32) -> Told<Vec<SkipView>> {
        at_once(self.0.skips(job, most))
    }

    pub(crate) fn job_key(&self, name: &str) -> Told<Option<JobKey>> {
        at_once(self.0.job_key(name.parse().unwrap()))
    }

    pub(crate) fn watch(&self, job: JobKey) -> Told<Watch> {
        at_once(self.0.watch_of(job))
    }

    pub(crate) fn is_recorded(&self, job: JobKey, due: Timestamp, now: Timestamp) -> Told<bool> {
        at_once(self.0.is_recorded(job, due, now))
    }

    pub(crate) fn open_letters(&self) -> Told<Vec<LetterView>> {
        at_once(self.0.open_letters(u32::MAX))
    }

    pub(crate) fn letters_of(&self, run: RunKey) -> Told<Vec<LetterView>> {
        at_once(self.0.letters_of(run))
    }

    pub(crate) fn next_letter_due(&self) -> Told<Option<Timestamp>> {
        at_once(self.0.next_letter_due())
    }

    pub(crate) fn outbox(&self) -> Told<OutboxState> {
        at_once(self.0.outbox())
    }

    pub(crate) fn troubles(&self) -> Told<Vec<Trouble>> {
        at_once(self.0.troubles())
    }

    pub(crate) fn check(&self) -> Told<Findings> {
        at_once(self.0.check())
    }
}
