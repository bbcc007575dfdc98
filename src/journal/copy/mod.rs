//! Copies a whole journal from SQLite to PostgreSQL or back: table by table in the order of the keys, each page of rows in a
//! transaction of its own, so that a copy that was interrupted goes on behind the last row that arrived. Then every row is compared
//! with the one it was copied from. Until that is done the copy is no journal for anybody, and from the beginning on the source is
//! none, so that it cannot change under the copy, nor be worked with beside it.

mod mark;
mod reseal;
mod side;
mod table;

use std::path::PathBuf;

use uuid::Uuid;

use self::reseal::Reseal;
use super::seal::KEY_FILE;
use super::{JournalError, Lock, Machine, Seal, Server, Workspace, postgres, sqlite};
use crate::clock::SystemClock;
use crate::failpoint;

pub use mark::Mark;
pub(super) use mark::Role;
pub(super) use side::{Column, Destination, Kind, Row, Shape, Side, Standing, Value};
pub(super) use table::{TABLES, Table};

/// The place where a journal is to go.
#[derive(Debug)]
pub enum CopyTo {
    /// A database, by its address.
    Server(Box<Server>, String),
    /// A state directory.
    Directory(PathBuf),
}

/// The way that a copy has gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Copying {
    /// The rows are there, and are being compared.
    pub compares: bool,
    /// Rows that are done.
    pub done: u64,
    /// All rows.
    pub total: u64,
}

/// A copy that is made and verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Copied {
    /// The place that the journal has now, in words.
    pub to: String,
    /// Rows that were compared; `None` where it had been copied before.
    pub rows: Option<u64>,
    /// Sealed texts that no key opens, as before.
    pub unopened: u64,
}

/// The reason why a journal was not copied.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// One of the two journals.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// There is another journal where the copy was to go.
    #[error("{0} holds a journal already, and nothing is overwritten. Name an empty place, or remove that one")]
    Taken(String),
    /// There is an unfinished copy of another journal, or of this one at another time.
    #[error("{place} holds what another copying began: it {mark}")]
    Another {
        /// The place, in words.
        place: String,
        /// The mark that it has.
        mark: Mark,
    },
    /// PostgreSQL cannot hold something.
    #[error("nothing was copied, for PostgreSQL cannot hold this journal: {0}")]
    Unfit(String),
    /// The key is not there.
    #[error(
        "nothing was copied: PINs wait in the journal {place}, and their key {key} is not there, so that no copy could ever open them. Put \
         the key back; where it is lost for good, start roomkeeper once: it draws another, and the PINs are lost"
    )]
    NoKey {
        /// The journal.
        place: String,
        /// The key's file.
        key: String,
    },
    /// The keys of both sides differ while PINs are being changed.
    #[error(
        "nothing was copied: a run that changes PINs is unfinished, and only with the key that it began with is known what it did. Copy \
         with the same key on both sides, or let the run end first"
    )]
    OtherKey,
    /// The copy is another than the journal.
    #[error(
        "the copy is not what the journal is: {0}. It was not made usable, and the journal is as it was. Remove the copy, and begin anew"
    )]
    Differs(String),
    /// Another machine has files that belong to the journal.
    #[error(
        "nothing was copied: a run that {0} began is unfinished, or has files to write there, and a state directory is one machine's. Start \
         roomkeeper there, and let that end first"
    )]
    Elsewhere(String),
    /// Both are of one kind.
    #[error("{0}")]
    Same(&'static str),
}

