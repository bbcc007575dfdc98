//! Treats all schedules of a job as one: a time that several of them name is one due time.

use crate::clock::Timestamp;

use super::{ClockChange, Schedule};

/// The schedules of a job; may be none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Schedules(Vec<Schedule>);

impl Schedules {
    /// Puts these schedules together.
    #[must_use]
    pub fn new(schedules: Vec<Schedule>) -> Self {
        Self(schedules)
    }

    /// Tells whether it is empty, so that no time is ever due.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns each of them.
    pub fn iter(&self) -> impl Iterator<Item = &Schedule> {
        self.0.iter()
    }

    /// Returns the first due time after an instant, strictly.
    #[must_use]
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        self.0.iter().filter_map(|schedule| schedule.next_after(after)).min()
    }

    /// Returns the due times after `after`, up to and including `until`, found as they are asked for.
    pub fn due_between(&self, after: Timestamp, until: Timestamp) -> impl Iterator<Item = Timestamp> + '_ {
        std::iter::successors(self.next_after(after), |due| self.next_after(*due)).take_while(move |due| *due <= until)
    }

    /// Returns the last due time after `after`, up to and including `until`. Cheap however many lie between: it looks about forty
    /// times, not once a due time.
    #[must_use]
    pub fn latest_between(&self, after: Timestamp, until: Timestamp) -> Option<Timestamp> {
        let due_by = |from: Timestamp| self.next_after(from).filter(|due| *due <= until);
        let mut latest = due_by(after)?;
        // Nothing is due after `end`, something is due after everything before `latest`: halve what lies between.
        let mut end = until;
        while let Some(next) = due_by(latest) {
            latest = next;
            let middle = Timestamp::from_millis(latest.millis() + (end.millis() - latest.millis()) / 2);
            match due_by(middle) {
                Some(later) => latest = later,
                None => end = middle,
            }
        }
        Some(latest)
    }

    /// Tells what a clock change did to this due time, if it did anything.
    #[must_use]
    pub fn note(&self, due: Timestamp) -> Option<ClockChange> {
        self.0.iter().find_map(|schedule| schedule.note(due))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Zone;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_rfc3339(text).unwrap()
    }

    fn set(texts: &[&str], zone: &str) -> Schedules {
        let zone = Zone::named(zone).unwrap();
        Schedules::new(texts.iter().map(|text| Schedule::parse(text, &zone).unwrap()).collect())
    }

    #[test]
    fn a_time_that_two_schedules_name_is_due_once() {
        let set = set(&["0 * * * *", "30 6 * * *", "0 6 * * 1"], "UTC");
        let due: Vec<_> = set.due_between(at("2026-11-23T04:30:00Z"), at("2026-11-23T07:00:00Z")).collect();
        let expected = ["2026-11-23T05:00:00Z", "2026-11-23T06:00:00Z", "2026-11-23T06:30:00Z", "2026-11-23T07:00:00Z"];
        assert_eq!(due, expected.map(at));
    }

    #[test]
    fn the_latest_of_years_of_missed_runs_is_the_last_of_them_all() {
        let until = at("2026-11-23T12:34:56Z");
        for texts in [&["*/7 3 * * * *"][..], &["30 2 * * *", "*/15 * * * *"], &["0 0 29 2 *"], &["* * 2 1 1 *"]] {
            for after in ["2026-11-22T00:00:00Z", "2026-11-01T00:00:00Z"] {
                let set = set(texts, "Europe/Berlin");
                let last = set.due_between(at(after), until).last();
                assert_eq!(set.latest_between(at(after), until), last, "{texts:?}");
            }
        }
        let set = set(&["* * 2 1 1 *"], "Europe/Berlin");
        assert_eq!(set.latest_between(at("1996-01-01T00:00:00Z"), until), Some(at("2026-01-01T01:59:59Z")));
    }

    #[test]
    fn the_next_due_time_is_strictly_later_to_the_millisecond() {
        let noon = at("2026-11-23T12:00:00Z");
        let [before, behind] = [-100, 500].map(|millis| Timestamp::from_millis(noon.millis() + millis));
        for text in ["0 12 * * *", "*/30 12 * * *", "0 */12 * * *"] {
            let set = set(&[text], "Europe/London");
            assert_eq!(set.next_after(before), Some(noon), "{text}");
            assert!(set.next_after(noon) > Some(behind) && set.next_after(behind) == set.next_after(noon), "{text}");
        }
    }

    #[test]
    fn nothing_missed_and_no_schedules_are_no_due_time() {
        let daily = set(&["30 2 * * *"], "UTC");
        assert_eq!(daily.latest_between(at("2026-11-23T02:30:00Z"), at("2026-11-24T02:29:59Z")), None);
        assert_eq!(
            daily.latest_between(at("2026-11-23T02:30:00Z"), at("2026-11-24T02:30:00Z")),
            Some(at("2026-11-24T02:30:00Z"))
        );
        assert_eq!(Schedules::default().next_after(at("2026-11-23T02:30:00Z")), None);
    }
}
