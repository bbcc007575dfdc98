//! Makes the reference's slips in turn: what is a number here is a string there. A client that reads only one of the forms does
//! not get far against this server.

use serde::{Serialize, Serializer};

/// Which form of each slip a reply shows. Counted for each route by itself, so that two requests that alternate do not each see
/// only one form.
#[derive(Debug, Clone, Copy)]
pub struct Turn(Option<u64>);

impl Turn {
    /// Returns the `number`-th reply of a route.
    pub fn of(number: u64) -> Self {
        Self(Some(number))
    }

    /// Returns the plain form of everything.
    pub fn plain() -> Self {
        Self(None)
    }

    /// Returns the turn of the `at`-th entry in a reply of this turn.
    pub fn entry(self, at: usize) -> Self {
        Self(self.0.map(|turn| turn.wrapping_add(at as u64)))
    }

    /// Tells whether key and value of the start end in a blank.
    pub fn start_ends_in_a_blank(self) -> bool {
        self.bit(1)
    }

    /// Tells whether the lobby's options are called `message` and `image` rather than `messages` and `images`.
    pub fn options_in_singular(self) -> bool {
        self.bit(0)
    }

    /// Tells whether a meeting without a lobby is answered with empty options rather than 404.
    pub fn no_lobby_is_empty(self) -> bool {
        self.bit(0)
    }

    /// Tells whether the reply to a cancellation is the reference's sample, which is not JSON.
    pub fn cancel_is_broken(self) -> bool {
        self.bit(0)
    }

    fn bit(self, bit: u32) -> bool {
        self.0.is_some_and(|turn| turn >> bit & 1 == 1)
    }
}

/// `result`: a number, or a string.
#[derive(Debug, Clone, Copy)]
pub struct ResultCode(pub u16, pub Turn);

impl Serialize for ResultCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.1.bit(0) { serializer.collect_str(&self.0) } else { serializer.serialize_u16(self.0) }
    }
}

/// A count or a duration: a number, or a string.
#[derive(Debug, Clone, Copy)]
pub struct Count(pub u32, pub Turn);

impl Serialize for Count {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.1.bit(2) { serializer.collect_str(&self.0) } else { serializer.serialize_u32(self.0) }
    }
}

/// A boolean: `true`, `"true"`, or `1`.
#[derive(Debug, Clone, Copy)]
pub struct Flag(pub bool, pub Turn);

impl Serialize for Flag {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.1.0.map(|turn| turn % 3) {
            Some(1) => serializer.serialize_str(if self.0 { "true" } else { "false" }),
            Some(2) => serializer.serialize_u8(u8::from(self.0)),
            _ => serializer.serialize_bool(self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_comes_up_in_turn() {
        let forms = |turn| {
            let turn = Turn::of(turn);
            serde_json::to_string(&(ResultCode(1, turn), Count(60, turn), Flag(true, turn))).unwrap()
        };
        assert_eq!(forms(0), r"[1,60,true]");
        assert_eq!(forms(1), r#"["1",60,"true"]"#);
        assert_eq!(forms(2), r"[1,60,1]");
        assert_eq!(forms(5), r#"["1","60",1]"#);
        assert!(Turn::of(2).start_ends_in_a_blank() && !Turn::of(1).start_ends_in_a_blank());
    }

    #[test]
    fn the_plain_turn_has_no_slip() {
        let turn = Turn::plain().entry(5);
        assert_eq!(
            serde_json::to_string(&(ResultCode(1, turn), Count(60, turn), Flag(false, turn))).unwrap(),
            "[1,60,false]"
        );
        assert!(!turn.start_ends_in_a_blank() && !turn.options_in_singular() && !turn.cancel_is_broken());
    }
}
