//! Reads a date or a time in any of the ways in which programs write them, with every order of day, month and year that its numbers
//! allow: which of them is meant, the cell that it came from tells.

/// An order of day, month and year.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Order {
    YearMonthDay,
    DayMonthYear,
    MonthDayYear,
    /// No program writes it; what has read a date the wrong way round writes it so all the same.
    YearDayMonth,
}

/// The way in which a date is written, but for the order: what one program writes in one column is alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Form {
    mark: char,
    /// The place of a year with four digits.
    year: Option<usize>,
}

/// A date, a time, or both, as they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct WrittenDate {
    pub(super) numbers: Option<Numbers>,
    /// Seconds since midnight.
    pub(super) time: Option<u32>,
    /// Minutes east of Greenwich.
    pub(super) offset: Option<i32>,
}

/// The three numbers of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Numbers {
    parts: [u32; 3],
    widths: [usize; 3],
    /// Which of them is a month's name.
    word: Option<usize>,
    mark: char,
}

/// A day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "the day of the month has no other name")]
pub(super) struct Day {
    pub(super) year: u32,
    pub(super) month: u32,
    pub(super) day: u32,
}

/// The first letters of the months' names in the languages that programs write them in.
const MONTHS: [&[&str]; 12] = [
    &["jan"],
    &["feb", "fev", "fév"],
    &["mar", "mär", "mrz", "maa", "mrt"],
    &["apr", "avr", "abr"],
    &["may", "mai", "maj", "mei", "mag"],
    &["jun", "juin", "giu"],
    &["jul", "juil", "lug"],
    &["aug", "aoû", "ago"],
    &["sep", "set"],
    &["oct", "okt", "out", "ott"],
    &["nov"],
    &["dec", "dez", "déc", "dic"],
];

impl WrittenDate {
    /// Reads a text that is nothing else.
    pub(super) fn read(text: &str) -> Option<Self> {
        let text = text.replace(['\u{a0}', '\u{202f}', '\u{2009}'], " ");
        let text = without_weekday(text.trim());
        if let Some(time) = time_and_offset(text) {
            return Some(Self { numbers: None, ..time });
        }
        let (numbers, rest) = date(text)?;
        let rest = rest.strip_prefix(['T', 't', ',']).unwrap_or(rest).trim();
        if rest.is_empty() {
            return Some(Self { numbers: Some(numbers), time: None, offset: None });
        }
        let time = time_and_offset(rest).or_else(|| packed_time(rest).filter(|_| numbers.mark == '\0'))?;
        Some(Self { numbers: Some(numbers), ..time })
    }
}

