//! Reads the run that another run repeats: which meetings did not succeed, and what was done about them since.

use serde::{Deserialize, Serialize};

use super::desired_lobby::json;
use super::session::LobbySession;
use crate::engine::{PlanError, Recall, RecordError, Scratch};
use crate::model::{ItemFilter, ItemNo, ItemView, ItemsPage, MeetingId, RunId, RunKey, State, Status};

/// Items read at once.
const ITEMS_AT_ONCE: u32 = 500;

/// The outcome of a meeting in the run that is repeated.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Was {
    /// It did not succeed.
    Undone,
    /// It was sent, and what became of that could not be found out.
    Unknown {
        /// The repeated run's record of what stood there before.
        before: Option<String>,
    },
    /// A later run has dealt with it.
    Superseded(RunId),
}

/// The meetings that did not succeed in the run that is repeated. They are kept in a file of their own: there may be any number.
#[derive(Debug)]
pub(super) struct Repeated(Scratch);

impl Repeated {
    /// Returns the outcome of a meeting; `None` where the run has nothing to do with it, or it succeeded.
    pub(super) fn of(&self, meeting: &MeetingId) -> Result<Option<Was>, RecordError> {
        Ok(self.0.meeting(meeting)?.and_then(|text| serde_json::from_slice(&text).ok()))
    }

    async fn read(recall: &Recall, of: RunId, this: Option<RunKey>) -> Result<Self, RecordError> {
        let repeated = Self(Scratch::new());
        let Some(run) = recall.run(of).await? else { return Ok(repeated) };
        each(recall, run.key, ItemFilter::Problems, |meeting, item| {
            let was = match item.state {
                State::Done(Status::Unknown) => Was::Unknown { before: item.before.clone() },
                _ => Was::Undone,
            };
            repeated.note(meeting, &was)
        })
        .await?;
        for (key, id) in recall.runs_since(&run, this).await? {
            each(recall, key, ItemFilter::Good, |meeting, _| match repeated.of(meeting)? {
                Some(Was::Undone | Was::Unknown { .. }) => repeated.note(meeting, &Was::Superseded(id)),
                Some(Was::Superseded(_)) | None => Ok(()),
            })
            .await?;
        }
        Ok(repeated)
    }

    fn note(&self, meeting: &MeetingId, was: &Was) -> Result<(), RecordError> {
        self.0.note_meeting(meeting, None, json(was).as_bytes())
    }
}

impl LobbySession {
    /// Reads the run that this one repeats; `None` where it repeats none.
    pub(super) async fn repeated(&self) -> Result<Option<Repeated>, PlanError> {
        let Some(of) = self.run.retry_of else { return Ok(None) };
        Ok(Some(Repeated::read(&self.tools.recall, of, self.run.key).await?))
    }

    /// Returns the next meetings after `after` that did not succeed in the run that this one repeats, with their labels,
    /// and the number of the last; `None` at the end, and where none is repeated.
    pub(super) async fn problems_after(
        &self,
        after: ItemNo,
    ) -> Result<Option<(ItemNo, Vec<(MeetingId, String)>)>, PlanError> {
        let Some(of) = self.run.retry_of else { return Ok(None) };
        let Some(run) = self.tools.recall.run(of).await? else { return Ok(None) };
        let page = ItemsPage { run: run.key, filter: ItemFilter::Problems, after, most: ITEMS_AT_ONCE };
        let page = self.tools.recall.page(page).await?;
        let Some(last) = page.last().map(|item| item.item) else { return Ok(None) };
        let meetings = page.into_iter().filter_map(|item| Some((MeetingId::new(&item.identity?)?, item.label)));
        Ok(Some((last, meetings.collect())))
    }
}

/// Goes through the items of a run that are named after a meeting.
async fn each(
    recall: &Recall,
    run: RunKey,
    filter: ItemFilter,
    mut take: impl FnMut(&MeetingId, &ItemView) -> Result<(), RecordError>,
) -> Result<(), RecordError> {
    let take = |item: ItemView| match item.identity.as_deref().and_then(MeetingId::new) {
        Some(meeting) => take(&meeting, &item),
        None => Ok(()),
    };
    recall.each_item(run, filter, take).await
}
