//! Reads the start and the end of a row's meeting: their cells are a clock on the wall of the row's zone, and never guessed.

use std::sync::Arc;

use super::fault::{Faults, shown};
use super::row::{RowRules, ZoneChoice};
use super::zones::{ById, Named, Zones};
use crate::clock::{CivilTime, Local, Timestamp, Zone};
use crate::model::{Code, Column};
use crate::table::{self, Dates, NoDate, NoStart, Proof, Reading, Span, Starts, WrittenStart, says_half, time_of_day};

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

/// A start as its cell says it.
#[derive(Debug)]
pub(super) struct Begin {
    /// The instant.
    pub(super) at: Timestamp,
    /// The time on the wall of the row's zone; `None` where the cell names an offset.
    pub(super) wall: Option<CivilTime>,
    /// True when the cell says AM or PM.
    pub(super) says_half: bool,
    /// The time of day at which it ends, where the cell says that, too.
    pub(super) end: Option<String>,
}

/// The length that a row tells elsewhere than in the cell of its start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LengthElsewhere {
    /// In a cell of its own.
    Told,
    /// By the job's default alone.
    Default,
    /// Nowhere.
    Nowhere,
}

/// Returns the start that the cell `text` names; `None` after a fault.
pub(super) fn start(
    text: &str,
    length: LengthElsewhere,
    zone: &RowZone,
    rules: &RowRules<'_>,
    faults: &mut Faults,
) -> Option<Begin> {
    let span = match span_of(text, length, rules.starts) {
        Ok(span) => span,
        Err(words) => {
            faults.of(Column::StartTime, Code::START_FORMAT, words);
            return None;
        }
    };
    let (says_half, end) = (says_half(span.start), span.end.map(str::to_owned));
    match read(span.start, "start", zone, rules.starts) {
        Ok(Some((at, wall))) => Some(Begin { at, wall, says_half, end }),
        Ok(None) => None,
        Err(words) => {
            faults.of(Column::StartTime, Code::START_FORMAT, words);
            None
        }
    }
}

/// Takes the cell of a start apart. `08:00-09:30` behind a date may be two times, or one with its offset from Greenwich.
fn span_of<'a>(text: &'a str, length: LengthElsewhere, starts: &Starts) -> Result<Span<'a>, String> {
    let span = Span::of(text);
    let alone = Span { start: text, end: None, may_be_offset: false };
    let (Some(end), true) = (span.end, span.may_be_offset) else { return Ok(span) };
    if !matches!(starts.read(text), Ok(WrittenStart::Instant(_))) {
        return Ok(span);
    }
    let Ok(WrittenStart::Local(begun)) = starts.read(span.start) else { return Ok(alone) };
    let ends = time_of_day(end).and_then(|time| time.on_day_of(begun));
    let writes_seconds = |text: &str| text.matches(':').count() > 1;
    let is_iso = span.start.contains(['T', 't']);
    let is_later = ends.is_some_and(|ends| ends.as_utc() > begun.as_utc());
    if is_iso || !is_later || writes_seconds(span.start) && !writes_seconds(end) {
        return Ok(alone);
    }
    match length {
        LengthElsewhere::Told => Ok(alone),
        LengthElsewhere::Nowhere => Ok(span),
        LengthElsewhere::Default => Err(format!(
            "{} may go from {} to {end}, or begin at {} with the offset -{end} from Greenwich; write blanks around the dash, or a T \
             in front of the time",
            shown(text),
            begun.format("%H:%M"),
            begun.format("%H:%M"),
        )),
    }
}

/// Returns the instant that a text names, and the time on the wall if it names no offset. `None` where the row's zone is at fault,
/// which is told already; in words, why there is no such instant.
fn read(
    text: &str,
    noun: &str,
    zone: &RowZone,
    starts: &Starts,
) -> Result<Option<(Timestamp, Option<CivilTime>)>, String> {
    match starts.read(text) {
        Ok(WrittenStart::Instant(at)) => Ok(Some((at, None))),
        Ok(WrittenStart::Local(civil)) => on_wall(civil, text, noun, zone).map(|at| at.map(|at| (at, Some(civil)))),
        Err(why) => Err(no_start(text, noun, &why, starts)),
    }
}

fn on_wall(civil: CivilTime, text: &str, noun: &str, zone: &RowZone) -> Result<Option<Timestamp>, String> {
    match &zone.clock {
        WallClock::Fault => Ok(None),
        WallClock::Of(clock) => in_zone(civil, clock, text, noun).map(Some),
        WallClock::Unknown => Err(format!(
            "which time {} is in this time zone is not known here; add the offset, as in 2026-11-23T14:05+01:00",
            shown(text)
        )),
    }
}

