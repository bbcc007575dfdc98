//! Makes one text of texts that look alike: what programs put in unseen (byte order marks, joiners, blanks of other kinds) tells
//! no two things apart, neither two rows of a file nor a row and what a server keeps of it.
//!
//! Three strengths: [`trimmed`] takes off what stands unseen at the ends, [`normal`] also writes letters in one form (NFC): that
//! is what is sent. [`fold`] is for comparing alone, since it leaves out what a script or an emoji may need.

use std::borrow::Cow;

use icu_normalizer::ComposingNormalizerBorrowed;
use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, VariationSelector};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Takes off either end white space of any kind, control and format characters, default-ignorable characters, U+2800 (a Braille
/// pattern without a dot) and U+3164 (a Hangul filler). What shapes the last sign stays: it makes a heart red, or the flag of
/// Scotland of a black one.
#[must_use]
pub fn trimmed(text: &str) -> &str {
    if has_seen_ends(text) {
        return text;
    }
    let text = text.trim_start_matches(is_unseen);
    let seen = text.trim_end_matches(is_unseen);
    let shaping = seen.chars().next_back().map_or(0, |last| shaping(last, &text[seen.len()..]));
    &text[..seen.len() + shaping]
}

/// Tells whether a text begins and ends with letters of ASCII, as most do: then there is nothing at its ends to look at.
fn has_seen_ends(text: &str) -> bool {
    matches!(text.as_bytes(), [b'!'..=b'~', .., b'!'..=b'~'] | [b'!'..=b'~'])
}

/// Tells whether a text is ASCII without control characters, as most are.
fn is_all_plain(text: &str) -> bool {
    text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Returns how many bytes at the beginning of `unseen` shape the sign before it: a variation selector, or the tags of a flag.
fn shaping(sign: char, unseen: &str) -> usize {
    let Some(first) = unseen.chars().next().filter(|_| is_shaped(sign)) else { return 0 };
    if is_variation_selector(first) {
        return first.len_utf8();
    }
    let tags = unseen.len() - unseen.trim_start_matches(|c| ('\u{e0020}'..='\u{e007e}').contains(&c)).len();
    if tags > 0 && unseen[tags..].starts_with(LAST_TAG) { tags + LAST_TAG.len_utf8() } else { 0 }
}

/// Ends the tags behind a flag.
const LAST_TAG: char = '\u{e007f}';

/// Writes the [`trimmed`] text in NFC, so that `ç` is one character however it was typed.
#[must_use]
pub fn normal(text: &str) -> Cow<'_, str> {
    let text = trimmed(text);
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    match ComposingNormalizerBorrowed::new_nfc().normalize(text) {
        Cow::Borrowed(same) => Cow::Borrowed(same),
        // A character composed at an end may have been combined with something unseen; that is rare enough to look again.
        Cow::Owned(composed) => Cow::Owned(trimmed(&composed).to_owned()),
    }
}

/// Makes the text by which others are compared with this one: its ends without anything unseen (as [`trimmed`], and without
/// variation selectors), letters in NFC, each run of white space one blank, and no format characters (Cf) anywhere. Folding again
/// changes nothing. Capitals and small letters stay apart, and so do texts that differ in what is seen.
#[must_use]
pub fn fold(text: &str) -> Cow<'_, str> {
    let text = if has_seen_ends(text) { text } else { text.trim_matches(is_unseen) };
    if is_plain(text) {
        return Cow::Borrowed(text);
    }
    let mut folded = String::with_capacity(text.len());
    let mut blank = false;
    for c in text.chars().filter(|c| !is_format(*c)) {
        let white = c.is_whitespace();
        if !(white && blank) {
            folded.push(if white { ' ' } else { c });
        }
        blank = white;
    }
    if !folded.is_ascii() {
        folded = ComposingNormalizerBorrowed::new_nfc().normalize(&folded).into_owned();
    }
    let ends = folded.trim_matches(is_unseen);
    if ends.len() < folded.len() {
        folded = ends.to_owned();
    }
    Cow::Owned(folded)
}

/// Tells whether a text is ASCII with no control character in it, and no blank behind another.
fn is_plain(text: &str) -> bool {
    let mut before = 0;
    text.bytes().all(|byte| {
        let before = std::mem::replace(&mut before, byte);
        (b' '..0x7f).contains(&byte) && (byte != b' ' || before != b' ')
    })
}

/// The character that programs put in the place of one that they could not read.
pub const LOST: char = '\u{fffd}';

/// Tells whether a text holds that character.
#[must_use]
pub fn has_lost(text: &str) -> bool {
    !text.is_ascii() && text.contains(LOST)
}

