//! Time zones and formats of dates.

use crate::clock::{CivilTime, Zone};
use crate::config::problem::Complaint;

/// Reads the name of a time zone.
pub(in crate::config) fn zone(text: &str) -> Result<Zone, Complaint> {
    Zone::named(text).map_err(|_| {
        Complaint::new(
            format!("{text:?} is not the name of a time zone"),
            "Write an IANA name such as \"Europe/Berlin\" or \"UTC\" (`timedatectl list-timezones` shows them all).",
        )
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

#[cfg(test)]
mod tests {
    use super::*;

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
    }
}
