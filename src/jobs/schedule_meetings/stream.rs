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
use super::row::{RowRules, TimetableRow, ZoneChoice};
use super::zones::ServerZones;
use crate::clock::{Timestamp, Zone};
use crate::config::MeetingDefaults;
use crate::engine::inbox::has_end;
use crate::model::{Column, line};
use crate::table::{Dates, Dialect, Layout, Proof, Reader, Recoded, Unused, Widths, cells};

/// Rows in a batch.
const BATCH: usize = 250;

/// The rules by which the rows are checked, owned.
#[derive(Debug, Clone)]
pub(super) struct Rules {
    pub(super) layout: Layout,
    pub(super) defaults: MeetingDefaults,
    pub(super) zone: Zone,
    pub(super) dates: Dates,
    pub(super) zones: Arc<ServerZones>,
    pub(super) now: Timestamp,
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
    /// First: the file's own headings, those of them that are not used, and how it is written.
    Head { headings: Vec<String>, unused: Unused, dialect: Dialect },
    /// Rows.
    Rows(Vec<CheckedRow>),
    /// Last: what is known of the file now that it was read.
    End(Whole),
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
        dates: &rules.dates,
        zones: rules.zones.as_ref(),
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
    let (length, hash) = (print.borrow().length(), print.borrow().digest());
    let has_end = has_end(&mut whole, length).map_err(unreadable)?;
    if let Some(why) = widths.cut_short().filter(|_| !has_end) {
        return Err(StreamError::Refused(why));
    }
    // If the last line has no end, the bytes behind it may belong to it.
    let last = widths.last_row().and_then(|line| u32::try_from(line).ok());
    let next = last.map_or(2, |line| if has_end { line.saturating_add(1) } else { line });
    let extent = Extent { length, hash, next };
    let whole = Whole {
        extent,
        recoded: reader.recoded(),
        proofs: rules.dates.proofs().to_vec(),
        early,
        unused: reader.unused(),
    };
    // As above: a receiver that has gone away does not want to know.
    let _ = to.blocking_send(Ok(Part::End(whole)));
    Ok(())
}

fn head<R>(reader: &Reader<R>) -> Part {
    let headings = reader.headings().own().map(str::to_owned).collect();
    Part::Head { headings, unused: reader.headings().unused().clone(), dialect: reader.dialect() }
}

/// Goes over the whole column of starts before one of them is read: what a row says may be told by a row behind it alone.
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
            rules.dates.recall(&carried);
        }
        rules.dates.look(u32::try_from(row.line()).unwrap_or(u32::MAX), &row.get(Column::StartTime));
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
