//! Takes the weekday off the front of a date, as in `Mo, 01.02.2027 09:00`, in the languages that timetables come in. The date is read
//! without it; the weekday must be that of the date.

use crate::clock::{CivilTime, Timestamp};

use super::start::WrittenStart;

/// The days that a word may name: a few words name one day in one language and another day in another. Bit 0 is Monday.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Days(u8);

/// The words for each day from Monday on, in small letters: English, German, French, Spanish, Italian, Dutch, Polish, Portuguese,
/// Swedish and Turkish, in full and as they are shortened.
const WORDS: [&[&str]; 7] = [
    &[
        "monday",
        "mon",
        "mo",
        "montag",
        "lundi",
        "lun",
        "lu",
        "lunes",
        "lunedì",
        "lunedi",
        "maandag",
        "maa",
        "ma",
        "poniedziałek",
        "poniedzialek",
        "pon",
        "pn",
        "segunda-feira",
        "segunda",
        "seg",
        "2ª",
        "måndag",
        "mån",
        "må",
        "pazartesi",
        "pzt",
        "pt.si",
    ],
    &[
        "tuesday",
        "tues",
        "tue",
        "tu",
        "dienstag",
        "die",
        "di",
        "mardi",
        "mar",
        "ma",
        "martes",
        "martedì",
        "martedi",
        "dinsdag",
        "din",
        "wtorek",
        "wto",
        "wt",
        "terça-feira",
        "terca-feira",
        "terça",
        "terca",
        "ter",
        "3ª",
        "tisdag",
        "tis",
        "ti",
        "salı",
        "sali",
        "sal",
    ],
    &[
        "wednesday",
        "wed",
        "we",
        "mittwoch",
        "mit",
        "mi",
        "mercredi",
        "mer",
        "me",
        "miércoles",
        "miercoles",
        "mié",
        "mie",
        "mercoledì",
        "mercoledi",
        "woensdag",
        "woe",
        "wo",
        "środa",
        "sroda",
        "śro",
        "śr",
        "sr",
        "quarta-feira",
        "quarta",
        "qua",
        "4ª",
        "onsdag",
        "ons",
        "on",
        "çarşamba",
        "carsamba",
        "çar",
        "çrş",
    ],
    &[
        "thursday",
        "thurs",
        "thur",
        "thu",
        "th",
        "donnerstag",
        "don",
        "do",
        "jeudi",
        "jeu",
        "je",
        "jueves",
        "jue",
        "ju",
        "giovedì",
        "giovedi",
        "gio",
        "donderdag",
        "czwartek",
        "czw",
        "cz",
        "quinta-feira",
        "quinta",
        "qui",
        "5ª",
        "torsdag",
        "tors",
        "tor",
        "to",
        "perşembe",
        "persembe",
        "per",
        "prş",
    ],
    &[
        "friday",
        "fri",
        "fr",
        "freitag",
        "fre",
        "vendredi",
        "ven",
        "ve",
        "viernes",
        "vie",
        "vi",
        "venerdì",
        "venerdi",
        "vrijdag",
        "vrij",
        "vri",
        "vr",
        "piątek",
        "piatek",
        "pią",
        "pt",
        "pia",
        "sexta-feira",
        "sexta",
        "sex",
        "6ª",
        "fredag",
        "cuma",
        "cum",
    ],
    &[
        "saturday",
        "sat",
        "sa",
        "samstag",
        "sam",
        "sonnabend",
        "samedi",
        "sábado",
        "sabado",
        "sáb",
        "sab",
        "sabato",
        "zaterdag",
        "zat",
        "za",
        "sobota",
        "sob",
        "sb",
        "lördag",
        "lör",
        "lö",
        "cumartesi",
        "cmt",
        "ct",
    ],
    &[
        "sunday",
        "sun",
        "su",
        "sonntag",
        "son",
        "so",
        "dimanche",
        "dim",
        "domingo",
        "dom",
        "do",
        "domenica",
        "zondag",
        "zon",
        "zo",
        "niedziela",
        "niedz",
        "nie",
        "nd",
        "ndz",
        "söndag",
        "sön",
        "sö",
        "pazar",
        "paz",
        "pz",
    ],
];

