//! Lists the server's time zones: several entries a zone, one for each clock change, as `GET /timezones` lists them.

use std::collections::HashMap;

use jiff::{
    SignedDuration, Timestamp,
    tz::{Offset, TimeZone, TimeZoneDatabase},
};

use crate::sandbox::clock::Second;

/// One entry: what a zone's clocks show from `since` on.
#[derive(Debug, Clone)]
pub struct ZoneEntry {
    /// The `timezone_id` that scheduling asks for.
    pub id: String,
    /// The zone's name, such as `Europe/Berlin`.
    pub name: &'static str,
    /// Its abbreviation from then on, such as `CET`.
    pub abbreviation: String,
    /// The time at which it begins to hold.
    pub since: Second,
    /// Minutes ahead of UTC.
    pub offset: i32,
    /// True when it is summer time.
    pub dst: bool,
}

/// Every entry, and the way from an id to one.
#[derive(Debug)]
pub struct Zones {
    entries: Vec<ZoneEntry>,
    by_id: HashMap<String, u32>,
}

impl Zones {
    /// Returns the entries from 2025 up to two years after `now`. They begin at a fixed year so that an entry keeps its id when
    /// the sandbox is started again later.
    pub fn around(now: Second) -> Self {
        let database = TimeZoneDatabase::bundled();
        let until = Timestamp::from_second(now.0 + TWO_YEARS).unwrap_or(Timestamp::MAX);
        let mut entries = Vec::new();
        for (number, name) in (1..).zip(NAMES) {
            let Ok(zone) = database.get(name) else { continue };
            let ids = (0..).map(|change| (number * 1000 + change).to_string());
            entries.extend(ids.zip(changes(&zone, until)).map(|(id, change)| change.entry(id, name)));
        }
        let by_id = (0..).zip(&entries).map(|(at, entry)| (entry.id.clone(), at)).collect();
        Self { entries, by_id }
    }

    /// Returns every entry, zone by zone, oldest first.
    pub fn entries(&self) -> &[ZoneEntry] {
        &self.entries
    }

    /// Returns the number of the entry with this id.
    pub fn find(&self, id: &str) -> Option<u32> {
        self.by_id.get(id).copied()
    }

    /// Returns the entry of this number.
    pub fn entry(&self, number: u32) -> Option<&ZoneEntry> {
        self.entries.get(usize::try_from(number).ok()?)
    }
}

struct Change {
    since: Timestamp,
    offset: Offset,
    abbreviation: String,
    dst: bool,
}

impl Change {
    fn entry(self, id: String, name: &'static str) -> ZoneEntry {
        ZoneEntry {
            id,
            name,
            abbreviation: self.abbreviation,
            since: Second(self.since.as_second()),
            offset: self.offset.seconds() / 60,
            dst: self.dst,
        }
    }
}

/// Returns what held at the beginning of 2025, then every change up to `until`.
fn changes(zone: &TimeZone, until: Timestamp) -> Vec<Change> {
    let base = Timestamp::from_second(BEGINNING).unwrap_or(Timestamp::UNIX_EPOCH);
    let held = zone.to_offset_info(base);
    let since =
        zone.preceding(base + SignedDuration::from_secs(1)).next().map_or(Timestamp::UNIX_EPOCH, |t| t.timestamp());
    let first = Change {
        since: since.max(Timestamp::UNIX_EPOCH),
        offset: held.offset(),
        abbreviation: held.abbreviation().to_owned(),
        dst: held.dst().is_dst(),
    };
    let later = zone.following(base).take_while(|change| change.timestamp() <= until).map(|change| Change {
        since: change.timestamp(),
        offset: change.offset(),
        abbreviation: change.abbreviation().to_owned(),
        dst: change.dst().is_dst(),
    });
    std::iter::once(first).chain(later).collect()
}

/// 2025-01-01 00:00:00 UTC.
const BEGINNING: i64 = 1_735_689_600;
const TWO_YEARS: i64 = 2 * 366 * 86_400;

/// Kiev stands under its old name on purpose: a client must try aliases.
const NAMES: &[&str] = &[
    "UTC",
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "Africa/Nairobi",
    "America/Anchorage",
    "America/Argentina/Buenos_Aires",
    "America/Bogota",
    "America/Caracas",
    "America/Chicago",
    "America/Denver",
    "America/Halifax",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/New_York",
    "America/Phoenix",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/St_Johns",
    "America/Toronto",
    "Asia/Bangkok",
    "Asia/Dhaka",
    "Asia/Dubai",
    "Asia/Hong_Kong",
    "Asia/Jakarta",
    "Asia/Jerusalem",
    "Asia/Karachi",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "Asia/Manila",
    "Asia/Riyadh",
    "Asia/Seoul",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Asia/Tehran",
    "Asia/Tokyo",
    "Atlantic/Azores",
    "Atlantic/Reykjavik",
    "Australia/Adelaide",
    "Australia/Brisbane",
    "Australia/Lord_Howe",
    "Australia/Perth",
    "Australia/Sydney",
    "Europe/Amsterdam",
    "Europe/Athens",
    "Europe/Berlin",
    "Europe/Brussels",
    "Europe/Dublin",
    "Europe/Helsinki",
    "Europe/Istanbul",
    "Europe/Kiev",
    "Europe/Lisbon",
    "Europe/London",
    "Europe/Madrid",
    "Europe/Moscow",
    "Europe/Paris",
    "Europe/Prague",
    "Europe/Rome",
    "Europe/Stockholm",
    "Europe/Vienna",
    "Europe/Warsaw",
    "Europe/Zurich",
    "Pacific/Auckland",
    "Pacific/Chatham",
    "Pacific/Honolulu",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_zone_has_an_entry_for_each_clock_change_and_keeps_its_ids() {
        let zones = Zones::around(Second::parse("2026-11-23 12:00:00").unwrap());
        let berlin: Vec<_> = zones.entries().iter().filter(|entry| entry.name == "Europe/Berlin").collect();
        let at = |text: &str| Second::parse(text).unwrap();
        let winter = berlin.iter().find(|entry| entry.since == at("2026-10-25 01:00:00")).unwrap();
        assert_eq!((winter.abbreviation.as_str(), winter.offset, winter.dst), ("CET", 60, false));
        let summer = berlin.iter().find(|entry| entry.since == at("2027-03-28 01:00:00")).unwrap();
        assert_eq!((summer.abbreviation.as_str(), summer.offset, summer.dst), ("CEST", 120, true));
        assert!(
            berlin.is_sorted_by_key(|entry| entry.since) && berlin.last().unwrap().since > at("2028-01-01 00:00:00")
        );

        let later = Zones::around(Second::parse("2029-05-01 12:00:00").unwrap());
        assert_eq!(later.entry(later.find(&summer.id).unwrap()).unwrap().since, summer.since);
    }

    #[test]
    fn old_names_half_hours_and_zones_without_changes_are_there() {
        let zones = Zones::around(Second::parse("2026-11-23 12:00:00").unwrap());
        let of = |name: &str| zones.entries().iter().filter(|entry| entry.name == name).collect::<Vec<_>>();
        assert!(of("Europe/Kyiv").is_empty() && of("Europe/Kiev").len() > 1);
        assert_eq!(of("UTC").len(), 1);
        assert_eq!(of("Asia/Kolkata")[0].offset, 330);
        assert!(of("Australia/Lord_Howe").iter().any(|entry| entry.offset == 630));
        assert_eq!(NAMES.iter().filter(|name| of(name).is_empty()).count(), 0);
    }
}
