//! The PostgreSQL side of a copy. What belongs to a state directory there, as a home, belongs to none when it has just been copied, and
//! to the first that opens the journal; what is copied back is what belongs to the home it is copied from.

use tokio_postgres::Row as Found;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use super::bind::{Bound, Text, bound};
use super::failure::Failure;
use super::lease;
use super::link::Link;
use super::row::Columns;
use super::server::Server;
use super::{mark, schema};
use crate::journal::state_code::DONE;
use crate::journal::{
    Column, Destination, JournalError, Kind, Lock, Machine, Mark, Row, Seal, Shape, Side, Standing, TABLES, Table,
    Value,
};
use crate::model::JobKind;

/// Begins a transaction that is durable when it is committed, and so is everything before it.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'";

/// The home of what belongs to the first state directory that opens the journal.
const NOBODYS: &str = "";
/// Tables whose rows belong to a home.
const HOMED: &[&str] = &["troubles", "clock"];
/// The column by which SQLite knows its one row of a table that has one for each home here.
const ONLY: &str = "only_row";

/// A journal that is copied, or that a copy becomes.
pub(in crate::journal) struct CopySide {
    link: Link,
    place: String,
    /// Names the lock of this machine: who has it knows that a process that had it is gone.
    held_from: Option<Vec<u8>>,
    /// The state directory, as the journal knows it; none of a journal that is becoming a copy.
    home: String,
}

impl CopySide {
    /// Connects to a journal, whatever its mark.
    pub(in crate::journal) async fn plain(server: &Server, lock: &Lock) -> Result<Self, JournalError> {
        let place = server.place();
        let link = Link::open(server).await.map_err(|failure| failure.told(&place))?;
        Ok(Self { link, place, held_from: lock.identity(), home: NOBODYS.to_owned() })
    }

    /// The same, of a journal that no process has open and whose PINs this key seals.
    pub(in crate::journal) async fn source(
        server: &Server,
        lock: &Lock,
        seal: &Seal,
        machine: &Machine,
    ) -> Result<Self, JournalError> {
        let mut side = Self::plain(server, lock).await?;
        side.home = server.home(lock.workspace().directory(), machine);
        side.within(async |link| {
            schema::expect_any(link, &side.place).await?;
            schema::bring_up(link, &side.place).await?;
            side.expect_nobody(link).await?;
            schema::expect_key(link, seal).await
        })
        .await?;
        Ok(side)
    }

    /// Names another machine that has files of the journal: of a run that has not ended, or whose results it has yet to write. They would
    /// be lost to a copy in a state directory of this one.
    pub(in crate::journal) async fn other_home(&self) -> Result<Option<String>, JournalError> {
        let found = self
            .asked(
                "SELECT coalesce((SELECT node FROM leases WHERE home = runs.begun_at ORDER BY epoch DESC LIMIT 1), 'another machine')
                 FROM runs WHERE begun_at <> $1 AND (ended IS NULL OR files_due OR sealed = 1
                 OR EXISTS (SELECT 1 FROM claims WHERE claims.run = runs.run AND settled IS NULL)) ORDER BY run LIMIT 1",
                bound![Text(&self.home)],
            )
            .await?;
        found.first().map(|row| row.at(0)).transpose().map_err(|failure: Failure| failure.told(&self.place))
    }

    /// Makes sure that no process writes any more, whatever it believes.
    async fn expect_nobody(&self, link: &Link) -> Result<(), Failure> {
        match lease::end_all(link, self.held_from.as_deref(), "roomkeeper journal copy").await? {
            Some(by) => Err(JournalError::Held { place: self.place.clone(), by }.into()),
            None => Ok(()),
        }
    }

    /// Does it in a transaction, beside which no process opens the journal.
    async fn within<T>(&self, work: impl AsyncFnOnce(&Link) -> Result<T, Failure>) -> Result<T, JournalError> {
        let done = async {
            self.link.batch(BEGIN).await?;
            schema::keep_others_out(&self.link).await?;
            let value = work(&self.link).await?;
            self.link.batch("COMMIT").await?;
            Ok(value)
        };
        let done = done.await;
        if done.is_err() {
            // A connection that is lost ends the transaction, too.
            let _ = self.link.batch("ROLLBACK").await;
        }
        done.map_err(|failure: Failure| failure.told(&self.place))
    }

