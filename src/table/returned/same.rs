//! Judges one cell that came back by itself.

use std::borrow::Cow;

use super::number;
use super::written_date::{Day, Form, Numbers, Order, WrittenDate, month};
use crate::model::{DurationUnit, fold, spreadsheet};
use crate::table::guard::unguard;
use crate::table::length::Lengths;
use crate::table::value;

/// The judgement of one cell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Same {
    /// It is the same, or merely what a spreadsheet makes of it: what was handed in is meant.
    Same,
    /// A person has corrected it.
    Corrected,
    /// It may be either, by itself.
    Doubt(Doubt),
}

/// The reason why a cell by itself does not tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doubt {
    /// It is the same date if day and month stand in another order.
    Order(DateOrder),
    /// It is the same time if the offset that came to it is left out of account.
    Offset,
    /// It has the same digits, and a comma or a point is gone: `211` for `2.11`.
    Marks,
    /// Something else stands where a formula was.
    Formula,
}

/// An order of day, month and year that one form of dates is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateOrder {
    pub(super) form: Form,
    pub(super) order: Order,
}

/// The words that programs take for a blank cell.
const BLANKS: [&str; 8] = ["na", "n/a", "null", "none", "nan", "nil", "<na>", "#n/a"];
/// Days between the beginning of 1970 and that of spreadsheets' serial numbers: of 1900, and of 1904.
const EPOCHS: [f64; 2] = [25_569.0, 24_107.0];
/// Digits that no person writes for a date that has lost its marks: `1022027`.
const DATE_DIGITS: usize = 6;

/// Judges a cell that came back. Both texts are cells as they stand in the file.
#[must_use]
pub fn same(original: &str, returned: &str) -> Same {
    judged(original, returned, None)
}

/// The same, where it is known which order the original's date is in.
pub(super) fn judged(original: &str, returned: &str, order: Option<Order>) -> Same {
    let (one, other) = (bare(original), bare(returned));
    if one == other || is_blank(&one) && other.is_empty() || is_same_switch(&one, &other) {
        return Same::Same;
    }
    if one.starts_with(['=', '@']) || one.starts_with(['+', '-']) && !number::is_number(&one) {
        return if spreadsheet::is_error(&other) { Same::Same } else { Same::Doubt(Doubt::Formula) };
    }
    if one.is_empty() || other.is_empty() {
        return Same::Corrected;
    }
    if number::is_same_number(&one, &other) {
        return Same::Same;
    }
    if number::without_marks(&one).is_some_and(|digits| digits == other) {
        return if other.len() >= DATE_DIGITS { Same::Same } else { Same::Doubt(Doubt::Marks) };
    }
    let dates = (WrittenDate::read(&one), WrittenDate::read(&other));
    match dates {
        (Some(one), Some(other)) => same_date(&one, &other, order),
        (Some(one), None) if is_serial(&one, &other, order) => Same::Same,
        (None, Some(other)) if is_made_date(&one, &other) || is_length(&one, &other) => Same::Same,
        _ => Same::Corrected,
    }
}

/// Tells of a date that came back whether its time of day is gone.
#[must_use]
pub fn has_lost_time(original: &str, returned: &str) -> bool {
    let read = |cell| WrittenDate::read(&bare(cell));
    // Some write no time of a midnight.
    read(original).is_some_and(|one| one.numbers.is_some() && one.time.is_some_and(|time| time > 0))
        && read(returned).is_some_and(|other| other.numbers.is_some() && other.time.is_none())
}

/// Returns a cell without what stands around its text: a guard, blanks, quotes; with its letters in one form and its lines ended in one
/// way.
pub(super) fn bare(cell: &str) -> Cow<'_, str> {
    let text = fold::trimmed(unguard(fold::trimmed(cell)));
    let quoted = |mark: char| text.len() > 1 && text.starts_with(mark) && text.ends_with(mark);
    let text = if quoted('"') || quoted('\'') { fold::trimmed(&text[1..text.len() - 1]) } else { text };
    let text = match text.strip_prefix('\'') {
        Some(digits) if digits.starts_with(|c: char| c.is_ascii_digit()) => digits,
        _ => text,
    };
    match fold::normal(text) {
        text if text.contains('\r') => Cow::Owned(text.replace("\r\n", "\n").replace('\r', "\n")),
        text => text,
    }
}

fn is_blank(text: &str) -> bool {
    text.is_empty() || BLANKS.contains(&text.to_lowercase().as_str())
}

/// Tells whether both say yes, or both no: `true`, `WAHR`, and the word that a program makes of a column of `1` and `0`.
fn is_same_switch(one: &str, other: &str) -> bool {
    let is_word = |text: &str| text.chars().all(char::is_alphabetic);
    (is_word(one) || matches!(one, "0" | "1"))
        && is_word(other)
        && value::boolean(one).is_ok_and(|on| value::boolean(other) == Ok(on))
}

