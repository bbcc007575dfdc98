//! Walks from one due time to the next, in two ways.

use crate::clock::{CivilTime, Local, Timestamp};

use super::Schedule;

/// Walks by the wall clock: every time it names, once. What a clock change skips falls on the change itself, and what it repeats
/// on the first pass, so due times never go back while wall-clock times go on.
pub(super) fn wall_clock(schedule: &Schedule, after: Timestamp) -> Option<Timestamp> {
    let mut civil = schedule.zone.civil(after).jiff();
    loop {
        civil = schedule.expression.next(civil)?;
        let (Local::Once(due) | Local::Skipped(due) | Local::Twice(due, _)) =
            schedule.zone.resolve(CivilTime::from(civil));
        if due > after {
            return Some(due);
        }
    }
}

/// Walks by real time: stretch by stretch between clock changes, each with its own offset.
pub(super) fn real_time(schedule: &Schedule, after: Timestamp) -> Option<Timestamp> {
    let rules = schedule.zone.rules();
    let mut from = after.jiff();
    // The first stretch begins after an instant, every later one with the clock change before it.
    let mut begins = false;
    loop {
        let offset = rules.to_offset(from);
        let civil = offset.to_datetime(from);
        let next = if begins { schedule.expression.first(civil) } else { schedule.expression.next(civil) }?;
        let due = offset.to_timestamp(next).ok()?;
        match rules.following(from).next() {
            Some(change) if change.timestamp() <= due => {
                from = change.timestamp();
                begins = true;
            }
            _ => return Some(due.into()),
        }
    }
}
