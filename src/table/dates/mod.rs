//! Reads the dates of one file's column and guesses none: it holds the readings of a cell against each other, and against what
//! the other cells of the column show of the order in which day, month and year are written.

mod usual;

use std::borrow::Cow;

use super::proof::Proof;
use super::start::WrittenStart;
use crate::clock::format::{self, DatePart};

/// The forms that dates may have, and what a file has shown of them.
#[derive(Debug, Clone, Default)]
pub struct Dates {
    formats: Vec<String>,
    forms: Vec<Form>,
    orders: Vec<Order>,
    /// The pairs of orders that may read the same cell, either way round, but for those of which there is a proof.
    rivals: Vec<(usize, usize)>,
    proofs: Vec<Proof>,
    /// True where no format reads dates in the usual form.
    usual_is_alone: bool,
}

/// One way to read a cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The reading of the cell.
    pub start: WrittenStart,
    /// The format; `None` for the plain forms.
    pub format: Option<String>,
    order: usize,
}

/// The reason why a cell is not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoDate {
    /// No form fits.
    Unread,
    /// This format fits but for the year, which has fewer than four digits.
    ShortYear(String),
    /// No form fits, but this one, in another order than the configuration says.
    OtherOrder(String),
    /// Two forms read it, and differently. Of those cells that can tell them apart, there are none, or one for either.
    Doubt(Box<[Reading; 2]>, Vec<Proof>),
    /// It is read, but this cell of the column shows the order in which it would be another time.
    Disproved(Box<[Reading; 2]>, Proof),
}

#[derive(Debug, Clone)]
struct Form {
    how: How,
    order: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum How {
    /// Year, month, day, as plain forms have them.
    Plain(Mark),
    /// The same with the day before the month.
    DayBeforeMonth(Mark),
    Format(String),
}

/// Stands between the numbers of a plain form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mark {
    Dash,
    Slash,
    Nothing,
}

/// An order of day, month and year, and the marks between.
#[derive(Debug, Clone)]
struct Order {
    name: String,
    shape: String,
    /// The signs between its numbers: a text without these is in another order.
    marks: Vec<char>,
    /// The formats of its dates alone.
    dates: Vec<String>,
    /// Its formats with a year of two digits for one of four, or the other way round: those show an order, and are not read.
    otherwise: Vec<String>,
    /// True when dates are to be read in it; others only show that a column is in no order that is asked for.
    asked: bool,
}

/// A proof shows the beginning of a longer cell.
const TEXT: usize = 40;

impl Dates {
    /// Reads plain forms and those that these `strptime` formats add.
    #[must_use]
    pub fn new(formats: &[String]) -> Self {
        let usual_is_alone = Self::leave_usual(formats);
        let mut dates = Self { formats: formats.to_vec(), usual_is_alone, ..Self::default() };
        for mark in Mark::ALL {
            dates.add(How::Plain(mark), &format!("%Y{0}%m{0}%d", mark.as_str()), true);
        }
        for format in formats {
            dates.add(How::Format(format.clone()), format, true);
        }
        for mark in Mark::ALL {
            dates.add(How::DayBeforeMonth(mark), &format!("%Y{0}%d{0}%m", mark.as_str()), false);
        }
        for format in formats.iter().flat_map(|format| format::reordered(format)) {
            dates.add(How::Format(format.clone()), &format, false);
        }
        dates.rivals = dates.find_rivals();
        dates
    }

    /// Takes in what earlier readings of the same file have shown.
    pub fn believe(&mut self, proofs: &[Proof]) {
        for proof in proofs {
            if !self.proofs.iter().any(|known| known.is_like(proof)) {
                self.proofs.push(proof.clone());
            }
        }
        self.leave_proven();
    }

    /// Returns what a retry file is to carry on ([`Proof::carried`]): the proofs against an order in which dates are read.
    #[must_use]
    pub fn carried(&self) -> Vec<&Proof> {
        let is_asked = |name: &str| self.orders.iter().any(|order| order.asked && order.name == name);
        self.proofs.iter().filter(|proof| is_asked(&proof.against)).collect()
    }

    /// Writes a start so that it is read without a doubt, whatever the formats are.
    #[must_use]
    pub fn without_doubt(&self, start: WrittenStart) -> String {
        let text = start.to_string();
        let packed = text.replace(['-', ':'], "").replace(' ', "T");
        let forms = [text.clone(), text.replace('-', "/"), packed];
        forms.into_iter().find(|form| self.read(form) == Ok(start)).unwrap_or(text)
    }

    /// Returns the formats, as the configuration says them.
    #[must_use]
    pub fn formats(&self) -> &[String] {
        &self.formats
    }

