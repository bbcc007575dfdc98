//! Dates that never pass: the fixtures' year is replaced by a coming one with the same calendar, so that weekdays and the days
//! of the clock changes stay what they were.

use roomkeeper::clock::{Clock, SystemClock};

/// The year in the fixtures.
const WRITTEN: i32 = 2027;

/// A coming year with the calendar of the fixtures' year: no leap year, and its first day a Friday.
pub fn coming() -> i32 {
    let this: i32 = SystemClock.now().to_rfc3339()[..4].parse().unwrap();
    same_calendar(this + 1)
}

/// The first such year that is not before `from`.
fn same_calendar(from: i32) -> i32 {
    (from..from + 50).find(|year| !is_leap(*year) && first_weekday(*year) == first_weekday(WRITTEN)).unwrap()
}

fn is_leap(year: i32) -> bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// The weekday of the first of January; 0 is a Sunday.
fn first_weekday(year: i32) -> i32 {
    let before = year - 1;
    (1 + 5 * (before % 4) + 4 * (before % 100) + 6 * (before % 400)) % 7
}

/// The bytes of a fixture, in whichever encoding, with its year replaced.
pub fn shifted(bytes: &[u8], year: i32) -> Vec<u8> {
    let wide = |year: i32| year.to_string().bytes().flat_map(|digit| [digit, 0]).collect::<Vec<_>>();
    let narrow = |year: i32| year.to_string().into_bytes();
    let bytes = replaced(bytes, &narrow(WRITTEN), &narrow(year));
    replaced(&bytes, &wide(WRITTEN), &wide(year))
}

fn replaced(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(from.len()).position(|window| window == from) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(to);
        rest = &rest[at + from.len()..];
    }
    out.extend_from_slice(rest);
    out
}

#[test]
fn years_of_one_calendar_are_found() {
    assert_eq!((same_calendar(2027), same_calendar(2028), same_calendar(2039)), (2027, 2038, 2049));
}
