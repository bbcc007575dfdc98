//! Reads and checks a file's rows on a thread of its own, so that a slow share holds up nothing else, and hands them over in
//! batches: one pass, and never more than a few batches in memory.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::sync::Arc;

use tokio::sync::mpsc;

use super::check::{Checked, Checker};
use super::early::Early;
use super::measured::{Extent, Measured};
use super::open::StreamError;
use super::people::People;
use super::row::{RowRules, TimetableRow, ZoneChoice};
use super::zones::ZoneBook;
use crate::clock::{Timestamp, Zone};
use crate::config::MeetingDefaults;
use crate::engine::inbox::has_end;
use crate::jobs::workbook::as_text;
use crate::model::{Column, Digest, line};
use crate::table::{
    Choice, Dialect, Layout, Left, Lengths, Proof, Reader, Recoded, Sheet, Starts, Unused, Widths, cells,
};

/// Rows in a batch.
const BATCH: usize = 250;

/// The rules by which the rows are checked, owned.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) layout: Layout,
    pub(super) defaults: MeetingDefaults,
    pub(super) zone: Zone,
    pub(super) starts: Starts,
    pub(super) lengths: Lengths,
    pub(super) zones: Arc<dyn ZoneBook>,
    pub(super) people: Arc<People>,
    pub(super) now: Timestamp,
    /// The sheet of a workbook that is read; the first that fits where none is named.
    pub(super) sheet: Option<String>,
    pub(super) max_file_size: u64,
}

/// A row with what is wrong with it.
#[derive(Debug)]
pub(super) struct CheckedRow {
    pub(super) line: u32,
    pub(super) checked: Checked,
    /// For people: the title, else the `ref`, else the row.
    pub(super) label: String,
    /// The row's own cells, for the journal.
    pub(super) cells: String,
}

/// A message from the reading thread.
#[derive(Debug)]
pub(super) enum Part {
    /// First.
    Head(Head),
    /// Rows.
    Rows(Vec<CheckedRow>),
    /// Last: what is known of the file now that it was read.
    End(Box<Whole>),
}

/// The facts about a file whose first row is to be read.
#[derive(Debug)]
pub(super) struct Head {
    /// The file's own headings.
    pub(super) headings: Vec<String>,
    /// True when those are the job's, since the file has none.
    pub(super) is_headless: bool,
    /// The headings that are not used.
    pub(super) unused: Unused,
    /// The form in which the file is written.
    pub(super) dialect: Dialect,
}

/// The facts about a file that was read whole.
#[derive(Debug)]
pub(super) struct Whole {
    /// The part of the file that was read.
    pub(super) extent: Extent,
    /// The way in which it was read, where it was not UTF-8.
    pub(super) recoded: Option<Recoded>,
    /// The proofs of an order in its dates.
    pub(super) proofs: Vec<Proof>,
    /// The starts that may be a minute early.
    pub(super) early: Early,
    /// The headings and columns that nothing was read from.
    pub(super) unused: Unused,
    /// The rows that are no part of the table.
    pub(super) left: Left,
    /// The sheet that it was read from, where it is a workbook.
    pub(super) sheet: Option<Sheet>,
}

/// Begins to read an open file.
pub(super) fn begin(file: File, mut rules: Rules) -> mpsc::Receiver<Result<Part, StreamError>> {
    let (to, parts) = mpsc::channel(2);
    tokio::task::spawn_blocking(move || {
        if let Err(error) = read(file, &mut rules, &to) {
            // No receiver waits for rows any more where this cannot be sent.
            let _ = to.blocking_send(Err(error));
        }
    });
    parts
}

type To = mpsc::Sender<Result<Part, StreamError>>;

