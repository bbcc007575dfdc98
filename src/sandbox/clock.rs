//! Keeps the sandbox's own time: a clock that a test can set, and the one form in which the API writes a moment.

use std::{fmt, sync::Arc};

use jiff::{Timestamp, civil::DateTime, fmt::rfc2822::DateTimePrinter, tz::Offset};

/// Tells the sandbox what time it is; stages and "must be in future" go by it.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> i64 + Send + Sync>);

impl Clock {
    /// Returns the machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self::from_fn(|| Timestamp::now().as_millisecond())
    }

    /// Returns a clock that asks `millis` for the milliseconds since 1970 in UTC.
    pub fn from_fn(millis: impl Fn() -> i64 + Send + Sync + 'static) -> Self {
        Self(Arc::new(millis))
    }

    /// Returns the milliseconds since 1970 in UTC.
    #[must_use]
    pub fn millis(&self) -> i64 {
        (self.0)()
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::system()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Clock").field(&self.millis()).finish()
    }
}

/// A moment to the second: seconds since 1970 in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Second(pub i64);

impl Second {
    /// Returns the second that `millis` lies in.
    pub fn of_millis(millis: i64) -> Self {
        Self(millis.div_euclid(1000))
    }

    /// Returns this moment `minutes` later.
    pub fn plus_minutes(self, minutes: u32) -> Self {
        Self(self.0 + i64::from(minutes) * 60)
    }

    /// Reads `YYYY-MM-DD HH:ii:ss`, strictly, as the server's validator does; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let separators = [(4, b'-'), (7, b'-'), (10, b' '), (13, b':'), (16, b':')];
        if bytes.len() != 19 || separators.iter().any(|&(at, byte)| bytes[at] != byte) {
            return None;
        }
        let number = |from: usize, to: usize| {
            bytes[from..to]
                .iter()
                .try_fold(0_i16, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + i16::from(byte - b'0')))
        };
        let small = |from: usize| number(from, from + 2).and_then(|value| i8::try_from(value).ok());
        let civil = DateTime::new(number(0, 4)?, small(5)?, small(8)?, small(11)?, small(14)?, small(17)?, 0).ok()?;
        Offset::UTC.to_timestamp(civil).ok().map(|timestamp| Self(timestamp.as_second()))
    }

    /// Writes it as an HTTP header writes a date: `Mon, 23 Nov 2026 14:05:00 GMT`.
    pub fn http_date(self) -> String {
        DateTimePrinter::new().timestamp_to_rfc9110_string(&self.timestamp()).unwrap_or_default()
    }

    fn timestamp(self) -> Timestamp {
        Timestamp::from_second(self.0).unwrap_or(Timestamp::MAX)
    }
}

impl fmt::Display for Second {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let civil = Offset::UTC.to_datetime(self.timestamp());
        write!(
            f,
            "{:04}-{:02}-{:02} {:02}:{:02}:{:02}",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second()
        )
    }
}

/// Writes RFC 3339 with milliseconds in UTC, for the ledger.
pub fn rfc3339(millis: i64) -> String {
    format!("{:.3}", Timestamp::from_millisecond(millis).unwrap_or(Timestamp::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_and_written_alike() {
        let moment = Second::parse("2028-02-29 23:59:01").unwrap();
        assert_eq!(moment.to_string(), "2028-02-29 23:59:01");
        assert_eq!(Second::parse("1970-01-01 00:01:00"), Some(Second(60)));
        assert_eq!(Second(60).http_date(), "Thu, 01 Jan 1970 00:01:00 GMT");
        assert_eq!(rfc3339(60_005), "1970-01-01T00:01:00.005Z");
    }

    #[test]
    fn other_forms_are_not_guessed() {
        for text in [
            "2027-02-29 10:00:00",
            "2027-02-01",
            "2027-02-01T10:00:00",
            "2027-2-1 10:00:00",
            "01.02.2027 10:00:00",
            "2027-02-01 25:00:00",
            "+027-02-01 10:00:00",
        ] {
            assert_eq!(Second::parse(text), None, "{text}");
        }
    }
}
