//! Reads a file that came back against what its rows were when they were handed in: each cell that a person has not touched means what
//! it meant then, whatever a spreadsheet has made of it.

use std::collections::HashMap;
use std::io::{Read, Seek};

use super::fault::{Fault, shown};
use crate::engine::{Recall, RecordError};
use crate::model::{Code, Column, HandedRow, ItemNo, JobKey, NoToken, RowToken, RunKey};
use crate::table::returned::{Corrected, Doubt, Returned, ReturnedHeadings, Same, has_lost_time};
use crate::table::{Headings, HeldRow, Layout, Proof, ReadError, Reader, Starts, WrittenStart, cells};

/// The way to ask for rows that were handed in before, from a thread that may wait.
#[derive(Debug, Clone)]
pub(super) struct HandedInBefore {
    pub(super) recall: Recall,
    pub(super) job: Option<JobKey>,
    pub(super) waits: tokio::runtime::Handle,
}

/// A row as it is meant.
#[derive(Debug)]
pub(super) struct MeantRow {
    /// Its cells: the untouched ones as they were handed in.
    pub(super) held: HeldRow,
    /// The number of cells in the file.
    pub(super) width: usize,
    /// The word that names it.
    pub(super) token: Option<RowToken>,
    /// The identity of the item that it was, where this job knows it.
    pub(super) named: Option<NamedRow>,
    /// True where its token is of another journal or job, or of a run that is forgotten.
    pub(super) is_stranger: bool,
    /// The time of day is gone from a start or an end that is taken for what was handed in.
    pub(super) has_lost_time: bool,
    /// The faults that only the comparison shows.
    pub(super) faults: Vec<Fault>,
    /// Cells that stand otherwise in the file, as they stand there.
    respelled: Vec<(usize, String)>,
}

/// A row that this job knows again by its token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamedRow {
    /// The identity of the item that it was; `None` where it had none.
    pub(super) identity: Option<String>,
}

/// A file that came back, and what its untouched cells show.
#[derive(Debug)]
pub(super) struct ReturnedFile {
    headings: ReturnedHeadings,
    shown: Returned,
    runs: HashMap<RunKey, Option<HandedRun>>,
    starts: Starts,
    proofs: Vec<Proof>,
    layout: Layout,
    asked: HandedInBefore,
}

/// The file of a run with which rows were handed in.
#[derive(Debug)]
struct HandedRun {
    headings: Headings,
    /// The place of each of its columns in this file.
    places: Vec<usize>,
}

/// The part that is needed of a run's input.
#[derive(Debug, serde::Deserialize)]
struct HandedFile {
    #[serde(default)]
    headings: Vec<String>,
    #[serde(default)]
    proofs: Vec<Proof>,
}

/// Rows that are looked up together.
pub(super) const ROWS: usize = 250;

/// A row as it was handed in.
struct Handed {
    run: RunKey,
    cells: Vec<String>,
    identity: Option<String>,
}

/// The reason why a file that came back could not be read.
#[derive(Debug)]
pub(super) enum ReturnedError {
    /// The file.
    File(ReadError),
    /// The journal.
    Journal(RecordError),
}

impl From<ReadError> for ReturnedError {
    fn from(error: ReadError) -> Self {
        Self::File(error)
    }
}

impl From<RecordError> for ReturnedError {
    fn from(error: RecordError) -> Self {
        Self::Journal(error)
    }
}

/// A token as it stands in its cell.
enum Cell {
    Blank,
    Token(RowToken),
    Wrong(String),
}

impl ReturnedFile {
    /// Goes through a file for rows that were handed in before; `None` where it has none.
    pub(super) fn survey<R: Read + Seek>(
        mut reader: Reader<R>,
        layout: &Layout,
        starts: &Starts,
        asked: HandedInBefore,
    ) -> Result<Option<Self>, ReturnedError> {
        let headings = ReturnedHeadings::new(reader.headings().own());
        if headings.token().is_none() {
            return Ok(None);
        }
        let (layout, starts, proofs) = (layout.clone(), starts.clone(), Vec::new());
        let mut file =
            Self { headings, shown: Returned::default(), runs: HashMap::new(), starts, proofs, layout, asked };
        let (mut is_ours, mut names_meetings) = (false, false);
        loop {
            let mut rows = Vec::with_capacity(ROWS);
            while rows.len() < ROWS
                && let Some(row) = reader.next_row()?
            {
                rows.push(row.held());
            }
            if rows.is_empty() {
                break;
            }
            is_ours |= rows.iter().any(|row| matches!(file.cell(row), Cell::Token(_)));
            let handed = file.handed_in(&rows)?;
            let meeting = file.headings.meeting();
            for (row, handed) in rows.iter().zip(handed) {
                match handed {
                    Some(handed) => file.look(row, &handed),
                    None => names_meetings |= meeting.is_some_and(|at| !row.cell(at).is_empty()),
                }
            }
        }
        if names_meetings {
            file.headings.keep_meetings();
        }
        Ok(is_ours.then_some(file))
    }

