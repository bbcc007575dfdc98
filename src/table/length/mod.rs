//! Reads how long something takes, as people and programs write it, and guesses nothing: a text that may be two lengths is read as
//! neither, unless the job or another cell of the column says which.

use super::proof::Proof;
use crate::model::DurationUnit;

/// The form that lengths have in one file's column, and what the column has shown of it.
#[derive(Debug, Clone, Default)]
pub struct Lengths {
    unit: DurationUnit,
    /// A cell that can hardly be a decimal number of hours.
    clock: Option<Proof>,
}

/// The reason why a cell is no length.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoLength {
    /// No form fits.
    Unread,
    /// It may be either of these, in minutes; perhaps another cell of the column says why.
    Doubt([i64; 2], Option<Proof>),
}

/// A proof's name for the way to read `1.30` that it speaks against.
const DECIMAL: &str = "hours.decimals";

/// A number of hours up to here is one; beyond, it may be minutes.
const MOST_HOURS: i64 = 24;
/// From so many hours on, `12:00` may be minutes and seconds: as such it is long enough for a meeting.
const HOURS_IN_DOUBT: i64 = 10;

/// The words for hours, in small letters, in the languages that timetables come in.
const HOURS: &[&str] = &[
    "h", "hr", "hrs", "hour", "hours", "std", "stunde", "stunden", "heure", "heures", "hora", "horas", "ora", "ore",
    "uur", "uren", "u", "godz", "godzina", "godziny", "godzin", "timme", "timmar", "tim", "saat",
];
/// The words for minutes.
const MINUTES: &[&str] = &[
    "m", "min", "mins", "minute", "minutes", "minuten", "minuto", "minutos", "minuti", "minuut", "minuut", "minut",
    "minuta", "minuty", "minuter", "dk", "dakika", "'", "′",
];

impl Lengths {
    /// Reads numbers in this unit.
    #[must_use]
    pub fn new(unit: DurationUnit) -> Self {
        Self { unit, clock: None }
    }

    /// Takes in what earlier readings of the same file have shown.
    pub fn believe(&mut self, proofs: &[Proof]) {
        if let Some(proof) = proofs.iter().find(|proof| proof.shows == Proof::CLOCK).filter(|_| self.clock.is_none()) {
            self.clock = Some(proof.clone());
        }
    }

    /// Takes in what a retry file carries on of the file before it, by its cell.
    pub fn recall(&mut self, carried: &str) {
        self.believe(&Proof::of_carried(carried).collect::<Vec<_>>());
    }

    /// Returns what the column has shown.
    #[must_use]
    pub fn proof(&self) -> Option<&Proof> {
        self.clock.as_ref()
    }

