//! Takes a cell apart that says from when to when something goes, as in `01.02.2027 08:00 - 09:30`, and reads the time of day at its
//! end.

use super::usual_start::UsualStart;
use crate::clock::TimeOfDay;

/// A start's cell: with its end, if it has one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Span<'a> {
    /// The text up to where the end is spoken of.
    pub start: &'a str,
    /// The time of day at the end; `None`: the cell is a start alone.
    pub end: Option<&'a str>,
    /// True when nothing but a hyphen stands in front of the end: then it may be an offset from Greenwich, as in
    /// `2027-02-01 08:00-09:30`.
    pub may_be_offset: bool,
}

/// The words between a start and an end.
const WORDS: [&str; 14] = ["bis", "to", "until", "till", "à", "au", "a", "al", "alle", "tot", "do", "até", "às", "til"];
const DASHES: [char; 6] = ['-', '\u{2010}', '\u{2011}', '\u{2013}', '\u{2014}', '\u{2212}'];

impl<'a> Span<'a> {
    /// Takes a cell apart.
    #[must_use]
    pub fn of(cell: &'a str) -> Self {
        if UsualStart::of(cell).is_some() {
            return Self { start: cell, end: None, may_be_offset: false };
        }
        Self::of_any(cell)
    }

    pub(super) fn of_any(cell: &'a str) -> Self {
        let alone = Self { start: cell, end: None, may_be_offset: false };
        let Some(end) = time_at_end(cell) else { return alone };
        let before = &cell[..end];
        let Some((start, dash)) = without_mark(before.trim_end()) else { return alone };
        // A date such as 2027-02-01 has hyphens, too; a time stands in front of the one that is meant.
        let from = start.trim_end_matches(|c: char| c.is_whitespace() || c == '.');
        if !ends_with_time(from) {
            return alone;
        }
        let text = &cell[end..];
        let hour_has_two = text.as_bytes().get(2).is_some_and(|byte| !byte.is_ascii_digit());
        let may_be_offset = dash == Some('-') && before.ends_with('-') && hour_has_two;
        Self { start: start.trim_end(), end: Some(text), may_be_offset }
    }
}

/// Tells whether a text says which half of the day it means.
#[must_use]
pub fn says_half(text: &str) -> bool {
    half(text).is_some()
}

