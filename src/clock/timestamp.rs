//! Defines an instant in UTC, to the millisecond: the one way a time is held, stored and compared here.

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::zone::CivilTime;

/// Milliseconds since 1970-01-01T00:00:00Z. Shown and serialized as RFC 3339 in UTC.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// A text that is no time in the form asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a time")]
pub struct TimestampError(pub String);

impl Timestamp {
    /// The latest instant that can be shown (the year 9999); everything is clamped to it.
    const MAX: i64 = 253_402_207_200_000;
    /// The earliest instant that can be shown.
    const MIN: i64 = -62_135_596_800_000;

    /// Makes it from milliseconds since the Unix epoch; a value that no calendar shows is clamped.
    #[must_use]
    pub fn from_millis(millis: i64) -> Self {
        Self(millis.clamp(Self::MIN, Self::MAX))
    }

    /// Makes it from whole seconds since the Unix epoch.
    #[must_use]
    pub fn from_seconds(seconds: i64) -> Self {
        Self::from_millis(seconds.saturating_mul(1000))
    }

    /// Milliseconds since the Unix epoch.
    #[must_use]
    pub fn millis(self) -> i64 {
        self.0
    }

    /// Reads RFC 3339 with any offset: `2026-11-23T14:05:00+01:00`.
    pub fn from_rfc3339(text: &str) -> Result<Self, TimestampError> {
        text.parse::<jiff::Timestamp>().map(Self::from).map_err(|_| TimestampError(text.to_owned()))
    }

    /// Reads the API's form, `YYYY-MM-DD HH:MM[:SS]` in UTC (reference: Schedule Meeting); blanks around it, and a `T`
    /// in the place of the blank, are accepted.
    pub fn from_api(text: &str) -> Result<Self, TimestampError> {
        let text = text.trim();
        CivilTime::parse_iso(text).map(CivilTime::as_utc).ok_or_else(|| TimestampError(text.to_owned()))
    }

    /// Reads a text by a `strptime` format that says the offset, such as `%d.%m.%Y %H:%M %z`; `None` without one.
    #[must_use]
    pub fn from_format(text: &str, format: &str) -> Option<Self> {
        super::format::parse(text, format)?.to_timestamp().ok().map(Self::from)
    }

    /// Returns the API's form: `2026-11-23 14:05:00`, in UTC, whole seconds.
    #[must_use]
    pub fn to_api(self) -> String {
        let mut text = String::with_capacity("2026-11-23 14:05:00".len());
        self.write_api(&mut text);
        text
    }

    /// Writes the API's form behind `text`.
    pub fn write_api(self, text: &mut String) {
        self.write(text, " ");
    }

    /// Writes day and time with `between` between them.
    fn write(self, text: &mut String, between: &str) {
        // By hand, since every row of a timetable is known by its start, and this is several times as fast as `strftime`.
        let at = jiff::tz::Offset::UTC.to_datetime(self.jiff());
        let digit = |value: i8| char::from(b'0' + value.unsigned_abs() % 10);
        let mut two_digits = |after: &str, value: i8| {
            text.push(digit(value / 10));
            text.push(digit(value));
            text.push_str(after);
        };
        let century = |year: i16| i8::try_from(year).unwrap_or_default();
        two_digits("", century(at.year() / 100));
        two_digits("-", century(at.year() % 100));
        two_digits("-", at.month());
        two_digits(between, at.day());
        two_digits(":", at.hour());
        two_digits(":", at.minute());
        two_digits("", at.second());
    }

