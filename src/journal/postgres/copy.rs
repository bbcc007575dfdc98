//! The PostgreSQL side of a copy.

use tokio_postgres::Row as Found;
use tokio_postgres::types::{ToSql, Type};

use super::bind::{Bound, Text, bound};
use super::failure::Failure;
use super::lease;
use super::link::Link;
use super::row::Columns;
use super::server::Server;
use super::{mark, schema};
use crate::journal::state_code::DONE;
use crate::journal::{
    Column, Destination, JournalError, Kind, Lock, Mark, Row, Seal, Shape, Side, Standing, TABLES, Table, Value,
};
use crate::model::JobKind;

/// Begins a transaction that is durable when it is committed, and so is everything before it.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE;
    SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off'";

/// A journal that is copied, or that a copy becomes.
pub(in crate::journal) struct CopySide {
    link: Link,
    place: String,
    /// Names the lock of this machine: who has it knows that a process that had it is gone.
    held_from: Option<Vec<u8>>,
}

impl CopySide {
    /// Connects to a journal, whatever its mark.
    pub(in crate::journal) async fn plain(server: &Server, lock: &Lock) -> Result<Self, JournalError> {
        let place = server.place();
        let link = Link::open(server).await.map_err(|failure| failure.told(&place))?;
        Ok(Self { link, place, held_from: lock.identity() })
    }

    /// The same, of a journal that no process has open and whose PINs this key seals.
    pub(in crate::journal) async fn source(server: &Server, lock: &Lock, seal: &Seal) -> Result<Self, JournalError> {
        let side = Self::plain(server, lock).await?;
        side.within(async |link| {
            schema::expect_any(link, &side.place).await?;
            schema::bring_up(link, &side.place).await?;
            side.expect_nobody(link).await?;
            schema::expect_key(link, seal).await
        })
        .await?;
        Ok(side)
    }

    async fn expect_nobody(&self, link: &Link) -> Result<(), Failure> {
        match lease::alive(link, self.held_from.as_deref()).await? {
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

fn listed<'a>(columns: impl Iterator<Item = &'a Column>) -> String {
    columns.map(|column| column.name.as_str()).collect::<Vec<_>>().join(", ")
}

/// The key's columns as they are compared and sorted: texts byte by byte, as in SQLite.
fn sorted(shape: &Shape) -> Vec<String> {
    let sorted = |column: &Column| match column.kind {
        Kind::Text => format!("{} COLLATE \"C\"", column.name),
        _ => column.name.clone(),
    };
    shape.key().map(sorted).collect()
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
        Ok(columns.map_err(|failure| failure.told(&self.place))?.into_iter().flatten().collect())
    }

    async fn count(&self, table: &'static Table) -> Result<u64, JournalError> {
        let counted = async {
            let sql = format!("SELECT count(*) FROM {}", table.name);
            self.link.one(&sql, bound![]).await?.number(0)
        };
        counted.await.map_err(|failure: Failure| failure.told(&self.place))
    }

    async fn page(&self, shape: &Shape, after: Option<&[Value]>, most: usize) -> Result<Vec<Row>, JournalError> {
        let (columns, name, key) = (listed(shape.columns.iter()), shape.table.name, sorted(shape).join(", "));
        let after = after.map(<[Value]>::to_vec);
        let one = after.as_slice();
        let values: Vec<_> = shape.key().enumerate().map(|(at, column)| many(column, at, one)).collect();
        let behind = if after.is_some() {
            let places = shape.key().enumerate().map(|(at, _)| format!("${}[1]", at + 1));
            format!("WHERE ({key}) > ({})", places.collect::<Vec<_>>().join(", "))
        } else {
            String::new()
        };
        let bound: Vec<Bound<'_>> = if after.is_some() {
            values.iter().map(|(value, ty)| (value.as_ref(), ty.clone())).collect()
        } else {
            vec![]
        };
        let found =
            self.asked(&format!("SELECT {columns} FROM {name} {behind} ORDER BY {key} LIMIT {most}"), &bound).await?;
        self.taken(shape, &found)
    }

    async fn last(&self, shape: &Shape) -> Result<Option<Row>, JournalError> {
        let order: Vec<_> = sorted(shape).iter().map(|name| format!("{name} DESC")).collect();
        let (columns, name) = (listed(shape.columns.iter()), shape.table.name);
        let found = self
            .asked(&format!("SELECT {columns} FROM {name} ORDER BY {} LIMIT 1", order.join(", ")), bound![])
            .await?;
        Ok(self.taken(shape, &found)?.pop())
    }

    async fn add(&self, shape: &Shape, rows: &[Row]) -> Result<(), JournalError> {
        let columns = listed(shape.columns.iter());
        let places =
            shape.columns.iter().enumerate().map(|(at, column)| format!("${}::{}", at + 1, array_of(column.kind)));
        let sql = format!(
            "INSERT INTO {} ({columns}) SELECT * FROM unnest({})",
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
            if is_there && side.count(table).await? > 0 {
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
