//! Values as this server writes them: a number as a number or a text, a boolean as five things, an empty object as an empty list.
//! A value of an unexpected shape is read as absent, so that one odd field does not make a whole reply unreadable.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use crate::model::Pin;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A single value of any kind.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) enum Scalar<'a> {
    /// The key is not there.
    #[default]
    Missing,
    /// `null`, a list or an object.
    Nothing,
    Text(Cow<'a, str>),
    Int(i64),
    Float(f64),
    Flag(bool),
}

impl Scalar<'_> {
    /// Tells whether the key is there, whatever stands behind it.
    pub(super) fn is_given(&self) -> bool {
        *self != Self::Missing
    }

    /// Returns the text without blanks around it; `None` for a blank. Ids and PINs may come as numbers.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(text.trim()).filter(|text| !text.is_empty()).map(Cow::Borrowed),
            Self::Int(number) => Some(Cow::Owned(number.to_string())),
            Self::Float(number) => Some(Cow::Owned(number.to_string())),
            Self::Missing | Self::Nothing | Self::Flag(_) => None,
        }
    }

    /// Tells whether it came as a number: a text of digits that was turned into one has lost its zeros in front.
    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Int(_) | Self::Float(_))
    }

    /// Returns a PIN, which says whether it came as a number.
    pub(super) fn pin(&self) -> Option<Pin> {
        let text = self.text()?;
        if self.is_number() { Pin::of_number(&text) } else { Pin::new(&text) }
    }

    /// Returns the same as a text of its own.
    pub(super) fn owned(&self) -> Option<String> {
        self.text().map(Cow::into_owned)
    }

    /// A whole number: `1`, `"1"`, `1.0`, `true`.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "only floats that are whole numbers of less than 2^53 come there"
    )]
    pub(super) fn int(&self) -> Option<i64> {
        let whole = |float: f64| (float.fract() == 0.0 && float.abs() < 9e15).then_some(float as i64);
        match self {
            Self::Int(number) => Some(*number),
            Self::Float(float) => whole(*float),
            Self::Flag(flag) => Some(i64::from(*flag)),
            Self::Text(text) => {
                let text = text.trim();
                text.parse().ok().or_else(|| text.parse().ok().and_then(whole))
            }
            Self::Missing | Self::Nothing => None,
        }
    }

    /// Returns a count: a whole number that is not negative.
    pub(super) fn count(&self) -> Option<u32> {
        self.int().and_then(|number| u32::try_from(number).ok())
    }

    /// Returns a boolean: `true`, `"true"`, `1`, `"1"` and their opposites.
    pub(super) fn flag(&self) -> Option<bool> {
        match self {
            Self::Text(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
            Self::Text(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
            other => match other.int() {
                Some(0) => Some(false),
                Some(1) => Some(true),
                _ => None,
            },
        }
    }
}

/// An object, or anything else in its place, which is read as none.
#[derive(Debug)]
pub(super) struct Object<T>(pub(super) Option<T>);

/// A list, or anything else in its place, which is read as none.
#[derive(Debug)]
pub(super) struct List<T>(pub(super) Option<Vec<T>>);

impl<T> Default for Object<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<T> List<T> {
    /// Returns the entries of the list; none if there is no list.
    pub(super) fn iter(&self) -> impl Iterator<Item = &T> {
        self.0.iter().flatten()
    }
}

impl<T> List<Object<T>> {
    /// Returns the objects in it; what is no object is left out.
    pub(super) fn objects(&self) -> impl Iterator<Item = &T> {
        self.iter().filter_map(|object| object.0.as_ref())
    }
}

/// The visits that a visitor answers with one value, so that every shape is taken.
macro_rules! otherwise {
    ($value:expr; $($visit:ident($kind:ty)),+) => {
        $(fn $visit<E>(self, _: $kind) -> Result<Self::Value, E> {
            Ok($value)
        })+

        fn visit_unit<E>(self) -> Result<Self::Value, E> {
            Ok($value)
        }

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("any value")
        }
    };
}

