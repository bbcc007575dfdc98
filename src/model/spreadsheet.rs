//! Recognises cells with content that only a spreadsheet or a program writes: an error, a word for nothing, an id that was
//! rounded. Sent on, they would be a meeting or a room of that name, or the id of another one.

/// The beginnings of what Calc shows where it cannot compute, in the languages it does so.
const ERRORS: [&str; 13] =
    ["err", "error", "fehler", "erreur", "errore", "erro", "fout", "fel", "feil", "chyba", "błąd", "virhe", "ошибка"];

/// The words that programs write where there is no value; those for numbers may have a sign.
const NOTHINGS: [&str; 10] = ["null", "(null)", "<null>", "nan", "none", "<na>", "infinity", "inf", "undefined", "nil"];

/// The words that people write where there is no value; so do marks without a letter or a digit.
const PLACEHOLDERS: [&str; 3] = ["n/a", "n.a.", "n. a."];

/// The reason why a text is no id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoId {
    /// A spreadsheet's error, or a program's word for nothing.
    Error,
    /// A mark that a person puts where there is none.
    Placeholder,
    /// A number that a spreadsheet has rounded or rewritten.
    Rounded,
}

/// Tells whether a text is a spreadsheet's error: `#N/A`, `#bezug!`, `#¿NOMBRE?`, `Err:502`, or `####` if a column was too
/// narrow, also as a text or a formula of it (`'#REF!`, `="#N/A"`). So is every text that has a `#` in front and nothing else but
/// letters and the marks of errors, since each language has its own: `#Mathe`, too, is none to be sent. `#1 Kickoff` is a title.
#[must_use]
pub fn is_error(text: &str) -> bool {
    !is_usual(text) && is_bare_error(bare(text))
}

/// Tells whether a text is none or begins with a letter or a digit, and has no colon, as most do: every error has another sign.
fn is_usual(text: &str) -> bool {
    text.bytes().next().is_none_or(|first| first.is_ascii_alphanumeric()) && !text.contains(':')
}

/// Tells whether a text begins with a letter and has a digit but no colon, as most ids: no error and no word for nothing is such a
/// text, and no number.
fn is_usual_id(text: &str) -> bool {
    text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic())
        && text.bytes().any(|byte| byte.is_ascii_digit())
        && !text.contains(':')
}

fn is_bare_error(text: &str) -> bool {
    is_hash_error(text) || is_numbered_error(text)
}

/// Takes off what makes a text or a formula of a value: `'#REF!`, `="#N/A"`, `=("17.0")`.
fn bare(text: &str) -> &str {
    let is_wrap = |c| matches!(c, '\'' | '"' | '=' | '(' | ')' | '\u{2019}' | '\u{201c}' | '\u{201d}' | '\u{201e}');
    let bare = text.trim_matches(is_wrap);
    if bare.len() < text.len() { bare.trim() } else { text }
}

impl NoId {
    /// Tells why a text cannot be an id; `None` if it can be.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        if is_usual_id(text) { None } else { Self::of_any(text) }
    }

    fn of_any(text: &str) -> Option<Self> {
        let bare = bare(text);
        let is_wrapped = bare.len() < text.len();
        if is_placeholder(text) || is_wrapped && is_placeholder(bare) {
            Some(Self::Placeholder)
        } else if is_bare_error(bare) || is_nothing(text) || is_wrapped && is_nothing(bare) {
            Some(Self::Error)
        } else {
            is_rounded(bare).then_some(Self::Rounded)
        }
    }

    /// Says so of the id that `noun` names, in words that follow it.
    #[must_use]
    pub fn fault(self, noun: &str) -> String {
        let article = if noun.starts_with('i') { "an" } else { "a" };
        match self {
            Self::Error => format!("is a spreadsheet's error, not {article} {noun}"),
            Self::Placeholder => format!("is only a placeholder, not {article} {noun}"),
            Self::Rounded => "is no whole id: a spreadsheet has rounded this id".to_owned(),
        }
    }

    fn remedy(self) -> &'static str {
        match self {
            Self::Error => ": correct the cell, or leave it blank",
            Self::Placeholder => ": leave the cell blank where there is none",
            Self::Rounded => ". Format the column as text, fill the ids in again, and save the file",
        }
    }
}

/// Says why a text cannot be the id that `noun` names, in words that follow it; returns `None` if it can be.
#[must_use]
pub fn why_no_id(text: &str, noun: &str) -> Option<String> {
    NoId::of(text).map(|why| why.fault(noun) + why.remedy())
}