/// Reads a time of day that stands alone: `9:30`, `09:30:00`, `9.30`, `9h30`, `9:30 am`, `0930`, `17 Uhr`. `24:00` is the day's end.
#[must_use]
pub fn time_of_day(text: &str) -> Option<TimeOfDay> {
    let text = text.trim();
    let (text, half) = half(text).map_or((text, None), |(text, half)| (text, Some(half)));
    let lower = text.trim_end().to_lowercase();
    let text = ["uhr", "h", "u"].iter().find_map(|word| lower.strip_suffix(word)).unwrap_or(&lower).trim_end();
    let is_named = text.len() < lower.len() || half.is_some();
    let is_digits = |part: &str| (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = if text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        vec![&text[..2], &text[2..]]
    } else {
        text.split([':', '.', 'h']).collect()
    };
    let number = |at: usize| parts.get(at).map_or(Some(0), |part| part.parse::<u8>().ok());
    if !parts.iter().all(|part| is_digits(part))
        || parts.iter().skip(1).any(|part| part.len() != 2)
        || !(if is_named { 1..=3 } else { 2..=3 }).contains(&parts.len())
    {
        return None;
    }
    let hour = match (number(0)?, half) {
        (hour @ 1..=11, Some(Half::Pm)) => hour + 12,
        (12, Some(Half::Am)) => 0,
        (hour @ 1..=12, Some(_)) | (hour, None) => hour,
        (_, Some(_)) => return None,
    };
    TimeOfDay::new(hour, number(1)?, number(2)?)
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Half {
    Am,
    Pm,
}

/// Takes `AM` or `p.m.` off a text's end, behind a digit.
fn half(text: &str) -> Option<(&str, Half)> {
    let text = text.trim_end().trim_end_matches('.');
    let text = text.strip_suffix(['m', 'M'])?.trim_end_matches(['.', ' ']);
    let half = match text.chars().next_back()? {
        'a' | 'A' => Half::Am,
        'p' | 'P' => Half::Pm,
        _ => return None,
    };
    let text = text[..text.len() - 1].trim_end();
    text.ends_with(|c: char| c.is_ascii_digit()).then_some((text, half))
}

/// Finds the place at which the time of day begins that a text ends with.
fn time_at_end(text: &str) -> Option<usize> {
    let end = half(text).map_or(text, |(text, _)| text).trim_end();
    let lower = end.to_lowercase();
    let end = if lower.len() == end.len() && lower.ends_with("uhr") { end[..end.len() - 3].trim_end() } else { end };
    let bytes = end.as_bytes();
    let (mut at, mut groups, mut mark) = (bytes.len(), 0, None);
    loop {
        let digits = bytes[..at].iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        if !(1..=2).contains(&digits) {
            return None;
        }
        at -= digits;
        groups += 1;
        match at.checked_sub(1).map(|before| bytes[before]) {
            Some(found @ (b':' | b'.' | b'h' | b'H')) if mark.is_none_or(|mark| mark == found) && digits == 2 => {
                // `01.02.27` is a date.
                if groups == 3 || found == b'.' && groups == 2 {
                    return None;
                }
                mark = Some(found);
                at -= 1;
            }
            Some(b':' | b'.') => return None,
            _ => return (groups >= 2).then_some(at),
        }
    }
}

fn ends_with_time(text: &str) -> bool {
    time_at_end(text).is_some()
}

/// Takes the dash or the word off the end of a text that stands between a start and an end.
fn without_mark(text: &str) -> Option<(&str, Option<char>)> {
    if let Some(dash) = text.chars().next_back().filter(|c| DASHES.contains(c)) {
        return Some((&text[..text.len() - dash.len_utf8()], Some(dash)));
    }
    let (before, word) = text.rsplit_once(char::is_whitespace)?;
    WORDS.contains(&word.to_lowercase().as_str()).then_some((before, None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_with_two_times_is_a_start_and_an_end() {
        for (cell, start, end, may_be_offset) in [
            ("01.02.2027 08:00 - 09:30", "01.02.2027 08:00", "09:30", false),
            ("2027-02-01 08:00-09:30", "2027-02-01 08:00", "09:30", true),
            ("2027-02-01 08:00 -09:30", "2027-02-01 08:00", "09:30", true),
            ("2027-02-01 8:00–9:30", "2027-02-01 8:00", "9:30", false),
            ("2027-02-01 8:00-9:30", "2027-02-01 8:00", "9:30", false),
            ("01.02.2027 08.00 - 09.30 Uhr", "01.02.2027 08.00", "09.30 Uhr", false),
            ("01.02.2027 08:00 bis 09:30 Uhr", "01.02.2027 08:00", "09:30 Uhr", false),
            ("2/1/2027 8:00 AM to 9:30 AM", "2/1/2027 8:00 AM", "9:30 AM", false),
            ("1/2/2027 8:00 a.m. — 9:30 p.m.", "1/2/2027 8:00 a.m.", "9:30 p.m.", false),
            ("01.02.2027 08:00:00 - 09:30:00", "01.02.2027 08:00:00", "09:30:00", false),
        ] {
            assert_eq!(Span::of(cell), Span { start, end: Some(end), may_be_offset }, "{cell}");
        }
        for cell in [
            "",
            "2027-02-01 08:00",
            "2027-02-01T08:00:00Z",
            "2027-02-01 14:05 -0500",
            "01.02.2027 - 03.02.2027",
            "01.02.27 - 03.02.27",
            "Week 3 - 09:30",
            "20270201T0800",
            "2027-02-01 08:00 - 9",
        ] {
            assert_eq!(Span::of(cell), Span { start: cell, end: None, may_be_offset: false }, "{cell}");
        }
    }

    #[test]
    fn a_time_of_day_stands_alone_in_many_forms() {
        for (text, hour, minute) in [
            ("9:30", 9, 30),
            ("09:30:00", 9, 30),
            ("9.30", 9, 30),
            ("9h30", 9, 30),
            ("09.30 Uhr", 9, 30),
            ("17 Uhr", 17, 0),
            ("17h", 17, 0),
            ("0930", 9, 30),
            ("9:30 PM", 21, 30),
            ("12:15 a.m.", 0, 15),
            ("12:15 pm", 12, 15),
            ("5 pm", 17, 0),
            ("24:00", 24, 0),
        ] {
            assert_eq!(time_of_day(text), TimeOfDay::new(hour, minute, 0), "{text}");
            assert!(time_of_day(text).is_some(), "{text}");
        }
        for text in ["", "9", "930", "9:3", "25:00", "24:30", "9:60", "13:00 PM", "0:30 am", "01.02.2027", "soon"] {
            assert_eq!(time_of_day(text), None, "{text}");
        }
    }
}
