//! Writes whole numbers without asking for memory: a row of a timetable has several, and there may be many rows.

/// A whole number, as it is written.
#[derive(Debug, Clone, Copy)]
pub struct Decimal {
    digits: [u8; MOST],
    from: usize,
}

/// The digits of the longest number, and its sign.
const MOST: usize = 20;

impl Decimal {
    /// Writes a number.
    #[must_use]
    pub fn of(number: i64) -> Self {
        let (mut digits, mut from, mut rest) = ([b'0'; MOST], MOST, number.unsigned_abs());
        while rest > 0 || from == MOST {
            from -= 1;
            digits[from] = b'0' + (rest % 10).to_le_bytes()[0];
            rest /= 10;
        }
        if number < 0 {
            from -= 1;
            digits[from] = b'-';
        }
        Self { digits, from }
    }

    /// Returns its signs, all of which are ASCII.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.digits[self.from..]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_number_is_written_as_it_is_shown(number in any::<i64>(), shift in 0..64_u32) {
            for number in [number >> shift, 0, i64::MIN, i64::MAX] {
                let written = Decimal::of(number);
                let text = number.to_string();
                prop_assert_eq!(written.as_bytes(), text.as_bytes());
            }
        }
    }
}
