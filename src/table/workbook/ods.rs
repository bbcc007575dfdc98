//! Reads `.ods`, element by element: calamine would hold every sheet in memory, and knows neither what a cell shows nor which rows
//! are hidden.

use std::borrow::Cow;
use std::io::Read;

use quick_xml::events::{BytesStart, Event};

use super::book::{Book, Flow, MOST_OF_PART, SheetName, ToCell, UNCOMPUTED};
use super::shown;
use super::survey::Survey;
use super::xml::{Archive, Events, attribute};
use crate::table::refusal::{MAX_COLUMNS, MAX_ROW_BYTES, MOST_CELLS, ReadError, Refusal};

/// A sheet has so many rows.
const MOST_ROWS: u32 = 1_048_576;
/// The part with the sheets.
const CONTENT: &str = "content.xml";

/// A workbook, open.
pub(super) struct Workbook {
    archive: Archive,
    sheets: Vec<SheetName>,
    most: u64,
}

impl Workbook {
    /// Reads which sheets there are.
    pub(super) fn open(mut archive: Archive, most: u64) -> Result<Self, ReadError> {
        let mut manifest = archive.events("META-INF/manifest.xml", MOST_OF_PART)?;
        while let Some(event) = manifest.as_mut().map(Events::next).transpose()?.flatten() {
            if matches!(&event, Event::Start(element) if element.local_name().as_ref() == "encryption-data") {
                return Err(Refusal::Protected.into());
            }
        }
        drop(manifest);
        let (mut sheets, mut hidden, mut style) = (Vec::new(), Vec::new(), String::new());
        let mut events = content(&mut archive, most)?;
        while let Some(event) = events.next()? {
            let Event::Start(element) = event else { continue };
            match element.name().as_ref() {
                "style:style" => style = attribute(&element, "name").unwrap_or_default().into_owned(),
                "style:table-properties" if attribute(&element, "display").is_some_and(|shown| shown == "false") => {
                    hidden.push(style.clone());
                }
                "table:table" => {
                    let name = attribute(&element, "name").unwrap_or_default().into_owned();
                    let of = attribute(&element, "style-name").unwrap_or_default();
                    sheets.push(SheetName { name, is_visible: !hidden.iter().any(|style| *style == of) });
                }
                _ => {}
            }
        }
        drop(events);
        Ok(Self { archive, sheets, most })
    }
}

fn content(archive: &mut Archive, most: u64) -> Result<Events<impl Read + use<'_>>, ReadError> {
    archive.events(CONTENT, most)?.ok_or_else(|| Refusal::damaged("its content is missing").into())
}

impl Book for Workbook {
    fn sheets(&self) -> &[SheetName] {
        &self.sheets
    }

    fn survey(&mut self, sheet: usize) -> Result<Survey, ReadError> {
        let mut survey = Survey::default();
        let mut reading = SheetWalk { row: 0, cells: 0, head: None, survey: Some(&mut survey) };
        let mut events = content(&mut self.archive, self.most)?;
        reading.sheet(&mut events, sheet, &mut |_, _, _| Ok(Flow::Go))?;
        survey.finish();
        Ok(survey)
    }

    fn cells(&mut self, sheet: usize, head: Option<u32>, to: ToCell<'_>) -> Result<(), ReadError> {
        let mut events = content(&mut self.archive, self.most)?;
        SheetWalk { row: 0, cells: 0, head, survey: None }.sheet(&mut events, sheet, to)
    }
}

/// The way through a sheet.
struct SheetWalk<'a> {
    /// The row, from 0.
    row: u32,
    cells: u64,
    head: Option<u32>,
    survey: Option<&'a mut Survey>,
}

/// A cell as it is stored.
#[derive(Debug, Clone, Default)]
struct Stored {
    text: String,
    /// The number of columns, and of rows, that it takes where it is merged.
    spans: (u32, u32),
    is_uncomputed: bool,
}

