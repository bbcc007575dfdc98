//! Reads and checks a file's rows on a thread of its own, so that a slow share holds up nothing else and the work is shared by two
//! threads, and hands them over in batches: never more than a few are in memory.

use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::check::Checker;
use super::checked_row::CheckedRow;
use super::early::Early;
use super::measured::{self, Extent, Measured};
use super::open::StreamError;
use super::people::People;
use super::returned::{HandedInBefore, MeantRow, ReturnedError, ReturnedFile};
use super::row::{RowRules, TimetableRow, ZoneChoice};
use super::timeless::Timeless;
use super::zones::ZoneBook;
use crate::clock::{Timestamp, Zone};
use crate::config::MeetingDefaults;
use crate::engine::inbox::has_end;
use crate::jobs::workbook::as_text;
use crate::model::Column;
use crate::table::{
    self, Choice, Dialect, Layout, Left, Lengths, Proof, Reader, Recoded, Sheet, Starts, Unused, Widths,
};

/// Rows in a batch.
const BATCH: usize = 250;
/// The bytes in which headings stand.
const HEAD: usize = 64 * 1024;
/// The heading of rows' tokens.
const TOKENS: &[u8] = b"row";

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
    /// Knows rows again that come back.
    pub(super) before: HandedInBefore,
    /// True where no row comes into the journal.
    pub(super) is_dry: bool,
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
    /// Rows with a token of another journal or job.
    pub(super) strangers: u64,
    /// Rows that came back without the time of day of a start or an end.
    pub(super) timeless: Timeless,
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
    // Before its sheet is read: what is written to it meanwhile is seen as a change.
    let as_book = table::is_workbook(&file)?.then(|| measured::whole(&mut whole)).transpose().map_err(unreadable)?;
    let (file, sheet) = {
        let Rules { layout, sheet, max_file_size, .. } = &*rules;
        let fits = |head| Reader::open(head, layout).map(drop);
        as_text(file, Choice { sheet: sheet.as_deref(), max_file_size: *max_file_size, fits: &fits })?
    };
    let mut returned = survey(&file, rules)?;
    let measured = Measured::new(file).map_err(unreadable)?;
    let print = measured.print();
    let mut reader = open_as(BufReader::with_capacity(64 * 1024, measured), rules, returned.as_ref())?;
    look_at_dates(&mut reader, rules, to, returned.as_mut())?;
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
    let (mut early, mut strangers, mut timeless) = (Early::default(), 0, Timeless::default());
    let headings = reader.headings().clone();
    let goes_on = each_row(&mut reader, returned.as_mut(), &mut |row, meant| {
        let line = u32::try_from(row.line())
            .map_err(|_| StreamError::Refused("the file has more than four thousand million rows".to_owned()))?;
        widths.see(u64::from(line), meant.as_ref().map_or(row.width(), |meant| meant.width));
        strangers += u64::from(meant.as_ref().is_some_and(|meant| meant.is_stranger));
        if meant.as_ref().is_some_and(|meant| meant.has_lost_time) {
            timeless.see(line);
        }
        let found = CheckedRow::of(&mut checker, row, line, meant, &headings, rules.is_dry);
        if let Some(start) = found.checked.row.start {
            early.see(line, start, hour_of(&found.checked.row, &rules.zone, start));
        }
        batch.push(found);
        if batch.len() < BATCH {
            return Ok(true);
        }
        let full = std::mem::replace(&mut batch, Vec::with_capacity(BATCH));
        Ok(to.blocking_send(Ok(Part::Rows(full))).is_ok())
    })?;
    if !goes_on || !batch.is_empty() && to.blocking_send(Ok(Part::Rows(batch))).is_err() {
        return Ok(());
    }
    let (length, hash, has_end) = if let Some((length, hash)) = as_book {
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
        strangers,
        timeless,
    };
    // As above: a receiver that has gone away does not want to know.
    let _ = to.blocking_send(Ok(Part::End(Box::new(whole))));
    Ok(())
}

fn head<R>(reader: &Reader<R>) -> Part {
    Part::Head(Head {
        headings: reader.headings().own().map(str::to_owned).collect(),
        is_headless: reader.is_headless(),
        unused: reader.headings().unused().clone(),
        dialect: reader.dialect(),
    })
}