fn pass_over_list<'de, A: SeqAccess<'de>>(mut list: A) -> Result<(), A::Error> {
    while list.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}

fn pass_over_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<(), A::Error> {
    while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
    Ok(())
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    otherwise!(Scalar::Nothing; visit_bytes(&[u8]));

    fn visit_bool<E>(self, flag: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Flag(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Scalar::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        // Too large for anything but an id.
        Ok(i64::try_from(number).map_or_else(|_| Scalar::Text(Cow::Owned(number.to_string())), Scalar::Int))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Float(number))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        pass_over_list(list).map(|()| Scalar::Nothing)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        pass_over_object(object).map(|()| Scalar::Nothing)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ObjectVisitor(PhantomData))
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = Object<T>;

    otherwise!(Object(None); visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str));

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Self::Value, A::Error> {
        pass_over_list(list).map(|()| Object(None))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object)).map(|object| Object(Some(object)))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for List<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ListVisitor(PhantomData))
    }
}

struct ListVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ListVisitor<T> {
    type Value = List<T>;

    otherwise!(List(None); visit_bool(bool), visit_i64(i64), visit_u64(u64), visit_f64(f64), visit_str(&str));

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut elements = Vec::new();
        while let Some(element) = list.next_element()? {
            elements.push(element);
        }
        Ok(List(Some(elements)))
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        pass_over_object(object).map(|()| List(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scalar(json: &str) -> Scalar<'_> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_number_may_be_a_number_a_text_or_a_boolean() {
        for one in ["1", r#""1""#, r#"" 1 ""#, "1.0", r#""1.0""#, "true"] {
            assert_eq!(scalar(one).int(), Some(1), "{one}");
        }
        for none in ["null", r#""""#, r#""one""#, "1.5", "[1]", r#"{"a":1}"#, "1e30", r#""nan""#] {
            assert_eq!(scalar(none).int(), None, "{none}");
        }
        assert_eq!(scalar("-1").count(), None);
    }

    #[test]
    fn a_boolean_may_be_written_in_five_ways() {
        for yes in ["true", "1", r#""1""#, r#""true""#, r#""TRUE ""#] {
            assert_eq!(scalar(yes).flag(), Some(true), "{yes}");
        }
        for no in ["false", "0", r#""0""#, r#""false""#] {
            assert_eq!(scalar(no).flag(), Some(false), "{no}");
        }
        for neither in ["2", r#""""#, r#""maybe""#, "null", "[]"] {
            assert_eq!(scalar(neither).flag(), None, "{neither}");
        }
    }

    #[test]
    fn a_text_is_trimmed_and_an_id_may_be_a_number() {
        assert_eq!(scalar(r#"" a b ""#).text().as_deref(), Some("a b"));
        assert_eq!(scalar(r#""a\nb\n""#).text().as_deref(), Some("a\nb"));
        assert_eq!(scalar("4711").text().as_deref(), Some("4711"));
        assert_eq!(scalar("18446744073709551615").text().as_deref(), Some("18446744073709551615"));
        assert_eq!(scalar(r#""  ""#).text(), None);
        assert_eq!(scalar("{}").text(), None);
    }

    #[test]
    fn an_empty_list_in_the_place_of_an_object_is_no_object() {
        type Any = std::collections::BTreeMap<String, i64>;
        for none in ["[]", "null", "3", "-3", "0.5", "true", r#""x""#, r#"["a"]"#] {
            assert!(serde_json::from_str::<Object<Any>>(none).unwrap().0.is_none(), "{none}");
        }
        assert!(serde_json::from_str::<Object<Any>>(r#"{"a":1}"#).unwrap().0.is_some());
        for none in ["{}", "null", "3", r#""x""#, r#"{"a":[]}"#] {
            assert!(serde_json::from_str::<List<Any>>(none).unwrap().0.is_none(), "{none}");
        }
        assert_eq!(serde_json::from_str::<List<Object<Any>>>(r#"[{"a":1},7,[],{}]"#).unwrap().objects().count(), 2);
    }
}
