//! Tells what a PIN was without showing it: what a reset changed can be seen after a crash, and nobody who reads the journal
//! learns a PIN from it.

use serde::{Deserialize, Serialize};

use super::kept::without_zeros;
use super::{Digest, Pin, PinSelection, Pins, RoomId};

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

    /// A printer whose prints nobody keeps, where there is no key file: for a dry run.
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

impl std::fmt::Debug for PinPrinter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PinPrinter([redacted])")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
