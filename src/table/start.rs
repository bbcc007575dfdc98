//! The ways in which a table may write a date with a time: those that leave no doubt, and those the configuration adds.

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

impl WrittenStart {
    /// Reads `2026-11-23 14:05[:00]`, ISO 8601 (`2026-11-23T14:05:00+01:00`, `20261123T140500Z`), or one of `formats`
    /// (`strptime`); `None` for anything else.
    #[must_use]
    pub fn parse(text: &str, formats: &[String]) -> Option<Self> {
        iso(text).or_else(|| formats.iter().find_map(|format| by_format(text, format)))
    }
}

fn by_format(text: &str, format: &str) -> Option<WrittenStart> {
    let instant = || Timestamp::from_format(text, format).map(WrittenStart::Instant);
    CivilTime::parse_format(text, format).map(WrittenStart::Local).or_else(instant)
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

/// `Z`, `+01`, `+0100` or `+01:00`; no zone is more than 14 hours from Greenwich.
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
        let formats = ["%d.%m.%Y %H:%M".to_owned(), "%d.%m.%Y %H:%M %z".to_owned(), "%d.%m.%Y".to_owned()];
        WrittenStart::parse(text, &formats).map(|start| match start {
            WrittenStart::Instant(at) => at.to_rfc3339(),
            WrittenStart::Local(civil) => civil.format("%Y-%m-%d %H:%M:%S"),
        })
    }

    #[test]
    fn what_leaves_no_doubt_is_read() {
        for local in
            ["2026-11-23 14:05", "2026-11-23T14:05:00", "2026-11-23 14:05:00.000", "20261123T1405", "23.11.2026 14:05"]
        {
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
        ] {
            assert_eq!(parse(instant).as_deref(), Some("2026-11-23T13:05:00Z"), "{instant}");
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
            "2026-02-30 10:00",
            "2026-11-23T14:05+",
            "2026-11-23 14:05–15:05",
            "45000.5",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