    /// Returns what the files have shown that the rows were handed in with.
    pub(super) fn proofs(&self) -> &[Proof] {
        &self.proofs
    }

    pub(super) fn headings(&self) -> &ReturnedHeadings {
        &self.headings
    }

    /// Finds out what rows mean.
    pub(super) fn meant(&mut self, rows: &[HeldRow], headings: &Headings) -> Result<Vec<MeantRow>, ReturnedError> {
        let handed = self.handed_in(rows)?;
        Ok(rows.iter().zip(handed).map(|(row, handed)| self.meant_row(row, handed, headings)).collect())
    }

    fn cell(&self, row: &HeldRow) -> Cell {
        let text = self.headings.token().map_or("", |at| row.cell(at));
        match RowToken::read(text) {
            _ if text.is_empty() => Cell::Blank,
            Ok(token) => Cell::Token(token),
            Err(NoToken::Mistyped | NoToken::Other) => Cell::Wrong(text.to_owned()),
        }
    }

    /// Finds the rows that these were, each with its run.
    fn handed_in(&mut self, rows: &[HeldRow]) -> Result<Vec<Option<Handed>>, ReturnedError> {
        let tokens: Vec<Option<RowToken>> =
            rows.iter().map(|row| if let Cell::Token(token) = self.cell(row) { Some(token) } else { None }).collect();
        let mut by_run: HashMap<RunKey, Vec<ItemNo>> = HashMap::new();
        for token in tokens.iter().flatten() {
            by_run.entry(token.run).or_default().push(token.item);
        }
        let mut found: HashMap<(RunKey, ItemNo), HandedRow> = HashMap::new();
        let mut ids = HashMap::new();
        for (run, items) in by_run {
            let answer = self.asked.waits.block_on(self.asked.recall.handed_in(run, items))?;
            let Some(handed) = answer.filter(|handed| Some(handed.job) == self.asked.job) else { continue };
            let is_it = |token: &RowToken| token.is_of(run, handed.run);
            if !tokens.iter().flatten().any(is_it) {
                continue;
            }
            ids.insert(run, handed.run);
            if !self.runs.contains_key(&run) {
                let known = self.handed_run(&handed.input);
                self.runs.insert(run, known);
            }
            found.extend(handed.rows.into_iter().flatten().map(|row| ((run, row.item), row)));
        }
        let named = tokens.into_iter().map(|token| {
            let token = token?;
            let is_it = ids.get(&token.run).is_some_and(|id| token.is_of(token.run, *id));
            let row = found.get(&(token.run, token.item)).filter(|_| is_it)?.clone();
            self.runs.get(&token.run)?.as_ref()?;
            Some(Handed { run: token.run, cells: cells::decode(&row.source).ok()?, identity: row.identity })
        });
        Ok(named.collect())
    }

    fn handed_run(&mut self, input: &str) -> Option<HandedRun> {
        let input: HandedFile = serde_json::from_str(input).ok()?;
        // Where the file says itself which dates are in doubt, what it says no more is over.
        if !self.headings.tells_date_order(&input.headings) {
            let proofs: Vec<_> = input.proofs.into_iter().map(|proof| Proof { earlier: true, ..proof }).collect();
            self.starts.believe(&proofs);
            self.proofs.extend(proofs);
        }
        let headings = Headings::of_own(&input.headings, &self.layout).ok()?;
        Some(HandedRun { headings, places: self.headings.take(&input.headings) })
    }

    /// Takes in what a row shows.
    fn look(&mut self, row: &HeldRow, handed: &Handed) {
        let Some(Some(run)) = self.runs.get(&handed.run) else { return };
        let (start, parts) = start_of(&self.starts, run, handed);
        for (at, original) in handed.cells.iter().enumerate() {
            if let Some(place) = run.places.get(at).filter(|place| **place < self.headings.width()) {
                self.shown.look(*place, original, row.cell(*place), start.filter(|_| parts.contains(&at)));
            }
        }
    }

