//! Takes values out of rows: one that is not what it must be is an error, and no panic.

use tokio_postgres::Row;
use tokio_postgres::types::FromSql;

use super::failure::Failure;
use crate::clock::Timestamp;
use crate::journal::{RunKey, state_code};
use crate::model::{ItemNo, JobName, RunId, State};

/// A row whose columns are asked for by their places.
pub(super) trait Columns {
    /// The value of a column.
    fn at<'a, T: FromSql<'a>>(&'a self, column: usize) -> Result<T, Failure>;

    /// A number that is never below zero.
    fn number<N: TryFrom<i64>>(&self, column: usize) -> Result<N, Failure> {
        let found: i64 = self.at(column)?;
        N::try_from(found).map_err(|_| Failure::damaged(format!("it holds the number {found}, which none can be")))
    }

    /// The same, where there may be none.
    fn number_if_any<N: TryFrom<i64>>(&self, column: usize) -> Result<Option<N>, Failure> {
        let found: Option<i64> = self.at(column)?;
        found
            .map(|found| {
                N::try_from(found)
                    .map_err(|_| Failure::damaged(format!("it holds the number {found}, which none can be")))
            })
            .transpose()
    }

    /// A time.
    fn time(&self, column: usize) -> Result<Timestamp, Failure> {
        self.at(column).map(Timestamp::from_millis)
    }

    /// A time, where there may be none.
    fn time_if_any(&self, column: usize) -> Result<Option<Timestamp>, Failure> {
        Ok(self.at::<Option<i64>>(column)?.map(Timestamp::from_millis))
    }

    /// The number of a run.
    fn run(&self, column: usize) -> Result<RunKey, Failure> {
        self.at(column).map(RunKey)
    }

    /// The id of a run.
    fn run_id(&self, column: usize) -> Result<RunId, Failure> {
        let bytes: &[u8] = self.at(column)?;
        RunId::from_bytes(bytes).ok_or_else(|| Failure::damaged("a run has no id"))
    }

    /// The number of an item.
    fn item(&self, column: usize) -> Result<ItemNo, Failure> {
        self.number(column).map(ItemNo)
    }

    /// The state of an item.
    fn state(&self, column: usize) -> Result<State, Failure> {
        let code: i64 = self.at(column)?;
        state_code::from_code(code)
            .ok_or_else(|| Failure::damaged(format!("an item has the state {code}, which means nothing")))
    }

    /// Sixteen bytes.
    fn sixteen(&self, column: usize) -> Result<[u8; 16], Failure> {
        let bytes: &[u8] = self.at(column)?;
        bytes.try_into().map_err(|_| Failure::damaged(format!("an id has {} bytes, and not 16", bytes.len())))
    }
}

impl Columns for Row {
    fn at<'a, T: FromSql<'a>>(&'a self, column: usize) -> Result<T, Failure> {
        Ok(self.try_get(column)?)
    }
}

/// Reads a job's name.
pub(super) fn job_name(text: &str) -> Result<JobName, Failure> {
    text.parse().map_err(|_| Failure::damaged(format!("`{text}` is no name of a job")))
}
