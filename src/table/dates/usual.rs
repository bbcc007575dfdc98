//! Tells where a date in the usual form needs no look at any other form.

use super::Dates;
use crate::clock::format::DatePart;
use crate::table::usual_start::UsualStart;

/// No number of a month is greater.
const MONTHS: i16 = 12;

impl Dates {
    /// Tells whether no format reads a start in the usual form: each asks for a sign that it does not have.
    pub(super) fn leave_usual(formats: &[String]) -> bool {
        let is_other = |mark: &char| !matches!(mark, '-' | ':' | 'T') && !mark.is_ascii_digit();
        formats.iter().all(|format| DatePart::of(format).is_some_and(|date| date.marks.iter().any(is_other)))
    }

    /// Tells whether a start in the usual form is read as it stands there.
    pub(in crate::table) fn takes_usual(&self) -> bool {
        // With a proof against its order, another reading of the date speaks against it.
        self.usual_is_alone && self.proofs.iter().all(|proof| proof.against != Self::USUAL)
    }

    /// Tells whether a start shows nothing that is not known already. Day and month may be exchanged up to the twelfth; a later day
    /// shows their order, once.
    pub(in crate::table) fn learns_nothing_of(&self, start: UsualStart) -> bool {
        let is_open = |(shows, _): &(usize, usize)| self.orders[*shows].name == Self::USUAL;
        self.usual_is_alone && (start.day <= MONTHS || !self.rivals.iter().any(is_open))
    }

    /// The order of dates in the usual form.
    const USUAL: &'static str = "Y-M-D";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::dates::Mark;

    #[test]
    fn the_usual_order_is_that_of_plain_dates_with_dashes() {
        assert_eq!(Dates::USUAL, Mark::Dash.plain_order());
    }

    #[test]
    fn a_format_that_may_read_the_usual_form_asks_for_care() {
        let alone = |format: &str| Dates::leave_usual(&[format.to_owned()]);
        assert!(Dates::leave_usual(&[]) && alone("%d.%m.%Y %H:%M") && alone("%d/%m/%Y") && alone("%d. %B %Y %H:%M"));
        for format in ["%Y-%d-%m %H:%M", "%Y-%m-%dT%H:%M", "%Y%m%d %H:%M", "%d %m %Y", "%H:%M", "%F %H:%M"] {
            assert!(!alone(format), "{format}");
        }
    }
}
