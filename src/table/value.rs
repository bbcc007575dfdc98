//! Reads what may stand in a cell: yes or no, a number, a duration, a list, an address.

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

/// Minutes: a whole number of them, or hours and minutes as in `1h30m`, `2h`, `90m`, in any case and with blanks between.
pub fn minutes(text: &str) -> Result<i64, NotOne> {
    if let Ok(minutes) = whole(text) {
        return Ok(minutes);
    }
    let (hours, rest) = match text.split_once(['h', 'H']) {
        Some((hours, rest)) => (count(hours)?, rest.trim()),
        None => (0, text),
    };
    let minutes = match rest.strip_suffix(['m', 'M']) {
        Some(minutes) => count(minutes)?,
        None if rest.is_empty() && !text.is_empty() => 0,
        None => return Err(NotOne),
    };
    hours.checked_mul(60).and_then(|hours| hours.checked_add(minutes)).ok_or(NotOne)
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

fn count(text: &str) -> Result<i64, NotOne> {
    let text = text.trim();
    if text.bytes().all(|byte| byte.is_ascii_digit()) { whole(text) } else { Err(NotOne) }
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
    fn durations_are_minutes_or_hours_and_minutes() {
        for (text, expected) in [
            ("60", 60),
            ("-5", -5),
            ("1h30m", 90),
            ("1H 30M", 90),
            ("2h", 120),
            ("90m", 90),
            ("0h45m", 45),
            ("60.0", 60),
            ("90,00", 90),
        ] {
            assert_eq!(minutes(text), Ok(expected), "{text}");
        }
        let wrong = [
            "",
            "an hour",
            "1:30",
            "60.5",
            "1.000",
            "60.",
            ".0",
            "1,5",
            "h",
            "m",
            "1h30",
            "1.5h",
            "-1h",
            "90min",
            "99999999999999999999h",
        ];
        for text in wrong {
            assert_eq!(minutes(text), Err(NotOne), "{text}");
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
