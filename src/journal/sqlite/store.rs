//! Passes the border's operations on to those who carry them out here.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::{BoxFuture, FutureExt};
use uuid::Uuid;

use super::Database;
use crate::clock::{Reading, Timestamp};
use crate::journal::{
    Delivered, Ending, JobKey, Letter, NewIntents, NewItem, NewLetter, NewRun, Over, Pruned, Pruning, Recovered,
    Recovery, Reply, RunKey, Skip, Step, Stop, Store, TroubleChanges,
};
use crate::model::{Counts, Digest, JobKind, JobName, Life, Limits, RunId};

impl Store for Database {
    fn skip(&self, job: JobKey, skips: Vec<Skip>, now: Timestamp) -> Reply<'_, ()> {
        Self::skip(self, job, skips, now).boxed()
    }

    fn watch(&self, job: JobKey, schedule: String, from: Timestamp) -> Reply<'_, ()> {
        Self::watch(self, job, schedule, from).boxed()
    }

    fn pause(&self, job: JobKey, now: Timestamp) -> Reply<'_, bool> {
        Self::pause(self, job, now).boxed()
    }

    fn unpause(&self, job: JobKey, now: Timestamp) -> Reply<'_, ()> {
        Self::unpause(self, job, now).boxed()
    }

    fn job<'a>(&'a self, name: &'a JobName, kind: JobKind, was: Option<&'a JobName>) -> Reply<'a, JobKey> {
        Self::job(self, name, kind, was).boxed()
    }

    fn begin(&self, new: NewRun) -> Reply<'_, RunKey> {
        Self::begin(self, new).boxed()
    }

    fn planned(&self, run: RunKey, input: String) -> Reply<'_, ()> {
        Self::planned(self, run, input).boxed()
    }

    fn unplan(&self, run: RunKey) -> Reply<'_, ()> {
        Self::unplan(self, run).boxed()
    }

    fn stop(&self, run: RunKey, stop: Stop, why: String) -> Reply<'_, ()> {
        Self::stop(self, run, stop, why).boxed()
    }

    fn leave_undone<'a>(&'a self, run: RunKey, why: &'a str) -> Reply<'a, Counts> {
        Self::leave_undone(self, run, why).boxed()
    }

    fn end(&self, run: RunKey, ending: Ending) -> Reply<'_, ()> {
        Self::end(self, run, ending).boxed()
    }

    fn wipe_pins(&self, run: RunKey) -> Reply<'_, ()> {
        Self::wipe_pins(self, run).boxed()
    }

    fn recover(&self, recovery: Recovery) -> Reply<'_, Recovered> {
        Self::recover(self, recovery).boxed()
    }

    fn make_good(&self, failed: Vec<RunKey>, by: RunKey) -> Reply<'_, ()> {
        Self::make_good(self, failed, by).boxed()
    }

    fn claim_read(&self, run: RunKey, hash: Digest) -> Reply<'_, ()> {
        Self::claim_read(self, run, hash).boxed()
    }

    fn withdraw(&self, run: RunId) -> Reply<'_, ()> {
        Self::withdraw(self, run).boxed()
    }

    fn claim_settled<'a>(&'a self, run: RunKey, at: &'a Path) -> Reply<'a, ()> {
        Self::claim_settled(self, run, at).boxed()
    }

    fn claim_told(&self, run: RunKey, length: u64) -> Reply<'_, ()> {
        Self::claim_told(self, run, length).boxed()
    }

    fn put_away_since(&self, runs: Vec<RunId>) -> Reply<'_, Vec<Timestamp>> {
        Self::put_away_since(self, runs).boxed()
    }

    fn plan(&self, job: JobKey, run: RunKey, items: Vec<NewItem>) -> Reply<'_, ()> {
        Self::plan(self, job, run, items).boxed()
    }

    fn intend(&self, new: NewIntents) -> Reply<'_, Vec<Life>> {
        Self::intend(self, new).boxed()
    }

    fn record(&self, run: RunKey, steps: Arc<[Step]>, limits: Limits) -> Reply<'_, ()> {
        Self::record(self, run, steps, limits).boxed()
    }

    fn next_letter(&self, now: Timestamp) -> Reply<'_, Option<Letter>> {
        Self::next_letter(self, now).boxed()
    }

    fn hurry_letters(&self) -> Reply<'_, ()> {
        Self::hurry_letters(self).boxed()
    }

    fn delivered(&self, delivered: Delivered) -> Reply<'_, ()> {
        Self::delivered(self, delivered).boxed()
    }

    fn release(&self, letters: Vec<Uuid>) -> Reply<'_, ()> {
        Self::release(self, letters).boxed()
    }

    fn gather(&self, letters: Vec<Uuid>, one: NewLetter, now: Timestamp) -> Reply<'_, ()> {
        Self::gather(self, letters, one, now).boxed()
    }

    fn retry_letters(&self) -> Reply<'_, usize> {
        Self::retry_letters(self).boxed()
    }

    fn drop_letter(&self, id: Uuid) -> Reply<'_, bool> {
        Self::drop_letter(self, id).boxed()
    }

    fn change_troubles(&self, changes: TroubleChanges, now: Timestamp) -> Reply<'_, ()> {
        Self::change_troubles(self, changes, now).boxed()
    }

    fn time(&self) -> Reading {
        Self::time(self)
    }

    fn keep_time(&self) -> Reply<'_, ()> {
        Self::keep_time(self).boxed()
    }

    fn believe_clock(&self) -> Reply<'_, ()> {
        Self::believe_clock(self).boxed()
    }

    fn prune_by_age(&self, keep: Duration, files: Duration, over: Over) -> Reply<'_, Pruning> {
        Self::prune_by_age(self, keep, files, over).boxed()
    }

    fn prune(&self, before: Timestamp, over: Over) -> Reply<'_, Pruned> {
        Self::prune(self, before, over).boxed()
    }

    fn answered(&self) -> u64 {
        self.writer.answered()
    }

    fn ping(&self) -> Reply<'_, ()> {
        self.writer.write(|_| Ok(())).boxed()
    }

    fn close(&self) -> BoxFuture<'_, ()> {
        Self::close(self).boxed()
    }
}