fn read(file: File, rules: &mut Rules, to: &To) -> Result<(), StreamError> {
    let unreadable = |error: std::io::Error| StreamError::Unreadable(error.to_string());
    let mut whole = file.try_clone().map_err(unreadable)?;
    let (file, sheet) = {
        let Rules { layout, sheet, max_file_size, .. } = &*rules;
        let fits = |head| Reader::open(head, layout).map(drop);
        as_text(file, Choice { sheet: sheet.as_deref(), max_file_size: *max_file_size, fits: &fits })?
    };
    let measured = Measured::new(file).map_err(unreadable)?;
    let print = measured.print();
    let mut reader = Reader::open(BufReader::with_capacity(64 * 1024, measured), &rules.layout)?;
    look_at_dates(&mut reader, rules, to)?;
    print.borrow_mut().begin();
    let mut reader = reader.again(&rules.layout)?;
    if to.blocking_send(Ok(head(&reader))).is_err() {
        return Ok(());
    }
    let row_rules = RowRules {
        defaults: &rules.defaults,
        zone: &rules.zone,
        starts: &rules.starts,
        lengths: &rules.lengths,
        zones: rules.zones.as_ref(),
        people: &rules.people,
        now: rules.now,
    };
    let mut checker = Checker::new(row_rules);
    let mut batch = Vec::with_capacity(BATCH);
    let mut widths = Widths::of(reader.headings().width());
    let mut early = Early::default();
    while let Some(row) = reader.next_row()? {
        let line = u32::try_from(row.line())
            .map_err(|_| StreamError::Refused("the file has more than four thousand million rows".to_owned()))?;
        widths.see(u64::from(line), row.width());
        let label = [Column::RoomName, Column::Ref, Column::MeetingId]
            .into_iter()
            .map(|column| row.get(column))
            .find(|text| !text.is_empty())
            .map_or_else(|| format!("row {line}"), |text| line::label(&text));
        let found = checker.check(&row);
        if let Some(start) = found.row.start {
            early.see(line, start, hour_of(&found.row, &rules.zone, start));
        }
        batch.push(CheckedRow { line, checked: found, label, cells: cells::encode(row.own()) });
        if batch.len() == BATCH && to.blocking_send(Ok(Part::Rows(std::mem::take(&mut batch)))).is_err() {
            return Ok(());
        }
    }
    if !batch.is_empty() && to.blocking_send(Ok(Part::Rows(batch))).is_err() {
        return Ok(());
    }
    let (length, hash, has_end) = if sheet.is_some() {
        let (length, hash) = whole_of(whole).map_err(unreadable)?;
        (length, hash, true)
    } else {
        let (length, hash) = (print.borrow().length(), print.borrow().digest());
        (length, hash, has_end(&mut whole, length).map_err(unreadable)?)
    };
    if let Some(why) = widths.cut_short().filter(|_| !has_end) {
        return Err(StreamError::Refused(why));
    }
    // If the last line has no end, the bytes behind it may belong to it.
    let last = widths.last_row().and_then(|line| u32::try_from(line).ok());
    let next = last.map_or(2, |line| if has_end { line.saturating_add(1) } else { line });
    let extent = Extent { length, hash, next, is_workbook: sheet.is_some() };
    let whole = Whole {
        extent,
        recoded: reader.recoded(),
        proofs: rules.starts.proofs().into_iter().chain(rules.lengths.proof().cloned()).collect(),
        early,
        unused: reader.unused(),
        left: reader.left(),
        sheet,
    };
    // As above: a receiver that has gone away does not want to know.
    let _ = to.blocking_send(Ok(Part::End(Box::new(whole))));
    Ok(())
}

/// Measures a file that was read out of its order.
fn whole_of(file: File) -> std::io::Result<(u64, Digest)> {
    let mut measured = Measured::new(file)?;
    let print = measured.print();
    std::io::copy(&mut measured, &mut std::io::sink())?;
    Ok((print.borrow().length(), print.borrow().digest()))
}

fn head<R>(reader: &Reader<R>) -> Part {
    Part::Head(Head {
        headings: reader.headings().own().map(str::to_owned).collect(),
        is_headless: reader.is_headless(),
        unused: reader.headings().unused().clone(),
        dialect: reader.dialect(),
    })
}

/// Goes over the whole columns of starts and lengths before one of them is read: what a row says may be told by a row behind it alone.
fn look_at_dates<R: Read + Seek>(reader: &mut Reader<R>, rules: &mut Rules, to: &To) -> Result<(), StreamError> {
    let mut carried = String::new();
    loop {
        let row = match reader.next_row() {
            Ok(Some(row)) => row,
            Ok(None) => return Ok(()),
            Err(error) => {
                // Remarks on the headings of a file that is refused. A receiver that has gone away does not want to
                // know.
                let _ = to.blocking_send(Ok(head(reader)));
                return Err(error.into());
            }
        };
        if row.date_order() != carried {
            row.date_order().clone_into(&mut carried);
            rules.starts.recall(&carried);
            rules.lengths.recall(&carried);
        }
        let line = u32::try_from(row.line()).unwrap_or(u32::MAX);
        rules.starts.look(line, &row.get(Column::StartTime));
        rules.lengths.look(line, &row.parts(Column::Duration).collect::<Vec<_>>());
    }
}

/// Returns the hour that clocks in the row's zone show at its start.
fn hour_of(row: &TimetableRow, zone: &Zone, start: Timestamp) -> i8 {
    match &row.zone {
        Some(ZoneChoice::Name(name)) if name != zone.name() => {
            Zone::named(name).map_or(0, |zone| zone.civil(start).hour())
        }
        _ => zone.civil(start).hour(),
    }
}
