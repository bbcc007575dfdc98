//! Keeps a spreadsheet from running a text as a formula, and takes the mark off again when the file comes back.

use std::borrow::Cow;

/// Returns the text as it may stand in a cell: with a `'` in front where a spreadsheet would run it. [`unguard`] is its inverse,
/// so a text that begins with such a mark itself gets another one.
#[must_use]
pub fn guard(text: &str) -> Cow<'_, str> {
    match text.as_bytes().first() {
        Some(b'\'') if looks_guarded(text) => Cow::Owned(format!("'{text}")),
        Some(first) if runs(*first) && !is_number(text) => Cow::Owned(format!("'{text}")),
        _ => Cow::Borrowed(text),
    }
}

/// Returns the text without the `'` that [`guard`], or a careful person, put in front of `=`, `+`, `-`, `@`, a tab or a CR.
#[must_use]
pub fn unguard(text: &str) -> &str {
    match text.as_bytes().first() {
        Some(b'\'') if looks_guarded(text) => &text[1..],
        _ => text,
    }
}

fn looks_guarded(text: &str) -> bool {
    text.bytes().find(|byte| *byte != b'\'').is_some_and(runs)
}

fn runs(first: u8) -> bool {
    matches!(first, b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r')
}

/// Tells whether a text is a number such as `-5`, `+49`, `-1.5`, `-1,5`: a sign, digits, and one decimal point or comma at most.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (whole, part) = digits.split_once(['.', ',']).unwrap_or((digits, "0"));
    [whole, part].iter().all(|half| !half.is_empty() && half.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_spreadsheet_would_run_gets_a_mark() {
        for text in ["=SUM(A1:A9)", "+cmd|' /C calc'!A0", "-2+3", "@x", "\t=1", "\r=1", "-", "-1.2.3", "+49 30", "-.5"]
        {
            assert_eq!(guard(text), format!("'{text}"), "{text:?}");
        }
        for text in ["-5", "+49", "-1.5", "-1,5", "", "a=b", "'tis", "2027-02-01", " =1", "Übung"] {
            assert_eq!(guard(text), text, "{text:?}");
        }
    }

    #[test]
    fn a_mark_that_a_person_put_there_is_dropped_once() {
        assert_eq!(unguard("'=SUM(A1:A9)"), "=SUM(A1:A9)");
        assert_eq!(unguard("'-5"), "-5");
        assert_eq!(unguard("'tis"), "'tis");
        assert_eq!(unguard("''"), "''");
    }

    proptest! {
        #[test]
        fn every_text_comes_back_from_its_guard(text in "['=+@\t\r0-9.,a-]{0,6}.{0,8}") {
            let guarded = guard(&text);
            prop_assert_eq!(unguard(&guarded), &text);
            let safe = guarded.bytes().next().is_none_or(|first| !runs(first)) || is_number(&guarded);
            prop_assert!(safe);
        }
    }
}
