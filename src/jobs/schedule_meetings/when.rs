//! When a row's meeting begins: its cell read as a clock on the wall of the row's zone, and never guessed.

use std::sync::Arc;

use super::fault::{Faults, shown};
use super::row::ZoneChoice;
use super::rules::RowRules;
use super::zones::{ById, Named, Zones};
use crate::clock::{CivilTime, Local, Timestamp, Zone};
use crate::model::{Code, Column};
use crate::table::{self, WrittenStart};

/// What a row says about its zone.
#[derive(Debug)]
pub(super) struct RowZone {
    /// The zone that is sent, where the row names one.
    pub(super) choice: Option<ZoneChoice>,
    /// The clock by which its start is read.
    pub(super) clock: WallClock,
}

/// The clock on the wall of a row's zone.
#[derive(Debug)]
pub(super) enum WallClock {
    /// This one.
    Of(Arc<Zone>),
    /// The server has the zone, and what its clocks show is not known here.
    Unknown,
    /// There is no such zone, and that is said already.
    Fault,
}

/// The row's `timezone`, else the zone of its `timezone_id`, else `job`. With both, the start is read in the first and the
/// second is sent.
pub(super) fn zone(cells: &table::Row<'_>, job: &Arc<Zone>, zones: &mut Zones<'_>, faults: &mut Faults) -> RowZone {
    let (name, id) = (cells.get(Column::Timezone), cells.get(Column::TimezoneId));
    let by_name = (!name.is_empty()).then(|| zone_of_name(&name, zones, faults));
    let by_id = (!id.is_empty()).then(|| zone_of_id(&id, zones, faults));
    let choice = match (&by_name, &by_id) {
        (_, Some(WallClock::Of(_) | WallClock::Unknown)) => Some(ZoneChoice::Id(id.into_owned())),
        (Some(WallClock::Of(zone)), None) => Some(ZoneChoice::Name(zone.name().to_owned())),
        _ => None,
    };
    RowZone { choice, clock: by_name.or(by_id).unwrap_or_else(|| WallClock::Of(Arc::clone(job))) }
}

fn zone_of_name(name: &str, zones: &mut Zones<'_>, faults: &mut Faults) -> WallClock {
    let words = match zones.named(name) {
        Named::Zone(zone) => return WallClock::Of(zone),
        Named::NotListed => format!("the server does not have the time zone {}; write another one", shown(name)),
        Named::NoZone => {
            format!("{} is not the name of a time zone; write one such as Europe/Berlin", shown(name))
        }
    };
    faults.of(Column::Timezone, Code::ZONE_UNKNOWN, words);
    WallClock::Fault
}

fn zone_of_id(id: &str, zones: &mut Zones<'_>, faults: &mut Faults) -> WallClock {
    match zones.by_id(id) {
        ById::Zone(zone) => WallClock::Of(zone),
        ById::UnknownClock => WallClock::Unknown,
        ById::NotListed => {
            let words =
                format!("the server has no time zone with the id {}; name the zone in the column timezone", shown(id));
            faults.of(Column::TimezoneId, Code::ZONE_UNKNOWN, words);
            WallClock::Fault
        }
    }
}

/// The instant that the cell `text` names; `None` after a fault.
pub(super) fn start(text: &str, zone: &RowZone, rules: &RowRules<'_>, faults: &mut Faults) -> Option<Timestamp> {
    let plain = text.replace(['\u{a0}', '\u{202f}', '\u{2009}'], " ");
    let words = match (WrittenStart::parse(&plain, rules.date_formats), &zone.clock) {
        (Some(WrittenStart::Instant(at)), _) => return Some(at),
        (Some(WrittenStart::Local(_)), WallClock::Fault) => return None,
        (Some(WrittenStart::Local(civil)), WallClock::Of(clock)) => match in_zone(civil, clock, text) {
            Ok(at) => return Some(at),
            Err(words) => words,
        },
        (Some(WrittenStart::Local(_)), WallClock::Unknown) => format!(
            "which time {} is in this time zone is not known here; add the offset, as in 2026-11-23T14:05+01:00",
            shown(text)
        ),
        (None, _) => format!(
            "the start {} is not a date and time that leaves no doubt; write it as 2026-11-23 14:05{}",
            shown(text),
            other_forms(rules.date_formats)
        ),
    };
    faults.of(Column::StartTime, Code::START_FORMAT, words);
    None
}

/// The instant of a wall-clock time; in words, why there is not just one.
fn in_zone(civil: CivilTime, clock: &Zone, text: &str) -> Result<Timestamp, String> {
    match clock.resolve(civil) {
        Local::Once(at) => Ok(at),
        Local::Skipped(next) => Err(format!(
            "the start {} does not exist in {clock}, because the clocks are put forward over it; the next time after it is {}",
            shown(text),
            clock.minute(next)
        )),
        Local::Twice(first, second) => Err(format!(
            "the start {} comes twice in {clock}, because the clocks are put back over it; write {} for the first time or {} for the second",
            shown(text),
            clock.rfc3339(first),
            clock.rfc3339(second)
        )),
    }
}

/// The same example in the forms that the configuration adds.
fn other_forms(formats: &[String]) -> String {
    let Some(example) = CivilTime::parse_iso("2026-11-23 14:05") else { return String::new() };
    formats.iter().fold(String::new(), |forms, format| forms + " or " + &example.format(format))
}