impl SheetWalk<'_> {
    /// Goes through the sheet of that number.
    fn sheet<R: Read>(&mut self, events: &mut Events<R>, sheet: usize, to: ToCell<'_>) -> Result<(), ReadError> {
        let (mut found, mut depth) = (0_usize, 0_usize);
        while let Some(event) = events.next()? {
            match event {
                Event::Start(element) if element.name().as_ref() == "table:table" => {
                    found += usize::from(depth == 0);
                    depth += 1;
                }
                Event::End(element) if element.name().as_ref() == "table:table" => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 && found == sheet + 1 {
                        return Ok(());
                    }
                }
                Event::Start(element)
                    if depth == 1 && found == sheet + 1 && element.name().as_ref() == "table:table-row" =>
                {
                    let times = repeated(&element, "number-rows-repeated").min(MOST_ROWS - self.row.min(MOST_ROWS));
                    let is_hidden = attribute(&element, "visibility").is_some_and(|shown| shown != "visible");
                    let row = self.read_row(events)?;
                    if self.tell(&row, times, is_hidden, to)? == Flow::Stop {
                        return Ok(());
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Tells a row, and those that are like it.
    fn tell(&mut self, row: &[(u32, Stored)], times: u32, is_hidden: bool, to: ToCell<'_>) -> Result<Flow, ReadError> {
        if let Some(survey) = self.survey.as_deref_mut() {
            if is_hidden && times > 0 && !row.is_empty() {
                survey.hide(self.row, self.row + times - 1);
            }
            for (column, cell) in row {
                let (columns, rows) = cell.spans;
                if columns > 1 || rows > 1 {
                    let last = (self.row.saturating_add(rows.max(1) - 1), column.saturating_add(columns.max(1) - 1));
                    survey.merge((self.row, *column), last);
                }
                if cell.is_uncomputed {
                    survey.uncomputed((self.row, *column));
                }
            }
        }
        if !row.is_empty() {
            for line in self.row..self.row + times {
                if self.head.is_some_and(|head| line >= head) {
                    return Ok(Flow::Stop);
                }
                for (column, cell) in row {
                    self.cells += 1;
                    if self.cells > MOST_CELLS {
                        return Err(Refusal::WorkbookTooLarge.into());
                    }
                    let text = if cell.is_uncomputed { UNCOMPUTED } else { &cell.text };
                    if to(line, *column, text)? == Flow::Stop {
                        return Ok(Flow::Stop);
                    }
                }
            }
        }
        self.row += times;
        Ok(Flow::Go)
    }

    /// Reads the cells of a row in which something stands, with their columns from 0.
    fn read_row<R: Read>(&self, events: &mut Events<R>) -> Result<Vec<(u32, Stored)>, ReadError> {
        let (mut row, mut column, mut bytes) = (Vec::new(), 0_u32, 0_usize);
        loop {
            let Some(event) = events.next()? else { return Err(Refusal::damaged("it ends within a row").into()) };
            match event {
                Event::Start(element)
                    if matches!(element.name().as_ref(), "table:table-cell" | "table:covered-table-cell") =>
                {
                    let times = repeated(&element, "number-columns-repeated");
                    let element = element.into_owned();
                    let cell = read_cell(&element, events)?;
                    if !cell.text.is_empty() || cell.is_uncomputed || cell.spans.1 > 1 {
                        let number = u64::from(self.row) + 1;
                        bytes = bytes.saturating_add(cell.text.len().saturating_mul(times as usize));
                        if bytes > MAX_ROW_BYTES {
                            return Err(Refusal::RowTooLong { row: number }.into());
                        }
                        if column.saturating_add(times) as usize > MAX_COLUMNS {
                            return Err(Refusal::TooManyColumns { row: number }.into());
                        }
                        row.extend((column..column + times).map(|column| (column, cell.clone())));
                    }
                    column = column.saturating_add(times);
                }
                Event::End(element) if element.name().as_ref() == "table:table-row" => return Ok(row),
                _ => {}
            }
        }
    }
}

fn repeated(element: &BytesStart<'_>, name: &str) -> u32 {
    attribute(element, name).and_then(|times| times.parse().ok()).unwrap_or(1)
}

/// Reads a cell to its end.
fn read_cell<R: Read>(element: &BytesStart<'_>, events: &mut Events<R>) -> Result<Stored, ReadError> {
    let get = |name: &str| attribute(element, name).map(Cow::into_owned);
    let spans = (repeated(element, "number-columns-spanned"), repeated(element, "number-rows-spanned"));
    let has_formula = get("formula").is_some();
    let office = |name: &str| {
        let mut all = element.attributes();
        let found = all.with_checks(false).flatten().find(|attribute| attribute.key.as_ref() == name);
        found.map(|attribute| attribute.value.into_owned())
    };
    let kind = office("office:value-type");
    let seen = read_text(events, element.name().as_ref())?;
    if office("calcext:value-type").is_some_and(|kind| kind == "error") {
        return Ok(Stored { text: seen, spans, is_uncomputed: false });
    }
    let number = || get("value").and_then(|number| number.parse::<f64>().ok());
    let text = match kind.as_deref() {
        Some("float") => number().map(|number| numeral(number, &seen)),
        Some("percentage" | "currency") => number().map(shown::plain),
        Some("date") => get("date-value").map(|text| shown::iso(&text)),
        Some("time") => get("time-value").map(|text| time(&text, &seen)),
        Some("boolean") => get("boolean-value").map(|yes| yes.to_uppercase()),
        Some("string") => Some(get("string-value").unwrap_or_else(|| seen.clone())),
        Some(_) => Some(seen.clone()),
        None => None,
    };
    let is_uncomputed = has_formula && text.is_none();
    Ok(Stored { text: text.unwrap_or_default(), spans, is_uncomputed })
}

/// Returns a number as it is shown where it is shown with zeros in front, or a name; else its value.
fn numeral(number: f64, seen: &str) -> String {
    let plain = shown::plain(number);
    let digits: String = seen.chars().filter(char::is_ascii_digit).collect();
    let whole =
        number >= 0.0 && number.fract() == 0.0 && digits.trim_start_matches('0') == plain.trim_start_matches('0');
    let is_filled = digits.len() > plain.len();
    let is_named = seen.starts_with(char::is_alphabetic);
    let is_told = whole && (is_filled || is_named) && !seen.contains(['.', ',', '%']);
    if is_told { seen.trim().to_owned() } else { plain }
}

/// Reads `PT01H30M00S`: a time of day where it is shown as one, with two digits for its hours; else a length.
fn time(text: &str, seen: &str) -> String {
    let read = || {
        let rest = text.strip_prefix("PT")?;
        let (hours, rest) = rest.split_once('H').unwrap_or(("0", rest));
        let (minutes, rest) = rest.split_once('M').unwrap_or(("0", rest));
        let seconds = rest.strip_suffix('S').unwrap_or("0").replace(',', ".");
        let seconds = seconds.parse::<f64>().ok().filter(|seconds| (0.0..=60.0).contains(seconds))?;
        #[expect(clippy::cast_possible_truncation, reason = "from 0 to 60")]
        let seconds = seconds.round() as i64;
        let hours = hours.parse::<i64>().ok().filter(|hours| (0..1_000_000).contains(hours))?;
        let minutes = minutes.parse::<i64>().ok().filter(|minutes| (0..60).contains(minutes))?;
        Some(hours * 3600 + minutes * 60 + seconds)
    };
    match read() {
        Some(seconds) => shown::clock(seconds, if seen.find(':') == Some(1) { 1 } else { 2 }),
        None => seen.to_owned(),
    }
}

/// Reads what a cell shows, up to its end; comments are not shown.
fn read_text<R: Read>(events: &mut Events<R>, cell: &str) -> Result<String, ReadError> {
    let (mut text, mut lines, mut in_line, mut in_comment) = (String::new(), 0, 0, 0);
    loop {
        let Some(event) = events.next()? else { return Err(Refusal::damaged("it ends within a cell").into()) };
        match event {
            Event::Start(element) => match element.name().as_ref() {
                "office:annotation" => in_comment += 1,
                _ if in_comment > 0 => {}
                "text:p" => {
                    if lines > 0 {
                        text.push('\n');
                    }
                    (lines, in_line) = (lines + 1, in_line + 1);
                }
                "text:s" => text.extend(std::iter::repeat_n(' ', repeated(&element, "c").min(1000) as usize)),
                "text:tab" => text.push('\t'),
                "text:line-break" => text.push('\n'),
                _ => {}
            },
            Event::End(element) => match element.name().as_ref() {
                "office:annotation" => in_comment -= 1,
                "text:p" if in_comment == 0 => in_line -= 1,
                name if name == cell => return Ok(text),
                _ => {}
            },
            Event::Text(part) if in_line > 0 && in_comment == 0 => text.push_str(&part.xml10_content()),
            Event::CData(part) if in_line > 0 && in_comment == 0 => text.push_str(&part.xml10_content()),
            Event::GeneralRef(part) if in_line > 0 && in_comment == 0 => match part.resolve_char_ref() {
                Ok(Some(sign)) => text.push(sign),
                _ => text.push_str(match part.xml10_content().as_ref() {
                    "lt" => "<",
                    "gt" => ">",
                    "amp" => "&",
                    "quot" => "\"",
                    "apos" => "'",
                    _ => "\u{fffd}",
                }),
            },
            _ => {}
        }
        if text.len() > MAX_ROW_BYTES {
            return Err(Refusal::WorkbookTooLarge.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_its_value_but_for_zeros_in_front() {
        for (number, seen, text) in [
            (27.0, "0027", "0027"),
            (27.0, "u00027", "u00027"),
            (60.0, "60,00", "60"),
            (60.0, "60 min", "60"),
            (1234.0, "1.234", "1234"),
            (0.0, "0", "0"),
            (930.0, "09:30", "09:30"),
            (1.5, "1,5", "1.5"),
        ] {
            assert_eq!(numeral(number, seen), text, "{seen}");
        }
    }

    #[test]
    fn a_time_is_a_time_of_day_or_a_length() {
        assert_eq!(time("PT09H00M00S", "09:00"), "09:00");
        assert_eq!(time("PT01H30M00S", "1:30"), "1:30");
        assert_eq!(time("PT24H00M00S", "24:00"), "24:00");
        assert_eq!(time("PT00H45M30.0000000001S", "00:45:30"), "00:45:30");
        assert_eq!(time("P1D", "1 day"), "1 day");
    }
}
