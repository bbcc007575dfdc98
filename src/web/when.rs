//! Writes times and spans for people: in the configuration's zone, with UTC beside it for a reader who points at it.

use std::time::Duration;

use serde::Serialize;

use crate::clock::{Timestamp, Zone};

/// A time on a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct When {
    /// In the configuration's zone.
    local: String,
    /// RFC 3339 in UTC, for programs.
    utc: String,
    /// The same for people.
    shown: String,
}

impl When {
    pub(super) fn of(zone: &Zone, at: Timestamp) -> Self {
        let shown = format!("{} UTC", Zone::utc().moment(whole(at)));
        Self { local: zone.moment(whole(at)), utc: at.to_rfc3339(), shown }
    }

    /// Returns it as programs write it, in UTC: of two, the earlier is the smaller text.
    pub(super) fn utc(&self) -> &str {
        &self.utc
    }

    /// Writes it to the minute.
    pub(super) fn minute(zone: &Zone, at: Timestamp) -> Self {
        Self { local: zone.minute(at), ..Self::of(zone, at) }
    }
}

/// Returns a time without its part of a second.
fn whole(at: Timestamp) -> Timestamp {
    Timestamp::from_seconds(at.millis().div_euclid(1000))
}

/// Returns the time that passed; none where a clock was set back meanwhile.
pub(super) fn passed(from: Timestamp, to: Timestamp) -> Duration {
    Duration::from_millis(u64::try_from(to.millis().saturating_sub(from.millis())).unwrap_or(0))
}

/// Writes a span in its two largest units: `3 d 4 h`, `5 h 12 min`, `2 min 5 s`, `40 s`, `0.3 s`.
pub(super) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    let two = |large: u64, one: &str, small: u64, other: &str| match small {
        0 => format!("{large} {one}"),
        _ => format!("{large} {one} {small} {other}"),
    };
    match (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0, 0) if time < Duration::from_millis(100) => "under 0.1 s".to_owned(),
        (0, 0, 0, 0..10) => format!("{:.1} s", time.as_secs_f64()),
        (0, 0, 0, seconds) => format!("{seconds} s"),
        (0, 0, minutes, seconds) => two(minutes, "min", seconds, "s"),
        (0, hours, minutes, _) => two(hours, "h", minutes, "min"),
        (days, hours, ..) => two(days, "d", hours, "h"),
    }
}

/// Writes a number with its word: `1 row`, `3 rows`.
pub(super) fn many(n: u64, one: &str, several: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { several })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_its_zone_s_form_and_utc() {
        let at = Timestamp::from_rfc3339("2026-11-23T23:30:05.250Z").unwrap();
        let when = When::of(&Zone::named("Europe/Berlin").unwrap(), at);
        assert_eq!((when.local.as_str(), when.shown.as_str()), ("2026-11-24 00:30:05", "2026-11-23 23:30:05 UTC"));
        assert!(when.utc.starts_with("2026-11-23T23:30:05"));
    }

    #[test]
    fn a_span_is_told_in_two_units_and_is_never_negative() {
        for (millis, words) in [
            (0, "under 0.1 s"),
            (300, "0.3 s"),
            (40_000, "40 s"),
            (125_000, "2 min 5 s"),
            (120_000, "2 min"),
            (18_725_000, "5 h 12 min"),
            (273_700_000, "3 d 4 h"),
        ] {
            assert_eq!(span(Duration::from_millis(millis)), words);
        }
        let (early, late) = (Timestamp::from_seconds(1), Timestamp::from_seconds(5));
        assert_eq!((passed(early, late), passed(late, early)), (Duration::from_secs(4), Duration::ZERO));
    }
}
