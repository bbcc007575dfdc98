//! The SQLite side of a copy. A copy grows in a file of its own, `journal.db.copy`, and becomes `journal.db` when it is whole and
//! verified.

use std::fs::File;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, OptionalExtension, ToSql, params_from_iter};

use super::place::PLACED;
use super::{connection, mark, schema, wal_identity};
use crate::failpoint;
use crate::journal::{
    Column, Destination, JournalError, Kind, Mark, Row, Seal, Shape, Side, Standing, TABLES, Table, Value,
};
use crate::model::{JobKind, RunId};

/// Bytes that a page of rows holds, about.
const PAGE_BYTES: usize = 4 << 20;
/// Columns that have another name here than in PostgreSQL, where it is a word of the language.
const RENAMED: (&str, &str) = ("only", "only_row");

/// A journal that is copied, or that a copy becomes.
pub(in crate::journal) struct CopySide {
    connection: Connection,
    path: PathBuf,
}

impl CopySide {
    /// Opens the journal of a state directory, whatever its mark.
    pub(in crate::journal) fn source(directory: &Path) -> Result<Self, JournalError> {
        let path = directory.join(connection::FILE);
        Ok(Self { connection: connection::open_source(&path)?, path })
    }

    /// Names it.
    pub(in crate::journal) fn place(&self) -> String {
        self.path.display().to_string()
    }

    /// Tells whether PINs wait in it, sealed.
    pub(in crate::journal) fn has_sealed(&self) -> Result<bool, JournalError> {
        let mut query = self.connection.prepare(
            "SELECT 1 FROM pin_keys WHERE key IS NOT NULL UNION ALL SELECT 1 FROM outbox WHERE topic IS NOT NULL AND message
             IS NOT NULL UNION ALL SELECT 1 FROM results JOIN runs USING (run) WHERE results.sealed IS NOT NULL AND runs.sealed > 0
             AND NOT EXISTS (SELECT 1 FROM pin_keys WHERE pin_keys.run = results.run AND whole = 1) LIMIT 1",
        )?;
        Ok(query.exists([])?)
    }

    /// Looks for what PostgreSQL cannot hold: texts with a NUL, and texts in an index that are longer than `most` bytes. Tells the
    /// first in words.
    pub(in crate::journal) fn unfit(&self, most: u32) -> Result<Option<String>, JournalError> {
        for table in TABLES {
            for column in self.of_table(table)?.iter().filter(|column| column.kind == Kind::Text) {
                let name = &column.name;
                let has_nul = format!("instr(CAST({name} AS BLOB), x'00') > 0");
                if let Some(row) = self.first_where(table, &has_nul)? {
                    return Ok(Some(format!("{row} has a NUL in its `{name}`")));
                }
            }
            for (name, which) in table.indexed {
                if let Some(row) = self.first_where(table, &format!("{which} AND octet_length({name}) > {most}"))? {
                    return Ok(Some(format!(
                        "{row} has more than {most} bytes in its `{name}`, by which PostgreSQL would have to find it"
                    )));
                }
            }
        }
        Ok(None)
    }

    /// Names the first row of which something holds.
    fn first_where(&self, table: &Table, condition: &str) -> Result<Option<String>, JournalError> {
        let key: Vec<_> = table.key.iter().map(|name| own_name(name)).collect();
        let (name, key) = (table.name, key.join(", "));
        let sql = format!("SELECT {key} FROM {name} WHERE {condition} ORDER BY {key} LIMIT 1");
        let found = self
            .connection
            .prepare(&sql)?
            .query_row([], |row| (0..table.key.len()).map(|at| row.get::<_, rusqlite::types::Value>(at)).collect())
            .optional()?;
        let Some(values): Option<Vec<rusqlite::types::Value>> = found else { return Ok(None) };
        let words = |(column, value): (&&str, &rusqlite::types::Value)| {
            use rusqlite::types::Value as V;
            match value {
                V::Integer(run) if *column == "run" => match self.run_id(*run) {
                    Some(id) => format!("run {id}"),
                    None => format!("run number {run}"),
                },
                V::Integer(number) => format!("{column} {number}"),
                V::Text(text) => format!("{column} \"{}\"", text.chars().take(60).collect::<String>().escape_debug()),
                _ => (*column).to_owned(),
            }
        };
        let words: Vec<_> = table.key.iter().zip(&values).map(words).collect();
        Ok(Some(format!("the row of {} in the table {name}", words.join(", "))))
    }

