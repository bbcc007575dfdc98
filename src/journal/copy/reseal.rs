//! Seals anew, on the way from one journal to another, what is sealed with the one's PIN key. PINs that are sealed with a run's key go
//! as they are; it is that key which is sealed anew.

use super::side::{Row, Shape, Value};
use crate::journal::{JournalError, Seal};

/// The keys of both sides.
pub(super) struct Reseal {
    from: Seal,
    to: Seal,
    is_same: bool,
    /// The number of sealed values that no key opens.
    unopened: u64,
}

impl Reseal {
    pub(super) fn new(from: Seal, to: Seal) -> Result<Self, JournalError> {
        let is_same = to.open_bytes(&from.seal_bytes(b"key")?).is_some();
        Ok(Self { from, to, is_same, unopened: 0 })
    }

    /// Tells whether both sides have the same key.
    pub(super) fn is_same(&self) -> bool {
        self.is_same
    }

    /// The number of sealed texts and keys that could not be opened, and go as they are.
    pub(super) fn unopened(&self) -> u64 {
        self.unopened
    }

    /// Seals anew what is sealed in a row of the source.
    pub(super) fn carry(&mut self, shape: &Shape, row: &mut Row) -> Result<(), JournalError> {
        let Some(place) = shape.table.sealed.and_then(|name| shape.place(name)) else { return Ok(()) };
        let must_open = is_of_key(shape, row);
        let Some(Value::Bytes(sealed)) = row.get_mut(place) else { return Ok(()) };
        match self.from.open_bytes(sealed) {
            Some(plain) if !self.is_same => *sealed = self.to.seal_bytes(&plain)?,
            Some(_) => {}
            None => self.unopened += u64::from(must_open),
        }
        Ok(())
    }

    /// Makes rows of both sides comparable: what is sealed with a side's key is opened.
    pub(super) fn open(&self, shape: &Shape, from: &mut Row, to: &mut Row) {
        let Some(place) = shape.table.sealed.and_then(|name| shape.place(name)).filter(|_| !self.is_same) else {
            return;
        };
        let opened = |seal: &Seal, row: &Row| match row.get(place) {
            Some(Value::Bytes(sealed)) => seal.open_bytes(sealed),
            _ => None,
        };
        if let (Some(one), Some(other)) = (opened(&self.from, from), opened(&self.to, to)) {
            from[place] = Value::Bytes(one);
            to[place] = Value::Bytes(other);
        }
    }
}

/// Tells whether what is sealed in the row is sealed with the journal's key and no other: a run's key, or a mail about PINs.
fn is_of_key(shape: &Shape, row: &Row) -> bool {
    match shape.table.name {
        "pin_keys" => true,
        "outbox" => shape.place("topic").and_then(|place| row.get(place)).is_some_and(|topic| *topic != Value::Null),
        _ => false,
    }
}
