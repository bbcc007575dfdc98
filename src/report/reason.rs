//! Tells reasons that differ only in the values they quote as one: forty cells that cannot be read are one thing to put right.

use super::plain::{clip, told};

/// Characters of a reason.
const SENTENCE: usize = 400;
/// So many of the values are told as examples.
const EXAMPLES: usize = 2;

/// A reason, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reason(Vec<Piece>);

#[derive(Debug, Clone, PartialEq, Eq)]
enum Piece {
    Words(String),
    /// The text of a cell or of the server's, with its quotation marks; or a figure.
    Value(String),
}

impl Reason {
    /// Takes a reason apart. `figures` says that words with digits are values of the row, too; elsewhere they are an
    /// answer's, and tell different reasons apart.
    pub(super) fn read(text: &str, figures: bool) -> Self {
        let text = told(text, usize::MAX);
        let mut pieces = Vec::new();
        let mut words = String::new();
        let mut rest = &text[..];
        while let Some(c) = rest.chars().next() {
            let begins_a_word = !words.ends_with(char::is_alphanumeric);
            let value = match c {
                '`' | '"' if begins_a_word => quoted(rest, c),
                _ if figures && begins_a_word && c.is_alphanumeric() => figure(rest),
                _ => None,
            };
            let length = value.unwrap_or(c.len_utf8());
            let (piece, behind) = rest.split_at(length);
            rest = behind;
            if value.is_some() {
                pieces.push(Piece::Words(std::mem::take(&mut words)));
                pieces.push(Piece::Value(piece.to_owned()));
            } else {
                words.push_str(piece);
            }
        }
        pieces.push(Piece::Words(words));
        Self(pieces)
    }

    /// Tells whether it says nothing.
    pub(super) fn is_empty(&self) -> bool {
        matches!(&self.0[..], [Piece::Words(words)] if words.is_empty())
    }

    /// Tells whether the two say the same of other values.
    pub(super) fn is_like(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|pair| match pair {
                (Piece::Words(one), Piece::Words(other)) => one == other,
                (Piece::Value(_), Piece::Value(_)) => true,
                _ => false,
            })
    }

    /// Tells reasons that are like each other as one: where their values differ, the first of them.
    pub(super) fn together(all: &[Self]) -> String {
        let whole = Self::with(all, EXAMPLES);
        if whole.chars().count() <= SENTENCE { whole } else { clip(&Self::with(all, 1), SENTENCE) }
    }

    fn with(all: &[Self], most: usize) -> String {
        let Some(Self(first)) = all.first() else { return String::new() };
        let mut sentence = String::new();
        for (at, piece) in first.iter().enumerate() {
            let Piece::Value(value) = piece else {
                sentence.extend(piece.words());
                continue;
            };
            let mut examples = vec![&value[..]];
            let others = all.iter().filter_map(|reason| match reason.0.get(at) {
                Some(Piece::Value(other)) => Some(&other[..]),
                _ => None,
            });
            for other in others {
                if !examples.contains(&other) {
                    examples.push(other);
                }
                if examples.len() > most {
                    break;
                }
            }
            let more = examples.len() > most;
            examples.truncate(most);
            sentence.push_str(&examples.join(", "));
            if more {
                sentence.push_str(", …");
            }
        }
        sentence
    }
}

impl Piece {
    fn words(&self) -> Option<&str> {
        match self {
            Self::Words(words) => Some(words),
            Self::Value(_) => None,
        }
    }
}

/// Returns the length of the quotation that the text begins with. A mark inside of a word is part of what is quoted.
fn quoted(text: &str, mark: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        let end = at + c.len_utf8();
        if c == mark && !escaped && !text[end..].starts_with(char::is_alphanumeric) {
            return Some(end);
        }
        escaped = c == '\\' && mark == '"' && !escaped;
    }
    None
}

/// Returns the length of the word that the text begins with, where it has a digit: a number, a date, a time.
fn figure(text: &str) -> Option<usize> {
    let word = &text[..text.find(char::is_whitespace).unwrap_or(text.len())];
    let word = word.trim_end_matches(|c: char| !c.is_alphanumeric());
    word.contains(|c: char| c.is_ascii_digit()).then_some(word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Reason {
        Reason::read(text, true)
    }

    #[test]
    fn reasons_are_alike_whatever_they_quote_and_count() {
        let alike = [
            ("the start `3.4.27` is no date", "the start `x` is no date"),
            ("the title `a` has 57 characters; 50 are allowed", "the title `a b` has 61 characters; 50 are allowed"),
            (r#"knock is "a \" b", and so on"#, r#"knock is "", and so on"#),
            ("the title `it`s` is short", "the title `ab` is short"),
        ];
        for (one, other) in alike {
            assert!(read(one).is_like(&read(other)), "{one} and {other}");
        }
        let other = [
            ("the start `3.4.27` is no date", "the end `3.4.27` is no date"),
            ("the start `3.4.27` is no date", "the start is missing"),
            ("a quotation `without an end", "a quotation `that has none"),
        ];
        for (one, other) in other {
            assert!(!read(one).is_like(&read(other)), "{one} and {other}");
        }
        assert!(!Reason::read("(HTTP 500)", false).is_like(&Reason::read("(HTTP 502)", false)));
    }

    #[test]
    fn two_of_the_values_are_examples_and_those_that_are_the_same_stand_once() {
        let all = |texts: &[&str]| texts.iter().map(|text| read(text)).collect::<Vec<_>>();
        let told =
            Reason::together(&all(&["`a` is no id; write 12", "`b` is no id; write 12", "`c` is no id; write 12"]));
        assert_eq!(told, "`a`, `b`, … is no id; write 12");
        assert_eq!(Reason::together(&all(&["`a` is no id", "`b` is no id", "`a` is no id"])), "`a`, `b` is no id");
        assert_eq!(Reason::together(&all(&["no `a`"])), "no `a`");
    }

    #[test]
    fn a_reason_is_not_longer_for_its_examples() {
        let long = "words ".repeat(55);
        let texts = ["a", "b", "c"].map(|c| read(&format!("`{}` {long}end", c.repeat(40))));
        let told = Reason::together(&texts);
        assert!(told.chars().count() <= SENTENCE && told.ends_with("end") && told.contains("a`, … words"), "{told}");
    }
}
