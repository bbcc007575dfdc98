//! Answers the border's questions over the connection that only reads.

use std::collections::HashMap;
use std::fmt::Debug;

use futures_util::future::FutureExt;
use uuid::Uuid;

use super::super::failure::Failure;
use super::super::link::Link;
use super::super::questions::Questions;
use super::super::viewer::Viewer;
use super::super::{
    Database, Reading, check, claims, figures, habits, held, identities, letters, outbox, recovery, skips, troubles,
};
use super::{counts, handed_in, history, open, pages};
use crate::clock::Timestamp;
use crate::journal::{
    AttemptView, Claim, FailuresLeft, Figures, Findings, HeldLetter, HistoryFilter, ItemView, ItemsAsked, ItemsFound,
    ItemsPage, ItemsSought, JobKey, Known, LetterView, OpenItem, OutboxState, PendingAsked, PendingPage, PutAway,
    Readings, RunKey, RunView, RunsAsked, RunsEnded, SettlingItem, SkipView, StoreFuture, Tally, Trouble,
    UnfinishedRun, Watch,
};
use crate::model::{Counts, Digest, HandedIn, ItemNo, JobKind, JobName, Life, MeetingId, Remembered, RunId};

/// Has the way to the connection that reads.
trait Asks: Debug + Send + Sync {
    /// The way.
    fn questions(&self) -> &Questions;

    /// The one who asks.
    fn viewer(&self) -> Viewer;

    /// Asks, and answers with the result.
    fn ask<T, W>(&self, work: W) -> StoreFuture<'_, T>
    where
        T: Send + 'static,
        W: AsyncFn(&Link) -> Result<T, Failure> + Send + 'static,
    {
        self.questions().ask(work).boxed()
    }

    /// Asks by a single statement.
    fn ask_single<T, W>(&self, work: W) -> StoreFuture<'_, T>
    where
        T: Send + 'static,
        W: AsyncFn(&Link) -> Result<T, Failure> + Send + 'static,
    {
        self.questions().ask_single(work).boxed()
    }
}

impl Asks for Database {
    fn questions(&self) -> &Questions {
        &self.questions
    }

    fn viewer(&self) -> Viewer {
        Viewer { process: Some(self.owner.process), home: Some(self.owner.home.clone()) }
    }
}

impl Asks for Reading {
    fn questions(&self) -> &Questions {
        &self.questions
    }

    fn viewer(&self) -> Viewer {
        Viewer::default()
    }
}

