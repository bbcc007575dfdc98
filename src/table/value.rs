//! Reads what may stand in a cell: yes or no, a number, a list, an address.

use crate::model::fold;

/// A text that is not what its column asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotOne;

/// The words that spreadsheets write for true, and people for yes, in small letters.
const YES: [&str; 17] = [
    "true",
    "yes",
    "1",
    "ja",
    "wahr",
    "vrai",
    "verdadero",
    "verdadeiro",
    "vero",
    "waar",
    "sant",
    "prawda",
    "sand",
    "sann",
    "tosi",
    "pravda",
    "1.0",
];

/// The same for false and no.
const NO: [&str; 15] = [
    "false", "no", "0", "nein", "falsch", "faux", "falso", "onwaar", "falskt", "fałsz", "falsk", "usann", "epätosi",
    "nepravda", "0.0",
];

/// Yes or no, as English and German people write it, and as spreadsheets write it in the languages of Europe, in any case.
pub fn boolean(text: &str) -> Result<bool, NotOne> {
    let text = text.to_lowercase();
    if YES.contains(&text.as_str()) {
        Ok(true)
    } else if NO.contains(&text.as_str()) {
        Ok(false)
    } else {
        Err(NotOne)
    }
}

/// Returns a whole number, also one below zero, and one that a spreadsheet wrote as `60.0` or `60,00`. Three zeros may stand for
/// thousands.
pub fn whole(text: &str) -> Result<i64, NotOne> {
    let number = match text.split_once(['.', ',']) {
        Some((number, "0" | "00")) => number,
        Some(_) => return Err(NotOne),
        None => text,
    };
    number.parse().map_err(|_| NotOne)
}

/// Returns several texts, separated by `;`, blanks or line breaks. A blank of another kind separates nothing: it may be a part of
/// a text by mistake.
pub fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c == ';' || c.is_ascii_whitespace()).map(fold::trimmed).filter(|part| !part.is_empty())
}

/// Tells whether a text may be a mail address: something, one `@`, a domain, and nothing that only stands around addresses.
#[must_use]
pub fn is_address(text: &str) -> bool {
    let around = |c: char| c.is_whitespace() || c.is_control() || ",;:<>()[]\"\\".contains(c);
    let domain_ok = |domain: &str| {
        !domain.contains('@') && domain.split('.').all(|part| !part.is_empty()) && !domain.starts_with('-')
    };
    text.len() <= 254
        && fold::hidden(text).is_none()
        && !text.contains(fold::LOST)
        && !text.contains(around)
        && text.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && domain_ok(domain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_and_no_in_the_languages_of_spreadsheets_and_any_case() {
        for yes in [
            "true",
            "YES",
            "1",
            "Ja",
            "WAHR",
            "VRAI",
            "VERDADERO",
            "Verdadeiro",
            "VERO",
            "WAAR",
            "SANT",
            "PRAWDA",
            "1.0",
        ] {
            assert_eq!(boolean(yes), Ok(true), "{yes}");
        }
        for no in ["False", "no", "0", "nein", "Falsch", "FAUX", "FALSO", "ONWAAR", "FALSKT", "FAŁSZ", "fałsz", "0.0"]
        {
            assert_eq!(boolean(no), Ok(false), "{no}");
        }
        for neither in ["", "y", "2", "on", "maybe"] {
            assert_eq!(boolean(neither), Err(NotOne), "{neither}");
        }
    }

    #[test]
    fn a_list_is_separated_by_semicolons_blanks_or_line_breaks() {
        assert_eq!(list("a@b.c; d@e.f\ng ;;").collect::<Vec<_>>(), ["a@b.c", "d@e.f", "g"]);
        assert_eq!(list(" ; ").count(), 0);
        assert_eq!(list("c1;\u{a0}c\u{2003}2\u{a0}; ").collect::<Vec<_>>(), ["c1", "c\u{2003}2"]);
    }

    #[test]
    fn an_address_has_a_name_one_at_and_a_domain() {
        for good in ["a@example.org", "o'neil+x@sub.example.org", "ü@exämple.org", "root@localhost"] {
            assert!(is_address(good), "{good}");
        }
        for bad in ["a", "@example.org", "a@", "a@b@c", "a@example.org,", "<a@b.c>", "a@.org", "a@b..c", "a@b.c\r\nx"] {
            assert!(!is_address(bad), "{bad}");
        }
    }
}