/// The names of the days in what a person is told.
const NAMES: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl Days {
    fn named(word: &str) -> Option<Self> {
        let word = word.to_lowercase();
        let bits = (0..7_u8).filter(|day| WORDS[usize::from(*day)].contains(&word.as_str()));
        let bits = bits.fold(0, |bits, day| bits | 1 << day);
        (bits != 0).then_some(Self(bits))
    }

    /// Takes the weekday off the front of a text, with the comma or dot behind it; the rest begins with a number.
    pub(super) fn take(text: &str) -> Option<(Self, &str, &str)> {
        let text = text.trim_start();
        let bracketed = text.strip_prefix('(');
        let inner = bracketed.unwrap_or(text);
        let end = inner.find([' ', ',', '.', ')', ';']).filter(|end| *end > 0)?;
        // `pt.si` has its dot within.
        let end =
            if inner[..end].eq_ignore_ascii_case("pt") && inner[end..].starts_with(".si") { end + 3 } else { end };
        let (word, rest) = inner.split_at(end);
        // Days that are numbered have a letter behind the number that is none of ASCII's (`2ª`).
        if word.starts_with(|c: char| c.is_ascii_digit()) && word.is_ascii() {
            return None;
        }
        let rest = rest.trim_start_matches(['.', ',', ')', ';', ' ']);
        let days = Self::named(word)?;
        rest.starts_with(|c: char| c.is_ascii_digit()).then_some((days, word, rest))
    }

    fn has(self, day: u8) -> bool {
        self.0 & (1 << day) != 0
    }

    /// Tells whether a start can be on one of the days; of an instant, whose offset is not known any more, somewhere on Earth.
    pub(super) fn may_be(self, start: WrittenStart) -> bool {
        match start {
            WrittenStart::Local(civil) => self.has(civil.weekday()),
            WrittenStart::Instant(at) => (-14..=14).any(|hours| self.has(shifted(at, hours).weekday())),
        }
    }

    /// Says the days in words: `Monday`, or `Thursday or Sunday`.
    pub(super) fn in_words(self) -> String {
        (0..7).filter(|day| self.has(*day)).map(|day| NAMES[usize::from(day)]).collect::<Vec<_>>().join(" or ")
    }
}

/// Names the day of a start for a person.
pub(super) fn name_of(start: WrittenStart) -> &'static str {
    let civil = match start {
        WrittenStart::Local(civil) => civil,
        WrittenStart::Instant(at) => shifted(at, 0),
    };
    NAMES[usize::from(civil.weekday())]
}

fn shifted(at: Timestamp, hours: i64) -> CivilTime {
    crate::clock::Zone::utc().civil(Timestamp::from_millis(at.millis() + hours * 3_600_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weekday_in_front_is_taken_off_in_ten_languages() {
        for (text, day, rest) in [
            ("Mon, 01/02/2027 09:00", "Monday", "01/02/2027 09:00"),
            ("Mo, 01.02.2027", "Monday", "01.02.2027"),
            ("Mo. 01.02.2027", "Monday", "01.02.2027"),
            ("Montag 1.2.2027", "Monday", "1.2.2027"),
            ("lun. 01/02/2027", "Monday", "01/02/2027"),
            ("Mié 03/02/2027", "Wednesday", "03/02/2027"),
            ("mercoledì 03/02/2027", "Wednesday", "03/02/2027"),
            ("ma 01-02-2027", "Monday or Tuesday", "01-02-2027"),
            ("Do 04.02.2027", "Thursday or Sunday", "04.02.2027"),
            ("śr., 03.02.2027", "Wednesday", "03.02.2027"),
            ("segunda-feira, 01/02/2027", "Monday", "01/02/2027"),
            ("mån 2027-02-01", "Monday", "2027-02-01"),
            ("Çar 03.02.2027", "Wednesday", "03.02.2027"),
            ("(Fr) 05.02.2027", "Friday", "05.02.2027"),
        ] {
            let (days, _, left) = Days::take(text).unwrap();
            assert_eq!((days.in_words().as_str(), left), (day, rest), "{text}");
        }
        for text in ["", "01.02.2027", "May 1 2027", "Mo", "Week 2027", "mo'01.02.2027", "Mon, soon"] {
            assert_eq!(Days::take(text), None, "{text}");
        }
    }

    #[test]
    fn a_weekday_is_held_against_the_date() {
        let start = WrittenStart::plain("2027-02-01 09:00").unwrap();
        let may_be = |word: &str| Days::named(word).unwrap().may_be(start);
        assert!(may_be("Monday") && may_be("mo") && may_be("ma") && !may_be("Di"));
        assert_eq!(name_of(start), "Monday");
        let instant = WrittenStart::plain("2027-02-01T20:00:00Z").unwrap();
        let may_be = |word: &str| Days::named(word).unwrap().may_be(instant);
        assert!(may_be("Mon") && may_be("Tue") && !may_be("Wed") && !may_be("Sun"));
    }
}