/// Tells whether a text is a program's word for nothing. These words, and those of [`PLACEHOLDERS`], have no letter that is the small
/// one of a letter beyond ASCII.
fn is_nothing(text: &str) -> bool {
    let is_word = |text: &str| NOTHINGS.iter().any(|word| word.eq_ignore_ascii_case(text));
    is_word(text) || text.starts_with(['+', '-']) && is_word(text.trim_start_matches(['+', '-']))
}

/// Tells whether a text is a number that a spreadsheet has rounded or rewritten: `1.23457E+11`, `1e5`, `17.0`, `1,234`.
fn is_rounded(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = |text: &str| text.split_once(['.', ',']).is_some_and(|(whole, rest)| digits(whole) && digits(rest));
    let text = text.strip_prefix(['-', '+', '\u{2212}']).unwrap_or(text);
    // Each of these begins with a digit, and has another sign.
    if !text.starts_with(|c: char| c.is_ascii_digit()) || digits(text) {
        return false;
    }
    if let Some((number, exponent)) = text.split_once(['e', 'E']) {
        let exponent = exponent.strip_prefix(['-', '+', '\u{2212}']).unwrap_or(exponent);
        return digits(exponent) && (digits(number) || fraction(number));
    }
    let zeros = |rest: &str| rest.bytes().all(|digit| digit == b'0');
    is_grouped(text) || fraction(text) && text.split(['.', ',']).nth(1).is_some_and(zeros)
}

/// Tells whether a text is a number in groups of three digits: `1,234`, `1'234'567`, `1.234.567`, `1,234.00`. A point alone may
/// be a part of a name (`2.101`).
fn is_grouped(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    [',', '.', '\'', '\u{2019}', ' '].into_iter().any(|mark| {
        let fraction = if mark == '.' { ',' } else { '.' };
        let (whole, rest) = text.split_once(fraction).unwrap_or((text, "0"));
        let mut groups = whole.split(mark);
        let first = groups.next().unwrap_or_default();
        let others: Vec<&str> = groups.collect();
        let may_be_name = (mark == '.' || mark == ' ') && whole.len() == text.len();
        let enough = others.len() > usize::from(may_be_name);
        enough
            && digits(rest)
            && digits(first)
            && first.len() <= 3
            && others.iter().all(|group| group.len() == 3 && digits(group))
    })
}

fn is_placeholder(text: &str) -> bool {
    let is_mark = |c: char| !c.is_alphanumeric() && (c < '\u{2190}' || c == '\u{2212}');
    PLACEHOLDERS.iter().any(|word| word.eq_ignore_ascii_case(text))
        || (!text.is_empty() && text.chars().all(is_mark) && !is_narrow(text))
}

/// Tells whether a text is what shows a number in a column that is too narrow.
fn is_narrow(text: &str) -> bool {
    text.len() > 2 && text.chars().all(|c| c == '#')
}

fn is_hash_error(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('#') else { return false };
    // `#DIV/0!` is the one with a digit.
    let rest = rest.replace("/0", "/");
    let fits = |c: char| c.is_alphabetic() || "#/!?¡¿_".contains(c);
    is_narrow(text) || (rest.chars().count() >= 2 && rest.chars().all(fits) && rest.contains(char::is_alphabetic))
}