    fn meant_row(&self, row: &HeldRow, handed: Option<Handed>, headings: &Headings) -> MeantRow {
        let (width, more) = (self.headings.width(), self.headings.more());
        let mut meant = MeantRow {
            held: row.with(width, more, &[]),
            width: row.width() + more,
            token: None,
            named: None,
            is_stranger: false,
            has_lost_time: false,
            faults: Vec::new(),
            respelled: Vec::new(),
        };
        match self.cell(row) {
            Cell::Blank => {}
            Cell::Token(token) => {
                meant.token = Some(token);
                meant.is_stranger = handed.is_none();
            }
            Cell::Wrong(text) => meant.faults.push(Fault {
                column: None,
                code: None,
                words: format!(
                    "{} in the column row is not as roomkeeper wrote it: put it right, or empty the cell if this is a new row",
                    shown(&text)
                ),
            }),
        }
        let run = handed.as_ref().and_then(|handed| self.runs.get(&handed.run)?.as_ref());
        let (Some(handed), Some(run)) = (handed, run) else { return meant };
        let (start, parts) = start_of(&self.starts, run, &handed);
        let mut texts = Vec::new();
        for (at, original) in handed.cells.iter().enumerate() {
            let Some(place) = run.places.get(at).copied() else { continue };
            if place >= width {
                texts.push((place, original.clone()));
                continue;
            }
            let (returned, start) = (row.cell(place), start.filter(|_| parts.contains(&at)));
            let column = headings.field_at(place);
            match self.shown.judge(place, original, returned, start) {
                Same::Same => {
                    if returned != original {
                        meant.respelled.push((place, returned.to_owned()));
                        meant.has_lost_time |= matches!(column, Some(Column::StartTime | Column::EndTime))
                            && has_lost_time(original, returned);
                    }
                    texts.push((place, original.clone()));
                }
                Same::Doubt(doubt) => {
                    meant.faults.extend(column.map(|column| doubtful(column, doubt, original, returned)));
                    texts.push((place, original.clone()));
                }
                Same::Corrected if matches!(column, Some(Column::StartTime | Column::EndTime)) => {
                    match self.shown.correct(place, original, returned, start) {
                        Corrected::AsWritten => {}
                        Corrected::Proven(text) => texts.push((place, text)),
                        Corrected::Unproven(why) => {
                            meant.faults.push(unproven(original, returned, why));
                            texts.push((place, original.clone()));
                        }
                    }
                }
                Same::Corrected => {}
            }
        }
        // The token names the meeting.
        texts.extend(self.headings.meeting().map(|at| (at, String::new())));
        meant.held = row.with(width, more, &texts);
        meant.named = Some(NamedRow { identity: handed.identity });
        meant
    }
}

impl MeantRow {
    /// Returns the row with the cells of these columns as they stand in the file: where what was handed in is wrong, another way to write
    /// it is its correction. `None` where there are none.
    pub(super) fn corrected(&self, columns: &[Column], headings: &Headings) -> Option<HeldRow> {
        let is_wrong = |at: usize| headings.field_at(at).is_some_and(|column| columns.contains(&column));
        let texts: Vec<(usize, String)> = self.respelled.iter().filter(|(at, _)| is_wrong(*at)).cloned().collect();
        (!texts.is_empty()).then(|| self.held.with(0, 0, &texts))
    }
}

/// Reads the start that a row was handed in with; tells of which of its cells it is made.
fn start_of<'a>(starts: &Starts, run: &'a HandedRun, handed: &Handed) -> (Option<WrittenStart>, &'a [usize]) {
    let row = HeldRow::of_own(0, &handed.cells);
    let text = row.row(&run.headings).get(Column::StartTime).into_owned();
    (starts.read(&text).ok(), run.headings.cells_of(Column::StartTime))
}

fn doubtful(column: Column, doubt: Doubt, original: &str, returned: &str) -> Fault {
    let why = match doubt {
        Doubt::Order(_) => {
            "whether day and month were exchanged by a program, or corrected, no other cell of the column tells"
        }
        Doubt::Offset => {
            "whether a program has put the offset there, or somebody has corrected it, no other cell of the column tells"
        }
        Doubt::Marks => "a program may have dropped the comma or the point",
        Doubt::Formula => "a program may have calculated it",
    };
    let words = format!(
        "{column} was {} when it was handed in, and is {} now: {why}. Write it as it was, or empty the cell in the column row, and the row is read as it stands",
        shown(original),
        shown(returned)
    );
    Fault { column: Some(column), code: (column == Column::StartTime).then_some(Code::START_FORMAT), words }
}

fn unproven(original: &str, returned: &str, why: &str) -> Fault {
    let words = format!(
        "the start {} was {} when it was handed in, and how it is to be read now is not certain, {why}; write it as 2026-11-23 14:05, with Z or an offset if there was one",
        shown(returned),
        shown(original)
    );
    Fault { column: Some(Column::StartTime), code: Some(Code::START_FORMAT), words }
}
