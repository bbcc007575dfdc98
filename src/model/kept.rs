//! Compares what was sent with what a server keeps of it: many servers drop what is unseen at the ends of a text, store markup as
//! entities, or tell a text of digits as a number.

use std::borrow::Cow;

use super::fold::{fold, normal};

/// The longest entity that is read, from its ampersand to its semicolon: `&#x10FFFF;`.
const LONGEST_ENTITY: usize = 10;

/// Makes the text by which one that was sent and one that a server keeps of it are compared: entities decoded as often as there
/// are any, then folded. Doing it again changes nothing.
#[must_use]
pub fn as_kept(text: &str) -> Cow<'_, str> {
    let mut text = fold(text);
    // Each decoding makes the text shorter, so this ends.
    while let Some(decoded) = decoded(&text) {
        text = Cow::Owned(fold(&decoded).into_owned());
    }
    text
}

/// Makes the text that people meant out of one that a server tells in a form of its own: entities decoded, letters in NFC,
/// nothing unseen at the ends.
#[must_use]
pub fn as_meant(text: &str) -> Cow<'_, str> {
    let mut text = normal(text);
    while let Some(decoded) = decoded(&text) {
        text = Cow::Owned(normal(&decoded).into_owned());
    }
    text
}

/// Tells whether a server that keeps `one` may have been sent `other`; `number` is true when the server told it as a number.
#[must_use]
pub fn is_told_text(one: &str, other: &str, number: bool) -> bool {
    is_told_id(one, other, number) || as_kept(one) == as_kept(other)
}

/// Tells whether two ids are the same. If one of them was told as a number, zeros in front do not count.
#[must_use]
pub fn is_told_id(one: &str, other: &str, number: bool) -> bool {
    one == other || (number && without_zeros(one) == without_zeros(other))
}

/// Returns a text of digits as it is written as a number; any other as it is.
#[must_use]
pub fn without_zeros(text: &str) -> &str {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text;
    }
    match text.trim_start_matches('0') {
        "" => "0",
        number => number,
    }
}

/// Returns the text with its entities decoded once; `None` where it has none.
fn decoded(text: &str) -> Option<String> {
    if !text.contains('&') {
        return None;
    }
    let mut decoded = String::with_capacity(text.len());
    let (mut rest, mut found) = (text, false);
    while let Some(at) = rest.find('&') {
        decoded.push_str(&rest[..at]);
        rest = &rest[at..];
        let end = rest.bytes().take(LONGEST_ENTITY).position(|byte| byte == b';');
        match end.and_then(|end| Some((entity(&rest[1..end])?, end))) {
            Some((c, end)) => {
                found = true;
                decoded.push(c);
                rest = &rest[end + 1..];
            }
            None => {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
    }
    decoded.push_str(rest);
    found.then_some(decoded)
}

/// Returns the character of an entity: the five of markup, or a number.
fn entity(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hexadecimal) => u32::from_str_radix(hexadecimal, 16),
                None => number.parse(),
            };
            code.ok().and_then(char::from_u32)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_servers_make_of_a_title_is_the_same_title() {
        for (sent, kept) in [
            ("R&D", "R&amp;D"),
            ("R&D", "R&amp;amp;D"),
            ("\u{200B}R&D\u{200D} ", "R&#38;D"),
            ("It's \"<b>\"", "It&#039;s &quot;&lt;b&gt;&quot;"),
            ("It's", "It&#x27;s"),
            ("Français", "Franc\u{327}ais"),
            ("0123", "123"),
            ("a & b; c", "a & b; c"),
        ] {
            assert!(is_told_text(sent, kept, true), "{sent} {kept}");
        }
        for (sent, other) in [("R&D", "RD"), ("R&D", "R&amp;E"), ("a", "A"), ("12", "123"), ("&bogus;", "bogus")] {
            assert!(!is_told_text(sent, other, true), "{sent} {other}");
        }
        assert!(is_told_id("0042", "42", true) && !is_told_id("0042", "42", false) && !is_told_text("007", "7", false));
        assert_eq!((without_zeros("000"), without_zeros("0a"), without_zeros("")), ("0", "0a", ""));
    }

    #[test]
    fn what_people_meant_is_told_without_entities_and_keeps_what_a_script_needs() {
        assert_eq!(as_meant("\u{200B}R&amp;amp;D &#039;a\u{200D}b&#039;\u{2800}"), "R&D 'a\u{200D}b'");
        assert!(matches!(as_meant("plain"), Cow::Borrowed("plain")));
    }

    proptest! {
        #[test]
        fn comparing_again_changes_nothing(text in "[&#;amplt0-9x \\u{200B}éa]{0,24}") {
            let once = as_kept(&text).into_owned();
            prop_assert_eq!(as_kept(&once).into_owned(), once.clone());
            let meant = as_meant(&text).into_owned();
            prop_assert_eq!(as_kept(&meant).into_owned(), once.clone());
            prop_assert_eq!(as_meant(&meant).into_owned(), meant);
            let escaped = text.replace('&', "&amp;").replace('<', "&lt;");
            prop_assert_eq!(as_kept(&escaped).into_owned(), once);
        }
    }
}
