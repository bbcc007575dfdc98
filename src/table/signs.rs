//! Knows where the signs of Windows-1252 stand in prose, since a letter of an older Mac's or DOS's text looks like such a sign,
//! and stands where people write none.

/// The letters and signs around a place in a text: two before it, itself, two behind it.
pub(super) type Window = [char; 5];

/// Says whether the sign in the middle touches a word as no prose has it. Letters are such signs where a capital stands behind
/// one.
pub(super) fn is_misplaced([_, before, sign, after, _]: Window) -> bool {
    match sign {
        // These are not written: ISO-8859-15's `5 €` is `5 ¤`, DOS's `même` is `mˆme`.
        '¤' | 'ˆ' => true,
        '˜' => !after.is_numeric(),
        // `†bung` is Übung, `ƒcole` École, `™ffnung` DOS's Öffnung.
        '†' | '‡' | '™' | '®' | '©' | '¦' | '¨' => after.is_alphabetic(),
        'ƒ' | '‰' | '¯' | '¸' => after.is_alphabetic() || before.is_alphabetic(),
        '€' | '£' | '¥' | '¢' => after.is_alphabetic() || before.is_lowercase(),
        // `RŽunion` is Réunion, `MŸller` Müller.
        'Š' | 'Ž' | 'Ÿ' => before.is_uppercase() && after.is_lowercase(),
        // `Caf‚` is Café, `Gro§` Groß, `n¡ 5` n° 5. Quotations begin behind a blank.
        '‚' | '„' => before.is_alphabetic(),
        '§' => before.is_lowercase(),
        '¿' | '¡' => before.is_alphanumeric(),
        // `ma³y` is the Polish mały; `m²`, `1ª` and a note's `Wort¹` are right.
        '¹' | '²' | '³' | 'ª' | 'º' => before.is_lowercase() && after.is_lowercase(),
        // `c½ur` is cœur, `¼uvre` Œuvre; `½jährlich` is right.
        '¼' | '½' | '¾' => before.is_alphabetic() || matches!(after, 'u' | 'i'),
        // `…ffnung` is Öffnung; `und…` and `a…b` are right.
        '…' => !before.is_alphanumeric() && !is_end_of_thought(before) && after.is_lowercase(),
        _ => false,
    }
}

/// Says whether this is ASCII or a sign that prose has, and that is the same in all of Windows's encodings of Europe.
pub(super) fn is_of_prose(sign: char) -> bool {
    sign.is_ascii()
        || matches!(
            sign,
            '€' | '…'
                | '–'
                | '—'
                | '‘'
                | '’'
                | '‚'
                | '“'
                | '”'
                | '„'
                | '‹'
                | '›'
                | '«'
                | '»'
                | '•'
                | '·'
                | '™'
                | '©'
                | '®'
                | '§'
                | '°'
                | '±'
                | '\u{a0}'
        )
}

fn is_end_of_thought(before: char) -> bool {
    matches!(before, '.' | '!' | '?' | '…' | '(' | '[' | '„' | '“' | '‚' | '‘' | '«' | '»' | '"')
}

/// `Cours … distance` is DOS's Cours à distance: dots that stand alone within a sentence.
pub(super) fn is_lone_ellipsis([before, blank, sign, gap, after]: Window) -> bool {
    sign == '…' && blank == ' ' && gap == ' ' && before.is_lowercase() && after.is_lowercase()
}

/// Remembers quotations that began low and have no end yet: `‚a va` is Ça va, `„hnlich` DOS's ähnlich.
#[derive(Debug, Default)]
pub(super) struct LowQuotes {
    single: Option<u64>,
    double: Option<u64>,
}

impl LowQuotes {
    /// Takes the middle of the window, which stands in `line`.
    pub(super) fn take(&mut self, [_, before, sign, after, _]: Window, line: u64) {
        let is_apostrophe = before.is_alphabetic() && after.is_alphabetic();
        match sign {
            '‚' => self.single = self.single.or(Some(line)),
            '„' => self.double = self.double.or(Some(line)),
            '‘' | '’' | '\'' | '´' | '`' if !is_apostrophe => self.single = None,
            '“' | '”' | '"' | '»' | '«' => self.double = None,
            _ => {}
        }
    }

    pub(super) fn is_open(&self) -> bool {
        self.single.or(self.double).is_some()
    }

    /// Says in which line a quotation began that has no end, and forgets it.
    pub(super) fn take_unclosed(&mut self) -> Option<u64> {
        let Self { single, double } = std::mem::take(self);
        single.or(double)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the first place in the text that is no prose.
    fn misplaced(text: &str) -> Option<char> {
        let all: Vec<char> = format!("  {text}  ").chars().collect();
        let windows = all.array_windows::<5>();
        windows.copied().find(|window| is_misplaced(*window) || is_lone_ellipsis(*window)).map(|window| window[2])
    }

    #[test]
    fn signs_that_touch_a_word_wrongly_are_found() {
        let wrong = [
            "†bung",
            "ƒcole",
            "€hnlich",
            "Caf‚ und mehr",
            "Cours … distance",
            "5 ¤",
            "…ffnung",
            "mˆme",
            "per˜",
            "‰ge",
            "™ffnung",
            "Spa§",
            "sm¿",
            "n¡ 5",
            "men£",
            "c½ur",
            "ma³y",
            "¼uvre",
            "M„rz",
            "¨koda",
            "‡rea",
            "RŽunion",
            "MŸller",
            "†BUNG",
        ];
        for text in wrong {
            assert!(misplaced(text).is_some(), "{text}");
        }
    }

    #[test]
    fn prose_is_left_alone() {
        let right = [
            "“quoted” – and ‘quoted’",
            "„quoted“ und ‚quoted‘",
            "5 €",
            "€5",
            "50€",
            "und so weiter…",
            "Mathe … Physik",
            "Zoom™",
            "§ 5",
            "½jährlich",
            "1½ h",
            "m² – 20°",
            "¿Qué?",
            "¡Hola!",
            "0,5 ‰",
            "†2020",
            "Meier†",
            "© 2027",
            "a…b",
            "“…und dann”",
            "n° 2",
            "Müller & Söhne",
            "«Été»",
            "ŽIŽEK",
            "Žižek",
            "·",
            "±5",
            "«\u{a0}Été\u{a0}»",
            "3×4",
            "£5m",
        ];
        for text in right {
            assert_eq!(misplaced(text), None, "{text}");
        }
    }
}
