//! Reads time zones and formats of dates.

use crate::clock::{CivilTime, Zone};
use crate::config::problem::Complaint;

/// Reads the name of a time zone.
pub(in crate::config) fn zone(text: &str) -> Result<Zone, Complaint> {
    Zone::named(text).map_err(|_| {
        let remedy = match Zone::of_windows(text) {
            Some(zone) => format!("Write {:?}, the IANA name of what Windows calls so.", zone.name()),
            None => {
                "Write an IANA name such as \"Europe/Berlin\" or \"UTC\" (`timedatectl list-timezones` shows them all)."
                    .to_owned()
            }
        };
        Complaint::new(format!("{text:?} is not the name of a time zone"), remedy)
    })
}

/// Reads a format that a date and time of day can be read by, without loss: one that tells a whole date and the time.
pub(in crate::config) fn date_format(text: &str) -> Result<String, Complaint> {
    const REMEDY: &str = "Write day, month, year, hour and minute, such as \"%d.%m.%Y %H:%M\".";
    // An afternoon in a month and on a day that cannot be taken for one another.
    let Some(sample) = CivilTime::parse_iso("2027-11-23 14:05") else { return Ok(text.to_owned()) };
    let Some(written) = sample.try_format(text) else {
        return Err(Complaint::new(format!("{text:?} is not the format of a date that can be read"), REMEDY));
    };
    if CivilTime::parse_format(&written, text) == Some(sample) {
        return Ok(text.to_owned());
    }
    Err(Complaint::new(format!("{text:?} does not tell a whole date and the time of day"), REMEDY))
}

/// Tells a text that two of the formats, or one of them and ISO, read differently.
pub(in crate::config) fn disagreement(formats: &[String]) -> Option<Complaint> {
    // A day in a month that may be its day, and a year that may be either; before noon and behind it.
    let samples = ["2027-01-02 09:05", "2027-01-02 14:05", "2003-01-02 09:05", "2003-01-02 14:05"];
    let samples = samples.iter().filter_map(|sample| CivilTime::parse_iso(sample));
    let read = |text: &str, format: Option<&String>| match format {
        Some(format) => CivilTime::parse_format(text, format),
        None => CivilTime::parse_iso(text),
    };
    let words = |format: Option<&String>| format.map_or_else(|| "as ISO".to_owned(), |format| format!("by {format:?}"));
    let all = || std::iter::once(None).chain(formats.iter().map(Some));
    for sample in samples {
        for one in formats {
            let Some(text) = sample.try_format(one) else { continue };
            let Some(first) = read(&text, Some(one)) else { continue };
            for other in all() {
                let Some(second) = read(&text, other).filter(|second| *second != first) else { continue };
                return Some(Complaint::new(
                    format!(
                        "{text:?} is {first} {}, and {second} {}: such a date is read only where another row of the file tells which",
                        words(Some(one)),
                        words(other)
                    ),
                    "Keep one order of day and month, and make a job of its own for files that have the other.",
                ));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_that_can_disagree_are_told() {
        let told = |formats: &[&str]| {
            let formats: Vec<_> = formats.iter().map(ToString::to_string).collect();
            disagreement(&formats).map(|complaint| complaint.problem)
        };
        for formats in [
            &["%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M"][..],
            &["%d.%m.%y %H:%M", "%y.%m.%d %H:%M"],
            &["%Y-%d-%m %H:%M"],
            &["%d.%m.%Y %H:%M", "%d/%m/%Y %I:%M %p", "%m/%d/%Y %I:%M %p"],
        ] {
            assert!(told(formats).is_some(), "{formats:?}");
        }
        for formats in [
            &["%d/%m/%Y %H:%M", "%m.%d.%Y %H:%M"][..],
            &["%d.%m.%Y %H:%M", "%d.%m.%y %H:%M", "%e. %B %Y %H:%M", "%d.%m.%Y %I:%M %p", "%F %H:%M"],
        ] {
            assert_eq!(told(formats), None, "{formats:?}");
        }
    }

    #[test]
    fn a_format_tells_a_whole_date_and_the_time_of_day() {
        for right in ["%d.%m.%Y %H:%M", "%m/%d/%Y %I:%M %p", "%Y-%m-%dT%H:%M:%S", "%e. %B %Y, %H:%M", "%d.%m.%y %H:%M"]
        {
            assert!(date_format(right).is_ok(), "{right}");
        }
        for wrong in [
            "%d.%m.%Y",
            "%H:%M",
            "%d.%m. %H:%M",
            "%m/%d/%Y %I:%M",
            "%d.%m.%Y %H",
            "dd.mm.yyyy",
            "%Q",
            "",
            "%d.%m.%Y %H:%M %z",
        ] {
            assert!(date_format(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_zone_is_named_as_the_tzdata_names_it() {
        assert_eq!(zone("europe/berlin").unwrap().name(), "Europe/Berlin");
        assert!(zone("MEZ").is_err());
        let remedy = zone("W. Europe Standard Time").unwrap_err().remedy;
        assert_eq!(remedy, "Write \"Europe/Berlin\", the IANA name of what Windows calls so.");
    }
}