fn same_date(one: &WrittenDate, other: &WrittenDate, order: Option<Order>) -> Same {
    let mut doubt = None;
    match (&one.numbers, &other.numbers) {
        (None, None) => {}
        (Some(numbers), Some(returned)) => {
            if is_same_instant(one, other, order) {
                return Same::Same;
            }
            if one.offset.is_some() && other.offset.is_some_and(|offset| one.offset != Some(offset)) {
                return Same::Corrected;
            }
            let Some(found) = same_day(numbers, returned, order) else { return Same::Corrected };
            doubt = found.err();
        }
        // A date that lost its time is one thing; a time that lost its date is no date any more.
        _ => return Same::Corrected,
    }
    let is_same_time = match (one.time, other.time) {
        (Some(one), Some(other)) => one == other || is_minutes_for_hours(one, other),
        (None, Some(other)) => other == 0,
        (Some(_), None) => one.numbers.is_some(),
        (None, None) => true,
    };
    if !is_same_time {
        return Same::Corrected;
    }
    if doubt.is_none() && one.offset.is_none() && other.offset.is_some() && one.time.is_some() {
        doubt = Some(Doubt::Offset);
    }
    doubt.map_or(Same::Same, Same::Doubt)
}

/// Compares two days: `None` where they differ, an error where the rest of the column has to tell.
fn same_day(one: &Numbers, other: &Numbers, order: Option<Order>) -> Option<Result<(), Doubt>> {
    if one.is_sequence_of(other) {
        return Some(Ok(()));
    }
    let days: Vec<Day> = one.handed_in(order).collect();
    let only = other.days().next().map(|(_, day)| day).filter(|day| other.days().all(|(_, other)| other == *day));
    if only.is_some_and(|day| days.iter().any(|one| one.is(day))) && one.form() != other.form() {
        return Some(Ok(()));
    }
    let fitting = || other.days().filter(|(_, day)| days.iter().any(|one| one.is(*day))).map(|(order, _)| order);
    // A short year could be a day, too; but of day and month that are the same number either order is right.
    let is_either_way =
        |order: &Order, day: &Day| matches!(order, Order::DayMonthYear | Order::MonthDayYear) && day.day == day.month;
    let either_way =
        other.days().filter(|(order, day)| is_either_way(order, day) && days.iter().any(|one| one.is(*day)));
    if either_way.count() == 2 && one.form() != other.form() {
        return Some(Ok(()));
    }
    let mut found = None;
    for order in fitting() {
        let is_sure = match order {
            Order::YearMonthDay => true,
            Order::DayMonthYear => other.mark() == '.',
            Order::MonthDayYear | Order::YearDayMonth => false,
        };
        let is_other_way = one.form() == other.form() && one.is_exchanged(other);
        if is_sure && !is_other_way || other.has_word() {
            return Some(Ok(()));
        }
        if !is_other_way {
            found.get_or_insert(Err(Doubt::Order(DateOrder { form: other.form(), order })));
        }
    }
    found
}

/// Tells whether both say the same moment, each with its offset.
fn is_same_instant(one: &WrittenDate, other: &WrittenDate, order: Option<Order>) -> bool {
    let minutes = |written: &WrittenDate, order: Option<Order>| -> Vec<i64> {
        let (Some(numbers), Some(time), Some(offset)) = (&written.numbers, written.time, written.offset) else {
            return Vec::new();
        };
        let days = numbers.handed_in(order);
        days.map(|day| day.number() * 86_400 + i64::from(time) - i64::from(offset) * 60).collect()
    };
    let all = minutes(one, order);
    minutes(other, Some(Order::YearMonthDay)).iter().any(|at| all.contains(at))
}

/// `0:08:15` for `08:15`.
pub(super) fn is_minutes_for_hours(one: u32, other: u32) -> bool {
    one != 0 && other < 3600 && one.is_multiple_of(60) && one / 60 == other
}

/// Tells whether a number is the date, or the time, as spreadsheets count them: days since 1900 or 1904.
fn is_serial(one: &WrittenDate, number: &str, order: Option<Order>) -> bool {
    let Ok(value) = number.replacen(',', ".", 1).parse::<f64>() else { return false };
    let time = f64::from(one.time.unwrap_or(0)) / 86_400.0;
    let is = |serial: f64| (value - serial).abs() < 1.0 / 86_400.0;
    match &one.numbers {
        None => is(time),
        Some(numbers) => numbers.handed_in(order).any(|day| {
            i32::try_from(day.number()).is_ok_and(|day| EPOCHS.iter().any(|epoch| is(f64::from(day) + epoch + time)))
        }),
    }
}

/// Tells whether a date was made of something that is none: of `2.11`, `12-05`, `1/2`, `MAR-1`, `Jan 1`.
fn is_made_date(one: &str, other: &WrittenDate) -> bool {
    let Some(numbers) = &other.numbers else { return false };
    if other.time.is_some_and(|time| time != 0) {
        return false;
    }
    let Some((first, second)) = one.split_once(['-', '/', '.', ' ']) else { return false };
    let number = |text: &str| text.trim().parse::<u32>().ok().filter(|_| text.trim().len() < 5);
    let is_made = |month_text: &str, other_text: &str, day: Day| {
        let month = month(month_text).or_else(|| number(month_text));
        let is_of = |number: u32| day.day == number || day.day == 1 && day.year % 100 == number % 100;
        month == Some(day.month) && number(other_text).is_some_and(is_of)
    };
    // Which year it has got says nothing: none was there, or that alone.
    numbers.days().any(|(_, day)| is_made(first, second, day) || is_made(second, first, day))
}

/// Tells whether a length such as `1h30m` was written as a time, and is as long.
fn is_length(one: &str, other: &WrittenDate) -> bool {
    let minutes = one.contains(['h', 'H']).then(|| Lengths::new(DurationUnit::default()).read(&[one]).ok()).flatten();
    let written = other.time.filter(|time| other.numbers.is_none() && time.is_multiple_of(60));
    written.is_some_and(|time| minutes == Some(i64::from(time / 60)))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
