//! Gathers what the untouched cells of a column show of the program that wrote it, and settles by it what one cell leaves open.

use super::number;
use super::same::{DateOrder, Doubt, Same, bare, is_minutes_for_hours, judged};
use super::written_date::{Day, Form, Order, WrittenDate};
use crate::clock::Timestamp;
use crate::table::start::WrittenStart;

/// A file that came back, column by column.
#[derive(Debug, Clone, Default)]
pub struct Returned {
    columns: Vec<Column>,
}

/// The way to read a date that a person has corrected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Corrected {
    /// By the usual rules, as it stands there.
    AsWritten,
    /// The same in a form that leaves no doubt, since the untouched dates prove how it is meant.
    Proven(String),
    /// Nothing proves how it is meant; the reason follows the cell.
    Unproven(&'static str),
}

#[derive(Debug, Clone, Default)]
struct Column {
    orders: Vec<Shown>,
    /// Dates and times that came back in another form.
    rewritten: u64,
    offsets_added: u64,
    offsets_lost: u64,
    offsets_kept: u64,
    marks_dropped: u64,
    marks_kept: u64,
    minutes_for_hours: bool,
}

/// The cells that show one order of one form.
#[derive(Debug, Clone)]
struct Shown {
    order: DateOrder,
    /// Cells that can be read in no other order.
    proofs: u64,
    /// Cells that are what was handed in in this order alone.
    cells: u64,
}

/// So many cells that agree show what a program does, where no single one proves it.
const ENOUGH: u64 = 2;
/// The same for marks that are gone: a person may drop one.
const ENOUGH_MARKS: u64 = 3;

impl Returned {
    /// Takes in what an untouched cell of the column shows; others show nothing. `start` is what was handed in, as it was read, where the
    /// cell is a part of a start.
    pub fn look(&mut self, column: usize, original: &str, returned: &str, start: Option<WrittenStart>) {
        if self.columns.len() <= column {
            self.columns.resize_with(column + 1, Column::default);
        }
        self.columns[column].look(original, returned, order_of(original, start));
    }

    /// Judges a cell by itself and by what its column has shown.
    #[must_use]
    pub fn judge(&self, column: usize, original: &str, returned: &str, start: Option<WrittenStart>) -> Same {
        let judged = judged(original, returned, order_of(original, start));
        match (judged, self.columns.get(column)) {
            (Same::Doubt(doubt), Some(column)) => column.settled(doubt),
            _ => judged,
        }
    }

    /// Tells how a cell of dates that was corrected is to be read.
    #[must_use]
    pub fn correct(&self, column: usize, original: &str, returned: &str, start: Option<WrittenStart>) -> Corrected {
        let nothing = Column::default();
        let column = self.columns.get(column).unwrap_or(&nothing);
        column.correct(original, returned, order_of(original, start))
    }
}

impl Column {
    fn look(&mut self, original: &str, returned: &str, order: Option<Order>) {
        let (one, other) = (bare(original), bare(returned));
        if number::without_marks(&one).is_some() && one == other {
            self.marks_kept += 1;
        }
        match judged(original, returned, order) {
            Same::Corrected | Same::Doubt(Doubt::Formula) => return,
            Same::Doubt(Doubt::Marks) => {
                self.marks_dropped += 1;
                return;
            }
            Same::Doubt(Doubt::Offset) => self.offsets_added += 1,
            Same::Same | Same::Doubt(Doubt::Order(_)) => {}
        }
        let (Some(before), Some(after)) = (WrittenDate::read(&one), WrittenDate::read(&other)) else { return };
        self.rewritten += u64::from(one != other);
        self.offsets_kept += u64::from(before.offset.is_some() && after.offset.is_some());
        self.offsets_lost += u64::from(before.offset.is_some() && after.offset.is_none());
        if let (Some(one), Some(other)) = (before.time, after.time) {
            self.minutes_for_hours |= one != other && before.numbers.is_none() && is_minutes_for_hours(one, other);
        }
        let (Some(numbers), Some(now)) = (before.numbers, after.numbers) else { return };
        if before.offset.is_some() && after.offset.is_some_and(|offset| before.offset != Some(offset)) {
            return;
        }
        let days: Vec<Day> = numbers.handed_in(order).collect();
        let all: Vec<_> = now.days().collect();
        let fitting: Vec<Order> =
            all.iter().filter(|(_, day)| days.iter().any(|one| one.is(*day))).map(|(order, _)| *order).collect();
        if let [order] = fitting[..]
            && !now.has_word()
        {
            self.shows(DateOrder { form: now.form(), order }, all.len() == 1);
        }
    }

    fn shows(&mut self, order: DateOrder, proves: bool) {
        let at = self.orders.iter().position(|shown| shown.order == order).unwrap_or_else(|| {
            self.orders.push(Shown { order, proofs: 0, cells: 0 });
            self.orders.len() - 1
        });
        self.orders[at].proofs += u64::from(proves);
        self.orders[at].cells += 1;
    }

