//! Handles time zones and wall-clock times by the system's tzdata, so that new rules need no new binary, and a built-in copy only
//! where a machine has none.

use std::fmt;

use jiff::tz::{AmbiguousOffset, TimeZone};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::Timestamp;

/// A time zone by its IANA name.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    rules: TimeZone,
}

/// A zone name that the tzdata does not know.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not the name of a time zone")]
pub struct UnknownZone(pub String);

/// A date and a time of day as a clock on the wall shows them, in no zone yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct CivilTime(jiff::civil::DateTime);

/// The instant of a wall-clock time in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Local {
    /// Just this one.
    Once(Timestamp),
    /// None: a clock change skips it. The instant is the first after the gap.
    Skipped(Timestamp),
    /// Two: a clock change repeats it.
    Twice(Timestamp, Timestamp),
}

impl Zone {
    /// Returns coordinated universal time.
    #[must_use]
    pub fn utc() -> Self {
        Self { name: "UTC".to_owned(), rules: TimeZone::UTC }
    }

    /// Returns the zone of that name, in any case: `Europe/Berlin`.
    pub fn named(name: &str) -> Result<Self, UnknownZone> {
        let name = name.trim();
        let plain = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "/_+-".contains(c));
        if !plain || is_no_place(name) {
            return Err(UnknownZone(name.to_owned()));
        }
        let rules = jiff::tz::db().get(name).map_err(|_| UnknownZone(name.to_owned()))?;
        let name = rules.iana_name().unwrap_or(name).to_owned();
        Ok(Self { name, rules })
    }

    /// Returns this machine's, where it has a name.
    #[must_use]
    pub fn of_this_machine() -> Option<Self> {
        Self::named(TimeZone::try_system().ok()?.iana_name()?).ok()
    }

    /// Returns a zone that is always so many minutes east of Greenwich.
    #[must_use]
    pub fn fixed(minutes_east: i32) -> Option<Self> {
        let offset = jiff::tz::Offset::from_seconds(minutes_east.checked_mul(60)?).ok()?;
        Some(Self { name: format!("UTC{offset}"), rules: TimeZone::fixed(offset) })
    }

    /// Returns the zone's IANA name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Minutes east of Greenwich at that instant, rounded down.
    #[must_use]
    pub fn offset_minutes(&self, at: Timestamp) -> i32 {
        self.rules.to_offset(at.jiff()).seconds().div_euclid(60)
    }

    /// Returns the time that the clock on the wall shows at that instant.
    #[must_use]
    pub fn civil(&self, at: Timestamp) -> CivilTime {
        CivilTime(self.rules.to_datetime(at.jiff()))
    }

    /// Writes RFC 3339 with the zone's offset of that instant: `2026-11-23T15:05:00+01:00`.
    #[must_use]
    pub fn rfc3339(&self, at: Timestamp) -> String {
        at.jiff().to_zoned(self.rules.clone()).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
    }

    /// Writes for people: `2026-11-23 15:05`.
    #[must_use]
    pub fn minute(&self, at: Timestamp) -> String {
        self.civil(at).0.strftime("%Y-%m-%d %H:%M").to_string()
    }

    /// Writes for people, with the seconds where there are any: `2026-11-23 15:05:30`.
    #[must_use]
    pub fn moment(&self, at: Timestamp) -> String {
        if at.millis() % 60_000 == 0 {
            return self.minute(at);
        }
        self.civil(at).0.strftime("%Y-%m-%d %H:%M:%S").to_string()
    }

    /// Tells which instant, or instants, a wall-clock time is here.
    #[must_use]
    pub fn resolve(&self, civil: CivilTime) -> Local {
        let ambiguous = self.rules.to_ambiguous_timestamp(civil.0);
        let at = |offset: jiff::tz::Offset| {
            offset.to_timestamp(civil.0).map_or(Timestamp::from_millis(i64::MAX), Timestamp::from)
        };
        match ambiguous.offset() {
            AmbiguousOffset::Unambiguous { offset } => Local::Once(at(offset)),
            AmbiguousOffset::Fold { before, after } => Local::Twice(at(before), at(after)),
            AmbiguousOffset::Gap { before, .. } => {
                // Read with the offset from before the change, the skipped time lies past it: the change itself is the
                // last one not after that instant.
                let beyond = at(before);
                let change = self
                    .rules
                    .preceding(beyond.plus(std::time::Duration::from_millis(1)).jiff())
                    .next()
                    .map_or(beyond, |transition| Timestamp::from(transition.timestamp()));
                Local::Skipped(change)
            }
        }
    }

    /// Returns the first time between two instants at which the built-in copy of tzdata has another offset for this zone than
    /// the system's, from which the zone was read: one of the two is out of date.
    #[must_use]
    pub fn first_doubtful(&self, from: Timestamp, until: Timestamp) -> Option<Timestamp> {
        let other = jiff::tz::TimeZoneDatabase::bundled().get(&self.name).ok()?;
        let changes = |rules: &TimeZone| {
            let changes = rules.following(from.jiff()).map(|change| Timestamp::from(change.timestamp()));
            changes.take_while(|at| *at <= until).collect::<Vec<_>>()
        };
        let mut looked_at = [vec![from], changes(&self.rules), changes(&other)].concat();
        looked_at.sort();
        looked_at.into_iter().find(|at| self.rules.to_offset(at.jiff()) != other.to_offset(at.jiff()))
    }

    /// Returns the rules, for the schedules alone.
    pub(crate) fn rules(&self) -> &TimeZone {
        &self.rules
    }
}