    /// Writes RFC 3339 in UTC with seconds, and milliseconds where there are any: `2026-11-23T14:05:00Z`.
    #[must_use]
    pub fn to_rfc3339(self) -> String {
        if self.0.rem_euclid(1000) != 0 || self.0 < Self::YEAR_ZERO {
            let form = if self.0.rem_euclid(1000) == 0 { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%.3fZ" };
            return self.jiff().strftime(form).to_string();
        }
        let mut text = String::with_capacity("2026-11-23T14:05:00Z".len());
        self.write(&mut text, "T");
        text.push('Z');
        text
    }

    /// The first millisecond of the year 0: years before it have a sign.
    const YEAR_ZERO: i64 = -62_167_219_200_000;

    /// Returns this instant moved later by `by`.
    #[must_use]
    pub fn plus(self, by: Duration) -> Self {
        Self::from_millis(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Returns this instant moved earlier by `by`.
    #[must_use]
    pub fn minus(self, by: Duration) -> Self {
        Self::from_millis(self.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// Returns this instant moved later by so many minutes.
    #[must_use]
    pub fn plus_minutes(self, minutes: u32) -> Self {
        self.plus(Duration::from_secs(u64::from(minutes) * 60))
    }

    /// Returns the time from `earlier` to this; zero when it is not after it.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    pub(crate) fn jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

impl From<jiff::Timestamp> for Timestamp {
    fn from(at: jiff::Timestamp) -> Self {
        Self::from_millis(at.as_millisecond())
    }
}

impl From<std::time::SystemTime> for Timestamp {
    fn from(at: std::time::SystemTime) -> Self {
        match at.duration_since(std::time::UNIX_EPOCH) {
            Ok(after) => Self::from_millis(i64::try_from(after.as_millis()).unwrap_or(i64::MAX)),
            Err(before) => {
                Self::from_millis(i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis))
            }
        }
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_rfc3339())
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.to_rfc3339())
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Text<'a>(#[serde(borrow)] Cow<'a, str>);

        let Text(text) = Text::deserialize(from)?;
        Self::from_rfc3339(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_api_form_goes_out_and_comes_back() {
        let at = Timestamp::from_api(" 2026-11-23 14:05:00 ").unwrap();
        assert_eq!(at.to_api(), "2026-11-23 14:05:00");
        assert_eq!(at.to_rfc3339(), "2026-11-23T14:05:00Z");
        assert_eq!(Timestamp::from_rfc3339("2026-11-23T15:05:00+01:00").unwrap(), at);
    }

    #[test]
    fn rfc_3339_is_written_as_the_library_writes_it() {
        let first = Timestamp::YEAR_ZERO;
        for millis in [first - 1000, first, first + 1000, -1000, 0, 1_792_000_000_000, 253_402_207_200_000, 1500, -1] {
            let at = Timestamp::from_millis(millis);
            let form = if millis % 1000 == 0 { "%Y-%m-%dT%H:%M:%SZ" } else { "%Y-%m-%dT%H:%M:%S%.3fZ" };
            assert_eq!(at.to_rfc3339(), at.jiff().strftime(form).to_string(), "{millis}");
        }
    }

    #[test]
    fn the_api_form_is_padded_in_every_year() {
        for (rfc3339, api) in [
            ("0001-01-01T00:00:00Z", "0001-01-01 00:00:00"),
            ("1969-12-31T23:59:59.999Z", "1969-12-31 23:59:59"),
            ("2000-10-09T08:07:06Z", "2000-10-09 08:07:06"),
            ("9999-12-30T01:02:03Z", "9999-12-30 01:02:03"),
        ] {
            assert_eq!(Timestamp::from_rfc3339(rfc3339).unwrap().to_api(), api);
        }
    }

    #[test]
    fn a_day_alone_or_a_made_up_month_is_no_time() {
        assert!(Timestamp::from_api("2026-11-23").is_err());
        assert!(Timestamp::from_api("2026-13-23 10:00").is_err());
        assert!(Timestamp::from_rfc3339("2026-11-23T15:05:00").is_err());
    }

    #[test]
    fn milliseconds_are_shown_only_where_there_are_any() {
        assert_eq!(Timestamp::from_millis(1_500).to_rfc3339(), "1970-01-01T00:00:01.500Z");
        assert_eq!(Timestamp::from_millis(i64::MAX).to_rfc3339().get(..4), Some("9999"));
    }
}