    fn run_id(&self, run: i64) -> Option<RunId> {
        let found =
            self.connection.query_row("SELECT id FROM runs WHERE run = ?1", [run], |row| row.get::<_, Vec<u8>>(0));
        RunId::from_bytes(&found.ok()?)
    }

    fn of_table(&self, table: &Table) -> Result<Vec<Column>, JournalError> {
        let mut query = self.connection.prepare_cached("SELECT name, type FROM pragma_table_xinfo(?1)")?;
        let rows = query.query_map([table.name], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?)))?;
        rows.map(|row| {
            let (name, kind) = row?;
            let kind = match kind.as_str() {
                "INTEGER" => Kind::Number,
                "TEXT" => Kind::Text,
                "BLOB" => Kind::Bytes,
                other => return Err(JournalError::damaged(format!("`{other}` is no kind of column"))),
            };
            let name = if name == RENAMED.0 { RENAMED.1.to_owned() } else { name };
            Ok(Column { name, kind })
        })
        .collect()
    }

    fn read(&self, shape: &Shape, behind: &str, after: &[Value], most: usize) -> Result<Vec<Row>, JournalError> {
        let columns: Vec<_> = shape.columns.iter().map(|column| own_name(&column.name)).collect();
        let (columns, name) = (columns.join(", "), shape.table.name);
        let mut query = self.connection.prepare_cached(&format!("SELECT {columns} FROM {name} {behind}"))?;
        let mut found = query.query(params_from_iter(after))?;
        let (mut rows, mut bytes) = (Vec::new(), 0);
        while rows.len() < most
            && bytes < PAGE_BYTES
            && let Some(row) = found.next()?
        {
            let row: Row =
                (0..shape.columns.len()).map(|at| taken(row.get_ref(at)?)).collect::<Result<_, JournalError>>()?;
            bytes += row.iter().map(length).sum::<usize>();
            rows.push(row);
        }
        Ok(rows)
    }
}

fn own_name(name: &str) -> &str {
    if name == RENAMED.1 { RENAMED.0 } else { name }
}

fn own_key(shape: &Shape) -> Vec<&str> {
    shape.key().map(|column| own_name(&column.name)).collect()
}

fn is_placed(shape: &Shape) -> bool {
    PLACED.contains(&shape.table.name)
}

/// The columns that a row is inserted with, and their values: the parts of a place are written as the place.
fn insertion(shape: &Shape) -> (String, String) {
    let mut columns: Vec<_> = shape.columns.iter().map(|column| own_name(&column.name)).collect();
    let mut values: Vec<_> = (1..=columns.len()).map(|number| format!("?{number}")).collect();
    if is_placed(shape)
        && let Some(run) = columns.iter().position(|name| *name == "run")
        && let Some(item) = columns.iter().position(|name| *name == "item")
    {
        columns[run] = "place";
        values[run] = format!("?{} << 32 | ?{}", run + 1, item + 1);
        columns.remove(item);
        values.remove(item);
    }
    (columns.join(", "), values.join(", "))
}

fn taken(value: ValueRef<'_>) -> Result<Value, JournalError> {
    Ok(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Number(number),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Value::Text(text.to_owned()),
            Err(_) => return Err(JournalError::damaged("a text in it is not in UTF-8".to_owned())),
        },
        ValueRef::Blob(bytes) => Value::Bytes(bytes.to_owned()),
        ValueRef::Real(_) => return Err(JournalError::damaged("a number in it is none".to_owned())),
    })
}