impl Serialize for Zone {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.name)
    }
}

impl<'de> Deserialize<'de> for Zone {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Self::named(&String::deserialize(from)?).map_err(serde::de::Error::custom)
    }
}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name)
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl CivilTime {
    /// Reads `2026-11-23 14:05[:00]`, with a `T` or blanks in the middle; nothing else may follow.
    #[must_use]
    pub fn parse_iso(text: &str) -> Option<Self> {
        let (date, time) = text.split_once(['T', 't', ' '])?;
        let time = time.trim_start();
        let (year, month, day) = three(date, '-')?;
        let (hour, minute, second) = match time.matches(':').count() {
            1 => {
                let (hour, minute) = time.split_once(':')?;
                (hour, minute, "00")
            }
            _ => three(time, ':')?,
        };
        if year.len() != 4 || [month, day, hour, minute, second].iter().any(|part| part.is_empty() || part.len() > 2) {
            return None;
        }
        Self::new(digits(year)?, [digits(month)?, digits(day)?, digits(hour)?, digits(minute)?, digits(second)?])
    }

    /// Reads a text by a `strptime` format such as `%d.%m.%Y %H:%M`; a format without a time of day reads no time, and one
    /// with an offset or a zone reads an instant, not a wall clock.
    #[must_use]
    pub fn parse_format(text: &str, format: &str) -> Option<Self> {
        let parsed = super::format::parse(text, format)?;
        parsed.hour()?;
        if parsed.offset().is_some() || parsed.iana_time_zone().is_some() {
            return None;
        }
        parsed.to_datetime().ok().map(Self)
    }

    /// Returns the hour, from 0 to 23.
    #[must_use]
    pub fn hour(self) -> i8 {
        self.0.hour()
    }

    /// Returns this wall-clock time where the wall is in Greenwich.
    #[must_use]
    pub fn as_utc(self) -> Timestamp {
        self.0.to_zoned(TimeZone::UTC).map_or(Timestamp::from_millis(i64::MAX), |zoned| zoned.timestamp().into())
    }

    /// Writes it by `strftime` format: `%Y-%m-%d`.
    #[must_use]
    pub fn format(self, format: &str) -> String {
        self.0.strftime(format).to_string()
    }

    /// Returns the same for a format that a person wrote: `None` where a directive is unknown, or shows what a wall clock alone
    /// does not tell, such as an offset.
    #[must_use]
    pub fn try_format(self, format: &str) -> Option<String> {
        jiff::fmt::strtime::format(format, self.0).ok()
    }

    /// Tells whether it is noon or later.
    #[must_use]
    pub fn is_pm(self) -> bool {
        self.0.hour() >= 12
    }

    /// Returns the weekday, from 0, a Monday, to 6.
    #[must_use]
    pub fn weekday(self) -> u8 {
        u8::try_from(self.0.weekday().to_monday_zero_offset()).unwrap_or_default()
    }

    /// Returns the time that Excel keeps as a number: days since the last but one of 1899, and minutes of the day.
    #[must_use]
    pub fn of_serial(days: u32, minutes: i64) -> Option<Self> {
        let first = jiff::civil::date(1899, 12, 30).at(0, 0, 0, 0);
        let span = jiff::Span::new().try_days(days).ok()?.try_minutes(minutes).ok()?;
        first.checked_add(span).ok().map(Self)
    }

    pub(crate) fn jiff(self) -> jiff::civil::DateTime {
        self.0
    }

    /// Returns the time that these numbers say; `None` where there is none.
    pub(crate) fn new(year: i16, [month, day, hour, minute, second]: [i16; 5]) -> Option<Self> {
        let part = |value: i16| i8::try_from(value).ok();
        jiff::civil::DateTime::new(year, part(month)?, part(day)?, part(hour)?, part(minute)?, part(second)?, 0)
            .ok()
            .map(Self)
    }
}

