//! Turns the source of rooms into the items of a run: every room is read once, a page of them at a time, and the
//! job kind decides what to do with it, from the wanted and the present settings alone.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use futures_util::stream::{self, BoxStream, StreamExt, TryChunksError, TryStreamExt};

use super::find::{Finder, Missing};
use super::item::{Input, RoomAddress, RoomPayload, RoomResult, lease_of};
use super::row::RoomRow;
use super::source::{Asked, Repeat, Rows};
use crate::config::RoomSource;
use crate::engine::{Plan, PlanError, Refusal, RunInfo, Scratch, Tools};
use crate::jobs::AT_ONCE;
use crate::model::kept::as_meant;
use crate::model::{Code, ItemNo, JobPayload, NewItem, Room, Start, Status, line};

/// Items that go to the journal together.
const BATCH: usize = 200;

/// A row whose room is there.
#[derive(Debug)]
pub(in crate::jobs) struct FoundRoom {
    /// The row of the list.
    pub(in crate::jobs) row: RoomRow,
    /// The room's address.
    pub(in crate::jobs) place: RoomAddress,
    /// The room as the server has it.
    pub(in crate::jobs) room: Room,
}

/// Turns a room into a change or a decision, as its job kind plans it.
pub(in crate::jobs) trait Planner: Send {
    /// The kind's change of a room; it is kept in the journal.
    type Desired: serde::Serialize + Send + Sync + 'static;

    /// Plans a room that is there: returns its change, or the status, words and result with which it is decided.
    fn meaning(&mut self, found: &FoundRoom) -> Result<Self::Desired, Box<Decided>>;

    /// Hears that the server has no such room, or will not tell it, for what the job makes of that beside an item
    /// that says so.
    fn missing(&mut self, _row: &RoomRow, _missing: &Missing) {}
}

/// An item that the plan has decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::jobs) struct Decided {
    /// The item's status.
    pub(in crate::jobs) status: Status,
    /// The reason in words.
    pub(in crate::jobs) error: Option<String>,
    /// The result for the room.
    pub(in crate::jobs) result: RoomResult,
}

/// Plans a run; tells the input to keep.
pub(in crate::jobs) async fn plan<P: Planner>(
    source: &RoomSource,
    finder: &Finder,
    run: &RunInfo,
    tools: &Tools,
    to: &mut dyn Plan,
    planner: &mut P,
) -> Result<String, PlanError> {
    finder.begin_plan();
    let mut repeat = match run.retry_of {
        Some(of) => Repeat::of(run, of, &tools.recall).await?,
        None => None,
    };
    let rooms = match repeat.as_mut().and_then(Repeat::take_done) {
        Some(done) => done,
        None => Scratch::new(),
    };
    let mut rows = repeat.map_or_else(|| Rows::of(source), |repeat| Ok(Rows::Repeated(Box::new(repeat))))?;
    let mut next = 1_u32;
    {
        // Over the ends of batches, so that there is always one to ask for.
        let mut findings = asked(&mut rows).map(|asked| find(finder, asked)).buffered(AT_ONCE).try_chunks(BATCH);
        while let Some(found) = findings.next().await {
            let found = found.map_err(|TryChunksError(_, error)| error)?;
            let mut items = Vec::with_capacity(found.len());
            for (asked, found) in found {
                items.push(item(ItemNo(next), asked, found, &rooms, finder, planner)?);
                next = next.checked_add(1).ok_or_else(|| Refusal("there are too many rooms for one run".to_owned()))?;
            }
            to.add(items).await?;
        }
    }
    Ok(Input::of(source, rows.recoded(), rows.unused(), rows.sheet()).write())
}

type Finding = (Asked, Option<Result<(RoomAddress, Room), Missing>>);

/// Returns the rows one by one.
fn asked<'a>(rows: &'a mut Rows<'_>) -> BoxStream<'a, Result<Asked, PlanError>> {
    let batches = stream::try_unfold(rows, |rows| async {
        let asked = rows.next().await?;
        Ok::<_, PlanError>((!asked.is_empty()).then_some((asked, rows)))
    });
    batches.map_ok(|asked| stream::iter(asked.into_iter().map(Ok))).try_flatten().boxed()
}

/// Finds the room of a row; none is asked for whose row is wrong, or dealt with.
fn find(finder: &Finder, asked: Result<Asked, PlanError>) -> BoxFuture<'_, Result<Finding, PlanError>> {
    async move {
        let asked = asked?;
        if !asked.row.faults.is_empty() || asked.superseded.is_some() {
            return Ok((asked, None));
        }
        let found = finder.find(&asked.row.which).await.map_err(PlanError::Server)?;
        Ok((asked, Some(found)))
    }
    .boxed()
}

fn item<P: Planner>(
    number: ItemNo,
    asked: Asked,
    found: Option<Result<(RoomAddress, Room), Missing>>,
    rooms: &Scratch,
    finder: &Finder,
    planner: &mut P,
) -> Result<NewItem, PlanError> {
    let Asked { row, start, superseded } = asked;
    if let Some(by) = superseded {
        return Ok(decided(number, row, Status::Skipped, None, format!("superseded by {by}"), &RoomResult::default()));
    }
    let (place, room) = match found {
        None => {
            let words = row.faults.join("; ");
            return Ok(decided(number, row, Status::Invalid, None, words, &RoomResult::default()));
        }
        Some(Err(missing)) => {
            planner.missing(&row, &missing);
            return Ok(match missing {
                Missing::Wrong(words) => decided(number, row, Status::Invalid, None, words, &RoomResult::default()),
                Missing::Gone(words) => decided(number, row, Status::Failed, None, words, &RoomResult::gone()),
                Missing::Refused(code, words) => {
                    decided(number, row, Status::Failed, code, words, &RoomResult::default())
                }
            });
        }
        Some(Ok(found)) => found,
    };
    // Lists have lines; rooms that the configuration names have their number.
    if let Some(first) = rooms.first_line(&lease_of(&place.room), row.line.unwrap_or(number.0))? {
        let first = if row.line.is_some() { format!("line {first}") } else { format!("item {first}") };
        let words = format!("this is the same room as in {first}");
        return Ok(decided(number, row, Status::Invalid, None, words, &RoomResult::default()));
    }
    let found = FoundRoom { row, place, room };
    let meaning = planner.meaning(&found);
    let FoundRoom { row, place, room } = found;
    let label = if room.room_name.is_empty() { row.label() } else { line::label(&as_meant(&room.room_name)) };
    let (line, identity) = (row.line, Some(lease_of(&place.room)));
    let (change, start) = match meaning {
        Ok(change) => {
            finder.keep(&place, &room);
            (Some(change), start)
        }
        Err(decided) => {
            let Decided { status, error, result } = *decided;
            (None, Start::Decided { status, code: None, error, result: Some(result.write()) })
        }
    };
    let payload = JobPayload::of(RoomPayload { v: 1, row, place: Some(place), change });
    Ok(NewItem { item: number, identity, label, line, payload, source: None, start })
}

fn decided(
    item: ItemNo,
    row: RoomRow,
    status: Status,
    code: Option<Code>,
    words: String,
    result: &RoomResult,
) -> NewItem {
    let result = (*result != RoomResult::default()).then(|| result.write());
    NewItem {
        item,
        identity: None,
        label: row.label(),
        line: row.line,
        payload: JobPayload::of(RoomPayload::<()> { v: 1, row, place: None, change: None }),
        source: None,
        start: Start::Decided { status, code, error: Some(words), result },
    }
}
