//! PINs open rooms, so they are a type that prints as `[redacted]` and does not serialize by itself.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::kept::without_zeros;
use super::{Digest, RoomId};

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

/// Makes prints of PINs with a key of the state directory's: without it, the few digits of a PIN could be guessed.
#[derive(Clone)]
pub struct PinPrinter([u8; 32]);

/// The prints of a room's two PINs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinPrints {
    moderator: String,
    participant: String,
    /// The comparison of the two as numbers. Earlier versions wrote nothing of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    numbers: Option<(NumberPrint, NumberPrint)>,
}

/// A PIN as a server tells it that writes PINs as numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct NumberPrint {
    /// Its print without zeros in front.
    print: String,
    /// True when it came so.
    told_so: bool,
}

impl PinPrinter {
    /// The printer of a key file.
    pub(crate) fn of_key(key: &[u8]) -> Self {
        Self(blake3::derive_key("roomkeeper, prints of PINs", key))
    }

    /// A printer whose prints are never kept, where there is no key file: for a dry run.
    #[must_use]
    pub fn unkept() -> Self {
        Self::of_key(&[])
    }

    /// The prints of a room's PINs. Equal PINs of two rooms, or of the two sorts, have different prints.
    #[must_use]
    pub fn prints(&self, room: &RoomId, pins: &Pins) -> PinPrints {
        let print = |sort: &str, pin: &str| {
            let mut hasher = blake3::Hasher::new_keyed(&self.0);
            hasher.update(sort.as_bytes()).update(&[0]).update(room.as_str().as_bytes()).update(&[0]);
            hasher.update(pin.as_bytes());
            Digest::of(hasher.finalize().as_bytes()).to_string()
        };
        let text = |pin: &Option<Pin>| pin.as_ref().map_or_else(String::new, |pin| pin.reveal().to_owned());
        let number = |sort: &str, pin: &Option<Pin>| NumberPrint {
            print: print(sort, without_zeros(&text(pin))),
            told_so: pin.as_ref().is_some_and(Pin::was_number),
        };
        PinPrints {
            moderator: print("moderator", &text(&pins.moderator)),
            participant: print("participant", &text(&pins.participant)),
            numbers: Some((number("moderator", &pins.moderator), number("participant", &pins.participant))),
        }
    }
}

impl PinPrints {
    /// Tells whether one of these PINs is another now. Where one side was told as a number, numbers are compared.
    #[must_use]
    pub fn differ(&self, now: &Self, which: PinSelection) -> bool {
        let as_text = (self.moderator != now.moderator, self.participant != now.participant);
        let (moderator, participant) = match (&self.numbers, &now.numbers) {
            (Some(before), Some(now)) => (before.0.differs(&now.0, as_text.0), before.1.differs(&now.1, as_text.1)),
            _ => as_text,
        };
        (which.moderator && moderator) || (which.participant && participant)
    }
}

impl NumberPrint {
    /// Tells whether the PIN is another, given whether its text is.
    fn differs(&self, now: &Self, as_text: bool) -> bool {
        if self.told_so || now.told_so { self.print != now.print } else { as_text }
    }
}

impl fmt::Debug for PinPrinter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PinPrinter([redacted])")
    }
}

/// The PINs that Reset Permanent Room PINs is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinSelection {
    /// The moderators' PIN.
    pub moderator: bool,
    /// The participants' PIN.
    pub participant: bool,
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

    fn pins(moderator: &str, participant: &str) -> Pins {
        Pins { moderator: Pin::new(moderator), participant: Pin::new(participant) }
    }

    #[test]
    fn a_print_tells_whether_a_pin_is_another_and_nothing_else() {
        let printer = PinPrinter::of_key(b"a key");
        let room = RoomId::new("r1").unwrap();
        let before = printer.prints(&room, &pins("271828", "314159"));
        let moderator = PinSelection { moderator: true, participant: false };
        let participant = PinSelection { moderator: false, participant: true };
        let after = printer.prints(&room, &pins("161803", "314159"));
        assert!(before.differ(&after, moderator) && !before.differ(&after, participant));
        assert!(!before.differ(&printer.prints(&room, &pins("271828", "314159")), moderator));
        let shown = format!("{before:?}{printer:?}{}", serde_json::to_string(&before).unwrap());
        assert!(!shown.contains("271828") && !shown.contains("314159"));
    }

    #[test]
    fn a_pin_that_is_told_as_a_number_now_was_not_reset() {
        let printer = PinPrinter::of_key(b"a key");
        let room = RoomId::new("r1").unwrap();
        let both = PinSelection { moderator: true, participant: true };
        let before = printer.prints(&room, &pins("012345", "314159"));
        let number = Pins { moderator: Pin::of_number("12345"), participant: Pin::of_number("314159") };
        let number = printer.prints(&room, &number);
        assert!(!before.differ(&number, both) && !number.differ(&before, both) && !number.differ(&number, both));
        let other = printer.prints(&room, &Pins { moderator: Pin::of_number("112345"), participant: None });
        assert!(number.differ(&other, both));
        // Of texts, zeros in front tell two PINs apart.
        assert!(before.differ(&printer.prints(&room, &pins("12345", "314159")), both));
        let earlier: PinPrints =
            serde_json::from_str(&serde_json::to_string(&PinPrints { numbers: None, ..before.clone() }).unwrap())
                .unwrap();
        assert!(!earlier.differ(&before, both));
    }

    #[test]
    fn equal_pins_cannot_be_told_to_be_equal_nor_without_the_key() {
        let printer = PinPrinter::of_key(b"a key");
        let (one, other) = (RoomId::new("r1").unwrap(), RoomId::new("r2").unwrap());
        let both = printer.prints(&one, &pins("1234", "1234"));
        assert_ne!(both.moderator, both.participant);
        assert_ne!(both, printer.prints(&other, &pins("1234", "1234")));
        assert_ne!(both, PinPrinter::of_key(b"another").prints(&one, &pins("1234", "1234")));
    }
}