/// Copies the journal of a workspace, whose daemon must be stopped; tells how far it is.
pub async fn copy(from: &Workspace, to: CopyTo, tell: &mut dyn FnMut(Copying)) -> Result<Copied, CopyError> {
    let lock = from.lock("roomkeeper journal copy")?;
    match (from.server(), to) {
        (None, CopyTo::Server(server, address)) => {
            let source = sqlite::CopySide::source(from.directory())?;
            let own = own_seal(from, &source)?;
            let seal = server.pin_key().map_or_else(|| Ok(own.clone()), Seal::of_key)?;
            if source.mark().await?.is_none()
                && let Some(found) = source.unfit(server_limit())?
            {
                return Err(CopyError::Unfit(found));
            }
            let destination = postgres::CopyDestination::connect(*server, &lock).await?;
            let ways = Ways { from: source.place(), to: address, own, seal };
            run(source, destination, ways, tell).await
        }
        (Some(server), CopyTo::Directory(directory)) => {
            let own = match server.pin_key() {
                Some(key) => Seal::of_key(key)?,
                None => Seal::open(from.directory())?,
            };
            let machine = Machine::here(from.directory(), &SystemClock);
            let source = postgres::CopySide::source(server, &lock, &own, &machine).await?;
            if let Some(node) = source.other_home().await? {
                return Err(CopyError::Elsewhere(node));
            }
            let target = Workspace::at(&directory);
            let _held = lock_other(from, &target)?;
            let seal = match server.pin_key() {
                Some(key) => Seal::keep(target.directory(), key)?,
                None => Seal::keep_as(target.directory(), from.directory())?,
            };
            let place = std::fs::canonicalize(&directory).unwrap_or(directory);
            let destination = sqlite::CopyDestination::at(&place);
            let to = format!("{} on {}", place.join(sqlite::FILE).display(), server.node());
            run(source, destination, Ways { from: server.place(), to, own, seal }, tell).await
        }
        (None, CopyTo::Directory(_)) => Err(CopyError::Same(
            "this journal is in SQLite already, and --to names a directory: to move it, stop roomkeeper and move the state directory. To \
             PostgreSQL goes --to postgres://USER@HOST/DATABASE",
        )),
        (Some(_), CopyTo::Server(..)) => Err(CopyError::Same(
            "this journal is in PostgreSQL already: pg_dump and pg_restore bring it into another database. Back goes --to DIRECTORY",
        )),
    }
}

/// Opens a journal again that was copied, or was being copied; tells where to, `None` where there is nothing to open.
pub async fn reopen(of: &Workspace) -> Result<Option<String>, JournalError> {
    let lock = of.lock("roomkeeper journal reopen")?;
    match of.server() {
        None => reopen_side(sqlite::CopySide::source(of.directory())?).await,
        Some(server) => reopen_side(postgres::CopySide::plain(server, &lock).await?).await,
    }
}

async fn reopen_side(side: impl Side) -> Result<Option<String>, JournalError> {
    let Some(mark) = side.mark().await? else { return Ok(None) };
    if mark.role == Role::Arriving {
        return Err(JournalError::Marked { place: "here".to_owned(), mark });
    }
    side.remove_mark().await?;
    Ok(Some(mark.other))
}

/// The names and the keys of both sides.
struct Ways {
    from: String,
    to: String,
    own: Seal,
    seal: Seal,
}

/// The bytes that a text in an index of PostgreSQL may have: a third of a page, less what stands around it.
fn server_limit() -> u32 {
    2600
}

/// The key of a journal in a state directory. None is drawn where PINs wait that another has sealed.
fn own_seal(from: &Workspace, source: &sqlite::CopySide) -> Result<Seal, CopyError> {
    let key = from.directory().join(KEY_FILE);
    if !key.exists() && source.has_sealed()? {
        return Err(CopyError::NoKey { place: source.place(), key: key.display().to_string() });
    }
    Ok(Seal::open(from.directory())?)
}

/// Takes the lock of the other state directory, unless it is the same.
fn lock_other(from: &Workspace, target: &Workspace) -> Result<Option<Lock>, JournalError> {
    let real = |workspace: &Workspace| std::fs::canonicalize(workspace.directory()).ok();
    if real(from).is_some() && real(from) == real(target) {
        return Ok(None);
    }
    target.lock("roomkeeper journal copy").map(Some)
}