    /// Returns the order that the column's dates of that form are in, where the others prove it.
    fn order(&self, form: Form) -> Option<Order> {
        let of_form = || self.orders.iter().filter(|shown| shown.order.form == form);
        let mut proven = of_form().filter(|shown| shown.proofs > 0);
        match (proven.next(), proven.next()) {
            (Some(shown), None) => return Some(shown.order.order),
            (Some(_), Some(_)) => return None,
            (None, _) => {}
        }
        let mut shown = of_form();
        match (shown.next(), shown.next()) {
            (Some(shown), None) if shown.cells >= ENOUGH => Some(shown.order.order),
            _ => None,
        }
    }

    fn settled(&self, doubt: Doubt) -> Same {
        let is_same = match doubt {
            Doubt::Order(found) => match self.order(found.form) {
                Some(order) if order == found.order => true,
                Some(_) => return Same::Corrected,
                None => false,
            },
            Doubt::Offset => self.offsets_added >= ENOUGH,
            Doubt::Marks => self.marks_dropped >= ENOUGH_MARKS && self.marks_kept == 0,
            Doubt::Formula => false,
        };
        if is_same { Same::Same } else { Same::Doubt(doubt) }
    }

    fn correct(&self, original: &str, returned: &str, order: Option<Order>) -> Corrected {
        let (one, other) = (bare(original), bare(returned));
        let Some(after) = WrittenDate::read(&other) else { return Corrected::AsWritten };
        let before = WrittenDate::read(&one);
        let Some(numbers) = after.numbers else {
            return if self.minutes_for_hours {
                Corrected::Unproven("for the program that wrote the file makes minutes of hours in this column")
            } else {
                // A time with AM or PM is certain, though the job may not ask for that form.
                let has_half = other.ends_with(['m', 'M']);
                let time = after.time.filter(|time| has_half && time.is_multiple_of(60));
                time.map_or(Corrected::AsWritten, |time| {
                    Corrected::Proven(format!("{:02}:{:02}", time / 3600, time / 60 % 60))
                })
            };
        };
        let mut offset = after.offset;
        if let (None, Some(lost)) = (after.offset, before.and_then(|before| before.offset))
            && self.offsets_kept == 0
        {
            if lost != 0 || self.offsets_lost == 0 {
                return Corrected::Unproven("for the offset that stood there before is gone");
            }
            offset = Some(0);
        }
        let all: Vec<_> = numbers.days().collect();
        let of_order = |order| all.iter().find(|(is, _)| *is == order).map(|(_, day)| *day);
        let day = match self.order(numbers.form()) {
            Some(Order::YearDayMonth) => {
                return Corrected::Unproven("for in this column day and month have changed places");
            }
            Some(order) => of_order(order),
            None if numbers.form().is_year_first() => of_order(Order::YearMonthDay),
            None if self.rewritten > 0 && all.iter().any(|(_, day)| *day != all[0].1) => {
                return Corrected::Unproven("for no other cell of the column tells which of its numbers is the day");
            }
            None => None,
        };
        match (day, after.time) {
            (None, _) => Corrected::AsWritten,
            (Some(day), None) => {
                let like = before.and_then(|before| before.numbers).zip(order);
                let like = like.and_then(|(numbers, order)| numbers.written_like(order, day));
                Corrected::Proven(like.unwrap_or_else(|| day.to_string()))
            }
            (Some(day), Some(time)) => {
                let (hours, minutes, seconds) = (time / 3600, time / 60 % 60, time % 60);
                let offset = offset.map_or(String::new(), |east| {
                    format!("{}{:02}:{:02}", if east < 0 { '-' } else { '+' }, east.abs() / 60, east.abs() % 60)
                });
                Corrected::Proven(format!("{day} {hours:02}:{minutes:02}:{seconds:02}{offset}"))
            }
        }
    }
}

/// Finds out in which order a cell's date is, by what the whole start was read as.
fn order_of(original: &str, start: Option<WrittenStart>) -> Option<Order> {
    let written = WrittenDate::read(&bare(original))?;
    let there = match start? {
        WrittenStart::Local(civil) => civil.format("%Y-%m-%d"),
        WrittenStart::Instant(at) => {
            let east = i64::from(written.offset.unwrap_or(0)) * 60_000;
            Timestamp::from_millis(at.millis() + east).to_rfc3339().chars().take(10).collect()
        }
    };
    let numbers = written.numbers?;
    let mut orders = numbers.days().filter(|(_, day)| day.to_string() == there).map(|(order, _)| order);
    let first = orders.next()?;
    // Of day and month that are the same number either order is right.
    orders.next().is_none().then_some(first)
}