impl Form {
    pub(super) fn is_year_first(self) -> bool {
        self.year == Some(0)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Numbers {
    /// Lists the days that these numbers may be, each with its order.
    pub(super) fn days(&self) -> impl Iterator<Item = (Order, Day)> {
        let [first, second, third] = self.parts;
        let year_first = self.widths[0] == 4 && self.word != Some(0);
        let short = self.widths.iter().zip(0..).all(|(width, at)| *width < 3 || self.word == Some(at));
        let all = [
            (Order::YearMonthDay, [first, second, third], year_first || short),
            (Order::YearDayMonth, [first, third, second], year_first),
            (Order::DayMonthYear, [third, second, first], !year_first),
            (Order::MonthDayYear, [third, first, second], !year_first),
        ];
        let places = |order| match order {
            Order::YearMonthDay | Order::DayMonthYear => 1,
            Order::MonthDayYear => 0,
            Order::YearDayMonth => 2,
        };
        let (word, widths) = (self.word, self.widths);
        all.into_iter().filter_map(move |(order, [year, month, day], fits)| {
            let year_at = if matches!(order, Order::YearMonthDay | Order::YearDayMonth) { 0 } else { 2 };
            let year = if widths[year_at] < 3 { 2000 + year } else { year };
            let day = Day { year, month, day };
            let is_named = word.is_none_or(|at| at == places(order));
            (fits && is_named && day.is_one() && widths[year_at] != 3).then_some((order, day))
        })
    }

    /// Lists the days that they may be in a cell that was handed in: in that order, where it is known.
    pub(super) fn handed_in(&self, order: Option<Order>) -> impl Iterator<Item = Day> {
        // No program reads the day before the month behind the year, so no cell was handed in so.
        let may_be = move |is: Order| order.map_or(is != Order::YearDayMonth, |order| order == is);
        self.days().filter(move |(is, _)| may_be(*is)).map(|(_, day)| day)
    }

    pub(super) fn form(&self) -> Form {
        Form { mark: self.mark, year: (0..3).find(|at| self.widths[*at] == 4 && self.word != Some(*at)) }
    }

    /// Tells whether the same numbers stand there in the same places, however many digits the year has.
    pub(super) fn is_sequence_of(&self, other: &Self) -> bool {
        let alike = |at: usize| {
            let (one, other_one) = (self.parts[at], other.parts[at]);
            one == other_one
                || self.widths[at].max(other.widths[at]) == 4
                    && one % 100 == other_one % 100
                    && one.min(other_one) < 100
        };
        (0..3).all(alike)
    }

    /// Tells whether day and month have changed places, and all else is as it was.
    pub(super) fn is_exchanged(&self, other: &Self) -> bool {
        let places = if self.widths[0] == 4 { (1, 2) } else { (0, 1) };
        let mut exchanged = other.parts;
        exchanged.swap(places.0, places.1);
        exchanged == self.parts
    }

    pub(super) fn has_word(&self) -> bool {
        self.word.is_some()
    }

    pub(super) fn mark(&self) -> char {
        self.mark
    }

    /// Writes another day as this one is written, in that order; `None` where a month is named.
    pub(super) fn written_like(&self, order: Order, day: Day) -> Option<String> {
        if self.word.is_some() {
            return None;
        }
        let Day { year, month, day } = day;
        let places = match order {
            Order::YearMonthDay => [year, month, day],
            Order::YearDayMonth => [year, day, month],
            Order::DayMonthYear => [day, month, year],
            Order::MonthDayYear => [month, day, year],
        };
        let parts = (0..3).map(|at| {
            let is_year = places[at] == year
                && at == if matches!(order, Order::YearMonthDay | Order::YearDayMonth) { 0 } else { 2 };
            let number = if is_year && self.widths[at] < 3 { places[at] % 100 } else { places[at] };
            let width = self.widths[at];
            format!("{number:0width$}")
        });
        let mark = if self.mark == '\0' { String::new() } else { self.mark.to_string() };
        Some(parts.collect::<Vec<_>>().join(&mark))
    }
}

impl Day {
    fn is_one(self) -> bool {
        let leap = self.year.is_multiple_of(4) && (!self.year.is_multiple_of(100) || self.year.is_multiple_of(400));
        let days = match self.month {
            2 if leap => 29,
            2 => 28,
            4 | 6 | 9 | 11 => 30,
            1..=12 => 31,
            _ => 0,
        };
        (1..=days).contains(&self.day)
    }

    /// Returns the days since the beginning of 1970.
    pub(super) fn number(self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let month = (i64::from(self.month) + 9) % 12;
        let in_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + in_year - 719_468
    }

    /// Tells whether it is the same day, where one of the years may have lost its first digits.
    pub(super) fn is(self, other: Self) -> bool {
        let years = self.year == other.year || self.year.min(other.year) < 100 && self.year % 100 == other.year % 100;
        years && (self.month, self.day) == (other.month, other.day)
    }
}

/// Takes off the name of a weekday in front: `Mo, 01.02.2027`.
fn without_weekday(text: &str) -> &str {
    let Some((word, rest)) = text.split_once([',', ' ']) else { return text };
    let word = word.trim_end_matches('.');
    let is_word =
        (2..=10).contains(&word.chars().count()) && word.chars().all(char::is_alphabetic) && month(word).is_none();
    if is_word { rest.trim_start_matches([',', ' ']) } else { text }
}

/// Returns the number of the month that a word begins the name of.
pub(super) fn month(word: &str) -> Option<u32> {
    let small = word.trim_end_matches('.').to_lowercase();
    let begins = |starts: &&[&str]| starts.iter().any(|start| small.starts_with(start));
    (small.chars().count() >= 3 && small.chars().all(char::is_alphabetic))
        .then(|| MONTHS.iter().position(begins).and_then(|at| u32::try_from(at + 1).ok()))
        .flatten()
}

/// Reads the date that a text begins with; what stands behind it is the rest.
fn date(text: &str) -> Option<(Numbers, &str)> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 8 {
        let (date, rest) = text.split_at(8);
        let part = |from: usize, to: usize| date[from..to].parse().ok();
        let parts = [part(0, 4)?, part(4, 6)?, part(6, 8)?];
        return Some((Numbers { parts, widths: [4, 2, 2], word: None, mark: '\0' }, rest));
    }
    let mut numbers = Numbers { parts: [0; 3], widths: [0; 3], word: None, mark: ' ' };
    let mut rest = text;
    for at in 0..3 {
        let (part, behind) = part(rest)?;
        rest = behind;
        match month(part) {
            Some(number) if numbers.word.is_none() => {
                (numbers.parts[at], numbers.widths[at], numbers.word) = (number, 2, Some(at));
            }
            _ => {
                let is_number = (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
                (numbers.parts[at], numbers.widths[at]) = (part.parse().ok().filter(|_| is_number)?, part.len());
            }
        }
        if at < 2 {
            let mark = rest.chars().next().filter(|mark| matches!(mark, '-' | '.' | '/' | ' ' | ','))?;
            if at == 0 {
                numbers.mark = mark;
            } else if mark != numbers.mark && numbers.word.is_none() {
                return None;
            }
            rest = rest[mark.len_utf8()..].trim_start();
        }
    }
    // A day and a month have two digits at most.
    let years = (0..3).filter(|at| numbers.widths[*at] > 2).count();
    (years < 2 && numbers.widths[1] < 3).then_some((numbers, rest))
}

/// Takes a number or a word off the beginning.
fn part(text: &str) -> Option<(&str, &str)> {
    let is_digit = text.starts_with(|c: char| c.is_ascii_digit());
    let end = text.find(|c: char| if is_digit { !c.is_ascii_digit() } else { !c.is_alphabetic() });
    let (part, rest) = text.split_at(end.unwrap_or(text.len()));
    let rest = if is_digit { rest } else { rest.strip_prefix('.').unwrap_or(rest) };
    (!part.is_empty()).then_some((part, rest))
}

/// Reads `08:15`, `08:15:00.000 AM`, `08:15:00Z`, `08:15+01`.
fn time_and_offset(text: &str) -> Option<WrittenDate> {
    let (time, offset) = match text.strip_suffix(['Z', 'z']) {
        Some(time) => (time.trim_end(), Some(0)),
        None => match text.rfind(['+', '-']) {
            Some(at) => (text[..at].trim_end(), Some(offset(&text[at..])?)),
            None => (text, None),
        },
    };
    Some(WrittenDate { numbers: None, time: Some(clock(time)?), offset })
}

fn clock(text: &str) -> Option<u32> {
    let small = text
        .to_ascii_lowercase()
        .replace("a. m.", "am")
        .replace("p. m.", "pm")
        .replace("a.m.", "am")
        .replace("p.m.", "pm");
    let (time, half) = match (small.strip_suffix("am"), small.strip_suffix("pm")) {
        (Some(time), _) => (time, Some(false)),
        (_, Some(time)) => (time, Some(true)),
        _ => (small.as_str(), None),
    };
    let mut parts = time.trim_end().split(':');
    let (hours, minutes) = (parts.next()?, parts.next()?);
    let seconds = parts.next().unwrap_or("0");
    let (seconds, fraction) = seconds.split_once(['.', ',']).unwrap_or((seconds, "0"));
    let number = |part: &str, most: u32| {
        let is_number = (1..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|number: &u32| is_number && *number < most)
    };
    let (mut hours, minutes, seconds) = (number(hours, 24)?, number(minutes, 60)?, number(seconds, 60)?);
    if parts.next().is_some() || fraction.is_empty() || fraction.bytes().any(|digit| digit != b'0') {
        return None;
    }
    match half {
        Some(true) if hours < 12 => hours += 12,
        Some(false) if hours == 12 => hours = 0,
        _ => {}
    }
    Some(hours * 3600 + minutes * 60 + seconds)
}

fn offset(text: &str) -> Option<i32> {
    let (sign, rest) = text.split_at_checked(1)?;
    let digits = rest.replacen(':', "", 1);
    let (hours, minutes) = match digits.len() {
        2 => (digits.as_str(), "0"),
        4 => digits.split_at_checked(2)?,
        _ => return None,
    };
    let east = hours.parse::<i32>().ok()? * 60 + minutes.parse::<i32>().ok()?;
    (east <= 14 * 60).then_some(if sign == "-" { -east } else { east })
}

/// Reads the time of `20270201T081500Z`.
fn packed_time(text: &str) -> Option<WrittenDate> {
    let (digits, offset) = match text.strip_suffix(['Z', 'z']) {
        Some(digits) => (digits, Some(0)),
        None => match text.rfind(['+', '-']) {
            Some(at) => (&text[..at], Some(offset(&text[at..])?)),
            None => (text, None),
        },
    };
    let is_time = matches!(digits.len(), 4 | 6) && digits.bytes().all(|byte| byte.is_ascii_digit());
    let spread = is_time.then(|| {
        format!("{}:{}:{}", &digits[..2], &digits[2..4], digits.get(4..).filter(|rest| !rest.is_empty()).unwrap_or("0"))
    })?;
    Some(WrittenDate { numbers: None, time: Some(clock(&spread)?), offset })
}