/// Returns the instant of an end: a whole date, or a time on the day of the start. In words, why it is none.
pub(super) fn end(
    text: &str,
    begin: &Begin,
    zone: &RowZone,
    rules: &RowRules<'_>,
) -> Result<Option<Timestamp>, String> {
    let Some(time) = time_of_day(text) else {
        return read(text, "end", zone, rules.starts).map(|found| found.map(|(at, _)| at));
    };
    let Some(day) = begin.wall else {
        return Err(format!(
            "the start has an offset from Greenwich, and the end {} has none; write the end with its date and offset",
            shown(text)
        ));
    };
    let is_early = |hour: i64| hour < 13;
    let (begins_early, ends_early) = (is_early(day.hour().into()), is_early(time.hour().into()));
    if says_half(text) && !begin.says_half && begins_early || begin.says_half && !says_half(text) && ends_early {
        return Err(format!(
            "of the start and the end {} only one says AM or PM; write it at both, or at none",
            shown(text)
        ));
    }
    match time.on_day_of(day) {
        Some(civil) => on_wall(civil, text, "end", zone),
        None => Err(format!("the end {} is not a time", shown(text))),
    }
}

/// Returns the instant of a wall-clock time; in words, why there is not just one.
fn in_zone(civil: CivilTime, clock: &Zone, text: &str, noun: &str) -> Result<Timestamp, String> {
    match clock.resolve(civil) {
        Local::Once(at) => Ok(at),
        Local::Skipped(next) => Err(format!(
            "the {noun} {} does not exist in {clock}, because the clocks are put forward over it; the next time after it is {}",
            shown(text),
            clock.minute(next)
        )),
        Local::Twice(first, second) => Err(format!(
            "the {noun} {} comes twice in {clock}, because the clocks are put back over it; write {} for the first time or {} for the second",
            shown(text),
            clock.rfc3339(first),
            clock.rfc3339(second)
        )),
    }
}

/// Says why a cell is no start or end, and what to write.
fn no_start(text: &str, noun: &str, why: &NoStart, starts: &Starts) -> String {
    let cell = shown(text);
    match why {
        NoStart::Date(why) => no_date(text, noun, why, starts.dates()),
        NoStart::Weekday { named, is, start } => {
            format!("the {noun} {cell} says {named}, and {start} is a {is}; correct the day or the date")
        }
        NoStart::Rounded => format!(
            "the {noun} {cell} is a number, as Excel keeps dates, and tells no time of day, or only a rounded one; give its column \
             the form of a date with its time in the workbook, and save the file again"
        ),
        NoStart::Mixed => format!(
            "the {noun} {cell} may be a number, as Excel keeps dates, and the column has other cells, too; write it as 2026-11-23 14:05"
        ),
    }
}

/// Says why a cell is no date, and what to write.
fn no_date(text: &str, noun: &str, why: &NoDate, dates: &Dates) -> String {
    let cell = shown(text);
    let both = |readings: &[Reading; 2]| readings.each_ref().map(|reading| reading.start.to_string()).join(" or ");
    let plainly =
        |readings: &[Reading; 2]| readings.each_ref().map(|reading| dates.without_doubt(reading.start)).join(" or as ");
    match why {
        NoDate::Unread => format!(
            "the {noun} {cell} is not a date and time that leaves no doubt; write it as 2026-11-23 14:05{}",
            other_forms(dates.formats())
        ),
        NoDate::ShortYear(format) => format!(
            "the year in {cell} has not the four digits that %Y in the format `{format}` stands for; write it in full, such as 2027"
        ),
        NoDate::OtherOrder(format) => format!(
            "the {noun} {cell} could only be read as `{format}`, which is not among the job's date_formats; write it as 2026-11-23 14:05{}",
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
            format!("the {noun} {cell} may be {both} (by {} or by {}){proven}; write it as {plainly}", by[0], by[1])
        }
        NoDate::Disproved(readings, proof) => {
            let (both, plainly) = (both(readings), plainly(readings));
            let other = if proof.earlier {
                "empty the column date_order once all dates here are in the job's order"
            } else {
                "correct that line in the file itself, or write all dates in one order"
            };
            format!(
                "the {noun} {cell} may be {both}: {}, which can only be read as {}; write this one as {plainly}, or {other}",
                told(proof),
                proof.order_in_words()
            )
        }
    }
}

pub(super) fn told(proof: &Proof) -> String {
    let of = if proof.earlier { " of the file before" } else { "" };
    format!("line {}{of} has {}", proof.line, shown(&proof.text))
}

/// Returns the same example in the forms that the configuration adds.
fn other_forms(formats: &[String]) -> String {
    let Some(example) = CivilTime::parse_iso("2026-11-23 14:05") else { return String::new() };
    formats.iter().fold(String::new(), |forms, format| forms + " or " + &example.format(format))
}