    /// Returns the proofs that the cells have given.
    #[must_use]
    pub fn proofs(&self) -> &[Proof] {
        &self.proofs
    }

    /// Looks at a cell of the column for what it shows of the orders.
    pub fn look(&mut self, line: u32, text: &str) {
        let text = plain(text);
        let before = self.proofs.len();
        let mut known: Vec<Option<bool>> = vec![None; self.orders.len()];
        let mut reads = |order: usize| *known[order].get_or_insert_with(|| self.order_reads(order, &text));
        let is_shown = |&(shows, against): &(usize, usize)| {
            let mut both = [(shows, true), (against, false)];
            if !self.orders[shows].asked {
                // Most cells are in an order that is asked for, so the other one need not be tried.
                both.reverse();
            }
            self.orders[shows].may_read(&text) && both.into_iter().all(|(order, expected)| reads(order) == expected)
        };
        let shown: Vec<_> = self.rivals.iter().copied().filter(is_shown).collect();
        for (shows, against) in shown {
            let name = |order: usize| self.orders[order].name.clone();
            let text = text.chars().take(TEXT).collect();
            self.proofs.push(Proof { shows: name(shows), against: name(against), line, text, earlier: false });
        }
        if self.proofs.len() > before {
            self.leave_proven();
        }
    }

    fn leave_proven(&mut self) {
        let rivals = std::mem::take(&mut self.rivals);
        self.rivals = rivals.into_iter().filter(|(shows, against)| self.proof(*shows, *against).is_none()).collect();
    }

    /// Reads a cell.
    pub fn read(&self, text: &str) -> Result<WrittenStart, NoDate> {
        let text = plain(text);
        let mut readings = self.readings(&text, true);
        let Some(first) = readings.first() else { return Err(self.why_unread(&text)) };
        let start = first.start;
        if let Some(disproved) = self.disproved(&readings, &text) {
            return Err(disproved);
        }
        if readings.iter().all(|reading| reading.start == start) {
            return Ok(start);
        }
        let all = readings.clone();
        readings.retain(|reading| {
            !all.iter().any(|other| {
                self.proof(other.order, reading.order).is_some() && self.proof(reading.order, other.order).is_none()
            })
        });
        match readings.first() {
            Some(first) if readings.iter().all(|reading| reading.start == first.start) => Ok(first.start),
            _ => Err(self.doubt(&all)),
        }
    }

    fn doubt(&self, readings: &[Reading]) -> NoDate {
        let first = &readings[0];
        let other = readings.iter().find(|reading| reading.start != first.start).unwrap_or(first);
        let both = [(first.order, other.order), (other.order, first.order)];
        let proofs = both.into_iter().filter_map(|(shows, against)| self.proof(shows, against).cloned()).collect();
        NoDate::Doubt(Box::new([first.clone(), other.clone()]), proofs)
    }

    /// Tells where another cell shows an order that no format asks for, in which this cell would be read differently.
    fn disproved(&self, readings: &[Reading], text: &str) -> Option<NoDate> {
        if self.proofs.is_empty() {
            return None;
        }
        readings.iter().find_map(|reading| {
            let (other, proof) = self.forms.iter().filter(|form| !self.orders[form.order].asked).find_map(|form| {
                let proof = self.proof(form.order, reading.order)?;
                let other = form.reading(text).filter(|other| other.start != reading.start)?;
                Some((other, proof))
            })?;
            Some(NoDate::Disproved(Box::new([reading.clone(), other]), proof.clone()))
        })
    }

    fn why_unread(&self, text: &str) -> NoDate {
        if let Some(format) = self.formats.iter().find(|format| format::has_short_year(text, format)) {
            return NoDate::ShortYear(format.clone());
        }
        let other = self.readings(text, false).into_iter().find_map(|reading| reading.format);
        other.map_or(NoDate::Unread, NoDate::OtherOrder)
    }

    fn readings(&self, text: &str, asked: bool) -> Vec<Reading> {
        let forms = self.forms.iter().filter(|form| self.orders[form.order].asked == asked);
        forms.filter_map(|form| form.reading(text)).collect()
    }

    fn order_reads(&self, order: usize, text: &str) -> bool {
        let Order { dates, otherwise, .. } = &self.orders[order];
        self.orders[order].may_read(text)
            && (dates.iter().any(|date| format::begins_with(text, date))
                || otherwise.iter().any(|format| WrittenStart::by_format(text, format).is_some())
                || self.forms.iter().any(|form| form.order == order && form.how.read(text).is_some()))
    }

