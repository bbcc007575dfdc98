//! Says when a job is due: by cron's expressions, read strictly, and by Debian cron's rule when the clocks change.
//!
//! A schedule whose minute or hour begins with `*` follows real time: it skips what a clock change skips and runs in both
//! passes of an hour that is repeated. Any other names wall-clock times, and each is kept: a time that is skipped runs
//! right after the gap, one that is repeated runs in its first pass. The arithmetic of calendars is croner's, on dates and
//! times without a zone; what a zone makes of them is decided here.

mod change;
mod expression;
mod field;
mod set;
mod walk;

use crate::clock::{Timestamp, Zone};

pub use change::ClockChange;
pub use expression::ScheduleError;
pub use set::Schedules;

use expression::Expression;

/// One schedule in its zone. Equal where text and zone are.
#[derive(Debug, Clone)]
pub struct Schedule {
    expression: Expression,
    zone: Zone,
}

impl Schedule {
    /// Reads an expression: five fields, six (with seconds in front), or `@daily` and the like.
    pub fn parse(text: &str, zone: &Zone) -> Result<Self, ScheduleError> {
        Ok(Self { expression: Expression::parse(text)?, zone: zone.clone() })
    }

    /// Returns the expression as it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        self.expression.text()
    }

    /// Returns its zone.
    #[must_use]
    pub fn zone(&self) -> &Zone {
        &self.zone
    }

    /// Tells whether it is due on its days of the month and on its days of the week, though people often mean only the days that
    /// are both.
    #[must_use]
    pub fn takes_either_day(&self) -> bool {
        self.expression.takes_either_day()
    }

    /// Returns the first due time after an instant, strictly. `None` at the end of the calendar (about the year 5000).
    #[must_use]
    pub fn next_after(&self, after: Timestamp) -> Option<Timestamp> {
        if self.expression.is_wildcard() { walk::real_time(self, after) } else { walk::wall_clock(self, after) }
    }
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text() && self.zone == other.zone
    }
}

impl Eq for Schedule {}
