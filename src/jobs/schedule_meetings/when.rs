//! Reads the start of a row's meeting: its cell is a clock on the wall of the row's zone, and never guessed.

use std::sync::Arc;

use super::fault::{Faults, shown};
use super::row::{RowRules, ZoneChoice};
use super::zones::{ById, Named, Zones};
use crate::clock::{CivilTime, Local, Timestamp, Zone};
use crate::model::{Code, Column};
use crate::table::{self, Dates, NoDate, Proof, Reading, WrittenStart};

/// The zone that a row names.
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

/// Returns the row's `timezone`, else the zone of its `timezone_id`, else `job`. With both, the start is read in the first
/// and the second is sent.
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

/// Returns the instant that the cell `text` names; `None` after a fault.
pub(super) fn start(text: &str, zone: &RowZone, rules: &RowRules<'_>, faults: &mut Faults) -> Option<Timestamp> {
    let words = match (rules.dates.read(text), &zone.clock) {
        (Ok(WrittenStart::Instant(at)), _) => return Some(at),
        (Ok(WrittenStart::Local(_)), WallClock::Fault) => return None,
        (Ok(WrittenStart::Local(civil)), WallClock::Of(clock)) => match in_zone(civil, clock, text) {
            Ok(at) => return Some(at),
            Err(words) => words,
        },
        (Ok(WrittenStart::Local(_)), WallClock::Unknown) => format!(
            "which time {} is in this time zone is not known here; add the offset, as in 2026-11-23T14:05+01:00",
            shown(text)
        ),
        (Err(why), _) => no_date(text, &why, rules.dates),
    };
    faults.of(Column::StartTime, Code::START_FORMAT, words);
    None
}

/// Returns the instant of a wall-clock time; in words, why there is not just one.
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

/// Says why a cell is no date, and what to write.
fn no_date(text: &str, why: &NoDate, dates: &Dates) -> String {
    let cell = shown(text);
    let both = |readings: &[Reading; 2]| readings.each_ref().map(|reading| reading.start.to_string()).join(" or ");
    let plainly =
        |readings: &[Reading; 2]| readings.each_ref().map(|reading| dates.without_doubt(reading.start)).join(" or as ");
    match why {
        NoDate::Unread => format!(
            "the start {cell} is not a date and time that leaves no doubt; write it as 2026-11-23 14:05{}",
            other_forms(dates.formats())
        ),
        NoDate::ShortYear(format) => format!(
            "the year in {cell} has not the four digits that %Y in the format `{format}` stands for; write it in full, such as 2027"
        ),
        NoDate::OtherOrder(format) => format!(
            "the start {cell} could only be read as `{format}`, which is not among the job's date_formats; write it as 2026-11-23 14:05{}",
            other_forms(dates.formats())
        ),
        NoDate::Doubt(readings, proofs) => {
            let (both, plainly) = (both(readings), plainly(readings));
            let by = readings.each_ref().map(|reading| match &reading.format {
                Some(format) => format!("`{format}`"),
                None => "year, month, day".to_owned(),
            });
            let proven = match &proofs[..] {
                [first, second] => {
                    format!(", and the column has either: {} and {}", told(first), told(second))
                }
                _ => ", and no other cell of the column tells which".to_owned(),
            };
            format!("the start {cell} may be {both} (by {} or by {}){proven}; write it as {plainly}", by[0], by[1])
        }
        NoDate::Disproved(readings, proof) => {
            let (both, plainly) = (both(readings), plainly(readings));
            let other = if proof.earlier {
                "empty the column date_order once all dates here are in the job's order"
            } else {
                "correct that line in the file itself, or write all dates in one order"
            };
            format!(
                "the start {cell} may be {both}: {}, which can only be read as {}; write this one as {plainly}, or {other}",
                told(proof),
                proof.order_in_words()
            )
        }
    }
}

fn told(proof: &Proof) -> String {
    let of = if proof.earlier { " of the file before" } else { "" };
    format!("line {}{of} has {}", proof.line, shown(&proof.text))
}

/// Returns the same example in the forms that the configuration adds.
fn other_forms(formats: &[String]) -> String {
    let Some(example) = CivilTime::parse_iso("2026-11-23 14:05") else { return String::new() };
    formats.iter().fold(String::new(), |forms, format| forms + " or " + &example.format(format))
}
