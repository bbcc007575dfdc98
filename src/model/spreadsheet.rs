//! Recognises cells with content that only a spreadsheet or a program writes: an error, a word for nothing, an id that was
//! rounded. Sent on, they would be a meeting or a room of that name, or the id of another one.

/// The beginnings of what Calc shows where it cannot compute, in the languages it does so.
const ERRORS: [&str; 13] =
    ["err", "error", "fehler", "erreur", "errore", "erro", "fout", "fel", "feil", "chyba", "błąd", "virhe", "ошибка"];

/// The words that programs write where there is no value.
const NOTHINGS: [&str; 12] = [
    "null",
    "(null)",
    "<null>",
    "nan",
    "none",
    "<na>",
    "n/a",
    "infinity",
    "+infinity",
    "-infinity",
    "undefined",
    "nil",
];

/// Tells whether a text is a spreadsheet's error: `#N/A`, `#BEZUG!`, `#¿NOMBRE?`, `Err:502`, or `####` if a column was too
/// narrow, also as a text or a formula of it (`'#REF!`, `="#N/A"`). A spreadsheet writes them in capitals in every language, so
/// `#Mathe` is a title.
#[must_use]
pub fn is_error(text: &str) -> bool {
    let text = bare(text);
    is_hash_error(text) || is_numbered_error(text)
}

/// Takes off what makes a text or a formula of a value: `'#REF!`, `="#N/A"`, `=("17.0")`.
fn bare(text: &str) -> &str {
    let bare = text.trim_matches(|c| "'\"=()\u{2019}\u{201c}\u{201d}\u{201e}".contains(c));
    if bare.len() < text.len() { bare.trim() } else { text }
}

/// Tells whether a text that is to be an id is an error, or a word for nothing.
#[must_use]
pub fn is_no_id(text: &str) -> bool {
    let is_nothing = |text: &str| NOTHINGS.contains(&text.to_lowercase().as_str());
    is_error(text) || is_nothing(text) || is_nothing(bare(text))
}

/// Tells whether a text that is to be an id is a number that a spreadsheet has rounded or rewritten: `1.23457E+11`, `17.0`.
#[must_use]
pub fn is_rounded(text: &str) -> bool {
    let text = bare(text);
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    let fraction = |text: &str| text.split_once(['.', ',']).is_some_and(|(whole, rest)| digits(whole) && digits(rest));
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    match text.split_once(['e', 'E']) {
        // `5E1` and `1E-3` may be names; a spreadsheet writes the sign, and a program at least a fraction.
        Some((number, exponent)) => match exponent.strip_prefix('+') {
            Some(exponent) => digits(exponent) && (digits(number) || fraction(number)),
            None => digits(exponent.strip_prefix('-').unwrap_or(exponent)) && fraction(number),
        },
        None => {
            fraction(text) && text.split(['.', ',']).nth(1).is_some_and(|rest| rest.bytes().all(|digit| digit == b'0'))
        }
    }
}

/// Says why a text cannot be the id that `noun` names, in words that follow it; returns `None` if it can be.
#[must_use]
pub fn why_no_id(text: &str, noun: &str) -> Option<String> {
    if is_no_id(text) {
        Some(format!("is a spreadsheet's error, not a {noun}: correct the cell, or leave it blank"))
    } else if is_rounded(text) {
        Some(
            "is no whole id: a spreadsheet has rounded this id. Format the column as text, fill the ids in again, and save the file"
                .to_owned(),
        )
    } else {
        None
    }
}

fn is_hash_error(text: &str) -> bool {
    let Some(rest) = text.strip_prefix('#') else { return false };
    // `#DIV/0!` is the one with a digit.
    let rest = rest.replace("/0", "/");
    let fits = |c: char| (c.is_alphabetic() && !c.is_lowercase()) || "/!?¡¿_".contains(c);
    let narrow = rest.chars().all(|c| c == '#');
    rest.chars().count() >= 2 && (narrow || (rest.chars().all(fits) && rest.contains(char::is_alphabetic)))
}

fn is_numbered_error(text: &str) -> bool {
    let Some((word, number)) = text.split_once(':') else { return false };
    let (word, number) = (word.trim_end().to_lowercase(), number.trim());
    !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) && ERRORS.contains(&word.as_str())
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
            assert!(is_error(error) && is_no_id(error), "{error}");
        }
    }

    #[test]
    fn a_title_that_begins_like_one_is_none() {
        for title in [
            "#Mathe",
            "#1 Kickoff",
            "#MeToo",
            "C# und F#",
            "#TEAM 7",
            "#A1",
            "#A",
            "#",
            "##",
            "# NV",
            "Raum:502",
            "Err: 502b",
            "'#Mathe'",
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
        for nothing in
            ["NULL", "NaN", "None", "nan", "Infinity", "-Infinity", "<NA>", "undefined", "'NULL", "=\"None\"", "(null)"]
        {
            assert!(is_no_id(nothing), "{nothing}");
        }
        for id in ["INF", "Nano", "NA", "u00001", "none-1", "0"] {
            assert!(!is_no_id(id), "{id}");
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
        ] {
            assert!(is_rounded(rounded), "{rounded}");
        }
        for id in [
            "17", "5E1", "12E4", "1E-3", "E+5", "1.2", "1.2.0", "17.", ".0", "17.5", "2027-1.0", "1E+", "A.0", "", "e",
            "1E+5x",
        ] {
            assert!(!is_rounded(id), "{id}");
        }
    }

    proptest! {
        #[test]
        fn whatever_a_program_rounds_is_told(number in 1e10_f64..1e300) {
            let written = format!("{number:.5e}").replace('e', "E+");
            prop_assert!(is_rounded(&written));
        }

        #[test]
        fn no_title_with_a_small_letter_or_a_blank_is_an_error(title in "#?[A-Za-z!?/]{0,12}[a-z ][A-Za-z!?/]{0,12}") {
            prop_assert!(!is_error(&title));
        }
    }
}
