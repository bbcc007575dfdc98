//! Packs numbers and texts into few bytes, for what only this process reads again: no names of fields, and nothing to escape.

use std::fmt;

/// Bytes of a number, at most: seven bits in each.
const LONGEST: u32 = 10;

/// Bytes that were packed hold no such thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damaged(&'static str);

impl Damaged {
    /// Returns the error with its reason in words.
    #[must_use]
    pub fn of(why: &'static str) -> Self {
        Self(why)
    }
}

impl fmt::Display for Damaged {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "packed notes are damaged: {}", self.0)
    }
}

impl std::error::Error for Damaged {}

/// Packs values behind one another.
#[derive(Debug, Default)]
pub struct Packer(Vec<u8>);

impl Packer {
    /// Goes on behind `bytes`.
    #[must_use]
    pub fn onto(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Packs a number: small ones are short.
    pub fn number(&mut self, mut number: u64) {
        while number >= 0x80 {
            self.0.push(number.to_le_bytes()[0] | 0x80);
            number >>= 7;
        }
        self.0.push(number.to_le_bytes()[0]);
    }

    /// Packs a number that may be negative.
    pub fn signed(&mut self, number: i64) {
        self.number((number.cast_unsigned() << 1) ^ (number >> 63).cast_unsigned());
    }

    /// Packs a text.
    pub fn text(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Packs bytes.
    pub fn bytes(&mut self, bytes: &[u8]) {
        self.number(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }

    /// Packs a value that may be missing.
    pub fn optional<T>(&mut self, value: Option<T>, pack: impl FnOnce(&mut Self, T)) {
        self.0.push(u8::from(value.is_some()));
        if let Some(value) = value {
            pack(self, value);
        }
    }

    /// Packs an answer.
    pub fn flag(&mut self, flag: bool) {
        self.0.push(u8::from(flag));
    }

    /// Returns what was packed.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

/// Takes out, in the same order, the values that a [`Packer`] has packed.
#[derive(Debug)]
pub struct Unpacker<'a>(&'a [u8]);

impl<'a> Unpacker<'a> {
    /// Begins with the first value.
    #[must_use]
    pub fn of(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// Takes a number out.
    pub fn number(&mut self) -> Result<u64, Damaged> {
        let mut number = 0;
        for place in 0..LONGEST {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if place == LONGEST - 1 && byte > 1 {
                break;
            }
            number |= bits << (7 * place);
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Damaged("a number is too long"))
    }

    /// Takes out a number that may be negative.
    pub fn signed(&mut self) -> Result<i64, Damaged> {
        let number = self.number()?;
        Ok((number >> 1).cast_signed() ^ -(number & 1).cast_signed())
    }

    /// Takes out a number of a smaller kind.
    pub fn small<T: TryFrom<u64>>(&mut self) -> Result<T, Damaged> {
        self.number()?.try_into().map_err(|_| Damaged("a number is too large"))
    }

    /// Takes a text out.
    pub fn text(&mut self) -> Result<&'a str, Damaged> {
        std::str::from_utf8(self.bytes()?).map_err(|_| Damaged("a text is none"))
    }

    /// Takes bytes out.
    pub fn bytes(&mut self) -> Result<&'a [u8], Damaged> {
        let length = self.small()?;
        let (bytes, rest) = self.0.split_at_checked(length).ok_or(Damaged("they end too early"))?;
        self.0 = rest;
        Ok(bytes)
    }

    /// Takes out a value that may be missing.
    pub fn optional<T>(&mut self, take: impl FnOnce(&mut Self) -> Result<T, Damaged>) -> Result<Option<T>, Damaged> {
        if self.flag()? { take(self).map(Some) } else { Ok(None) }
    }

    /// Takes an answer out.
    pub fn flag(&mut self) -> Result<bool, Damaged> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Damaged("an answer is neither yes nor no")),
        }
    }

    /// Makes sure that nothing is left.
    pub fn end(self) -> Result<(), Damaged> {
        if self.0.is_empty() { Ok(()) } else { Err(Damaged("they do not end where they should")) }
    }

    fn byte(&mut self) -> Result<u8, Damaged> {
        let (byte, rest) = self.0.split_first().ok_or(Damaged("they end too early"))?;
        self.0 = rest;
        Ok(*byte)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    type Values = (u64, i64, String, Option<u32>, bool, Vec<u8>);

    fn packed((number, signed, text, optional, flag, bytes): &Values) -> Vec<u8> {
        let mut packer = Packer::default();
        packer.number(*number);
        packer.signed(*signed);
        packer.text(text);
        packer.optional(*optional, |packer, number| packer.number(number.into()));
        packer.flag(*flag);
        packer.bytes(bytes);
        packer.into_bytes()
    }

    fn unpacked(bytes: &[u8]) -> Result<Values, Damaged> {
        let mut values = Unpacker::of(bytes);
        let (number, signed, text) = (values.number()?, values.signed()?, values.text()?.to_owned());
        let (optional, flag) = (values.optional(Unpacker::small)?, values.flag()?);
        let bytes = values.bytes()?.to_owned();
        values.end()?;
        Ok((number, signed, text, optional, flag, bytes))
    }

    proptest! {
        #[test]
        fn what_was_packed_comes_out_again_and_less_or_more_of_it_does_not(
            values in (any::<u64>(), any::<i64>(), ".{0,20}", any::<Option<u32>>(), any::<bool>(), any::<Vec<u8>>()),
            cut in any::<prop::sample::Index>(),
        ) {
            let bytes = packed(&values);
            prop_assert_eq!(unpacked(&bytes), Ok(values));
            prop_assert!(unpacked(&bytes[..cut.index(bytes.len())]).is_err());
            prop_assert!(unpacked(&[bytes, vec![0]].concat()).is_err());
        }

        #[test]
        fn what_was_never_packed_is_refused_or_read_and_ends_nothing(bytes in any::<Vec<u8>>()) {
            if let Ok(values) = unpacked(&bytes) {
                prop_assert_eq!(unpacked(&packed(&values)), Ok(values));
            }
        }
    }

    #[test]
    fn the_ends_of_numbers_are_kept_and_what_is_beyond_them_is_refused_in_words() {
        for number in [0, 127, 128, u64::MAX] {
            let mut packer = Packer::default();
            packer.number(number);
            packer.signed(number.cast_signed());
            let bytes = packer.into_bytes();
            let mut values = Unpacker::of(&bytes);
            assert_eq!((values.number(), values.signed()), (Ok(number), Ok(number.cast_signed())));
        }
        let mut too_long = [0xff; 10];
        too_long[9] = 2;
        let told = Unpacker::of(&too_long).number().unwrap_err().to_string();
        assert_eq!(told, "packed notes are damaged: a number is too long");
        assert!(Unpacker::of(&[0xff, 0x7f]).small::<u8>().is_err());
        assert!(Unpacker::of(&[1, 0xff]).text().is_err());
        assert!(Unpacker::of(&[2]).flag().is_err());
    }
}