fn length(value: &Value) -> usize {
    match value {
        Value::Null | Value::Number(_) => 8,
        Value::Text(text) => text.len(),
        Value::Bytes(bytes) => bytes.len(),
    }
}

impl ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Self::Null => ValueRef::Null,
            Self::Number(number) => ValueRef::Integer(*number),
            Self::Text(text) => ValueRef::Text(text.as_bytes()),
            Self::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

impl Side for CopySide {
    async fn columns(&self, table: &'static Table) -> Result<Vec<Column>, JournalError> {
        self.of_table(table)
    }

    async fn count(&self, table: &'static Table) -> Result<u64, JournalError> {
        let sql = format!("SELECT count(*) FROM {}", table.name);
        Ok(self.connection.query_row(&sql, [], |row| row.get::<_, i64>(0))?.cast_unsigned())
    }

    async fn page(&self, shape: &Shape, after: Option<&[Value]>, most: usize) -> Result<Vec<Row>, JournalError> {
        let key = own_key(shape);
        let given: Vec<_> = (1..=key.len()).map(|number| format!("?{number}")).collect();
        let (key, given) = if is_placed(shape) {
            ("place".to_owned(), "?1 << 32 | ?2".to_owned())
        } else {
            (key.join(", "), given.join(", "))
        };
        let behind = match after {
            Some(_) => format!("WHERE ({key}) > ({given}) ORDER BY {key}"),
            None => format!("ORDER BY {key}"),
        };
        self.read(shape, &behind, after.unwrap_or_default(), most)
    }

    async fn last(&self, shape: &Shape) -> Result<Option<Row>, JournalError> {
        let key = if is_placed(shape) { vec!["place"] } else { own_key(shape) };
        let order: Vec<_> = key.iter().map(|name| format!("{name} DESC")).collect();
        Ok(self.read(shape, &format!("ORDER BY {} LIMIT 1", order.join(", ")), &[], 1)?.pop())
    }

    async fn add(&self, shape: &Shape, rows: &[Row]) -> Result<(), JournalError> {
        let (columns, values) = insertion(shape);
        let sql = format!("INSERT INTO {} ({columns}) VALUES ({values})", shape.table.name);
        let transaction = self.connection.unchecked_transaction()?;
        let mut insert = transaction.prepare_cached(&sql)?;
        for row in rows {
            insert.execute(params_from_iter(row))?;
        }
        drop(insert);
        Ok(transaction.commit()?)
    }

    async fn mark(&self) -> Result<Option<Mark>, JournalError> {
        mark::read(&self.connection)
    }

    async fn set_mark(&self, mark: &Mark) -> Result<(), JournalError> {
        mark::write(&self.connection, mark)
    }

    async fn remove_mark(&self) -> Result<(), JournalError> {
        mark::remove(&self.connection)
    }

    async fn has_open_prints(&self) -> Result<bool, JournalError> {
        let mut query = self.connection.prepare(
            "SELECT 1 FROM items JOIN jobs USING (job) WHERE items.open = 1 AND items.before IS NOT NULL AND jobs.kind = ?1
             LIMIT 1",
        )?;
        Ok(query.exists([JobKind::ROTATE_PINS.as_str()])?)
    }

    async fn finish(self) -> Result<(), JournalError> {
        // Which items are open PostgreSQL tells by their states alone. A run that was moved says by whom it was taken up; this one is
        // gone.
        self.connection.execute_batch(
            "UPDATE items SET open = 1 WHERE state < 10 AND open IS NULL;
             UPDATE runs SET machine = zeroblob(16), boot = zeroblob(16), process = zeroblob(16), until = 0
             WHERE moved = 1 AND process IS NULL",
        )?;
        let verdict: String = self.connection.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
        if verdict != "ok" {
            return Err(JournalError::damaged_at(&self.path, verdict));
        }
        mark::remove(&self.connection)?;
        self.connection.query_row("PRAGMA journal_mode = WAL", [], |_| Ok(()))?;
        self.connection.close().map_err(|(_, error)| error)?;
        let failed = |error: std::io::Error| JournalError::Io(error.to_string());
        File::open(&self.path).and_then(|file| file.sync_all()).map_err(failed)?;
        failpoint::reach("journal.copy.rename");
        let whole = self.path.with_file_name(connection::FILE);
        std::fs::rename(&self.path, whole).map_err(failed)?;
        self.path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all()).map_err(failed)
    }
}

