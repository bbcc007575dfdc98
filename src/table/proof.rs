//! Holds what one cell of a column of dates shows of the order of day, month and year. A retry file carries the proof on, because
//! the cell itself may stand in a row that is done.

use serde::{Deserialize, Serialize};

/// A cell that can be read in one order only, of two that may read the same cells.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// The order that reads it, as in `D.M.Y`.
    pub shows: String,
    /// The order that does not.
    pub against: String,
    /// The row it stands in.
    pub line: u32,
    /// The cell.
    pub text: String,
    /// True when it stands in the file that this one's rows are from.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub earlier: bool,
}

/// Between two in one cell.
const AND: &str = " | ";

impl Proof {
    /// The proof of a cell that is hours and minutes with a dot between.
    pub(super) const CLOCK: &str = "hours.minutes";
    /// The proof of a column that holds nothing but Excel's numbers for dates.
    pub(super) const NUMBERS: &str = "numbers of days";

    /// Tells whether it is about the order of dates.
    pub(super) fn is_of_dates(&self) -> bool {
        self.shows != Self::NUMBERS && self.shows != Self::CLOCK
    }

    /// Says the order that it shows in words: `day, month, year`.
    #[must_use]
    pub fn order_in_words(&self) -> String {
        let words = self.shows.chars().filter_map(|sign| match sign {
            'D' => Some("day"),
            'M' | 'N' => Some("month"),
            'Y' | 'y' => Some("year"),
            _ => None,
        });
        words.collect::<Vec<_>>().join(", ")
    }

    /// Tells whether it says the same of the same two orders.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.shows == other.shows && self.against == other.against
    }

    /// Returns the text of a cell that carries these on: `D.M.Y, not M.D.Y: line 7 has 13.02.2027 09:00`.
    #[must_use]
    pub fn carried<'a>(proofs: impl Iterator<Item = &'a Self>) -> String {
        let texts = proofs.map(|Self { shows, against, line, text, .. }| {
            format!("{shows}, not {against}: line {line} has {}", text.replace('|', "/"))
        });
        texts.collect::<Vec<_>>().join(AND)
    }

    /// Reads such a cell; what is none of this is passed over.
    pub fn of_carried(cell: &str) -> impl Iterator<Item = Self> {
        cell.split(AND).filter_map(|part| {
            let (orders, place) = part.split_once(": line ")?;
            let (shows, against) = orders.split_once(", not ")?;
            let (line, text) = place.split_once(" has ")?;
            let (shows, against) = (shows.trim().to_owned(), against.trim().to_owned());
            Some(Self { shows, against, line: line.parse().ok()?, text: text.trim().to_owned(), earlier: true })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_carried_on_is_read_back() {
        let proof = |shows: &str, against: &str, line, text: &str| Proof {
            shows: shows.to_owned(),
            against: against.to_owned(),
            line,
            text: text.to_owned(),
            earlier: true,
        };
        let all = [proof("D/M/Y", "M/D/Y", 4, "13/02/2027 09:00"), proof("M/D/Y", "D/M/Y", 5, "02/14/2027, has room")];
        let cell = Proof::carried(all.iter());
        assert_eq!(cell.split(AND).next(), Some("D/M/Y, not M/D/Y: line 4 has 13/02/2027 09:00"));
        assert_eq!(Proof::of_carried(&cell).collect::<Vec<_>>(), all);
        for text in ["", "D/M/Y", "x | y", "D/M/Y, not M/D/Y: line x has 1", " | "] {
            assert_eq!(Proof::of_carried(text).count(), 0, "{text}");
        }
    }
}
