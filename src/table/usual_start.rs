//! Recognises starts in the form that most have, `2027-02-01 09:00` with all its digits, so that these are read without a look for
//! any other form.

use crate::clock::CivilTime;

/// A start in that form, with or without seconds, and with a blank or a `T` in the middle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct UsualStart {
    /// The time that it is.
    pub(super) civil: CivilTime,
    /// The day of its month.
    pub(super) day: i16,
}

impl UsualStart {
    /// Reads a cell; `None` for any other form, and for a day or a time that is none.
    pub(super) fn of(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        let second = match bytes.len() {
            16 => 0,
            19 if bytes[16] == b':' => two_digits(bytes, 17)?,
            _ => return None,
        };
        let has_marks = bytes[4] == b'-' && bytes[7] == b'-' && matches!(bytes[10], b' ' | b'T') && bytes[13] == b':';
        // Of years with a zero in front, not all forms say the same.
        if !has_marks || bytes[0] == b'0' {
            return None;
        }
        let (year, month, day) =
            (two_digits(bytes, 0)? * 100 + two_digits(bytes, 2)?, two_digits(bytes, 5)?, two_digits(bytes, 8)?);
        let civil = CivilTime::new(year, [month, day, two_digits(bytes, 11)?, two_digits(bytes, 14)?, second])?;
        Some(Self { civil, day })
    }
}

fn two_digits(bytes: &[u8], at: usize) -> Option<i16> {
    let (tens, ones) = (bytes[at].wrapping_sub(b'0'), bytes[at + 1].wrapping_sub(b'0'));
    (tens < 10 && ones < 10).then(|| i16::from(tens * 10 + ones))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::WrittenStart;

    #[test]
    fn the_usual_form_is_read_as_by_the_plain_ones_and_no_other_is() {
        for text in ["2027-02-01 09:00", "2027-02-01T23:59", "2028-02-29 00:00:59", "1000-12-31T09:00:00"] {
            let usual = UsualStart::of(text).map(|usual| WrittenStart::Local(usual.civil));
            assert_eq!((usual.is_some(), usual), (true, WrittenStart::plain(text)), "{text}");
        }
        for text in [
            "2027-02-29 09:00",
            "2027-02-01 24:00",
            "2027-13-01 09:00",
            "2027-02-01 09:00:60",
            "0999-02-01 09:00",
            "2027-02-01 9:00",
            "2027-02-01  9:00",
            "2027-02-01 09:00Z",
            "2027-02-01 09:00 AM",
            "2027/02/01 09:00",
            "2027-02-01 09:00-09",
            "202\u{2007}-2-01 09:00",
            "",
        ] {
            assert_eq!(UsualStart::of(text), None, "{text}");
        }
    }
}