    fn find_rivals(&self) -> Vec<(usize, usize)> {
        let all = 0..self.orders.len();
        let pairs = all.clone().flat_map(|one| all.clone().map(move |other| (one, other)));
        let shape = |order: usize| &self.orders[order].shape;
        // A year of four digits is no other number: a date that does not end with it shares no text with one that has it elsewhere.
        let year = |order: usize| {
            let name = &self.orders[order].name;
            name.find('Y').filter(|at| at + 1 < name.len())
        };
        pairs
            .filter(|(one, other)| one != other && shape(*one) == shape(*other) && year(*one) == year(*other))
            .collect()
    }

    fn proof(&self, shows: usize, against: usize) -> Option<&Proof> {
        let (shows, against) = (&self.orders[shows].name, &self.orders[against].name);
        self.proofs.iter().find(|proof| proof.shows == *shows && proof.against == *against)
    }

    fn add(&mut self, how: How, format: &str, asked: bool) {
        let unknown =
            || DatePart { order: format.to_owned(), shape: format.to_owned(), marks: Vec::new(), leading: None };
        let DatePart { order: name, shape, marks, leading } = DatePart::of(format).unwrap_or_else(unknown);
        let known = self.orders.iter().position(|order| order.name == name);
        let order = known.unwrap_or_else(|| {
            self.orders.push(Order { name, shape, marks, dates: Vec::new(), otherwise: Vec::new(), asked });
            self.orders.len() - 1
        });
        if !asked && self.orders[order].asked {
            // The configuration asks for that order itself.
            return;
        }
        // Plain forms are read for themselves, beside any format.
        let is_plain = |format: &String| {
            DatePart::of(format).is_some_and(|date| Mark::ALL.iter().any(|mark| mark.plain_order() == date.order))
        };
        let otherwise = |format: &str| format::with_other_year(format).filter(|format| !is_plain(format));
        self.orders[order].otherwise.extend(otherwise(format));
        self.orders[order].dates.extend(leading.as_deref().and_then(otherwise));
        self.orders[order].dates.extend(leading);
        self.forms.push(Form { how, order });
    }
}

impl Form {
    fn reading(&self, text: &str) -> Option<Reading> {
        let start = self.how.read(text)?;
        Some(Reading { start, format: self.how.format(), order: self.order })
    }
}

impl Order {
    fn may_read(&self, text: &str) -> bool {
        self.marks.iter().all(|mark| text.contains(*mark))
    }
}

impl How {
    fn read(&self, text: &str) -> Option<WrittenStart> {
        match self {
            Self::Plain(mark) if *mark == Mark::of(text)? => WrittenStart::plain(text),
            Self::DayBeforeMonth(mark) if *mark == Mark::of(text)? => WrittenStart::plain(&mark.exchanged(text)?),
            Self::Plain(_) | Self::DayBeforeMonth(_) => None,
            Self::Format(format) => WrittenStart::by_format(text, format),
        }
    }

    fn format(&self) -> Option<String> {
        match self {
            Self::Plain(_) => None,
            Self::DayBeforeMonth(mark) => Some(format!("%Y{0}%d{0}%m %H:%M", mark.as_str())),
            Self::Format(format) => Some(format.clone()),
        }
    }
}

impl Mark {
    const ALL: [Self; 3] = [Self::Dash, Self::Slash, Self::Nothing];

    fn of(text: &str) -> Option<Self> {
        match text.as_bytes().get(4)? {
            b'-' => Some(Self::Dash),
            b'/' => Some(Self::Slash),
            b'0'..=b'9' => Some(Self::Nothing),
            _ => None,
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::Dash => "-",
            Self::Slash => "/",
            Self::Nothing => "",
        }
    }

    fn plain_order(self) -> String {
        ["Y", "M", "D"].join(self.as_str())
    }

    /// Writes the second and the third number of a plain form in the other order.
    fn exchanged(self, text: &str) -> Option<String> {
        let (year, rest) = text.split_at_checked(4)?;
        let mark = self.as_str();
        let rest = rest.strip_prefix(mark)?;
        let digits = |text: &str| text.bytes().take(2).take_while(u8::is_ascii_digit).count();
        let (second, rest) = rest.split_at(digits(rest));
        let rest = rest.strip_prefix(mark)?;
        let (third, time) = rest.split_at(digits(rest));
        Some(format!("{year}{mark}{third}{mark}{second}{time}"))
    }
}

/// Returns a date's text with blanks that are plain.
pub(super) fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { text.into() } else { text.replace(['\u{a0}', '\u{202f}', '\u{2009}'], " ").into() }
}

#[cfg(test)]
mod tests;
