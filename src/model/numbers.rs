//! Notes which parts of a reply came as numbers: a text of digits that was turned into a number has lost its zeros in front.

use serde::{Deserialize, Deserializer, Serialize};

/// A part of what a server tells of a meeting or a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Its own id.
    Id,
    /// Whose it is.
    User,
    /// Its name.
    Name,
    /// Its description.
    Desc,
    /// The id of its time zone.
    Zone,
    /// Ids of contacts who are invited.
    Contacts,
    /// Ids of groups that are invited.
    Groups,
}

/// The parts that came as numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(transparent)]
pub struct Numbers(u8);

impl Numbers {
    /// Returns those of the parts that are said to be numbers.
    #[must_use]
    pub fn of(parts: impl IntoIterator<Item = (Part, bool)>) -> Self {
        parts.into_iter().fold(Self::default(), |numbers, (part, is)| numbers.with(part, is))
    }

    /// Returns the same, with what is said of this part.
    #[must_use]
    pub fn with(self, part: Part, is: bool) -> Self {
        let bit = 1 << part as u8;
        Self(if is { self.0 | bit } else { self.0 & !bit })
    }

    /// Tells whether this part came as a number.
    #[must_use]
    pub fn has(self, part: Part) -> bool {
        self.0 & (1 << part as u8) != 0
    }

    /// Returns a bit for each part.
    #[must_use]
    pub fn bits(self) -> u8 {
        self.0
    }

    /// Returns the parts of these bits.
    #[must_use]
    pub fn of_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// Tells whether no part came as a number.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0 == 0
    }
}

/// Earlier versions wrote no more than that some part was a number: there, any may be.
impl<'de> Deserialize<'de> for Numbers {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Parts(u8),
            Any(bool),
        }
        Ok(match Written::deserialize(from)? {
            Written::Parts(parts) => Self(parts),
            Written::Any(true) => Self(u8::MAX),
            Written::Any(false) => Self(0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_stands_for_itself_and_what_earlier_versions_wrote_is_read() {
        let numbers = Numbers::of([(Part::Id, true), (Part::Name, false), (Part::Groups, true)]);
        let read = |text: &str| serde_json::from_str::<Numbers>(text).unwrap();
        assert_eq!(read(&serde_json::to_string(&numbers).unwrap()), numbers);
        assert!(numbers.has(Part::Id) && numbers.has(Part::Groups) && !numbers.has(Part::Name));
        assert!(!numbers.with(Part::Id, false).has(Part::Id) && !numbers.is_empty());
        assert!(read("true").has(Part::Name) && read("true").has(Part::User) && read("false").is_empty());
    }
}