async fn run<S: Side, D: Destination>(
    source: S,
    destination: D,
    ways: Ways,
    tell: &mut dyn FnMut(Copying),
) -> Result<Copied, CopyError> {
    let Ways { from, to, own, seal } = ways;
    let begun = source.mark().await?;
    if let Some(mark) = begun.as_ref().filter(|mark| mark.role == Role::Arriving || mark.other != to) {
        return Err(JournalError::Marked { place: from, mark: mark.clone() }.into());
    }
    let mut reseal = Reseal::new(own, seal.clone())?;
    let id = match (destination.standing().await?, begun) {
        (Standing::Empty, None) => Uuid::now_v7(),
        (Standing::Empty, Some(mark)) => mark.id,
        (Standing::Marked(found), Some(mark)) if found.role == Role::Arriving && found.id == mark.id => mark.id,
        (Standing::Marked(mark), _) => return Err(CopyError::Another { place: to, mark }),
        (Standing::Journal, Some(mark)) if mark.role == Role::Left => {
            return Ok(Copied { to, rows: None, unopened: 0 });
        }
        (Standing::Journal, _) => return Err(CopyError::Taken(to)),
    };
    if !reseal.is_same() && source.has_open_prints().await? {
        return Err(CopyError::OtherKey);
    }
    source.set_mark(&Mark { id, role: Role::Leaving, other: to.clone() }).await?;
    failpoint::reach("journal.copy.left");
    let target = destination.begin(&Mark { id, role: Role::Arriving, other: from }, &seal).await?;
    failpoint::reach("journal.copy.begun");
    let shapes = shapes(&source, &target).await?;
    let mut total = 0;
    for shape in &shapes {
        total += source.count(shape.table).await?;
    }
    let mut done = 0;
    for shape in &shapes {
        carry(&source, &target, shape, &mut reseal, &mut |rows| {
            done += rows;
            tell(Copying { compares: false, done, total });
        })
        .await?;
    }
    let mut compared = 0;
    for shape in &shapes {
        compare(&source, &target, shape, &reseal, &mut |rows| {
            compared += rows;
            tell(Copying { compares: true, done: compared, total });
        })
        .await?;
    }
    failpoint::reach("journal.copy.compared");
    source.set_mark(&Mark { id, role: Role::Left, other: to.clone() }).await?;
    failpoint::reach("journal.copy.finish");
    target.finish().await?;
    Ok(Copied { to, rows: Some(compared), unopened: reseal.unopened() })
}

async fn shapes(source: &impl Side, target: &impl Side) -> Result<Vec<Shape>, JournalError> {
    let mut shapes = Vec::with_capacity(TABLES.len());
    for table in TABLES {
        shapes.push(Shape::of(table, &source.columns(table).await?, &target.columns(table).await?)?);
    }
    Ok(shapes)
}

/// Copies the rows of a table that are not there yet.
async fn carry(
    source: &impl Side,
    target: &impl Side,
    shape: &Shape,
    reseal: &mut Reseal,
    tell: &mut dyn FnMut(u64),
) -> Result<(), JournalError> {
    let mut after = target.last(shape).await?.map(|row| shape.key_of(&row));
    if after.is_some() {
        tell(target.count(shape.table).await?);
    }
    loop {
        let mut rows = source.page(shape, after.as_deref(), shape.table.page).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(shape.key_of(last));
        for row in &mut rows {
            reseal.carry(shape, row)?;
        }
        target.add(shape, &rows).await?;
        failpoint::reach("journal.copy.page");
        tell(rows.len() as u64);
    }
}

/// Compares all rows of a table.
async fn compare(
    source: &impl Side,
    target: &impl Side,
    shape: &Shape,
    reseal: &Reseal,
    tell: &mut dyn FnMut(u64),
) -> Result<(), CopyError> {
    let mut after: Option<Vec<Value>> = None;
    loop {
        let theirs = source.page(shape, after.as_deref(), shape.table.page).await?;
        let ours = target.page(shape, after.as_deref(), shape.table.page).await?;
        // Each may hold fewer where rows are long.
        let pairs = theirs.len().min(ours.len());
        if pairs == 0 {
            return match theirs.first().or(ours.first()) {
                None => Ok(()),
                Some(row) => {
                    Err(differs(shape, row, if theirs.is_empty() { "it should not be there" } else { "it is missing" }))
                }
            };
        }
        for (mut their, mut our) in theirs.into_iter().zip(ours) {
            after = Some(shape.key_of(&their));
            reseal.open(shape, &mut their, &mut our);
            if their != our {
                let column = shape.columns.iter().zip(their.iter().zip(&our)).find(|(_, (one, other))| one != other);
                let column = column.map(|(column, _)| column.name.as_str()).unwrap_or_default();
                return Err(differs(shape, &their, &format!("`{column}` is another")));
            }
        }
        tell(pairs as u64);
    }
}

fn differs(shape: &Shape, row: &Row, how: &str) -> CopyError {
    CopyError::Differs(format!("the row {} of the table {}: {how}", key_in_words(shape, row), shape.table.name))
}

/// Names a row by its key.
fn key_in_words(shape: &Shape, row: &Row) -> String {
    let value = |value: Value| match value {
        Value::Null => "nothing".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => format!("{text:?}"),
        Value::Bytes(bytes) => bytes.iter().fold(String::new(), |words, byte| format!("{words}{byte:02x}")),
    };
    shape.key_of(row).into_iter().map(value).collect::<Vec<_>>().join(", ")
}
