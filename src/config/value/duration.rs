//! Reads durations: "30s", "5m", "1h30m", "400d".

use std::ops::RangeInclusive;
use std::time::Duration;

use crate::config::problem::Complaint;

/// Unit and milliseconds, the largest first.
const UNITS: [(&str, u64); 6] =
    [("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000), ("ms", 1)];

/// Reads a duration within a range.
pub(in crate::config) fn duration(range: RangeInclusive<Duration>) -> impl Fn(&str) -> Result<Duration, Complaint> {
    move |text| {
        let duration = parse(text).ok_or_else(|| {
            Complaint::new(
                format!("{text:?} is not a duration"),
                "Write a number and a unit (s, m, h, d), such as \"30s\", \"5m\" or \"1h30m\".",
            )
        })?;
        if range.contains(&duration) {
            return Ok(duration);
        }
        let (least, most) = (show(*range.start()), show(*range.end()));
        let wrong = if duration < *range.start() { "short" } else { "long" };
        Err(Complaint::new(format!("{text:?} is too {wrong}"), format!("Write {least} to {most}.")))
    }
}

/// Reads the duration of a meeting, as a cell of a CSV file has it: minutes, or "1h30m"; at least 10 whole minutes.
pub(in crate::config) fn minutes(text: &str) -> Result<u32, Complaint> {
    let wrong = || {
        Complaint::new(
            format!("{text} is not the duration of a meeting"),
            "Write at least 10 whole minutes, such as 45 or \"1h30m\".",
        )
    };
    let text = text.trim();
    let minutes = text.parse::<u32>().ok().or_else(|| {
        let millis = parse(text)?.as_millis();
        (millis % 60_000 == 0).then(|| u32::try_from(millis / 60_000).ok()).flatten()
    });
    minutes.filter(|minutes| *minutes >= 10).ok_or_else(wrong)
}

/// Returns a duration as a person writes it: `1h30m`.
fn show(duration: Duration) -> String {
    let mut rest = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let mut text = String::new();
    // Weeks are read but not written: "400d" is what was meant.
    for (unit, millis) in &UNITS[1..] {
        if rest / millis > 0 {
            text.push_str(&(rest / millis).to_string());
            text.push_str(unit);
            rest %= millis;
        }
    }
    if text.is_empty() { "0s".to_owned() } else { text }
}

/// Numbers with units, each unit once at most and the larger ones first.
fn parse(text: &str) -> Option<Duration> {
    let mut rest = text.trim();
    let mut units = UNITS.iter();
    let mut total: u64 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit())?;
        let number: u64 = rest[..digits].parse().ok()?;
        let after = &rest[digits..];
        let length = after.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after.len());
        let (_, millis) = units.find(|(unit, _)| *unit == &after[..length])?;
        total = total.checked_add(number.checked_mul(*millis)?)?;
        rest = &after[length..];
    }
    Some(Duration::from_millis(total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_units_from_large_to_small_are_a_duration() {
        let seconds = |text: &str| parse(text).map(|duration| duration.as_secs());
        assert_eq!(seconds("30s"), Some(30));
        assert_eq!(seconds("1h30m"), Some(5400));
        assert_eq!(seconds("400d"), Some(400 * 86_400));
        assert_eq!(seconds("0s"), Some(0));
        assert_eq!(parse("1s500ms"), Some(Duration::from_millis(1500)));
        for wrong in ["", "30", "5 minuts", "5min", "30m1h", "1h1h", "-5s", "1.5h", "s", "99999999999999999999d"] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_duration_is_shown_as_it_is_written() {
        for text in ["30s", "1h30m", "400d", "100ms", "0s"] {
            assert_eq!(show(parse(text).unwrap()), text);
        }
    }

    #[test]
    fn one_out_of_range_is_told_the_range() {
        let read = duration(Duration::from_secs(1)..=Duration::from_mins(1));
        assert_eq!(read("1m"), Ok(Duration::from_mins(1)));
        let complaint = read("2m").unwrap_err();
        assert_eq!((complaint.problem.as_str(), complaint.remedy.as_str()), ("\"2m\" is too long", "Write 1s to 1m."));
    }

    #[test]
    fn a_meeting_takes_at_least_ten_whole_minutes() {
        assert_eq!(minutes("60"), Ok(60));
        assert_eq!(minutes("1h30m"), Ok(90));
        for wrong in ["9", "-60", "90s", "", "1h30", "soon"] {
            assert!(minutes(wrong).is_err(), "{wrong}");
        }
    }
}
