//! Reads the entries of a table, and of a table that several structs share.

use std::cell::RefCell;

use serde::de::value::StrDeserializer;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;
use toml::de::DeTable;

use super::mistake::note;
use super::{Mistakes, Node, Wrong};
use crate::config::document::join;

/// The entries of a table; a key that is not known, or a value that cannot be read, is noted and passed over.
pub(super) struct Entries<'n, 'de> {
    table: Box<dyn Iterator<Item = Entry<'de>> + 'n>,
    path: &'n str,
    mistakes: &'de Mistakes,
    value: Option<Node<'de>>,
}

struct Entry<'de> {
    key: &'de str,
    key_span: std::ops::Range<usize>,
    node: Node<'de>,
}

impl<'n, 'de> Entries<'n, 'de> {
    pub(super) fn all(table: &'de DeTable<'de>, parent: &'n Node<'de>) -> Self {
        Self { table: Box::new(entries(table, parent)), path: &parent.path, mistakes: parent.mistakes, value: None }
    }

    fn only(keys: &'static [&'static str], table: &'de DeTable<'de>, parent: &'n Node<'de>) -> Self {
        let known = entries(table, parent).filter(move |entry| keys.contains(&entry.key));
        Self { table: Box::new(known), path: &parent.path, mistakes: parent.mistakes, value: None }
    }
}

fn entries<'n, 'de>(
    table: &'de DeTable<'de>,
    parent: &'n Node<'de>,
) -> impl Iterator<Item = Entry<'de>> + use<'n, 'de> {
    table.iter().map(|(key, value)| Entry {
        key: key.get_ref(),
        key_span: key.span(),
        node: Node {
            value: value.get_ref(),
            span: value.span(),
            path: join(&parent.path, key.get_ref()),
            mistakes: parent.mistakes,
        },
    })
}

impl<'de> MapAccess<'de> for Entries<'_, 'de> {
    type Error = Wrong;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Wrong> {
        let Some(entry) = self.table.next() else { return Ok(None) };
        self.value = Some(entry.node);
        seed.deserialize(StrDeserializer::new(entry.key)).map(Some)
    }

    fn next_key<K: Deserialize<'de>>(&mut self) -> Result<Option<K>, Wrong> {
        for entry in self.table.by_ref() {
            match K::deserialize(StrDeserializer::new(entry.key)) {
                Ok(key) => {
                    self.value = Some(entry.node);
                    return Ok(Some(key));
                }
                Err(wrong) => note(self.mistakes, join(self.path, entry.key), entry.key_span, wrong),
            }
        }
        Ok(None)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Wrong> {
        seed.deserialize(self.value.take().ok_or(Wrong::Noted)?)
    }

    fn next_value<T: Deserialize<'de>>(&mut self) -> Result<T, Wrong> {
        self.value.take().ok_or(Wrong::Noted)?.read()
    }

    fn next_entry<K: Deserialize<'de>, T: Deserialize<'de>>(&mut self) -> Result<Option<(K, T)>, Wrong> {
        while let Some(key) = self.next_key()? {
            if let Ok(value) = self.next_value() {
                return Ok(Some((key, value)));
            }
        }
        Ok(None)
    }
}

/// The structs that share a table, one after the other.
pub(super) struct Shared<'n, 'de> {
    pub(super) table: &'de DeTable<'de>,
    pub(super) parent: &'n Node<'de>,
    pub(super) parts: usize,
    /// Every key that one of them knows.
    pub(super) known: &'n RefCell<Vec<&'static str>>,
}

impl<'de> SeqAccess<'de> for Shared<'_, 'de> {
    type Error = Wrong;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Wrong> {
        let Some(left) = self.parts.checked_sub(1) else { return Ok(None) };
        self.parts = left;
        seed.deserialize(KnownKeys { table: self.table, parent: self.parent, known: self.known }).map(Some)
    }
}

/// One of them: it is given the keys it knows.
struct KnownKeys<'n, 'de> {
    table: &'de DeTable<'de>,
    parent: &'n Node<'de>,
    known: &'n RefCell<Vec<&'static str>>,
}

impl<'de> Deserializer<'de> for KnownKeys<'_, 'de> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_map(Entries::all(self.table, self.parent))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        self.known.borrow_mut().extend(keys);
        visitor.visit_map(Entries::only(keys, self.table, self.parent))
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map enum identifier ignored_any
    }
}

/// Notes the keys of a shared table that none of its structs knows.
pub(super) fn note_unknown(table: &DeTable<'_>, parent: &Node<'_>, known: &[&'static str]) {
    for (key, _) in table.iter().filter(|(key, _)| !known.contains(&key.get_ref().as_ref())) {
        let wrong = Wrong::Key { known: known.to_vec() };
        note(parent.mistakes, join(&parent.path, key.get_ref()), key.span(), wrong);
    }
}
