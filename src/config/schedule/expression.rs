//! Reads a cron expression, and tells which wall-clock times it names, in no zone yet.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::DateTime;

use super::words;

/// A text that is no schedule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScheduleError {
    /// Not five fields, nor six.
    #[error("it has {0} fields")]
    Fields(usize),
    /// An `@` word that is none of ours.
    #[error("there is no {0}")]
    Nickname(String),
    /// A field that cannot be read.
    #[error("{text:?} is no {field}")]
    Field {
        /// The field.
        field: &'static str,
        /// The part of it that cannot be read.
        text: String,
        /// The least value that it may hold.
        least: u32,
        /// The greatest.
        most: u32,
    },
    /// A date that no calendar has.
    #[error("no year has such a day")]
    Never,
}

impl ScheduleError {
    /// Says what would be right.
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::Fields(_) => {
                "Write five fields (minute, hour, day of month, month, day of week), such as \"30 2 * * *\"; six begin \
                 with seconds."
                    .to_owned()
            }
            Self::Nickname(_) => {
                "Write @hourly, @daily, @midnight, @weekly, @monthly, @yearly or @annually.".to_owned()
            }
            Self::Field { field, least, most, .. } => {
                let article = if field.starts_with('h') { "An" } else { "A" };
                format!(
                    "{article} {field} is {least} to {most}: write * for each, 1,2 for some, 1-5 for a range, */2 for every other."
                )
            }
            Self::Never => "Correct day and month: this schedule would never run.".to_owned(),
        }
    }
}

const NICKNAMES: [(&str, &str); 7] = [
    ("@hourly", "0 * * * *"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@weekly", "0 0 * * 0"),
    ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
];

/// A parsed expression.
#[derive(Debug, Clone)]
pub(super) struct Expression {
    text: String,
    cron: Cron,
    wildcard: bool,
    either_day: bool,
}

impl Expression {
    pub(super) fn parse(text: &str) -> Result<Self, ScheduleError> {
        let text = text.trim();
        let spelled_out = match NICKNAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text)) {
            Some((_, fields)) => fields,
            None if text.starts_with('@') => return Err(ScheduleError::Nickname(text.to_owned())),
            None => text,
        };
        let capitals = spelled_out.to_uppercase();
        let mut fields: Vec<&str> = capitals.split_whitespace().collect();
        match fields.len() {
            5 => fields.insert(0, "0"),
            6 => {}
            other => return Err(ScheduleError::Fields(other)),
        }
        let normal: Result<Vec<_>, _> = FIELDS.iter().zip(&fields).map(|(field, text)| field.normalize(text)).collect();
        let starred = |field: usize| fields[field].starts_with('*');
        // Either day will do, unless one of the two fields begins with `*`: cron's rule, and not croner's own.
        let either_day = !starred(3) && !starred(5);
        let expression = Self {
            text: text.to_owned(),
            cron: croner(&normal?.join(" "), !either_day)?,
            either_day,
            wildcard: starred(1) || starred(2),
        };
        expression.first(DateTime::constant(1970, 1, 1, 0, 0, 0, 0)).ok_or(ScheduleError::Never)?;
        Ok(expression)
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Says it in words: `At 02:30, every day`, `Every 15 minutes`, `At 12:00, on Monday`.
    pub(super) fn words(&self) -> String {
        words::plain(&self.cron.describe())
    }

    /// Tells whether minute or hour begins with `*`, so that it follows real time.
    pub(super) fn is_wildcard(&self) -> bool {
        self.wildcard
    }

    /// Tells whether it names both days of the month and days of the week, of which either will do.
    pub(super) fn takes_either_day(&self) -> bool {
        self.either_day
    }

    /// Returns the first time it names, from this one on.
    pub(super) fn first(&self, from: DateTime) -> Option<DateTime> {
        self.cron.find_next_occurrence(&from, true).ok()
    }

    /// Returns the first time it names after this one.
    pub(super) fn next(&self, after: DateTime) -> Option<DateTime> {
        self.cron.find_next_occurrence(&after, false).ok()
    }
}

