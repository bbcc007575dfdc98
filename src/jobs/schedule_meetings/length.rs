//! Reads how long a row's meeting is: from its length, from its end, or from both where they agree.

use super::fault::{Faults, shown};
use super::row::RowRules;
use super::when::{self, Begin, RowZone};
use crate::model::{Code, Column};
use crate::table::{self, NoLength};

/// The length that a row's cells tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Length {
    /// None: the cells are blank.
    Blank,
    /// One that cannot be right, which is told.
    Wrong,
    /// Minutes.
    Minutes(u32),
}

/// The way to write a length.
pub(super) const FORM: &str = "write minutes, as in 90, or hours and minutes, as in 1h30m";

const SHORTEST_MIN: i64 = 10;

/// Tells whether a row's cells say something of its length, apart from that of its start.
pub(super) fn is_told(cells: &table::Row<'_>) -> bool {
    [Column::Duration, Column::EndTime].into_iter().any(|column| !cells.get(column).is_empty())
}

/// Reads a row's length. `begin` is its start; `None` where it is blank or wrong.
pub(super) fn read(
    cells: &table::Row<'_>,
    begin: Option<&Begin>,
    zone: &RowZone,
    rules: &RowRules<'_>,
    faults: &mut Faults,
) -> Length {
    let own = own(cells, rules, faults);
    let text = cells.get(Column::EndTime);
    let spanned = begin.and_then(|begin| begin.end.as_deref());
    let ends = [(!text.is_empty()).then_some(&*text), spanned];
    let mut told = own;
    for end in ends.into_iter().flatten() {
        let Some(begin) = begin else {
            if cells.get(Column::StartTime).is_empty() {
                let words = format!("the end {} tells no length without a start; fill in the start", shown(end));
                faults.of(Column::EndTime, Code::DURATION_FORMAT, words);
            }
            return Length::Wrong;
        };
        told = match (told, until(end, begin, zone, rules, faults)) {
            (Length::Minutes(one), Length::Minutes(other)) if one != other => {
                let words = format!(
                    "the row tells two lengths: {one} minutes, and {other} minutes up to the end {}; correct one of them",
                    shown(end)
                );
                faults.of(Column::EndTime, Code::DURATION_FORMAT, words);
                Length::Wrong
            }
            (Length::Wrong, _) | (_, Length::Wrong) => Length::Wrong,
            (Length::Blank, found) | (found, Length::Blank | Length::Minutes(_)) => found,
        };
    }
    told
}

/// Reads the cells of the length itself.
fn own(cells: &table::Row<'_>, rules: &RowRules<'_>, faults: &mut Faults) -> Length {
    let text = cells.get(Column::Duration);
    if text.is_empty() {
        return Length::Blank;
    }
    let mut parts = cells.parts(Column::Duration);
    let read = match (parts.next(), parts.next()) {
        (Some(part), None) => rules.lengths.read(&[part]),
        _ => rules.lengths.read(&cells.parts(Column::Duration).collect::<Vec<_>>()),
    };
    let words = match read {
        Ok(minutes) => return checked(minutes, Column::Duration, || format!("the duration {}", shown(&text)), faults),
        Err(NoLength::Unread) if text.contains([',', '.']) && text.bytes().all(|byte| !byte.is_ascii_alphabetic()) => {
            format!(
                "the duration {} cannot be read; {FORM} (where all are hours, the job may say duration_unit = \"hours\")",
                shown(&text)
            )
        }
        Err(NoLength::Unread) => format!("the duration {} cannot be read; {FORM}", shown(&text)),
        Err(NoLength::Doubt([one, other], proof)) => {
            let why = proof.map_or(String::new(), |proof| format!(", since {}", when::told(&proof)));
            let (one, other) = (in_words(one), in_words(other));
            format!("the duration {} may be {one} or {other}{why}; write {one} or {other}", shown(&text))
        }
    };
    faults.of(Column::Duration, Code::DURATION_FORMAT, words);
    Length::Wrong
}

/// Reads the length from a start to an end.
fn until(end: &str, begin: &Begin, zone: &RowZone, rules: &RowRules<'_>, faults: &mut Faults) -> Length {
    let words = match when::end(end, begin, zone, rules) {
        Ok(Some(at)) if at <= begin.at => format!(
            "the end {} is not after the start {}; if the meeting ends on another day, write the end with its date",
            shown(end),
            shown(&begin.wall.map_or_else(|| begin.at.to_rfc3339(), |wall| wall.to_string()))
        ),
        Ok(Some(at)) => {
            let millis = at.millis() - begin.at.millis();
            if millis % 60_000 == 0 {
                let noun = || format!("the time from the start to the end {}", shown(end));
                return checked(millis / 60_000, Column::EndTime, noun, faults);
            }
            format!("the time from the start to the end {} is no whole number of minutes", shown(end))
        }
        Ok(None) => return Length::Wrong,
        Err(words) => words,
    };
    faults.of(Column::EndTime, Code::DURATION_FORMAT, words);
    Length::Wrong
}

fn checked(minutes: i64, column: Column, noun: impl FnOnce() -> String, faults: &mut Faults) -> Length {
    if minutes < SHORTEST_MIN {
        faults.of(column, Code::DURATION_SHORT, format!("{} is shorter than 10 minutes", noun()));
        return Length::Wrong;
    }
    match u32::try_from(minutes) {
        Ok(minutes) => Length::Minutes(minutes),
        Err(_) => {
            faults.of(column, Code::DURATION_FORMAT, format!("{} cannot be read; {FORM}", noun()));
            Length::Wrong
        }
    }
}

/// Writes minutes as they are read without a doubt: `1h30m`.
fn in_words(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes}m"),
        (hours, 0) => format!("{hours}h"),
        (hours, minutes) => format!("{hours}h{minutes}m"),
    }
}