/// Finds the first character of a text that no id and no address has: one that is not seen, or white space of any kind but the
/// plain blank. A line break, a tab, a joiner and a variation selector count, too.
#[must_use]
pub fn hidden(text: &str) -> Option<char> {
    if is_all_plain(text) {
        return None;
    }
    text.chars().find(|c| *c != ' ' && is_unseen(*c))
}

/// Finds the first character of a text that may begin a new line, or steers a terminal: no title has one.
#[must_use]
pub fn control(text: &str) -> Option<char> {
    if is_all_plain(text) {
        return None;
    }
    text.chars().find(|c| is_control(*c))
}

/// Tells whether a character begins a new line, or is one that steers a terminal.
#[must_use]
pub fn is_control(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}' | '\u{2029}')
}

/// Finds the first character of a text that a person does not see, or sees as a plain blank, or that stands for a lost one: what
/// tells two texts apart that look alike. A variation selector is seen by what it does to a sign; behind a Latin letter it does
/// nothing.
#[must_use]
pub fn lookalike(text: &str) -> Option<char> {
    let mut before = ' ';
    text.chars().find(|c| {
        let before = std::mem::replace(&mut before, *c);
        // `1\u{fe0f}\u{20e3}` is a digit on a key.
        let changes = is_variation_selector(*c) && (is_shaped(before) || "0123456789#*".contains(before));
        *c != ' ' && (is_unseen(*c) && !changes || *c == LOST)
    })
}

/// Writes a character as its code point and its common name, as in `U+200B (a zero-width space)`.
#[must_use]
pub fn named(c: char) -> String {
    let name = match c {
        '\t' => "a tab",
        '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{85}' | '\u{2028}' | '\u{2029}' => "a line break",
        '\u{1a}' => "an old end-of-file mark",
        '\u{a0}' => "a no-break space",
        '\u{ad}' => "a soft hyphen",
        '\u{200b}' => "a zero-width space",
        '\u{200c}' | '\u{200d}' => "a zero-width joiner",
        '\u{200e}' | '\u{200f}' | '\u{61c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            "a mark of writing direction"
        }
        '\u{202f}' | '\u{2000}'..='\u{200a}' | '\u{205f}' | '\u{3000}' => "a narrow or wide space",
        '\u{34f}' => "a combining joiner",
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' => "a Hangul filler",
        '\u{180e}' => "a Mongolian vowel separator",
        '\u{2800}' => "a blank Braille pattern",
        '\u{2060}' => "a word joiner",
        '\u{feff}' => "a byte order mark",
        LOST => "the sign for a lost character",
        _ if c.is_control() => "a control character",
        _ if is_variation_selector(c) => "a variation selector",
        _ => "a character that is not seen",
    };
    format!("U+{:04X} ({name})", u32::from(c))
}

/// Writes two texts that differ for people to compare: if one holds a character that is not seen, its code point is named,
/// because two texts that look alike tell a reader nothing. `most` is how many characters of each are shown.
#[must_use]
pub fn side_by_side(one: &str, other: &str, most: usize) -> (String, String) {
    let shown = |text: &str| {
        let shown: String = text.chars().take(most).collect();
        match text.chars().find(|c| *c != ' ' && is_unseen(*c)) {
            Some(unseen) => format!("{shown} [with {}]", named(unseen)),
            None => shown,
        }
    };
    (shown(one), shown(other))
}

/// Tells whether nothing is seen of a character, or a blank at most.
fn is_unseen(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control() || c == ' ';
    }
    c.is_whitespace()
        || c.is_control()
        || c == '\u{2800}'
        || is_format(c)
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

fn is_format(c: char) -> bool {
    !c.is_ascii() && CodePointMapData::<GeneralCategory>::new().get(c) == GeneralCategory::Format
}

/// Tells whether a variation selector changes how a sign looks: emoji and other signs, letters of Asia, and none of the letters
/// of Europe and the Near East.
fn is_shaped(sign: char) -> bool {
    !(sign.is_ascii() || is_unseen(sign) || sign < '\u{1000}' && sign.is_alphanumeric())
}