fn croner(fields: &str, both_days: bool) -> Result<Cron, ScheduleError> {
    let parser = CronParser::builder().seconds(Seconds::Required).year(Year::Disallowed).dom_and_dow(both_days).build();
    // Every field was checked, so what is left to refuse is a date.
    parser.parse(fields).map_err(|_| ScheduleError::Never)
}

/// A field of an expression, by the values that it may hold. It is read strictly: what cron's parsers shrug at (`5/10`, `1,,2`,
/// `MON` as a minute) is a slip here, and the message says in which field.
struct Field {
    /// Its name in a message.
    name: &'static str,
    least: u32,
    most: u32,
    /// Names of its values, from `least` on.
    names: &'static [&'static str],
    /// The signs that stand for days which depend on the month.
    special: fn(&str) -> bool,
}

const MONTHS: [&str; 12] = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

/// The fields in their order, seconds first.
const FIELDS: [Field; 6] = [
    Field { name: "second", least: 0, most: 59, names: &[], special: never },
    Field { name: "minute", least: 0, most: 59, names: &[], special: never },
    Field { name: "hour", least: 0, most: 23, names: &[], special: never },
    Field { name: "day of month", least: 1, most: 31, names: &[], special: special_day },
    Field { name: "month", least: 1, most: 12, names: &MONTHS, special: never },
    Field { name: "day of week", least: 0, most: 7, names: &WEEKDAYS, special: special_weekday },
];

impl Field {
    /// Checks a field in capitals and writes it with numbers in the place of names.
    fn normalize(&self, text: &str) -> Result<String, ScheduleError> {
        if (self.special)(text) {
            // `5L`, the last Friday, may be written with the day's name.
            let (day, sign) = text.split_at(text.find(['L', '#', 'W']).unwrap_or(text.len()));
            return Ok(self.value(day).map_or_else(|| text.to_owned(), |day| format!("{day}{sign}")));
        }
        let terms: Result<Vec<_>, _> = text.split(',').map(|term| self.term(term)).collect();
        Ok(terms?.join(","))
    }

    /// Reads `*`, a value or a range; all but a single value may have a step behind.
    fn term(&self, term: &str) -> Result<String, ScheduleError> {
        let wrong =
            || ScheduleError::Field { field: self.name, text: term.to_owned(), least: self.least, most: self.most };
        let (range, step) = match term.split_once('/') {
            Some((range, step)) => {
                (range, Some(number(step).filter(|step| (1..=self.most).contains(step)).ok_or_else(wrong)?))
            }
            None => (term, None),
        };
        let range = match range.split_once('-') {
            _ if range == "*" => "*".to_owned(),
            Some((from, to)) => {
                let (from, mut to) = self.value(from).zip(self.value(to)).ok_or_else(wrong)?;
                if to == 0 && from > 0 && self.most == 7 {
                    // A week that ends on a Sunday.
                    to = 7;
                }
                if from > to {
                    return Err(wrong());
                }
                format!("{from}-{to}")
            }
            None if step.is_none() => self.value(range).ok_or_else(wrong)?.to_string(),
            None => return Err(wrong()),
        };
        Ok(step.map_or_else(|| range.clone(), |step| format!("{range}/{step}")))
    }

    fn value(&self, text: &str) -> Option<u32> {
        let named = self.names.iter().position(|name| *name == text).and_then(|at| u32::try_from(at).ok());
        let value = named.map(|at| at + self.least).or_else(|| number(text))?;
        (self.least..=self.most).contains(&value).then_some(value)
    }
}

fn number(text: &str) -> Option<u32> {
    (text.len() <= 4 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok()).flatten()
}

fn never(_: &str) -> bool {
    false
}

/// Tells whether a text is a special day: `L`, the month's last day; `LW`, its last working day; `15W`, the working day nearest
/// to the 15th.
fn special_day(text: &str) -> bool {
    let day = |text: &str| number(text).is_some_and(|day| (1..=31).contains(&day));
    matches!(text, "L" | "LW") || text.strip_suffix('W').is_some_and(day)
}

