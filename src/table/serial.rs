//! Reads the numbers that Excel keeps dates as, where a column of starts holds nothing else: the days since the last of 1899, with
//! the time of day as their fraction. A workbook shows such numbers once its columns have lost their format.

use super::proof::Proof;
use crate::clock::CivilTime;

/// The first and the last day that is taken for a date: 2000-01-01 and 2099-12-31.
const DAYS: std::ops::RangeInclusive<u32> = 36_526..=73_050;
/// Two more digits than a quarter of an hour needs: with fewer in a whole column its times were rounded.
const DIGITS: usize = 3;
/// A time may be off by so many seconds, since a fraction is cut somewhere.
const SLACK: f64 = 0.6;
const DAY: f64 = 86_400.0;

/// A proof's name for the way to read such a cell that it speaks against.
const DATES: &str = "dates";

/// The numbers that a column of starts has shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Serials {
    others: u32,
    /// The number with the most digits behind its point.
    best: Option<Proof>,
    /// The file that this one's rows are from held nothing else.
    are_known: bool,
}

/// A cell that is such a number.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Number {
    days: u32,
    seconds: Option<f64>,
    digits: usize,
    is_time: bool,
}

impl Serials {
    /// Tells whether a cell is such a number.
    pub(super) fn is_one(text: &str) -> bool {
        Number::of(text).is_some()
    }

    /// Takes a cell into account; a blank one tells nothing.
    pub(super) fn look(&mut self, line: u32, text: &str) {
        let Some(number) = Number::of(text) else {
            self.others += u32::from(!text.trim().is_empty());
            return;
        };
        if self.digits().is_none_or(|digits| digits < number.digits) {
            let (shows, against) = (Proof::NUMBERS.to_owned(), DATES.to_owned());
            self.best = Some(Proof { shows, against, line, text: text.trim().to_owned(), earlier: false });
        }
    }

    /// Takes a cell into account that is known to be no such number.
    pub(super) fn look_at_other(&mut self) {
        self.others += 1;
    }

    /// Takes in what earlier readings of the same file have shown.
    pub(super) fn believe(&mut self, proofs: &[Proof]) {
        let known = proofs.iter().find(|proof| proof.shows == Proof::NUMBERS && Number::of(&proof.text).is_some());
        if let Some(known) = known {
            self.are_known = true;
            self.best = Some(known.clone());
        }
    }

    /// Returns the proof that the column holds nothing but such numbers, if it does.
    pub(super) fn proof(&self) -> Option<Proof> {
        self.best.clone().filter(|_| self.are_all())
    }

    /// Tells whether the column holds nothing but such numbers.
    pub(super) fn are_all(&self) -> bool {
        self.best.is_some() && (self.others == 0 || self.are_known)
    }

    /// Reads a cell of such a column; `None` where it tells no time, or only a rounded one.
    pub(super) fn read(&self, text: &str) -> Option<CivilTime> {
        let number = Number::of(text).filter(|_| self.are_all())?;
        let is_exact = number.is_time || self.digits()? >= DIGITS;
        let seconds = number.seconds.filter(|_| is_exact)?;
        let minutes = (seconds / 60.0).round();
        if (minutes * 60.0 - seconds).abs() > SLACK {
            return None;
        }
        #[expect(clippy::cast_possible_truncation, reason = "at most the minutes of a day")]
        CivilTime::of_serial(number.days, minutes as i64)
    }

    /// Returns the most digits that a number of the column has behind its point.
    fn digits(&self) -> Option<usize> {
        Some(Number::of(&self.best.as_ref()?.text)?.digits)
    }
}

impl Number {
    /// Reads `46054.375`, `46054,375`, `46054 0.375` (a day and a time in columns of their own) or `46054 09:00`.
    fn of(text: &str) -> Option<Self> {
        let text = text.trim();
        let (day, time) = text.split_once(' ').map_or((text, ""), |(day, time)| (day, time.trim()));
        let (whole, fraction) = day.split_once(['.', ',']).unwrap_or((day, ""));
        let days = digits(whole).filter(|_| whole.len() == 5)?.parse().ok().filter(|days| DAYS.contains(days))?;
        let zeros = fraction.bytes().all(|byte| byte == b'0');
        if time.is_empty() {
            let seconds = if zeros { None } else { Some(part(fraction)?) };
            return Some(Self { days, seconds, digits: fraction.len(), is_time: false });
        }
        if !zeros {
            return None;
        }
        if let Some(time) = super::span::time_of_day(time).filter(|_| time.contains(':')) {
            return Some(Self { days, seconds: Some(f64::from(time.seconds())), digits: 0, is_time: true });
        }
        let (whole, fraction) = time.split_once(['.', ',']).unwrap_or((time, ""));
        if whole != "0" && (fraction.is_empty() || !whole.is_empty()) {
            return None;
        }
        let seconds = if fraction.is_empty() { 0.0 } else { part(fraction)? };
        // A column of times alone that are all midnight has no digits, and no doubt.
        let is_time = fraction.is_empty();
        Some(Self { days, seconds: Some(seconds), digits: fraction.len(), is_time })
    }
}

/// Returns the seconds of a fraction of a day.
fn part(fraction: &str) -> Option<f64> {
    let fraction = digits(fraction)?;
    format!("0.{fraction}").parse::<f64>().ok().map(|part| part * DAY)
}

fn digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(cells: &[&str]) -> Vec<Option<String>> {
        let mut serials = Serials::default();
        for cell in cells {
            serials.look(2, cell);
        }
        cells.iter().map(|cell| serials.read(cell).map(|civil| civil.to_string())).collect()
    }

    fn some(texts: &[&str]) -> Vec<Option<String>> {
        texts.iter().map(|text| (!text.is_empty()).then(|| (*text).to_owned())).collect()
    }

    #[test]
    fn a_column_of_numbers_is_days_with_their_times() {
        assert_eq!(
            read(&["46419.375", "46419,40972", "46420.5", "46420.4097222222"]),
            some(&["2027-02-01 09:00", "2027-02-01 09:50", "2027-02-02 12:00", "2027-02-02 09:50"])
        );
        assert_eq!(
            read(&["46419 0.375", "46420 0,4097222", "46420 0"]),
            some(&["2027-02-01 09:00", "2027-02-02 09:50", "2027-02-02 00:00"])
        );
        assert_eq!(read(&["46419 09:00", "46419.0 9:45"]), some(&["2027-02-01 09:00", "2027-02-01 09:45"]));
    }

    #[test]
    fn other_cells_rounded_times_and_days_alone_are_not_read() {
        assert_eq!(read(&["46419.375", "2027-02-01 09:00"]), some(&["", ""]));
        assert_eq!(read(&["46419.38", "46419.5"]), some(&["", ""]));
        assert_eq!(read(&["46419.375", "46419"]), some(&["2027-02-01 09:00", ""]));
        assert_eq!(read(&["46419", "46420.0"]), some(&["", ""]));
        assert_eq!(read(&["46419.12345"]), some(&[""]));
        for text in ["20270201", "4641", "12345.5", "90000.5", "46419.375.1", "-46419.5", "46419e1"] {
            assert_eq!(read(&[text]), some(&[""]), "{text}");
        }
    }
}
