//! Gives jobs the history of their earlier runs.

use std::sync::Arc;

use futures_util::future::{BoxFuture, FutureExt};

use super::record::RecordError;
use super::start_eagerly::start_eagerly;
use crate::clock::{Doubt, Timestamp};
use crate::journal::{Beside, Journal, JournalError, Readings, Seal, StoreFuture};
use crate::model::{
    HandedIn, HistoryFilter, ItemFilter, ItemNo, ItemView, ItemsPage, JobKey, JobName, Known, MeetingId, PinPrinter,
    Pins, Remembered, RunId, RunKey, RunView,
};

/// The read side of the journal as jobs see it. Where nothing was done before, every question has the answer of an empty journal.
#[derive(Debug, Clone)]
pub enum Recall {
    /// The open journal, with the seal of the run's PINs.
    Journal(Arc<Journal>, Seal),
    /// A reader beside the writing process, for a dry run.
    Beside(Arc<Beside>),
    /// Nothing was done before.
    Nothing,
}

/// Remembered things that are read at once.
const REMEMBERED: u32 = 250;

impl Recall {
    async fn ask<'a, T>(
        &'a self,
        nothing: T,
        question: impl FnOnce(&'a dyn Readings) -> StoreFuture<'a, T>,
    ) -> Result<T, RecordError> {
        match self {
            Self::Journal(journal, _) => Ok(question(journal.readings()).await?),
            Self::Beside(beside) => match question(beside.readings()).await {
                Err(JournalError::Absent(_)) => Ok(nothing),
                answer => Ok(answer?),
            },
            Self::Nothing => Ok(nothing),
        }
    }

    /// Tells the number of a job: the one that is `known`, else that of its name.
    pub async fn job_key(&self, known: Option<JobKey>, name: &JobName) -> Result<Option<JobKey>, RecordError> {
        match known {
            Some(job) => Ok(Some(job)),
            None => self.ask(None, |readings| readings.job_key(name.clone())).await,
        }
    }

    /// Lists the runs of the filter, newest first.
    pub async fn history(&self, filter: HistoryFilter) -> Result<Vec<RunView>, RecordError> {
        self.ask(Vec::new(), |readings| readings.history(filter)).await
    }

    /// Finds a run by its id.
    pub async fn run(&self, id: RunId) -> Result<Option<RunView>, RecordError> {
        self.ask(None, |readings| readings.run(id)).await
    }

    /// Lists the runs of the same job after `run`, oldest first, but for `this`.
    pub async fn runs_since(&self, run: &RunView, this: Option<RunKey>) -> Result<Vec<(RunKey, RunId)>, RecordError> {
        let mut later = self.ask(Vec::new(), |readings| readings.runs_after(run.job_key, run.key)).await?;
        later.retain(|(key, _)| Some(*key) != this);
        Ok(later)
    }

    /// Tells what the job remembers under each identity, in the same order; nothing where the journal knows no such job.
    pub async fn known(&self, job: Option<JobKey>, identities: Vec<String>) -> Result<Vec<Option<Known>>, RecordError> {
        let nothing = vec![None; identities.len()];
        match job {
            Some(job) => self.ask(nothing, |readings| readings.known(job, identities)).await,
            None => Ok(nothing),
        }
    }

    /// Returns rows as they were handed in with a run, in the same order; `None` where the run is forgotten, or there never was one.
    pub async fn handed_in(&self, run: RunKey, items: Vec<ItemNo>) -> Result<Option<HandedIn>, RecordError> {
        self.ask(None, |readings| readings.handed_in(run, items)).await
    }

    /// Takes the next things behind the identity `after` that the job remembers, in the order of their identities.
    pub async fn remembered(&self, job: JobKey, after: String) -> Result<Vec<Remembered>, RecordError> {
        self.ask(Vec::new(), |readings| readings.remembered(job, after, REMEMBERED)).await
    }

    /// Tells whether any job made, changed or took away the meeting.
    pub async fn is_ours(&self, meeting: &MeetingId) -> Result<bool, RecordError> {
        self.ask(false, |readings| readings.is_ours(meeting.clone())).await
    }

