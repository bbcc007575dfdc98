//! Reads whole numbers within a range.

use std::num::NonZeroU32;
use std::ops::RangeInclusive;

use crate::config::problem::Complaint;

/// Reads a number within a range.
pub(in crate::config) fn count(range: RangeInclusive<u32>) -> impl Fn(i64) -> Result<u32, Complaint> {
    move |number| {
        u32::try_from(number).ok().filter(|number| range.contains(number)).ok_or_else(|| {
            let remedy = match *range.end() {
                u32::MAX => format!("Write a whole number from {} on.", range.start()),
                most => format!("Write a whole number from {} to {most}.", range.start()),
            };
            Complaint::new(format!("{number} is out of range"), remedy)
        })
    }
}

/// Reads a number from 1 to `most`.
pub(in crate::config) fn positive(most: u32) -> impl Fn(i64) -> Result<NonZeroU32, Complaint> {
    let count = count(1..=most);
    move |number| {
        let refused = || Complaint::new(format!("{number} is out of range"), "Write 1 or more.");
        NonZeroU32::new(count(number)?).ok_or_else(refused)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_out_of_range_is_told_the_range() {
        assert_eq!(count(0..=5)(5), Ok(5));
        assert_eq!(count(0..=5)(-1).unwrap_err().remedy, "Write a whole number from 0 to 5.");
        assert_eq!(positive(u32::MAX)(0).unwrap_err().remedy, "Write a whole number from 1 on.");
        assert_eq!(positive(u32::MAX)(7).unwrap().get(), 7);
    }
}
