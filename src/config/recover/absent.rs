//! Stands for a value that is not there, which only an `Option` can be read from.

use serde::de::{Deserializer, Visitor};
use serde::forward_to_deserialize_any;

use super::Wrong;

pub(super) struct Absent;

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
