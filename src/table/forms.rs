//! Finds out how the cells of an unknown column write dates and times, so that a person can be told which formats to configure. What
//! the cells leave open is said to be open.

use super::span::{Span, says_half, time_of_day};
use super::start::WrittenStart;
use super::weekday::Days;

/// The nature of a column's cells: that of nearly all that say anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nature {
    /// Nothing stands in them.
    Blank,
    /// Days, without a time.
    Day,
    /// Times of day.
    Time,
    /// Times from when to when.
    Times,
    /// Days with their times, perhaps with an end.
    Moment,
    /// Lengths, such as `1h30m`.
    Length,
    /// Numbers.
    Number,
    /// Mail addresses.
    Address,
    /// Anything else.
    Text,
}

/// The way in which a column's cells write days and times.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Forms {
    /// The format of its days; two where it is open which of the first two numbers is the day. None: year, month, day, as it is read
    /// without a format.
    pub days: Vec<String>,
    /// The format of its times; `None` where they are read without.
    pub time: Option<String>,
    /// The text between a day and its time in one cell.
    pub between: String,
}

/// A day as it is written: three numbers and the sign between.
#[derive(Debug, Clone, Copy)]
struct Day {
    sign: char,
    first: u32,
    second: u32,
    year_first: bool,
    short_year: bool,
}

/// So many of ten cells have the nature of their column.
const MOST_OF_TEN: usize = 8;

impl Nature {
    /// Tells the nature of a column by some of its cells.
    #[must_use]
    pub fn of(cells: &[&str]) -> Self {
        let cells: Vec<_> = cells.iter().map(|cell| cell.trim()).filter(|cell| !cell.is_empty()).collect();
        if cells.is_empty() {
            return Self::Blank;
        }
        let natures = [Self::Moment, Self::Day, Self::Times, Self::Time, Self::Number, Self::Address, Self::Length];
        let is_most = |nature: &Self| {
            let alike = cells.iter().filter(|cell| Self::of_cell(cell) == *nature).count();
            alike * 10 >= cells.len() * MOST_OF_TEN
        };
        natures.into_iter().find(is_most).unwrap_or(Self::Text)
    }

    fn of_cell(cell: &str) -> Self {
        let text = without_weekday(cell);
        let span = Span::of(&text);
        if WrittenStart::plain(&text).is_some() {
            return Self::Moment;
        }
        if let Some((_, rest)) = Day::take(span.start) {
            return match rest.trim_matches([' ', ',', 'T']) {
                "" if span.end.is_none() => Self::Day,
                time if time_of_day(time).is_some() => Self::Moment,
                _ => Self::Text,
            };
        }
        if span.end.is_some() && time_of_day(span.start).is_some() {
            return Self::Times;
        }
        let is_number =
            text.split(['.', ',']).all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        if is_number && text.split(['.', ',']).count() <= 2 {
            return Self::Number;
        }
        if time_of_day(&text).is_some() && text.contains([':', '.', 'h', 'H', 'm', 'M']) {
            return Self::Time;
        }
        if super::value::is_address(&text) {
            return Self::Address;
        }
        let lengths = super::length::Lengths::default();
        if lengths.read(&[&text]).is_ok() { Self::Length } else { Self::Text }
    }
}

impl Forms {
    /// Tells how a column's cells write their days and times.
    #[must_use]
    pub fn of(cells: &[&str]) -> Self {
        let mut forms = Self { between: " ".to_owned(), ..Self::default() };
        let mut days = Vec::new();
        for cell in cells {
            let text = without_weekday(cell);
            let start = Span::of(&text).start;
            let (day, rest) = Day::take(start).map_or((None, start), |(day, rest)| (Some(day), rest));
            let time = rest.trim_start_matches([' ', ',', 'T']);
            if day.is_some() && !time.is_empty() {
                rest[..rest.len() - time.len()].clone_into(&mut forms.between);
            }
            days.extend(day);
            if time_of_day(time).is_some() {
                forms.take_time(time);
            }
        }
        forms.take_days(&days);
        forms
    }

    /// Returns the formats of starts that stand in one column, or in two of which this is the one of the days.
    #[must_use]
    pub fn formats(&self, times: Option<&Self>) -> Vec<String> {
        let (between, time) = match times {
            Some(times) => (" ", times.time.as_deref()),
            None => (&*self.between, self.time.as_deref()),
        };
        if self.days.is_empty() && time.is_none() {
            return Vec::new();
        }
        let days = if self.days.is_empty() { vec!["%Y-%m-%d".to_owned()] } else { self.days.clone() };
        days.iter().map(|day| format!("{day}{between}{}", time.unwrap_or("%H:%M"))).collect()
    }

    fn take_time(&mut self, time: &str) {
        let dotted = time.contains('.') && !time.contains(':') && !says_half(time);
        let form = match (says_half(time), dotted) {
            (true, _) => "%I:%M %p",
            (false, true) => "%H.%M",
            (false, false) => return,
        };
        self.time = Some(form.to_owned());
    }