fn is_numbered_error(text: &str) -> bool {
    let Some((word, number)) = text.split_once(':') else { return false };
    let number = number.trim();
    !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && ERRORS.contains(&word.trim_end().to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn errors_are_told_in_every_language() {
        for error in [
            "#N/A",
            "#REF!",
            "#NAME?",
            "#VALUE!",
            "#DIV/0!",
            "#NUM!",
            "#NULL!",
            "#SPILL!",
            "#CALC!",
            "#GETTING_DATA",
            "#BEZUG!",
            "#NV",
            "#WERT!",
            "#ZAHL!",
            "#ÜBERLAUF!",
            "#N/D",
            "#¡REF!",
            "#¿NOMBRE?",
            "#¡DIV/0!",
            "#NOM?",
            "#VALEUR!",
            "#RIF!",
            "#NB",
            "#DEEL/0!",
            "#VÄRDEFEL!",
            "#SAKNAS!",
            "#ADR!",
            "#ARG!",
            "#NAZWA?",
            "#LICZBA!",
            "#ССЫЛКА!",
            "#ДЕЛ/0!",
            "#Н/Д",
            "#NENÍ_K_DISPOZICI",
            "#SAYI/0!",
            "#名称?",
            "Err:502",
            "Fehler:508",
            "Erreur :504",
            "Err: 502",
            "Fehler : 508",
            "=\"#N/A\"",
            "=#REF!",
            "'#REF!",
            "'Err:502",
            "\"#NV\"",
            "#####",
        ] {
            for error in [error.to_owned(), error.to_lowercase()] {
                assert!(is_error(&error), "{error}");
                assert_eq!(NoId::of(&error), Some(NoId::Error), "{error}");
            }
        }
    }

    #[test]
    fn a_title_that_begins_like_one_is_none() {
        for title in [
            "#1 Kickoff",
            "C# und F#",
            "#TEAM 7",
            "#A1",
            "#A",
            "#",
            "##",
            "# NV",
            "Raum:502",
            "Err: 502b",
            "'#1 Mathe'",
            "C#",
            "#Mathe 1",
            "=\"Algebra\"",
            "Error handling",
            "Err:",
            "N/A",
            "None",
            "NULL",
            "NaN",
            "WERT!",
            "Infinity",
            "",
        ] {
            assert!(!is_error(title), "{title}");
        }
    }

    #[test]
    fn words_for_nothing_are_no_ids() {
        for nothing in [
            "NULL",
            "NaN",
            "None",
            "nan",
            "-nan",
            "Infinity",
            "-Infinity",
            "INF",
            "-inf",
            "+Inf",
            "<NA>",
            "undefined",
            "'NULL",
            "=\"None\"",
            "(null)",
        ] {
            assert_eq!(NoId::of(nothing), Some(NoId::Error), "{nothing}");
        }
        for placeholder in ["#", "-", "?", "--", "\u{2013}", "n/a", "N/A", "N.A.", "...", "/", "'-", "_", "??", "##"] {
            assert_eq!(NoId::of(placeholder), Some(NoId::Placeholder), "{placeholder}");
        }
        for id in ["Info", "Nano", "NA", "u00001", "none-1", "0", "A-1", "-1", "#1", "?x", "\u{2605}", "n/a-1", ""] {
            assert_eq!(NoId::of(id), None, "{id}");
        }
    }

    #[test]
    fn rounded_ids_are_told_from_names() {
        for rounded in [
            "1.23457E+11",
            "1,79769313486232E+308",
            "17.0",
            "17,0",
            "1E+21",
            "1e+21",
            "1.5E11",
            "-1.2E+05",
            "3.00",
            "1.2e-7",
            "'17.0",
            "=\"1.23457E+11\"",
            "1e5",
            "5E1",
            "12E4",
            "1E-3",
            "-1,5e5",
            "1,234",
            "12,345,678",
            "1'234",
            "1\u{2019}234",
            "1.234.567",
            "12 345 678",
            "1,234.00",
            "1.234.567,89",
            "1.234,5",
        ] {
            assert_eq!(NoId::of(rounded), Some(NoId::Rounded), "{rounded}");
        }
        for id in [
            "17", "E+5", "1.2", "1.2.0", "17.", ".0", "17.5", "2027-1.0", "1E+", "A.0", "e", "1E+5x", "2.101",
            "1234,567", "1,2", "1,23", "12 345", "1.23.456", "3e", "e3", "10A", "1e5e1",
        ] {
            assert_eq!(NoId::of(id), None, "{id}");
        }
    }

    #[test]
    fn no_letter_beyond_ascii_has_a_small_one_in_a_word_for_nothing() {
        for c in '\u{80}'..=char::MAX {
            let small = c.to_lowercase().to_string();
            let has = |word: &&str| word.contains(&small);
            assert!(!small.is_ascii() || !NOTHINGS.iter().chain(&PLACEHOLDERS).any(has), "{c}");
        }
    }

    proptest! {
        #[test]
        fn usual_texts_are_told_as_with_care(
            text in "(Err|nan|n/a|n\\.a\\.|null|#REF|1e5|[a-z]{0,3})[:0-9 .,!\"')\u{2212}-]{0,4}[0-9a-z]{0,3}"
        ) {
            prop_assert_eq!(NoId::of(&text), NoId::of_any(&text));
            prop_assert_eq!(is_error(&text), is_bare_error(bare(&text)));
        }

        #[test]
        fn whatever_a_program_rounds_is_told(number in 1e10_f64..1e300) {
            let written = format!("{number:.5e}").replace('e', "E+");
            prop_assert_eq!(NoId::of(&written), Some(NoId::Rounded));
        }

        #[test]
        fn no_title_with_a_digit_or_a_blank_is_an_error(title in "#?[A-Za-z!?]{0,12}[1-9 ][A-Za-z!?/]{0,12}[A-Za-z]") {
            prop_assert!(!is_error(&title));
        }

        #[test]
        fn a_hash_and_letters_are_an_error_in_any_case(title in "#[A-Za-z!?/]{0,6}[A-Za-z]{2}[!?/]?") {
            prop_assert!(is_error(&title));
        }
    }
}
