//! PINs open rooms, so they are a type that prints as `[redacted]` and does not serialize by itself.

use std::fmt;

/// An access PIN. [`Pin::reveal`] is the one way to its digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin {
    text: String,
    was_number: bool,
}

/// The words shown beside a PIN that came as a number.
pub const ZEROS_MAY_BE_MISSING: &str = "the server tells PINs as numbers, so zeros in front may be missing";

impl Pin {
    /// Takes the text as the server wrote it, trimmed; `None` for a blank.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self { text: text.to_owned(), was_number: false })
    }

    /// Returns the same of a server that wrote it as a number: zeros in front may be missing.
    #[must_use]
    pub fn of_number(text: &str) -> Option<Self> {
        Self::new(text).map(|pin| Self { was_number: true, ..pin })
    }

    /// Tells whether it came as a number, so that zeros in front may be missing.
    #[must_use]
    pub fn was_number(&self) -> bool {
        self.was_number
    }

    /// Returns the digits: for a results file, a PIN sheet, an export that asks for them, and an owner's mail; nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.text
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[redacted]")
    }
}

/// The two PINs of a room or meeting, where the server told them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pins {
    /// The moderators' PIN (`mpin`).
    pub moderator: Option<Pin>,
    /// The participants' PIN (`ppin`).
    pub participant: Option<Pin>,
}

impl Pins {
    /// Tells whether neither PIN is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.moderator.is_none() && self.participant.is_none()
    }

    /// Tells whether one of the PINs came as a number.
    #[must_use]
    pub fn were_numbers(&self) -> bool {
        self.moderator.iter().chain(&self.participant).any(Pin::was_number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_knows_whether_it_came_as_a_number() {
        let pins = Pins { moderator: Pin::new("012345"), participant: Pin::new("54321") };
        assert!(!pins.were_numbers());
        assert!(Pins { participant: Pin::of_number("12345"), ..pins }.were_numbers());
    }

    #[test]
    fn a_pin_does_not_print() {
        let pins = Pins { moderator: Pin::new("483920"), participant: None };
        assert!(!format!("{pins:?}").contains("483920"));
        assert_eq!(pins.moderator.unwrap().reveal(), "483920");
    }
}
