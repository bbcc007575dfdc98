//! Reads the mail addresses of a cell, as people and their mail programs write them: alone, in quotation marks, with a name in
//! front, several of them.

use super::value::is_address;
use crate::model::fold;

/// The mail addresses in a cell, each once, in their order; then the texts in it that are none.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Addresses {
    /// The addresses.
    pub good: Vec<String>,
    /// The texts that stand in place of an address.
    pub wrong: Vec<String>,
}

/// The marks that programs put around an address.
const MARKS: [(char, char); 6] = [('\'', '\''), ('"', '"'), ('<', '>'), ('‘', '’'), ('“', '”'), ('„', '“')];

impl Addresses {
    /// Reads `a@example.org`, `'a@example.org'`, `Name <a@example.org>`, and several of them, with `;`, `,`, a line break or,
    /// between plain addresses, a blank in between.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let mut read = Self::default();
        for part in parts(text) {
            read.part(part);
        }
        read
    }

    /// Reads what stands between two separators: names and addresses in angle brackets, or plain addresses.
    fn part(&mut self, part: &str) {
        let mut rest = part;
        while let Some(open) = bracket(rest) {
            let Some(length) = rest[open..].find('>') else { break };
            let address = &rest[open..=open + length];
            self.before(&rest[..open], bare(address));
            self.take(address);
            rest = &rest[open + length + 1..];
        }
        for word in words(rest) {
            self.take(word);
        }
    }

    /// Reads what stands before an address in brackets: its name, and perhaps addresses before that, which nothing separates.
    fn before(&mut self, text: &str, address: &str) {
        let words: Vec<&str> = words(text).collect();
        let is_own = |word: &str| bare(word).eq_ignore_ascii_case(address);
        let last = words.iter().rposition(|word| bare(word).contains('@') && !is_quoted_name(word) && !is_own(word));
        for word in words.into_iter().take(last.map_or(0, |last| last + 1)) {
            self.take(word);
        }
    }

    fn take(&mut self, word: &str) {
        let address = bare(word);
        if address.is_empty() {
            return;
        }
        if !is_address(address) {
            self.wrong.push(word.to_owned());
        } else if !self.good.iter().any(|before| before.eq_ignore_ascii_case(address)) {
            self.good.push(address.to_owned());
        }
    }
}

/// Returns the parts between `;` and line breaks; those within quotation marks or brackets separate nothing.
fn parts(text: &str) -> impl Iterator<Item = &str> {
    split(text, |c| c == ';' || c == '\n' || c == '\r')
}

/// Returns the words between blanks and commas; a name in quotation marks is one. A blank of another kind separates nothing:
/// within an address it is a mistake, and is told.
fn words(text: &str) -> impl Iterator<Item = &str> {
    split(text, |c| c.is_ascii_whitespace() || c == ',')
}

/// Splits outside of quotation marks. One that is never closed quotes nothing.
fn split(text: &str, is_separator: impl Fn(char) -> bool) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let mut from = 0;
    let mut parts = Vec::new();
    for (at, c) in text.char_indices() {
        if c == '"' {
            quoted = !quoted && text[at + 1..].contains('"');
        } else if !quoted && is_separator(c) {
            parts.push(&text[from..at]);
            from = at + c.len_utf8();
        }
    }
    parts.push(&text[from..]);
    parts.into_iter().map(fold::trimmed).filter(|part| !part.is_empty())
}

/// Finds the next `<` that is in no quotation.
fn bracket(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        quoted = if c == '"' { !quoted && text[at + 1..].contains('"') } else { quoted };
        (c == '<' && !quoted).then_some(at)
    })
}

fn is_quoted_name(word: &str) -> bool {
    word.starts_with('"') && word.contains(char::is_whitespace)
}

