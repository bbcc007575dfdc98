//! Makes the example timetables, with dates that lie as far ahead as they did when this was written.

use std::time::Duration;

use crate::clock::{Timestamp, Zone};

/// Twelve rows, four of them with a mistake.
const FIRST: &str = include_str!("timetable.csv");
/// The same rows with the mistakes corrected, and the first one moved by two hours.
const CORRECTED: &str = include_str!("corrected.csv");

/// The number of rows of each timetable.
pub(super) const ROWS: usize = 12;
/// The number of rows of the first one that have a mistake.
pub(super) const MISTAKES: usize = 4;

/// Returns the timetable that is handed in first.
pub(super) fn first(now: Timestamp, zone: &Zone) -> String {
    dated(FIRST, now, zone)
}

/// Returns the timetable that is handed in last.
pub(super) fn corrected(now: Timestamp, zone: &Zone) -> String {
    dated(CORRECTED, now, zone)
}

/// Puts a date for every `{in N days}`; anything else in braces stays as it is.
fn dated(text: &str, now: Timestamp, zone: &Zone) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("{in ") {
        out.push_str(before);
        let days = behind.split_once(" days}").and_then(|(days, after)| Some((days.parse::<i64>().ok()?, after)));
        match days {
            Some((days, after)) => {
                let by = Duration::from_secs(days.unsigned_abs() * 24 * 60 * 60);
                let then = if days < 0 { now.minus(by) } else { now.plus(by) };
                out.push_str(&zone.civil(then).format("%Y-%m-%d"));
                rest = after;
            }
            None => {
                out.push_str("{in ");
                rest = behind;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_lie_ahead_of_now_and_behind_it() {
        let now = Timestamp::from_rfc3339("2031-12-30T23:30:00Z").unwrap();
        let zone = Zone::named("Europe/Berlin").unwrap();
        assert_eq!(dated("a,{in 2 days} 09:00,{in -1 days}\n{x}", now, &zone), "a,2032-01-02 09:00,2031-12-30\n{x}");
        assert_eq!(dated("{in two days}", now, &zone), "{in two days}");
    }

    #[test]
    fn both_timetables_have_the_rows_that_are_spoken_of() {
        for text in [FIRST, CORRECTED] {
            assert_eq!(text.lines().count(), ROWS + 1);
        }
        let changed = FIRST.lines().zip(CORRECTED.lines()).filter(|(first, corrected)| first != corrected).count();
        assert_eq!(changed, MISTAKES + 1);
    }
}