/// The state directory that a copy is to go to.
pub(in crate::journal) struct CopyDestination {
    directory: PathBuf,
}

impl CopyDestination {
    pub(in crate::journal) fn at(directory: &Path) -> Self {
        Self { directory: directory.to_owned() }
    }

    fn growing(&self) -> PathBuf {
        self.directory.join(connection::GROWING)
    }

    /// Opens the copy that grows there; its mark is `None` where it was not even begun.
    fn open(&self) -> Result<(Connection, Option<Mark>), JournalError> {
        let growing = Connection::open(self.growing())?;
        connection::be_patient(&growing)?;
        connection::keep_prepared(&growing, 64)?;
        growing.execute_batch("PRAGMA foreign_keys = ON; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384;")?;
        // What triggers have counted is copied.
        growing.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
        let mark = mark::read(&growing)?;
        Ok((growing, mark))
    }
}

impl Destination for CopyDestination {
    type Side = CopySide;

    async fn standing(&self) -> Result<Standing, JournalError> {
        let journal = self.directory.join(connection::FILE);
        if std::fs::metadata(&journal).is_ok_and(|found| found.len() > 0) {
            return Ok(Standing::Journal);
        }
        if self.growing().exists()
            && let (_, Some(mark)) = self.open()?
        {
            return Ok(Standing::Marked(mark));
        }
        Ok(Standing::Empty)
    }

    async fn begin(self, mark: &Mark, _: &Seal) -> Result<CopySide, JournalError> {
        let path = self.growing();
        let failed = |error: std::io::Error| JournalError::Io(error.to_string());
        if path.exists() && self.open()?.1.is_none() {
            // It was interrupted before it had a row, or when all was over but its name.
            std::fs::remove_file(&path).map_err(failed)?;
        }
        if !path.exists() {
            let mut options = std::fs::OpenOptions::new();
            options.write(true).create_new(true).mode(connection::MODE).open(&path).map_err(failed)?;
        }
        let (mut growing, found) = self.open()?;
        schema::migrate(&mut growing, &path)?;
        if found.is_none() {
            wal_identity::assign(&growing)?;
            mark::write(&growing, mark)?;
        }
        Ok(CopySide { connection: growing, path })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_table_is_copied_by_its_own_key() {
        let mut connection = Connection::open_in_memory().unwrap();
        schema::migrate(&mut connection, Path::new("journal.db")).unwrap();
        let mut query = connection
            .prepare(
                "SELECT tables.name, group_concat(keys.name, ',' ORDER BY keys.pk) FROM sqlite_schema AS tables
                 JOIN pragma_table_info(tables.name) AS keys WHERE tables.type = 'table' AND keys.pk > 0
                 GROUP BY tables.name ORDER BY tables.name",
            )
            .unwrap();
        let found = query.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        let parts = |key: String| if key == "place" { "run,item".to_owned() } else { key };
        let found: Vec<(String, String)> =
            found.map(Result::unwrap).map(|(table, key): (String, String)| (table, parts(key))).collect();
        let own = |key: &[&str]| key.iter().map(|name| own_name(name)).collect::<Vec<_>>().join(",");
        let mut listed: Vec<_> = TABLES.iter().map(|table| (table.name.to_owned(), own(table.key))).collect();
        listed.sort();
        assert_eq!(listed, found);
    }
}
