//! Writes the retry file: the rows that did not succeed, with the reason in front, to be corrected and dropped again as it is.

use std::io::{self, Write};

use super::dialect::Dialect;
use super::front;
use super::results::{padded, write_row, writer};
use crate::model::{Code, Status};

/// Writes a retry file. The file's own headings and cells stay as they are, so that the job's `columns` and `date_formats`
/// hold for it as they did for the first; only a heading that we also write, or that begins with `input_`, gets another
/// `input_` in front, which [`super::Reader`] takes off again. What the file's dates have shown goes with every row, since the
/// row that showed it may be done.
#[derive(Debug)]
pub struct RetryWriter<W: Write> {
    csv: csv::Writer<W>,
    own: usize,
    /// The order of the dates that is carried on ([`super::Dates::carried`]), if there is one.
    date_order: Option<String>,
}

impl<W: Write> RetryWriter<W> {
    /// Writes the headings: ours, then the file's own ones ([`super::Headings::own`]).
    pub fn begin(to: W, dialect: Dialect, own: &[String], date_order: &str) -> io::Result<Self> {
        let is_ours = |name: &str| front::PASSED_OVER.contains(&name) || name == front::DATE_ORDER;
        let names = front::own_names(own, |name| is_ours(name) || name.starts_with(front::OWN));
        let date_order = Some(date_order.to_owned()).filter(|text| !text.is_empty());
        let mut csv = writer(to, dialect)?;
        let front = front::RETRY.into_iter().chain(date_order.as_ref().map(|_| front::DATE_ORDER));
        write_row(&mut csv, front, names.iter().map(String::as_str))?;
        Ok(Self { csv, own: own.len(), date_order })
    }

    /// Writes one row; `own` are its own cells ([`super::Row::own`]), also those beyond the headings, which a person may
    /// have to put right.
    pub fn write(
        &mut self,
        line: u64,
        status: Status,
        code: Option<Code>,
        error: &str,
        own: &[String],
    ) -> io::Result<()> {
        let code = code.map(|code| code.to_string());
        let front = [&line.to_string(), status.as_str(), code.as_deref().unwrap_or_default(), error];
        write_row(&mut self.csv, front.into_iter().chain(self.date_order.as_deref()), padded(own, self.own))
    }

    /// Writes out what is still in memory and hands the file back, to be synced.
    pub fn finish(self) -> io::Result<W> {
        self.csv.into_inner().map_err(csv::IntoInnerError::into_error)
    }
}
