//! Reads a cron expression, and tells which wall-clock times it names, in no zone yet.

use croner::Cron;
use croner::parser::{CronParser, Seconds, Year};
use jiff::civil::DateTime;

use super::field::FIELDS;

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
        /// Which field.
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
}
