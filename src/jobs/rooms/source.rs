//! Supplies the rows of a run, a batch at a time: of the list, of the configuration, or of the run that is
//! repeated.

use serde::Deserialize;
use tokio::sync::mpsc;

use super::list::{self, Part, Whole};
use super::row::{RoomRow, Which};
use crate::config::RoomSource;
use crate::engine::{PlanError, Recall, RecordError, Refusal, RunInfo, Scratch};
use crate::model::{ItemFilter, ItemNo, ItemView, ItemsPage, RunId, RunKey, Start, State, Status};
use crate::table::{Recoded, Sheet, Unused};

/// Ids of the configuration in a batch.
const BATCH: usize = 200;
/// Items of the repeated run that are read at once.
const ITEMS_AT_ONCE: u32 = 200;

/// A row, and what is known of it from the run that is repeated.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) row: RoomRow,
    /// The item's start: one that the repeated run has sent, and could not find out about, is looked for first.
    pub(super) start: Start,
    /// A later run has dealt with it already: its id.
    pub(super) superseded: Option<String>,
}

/// The source of the rows.
pub(super) enum Rows<'a> {
    Listed(mpsc::Receiver<Result<Part, Refusal>>, Option<Box<Whole>>),
    Named(Box<dyn Iterator<Item = RoomRow> + Send + 'a>),
    Repeated(Box<Repeat<'a>>),
}

impl<'a> Rows<'a> {
    /// Opens the source.
    pub(super) fn of(source: &'a RoomSource) -> Result<Self, Refusal> {
        Ok(match source {
            RoomSource::List(list) => Self::Listed(list::begin(list)?, None),
            RoomSource::Users(users) => Self::Named(Box::new(
                users.iter().map(|user| RoomRow::of(Which::OfUser { user: user.clone(), room: None })),
            )),
            RoomSource::Rooms(rooms) => {
                Self::Named(Box::new(rooms.iter().map(|room| RoomRow::of(Which::Room(room.clone())))))
            }
            RoomSource::Own => Self::Named(Box::new(std::iter::once(RoomRow::of(Which::Own)))),
        })
    }

    /// Returns the next rows; none at the end.
    pub(super) async fn next(&mut self) -> Result<Vec<Asked>, PlanError> {
        let rows = match self {
            Self::Listed(parts, whole) => match parts.recv().await.transpose()? {
                Some(Part::Rows(rows)) => rows,
                Some(Part::End(found)) => {
                    *whole = Some(found);
                    Vec::new()
                }
                None => Vec::new(),
            },
            Self::Named(rows) => rows.take(BATCH).collect(),
            Self::Repeated(repeat) => return repeat.next().await,
        };
        Ok(rows.into_iter().map(|row| Asked { row, start: Start::Pending, superseded: None }).collect())
    }

    /// Returns how the list was read, where it was not UTF-8; known once there are no more rows.
    pub(super) fn recoded(&self) -> Option<Recoded> {
        match self {
            Self::Listed(_, whole) => whole.as_ref()?.recoded.clone(),
            Self::Named(_) | Self::Repeated(_) => None,
        }
    }

    /// Returns the sheet that the list is, where it is a workbook; known with the same.
    pub(super) fn sheet(&self) -> Option<Sheet> {
        match self {
            Self::Listed(_, whole) => whole.as_ref()?.sheet.clone(),
            Self::Named(_) | Self::Repeated(_) => None,
        }
    }

    /// Returns the headings of the list that nothing was read from; known with the same.
    pub(super) fn unused(&self) -> Unused {
        match self {
            Self::Listed(_, whole) => whole.as_ref().map(|whole| whole.unused.clone()).unwrap_or_default(),
            Self::Named(_) | Self::Repeated(_) => Unused::default(),
        }
    }
}

/// Repeats the rooms of an earlier run, page by page: those that did not succeed in it, as it had understood them, unless a
/// later run has dealt with them.
pub(super) struct Repeat<'a> {
    recall: &'a Recall,
    of: RunKey,
    after: ItemNo,
    since: Vec<RunId>,
    /// Identities that a later run has dealt with, each with that run's place in `since`.
    dealt_with: Scratch,
    /// The rooms that the repeated run itself did deal with, each with its line: another row about one is no work left over.
    done: Option<Scratch>,
}

/// The part of a payload that outlives its run: what was asked for. What is wanted of the room may have changed since.
#[derive(Deserialize)]
struct WasAsked {
    row: RoomRow,
}

impl<'a> Repeat<'a> {
    /// Looks up the run that this one repeats; `None` where that one had no items, so that all of it is to be done.
    pub(super) async fn of(run: &RunInfo, of: RunId, recall: &'a Recall) -> Result<Option<Self>, PlanError> {
        let Some(repeated) = recall.run(of).await? else {
            return Err(Refusal("the run that is to be repeated is not in the journal any more".to_owned()).into());
        };
        let was_planned = repeated.counts.total() > 0;
        let (dealt_with, done) = (Scratch::new(), Scratch::new());
        each_good(recall, repeated.key, |item, identity| {
            done.first_line(identity, item.line.unwrap_or(item.item.0)).map(drop)
        })
        .await?;
        let mut since = Vec::new();
        for (key, id) in recall.runs_since(&repeated, run.key).await? {
            let at = u32::try_from(since.len()).unwrap_or(u32::MAX);
            since.push(id);
            each_good(recall, key, |_, identity| dealt_with.first_line(identity, at).map(drop)).await?;
        }
        let of = repeated.key;
        Ok(was_planned.then(|| Self { recall, of, after: ItemNo(0), since, dealt_with, done: Some(done) }))
    }

    /// Returns the rooms that the repeated run did deal with.
    pub(super) fn take_done(&mut self) -> Option<Scratch> {
        self.done.take()
    }

    /// Returns the next rooms; none at the end.
    pub(super) async fn next(&mut self) -> Result<Vec<Asked>, PlanError> {
        let page = ItemsPage { run: self.of, filter: ItemFilter::Problems, after: self.after, most: ITEMS_AT_ONCE };
        let page = self.recall.page(page).await?;
        let Some(last) = page.last() else { return Ok(Vec::new()) };
        self.after = last.item;
        page.iter().map(|item| self.asked(item)).collect()
    }

    fn asked(&self, item: &ItemView) -> Result<Asked, PlanError> {
        let was: WasAsked = serde_json::from_str(item.payload.text())
            .map_err(|error| Refusal(format!("the journal's account of {} cannot be read: {error}", item.label)))?;
        let superseded = match &item.identity {
            Some(identity) => self.dealt_with.line_of(identity)?,
            None => None,
        };
        Ok(Asked {
            row: RoomRow { line: item.line, ..was.row },
            start: match item.state {
                State::Done(Status::Unknown) => Start::Settling { before: item.before.clone() },
                _ => Start::Pending,
            },
            superseded: superseded.and_then(|at| self.since.get(at as usize)).map(RunId::to_string),
        })
    }
}

/// Goes through the items of a run that need no repeating, with their identities.
async fn each_good(
    recall: &Recall,
    run: RunKey,
    mut each: impl FnMut(&ItemView, &str) -> Result<(), RecordError>,
) -> Result<(), RecordError> {
    let each = |item: ItemView| match &item.identity {
        Some(identity) => each(&item, identity),
        None => Ok(()),
    };
    recall.each_item(run, ItemFilter::Good, each).await
}
