//! Reads `.xlsx` and `.xlsm`: calamine tells the cells one by one; a look at the sheet before tells what calamine leaves out, and
//! holds every part to its bound.

use std::borrow::Cow;
use std::io::BufReader;

use calamine::{DataRef, Reader, Xlsx, XlsxCellReader, XlsxError};
use quick_xml::events::Event;

use super::book::{Book, Flow, MOST_OF_PART, SheetName, ToCell, UNCOMPUTED, guarded};
use super::place::Place;
use super::shown;
use super::survey::{Survey, area_at, cell_at};
use super::xml::{Archive, Events, attribute, is_set, relationships};
use crate::table::refusal::{MOST_CELLS, MOST_OF_TEXTS, ReadError, Refusal};

/// So many places are kept of formulas without a value, and of errors that calamine does not know.
const MOST_PLACES: usize = 1_000_000;

/// A workbook, open.
pub(super) struct Workbook {
    archive: Archive,
    place: Place,
    book: Option<Xlsx<BufReader<Place>>>,
    sheets: Vec<SheetName>,
    paths: Vec<String>,
    base: String,
    /// True when the program that wrote it left its formulas to be computed by the one that opens it.
    uncomputed: bool,
    most: u64,
}

/// The places in a sheet that calamine is not asked about, in their order.
#[derive(Debug, Default)]
struct Odd {
    uncomputed: Vec<(u32, u32)>,
    errors: Vec<(u32, u32)>,
}

impl Workbook {
    /// Reads which sheets there are.
    pub(super) fn open(mut archive: Archive, place: Place, most: u64) -> Result<Self, ReadError> {
        let main = relationships(&mut archive, "_rels/.rels")?.into_values().find(|(kind, _)| kind == "officeDocument");
        let (_, main) = main.ok_or_else(|| Refusal::damaged("it does not say which of its parts is the workbook"))?;
        let main = main.trim_start_matches('/').to_owned();
        let (base, name) = main.rsplit_once('/').map_or(("", main.as_str()), |(base, name)| (base, name));
        let base = if base.is_empty() { String::new() } else { format!("{base}/") };
        let related = relationships(&mut archive, &format!("{base}_rels/{name}.rels"))?;
        let (mut sheets, mut paths, mut uncomputed) = (Vec::new(), Vec::new(), false);
        if let Some(mut events) = archive.events(&main, MOST_OF_PART)? {
            while let Some(event) = events.next()? {
                let Event::Start(element) = event else { continue };
                match element.local_name().as_ref() {
                    "calcPr" => uncomputed = is_set(&element, "fullCalcOnLoad"),
                    "sheet" => {
                        let name = attribute(&element, "name").unwrap_or_default().into_owned();
                        let is_visible = attribute(&element, "state").is_none_or(|state| state == "visible");
                        let target = attribute(&element, "id").and_then(|id| related.get(&*id));
                        if let Some((_, target)) = target.filter(|(kind, _)| kind == "worksheet") {
                            let path =
                                target.strip_prefix('/').map_or_else(|| format!("{base}{target}"), str::to_owned);
                            sheets.push(SheetName { name, is_visible });
                            paths.push(path);
                        }
                    }
                    _ => {}
                }
            }
        }
        Ok(Self { archive, place, book: None, sheets, paths, base, uncomputed, most })
    }

    /// Holds the parts to their bounds that calamine reads at once, and has it read them.
    fn book(&mut self) -> Result<&mut Xlsx<BufReader<Place>>, ReadError> {
        if self.book.is_none() {
            for name in ["styles.xml", "theme/theme1.xml"] {
                if let Some(events) = self.archive.events(&format!("{}{name}", self.base), MOST_OF_PART)? {
                    events.drain()?;
                }
            }
            if let Some(mut events) = self.archive.events(&format!("{}sharedStrings.xml", self.base), MOST_OF_TEXTS)? {
                while let Some(event) = events.next()? {
                    let Event::Start(element) = event else { continue };
                    let said = attribute(&element, "uniqueCount").and_then(|count| count.parse::<u64>().ok());
                    // Room is made for so many texts before one of them is read.
                    if said.is_some_and(|said| said > MOST_OF_TEXTS / 16) {
                        return Err(Refusal::WorkbookTooLarge.into());
                    }
                }
            }
            let place = BufReader::new(self.place.clone());
            self.book = Some(guarded(|| Xlsx::new(place).map_err(why))?);
        }
        self.book.as_mut().ok_or_else(|| Refusal::damaged("").into())
    }

