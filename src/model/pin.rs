//! PINs open rooms, so they are a type that prints as `[redacted]` and does not serialize by itself.

use std::fmt;

/// An access PIN. [`Pin::reveal`] is the one way to its digits.
#[derive(Clone, PartialEq, Eq)]
pub struct Pin(String);

impl Pin {
    /// Takes the text as the server wrote it, trimmed; `None` for a blank.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self(text.to_owned()))
    }

    /// The digits: for a results file, a PIN sheet, an export that asks for them, and an owner's mail; nothing else.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
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
    /// Whether neither is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.moderator.is_none() && self.participant.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_does_not_print() {
        let pins = Pins { moderator: Pin::new("483920"), participant: None };
        assert!(!format!("{pins:?}").contains("483920"));
        assert_eq!(pins.moderator.unwrap().reveal(), "483920");
    }
}
