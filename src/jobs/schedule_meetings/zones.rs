//! Looks up zones: those that the rows of one file name, each once, and those of the server's list, which turns a zone's name
//! into the `timezone_id` that scheduling requires (reference: Schedule Meeting; known from `GET /timezones`).

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use crate::clock::{Timestamp, Zone};
use crate::model::ZoneEntry;

/// Names that are remembered: more than there are zones; a file with more is full of mistakes, and they are looked up each time.
const MOST_NAMES: usize = 2000;

/// The time zones that the server lists.
pub trait ZoneBook: fmt::Debug + Send + Sync {
    /// Returns the name of the zone with that `timezone_id`; `None` when the server lists no such id.
    fn name_of(&self, timezone_id: &str) -> Option<String>;

    /// Tells whether the server lists a zone, under this name or another of its names.
    fn lists(&self, zone: &Zone) -> bool;
}

/// The result of looking up a name.
#[derive(Debug, Clone)]
pub(super) enum Named {
    /// A zone that can be used.
    Zone(Arc<Zone>),
    /// A zone, but none that the server lists.
    NotListed,
    /// No zone.
    NoZone,
}

/// The result of looking up a `timezone_id`.
#[derive(Debug, Clone)]
pub(super) enum ById {
    /// The server lists it, and its clock is known here.
    Zone(Arc<Zone>),
    /// The server lists it, under a name that is unknown here.
    UnknownClock,
    /// The server lists no such id.
    NotListed,
}

#[derive(Debug)]
pub(super) struct Zones<'a> {
    book: &'a dyn ZoneBook,
    names: HashMap<String, Named>,
    ids: HashMap<String, ById>,
}

impl<'a> Zones<'a> {
    pub(super) fn new(book: &'a dyn ZoneBook) -> Self {
        Self { book, names: HashMap::new(), ids: HashMap::new() }
    }

    pub(super) fn named(&mut self, name: &str) -> Named {
        let book = self.book;
        remembered(&mut self.names, name, || {
            match Zone::named(name).or_else(|unknown| Zone::of_windows(name).ok_or(unknown)) {
                Ok(zone) if book.lists(&zone) => Named::Zone(Arc::new(zone)),
                Ok(_) => Named::NotListed,
                Err(_) => Named::NoZone,
            }
        })
    }

    pub(super) fn by_id(&mut self, timezone_id: &str) -> ById {
        let book = self.book;
        remembered(&mut self.ids, timezone_id, || match book.name_of(timezone_id) {
            None => ById::NotListed,
            Some(name) => Zone::named(&name).map_or(ById::UnknownClock, |zone| ById::Zone(Arc::new(zone))),
        })
    }
}

fn remembered<T: Clone>(known: &mut HashMap<String, T>, key: &str, find: impl FnOnce() -> T) -> T {
    if let Some(found) = known.get(key) {
        return found.clone();
    }
    let found = find();
    if known.len() < MOST_NAMES {
        known.insert(key.to_owned(), found.clone());
    }
    found
}

/// The server's list of zones, by name.
#[derive(Debug, Default)]
pub(super) struct ServerZones {
    by_name: HashMap<String, Vec<ZoneEntry>>,
    names: HashMap<String, String>,
}

/// Names of one zone that servers and tzdata spell differently; each line is one zone.
const ALIASES: &[&[&str]] = &[
    &["Europe/Kyiv", "Europe/Kiev"],
    &["Asia/Kolkata", "Asia/Calcutta"],
    &["Asia/Ho_Chi_Minh", "Asia/Saigon"],
    &["Asia/Kathmandu", "Asia/Katmandu"],
    &["Asia/Yangon", "Asia/Rangoon"],
    &["Asia/Thimphu", "Asia/Thimbu"],
    &["Asia/Dhaka", "Asia/Dacca"],
    &["Asia/Ulaanbaatar", "Asia/Ulan_Bator"],
    &["Asia/Jerusalem", "Asia/Tel_Aviv", "Israel"],
    &["Asia/Tokyo", "Japan"],
    &["Asia/Seoul", "ROK"],
    &["Asia/Singapore", "Singapore"],
    &["Asia/Hong_Kong", "Hongkong"],
    &["Asia/Shanghai", "PRC"],
    &["Asia/Istanbul", "Europe/Istanbul", "Turkey"],
    &["Europe/London", "GB"],
    &["Europe/Dublin", "Eire"],
    &["Europe/Lisbon", "Portugal"],
    &["Europe/Warsaw", "Poland"],
    &["Europe/Chisinau", "Europe/Tiraspol"],
    &["America/Argentina/Buenos_Aires", "America/Buenos_Aires"],
    &["America/Nuuk", "America/Godthab"],
    &["America/New_York", "US/Eastern"],
    &["America/Chicago", "US/Central"],
    &["America/Denver", "US/Mountain"],
    &["America/Los_Angeles", "US/Pacific"],
    &["America/Sao_Paulo", "Brazil/East"],
    &["Atlantic/Faroe", "Atlantic/Faeroe"],
    &["Pacific/Auckland", "NZ"],
    &["Africa/Asmara", "Africa/Asmera"],
    &["UTC", "Etc/UTC", "Etc/GMT", "GMT", "Universal", "Zulu"],
];