    fn look(&mut self, sheet: usize, head: Option<u32>) -> Result<(Survey, Odd), ReadError> {
        let (mut survey, mut odd) = (Survey::default(), Odd::default());
        let path = self.paths.get(sheet).map_or("", String::as_str);
        let Some(mut events) = self.archive.events(path, self.most)? else {
            return Err(Refusal::damaged("a sheet is missing").into());
        };
        let (mut row, mut column, mut cells) = (0_u32, 0_u32, 0_u64);
        while let Some(event) = events.next()? {
            let Event::Start(element) = event else { continue };
            match element.local_name().as_ref() {
                "row" => {
                    let said = attribute(&element, "r").and_then(|said| said.parse::<u32>().ok());
                    row = said.map_or(row + 1, |said| said.max(1));
                    column = 0;
                    if head.is_some_and(|head| row > head) {
                        break;
                    }
                    if is_set(&element, "hidden") {
                        survey.hide(row - 1, row - 1);
                    }
                }
                "c" => {
                    cells += 1;
                    if cells > MOST_CELLS {
                        return Err(Refusal::WorkbookTooLarge.into());
                    }
                    let at = attribute(&element, "r").and_then(|name| cell_at(&name));
                    let at = at.unwrap_or((row.saturating_sub(1), column));
                    column = at.1 + 1;
                    let kind = attribute(&element, "t").map(Cow::into_owned);
                    let found = look_into(&mut events, kind.as_deref())?;
                    if found.has_formula && (self.uncomputed || !found.has_value) {
                        survey.uncomputed(at);
                        odd.uncomputed.push(at);
                    }
                    if found.is_strange {
                        odd.errors.push(at);
                    }
                    if odd.uncomputed.len().max(odd.errors.len()) > MOST_PLACES {
                        return Err(Refusal::Uncomputed.into());
                    }
                }
                "mergeCell" => {
                    if let Some((first, last)) = attribute(&element, "ref").and_then(|area| area_at(&area)) {
                        survey.merge(first, last);
                    }
                }
                _ => {}
            }
        }
        survey.finish();
        Ok((survey, odd))
    }
}

/// The findings in one cell.
struct Found {
    has_formula: bool,
    has_value: bool,
    /// True when it holds an error of another name than those that calamine knows.
    is_strange: bool,
}

/// Reads the inside of a cell of this kind to its end.
fn look_into<R: std::io::Read>(events: &mut Events<R>, kind: Option<&str>) -> Result<Found, ReadError> {
    // A formula's empty text is a value, too.
    let mut found = Found { has_formula: false, has_value: matches!(kind, Some("str")), is_strange: false };
    let mut in_value = false;
    while let Some(event) = events.next()? {
        match event {
            Event::Start(element) => match element.local_name().as_ref() {
                "f" => found.has_formula = true,
                "v" => in_value = true,
                "is" => found.has_value = true,
                _ => {}
            },
            Event::Text(text) if in_value => {
                found.has_value = true;
                found.is_strange = kind == Some("e") && !ERRORS.contains(&text.xml10_content().trim());
            }
            Event::End(element) => match element.local_name().as_ref() {
                "v" => in_value = false,
                "c" => break,
                _ => {}
            },
            _ => {}
        }
    }
    Ok(found)
}