    /// Looks at the cells of a row's length for what they show of the whole column.
    pub fn look<'a>(&mut self, line: u32, cells: impl IntoIterator<Item = &'a str>) {
        let mut cells = cells.into_iter();
        if self.clock.is_none()
            && let (Some(text), None) = (cells.next(), cells.next())
            && let Some((_, Fraction::Doubtful(_))) = self.hours(text)
        {
            let (shows, against) = (Proof::CLOCK.to_owned(), DECIMAL.to_owned());
            self.clock = Some(Proof { shows, against, line, text: text.to_owned(), earlier: false });
        }
    }

    /// Reads a row's cells: one, or two of hours and minutes. The answer is in minutes, and may be below zero as it stands there.
    pub fn read(&self, cells: &[&str]) -> Result<i64, NoLength> {
        match cells {
            [hours, minutes] => self.two(hours, minutes),
            [text] => self.one(text),
            _ => Err(NoLength::Unread),
        }
    }

    fn two(&self, hours: &str, minutes: &str) -> Result<i64, NoLength> {
        let number = |text: &str| if text.is_empty() { Some(0) } else { whole(text) };
        match (number(hours), number(minutes)) {
            // Two columns that were exchanged, or minutes that are the whole length.
            (Some(hours), Some(minutes)) if hours != 0 && minutes > 59 => {
                Err(NoLength::Doubt([hours.saturating_mul(60).saturating_add(minutes), minutes], None))
            }
            (Some(hours), Some(minutes)) if hours >= 0 && minutes >= 0 => {
                hours.checked_mul(60).and_then(|hours| hours.checked_add(minutes)).ok_or(NoLength::Unread)
            }
            // A number, and its unit in the other column.
            _ if !hours.is_empty() && !minutes.is_empty() && !minutes.starts_with(|c: char| c.is_ascii_digit()) => {
                self.one(&format!("{hours} {minutes}"))
            }
            _ => Err(NoLength::Unread),
        }
    }

    fn one(&self, text: &str) -> Result<i64, NoLength> {
        match usual(text) {
            Some(number) => self.number(number, text),
            None => self.one_in_any_form(text),
        }
    }

    fn one_in_any_form(&self, text: &str) -> Result<i64, NoLength> {
        let text = text.replace(['\u{a0}', '\u{202f}', '\u{2009}'], " ").to_lowercase();
        if text.contains(':') {
            return self.clock(&text);
        }
        if let Some((hours, fraction)) = self.hours(&text) {
            return match (fraction, &self.clock) {
                (Fraction::Certain(minutes), None) => Ok(hours * 60 + minutes),
                (Fraction::Certain(minutes), Some(proof)) => match as_clock(&text) {
                    Some(other) if other != minutes => {
                        Err(NoLength::Doubt([hours * 60 + minutes, hours * 60 + other], Some(proof.clone())))
                    }
                    _ => Ok(hours * 60 + minutes),
                },
                (Fraction::Doubtful(minutes), _) => {
                    let other = as_clock(&text).unwrap_or(minutes);
                    Err(NoLength::Doubt([hours * 60 + minutes, hours * 60 + other], None))
                }
                (Fraction::None, _) => Err(NoLength::Unread),
            };
        }
        if let Some(number) = whole(&text) {
            return self.number(number, &text);
        }
        with_units(text.strip_prefix("pt").unwrap_or(&text)).ok_or(NoLength::Unread)
    }

    /// Reads a number of the column's unit.
    fn number(&self, number: i64, text: &str) -> Result<i64, NoLength> {
        let is_padded = text.len() == 4 && text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
        let split = (number >= 0 && number % 100 < 60).then(|| number / 100 * 60 + number % 100);
        match (self.unit, split) {
            (DurationUnit::Minutes, Some(split)) if is_padded && split != number => {
                Err(NoLength::Doubt([number, split], None))
            }
            (DurationUnit::Minutes, _) => Ok(number),
            (DurationUnit::Hours, _) if number > MOST_HOURS || is_padded => {
                Err(NoLength::Doubt([number.saturating_mul(60), split.filter(|_| is_padded).unwrap_or(number)], None))
            }
            (DurationUnit::Hours, _) => number.checked_mul(60).ok_or(NoLength::Unread),
            (DurationUnit::HoursAndMinutes, Some(split)) if number < 10_000 => Ok(split),
            (DurationUnit::HoursAndMinutes, _) => Err(NoLength::Unread),
        }
    }

    /// Reads `1:30` and `1:30:00`.
    fn clock(&self, text: &str) -> Result<i64, NoLength> {
        let text = text.strip_suffix(['h', 'u']).unwrap_or(text).trim_end();
        let mut parts = text.split(':').map(str::trim);
        let (hours, minutes, seconds) = (parts.next(), parts.next(), parts.next());
        let two_digits = |text: &&str| text.len() == 2;
        let hours = hours.and_then(digits).ok_or(NoLength::Unread)?;
        let minutes = minutes.filter(two_digits).and_then(digits).filter(|minutes| *minutes < 60);
        let length = minutes.and_then(|minutes| hours.checked_mul(60)?.checked_add(minutes)).ok_or(NoLength::Unread)?;
        match (seconds, parts.next()) {
            (Some(seconds), None) if seconds.split(['.', ',']).all(|part| digits(part) == Some(0)) => Ok(length),
            (None, _) if self.unit == DurationUnit::Minutes && hours >= HOURS_IN_DOUBT && minutes == Some(0) => {
                Err(NoLength::Doubt([length, hours], None))
            }
            (None, _) => Ok(length),
            _ => Err(NoLength::Unread),
        }
    }

    /// Reads a decimal number of hours: `1,5` where that is the column's unit, `1.5 h` anywhere.
    fn hours(&self, text: &str) -> Option<(i64, Fraction)> {
        if !text.bytes().any(|byte| byte == b'.' || byte == b',') {
            return None;
        }
        let text = text.trim().to_lowercase();
        let number = text.trim_end_matches(|c: char| c.is_alphabetic() || c == '.' || c == ' ');
        let unit = text[number.len()..].trim().trim_end_matches('.');
        let is_hours = if unit.is_empty() { self.unit == DurationUnit::Hours } else { HOURS.contains(&unit) };
        let (hours, fraction) = number.split_once(['.', ',']).filter(|_| is_hours)?;
        Some((digits(hours)?, Fraction::of(fraction)))
    }
}