impl ServerZones {
    pub(super) fn new(entries: Vec<ZoneEntry>) -> Self {
        let mut zones = Self::default();
        for entry in entries {
            zones.names.insert(entry.timezone_id.clone(), entry.zone_name.clone());
            zones.by_name.entry(entry.zone_name.to_lowercase()).or_default().push(entry);
        }
        for entries in zones.by_name.values_mut() {
            entries.sort_by_key(|entry| entry.time_start);
        }
        zones
    }

    fn entries(&self, name: &str) -> Option<&Vec<ZoneEntry>> {
        let direct = self.by_name.get(&name.to_lowercase());
        direct.or_else(|| {
            let line = ALIASES.iter().find(|line| line.iter().any(|alias| alias.eq_ignore_ascii_case(name)))?;
            line.iter().find_map(|alias| self.by_name.get(&alias.to_lowercase()))
        })
    }
}

/// Returns the id of the zone for a meeting at `at`: the latest entry that has begun by then, else one with the offset
/// of that time, else the first.
fn id_among<'a>(entries: &'a [ZoneEntry], zone: &Zone, at: Timestamp) -> Option<&'a str> {
    let begun = entries.iter().rev().find(|entry| entry.time_start.is_some_and(|start| start <= at));
    let of_that_time = || {
        let offset = zone.offset_minutes(at);
        entries.iter().find(|entry| entry.gmt_offset_min == Some(offset))
    };
    begun.or_else(of_that_time).or_else(|| entries.first()).map(|entry| entry.timezone_id.as_str())
}

/// Tells the server's ids of zones by their names. The zone of the row before is remembered: most rows of a file have the same.
#[derive(Debug)]
pub(super) struct ZoneIds<'a> {
    zones: Option<&'a ServerZones>,
    last: Option<(String, Option<ListedZone<'a>>)>,
}

/// A zone, and what the server lists of it.
type ListedZone<'a> = (Zone, &'a [ZoneEntry]);

impl<'a> ZoneIds<'a> {
    pub(super) fn new(zones: Option<&'a ServerZones>) -> Self {
        Self { zones, last: None }
    }

    /// Returns the id of the zone with that name for a meeting at `at`.
    pub(super) fn id_for(&mut self, name: &str, at: Timestamp) -> Option<&'a str> {
        let listed = match &self.last {
            Some((last, listed)) if last == name => listed,
            _ => &self.last.insert((name.to_owned(), self.listed(name))).1,
        };
        let (zone, entries) = listed.as_ref()?;
        id_among(entries, zone, at)
    }

    fn listed(&self, name: &str) -> Option<ListedZone<'a>> {
        let zone = Zone::named(name).ok()?;
        let entries = self.zones?.entries(zone.name())?;
        Some((zone, entries))
    }
}

impl ZoneBook for ServerZones {
    fn name_of(&self, timezone_id: &str) -> Option<String> {
        self.names.get(timezone_id).cloned()
    }

    fn lists(&self, zone: &Zone) -> bool {
        self.entries(zone.name()).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(id: &str, name: &str, start: Option<&str>, offset: i32) -> ZoneEntry {
        ZoneEntry {
            timezone_id: id.to_owned(),
            zone_name: name.to_owned(),
            time_start: start.map(|start| Timestamp::from_api(start).unwrap()),
            gmt_offset_min: Some(offset),
        }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::from_api(text).unwrap()
    }

    #[test]
    fn the_latest_entry_that_has_begun_is_taken() {
        let zones = ServerZones::new(vec![
            entry("3", "Europe/Berlin", Some("2027-03-28 01:00:00"), 120),
            entry("1", "Europe/Berlin", Some("2026-03-29 01:00:00"), 120),
            entry("2", "Europe/Berlin", Some("2026-10-25 01:00:00"), 60),
        ]);
        let mut ids = ZoneIds::new(Some(&zones));
        for (name, time, id) in [
            ("Europe/Berlin", "2027-02-01 08:00:00", Some("2")),
            ("Europe/Berlin", "2027-03-28 01:00:00", Some("3")),
            ("Europe/Lisbon", "2027-03-28 01:00:00", None),
            ("nowhere", "2027-03-28 01:00:00", None),
            // Before all of them: the one with the offset of that time.
            ("Europe/Berlin", "2026-01-01 08:00:00", Some("2")),
        ] {
            assert_eq!(ids.id_for(name, at(time)), id, "{name} {time}");
        }
        assert_eq!(ZoneIds::new(None).id_for("Europe/Berlin", at("2027-02-01 08:00:00")), None);
    }

    #[test]
    fn a_zone_is_found_by_its_other_names() {
        let zones = ServerZones::new(vec![entry("7", "Europe/Kiev", None, 120)]);
        let kyiv = Zone::named("Europe/Kyiv").unwrap();
        assert!(zones.lists(&kyiv));
        let id = ZoneIds::new(Some(&zones)).id_for("Europe/Kyiv", at("2027-02-01 08:00:00"));
        assert_eq!(id, Some("7"));
        assert!(!zones.lists(&Zone::named("Europe/Berlin").unwrap()));
        assert_eq!(zones.name_of("7").as_deref(), Some("Europe/Kiev"));
    }
}
