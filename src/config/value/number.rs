//! Reads numbers: whole ones within a range, rates ("10/s", "600/min", "none"), and sizes of files ("100 MiB", "5 MB", "64 KiB").

use std::num::NonZeroU32;
use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::RateLimit;
use crate::config::problem::Complaint;

/// More requests a second or a minute than this are no limit but a slip.
const MOST_REQUESTS: u32 = 10_000;
const UNITS: [(&str, u64); 7] = [
    ("b", 1),
    ("kb", 1000),
    ("mb", 1_000_000),
    ("gb", 1_000_000_000),
    ("kib", 1 << 10),
    ("mib", 1 << 20),
    ("gib", 1 << 30),
];

/// Reads a number within a range.
pub(in crate::config) fn count(range: RangeInclusive<u32>) -> impl Fn(i64) -> Result<u32, Complaint> {
    move |number| {
        u32::try_from(number).ok().filter(|number| range.contains(number)).ok_or_else(|| {
            let remedy = match *range.end() {
                u32::MAX => format!("Write a whole number from {} on.", range.start()),
                most => format!("Write a whole number from {} to {most}.", range.start()),
            };
            Complaint::new(format!("{number} is out of range"), remedy)
        })
    }
}

/// Reads a number from 1 to `most`.
pub(in crate::config) fn positive(most: u32) -> impl Fn(i64) -> Result<NonZeroU32, Complaint> {
    let count = count(1..=most);
    move |number| {
        let refused = || Complaint::new(format!("{number} is out of range"), "Write 1 or more.");
        NonZeroU32::new(count(number)?).ok_or_else(refused)
    }
}

/// Reads a rate; `None` for no limit.
pub(in crate::config) fn rate(text: &str) -> Result<Option<RateLimit>, Complaint> {
    let trimmed = text.trim();
    if trimmed == "none" {
        return Ok(None);
    }
    parse_rate(trimmed).map(Some).ok_or_else(|| {
        Complaint::new(
            format!("{text:?} is not a rate"),
            format!("Write requests a second or a minute, such as \"10/s\" or \"600/min\" (1 to {MOST_REQUESTS}), or \"none\"."),
        )
    })
}

fn parse_rate(text: &str) -> Option<RateLimit> {
    let (number, unit) = text.split_once('/')?;
    let per = match unit.trim() {
        "s" => Duration::from_secs(1),
        "min" => Duration::from_mins(1),
        _ => return None,
    };
    let requests: NonZeroU32 = number.trim().parse().ok()?;
    (requests.get() <= MOST_REQUESTS).then_some(RateLimit { requests, per })
}

/// Reads a size in bytes, above zero.
pub(in crate::config) fn size(text: &str) -> Result<u64, Complaint> {
    parse_size(text).ok_or_else(|| {
        Complaint::new(
            format!("{text:?} is not the size of a file"),
            "Write a whole number and a unit (KiB, MiB, GiB, KB, MB, GB), such as \"100 MiB\".",
        )
    })
}

fn parse_size(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    let unit = text[digits..].trim_start().to_ascii_lowercase();
    let (_, bytes) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.checked_mul(*bytes).filter(|bytes| *bytes > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_out_of_range_is_told_the_range() {
        assert_eq!(count(0..=5)(5), Ok(5));
        assert_eq!(count(0..=5)(-1).unwrap_err().remedy, "Write a whole number from 0 to 5.");
        assert_eq!(positive(u32::MAX)(0).unwrap_err().remedy, "Write a whole number from 1 on.");
        assert_eq!(positive(u32::MAX)(7).unwrap().get(), 7);
    }

    #[test]
    fn a_rate_is_so_many_a_second_or_a_minute_or_none() {
        let of = |text: &str| rate(text).map(|rate| rate.map(|rate| (rate.requests.get(), rate.per.as_secs())));
        assert_eq!(of("10/s"), Ok(Some((10, 1))));
        assert_eq!(of("600 / min"), Ok(Some((600, 60))));
        assert_eq!(of("none"), Ok(None));
        for wrong in ["10", "0/s", "-1/s", "10/h", "10/m", "20000/s", "", "1.5/s"] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_number_and_a_unit_are_a_size() {
        assert_eq!(parse_size("100 MiB"), Some(104_857_600));
        assert_eq!(parse_size("5mb"), Some(5_000_000));
        assert_eq!(parse_size("512 B"), Some(512));
        for wrong in ["100", "MiB", "0 MiB", "1.5 MiB", "-1 MiB", "1 TiB", "99999999999 GiB"] {
            assert_eq!(parse_size(wrong), None, "{wrong}");
        }
    }
}
