//! Deserializes and goes on after a mistake, so that one reading of the file tells every key that is unknown and every value that
//! is of the wrong sort.
//!
//! serde stops at the first error it is given. So an error never reaches it while there is another way: what is wrong
//! goes to a list of [`Mistake`]s, an unknown key is passed over, and a value that cannot be read is read again as
//! absent, which every field of the raw types allows by being an `Option`. It relies on derived code asking for keys,
//! values and elements by type (`MapAccess::next_value` and not only `next_value_seed`), as it always has; should that
//! change, a file with several mistakes would report fewer at a time, and the tests say so.

mod mistake;
mod table;

use std::cell::RefCell;
use std::ops::Range;

use serde::de::value::StrDeserializer;
use serde::de::{
    Deserialize, DeserializeOwned, DeserializeSeed, Deserializer, Error as _, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;
use toml::de::{DeArray, DeInteger, DeTable, DeValue};

use table::{Entries, Shared};

pub(super) use mistake::{Mistake, Wrong};

type Mistakes = RefCell<Vec<Mistake>>;

/// Reads a whole file's tree into a type whose every field may be absent.
pub(super) fn read<T: DeserializeOwned + Default>(root: &DeValue<'_>, length: usize) -> (T, Vec<Mistake>) {
    let mistakes = Mistakes::default();
    let node = Node { value: root, span: 0..length, path: String::new(), mistakes: &mistakes };
    let read = T::deserialize(node).unwrap_or_default();
    (read, mistakes.into_inner())
}

/// A value, and where it stands.
struct Node<'de> {
    value: &'de DeValue<'de>,
    span: Range<usize>,
    path: String,
    mistakes: &'de Mistakes,
}

impl<'de> Node<'de> {
    /// Reads the value; a mistake in it is noted, and the value then taken as absent.
    fn read<T: Deserialize<'de>>(self) -> Result<T, Wrong> {
        let (path, span, mistakes) = (self.path.clone(), self.span.clone(), self.mistakes);
        T::deserialize(self).or_else(|wrong| {
            mistake::note(mistakes, path, span, wrong);
            T::deserialize(Absent)
        })
    }

    fn unexpected(&self) -> Unexpected<'de> {
        match self.value {
            DeValue::String(text) => Unexpected::Str(text),
            DeValue::Integer(_) | DeValue::Float(_) => Unexpected::Other("a number"),
            DeValue::Boolean(value) => Unexpected::Bool(*value),
            DeValue::Datetime(_) => Unexpected::Other("a date"),
            DeValue::Array(_) => Unexpected::Seq,
            DeValue::Table(_) => Unexpected::Map,
        }
    }

    fn table(&self, expected: &dyn serde::de::Expected) -> Result<&'de DeTable<'de>, Wrong> {
        self.value.as_table().ok_or_else(|| Wrong::invalid_type(self.unexpected(), expected))
    }
}

impl<'de> Deserializer<'de> for Node<'de> {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        match self.value {
            DeValue::String(text) => visitor.visit_str(text),
            DeValue::Integer(number) => visitor.visit_i64(integer(number)?),
            DeValue::Float(number) => match number.as_str().parse() {
                Ok(number) => visitor.visit_f64(number),
                Err(_) => Err(Wrong::invalid_type(self.unexpected(), &visitor)),
            },
            DeValue::Boolean(value) => visitor.visit_bool(*value),
            DeValue::Datetime(_) => Err(Wrong::invalid_type(self.unexpected(), &visitor)),
            DeValue::Array(array) => visitor.visit_seq(Elements { parent: &self, array, next: 0 }),
            DeValue::Table(table) => visitor.visit_map(Entries::all(table, &self)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        match self.value {
            DeValue::String(word) => visitor.visit_enum(StrDeserializer::new(word)),
            _ => Err(Wrong::Word { words }),
        }
    }

    /// A tuple struct is read as several structs that share one table: each takes the keys it knows.
    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        parts: usize,
        visitor: V,
    ) -> Result<V::Value, Wrong> {
        let table = self.table(&visitor)?;
        let known = RefCell::default();
        let value = visitor.visit_seq(Shared { table, parent: &self, parts, known: &known })?;
        table::note_unknown(table, &self, &known.into_inner());
        Ok(value)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        map struct identifier ignored_any
    }
}

/// The elements of a list; one that cannot be read is noted and passed over.
struct Elements<'n, 'de> {
    parent: &'n Node<'de>,
    array: &'de DeArray<'de>,
    next: usize,
}

impl<'de> Elements<'_, 'de> {
    fn node(&mut self) -> Option<Node<'de>> {
        let element = self.array.get(self.next)?;
        let path = format!("{}[{}]", self.parent.path, self.next);
        self.next += 1;
        Some(Node { value: element.get_ref(), span: element.span(), path, mistakes: self.parent.mistakes })
    }
}

impl<'de> SeqAccess<'de> for Elements<'_, 'de> {
    type Error = Wrong;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Wrong> {
        self.node().map(|node| seed.deserialize(node)).transpose()
    }

    fn next_element<T: Deserialize<'de>>(&mut self) -> Result<Option<T>, Wrong> {
        while let Some(node) = self.node() {
            if let Ok(element) = node.read() {
                return Ok(Some(element));
            }
        }
        Ok(None)
    }
}

fn integer(number: &DeInteger<'_>) -> Result<i64, Wrong> {
    i64::from_str_radix(number.as_str(), number.radix())
        .map_err(|_| Wrong::custom("the number is too large to be meant"))
}

/// Stands for a value that is not there, which only an `Option` can be read from.
struct Absent;

impl<'de> Deserializer<'de> for Absent {
    type Error = Wrong;

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Wrong> {
        Err(Wrong::Noted)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Wrong> {
        visitor.visit_none()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}