    async fn asked(&self, statement: &str, values: &[Bound<'_>]) -> Result<Vec<Found>, JournalError> {
        self.link.rows(statement, values).await.map_err(|failure| failure.told(&self.place))
    }

    fn taken(&self, shape: &Shape, found: &[Found]) -> Result<Vec<Row>, JournalError> {
        let row =
            |found: &Found| shape.columns.iter().enumerate().map(|(at, column)| taken(found, at, column)).collect();
        found.iter().map(row).collect::<Result<_, Failure>>().map_err(|failure| failure.told(&self.place))
    }
}

fn taken(found: &Found, at: usize, column: &Column) -> Result<Value, Failure> {
    Ok(match column.kind {
        Kind::Number => found.at::<Option<i64>>(at)?.map_or(Value::Null, Value::Number),
        Kind::Truth => found.at::<Option<bool>>(at)?.map_or(Value::Null, |is_so| Value::Number(is_so.into())),
        Kind::Text => found.at::<Option<String>>(at)?.map_or(Value::Null, Value::Text),
        Kind::Bytes => found.at::<Option<Vec<u8>>>(at)?.map_or(Value::Null, Value::Bytes),
    })
}

/// The columns as they are asked for.
fn asked_for(shape: &Shape) -> String {
    let asked =
        |column: &Column| if column.name == ONLY { format!("1::bigint AS {ONLY}") } else { column.name.clone() };
    shape.columns.iter().map(asked).collect::<Vec<_>>().join(", ")
}

/// The key's columns as they are compared and sorted: texts byte by byte, as in SQLite.
fn sorted(shape: &Shape) -> Vec<String> {
    let sorted = |column: &Column| match column.kind {
        Kind::Text => format!("{} COLLATE \"C\"", column.name),
        _ if column.name == ONLY => "1::bigint".to_owned(),
        _ => column.name.clone(),
    };
    shape.key().map(sorted).collect()
}

/// The condition by which rows of a table are the home's own, which is the parameter of that number; true of others.
fn own(table: &Table, parameter: usize) -> String {
    let (name, own) = (table.name, format!("home IN ('{NOBODYS}', ${parameter})"));
    match name {
        "clock" => format!("home = (SELECT max(home) FROM clock WHERE {own})"),
        _ if HOMED.contains(&name) => own,
        _ => format!("${parameter} IS NOT NULL"),
    }
}

/// The values of one column over many rows.
fn many(column: &Column, at: usize, rows: &[Row]) -> (Box<dyn ToSql + Sync>, Type) {
    let values = rows.iter().map(|row| row.get(at).unwrap_or(&Value::Null));
    let number = |value: &Value| if let Value::Number(number) = value { Some(*number) } else { None };
    match column.kind {
        Kind::Number => (Box::new(values.map(number).collect::<Vec<_>>()), Type::INT8_ARRAY),
        Kind::Truth => {
            let truths: Vec<_> = values.map(|value| number(value).map(|number| number != 0)).collect();
            (Box::new(truths), Type::BOOL_ARRAY)
        }
        Kind::Text => {
            let text = |value: &Value| if let Value::Text(text) = value { Some(text.clone()) } else { None };
            (Box::new(values.map(text).collect::<Vec<_>>()), Type::TEXT_ARRAY)
        }
        Kind::Bytes => {
            let bytes = |value: &Value| if let Value::Bytes(bytes) = value { Some(bytes.clone()) } else { None };
            (Box::new(values.map(bytes).collect::<Vec<_>>()), Type::BYTEA_ARRAY)
        }
    }
}

fn array_of(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "bigint[]",
        Kind::Truth => "boolean[]",
        Kind::Text => "text[]",
        Kind::Bytes => "bytea[]",
    }
}