/// The part of a number of hours behind the comma, in minutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fraction {
    /// Whole quarters of an hour.
    Certain(i64),
    /// Another number of minutes, rounded: it is rather minutes that were written behind a dot.
    Doubtful(i64),
    /// Not minutes.
    None,
}

impl Fraction {
    fn of(text: &str) -> Self {
        let kept = text.trim_end_matches('0');
        match kept {
            "" if !text.is_empty() => Self::Certain(0),
            "25" => Self::Certain(15),
            "5" => Self::Certain(30),
            "75" => Self::Certain(45),
            _ => match (digits(text), text.len()) {
                (Some(tenths), 1) => Self::Doubtful(tenths * 6),
                (Some(hundredths), 2) => Self::Doubtful(hundredths * 60 / 100),
                _ => Self::None,
            },
        }
    }
}

/// Reads what stands behind the dot as minutes: `1.5` may be what a spreadsheet made of `1.50`.
fn as_clock(text: &str) -> Option<i64> {
    let (_, behind) = text.split_once(['.', ','])?;
    let end = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
    let behind = &behind[..end];
    let minutes = digits(behind)? * if behind.len() == 1 { 10 } else { 1 };
    (minutes < 60 && behind.len() <= 2).then_some(minutes)
}

/// Reads numbers with their units: `1h30m`, `90 min`, `1 Std. 30 Min.`, `1h30`.
fn with_units(text: &str) -> Option<i64> {
    let (mut rest, mut total, mut last) = (text.trim(), 0_i64, None);
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.' && c != ',').unwrap_or(rest.len());
        let (number, behind) = rest.split_at(end);
        let value = whole(number).filter(|value| *value >= 0)?;
        let behind = behind.trim_start();
        let end = behind.find(|c: char| c.is_ascii_digit() || c == ' ' || c == '.').unwrap_or(behind.len());
        let (unit, behind) = behind.split_at(end);
        let minutes = if unit.is_empty() {
            // `1h30`: minutes of two digits behind the hours.
            (last == Some(60) && number.len() == 2 && value < 60).then_some(1)?
        } else if HOURS.contains(&unit) {
            60
        } else if MINUTES.contains(&unit) {
            1
        } else {
            return None;
        };
        if last.is_some_and(|last| last <= minutes) {
            return None;
        }
        last = Some(minutes);
        total = value.checked_mul(minutes)?.checked_add(total)?;
        rest = behind.strip_prefix('.').unwrap_or(behind).trim_start();
    }
    last.map(|_| total)
}

fn whole(text: &str) -> Option<i64> {
    super::value::whole(text).ok()
}

/// Reads a whole number of a few digits, as most lengths are.
fn usual(text: &str) -> Option<i64> {
    let digit = |byte: u8| byte.is_ascii_digit().then(|| i64::from(byte - b'0'));
    let is_short = (1..=6).contains(&text.len());
    is_short.then(|| text.bytes().try_fold(0, |number, byte| Some(number * 10 + digit(byte)?))).flatten()
}

fn digits(text: &str) -> Option<i64> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests;