/// Finds out whether rows of the file were handed in before.
fn survey(file: &File, rules: &mut Rules) -> Result<Option<ReturnedFile>, StreamError> {
    let unreadable = |error: std::io::Error| StreamError::Unreadable(error.to_string());
    let mut head = vec![0; HEAD];
    let length = file.read_at(&mut head, 0).map_err(unreadable)?;
    // In UTF-16 every second byte is none.
    let letters: Vec<u8> = head[..length].iter().filter(|byte| **byte != 0).map(u8::to_ascii_lowercase).collect();
    if !letters.windows(TOKENS.len()).any(|word| word == TOKENS) {
        return Ok(None);
    }
    let measured = Measured::new(file.try_clone().map_err(unreadable)?).map_err(unreadable)?;
    let reader = Reader::open_bare(BufReader::with_capacity(64 * 1024, measured), &rules.layout);
    let found = reader
        .map_err(ReturnedError::from)
        .and_then(|reader| ReturnedFile::survey(reader, &rules.layout, &rules.starts, rules.before.clone()));
    match found {
        Ok(Some(file)) => {
            rules.starts.believe(file.proofs());
            rules.lengths.believe(file.proofs());
            Ok(Some(file))
        }
        // The reader of the file tells what is wrong with it.
        Ok(None) | Err(ReturnedError::File(_)) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn open_as<R: Read + Seek>(
    source: R,
    rules: &Rules,
    returned: Option<&ReturnedFile>,
) -> Result<Reader<R>, StreamError> {
    Ok(match returned {
        Some(file) => Reader::open_returned(source, &rules.layout, file.headings())?,
        None => Reader::open(source, &rules.layout)?,
    })
}

/// Is called with a row, and with what it means where its file came back; says whether to go on.
type EachRow<'e> = dyn FnMut(table::Row<'_>, Option<MeantRow>) -> Result<bool, StreamError> + 'e;

/// Goes through the rows of a file; tells whether it came to the end.
fn each_row<R: Read + Seek>(
    reader: &mut Reader<R>,
    returned: Option<&mut ReturnedFile>,
    each: &mut EachRow<'_>,
) -> Result<bool, StreamError> {
    let Some(file) = returned else {
        while let Some(row) = reader.next_row()? {
            if !each(row, None)? {
                return Ok(false);
            }
        }
        return Ok(true);
    };
    let headings = reader.headings().clone();
    loop {
        let mut rows = Vec::with_capacity(BATCH);
        while rows.len() < BATCH
            && let Some(row) = reader.next_row()?
        {
            rows.push(row.held());
        }
        if rows.is_empty() {
            return Ok(true);
        }
        for meant in file.meant(&rows, &headings)? {
            if !each(meant.held.clone().row(&headings), Some(meant))? {
                return Ok(false);
            }
        }
    }
}

/// Goes over the whole column of starts before one of them is read: what a row says may be told by a row behind it alone.
fn look_at_dates<R: Read + Seek>(
    reader: &mut Reader<R>,
    rules: &mut Rules,
    to: &To,
    returned: Option<&mut ReturnedFile>,
) -> Result<(), StreamError> {
    let mut carried = String::new();
    let looked = each_row(reader, returned, &mut |row, _| {
        let order = row.date_order();
        // In nearly every row both are blank: to compare nothing with nothing takes a processor long, of all things.
        if !(order.is_empty() && carried.is_empty()) && order != carried {
            order.clone_into(&mut carried);
            rules.starts.recall(&carried);
            rules.lengths.recall(&carried);
        }
        let line = u32::try_from(row.line()).unwrap_or(u32::MAX);
        rules.starts.look(line, &row.get(Column::StartTime));
        rules.lengths.look(line, row.parts(Column::Duration));
        Ok(true)
    });
    if looked.is_err() {
        // Remarks on the headings of a file that is refused. A receiver that has gone away does not want to know.
        let _ = to.blocking_send(Ok(head(reader)));
    }
    looked.map(drop)
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::zones::ServerZones;
    use super::*;
    use crate::engine::Recall;
    use crate::model::{Digest, ZoneEntry};

    async fn rows_of(text: &str, is_dry: bool) -> (Vec<CheckedRow>, Vec<String>) {
        let utc = ZoneEntry {
            timezone_id: "1".to_owned(),
            zone_name: "UTC".to_owned(),
            time_start: None,
            gmt_offset_min: Some(0),
        };
        let rules = Rules {
            layout: Layout::default(),
            defaults: MeetingDefaults::default(),
            zone: Zone::utc(),
            starts: Starts::new(&[]),
            lengths: Lengths::new(crate::model::DurationUnit::Minutes),
            zones: Arc::new(ServerZones::new(vec![utc])),
            people: Arc::default(),
            now: Timestamp::from_seconds(1_800_000_000),
            sheet: None,
            max_file_size: u64::MAX,
            before: HandedInBefore { recall: Recall::Nothing, job: None, waits: tokio::runtime::Handle::current() },
            is_dry,
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let mut parts = begin(file.reopen().unwrap(), rules);
        let (mut rows, mut others) = (Vec::new(), Vec::new());
        while let Some(part) = parts.recv().await {
            match part.unwrap() {
                Part::Rows(more) => rows.extend(more),
                other => others.push(format!("{other:?}")),
            }
        }
        (rows, others)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn a_dry_run_reads_what_every_run_reads_but_for_what_is_kept(rows in prop::collection::vec(
            "(schedule|cancel|)?,(R[12]|),(u1|0u|),(Algebra|x| Art|),(2027-02-1[0-9] 0[0-9]:00|2026-01-01 09:00|soon|),(30|5|half|),1?,2?\n",
            0..9,
        )) {
            let text = "action,ref,user_id,room_name,start_time,duration,moderators,participants\n".to_owned() + &rows.concat();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let (mut every, others) = runtime.block_on(rows_of(&text, false));
            let (dry, dry_others) = runtime.block_on(rows_of(&text, true));
            for row in &mut every {
                prop_assert!(row.cells.take().is_some());
                let content = std::mem::take(&mut row.content);
                prop_assert_eq!(content, row.checked.row.digest());
                prop_assert_ne!(content, Digest::default());
            }
            prop_assert_eq!((format!("{every:#?}"), others), (format!("{dry:#?}"), dry_others));
        }
    }
}