impl Side for CopySide {
    async fn columns(&self, table: &'static Table) -> Result<Vec<Column>, JournalError> {
        let found = self
            .asked(
                "SELECT attname::text, format_type(atttypid, atttypmod) FROM pg_attribute
                 WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
                bound![Text(table.name)],
            )
            .await?;
        let column = |found: &Found| {
            let kind: &str = found.at(1)?;
            let kind = match kind {
                "bigint" => Kind::Number,
                "boolean" => Kind::Truth,
                "text" => Kind::Text,
                "bytea" => Kind::Bytes,
                // No column of SQLite's is like that.
                _ => return Ok(None),
            };
            Ok(Some(Column { name: found.at(0)?, kind }))
        };
        let columns: Result<Vec<_>, Failure> = found.iter().map(column).collect();
        let columns = columns.map_err(|failure| failure.told(&self.place))?.into_iter().flatten();
        let only = (table.name == "clock").then(|| Column { name: ONLY.to_owned(), kind: Kind::Number });
        Ok(columns.chain(only).collect())
    }

    async fn count(&self, table: &'static Table) -> Result<u64, JournalError> {
        let counted = async {
            let sql = format!("SELECT count(*) FROM {} WHERE {}", table.name, own(table, 1));
            self.link.one(&sql, bound![Text(&self.home)]).await?.number(0)
        };
        counted.await.map_err(|failure: Failure| failure.told(&self.place))
    }