    /// Tells whether this job made or changed the meeting, or any job took it away.
    pub async fn is_of_job(&self, job: Option<JobKey>, meeting: &MeetingId) -> Result<bool, RecordError> {
        let meeting = meeting.clone();
        match job {
            Some(job) => self.ask(false, |readings| readings.is_of_job(job, meeting)).await,
            None => self.ask(false, |readings| readings.is_gone(meeting)).await,
        }
    }

    /// Tells what a server was seen to do, and when.
    pub async fn habit(&self, server: &str, habit: &'static str) -> Result<Option<(String, Timestamp)>, RecordError> {
        self.ask(None, |readings| readings.habit(server.to_owned(), habit)).await
    }

    /// Counts the items of a run that came to a good end by more than one request.
    pub async fn took_steps(&self, run: RunKey) -> Result<u64, RecordError> {
        self.ask(0, |readings| readings.took_steps(run)).await
    }

    /// Takes one page of a run's items.
    pub async fn page(&self, page: ItemsPage) -> Result<Vec<ItemView>, RecordError> {
        self.ask(Vec::new(), |readings| readings.items(page)).await
    }

    /// Goes through the items of a run in their order.
    pub async fn each_item<E: From<RecordError>>(
        &self,
        run: RunKey,
        filter: ItemFilter,
        mut each: impl FnMut(ItemView) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut pages = self.items(run, filter);
        while let Some(page) = pages.next().await? {
            page.into_iter().try_for_each(&mut each)?;
        }
        Ok(())
    }

    /// Tells why the wall clock is not to be trusted now, as far as that is known.
    #[must_use]
    pub fn doubt(&self) -> Option<Doubt> {
        match self {
            Self::Journal(journal, _) => journal.time().doubt,
            Self::Beside(_) | Self::Nothing => None,
        }
    }

    /// Seals PINs that wait for their file; a dry run keeps none.
    pub fn seal(&self, pins: &Pins) -> Result<Option<Vec<u8>>, RecordError> {
        match self {
            Self::Journal(_, seal) => Ok(seal.seal(pins)?),
            Self::Beside(_) | Self::Nothing => Ok(None),
        }
    }

    /// Returns the printer whose prints later tell whether a PIN has changed.
    #[must_use]
    pub fn printer(&self) -> PinPrinter {
        match self {
            Self::Journal(_, seal) => seal.printer().clone(),
            Self::Beside(_) | Self::Nothing => PinPrinter::unkept(),
        }
    }

    /// Opens the PINs of an item that wait for their file.
    #[must_use]
    pub fn open_pins(&self, sealed: Option<&[u8]>) -> Pins {
        match (self, sealed) {
            (Self::Journal(_, seal), Some(sealed)) => seal.open_pins(sealed),
            _ => Pins::default(),
        }
    }

    /// Returns the items of a run in their order, page by page.
    #[must_use]
    pub fn items(&self, run: RunKey, filter: ItemFilter) -> ItemPages<'_> {
        let mut pages = ItemPages { recall: self, run, filter, coming: None };
        pages.ask(ItemNo(0));
        pages
    }
}

/// The items of a run, page by page: while one page is worked on, the next is read.
pub struct ItemPages<'a> {
    recall: &'a Recall,
    run: RunKey,
    filter: ItemFilter,
    /// `None` at the end.
    coming: Option<BoxFuture<'a, Result<Vec<ItemView>, RecordError>>>,
}

/// Items read at once.
const ITEMS_AT_ONCE: u32 = 500;

impl ItemPages<'_> {
    /// Returns the next page; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Vec<ItemView>>, RecordError> {
        let Some(coming) = self.coming.take() else { return Ok(None) };
        let page = coming.await?;
        let Some(last) = page.last() else { return Ok(None) };
        self.ask(last.item);
        Ok(Some(page))
    }

    fn ask(&mut self, after: ItemNo) {
        let page = ItemsPage { run: self.run, filter: self.filter, after, most: ITEMS_AT_ONCE };
        let coming = self.recall.page(page).boxed();
        // Now, and not when the page before it is done with.
        self.coming = Some(start_eagerly(coming));
    }
}