/// Returns an address without the marks around it, and without `mailto:`.
fn bare(word: &str) -> &str {
    let mut word = fold::trimmed(word);
    loop {
        let inner = MARKS.iter().find_map(|(open, close)| {
            let inner = word.strip_prefix(*open)?.strip_suffix(*close)?;
            Some(fold::trimmed(inner))
        });
        let scheme = word.get(..7).filter(|scheme| scheme.eq_ignore_ascii_case("mailto:")).map(|_| &word[7..]);
        match inner.or(scheme) {
            Some(inner) => word = inner,
            None => return word,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn good(text: &str) -> Vec<String> {
        let read = Addresses::read(text);
        assert_eq!(read.wrong, Vec::<String>::new(), "{text}");
        read.good
    }

    #[test]
    fn an_address_is_read_as_programs_write_it() {
        for text in [
            "a@example.org",
            "'a@example.org'",
            "\"a@example.org\"",
            "<a@example.org>",
            "mailto:a@example.org",
            "‘a@example.org’",
            "Ada <a@example.org>",
            "Ada Lovelace <a@example.org>",
            "Lovelace, Ada <a@example.org>",
            "\"Lovelace; Ada\" <a@example.org>",
            "\"Ada @ home\" <a@example.org>",
            "'a@example.org' <a@example.org>",
            "a@example.org <A@example.org>",
            "'Ada' <'a@example.org'>",
            "a@example.org; A@Example.org a@example.org",
            "a@example.org;",
            "\u{202a}a@example.org\u{202c}",
            "'\u{200b}a@example.org\u{200b}'",
            "Ada <\u{feff}a@example.org>\u{a0}",
            "Ada\u{a0}Lovelace\u{2003}<a@example.org>",
        ] {
            assert_eq!(good(text).iter().map(|to| to.to_lowercase()).collect::<Vec<_>>(), ["a@example.org"], "{text}");
        }
        assert_eq!(good("o'neil@example.org"), ["o'neil@example.org"]);
        assert_eq!(good(" ; , "), Vec::<String>::new());
    }

    #[test]
    fn several_are_read_and_none_is_lost_in_a_name() {
        for text in [
            "a@example.org;b@example.org",
            "a@example.org b@example.org",
            "a@example.org, b@example.org",
            "a@example.org,b@example.org",
            "a@example.org\nb@example.org",
            "Ada <a@example.org>; Bo <b@example.org>",
            "Ada <a@example.org>, Bo B. <b@example.org>",
            "Ada <a@example.org> b@example.org",
            "a@example.org Bo <b@example.org>",
            "a@example.org, Bo <b@example.org>",
        ] {
            assert_eq!(good(text), ["a@example.org", "b@example.org"], "{text}");
        }
    }

    #[test]
    fn what_is_none_is_told() {
        for (text, wrong) in [
            ("ada", vec!["ada"]),
            ("Ada a@example.org", vec!["Ada"]),
            ("a@example.org; bo@", vec!["bo@"]),
            ("Ada <ada>", vec!["<ada>"]),
            ("Ada <a@example.org", vec!["Ada", "<a@example.org"]),
            ("bo@ Ada <a@example.org>", vec!["bo@"]),
            ("a\u{200b}b@example.org", vec!["a\u{200b}b@example.org"]),
            ("\u{fffd}a@example.org", vec!["\u{fffd}a@example.org"]),
            ("a\u{a0}b@example.org", vec!["a\u{a0}b@example.org"]),
            ("Ada <a@exam\u{fe0f}ple.org>", vec!["<a@exam\u{fe0f}ple.org>"]),
            ("a@example.org\u{a0}b@example.org", vec!["a@example.org\u{a0}b@example.org"]),
        ] {
            assert_eq!(Addresses::read(text).wrong, wrong, "{text}");
        }
    }

    proptest! {
        #[test]
        fn however_addresses_are_written_all_are_read(written in proptest::collection::vec((0..8_usize, 0..4_usize), 1..8)) {
            let mut text = String::new();
            let mut expected = Vec::new();
            for (at, (form, separator)) in written.into_iter().enumerate() {
                let address = format!("p{at}@example.org");
                let one = match form {
                    0 => address.clone(),
                    1 => format!("'{address}'"),
                    2 => format!("<{address}>"),
                    3 => format!("Ada B. <{address}>"),
                    4 => format!("\"B; <x@y>, Ada\" <{address}>"),
                    5 => format!("'{address}' <{address}>"),
                    6 => format!("mailto:{address}"),
                    _ => format!("{address} <{address}>"),
                };
                text.push_str(&one);
                text.push_str([";", ", ", "\n", " ; "][separator]);
                expected.push(address);
            }
            prop_assert_eq!(Addresses::read(&text), Addresses { good: expected, wrong: Vec::new() });
        }

        #[test]
        fn whatever_was_read_is_an_address(text in "(?s).{0,40}") {
            let read = Addresses::read(&text);
            prop_assert!(read.good.iter().all(|address| is_address(address)));
        }
    }
}