impl From<jiff::civil::DateTime> for CivilTime {
    fn from(civil: jiff::civil::DateTime) -> Self {
        Self(civil)
    }
}

impl fmt::Display for CivilTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.format("%Y-%m-%d %H:%M"))
    }
}

/// Tells the names under which tzdata keeps no place's clocks: one that is not set or not known, whatever this machine is set to,
/// and copies that count leap seconds.
fn is_no_place(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["factory", "localtime", "posixrules", "etc/unknown"].contains(&name.as_str())
        || ["posix/", "right/"].iter().any(|copies| name.starts_with(copies))
}

fn three(text: &str, separator: char) -> Option<(&str, &str, &str)> {
    let mut parts = text.split(separator);
    let all = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(all)
}

fn digits(text: &str) -> Option<i16> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::from_rfc3339(text).unwrap()
    }

    fn civil(text: &str) -> CivilTime {
        CivilTime::parse_iso(text).unwrap()
    }

    #[test]
    fn a_wall_clock_time_is_once_never_or_twice() {
        let berlin = Zone::named("europe/berlin").unwrap();
        assert_eq!(berlin.name(), "Europe/Berlin");
        assert_eq!(berlin.resolve(civil("2027-02-01 09:00")), Local::Once(at("2027-02-01T08:00:00Z")));
        assert_eq!(berlin.resolve(civil("2027-03-28 02:30")), Local::Skipped(at("2027-03-28T01:00:00Z")));
        assert_eq!(
            berlin.resolve(civil("2027-10-31 02:30")),
            Local::Twice(at("2027-10-31T00:30:00Z"), at("2027-10-31T01:30:00Z"))
        );
    }

    #[test]
    fn a_change_of_half_an_hour_is_skipped_to_its_end() {
        let lord_howe = Zone::named("Australia/Lord_Howe").unwrap();
        assert_eq!(lord_howe.resolve(civil("2026-10-04 02:15")), Local::Skipped(at("2026-10-03T15:30:00Z")));
    }

    #[test]
    fn a_name_that_is_no_zone_is_said_so() {
        for name in ["Europe/Atlantis", "", "../../etc/passwd", "Europe Berlin"].into_iter().chain([
            "Factory",
            "factory",
            "Etc/Unknown",
            "etc/unknown",
            "localtime",
            "posixrules",
            "right/Europe/Berlin",
            "posix/Europe/Berlin",
        ]) {
            assert_eq!(Zone::named(name), Err(UnknownZone(name.to_owned())), "{name}");
        }
    }

    #[test]
    fn only_the_forms_that_leave_no_doubt_are_read() {
        for text in ["2027-02-01 09:00", "2027-02-01T09:00:00", "2027-2-1  9:00"] {
            assert_eq!(civil(text).format("%Y-%m-%dT%H:%M:%S"), "2027-02-01T09:00:00", "{text}");
        }
        for text in [
            "03/04/2026 10:00",
            "2027-02-30 09:00",
            "27-02-01 09:00",
            "2027-02-01",
            "2027-02-01 9",
            "2027-02-01 09:00 x",
        ] {
            assert_eq!(CivilTime::parse_iso(text), None, "{text}");
        }
        assert_eq!(CivilTime::parse_format("01.02.2027 09:00", "%d.%m.%Y %H:%M"), Some(civil("2027-02-01 09:00")));
        assert_eq!(CivilTime::parse_format("01.02.2027", "%d.%m.%Y"), None);
        assert_eq!(CivilTime::parse_format("01.02.2027 09:00 +0100", "%d.%m.%Y %H:%M %z"), None);
    }
}
