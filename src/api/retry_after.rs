//! `Retry-After`, in both its forms: seconds, or a date that says when.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, HeaderName, RETRY_AFTER};

use crate::clock::{CivilTime, Timestamp};

/// The longest wait that is believed: a slip on the server's side must not silence a job for a year.
const LONGEST_WAIT: Duration = Duration::from_hours(1);

/// The three forms of a date in HTTP, the present one first.
const FORMS: [&str; 3] = ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];

/// The content of the header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RetryAfter {
    /// It is not there.
    Absent,
    /// It is there, but says nothing that can be read.
    Unreadable,
    /// Wait this long, an hour at most.
    Wait(Duration),
}

impl RetryAfter {
    /// Reads the header. A date is taken relative to the server's own `Date`, so that neither clock need be right; without one,
    /// relative to `now`.
    pub(super) fn read(headers: &HeaderMap, now: impl FnOnce() -> Timestamp) -> Self {
        if !headers.contains_key(RETRY_AFTER) {
            return Self::Absent;
        }
        let text = text(headers, &RETRY_AFTER).unwrap_or_default();
        if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
            // Digits that do not fit are a long time too.
            return Self::Wait(text.parse().map_or(LONGEST_WAIT, Duration::from_secs).min(LONGEST_WAIT));
        }
        date(text).map_or(Self::Unreadable, |until| {
            let now = self::text(headers, &DATE).and_then(date).unwrap_or_else(now);
            Self::Wait(until.since(now).min(LONGEST_WAIT))
        })
    }
}

fn text<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

fn date(text: &str) -> Option<Timestamp> {
    FORMS.iter().find_map(|form| CivilTime::parse_format(text, form)).map(CivilTime::as_utc)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&HeaderName, &'static str)]) -> RetryAfter {
        let headers = pairs.iter().map(|(name, value)| ((*name).clone(), value.parse().unwrap())).collect();
        RetryAfter::read(&headers, || Timestamp::from_api("2026-11-23 14:05:00").unwrap())
    }

    #[test]
    fn both_forms_are_read_and_a_long_wait_is_capped() {
        let wait = |seconds| RetryAfter::Wait(Duration::from_secs(seconds));
        for (value, means) in [
            ("7", wait(7)),
            (" 0 ", wait(0)),
            ("86400", wait(3600)),
            ("99999999999999999999", wait(3600)),
            ("Mon, 23 Nov 2026 14:05:30 GMT", wait(30)),
            ("Monday, 23-Nov-26 14:05:30 GMT", wait(30)),
            ("Mon Nov 23 14:05:30 2026", wait(30)),
            ("Mon, 23 Nov 2026 14:04:00 GMT", wait(0)),
            ("Tue, 23 Nov 2027 14:04:00 GMT", wait(3600)),
            ("soon", RetryAfter::Unreadable),
            ("-5", RetryAfter::Unreadable),
            ("", RetryAfter::Unreadable),
        ] {
            assert_eq!(read(&[(&RETRY_AFTER, value)]), means, "{value}");
        }
        assert_eq!(read(&[]), RetryAfter::Absent);
    }

    #[test]
    fn a_date_is_relative_to_the_servers_own_clock_where_it_tells_it() {
        let told = [(&RETRY_AFTER, "Sat, 01 Jan 2000 00:01:00 GMT"), (&DATE, "Sat, 01 Jan 2000 00:00:20 GMT")];
        assert_eq!(read(&told), RetryAfter::Wait(Duration::from_secs(40)));
    }
}