/// Makes the answers of a type that has the way to the connection.
macro_rules! answers {
    ($($asks:ty),*) => {
        $(impl Readings for $asks {
            fn job_key(&self, name: JobName) -> StoreFuture<'_, Option<JobKey>> {
                self.ask_single(async move |link: &Link| history::job(link, &name).await)
            }

            fn kind_of_job(&self, name: JobName) -> StoreFuture<'_, Option<JobKind>> {
                self.ask_single(async move |link: &Link| history::kind_of_job(link, &name).await)
            }

            fn watch_of(&self, job: JobKey) -> StoreFuture<'_, Watch> {
                self.ask_single(async move |link: &Link| skips::watch(link, job).await)
            }

            fn skips(&self, job: JobKey, most: u32) -> StoreFuture<'_, Vec<SkipView>> {
                self.ask(async move |link: &Link| skips::skips(link, job, most).await)
            }

            fn is_recorded(&self, job: JobKey, due: Timestamp, now: Timestamp) -> StoreFuture<'_, bool> {
                self.ask_single(async move |link: &Link| skips::is_recorded(link, job, due, now).await)
            }

            fn unfinished(&self) -> StoreFuture<'_, Vec<UnfinishedRun>> {
                let viewer = self.viewer();
                self.ask_single(async move |link: &Link| open::unfinished(link, &viewer).await)
            }

            fn unfinished_run(&self, run: RunKey) -> StoreFuture<'_, Option<UnfinishedRun>> {
                let viewer = self.viewer();
                self.ask_single(async move |link: &Link| open::unfinished_run(link, &viewer, run).await)
            }

            fn history(&self, filter: HistoryFilter) -> StoreFuture<'_, Vec<RunView>> {
                self.ask(async move |link: &Link| history::history(link, &filter).await)
            }

            fn run(&self, id: RunId) -> StoreFuture<'_, Option<RunView>> {
                self.ask(async move |link: &Link| history::run(link, id).await)
            }

            fn runs_named(&self, digits: String) -> StoreFuture<'_, Vec<RunView>> {
                self.ask(async move |link: &Link| history::runs_named(link, &digits).await)
            }

            fn run_by_key(&self, run: RunKey) -> StoreFuture<'_, RunView> {
                self.ask(async move |link: &Link| history::run_by_key(link, run).await)
            }

            fn runs_by_key(&self, runs: Vec<RunKey>) -> StoreFuture<'_, Vec<RunView>> {
                self.ask(async move |link: &Link| history::runs_by_key(link, &runs).await)
            }

            fn runs_after(&self, job: JobKey, run: RunKey) -> StoreFuture<'_, Vec<(RunKey, RunId)>> {
                self.ask(async move |link: &Link| history::runs_after(link, job, run).await)
            }

            fn failed_before(&self, job: JobKey, run: RunKey, most: u32) -> StoreFuture<'_, Vec<RunView>> {
                self.ask(async move |link: &Link| recovery::failed_before(link, job, run, most).await)
            }

            fn failures_left(&self, failed: RunKey, by: RunKey, most: u32) -> StoreFuture<'_, FailuresLeft> {
                self.ask(async move |link: &Link| recovery::failures_left(link, failed, by, most).await)
            }

            fn half_wiped_runs(&self) -> StoreFuture<'_, Vec<RunKey>> {
                let viewer = self.viewer();
                self.ask_single(async move |link: &Link| open::half_wiped_runs(link, &viewer).await)
            }

            fn sealed_runs(&self) -> StoreFuture<'_, Vec<RunKey>> {
                let viewer = self.viewer();
                self.ask_single(async move |link: &Link| open::sealed_runs(link, &viewer).await)
            }

            fn files_due(&self) -> StoreFuture<'_, Vec<RunKey>> {
                let viewer = self.viewer();
                self.ask_single(async move |link: &Link| open::files_due(link, &viewer).await)
            }

            fn has_sealed_pins(&self, run: RunKey) -> StoreFuture<'_, bool> {
                self.ask(async move |link: &Link| open::has_sealed_pins(link, run).await)
            }

            fn claim(&self, run: RunKey) -> StoreFuture<'_, Option<Claim>> {
                let viewer = self.viewer();
                self.ask(async move |link: &Link| claims::claim(link, &viewer, run).await)
            }

            fn put_away_lately(&self, since: Timestamp, most: usize) -> StoreFuture<'_, Vec<PutAway>> {
                let viewer = self.viewer();
                self.ask(async move |link: &Link| claims::put_away_lately(link, &viewer, since, most).await)
            }

            fn was_dealt_with(&self, hash: Digest) -> StoreFuture<'_, bool> {
                self.ask(async move |link: &Link| claims::was_dealt_with(link, hash).await)
            }

            fn open_claims(&self) -> StoreFuture<'_, Vec<(RunKey, Claim)>> {
                let viewer = self.viewer();
                self.ask(async move |link: &Link| claims::open_claims(link, &viewer).await)
            }

            fn tally(&self, run: RunKey) -> StoreFuture<'_, Tally> {
                self.ask(async move |link: &Link| open::tally(link, run).await)
            }

            fn counts(&self, run: RunKey) -> StoreFuture<'_, Counts> {
                self.ask(async move |link: &Link| counts(link, run).await)
            }

            fn pending(&self, asked: PendingAsked) -> StoreFuture<'_, PendingPage> {
                self.ask(async move |link: &Link| open::pending(link, asked).await)
            }

            fn sending(&self, run: RunKey) -> StoreFuture<'_, Vec<(ItemNo, Life)>> {
                self.ask(async move |link: &Link| open::sending(link, run).await)
            }

            fn settling(&self, run: RunKey, after: ItemNo, most: u32) -> StoreFuture<'_, Vec<SettlingItem>> {
                self.ask(async move |link: &Link| open::settling(link, run, after, most).await)
            }

            fn settling_of(&self, run: RunKey, items: Vec<ItemNo>) -> StoreFuture<'_, Vec<SettlingItem>> {
                self.ask(async move |link: &Link| open::settling_of(link, run, &items).await)
            }

            fn settling_targets(&self, run: RunKey) -> StoreFuture<'_, HashMap<ItemNo, String>> {
                self.ask(async move |link: &Link| open::settling_targets(link, run).await)
            }

            fn sent_again(&self, run: RunKey, after: ItemNo, most: u32) -> StoreFuture<'_, Vec<OpenItem>> {
                self.ask(async move |link: &Link| open::sent_again(link, run, after, most).await)
            }

            fn took_steps(&self, run: RunKey) -> StoreFuture<'_, u64> {
                self.ask(async move |link: &Link| open::took_steps(link, run).await)
            }

            fn items(&self, page: ItemsPage) -> StoreFuture<'_, Vec<ItemView>> {
                self.ask(async move |link: &Link| history::items(link, page).await)
            }

            fn attempts(&self, run: RunKey, items: Vec<ItemNo>) -> StoreFuture<'_, Vec<Vec<AttemptView>>> {
                self.ask(async move |link: &Link| history::attempts(link, run, &items).await)
            }

            fn handed_in(&self, run: RunKey, items: Vec<ItemNo>) -> StoreFuture<'_, Option<HandedIn>> {
                self.ask(async move |link: &Link| handed_in::handed_in(link, run, &items).await)
            }

            fn known(&self, job: JobKey, identities: Vec<String>) -> StoreFuture<'_, Vec<Option<Known>>> {
                self.ask(async move |link: &Link| identities::known(link, job, &identities).await)
            }

            fn remembered(&self, job: JobKey, after: String, most: u32) -> StoreFuture<'_, Vec<Remembered>> {
                self.ask(async move |link: &Link| handed_in::remembered(link, job, &after, most).await)
            }

            fn is_ours(&self, meeting: MeetingId) -> StoreFuture<'_, bool> {
                self.ask(async move |link: &Link| identities::is_ours(link, &meeting).await)
            }

            fn is_of_job(&self, job: JobKey, meeting: MeetingId) -> StoreFuture<'_, bool> {
                self.ask(async move |link: &Link| identities::is_of_job(link, job, &meeting).await)
            }

            fn is_gone(&self, meeting: MeetingId) -> StoreFuture<'_, bool> {
                self.ask(async move |link: &Link| identities::is_gone(link, &meeting).await)
            }

            fn habit(&self, server: String, habit: &'static str) -> StoreFuture<'_, Option<(String, Timestamp)>> {
                self.ask_single(async move |link: &Link| habits::habit(link, &server, habit).await)
            }

            fn habits(&self, habit: &'static str) -> StoreFuture<'_, Vec<(String, String, Timestamp)>> {
                self.ask_single(async move |link: &Link| habits::habits(link, habit).await)
            }

            fn next_letter_due(&self) -> StoreFuture<'_, Option<Timestamp>> {
                self.ask_single(async move |link: &Link| outbox::next_letter_due(link).await)
            }

            fn outbox(&self) -> StoreFuture<'_, OutboxState> {
                self.ask_single(async move |link: &Link| outbox::state(link).await)
            }

            fn open_letters(&self, most: u32) -> StoreFuture<'_, Vec<LetterView>> {
                self.ask(async move |link: &Link| letters::open_letters(link, most).await)
            }

            fn given_up(&self, most: u32) -> StoreFuture<'_, Vec<LetterView>> {
                self.ask(async move |link: &Link| letters::given_up(link, most).await)
            }

            fn letters_of(&self, run: RunKey) -> StoreFuture<'_, Vec<LetterView>> {
                self.ask(async move |link: &Link| letters::letters_of(link, run).await)
            }

            fn held_letters(&self, most: u32) -> StoreFuture<'_, Vec<HeldLetter>> {
                self.ask(async move |link: &Link| held::held_letters(link, most).await)
            }

            fn troubles(&self) -> StoreFuture<'_, Vec<Trouble>> {
                let viewer = self.viewer();
                self.ask_single(async move |link: &Link| troubles::troubles(link, &viewer).await)
            }

            fn runs_page(&self, asked: RunsAsked) -> StoreFuture<'_, Vec<RunView>> {
                self.ask(async move |link: &Link| pages::runs_page(link, &asked).await)
            }

            fn latest_runs(&self, jobs: Vec<JobKey>, ended: RunsEnded, most: u32) -> StoreFuture<'_, Vec<Vec<RunView>>> {
                self.ask(async move |link: &Link| pages::latest_runs(link, &jobs, ended, most).await)
            }

            fn not_made_good(&self, most: u32) -> StoreFuture<'_, Vec<RunView>> {
                self.ask(async move |link: &Link| pages::not_made_good(link, most).await)
            }

            fn run_uncounted(&self, id: RunId) -> StoreFuture<'_, Option<RunView>> {
                self.ask(async move |link: &Link| pages::run_uncounted(link, id).await)
            }

            fn made_good_by(&self, run: RunKey) -> StoreFuture<'_, Option<RunId>> {
                self.ask(async move |link: &Link| pages::made_good_by(link, run).await)
            }

            fn items_page(&self, asked: ItemsAsked) -> StoreFuture<'_, Vec<ItemView>> {
                self.ask(async move |link: &Link| pages::items_page(link, asked).await)
            }

            fn items_sought(&self, sought: ItemsSought) -> StoreFuture<'_, ItemsFound> {
                self.ask(async move |link: &Link| pages::items_sought(link, &sought).await)
            }

            fn item_of_ref(&self, job: JobKey, run: RunKey, reference: String) -> StoreFuture<'_, Option<ItemNo>> {
                self.ask(async move |link: &Link| pages::item_of_ref(link, job, run, &reference).await)
            }

            fn letter_message(&self, run: RunKey, letter: Uuid) -> StoreFuture<'_, Option<Vec<u8>>> {
                self.ask(async move |link: &Link| pages::letter_message(link, run, letter).await)
            }

            fn figures(&self) -> StoreFuture<'_, Vec<Figures>> {
                self.ask(async move |link: &Link| figures::figures(link).await)
            }

            fn check(&self) -> StoreFuture<'_, Findings> {
                self.ask(async move |link: &Link| check::check(link).await)
            }

        })*
    };
}

answers!(Database, Reading);
