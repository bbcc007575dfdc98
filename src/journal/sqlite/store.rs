//! Passes the border's operations on to those who carry them out here.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::future::{self, BoxFuture, FutureExt};
use uuid::Uuid;

use super::{Database, guard};
use crate::clock::{Reading, Timestamp};
use crate::journal::{
    Delivered, EndAlike, Ending, JobKey, JournalError, Letter, NewIntents, NewItem, NewLetter, NewRun, Over, Pruned,
    Pruning, Recovered, Recovery, Reserved, RunKey, Skip, Step, Stop, Store, StoreFuture, TroubleChanges,
};
use crate::model::{Counts, Digest, JobKind, JobName, Life, Limits, RunId};

impl Store for Database {
    fn skip(&self, job: JobKey, skips: Vec<Skip>, now: Timestamp) -> StoreFuture<'_, ()> {
        Self::skip(self, job, skips, now).boxed()
    }

    fn watch(&self, job: JobKey, schedule: String, from: Timestamp) -> StoreFuture<'_, ()> {
        Self::watch(self, job, schedule, from).boxed()
    }

    fn pause(&self, job: JobKey, now: Timestamp) -> StoreFuture<'_, bool> {
        Self::pause(self, job, now).boxed()
    }

    fn unpause(&self, job: JobKey, now: Timestamp) -> StoreFuture<'_, ()> {
        Self::unpause(self, job, now).boxed()
    }

    fn job<'a>(&'a self, name: &'a JobName, kind: JobKind, was: Option<&'a JobName>) -> StoreFuture<'a, JobKey> {
        Self::job(self, name, kind, was).boxed()
    }

    fn begin(&self, new: NewRun) -> StoreFuture<'_, RunKey> {
        Self::begin(self, new).boxed()
    }

    fn planned(&self, run: RunKey, input: String) -> StoreFuture<'_, ()> {
        Self::planned(self, run, input).boxed()
    }

    fn unplan(&self, run: RunKey) -> StoreFuture<'_, ()> {
        Self::unplan(self, run).boxed()
    }

    fn stop(&self, run: RunKey, stop: Stop, why: String) -> StoreFuture<'_, ()> {
        Self::stop(self, run, stop, why).boxed()
    }

    fn leave_undone<'a>(&'a self, run: RunKey, why: &'a str) -> StoreFuture<'a, Counts> {
        Self::leave_undone(self, run, why).boxed()
    }

    fn end(&self, run: RunKey, ending: Ending) -> StoreFuture<'_, ()> {
        Self::end(self, run, ending).boxed()
    }

    fn pin_key(&self, run: RunKey, new: Vec<u8>, lost: Option<Vec<u8>>) -> StoreFuture<'_, Option<Vec<u8>>> {
        Self::pin_key(self, run, new, lost).boxed()
    }

    fn wipe_pins(&self, run: RunKey) -> StoreFuture<'_, ()> {
        Self::wipe_pins(self, run).boxed()
    }

    fn recover(&self, recovery: Recovery) -> StoreFuture<'_, Recovered> {
        Self::recover(self, recovery).boxed()
    }

    fn make_good(&self, failed: Vec<RunKey>, by: RunKey) -> StoreFuture<'_, ()> {
        Self::make_good(self, failed, by).boxed()
    }

    fn claim_read(&self, run: RunKey, hash: Digest) -> StoreFuture<'_, ()> {
        Self::claim_read(self, run, hash).boxed()
    }

    fn withdraw(&self, run: RunId) -> StoreFuture<'_, ()> {
        Self::withdraw(self, run).boxed()
    }

    fn claim_settled<'a>(&'a self, run: RunKey, at: &'a Path) -> StoreFuture<'a, ()> {
        Self::claim_settled(self, run, at).boxed()
    }

    fn claim_told(&self, run: RunKey, length: u64) -> StoreFuture<'_, ()> {
        Self::claim_told(self, run, length).boxed()
    }

    fn put_away_since(&self, runs: Vec<RunId>) -> StoreFuture<'_, Vec<Timestamp>> {
        Self::put_away_since(self, runs).boxed()
    }

    fn plan(&self, job: JobKey, run: RunKey, items: Vec<NewItem>) -> StoreFuture<'_, ()> {
        Self::plan(self, job, run, items).boxed()
    }

    fn intend(&self, new: NewIntents) -> StoreFuture<'_, Vec<Life>> {
        Self::intend(self, new).boxed()
    }

    fn record(&self, run: RunKey, steps: Arc<[Step]>, limits: Limits) -> StoreFuture<'_, ()> {
        Self::record(self, run, steps, limits).boxed()
    }

    fn end_alike(&self, items: EndAlike) -> StoreFuture<'_, u64> {
        Self::end_alike(self, items).boxed()
    }

    fn rest(&self) {
        self.writer.rest();
    }

    fn next_letter(&self, now: Timestamp) -> StoreFuture<'_, Option<Letter>> {
        Self::next_letter(self, now).boxed()
    }

    fn hurry_letters(&self) -> StoreFuture<'_, ()> {
        Self::hurry_letters(self).boxed()
    }

    fn delivered(&self, delivered: Delivered) -> StoreFuture<'_, ()> {
        Self::delivered(self, delivered).boxed()
    }

    fn release(&self, letters: Vec<Uuid>) -> StoreFuture<'_, ()> {
        Self::release(self, letters).boxed()
    }

    fn gather(&self, letters: Vec<Uuid>, one: NewLetter, now: Timestamp) -> StoreFuture<'_, ()> {
        Self::gather(self, letters, one, now).boxed()
    }

    fn retry_letters(&self) -> StoreFuture<'_, usize> {
        Self::retry_letters(self).boxed()
    }

    fn drop_letter(&self, id: Uuid) -> StoreFuture<'_, bool> {
        Self::drop_letter(self, id).boxed()
    }

    fn change_troubles(&self, changes: TroubleChanges, now: Timestamp) -> StoreFuture<'_, ()> {
        Self::change_troubles(self, changes, now).boxed()
    }

    fn time(&self) -> Reading {
        Self::time(self)
    }

    fn keep_time(&self) -> StoreFuture<'_, ()> {
        Self::keep_time(self).boxed()
    }

    fn believe_clock(&self) -> StoreFuture<'_, ()> {
        Self::believe_clock(self).boxed()
    }

    fn prune_by_age(&self, keep: Duration, files: Duration, over: Over) -> StoreFuture<'_, Pruning> {
        Self::prune_by_age(self, keep, files, over).boxed()
    }

    fn prune(&self, before: Timestamp, over: Over) -> StoreFuture<'_, Pruned> {
        Self::prune(self, before, over).boxed()
    }

    fn reserve(&self, _: String, from: Duration, _: Duration) -> StoreFuture<'_, Reserved> {
        future::ready(Ok(Reserved { begins: Instant::now() + from, unsure: Duration::ZERO })).boxed()
    }

    fn answered(&self) -> u64 {
        self.writer.answered()
    }

    fn ping(&self) -> StoreFuture<'_, ()> {
        self.writer.write(|_| Ok(())).boxed()
    }

    fn prove_writable(&self) -> StoreFuture<'_, ()> {
        self.writer.write(guard::touch).boxed()
    }

    fn lost(&self) -> BoxFuture<'_, JournalError> {
        future::pending().boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Self::close(self).boxed()
    }
}