/// The errors that calamine knows; at any other it stops.
const ERRORS: [&str; 8] = ["#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#DATA!"];

impl Book for Workbook {
    fn sheets(&self) -> &[SheetName] {
        &self.sheets
    }

    fn survey(&mut self, sheet: usize) -> Result<Survey, ReadError> {
        self.look(sheet, None).map(|(survey, _)| survey)
    }

    fn cells(&mut self, sheet: usize, head: Option<u32>, to: ToCell<'_>) -> Result<(), ReadError> {
        let (_, odd) = self.look(sheet, head)?;
        let Some(name) = self.sheets.get(sheet).map(|sheet| sheet.name.clone()) else { return Ok(()) };
        let book = self.book()?;
        let is_1904 = book.has_1904_epoch();
        let mut cells = guarded(|| book.worksheet_cells_reader(&name).map_err(why))?;
        let formats: Vec<String> = (cells.styles().iter())
            .map(|style| style.number_format.as_ref().map_or_else(String::new, |format| format.format_code.clone()))
            .collect();
        let (mut uncomputed, mut errors) = (odd.uncomputed.into_iter().peekable(), odd.errors.into_iter());
        loop {
            let (at, text) = match next(&mut cells)? {
                Next::End => return Ok(()),
                Next::Strange(text) => {
                    let Some(at) = errors.next() else { return Err(Refusal::damaged(&text).into()) };
                    (at, Cow::Owned(text))
                }
                Next::Cell(at, value, style) => {
                    (at, text(value, formats.get(style).map_or("", String::as_str), is_1904))
                }
            };
            if head.is_some_and(|head| at.0 >= head) {
                return Ok(());
            }
            let text = if uncomputed.next_if_eq(&at).is_some() { Cow::Borrowed(UNCOMPUTED) } else { text };
            if to(at.0, at.1, &text)? == Flow::Stop {
                return Ok(());
            }
        }
    }
}

/// The next cell of a sheet.
enum Next<'a> {
    Cell((u32, u32), DataRef<'a>, usize),
    /// An error of a name that calamine does not know.
    Strange(String),
    End,
}

fn next<'a>(cells: &mut XlsxCellReader<'a, BufReader<Place>>) -> Result<Next<'a>, ReadError> {
    guarded(|| match cells.next_cell_with_style_id() {
        Ok(Some((cell, style))) => Ok(Next::Cell(cell.get_position(), cell.get_value().clone(), style)),
        Ok(None) => Ok(Next::End),
        Err(XlsxError::CellError(text)) => Ok(Next::Strange(text)),
        Err(error) => Err(why(error)),
    })
}

fn text<'a>(value: DataRef<'a>, format: &str, is_1904: bool) -> Cow<'a, str> {
    match value {
        DataRef::Empty => Cow::Borrowed(""),
        DataRef::String(text) | DataRef::DurationIso(text) => Cow::Owned(text),
        DataRef::SharedString(text) => Cow::Borrowed(text),
        #[expect(clippy::cast_precision_loss, reason = "spreadsheets keep 15 digits")]
        DataRef::Int(number) => Cow::Owned(shown::number(number as f64, format)),
        DataRef::Float(number) => Cow::Owned(shown::number(number, format)),
        DataRef::Bool(yes) => Cow::Borrowed(if yes { "TRUE" } else { "FALSE" }),
        DataRef::DateTime(at) if at.is_duration() => Cow::Owned(shown::length(at.as_f64())),
        DataRef::DateTime(at) => Cow::Owned(shown::date(at.as_f64(), format, is_1904)),
        DataRef::DateTimeIso(text) => Cow::Owned(shown::iso(&text)),
        DataRef::Error(error) => Cow::Owned(error.to_string()),
    }
}

fn why(error: XlsxError) -> ReadError {
    match error {
        XlsxError::Io(error) => error.into(),
        XlsxError::Password => Refusal::Protected.into(),
        error => Refusal::damaged(&error.to_string()).into(),
    }
}