fn is_variation_selector(c: char) -> bool {
    !c.is_ascii() && CodePointSetData::new::<VariationSelector>().contains(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_not_seen_at_the_ends_goes() {
        for text in
            ["D-1", "D-1\u{200b}", "\u{feff}D-1", "\u{202a}D-1\u{202c}", "\u{2800}D-1\u{3164}", " \u{a0}D-1\u{1a}\r\n"]
        {
            assert_eq!(trimmed(text), "D-1", "{text:?}");
            assert_eq!(fold(text), "D-1", "{text:?}");
        }
        for text in [
            "\u{200b}\u{200b}\u{200b}",
            "\u{fe0f}\u{fe0e}\u{fe0f}",
            "\u{180b}\u{180c}\u{180d}",
            "\u{e0100}\u{e01ef} \u{e0100}",
            "\u{e0067}\u{e007f}",
            "\u{1160}\u{115f}\u{34f}",
        ] {
            assert_eq!((trimmed(text), &*fold(text)), ("", ""), "{text:?}");
        }
        assert_eq!(trimmed("\u{2764}\u{fe0f}"), "\u{2764}\u{fe0f}");
        assert_eq!(fold("\u{2764}\u{fe0f}"), "\u{2764}");
    }

    #[test]
    fn what_shapes_the_last_sign_stays_and_what_shapes_nothing_goes() {
        let scotland = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}";
        for whole in [
            "I \u{2764}\u{fe0f}",
            "\u{2764}\u{fe0f} you",
            "1\u{fe0f}\u{20e3}",
            "\u{845b}\u{e0100}",
            scotland,
            "\u{1820}\u{180b}",
        ] {
            assert_eq!(trimmed(whole), whole);
        }
        for (text, seen) in [
            ("ab\u{fe0f}", "ab"),
            ("\u{431}\u{fe0e}", "\u{431}"),
            ("Room 1\u{fe0f}", "Room 1"),
            ("\u{fe0f}\u{2764}", "\u{2764}"),
            ("\u{2764}\u{fe0f}\u{fe0f}\u{fe0f}", "\u{2764}\u{fe0f}"),
            ("\u{2764}\u{fe0f}\u{200d}", "\u{2764}\u{fe0f}"),
            ("\u{2764} \u{fe0f}", "\u{2764}"),
            ("\u{1f3f4}\u{e0067}\u{e0062}", "\u{1f3f4}"),
        ] {
            assert_eq!(trimmed(text), seen, "{text:?}");
        }
    }

    #[test]
    fn letters_get_one_form() {
        assert_eq!(normal("Franc\u{327}ais"), "Fran\u{e7}ais");
        assert_eq!(fold("Franc\u{327}ais"), fold("Fran\u{e7}ais"));
        assert_eq!(normal("a \u{a0} b"), "a \u{a0} b");
    }

    #[test]
    fn blanks_of_all_kinds_are_one_and_format_characters_none() {
        assert_eq!(fold("Room\u{a0}\u{202f} two"), "Room two");
        assert_eq!(fold("Room \u{200b} two"), "Room two");
        assert_eq!(fold("Schul\u{ad}haus\t 2"), "Schulhaus 2");
        assert_ne!(fold("Room two"), fold("room two"));
        assert!(matches!(fold(" plain "), Cow::Borrowed("plain")));
    }

    /// Blanks that are none, and characters that nothing is seen of.
    const UNSEEN: [char; 20] = [
        '\u{a0}',
        '\u{2003}',
        '\u{202f}',
        '\u{3000}',
        '\u{34f}',
        '\u{115f}',
        '\u{1160}',
        '\u{3164}',
        '\u{ffa0}',
        '\u{2800}',
        '\u{180b}',
        '\u{180d}',
        '\u{180e}',
        '\u{180f}',
        '\u{fe00}',
        '\u{fe0f}',
        '\u{e0100}',
        '\u{e0041}',
        '\u{2028}',
        '\t',
    ];

    #[test]
    fn what_is_hidden_is_found_and_named() {
        assert_eq!(hidden("a\u{200d}b").map(named).as_deref(), Some("U+200D (a zero-width joiner)"));
        assert_eq!(hidden("a b c \u{e9}\u{2019}-_."), None);
        for unseen in UNSEEN {
            assert_eq!(hidden(&format!("D {unseen}1")), Some(unseen), "{}", named(unseen));
            assert_eq!(lookalike(&format!("D{unseen}1")), Some(unseen), "{}", named(unseen));
        }
        assert_eq!(hidden("Sm\u{f8}rg\u{e5}s-\u{5b66}\u{b7}1"), None);
        assert_eq!(lookalike("\u{2764}\u{fe0f} 1\u{fe0f}\u{20e3}"), None);
        assert_eq!(named('\u{fe0f}'), "U+FE0F (a variation selector)");
        assert_eq!(lookalike("1\u{a0}000").map(named).as_deref(), Some("U+00A0 (a no-break space)"));
        assert_eq!(lookalike("1 000"), None);
    }

    proptest! {
        #[test]
        fn doing_it_again_changes_nothing(text in "(?s)[\u{0}-\u{7f}\u{a0}\u{ad}\u{300}-\u{34f}\u{200b}-\u{2064}\u{fe0f}\u{feff}ça-z .]{0,16}|(?s).{0,16}") {
            for once in [trimmed(&text).to_owned(), normal(&text).into_owned(), fold(&text).into_owned()] {
                prop_assert_eq!(&*fold(&once), &*fold(&text));
            }
            let once = normal(&text).into_owned();
            prop_assert_eq!(&*normal(&once), &*once);
        }
    }
}
