//! Supplies the rows of a run, a batch at a time: of the list, of the configuration, or of the run that is
//! repeated.

use tokio::sync::mpsc;

use super::list::{self, Part, Whole};
use super::repeat::Repeat;
use super::row::{Row, Which};
use crate::config::RoomSource;
use crate::engine::{PlanError, Refusal};
use crate::model::Start;
use crate::table::{Recoded, Unused};

/// Ids of the configuration in a batch.
const BATCH: usize = 200;

/// A row, and what is known of it from the run that is repeated.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) row: Row,
    /// The item's start: one that the repeated run has sent, and could not find out about, is looked for first.
    pub(super) start: Start,
    /// A later run has dealt with it already: its id.
    pub(super) superseded: Option<String>,
}

/// The source of the rows.
pub(super) enum Rows<'a> {
    Listed(mpsc::Receiver<Result<Part, Refusal>>, Option<Whole>),
    Named(Box<dyn Iterator<Item = Row> + Send + 'a>),
    Repeated(Box<Repeat<'a>>),
}

impl<'a> Rows<'a> {
    /// Opens the source.
    pub(super) fn of(source: &'a RoomSource) -> Result<Self, Refusal> {
        Ok(match source {
            RoomSource::List(list) => Self::Listed(list::begin(list)?, None),
            RoomSource::Users(users) => Self::Named(Box::new(
                users.iter().map(|user| Row::of(Which::OfUser { user: user.clone(), room: None })),
            )),
            RoomSource::Rooms(rooms) => {
                Self::Named(Box::new(rooms.iter().map(|room| Row::of(Which::Room(room.clone())))))
            }
            RoomSource::Own => Self::Named(Box::new(std::iter::once(Row::of(Which::Own)))),
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

    /// Returns the headings of the list that nothing was read from; known with the same.
    pub(super) fn unused(&self) -> Unused {
        match self {
            Self::Listed(_, whole) => whole.as_ref().map(|whole| whole.unused.clone()).unwrap_or_default(),
            Self::Named(_) | Self::Repeated(_) => Unused::default(),
        }
    }
}
