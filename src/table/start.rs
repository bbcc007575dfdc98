//! Lists the ways in which a table may write a date with a time: those that leave no doubt, and those the configuration adds.

use std::time::Duration;

use crate::clock::{CivilTime, Timestamp};

/// A start as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WrittenStart {
    /// With its offset from Greenwich: one instant, wherever it is read.
    Instant(Timestamp),
    /// As the clock on some wall shows it.
    Local(CivilTime),
}

impl std::fmt::Display for WrittenStart {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Instant(at) => f.write_str(&at.to_rfc3339()),
            Self::Local(civil) => civil.fmt(f),
        }
    }
}

impl WrittenStart {
    /// Reads what leaves no doubt anywhere: `2026-11-23 14:05[:00]`, ISO 8601 (`2026-11-23T14:05:00+01:00`, `20261123T140500Z`),
    /// and `2026/11/23 9:05`; `None` for anything else.
    #[must_use]
    pub fn plain(text: &str) -> Option<Self> {
        iso(text).or_else(|| by_half_of_day(text, iso))
    }

    /// Reads a text by a `strptime` format, with seconds of zero where the format has none.
    #[must_use]
    pub fn by_format(text: &str, format: &str) -> Option<Self> {
        let exact = |text: &str| {
            let instant = || Timestamp::from_format(text, format).map(Self::Instant);
            CivilTime::parse_format(text, format).map(Self::Local).or_else(instant)
        };
        let read = |text: &str| exact(text).or_else(|| exact(&without_zero_seconds(text)?));
        read(text).or_else(|| by_half_of_day(text, read))
    }
}

/// Reads a time with AM or PM behind it as it is without, where that says the same half of the day.
fn by_half_of_day(text: &str, read: impl Fn(&str) -> Option<WrittenStart>) -> Option<WrittenStart> {
    let squeezed = text.trim_end().trim_end_matches('.');
    let before_m = squeezed.strip_suffix(['m', 'M'])?.trim_end_matches(['.', ' ']);
    let half = before_m.chars().next_back()?;
    let time = before_m.strip_suffix(['a', 'A', 'p', 'P'])?.trim_end();
    if !time.ends_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    match read(time)? {
        WrittenStart::Local(civil) if civil.is_pm() == half.eq_ignore_ascii_case(&'p') => {
            Some(WrittenStart::Local(civil))
        }
        WrittenStart::Local(_) | WrittenStart::Instant(_) => None,
    }
}

/// Returns a text without the `:00` behind hours and minutes, and without fractions of it that are zero.
fn without_zero_seconds(text: &str) -> Option<String> {
    let is_digit = |at: usize| text.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    let seconds = text.match_indices(":00").map(|(at, _)| at).find(|at| {
        let minutes = at.checked_sub(3).filter(|from| text.as_bytes()[*from] == b':');
        minutes.is_some_and(|from| is_digit(from + 1) && is_digit(from + 2)) && !is_digit(at + 3)
    })?;
    let rest = &text[seconds + 3..];
    let zeros = rest.strip_prefix(['.', ',']).map(|rest| rest.trim_start_matches('0'));
    let rest = zeros.filter(|rest| !rest.starts_with(|c: char| c.is_ascii_digit())).unwrap_or(rest);
    Some(format!("{}{rest}", &text[..seconds]))
}

fn iso(text: &str) -> Option<WrittenStart> {
    // A date has dashes of its own, so a sign is an offset's only behind the time.
    let time = text.find(['T', 't', ' '])?;
    let Some(at) = text[time..].find(['Z', 'z', '+', '-']).map(|at| time + at) else {
        return civil(text).map(WrittenStart::Local);
    };
    let east = offset_minutes(&text[at..])?;
    let there = civil(text[..at].trim_end())?.as_utc();
    let shift = Duration::from_secs(u64::from(east.unsigned_abs()) * 60);
    Some(WrittenStart::Instant(if east < 0 { there.plus(shift) } else { there.minus(shift) }))
}

fn civil(text: &str) -> Option<CivilTime> {
    let text = match text.split_once('.') {
        Some((whole, fraction)) if !fraction.is_empty() && fraction.bytes().all(|byte| byte == b'0') => whole,
        Some(_) => return None,
        None => text,
    };
    if text.as_bytes().get(4) == Some(&b'/') {
        // Year, month, day: with slashes as with dashes, a date that begins with the year is in no other order.
        return if text.contains('-') { None } else { CivilTime::parse_iso(&text.replace('/', "-")) };
    }
    CivilTime::parse_iso(text).or_else(|| {
        let (date, time) = text.split_once(['T', 't'])?;
        let digits = |part: &str, len: usize| part.len() == len && part.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(date, 8) || !(digits(time, 4) || digits(time, 6)) {
            return None;
        }
        let seconds = if time.len() == 6 { &time[4..] } else { "00" };
        let extended =
            format!("{}-{}-{}T{}:{}:{seconds}", &date[..4], &date[4..6], &date[6..], &time[..2], &time[2..4]);
        CivilTime::parse_iso(&extended)
    })
}