/// Tells whether a text is a special weekday: `5L`, the month's last Friday; `5#2`, its second.
fn special_weekday(text: &str) -> bool {
    let day = |text: &str| WEEKDAYS.contains(&text) || number(text).is_some_and(|day| day <= 7);
    text.strip_suffix('L').is_some_and(day)
        || text.split_once('#').is_some_and(|(weekday, nth)| day(weekday) && matches!(nth, "1" | "2" | "3" | "4" | "5"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_that_no_year_has_is_refused_and_one_that_few_have_is_not() {
        for never in ["0 0 30 2 *", "0 0 31 4,6,9,11 *", "0 0 31 2 *"] {
            assert_eq!(Expression::parse(never).err(), Some(ScheduleError::Never), "{never}");
        }
        for seldom in ["0 0 29 2 *", "0 0 29 2 */7", "0 0 30 2 1", "0 0 * 2 MON#5"] {
            assert!(Expression::parse(seldom).is_ok(), "{seldom}");
        }
    }

    #[test]
    fn five_or_six_fields_or_a_nickname_are_a_schedule() {
        for right in ["30 2 * * *", "*/10 30 2 * * *", "@daily", " @Weekly ", "0 9 * jan-MAR mon-fri", "0 0 L * *"] {
            assert!(Expression::parse(right).is_ok(), "{right}");
        }
        for wrong in ["", "* * * *", "0 0 0 * * * 2027", "@reboot", "daily", "99 2 * * *", "@daily x"] {
            let error = Expression::parse(wrong).err().unwrap();
            assert!(error.remedy().ends_with('.'), "{error}");
        }
    }

    fn normalize(field: usize, text: &str) -> Option<String> {
        FIELDS[field].normalize(text).ok()
    }

    #[test]
    fn names_become_numbers_and_a_week_may_end_on_a_sunday() {
        assert_eq!(normalize(5, "MON-FRI").as_deref(), Some("1-5"));
        assert_eq!(normalize(5, "FRI-SUN").as_deref(), Some("5-7"));
        assert_eq!(normalize(4, "JAN,6-12/2").as_deref(), Some("1,6-12/2"));
        assert_eq!(normalize(5, "FRIL").as_deref(), Some("5L"));
        assert_eq!(normalize(5, "TUE#2").as_deref(), Some("2#2"));
        assert_eq!(normalize(3, "15W").as_deref(), Some("15W"));
    }

    #[test]
    fn what_other_parsers_guess_at_is_refused() {
        for (field, text) in [
            (1, "60"),
            (1, "5/10"),
            (1, "/5"),
            (1, "1,,2"),
            (1, ""),
            (1, "MON"),
            (1, "*/0"),
            (1, "*/60"),
            (1, "30-10"),
            (2, "24"),
            (2, "1-"),
            (2, "**"),
            (3, "0"),
            (3, "32"),
            (3, "32W"),
            (3, "?"),
            (4, "13"),
            (4, "JANFEB"),
            (5, "8"),
            (5, "MONDAY"),
            (5, "+1"),
            (5, "L"),
            (5, "5#6"),
            (1, "-5"),
            (1, "1-2-3"),
            (1, "99999999999"),
        ] {
            assert_eq!(normalize(field, text), None, "{text}");
        }
    }

    #[test]
    fn a_schedule_is_said_as_a_person_would() {
        for (text, words) in [
            ("30 2 * * *", "At 02:30, every day"),
            ("*/15 * * * *", "Every 15 minutes"),
            ("@hourly", "Every hour"),
            ("5 * * * *", "Every hour at minute 5"),
            ("0 9-17 * * 1-5", "Every hour from 09:00 to 17:00, on Monday to Friday"),
            ("30 7-12 * * *", "Every hour from 07:30 to 12:30"),
            ("0 6 * * 1-6", "At 06:00, on Monday to Saturday"),
            ("0 12 * * 1", "At 12:00, on Monday"),
            ("0 0 1 * *", "At 00:00, on day 1 of the month"),
        ] {
            assert_eq!(Expression::parse(text).unwrap().words(), words, "{text}");
        }
    }
}