    async fn page(&self, shape: &Shape, after: Option<&[Value]>, most: usize) -> Result<Vec<Row>, JournalError> {
        let (columns, name, key) = (asked_for(shape), shape.table.name, sorted(shape).join(", "));
        let behind = if after.is_some() {
            let places = shape.key().enumerate().map(|(at, _)| format!("${}[1]", at + 2));
            format!("AND ({key}) > ({})", places.collect::<Vec<_>>().join(", "))
        } else {
            String::new()
        };
        let after = after.map(<[Value]>::to_vec);
        let values: Vec<_> = match &after {
            Some(_) => shape.key().enumerate().map(|(at, column)| many(column, at, after.as_slice())).collect(),
            None => Vec::new(),
        };
        let home = Text(&self.home);
        let mut bound: Vec<Bound<'_>> = bound![home].to_vec();
        bound.extend(values.iter().map(|(value, ty)| -> Bound<'_> { (value.as_ref(), ty.clone()) }));
        let which = own(shape.table, 1);
        let sql = format!("SELECT {columns} FROM {name} WHERE {which} {behind} ORDER BY {key} LIMIT {most}");
        let found = self.asked(&sql, &bound).await?;
        self.taken(shape, &found)
    }

    async fn last(&self, shape: &Shape) -> Result<Option<Row>, JournalError> {
        let order: Vec<_> = sorted(shape).iter().map(|name| format!("{name} DESC")).collect();
        let (columns, name, order) = (asked_for(shape), shape.table.name, order.join(", "));
        let sql = format!("SELECT {columns} FROM {name} WHERE {} ORDER BY {order} LIMIT 1", own(shape.table, 1));
        let found = self.asked(&sql, bound![Text(&self.home)]).await?;
        Ok(self.taken(shape, &found)?.pop())
    }

    async fn add(&self, shape: &Shape, rows: &[Row]) -> Result<(), JournalError> {
        let names = |columns: Vec<&Column>| columns.iter().map(|one| one.name.as_str()).collect::<Vec<_>>().join(", ");
        let (all, kept) = (
            names(shape.columns.iter().collect()),
            names(shape.columns.iter().filter(|column| column.name != ONLY).collect()),
        );
        let (into, home) =
            if HOMED.contains(&shape.table.name) { (", home", format!(", '{NOBODYS}'")) } else { ("", String::new()) };
        let places =
            shape.columns.iter().enumerate().map(|(at, column)| format!("${}::{}", at + 1, array_of(column.kind)));
        let sql = format!(
            "INSERT INTO {} ({kept}{into}) SELECT {kept}{home} FROM unnest({}) AS new ({all})",
            shape.table.name,
            places.collect::<Vec<_>>().join(", ")
        );
        let values: Vec<_> = shape.columns.iter().enumerate().map(|(at, column)| many(column, at, rows)).collect();
        let bound: Vec<Bound<'_>> = values.iter().map(|(value, ty)| (value.as_ref(), ty.clone())).collect();
        // One statement is a transaction. Should the server lose it, the copy goes on before it, and the end waits for all.
        self.link.change(&sql, &bound).await.map_err(|failure| failure.told(&self.place))?;
        Ok(())
    }

    async fn mark(&self) -> Result<Option<Mark>, JournalError> {
        mark::read(&self.link).await.map_err(|failure| failure.told(&self.place))
    }

    async fn set_mark(&self, mark: &Mark) -> Result<(), JournalError> {
        self.within(async |link| {
            self.expect_nobody(link).await?;
            mark::write(link, mark).await
        })
        .await
    }

    async fn remove_mark(&self) -> Result<(), JournalError> {
        self.within(mark::remove).await
    }

    async fn has_open_prints(&self) -> Result<bool, JournalError> {
        let found = self
            .asked(
                &format!(
                    "SELECT 1 FROM items JOIN jobs USING (job) WHERE items.state < {DONE} AND items.before IS NOT NULL
                     AND jobs.kind = $1 LIMIT 1"
                ),
                bound![Text(JobKind::ROTATE_PINS.as_str())],
            )
            .await?;
        Ok(!found.is_empty())
    }

    async fn finish(self) -> Result<(), JournalError> {
        let names: Vec<_> = TABLES.iter().map(|table| Text(table.name)).collect();
        let numbered = self
            .asked(
                "SELECT attrelid::regclass::text, attname::text FROM pg_attribute
                 WHERE attrelid = ANY (SELECT to_regclass(name) FROM unnest($1::text[]) AS names (name)) AND attidentity <> ''",
                bound![names],
            )
            .await?;
        self.within(async |link| {
            for row in &numbered {
                let (table, column): (&str, &str) = (row.at(0)?, row.at(1)?);
                let next = format!(
                    "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), coalesce(max({column}), 0) + 1, false) FROM {table}"
                );
                link.one(&next, bound![]).await?;
            }
            for table in TABLES {
                // So that the first questions find their indexes.
                link.batch(&format!("ANALYZE {}", table.name)).await?;
            }
            mark::remove(link).await
        })
        .await
    }
}

/// Gives what a copy has brought, and belongs to no home yet, to this one; unfinished runs are taken up by it next.
pub(super) async fn move_in(link: &Link, home: &str, process: Uuid) -> Result<(), Failure> {
    let (home, nobodys) = (Text(home), Text(NOBODYS));
    link.change("UPDATE troubles SET home = $1 WHERE home = $2", bound![home, nobodys]).await?;
    link.change(
        "UPDATE clock SET home = $1 WHERE home = $2 AND NOT EXISTS (SELECT 1 FROM clock WHERE home = $1)",
        bound![home, nobodys],
    )
    .await?;
    link.change(
        "UPDATE runs SET begun_at = $1, process = $2 WHERE begun_at IS NULL AND ended IS NOT NULL",
        bound![home, process.as_bytes().as_slice()],
    )
    .await?;
    Ok(())
}

/// The database that a copy is to go to.
pub(in crate::journal) struct CopyDestination {
    side: CopySide,
}

impl CopyDestination {
    /// Connects.
    pub(in crate::journal) async fn connect(server: Server, lock: &Lock) -> Result<Self, JournalError> {
        Ok(Self { side: CopySide::plain(&server, lock).await? })
    }
}

impl Destination for CopyDestination {
    type Side = CopySide;

    async fn standing(&self) -> Result<Standing, JournalError> {
        let side = &self.side;
        if let Some(mark) = side.mark().await? {
            return Ok(Standing::Marked(mark));
        }
        for table in TABLES {
            let there = side.asked("SELECT to_regclass($1) IS NOT NULL", bound![Text(table.name)]).await?;
            let is_there = there.first().is_some_and(|row| row.at(0).unwrap_or(true));
            if is_there && !side.asked(&format!("SELECT 1 FROM {} LIMIT 1", table.name), bound![]).await?.is_empty() {
                return Ok(Standing::Journal);
            }
        }
        Ok(Standing::Empty)
    }

    async fn begin(self, mark: &Mark, seal: &Seal) -> Result<CopySide, JournalError> {
        let side = self.side;
        side.within(async |link| {
            schema::bring_up(link, &side.place).await?;
            schema::expect_key(link, seal).await?;
            side.expect_nobody(link).await?;
            mark::write(link, mark).await
        })
        .await?;
        Ok(side)
    }
}
