//! Names the operations of both databases for a copy: they tell their columns, give rows in the order of their key, and take them.

use super::{Mark, Table};
use crate::journal::{JournalError, Seal};

/// A value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::journal) enum Value {
    /// None.
    Null,
    /// A number, or a yes or no.
    Number(i64),
    /// A text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
}

/// A row: the values of the columns of its shape.
pub(in crate::journal) type Row = Vec<Value>;

/// The kind of a column's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::journal) enum Kind {
    /// A number.
    Number,
    /// A yes or no, which SQLite has as a number.
    Truth,
    /// A text.
    Text,
    /// Bytes.
    Bytes,
}

/// A column, by the name that it has in PostgreSQL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::journal) struct Column {
    pub(in crate::journal) name: String,
    pub(in crate::journal) kind: Kind,
}

/// A table with those of its columns that both databases have.
#[derive(Debug)]
pub(in crate::journal) struct Shape {
    pub(in crate::journal) table: &'static Table,
    pub(in crate::journal) columns: Vec<Column>,
    /// The places of the key's columns.
    key: Vec<usize>,
}

impl Shape {
    /// Puts together what both sides have of a table.
    pub(super) fn of(table: &'static Table, from: &[Column], to: &[Column]) -> Result<Self, JournalError> {
        let odd = |what: &str| Err(JournalError::Io(format!("the table {} cannot be copied: {what}", table.name)));
        let mut columns = Vec::new();
        for column in from.iter().filter(|column| !table.left_out.contains(&column.name.as_str())) {
            let Some(other) = to.iter().find(|other| other.name == column.name) else { continue };
            let kind = match (column.kind, other.kind) {
                (one, other) if one == other => one,
                (Kind::Number, Kind::Truth) | (Kind::Truth, Kind::Number) => Kind::Truth,
                _ => return odd(&format!("its column {} is of another kind there", column.name)),
            };
            columns.push(Column { name: column.name.clone(), kind });
        }
        let place = |name: &&str| columns.iter().position(|column| column.name == *name);
        let key: Option<Vec<_>> = table.key.iter().map(place).collect();
        match key {
            Some(key) => Ok(Self { table, columns, key }),
            None => odd("it lacks its key"),
        }
    }

    /// The key of a row.
    pub(super) fn key_of(&self, row: &Row) -> Vec<Value> {
        self.key.iter().filter_map(|place| row.get(*place).cloned()).collect()
    }

    /// The columns of the key.
    pub(in crate::journal) fn key(&self) -> impl Iterator<Item = &Column> {
        self.key.iter().filter_map(|place| self.columns.get(*place))
    }

    /// The place of a column.
    pub(super) fn place(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }
}

/// A journal that is copied, or that a copy becomes.
pub(in crate::journal) trait Side {
    /// The columns of a table.
    async fn columns(&self, table: &'static Table) -> Result<Vec<Column>, JournalError>;
    /// The number of a table's rows.
    async fn count(&self, table: &'static Table) -> Result<u64, JournalError>;
    /// The next rows behind that key; fewer than `most` only at the end, or where they are long.
    async fn page(&self, shape: &Shape, after: Option<&[Value]>, most: usize) -> Result<Vec<Row>, JournalError>;
    /// The last row.
    async fn last(&self, shape: &Shape) -> Result<Option<Row>, JournalError>;
    /// Takes rows in, all or none.
    async fn add(&self, shape: &Shape, rows: &[Row]) -> Result<(), JournalError>;
    /// Reads the mark of a copy that stands in it.
    async fn mark(&self) -> Result<Option<Mark>, JournalError>;
    /// Writes that down, or another in its place; refuses where another process has the journal open.
    async fn set_mark(&self, mark: &Mark) -> Result<(), JournalError>;
    /// Takes it away.
    async fn remove_mark(&self) -> Result<(), JournalError>;
    /// Tells whether there are items on their way that hold PINs' prints, which only the key that made them reads.
    async fn has_open_prints(&self) -> Result<bool, JournalError>;
    /// Makes a whole copy a journal like any other.
    async fn finish(self) -> Result<(), JournalError>;
}

/// The state of the place to which a copy is to go.
#[derive(Debug)]
pub(in crate::journal) enum Standing {
    /// Nothing.
    Empty,
    /// A journal that says this of a copy.
    Marked(Mark),
    /// A journal.
    Journal,
}

/// The place where a copy is to go.
pub(in crate::journal) trait Destination {
    /// The journal that it becomes.
    type Side: Side;
    /// Looks what is there.
    async fn standing(&self) -> Result<Standing, JournalError>;
    /// Makes an empty journal with that mark, or opens the one that has it.
    async fn begin(self, mark: &Mark, seal: &Seal) -> Result<Self::Side, JournalError>;
}
