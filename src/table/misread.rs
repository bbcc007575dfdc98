//! Knows words that hardly any text in Windows-1252 has, and that many a text of DOS or an older Mac becomes when it is read as
//! that: `voil…` is voilà, `Straáe` Straße, `Žrzte` Ärzte. They count where nothing else in the file is Windows-1252 for certain.

/// So long a stem no elision has: `Mar’a` is María, `lorsqu’a` and `l’a` are right.
const LONG_STEM: usize = 3;

/// The ends of words, besides voilà, that DOS's à makes: Italian and French words end in it.
const ENDS_IN_A: [&str; 10] = ["-l", "versit", "ivit", "ilit", "munit", "ntit", "societ", "libert", "citt", "facolt"];

/// The letters that stand before DOS's ß in short words; a double vowel before it is enough in all others.
const BEFORE_ESZETT: [&str; 12] =
    ["gro", "blo", "sto", "scho", "fu", "gru", "mu", "schlu", "flu", "ru", "strau", "gau"];

/// Says whether the word is hardly one of Windows-1252. `goes_on`: a blank and a small letter follow it, so that dots at its end
/// do not stand for what was left out at the end of a text.
pub(super) fn is_doubtful(word: &str, goes_on: bool) -> bool {
    let letters: Vec<char> = word.chars().collect();
    (0..letters.len()).any(|at| {
        let before: String = letters[..at].iter().collect::<String>().to_lowercase();
        is_doubtful_at(&before, letters[at], &letters[at + 1..], goes_on)
    })
}

fn is_doubtful_at(before: &str, letter: char, behind: &[char], goes_on: bool) -> bool {
    let next = behind.first().copied().unwrap_or(' ');
    let starts = !before.ends_with(char::is_alphanumeric);
    match letter {
        '…' if !next.is_alphanumeric() => {
            let is_whole =
                |stem: &str| before.strip_suffix(stem).is_some_and(|rest| !rest.ends_with(char::is_alphabetic));
            is_whole("voil")
                || goes_on && is_whole("l")
                || ENDS_IN_A.iter().any(|end| before.ends_with(end) && *end != "-l" || goes_on && before.ends_with(end))
        }
        '\u{a0}' => is_blank_within(before.chars().next_back().unwrap_or(' '), letter, next),
        'á' => {
            let ends = |stem: &str| before.strip_suffix(stem).is_some_and(|rest| !rest.ends_with(char::is_alphabetic));
            ["a", "ei", "ie", "eu"].iter().any(|vowels| before.ends_with(vowels) && before.len() > vowels.len())
                || before.ends_with("au") && next == 'e'
                || BEFORE_ESZETT.iter().any(|stem| ends(stem) || stem.len() > 3 && before.ends_with(stem))
        }
        'Ž' => starts && is_consonant(next) && next != 'd',
        // Übung and Öffnung of either, and what stands around an ö as around no š.
        'š' => match next {
            's' | 'g' | 'h' | 'w' | 'z' => true,
            'b' => starts,
            'f' | 'c' => behind.get(1).is_some_and(|after| matches!((next, after), ('f', 'f') | ('c', 'h'))),
            _ => false,
        },
        // DOS's è as a word, too.
        'Š' => starts && (next == 'h' || behind.is_empty() && goes_on),
        'œ' => {
            matches!(next, 'b' | 'f' | 'g' | 'j' | 'k' | 'm' | 'p' | 'q' | 'v' | 'z') || behind.is_empty() && !starts
        }
        '’' => {
            let stem = before.chars().rev().take_while(|c| c.is_alphabetic()).count();
            let is_end = behind == ['a'] || behind == ['a', 's'];
            let is_long = stem > LONG_STEM || stem == LONG_STEM && !before.ends_with('m');
            is_end && (is_long && before.ends_with(is_consonant) && !before.ends_with('h') || before == "d")
        }
        // An older Mac's ó and DOS's ù at a word's end: prose has blanks on either side of a dash, or on none.
        '—' => before.ends_with(char::is_lowercase) && !next.is_alphanumeric(),
        '•' => before.ends_with(char::is_alphabetic) && !next.is_alphanumeric() && goes_on,
        _ => false,
    }
}

/// Says whether the letter or sign belongs to a word that is right in Windows-1252, and that no language has with the letter or sign
/// of another encoding: short French texts are taken for Polish or Latvian otherwise.
pub(super) fn is_proven(word: &str) -> impl Fn(usize, char) -> bool {
    let letters: Vec<char> = word.to_lowercase().chars().collect();
    move |at, letter| {
        let before: String = letters[..at.min(letters.len())].iter().collect();
        let behind: String = letters.iter().skip(at + 1).collect();
        let is_whole = |stems: &[&str]| {
            let rest =
                |stem: &&str| before.strip_suffix(*stem).is_some_and(|rest| !rest.ends_with(char::is_alphabetic));
            stems.iter().any(rest)
        };
        let is_in = |words: &[(&str, &str)]| {
            words.iter().any(|(start, end)| before.ends_with(start) && behind.starts_with(end))
        };
        match letter {
            'œ' | 'Œ' => {
                behind.starts_with('u') || is_whole(&[""]) && is_in(&[("", "il"), ("", "dipe"), ("", "nolog")])
            }
            '²' | '³' => is_whole(&["m", "cm", "dm", "km", "mm"]) && !behind.starts_with(char::is_alphanumeric),
            'ï' => {
                is_in(&[("na", "v"), ("ma", "s"), ("tha", ""), ("lo", "c"), ("ana", "s"), ("ha", "ti"), ("ca", "n")])
            }
            'â' => is_in(&[("", "teau"), ("", "timent"), ("th", "tre"), ("thé", "tre"), ("p", "te"), ("ch", "t")]),
            'ê' => is_in(&[("for", "t"), ("f", "te"), ("t", "te"), ("m", "me"), ("pr", "t"), ("int", "r")]),
            'î' => is_in(&[("ma", "tr"), ("conna", "tre"), ("d", "ner"), ("", "le"), ("bo", "te")]),
            'ô' => is_in(&[("h", "tel"), ("h", "pital"), ("c", "te"), ("r", "le"), ("contr", "le")]),
            'û' => is_in(&[("s", "r"), ("m", "r"), ("ao", "t"), ("go", "t"), ("br", "l"), ("co", "t")]),
            _ => false,
        }
    }
}