    fn take_days(&mut self, days: &[Day]) {
        let Some(day) = days.iter().find(|day| !day.year_first) else { return };
        let Day { sign, short_year, .. } = *day;
        let year = if short_year { "%y" } else { "%Y" };
        let day_first = days.iter().any(|day| !day.year_first && day.first > 12);
        let month_first = days.iter().any(|day| !day.year_first && day.second > 12);
        let forms = [format!("%d{sign}%m{sign}{year}"), format!("%m{sign}%d{sign}{year}")];
        self.days = match (day_first, month_first) {
            // With dots, no language has the month first.
            (true, false) => forms[..1].to_vec(),
            (false, false) if sign == '.' => forms[..1].to_vec(),
            (false, true) => forms[1..].to_vec(),
            _ => forms.to_vec(),
        };
    }
}

impl Day {
    /// Takes the day off the front of a text.
    fn take(text: &str) -> Option<(Self, &str)> {
        let text = text.trim_start();
        let digits = |text: &str| text.bytes().take_while(u8::is_ascii_digit).count();
        let mut numbers = Vec::with_capacity(3);
        let (mut rest, mut sign) = (text, None);
        loop {
            let length = digits(rest);
            numbers.push(&rest[..length]);
            rest = &rest[length..];
            if numbers.len() == 3 {
                break;
            }
            let found = rest.chars().next().filter(|c| ['.', '/', '-'].contains(c))?;
            if *sign.get_or_insert(found) != found {
                return None;
            }
            rest = &rest[1..];
        }
        let year_first = numbers[0].len() == 4;
        let lengths: Vec<_> = numbers.iter().map(|number| number.len()).collect();
        let is_shape = match lengths[..] {
            [4, 1..=2, 1..=2] => true,
            [1..=2, 1..=2, year] => year == 4 || year == 2,
            _ => false,
        };
        let number = |at: usize| numbers[at].parse::<u32>().ok();
        let day = Self {
            sign: sign?,
            first: number(0)?,
            second: number(1)?,
            year_first,
            short_year: !year_first && numbers[2].len() == 2,
        };
        let is_day = |day: u32| (1..=31).contains(&day);
        let is_one = is_shape
            && if year_first { number(2).is_some_and(is_day) } else { is_day(day.first) && is_day(day.second) };
        is_one.then_some((day, rest))
    }
}

fn without_weekday(cell: &str) -> String {
    let text = cell.replace(['\u{a0}', '\u{202f}', '\u{2009}'], " ");
    Days::take(&text).map_or(text.trim().to_owned(), |(_, _, rest)| rest.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nature_of_a_column_is_that_of_nearly_all_cells() {
        for (cells, nature) in [
            (&["", " "][..], Nature::Blank),
            (&["01.02.2027", "Mo, 02.02.2027", ""], Nature::Day),
            (&["2027-02-01", "2027-02-02"], Nature::Day),
            (&["08:00", "9:30 AM"], Nature::Time),
            (&["08:00 - 09:30", "10:00–11:00"], Nature::Times),
            (&["01.02.2027 08:00", "2/3/2027, 9:00 AM"], Nature::Moment),
            (&["2027-02-01T08:00:00Z", "2027-02-01 08:00"], Nature::Moment),
            (&["01.02.2027 08:00 - 09:30"], Nature::Moment),
            (&["90", "1,5"], Nature::Number),
            (&["1h30m", "90 min"], Nature::Length),
            (&["a@example.org", "b@example.org"], Nature::Address),
            (&["Algebra", "12", "08:00"], Nature::Text),
        ] {
            assert_eq!(Nature::of(cells), nature, "{cells:?}");
        }
    }

    #[test]
    fn formats_are_told_and_what_is_open_is_both() {
        let formats = |cells: &[&str]| Forms::of(cells).formats(None);
        assert_eq!(formats(&["01.02.2027 08:00"]), ["%d.%m.%Y %H:%M"]);
        assert_eq!(formats(&["Mo, 01.02.27, 08.00"]), ["%d.%m.%y, %H.%M"]);
        assert_eq!(formats(&["2/1/2027 8:00 AM", "2/13/2027 8:00 AM"]), ["%m/%d/%Y %I:%M %p"]);
        assert_eq!(formats(&["01/02/2027 08:00"]), ["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"]);
        assert_eq!(formats(&["2027-02-01 08:00", "2027-02-01T09:00:00Z"]), Vec::<String>::new());
        assert_eq!(formats(&["2027-02-01 2:00 PM"]), ["%Y-%m-%d %I:%M %p"]);
        let days = Forms::of(&["13/02/2027", "01/02/2027"]);
        assert_eq!(days.formats(Some(&Forms::of(&["8:00 AM"]))), ["%d/%m/%Y %I:%M %p"]);
        assert_eq!(days.formats(Some(&Forms::of(&["08:00 - 09:30"]))), ["%d/%m/%Y %H:%M"]);
    }
}
