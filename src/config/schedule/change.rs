//! Tells what a clock change does to a due time, for readers of `roomkeeper next` and for the warnings of `check`.

use std::fmt;

use jiff::civil::DateTime;

use crate::clock::{CivilTime, Local, Timestamp};

use super::Schedule;

/// A due time that is not simply the wall-clock time that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockChange {
    /// The clocks skip the wall-clock time that was asked for; it is due right after the gap.
    Moved {
        /// The time that was asked for; the first, where several are skipped.
        from: CivilTime,
    },
    /// The clocks show the time twice; this is the first, and the only one that is due.
    OnlyFirst,
    /// The clocks show the time twice, and both are due; this is the first.
    First,
    /// This is the second.
    Second,
}

impl fmt::Display for ClockChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Moved { from } => write!(f, "moved by the clock change from {}", from.format("%H:%M")),
            Self::OnlyFirst => f.write_str("the clocks show this time twice; it runs the first time"),
            Self::First => f.write_str("the clocks show this time twice; it runs both times, this is the first"),
            Self::Second => f.write_str("the clocks show this time twice; it runs both times, this is the second"),
        }
    }
}

impl Schedule {
    /// Tells what a clock change did to this due time of the schedule. Returns `None` if it did nothing, and for any other
    /// instant.
    #[must_use]
    pub fn note(&self, due: Timestamp) -> Option<ClockChange> {
        let civil = self.zone.civil(due);
        let named = self.expression.first(civil.jiff()) == Some(civil.jiff());
        match self.zone.resolve(civil) {
            Local::Twice(first, second) if named => match self.expression.is_wildcard() {
                true if due == first => Some(ClockChange::First),
                true => Some(ClockChange::Second),
                false => (due < second).then_some(ClockChange::OnlyFirst),
            },
            _ if named || self.expression.is_wildcard() => None,
            _ => {
                let gap = self.gap_that_ends_at(due)?;
                let from = self.expression.first(gap.from).filter(|civil| *civil < gap.to)?;
                Some(ClockChange::Moved { from: CivilTime::from(from) })
            }
        }
    }

    /// Returns the first date between two instants on which this schedule would run, were it not that a clock change skips every
    /// one of its times on that date. Only a schedule that follows real time can have one.
    #[must_use]
    pub fn day_without_run(&self, after: Timestamp, until: Timestamp) -> Option<CivilTime> {
        if !self.expression.is_wildcard() {
            return None;
        }
        let changes = self.zone.rules().following(after.jiff()).map(|change| Timestamp::from(change.timestamp()));
        changes.take_while(|change| *change <= until).filter_map(|change| self.gap_that_ends_at(change)).find_map(
            |gap| {
                let skipped = self.expression.first(gap.from).filter(|civil| *civil < gap.to)?;
                let midnight = skipped.date().at(0, 0, 0, 0);
                let next_day = skipped.date().tomorrow().ok()?.at(0, 0, 0, 0);
                let before = self.expression.first(midnight).filter(|civil| *civil < gap.from.min(next_day));
                let behind = self.expression.first(gap.to.max(midnight)).filter(|civil| *civil < next_day);
                (before.is_none() && behind.is_none()).then(|| CivilTime::from(skipped))
            },
        )
    }

    /// Returns the wall-clock times that are skipped by a clock change at that instant, if there is one.
    fn gap_that_ends_at(&self, at: Timestamp) -> Option<Gap> {
        let rules = self.zone.rules();
        let before = rules.to_offset(at.minus(std::time::Duration::from_millis(1)).jiff());
        let (from, to) = (before.to_datetime(at.jiff()), self.zone.civil(at).jiff());
        (from < to).then_some(Gap { from, to })
    }
}

/// Wall-clock times that do not exist: from the first of them to the first that exists again.
struct Gap {
    from: DateTime,
    to: DateTime,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;

    fn schedule(text: &str, zone: &str) -> Schedule {
        Schedule::parse(text, &Zone::named(zone).unwrap()).unwrap()
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::from_rfc3339(text).unwrap()
    }

    #[test]
    fn a_skipped_time_says_from_where_it_was_moved() {
        let nightly = schedule("15,30 2 * * *", "Europe/Berlin");
        let due = nightly.next_after(at("2027-03-27T12:00:00Z")).unwrap();
        assert_eq!(due, at("2027-03-28T03:00:00+02:00"));
        assert_eq!(nightly.note(due).unwrap().to_string(), "moved by the clock change from 02:15");
        assert_eq!(nightly.next_after(due), Some(at("2027-03-29T02:15:00+02:00")));
        assert_eq!(nightly.note(at("2027-03-29T02:15:00+02:00")), None);
        // It would have run at that time anyway.
        assert_eq!(schedule("0 2,3 * * *", "Europe/Berlin").note(due), None);
        // The gap, too, can be at midnight.
        let daily = schedule("@daily", "America/Santiago");
        let due = daily.next_after(at("2025-09-06T12:00:00Z")).unwrap();
        assert_eq!(daily.note(due).unwrap().to_string(), "moved by the clock change from 00:00");
    }

    #[test]
    fn a_repeated_time_runs_once_if_fixed_and_twice_if_it_follows_real_time() {
        let (first, second) = (at("2027-10-31T02:30:00+02:00"), at("2027-10-31T02:30:00+01:00"));
        let fixed = schedule("30 2 * * *", "Europe/Berlin");
        assert_eq!(fixed.note(first), Some(ClockChange::OnlyFirst));
        assert_eq!(fixed.next_after(first), Some(at("2027-11-01T02:30:00+01:00")));
        assert_eq!(fixed.next_after(second), Some(at("2027-11-01T02:30:00+01:00")));
        let hourly = schedule("30 * * * *", "Europe/Berlin");
        assert_eq!((hourly.note(first), hourly.note(second)), (Some(ClockChange::First), Some(ClockChange::Second)));
        assert_eq!(hourly.next_after(first), Some(second));
    }

    #[test]
    fn a_wildcard_within_the_skipped_hour_has_a_day_without_a_run() {
        let (after, until) = (at("2026-11-23T00:00:00Z"), at("2028-11-23T00:00:00Z"));
        let lost =
            |text: &str, zone: &str| schedule(text, zone).day_without_run(after, until).map(|day| day.format("%F"));
        assert_eq!(lost("*/15 2 * * *", "Europe/Berlin").as_deref(), Some("2027-03-28"));
        assert_eq!(lost("*/15 2 * * 1", "Europe/Berlin"), None);
        assert_eq!(lost("*/15 * * * *", "Europe/Berlin"), None);
        assert_eq!(lost("*/15 1,2 * * *", "Europe/Berlin"), None);
        assert_eq!(lost("30 2 * * *", "Europe/Berlin"), None);
        assert_eq!(lost("*/15 2 * * *", "Asia/Kolkata"), None);
        assert_eq!(lost("*/40 0 * * *", "America/Santiago").as_deref(), Some("2027-09-05"));
    }
}
