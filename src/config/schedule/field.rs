//! Reads one field of an expression strictly: what cron's parsers shrug at (`5/10`, `1,,2`, `MON` as a minute) is a slip here,
//! and the message says in which field.

use super::ScheduleError;

/// The values that a field may hold.
pub(super) struct Field {
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
pub(super) const FIELDS: [Field; 6] = [
    Field { name: "second", least: 0, most: 59, names: &[], special: never },
    Field { name: "minute", least: 0, most: 59, names: &[], special: never },
    Field { name: "hour", least: 0, most: 23, names: &[], special: never },
    Field { name: "day of month", least: 1, most: 31, names: &[], special: special_day },
    Field { name: "month", least: 1, most: 12, names: &MONTHS, special: never },
    Field { name: "day of week", least: 0, most: 7, names: &WEEKDAYS, special: special_weekday },
];

impl Field {
    /// Checks a field in capitals and writes it with numbers in the place of names.
    pub(super) fn normalize(&self, text: &str) -> Result<String, ScheduleError> {
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
}
