//! Knows time zones by the names that Windows and Outlook write: `W. Europe Standard Time`, and `(UTC+01:00) Amsterdam, Berlin, …`. The
//! table is that of the CLDR.

use windows_timezones::WindowsTimezone;

use super::Zone;

impl Zone {
    /// Returns the zone that Windows calls by that name, in any case: by its id, also that of its summer time, or as it is shown in
    /// English.
    #[must_use]
    pub fn of_windows(name: &str) -> Option<Self> {
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
        let name = name.strip_suffix(" daylight time").map_or(name.clone(), |zone| format!("{zone} standard time"));
        let is_named =
            |zone: &WindowsTimezone| zone.name().to_lowercase() == name || zone.description().to_lowercase() == name;
        let zone = <WindowsTimezone as strum::IntoEnumIterator>::iter().find(is_named)?;
        Self::named(zone.tzdb_id()).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_of_windows_and_outlook_are_zones() {
        for (name, expected) in [
            ("W. Europe Standard Time", "Europe/Berlin"),
            ("w. europe  standard time", "Europe/Berlin"),
            ("W. Europe Daylight Time", "Europe/Berlin"),
            ("(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", "Europe/Berlin"),
            ("Romance Standard Time", "Europe/Paris"),
            ("GMT Standard Time", "Europe/London"),
            ("Eastern Standard Time", "America/New_York"),
            ("Tokyo Standard Time", "Asia/Tokyo"),
        ] {
            assert_eq!(Zone::of_windows(name).map(|zone| zone.name().to_owned()).as_deref(), Some(expected), "{name}");
        }
        for name in ["", "Europe/Berlin", "CET", "Standard Time", "Mars Standard Time"] {
            assert!(Zone::of_windows(name).is_none(), "{name}");
        }
    }

    #[test]
    fn every_zone_of_the_table_is_one() {
        for zone in <WindowsTimezone as strum::IntoEnumIterator>::iter() {
            assert!(Zone::named(zone.tzdb_id()).is_ok(), "{zone}");
        }
    }
}