/// Reads `Z`, `+01`, `+0100` or `+01:00`; no zone is more than 14 hours from Greenwich.
fn offset_minutes(text: &str) -> Option<i32> {
    if text.eq_ignore_ascii_case("z") {
        return Some(0);
    }
    let (sign, rest) = text.split_at_checked(1)?;
    let (hours, minutes) = match rest.len() {
        2 => (rest, "00"),
        4 => rest.split_at_checked(2)?,
        5 => rest.split_once(':')?,
        _ => return None,
    };
    let number =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_digit()).then(|| part.parse::<i32>().ok()).flatten();
    let (hours, minutes) = (number(hours)?, number(minutes)?);
    let east = hours * 60 + minutes;
    if minutes > 59 || east > 14 * 60 {
        return None;
    }
    match sign {
        "+" => Some(east),
        "-" => Some(-east),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Option<String> {
        let formats = ["%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M %z", "%d.%m.%Y"];
        let by_format = || formats.iter().find_map(|format| WrittenStart::by_format(text, format));
        WrittenStart::plain(text).or_else(by_format).map(|start| match start {
            WrittenStart::Instant(at) => at.to_rfc3339(),
            WrittenStart::Local(civil) => civil.format("%Y-%m-%d %H:%M:%S"),
        })
    }

    #[test]
    fn what_leaves_no_doubt_is_read() {
        for local in [
            "2026-11-23 14:05",
            "2026-11-23T14:05:00",
            "2026-11-23 14:05:00.000",
            "20261123T1405",
            "23.11.2026 14:05",
            "23.11.2026 14:05:00",
            "23.11.2026 14:05:00.000",
            "2026/11/23 14:05",
            "2026/11/23 14:05:00",
            "2026-11-23 14:05 PM",
            "2026/11/23 14:05:00 p.m.",
            "23.11.2026 14:05 p. m.",
            "23.11.2026 14:05:00 pm",
        ] {
            assert_eq!(parse(local).as_deref(), Some("2026-11-23 14:05:00"), "{local}");
        }
        for instant in [
            "2026-11-23T14:05:00+01:00",
            "2026-11-23 14:05 +0100",
            "2026-11-23T13:05:00Z",
            "2026-11-23T13:05Z",
            "2026-11-23T08:05:00-05",
            "20261123T130500Z",
            "2026-11-23T13:05:00.000Z",
            "23.11.2026 14:05 +0100",
            "23.11.2026 14:05:00 +0100",
            "2026/11/23 14:05 +01:00",
        ] {
            assert_eq!(parse(instant).as_deref(), Some("2026-11-23T13:05:00Z"), "{instant}");
        }
    }

    #[test]
    fn a_plain_time_may_have_one_digit_and_its_half_of_the_day() {
        for (text, expected) in [
            ("2027/2/1 9:00", "2027-02-01 09:00:00"),
            ("2027/02/01 09:00 AM", "2027-02-01 09:00:00"),
            ("2027-02-01 00:30 AM", "2027-02-01 00:30:00"),
            ("2027-02-01 12:30 PM", "2027-02-01 12:30:00"),
        ] {
            assert_eq!(parse(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_could_be_two_things_or_none_is_not_guessed() {
        for text in [
            "",
            "03/04/2026",
            "03/04/2026 10:00",
            "2026-11-23",
            "23.11.2026",
            "2026-11-23 14:05 CET",
            "2026-11-23 14:05+15:00",
            "2026-11-23 14:05+01:60",
            "2026-11-23 14:05:00.5",
            "2026-11-23 2:05 PM",
            "2026-11-23 14:05 AM",
            "2026-11-23 12:05 AM",
            "2026-11-23 14:05 M",
            "2026/11-23 14:05",
            "26/11/23 14:05",
            "2026/13/02 14:05",
            "23.11.2026 14:05:30",
            "23.11.2026 14:05:001",
            "23.11.26 14:05",
            "2026-02-30 10:00",
            "2026-11-23T14:05+",
            "2026-11-23 14:05–15:05",
            "45000.5",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