/// Says whether the sign is a blank that is not broken at, between two small letters: DOS's á. People write one between a number and
/// its unit, or before a mark.
pub(super) fn is_blank_within(before: char, blank: char, after: char) -> bool {
    blank == '\u{a0}' && before.is_lowercase() && after.is_lowercase()
}

fn is_consonant(letter: char) -> bool {
    letter.is_ascii_lowercase() && !matches!(letter, 'a' | 'e' | 'i' | 'o' | 'u' | 'y')
}

/// Says whether the sign or letter in the middle is certainly Windows-1252: where it stands, neither DOS nor an older Mac has
/// one.
pub(super) fn is_genuine([_, before, letter, after, _]: super::signs::Window) -> bool {
    match letter {
        // DOS's ß.
        'á' => false,
        'ß' | 'à'..='ÿ' => before.is_lowercase() && letter != '÷',
        'Ä' | 'Ö' | 'Ü' | 'Å' | 'Ø' => !before.is_alphabetic() && after.is_lowercase(),
        '–' => before == ' ' && after == ' ',
        '€' => matches!(before, ' ' | '\u{a0}' | '0'..='9') && !after.is_alphanumeric(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_dos_and_of_older_macs_are_doubtful() {
        for word in [
            "voil…",
            "Voil…",
            "voil….",
            "Straáe",
            "groá",
            "Fuá",
            "Fuáball",
            "heiát",
            "auáerdem",
            "weiá",
            "Schlieáen",
            "Spaá",
            "Strauá",
            "Preuáen",
            "Žrzte",
            "Žnderung",
            "šbung",
            "šffnung",
            "šsterreich",
            "mšglich",
            "Lšwe",
            "hšchste",
            "Šhnlich",
            "nœmero",
            "pœblico",
            "Geograf’a",
            "Garc’a",
            "celui-l…",
            "Mar’a",
            "D’a",
            "pas—",
            "pi—",
            "citt…",
            "Perœ",
            "m\u{a0}s",
        ] {
            assert!(is_doubtful(word, true), "{word}");
        }
    }

    #[test]
    fn short_words_prove_windows_1252_letter_by_letter() {
        let all = |word: &str| {
            let is_proven = is_proven(word);
            word.chars().enumerate().filter(|(_, c)| !c.is_ascii()).all(|(at, c)| is_proven(at, c))
        };
        for word in ["Cœur", "Œuvre", "m³", "20m²", "naïve", "Maïs", "Château", "Maître", "sûr", "Hôpital", "île"]
        {
            assert!(all(word), "{word}");
        }
        // Polish, Latvian and Czech, read as Windows-1252.
        for word in ["œrodek", "coœ", "Dìjepis", "pø³ka", "m³ody", "ma³", "Zaïie", "latvieðu", "mâte", "dçls", "kïava"]
        {
            assert!(!all(word), "{word}");
        }
    }

    #[test]
    fn words_of_windows_1252_are_not() {
        for word in [
            "wait…",
            "Zeit…",
            "weiter…",
            "split…",
            "visit…",
            "Volkswirtschaftsl…",
            "Suárez",
            "Juárez",
            "Sebastián",
            "cuál",
            "diálogo",
            "Guánica",
            "Seán",
            "Mauá",
            "Goiás",
            "actuá",
            "creá",
            "oásis",
            "coágulo",
            "Žižek",
            "Žukov",
            "Ždanov",
            "Žanr",
            "Miloš",
            "Nataša",
            "škola",
            "Štefan",
            "Šimon",
            "šakki",
            "Tšekki",
            "cœur",
            "Œuvre",
            "œil",
            "fœtus",
            "œnologie",
            "œdème",
            "bœuf",
            "l’a",
            "lorsqu’a",
            "Shari’a",
            "it’s",
            "Jum’a",
            "rock’n’roll",
            "más",
            "análisis",
            "Á",
            "está",
            "Ávila",
        ] {
            assert!(!is_doubtful(word, true), "{word}");
        }
        for word in ["l…", "celui-l…", "Zeit…", "Mathe•", "it’s", "dell’anno", "l’Œuvre", "a—b", "—", "m³"]
        {
            assert!(!is_doubtful(word, false), "{word}");
        }
    }
}
