//! Names the headings of a file that nothing was read from, with the name that was probably meant: a column that is nearly right
//! is otherwise dropped without a word, and a meeting is at another time, or no invitation is sent.

use icu_normalizer::DecomposingNormalizerBorrowed;
use serde::{Deserialize, Serialize};

use crate::model::edits::edits;
use crate::model::{Column, fold};

/// The headings of a file that are not read, and the fields that were not found in it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Unused {
    /// The headings, in the file's order.
    pub headings: Vec<Heading>,
    /// Headings that the configuration names and the file lacks, each as a person is told of it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lacking: Vec<String>,
    /// Columns with something in their cells and no heading, by their letters; known once the file was read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub nameless: Vec<String>,
}

/// A heading that nothing is read from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heading {
    /// As it is written.
    pub text: String,
    /// The known name that it is near to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub near: Option<String>,
}

/// The names that are read, and what else a heading may mean.
pub struct Known<'a> {
    /// The names, as they are told.
    pub names: Vec<&'a str>,
    /// The meanings that headings have by their words alone.
    pub meanings: &'a [FieldWords],
}

/// Words that mean a field, whatever else a heading says.
#[derive(Debug)]
pub struct FieldWords {
    /// The field.
    pub field: &'static str,
    /// The words, in small letters without accents.
    pub words: &'static [&'static str],
    /// The ends of longer words that mean it, too.
    pub ends: &'static [&'static str],
}

/// So many are told one by one.
const TOLD: usize = 100;
/// A heading is shown up to this many characters.
const SHOWN: usize = 40;

impl Unused {
    /// Finds, for each heading that nothing is read from, the known name that it is near to.
    pub fn of<'a>(headings: impl Iterator<Item = &'a str>, known: &Known<'_>) -> Self {
        let headings = headings.map(|text| (text, Column::normalized(text))).filter(|(_, name)| !name.is_empty());
        let headings = headings.map(|(text, name)| Heading {
            text: shown_heading(text),
            near: known.nearest(text, &name).map(str::to_owned),
        });
        Self { headings: headings.collect(), ..Self::default() }
    }

    /// Returns the headings that may be meant for a known one, where the file is refused for the lack of that.
    pub(super) fn guesses(&self) -> Vec<String> {
        let near = self.headings.iter().filter_map(|heading| Some((&heading.text, heading.near.as_ref()?)));
        near.map(|(text, near)| format!("`{text}` may be meant for `{near}`")).take(TOLD).collect()
    }

    /// Returns all that there is to say, each a sentence.
    #[must_use]
    pub fn remarks(&self) -> Vec<String> {
        self.warnings().into_iter().chain(self.note()).collect()
    }

    /// Returns what a person must look at, each a sentence.
    #[must_use]
    pub fn warnings(&self) -> Vec<String> {
        let near = self.headings.iter().filter_map(|heading| Some((&heading.text, heading.near.as_ref()?)));
        let near = near.map(|(text, near)| {
            format!("The column `{text}` is not used. The nearest known name is `{near}`: rename it if that is meant.")
        });
        // A heading that the configuration names comes first: the administrator wants that column.
        let lacking = self.lacking.iter().map(|told| format!("The file has no column {told}."));
        let mut warnings: Vec<String> = lacking.chain(near).collect();
        if warnings.len() > TOLD {
            let more = warnings.len() - TOLD;
            warnings.truncate(TOLD);
            warnings.push(format!("{more} more columns are not used, or lacking."));
        }
        warnings
    }

    /// Returns what is good to know: the other columns that nothing was read from.
    #[must_use]
    pub fn note(&self) -> Option<String> {
        let mut others = self.headings.iter().filter(|heading| heading.near.is_none()).map(|heading| &heading.text);
        let mut told: Vec<_> = others.by_ref().take(TOLD).map(|text| format!("`{text}`")).collect();
        told.extend(self.nameless.iter().take(TOLD).map(|letters| format!("column {letters}, which has no heading")));
        let more = others.count() + self.nameless.len().saturating_sub(TOLD);
        if more > 0 {
            told.push(format!("and {more} more"));
        }
        (!told.is_empty()).then(|| format!("Columns carried through unread: {}.", told.join(", ")))
    }
}

impl Known<'_> {
    /// Returns the known name that a heading is near to; none where it is one itself.
    fn nearest(&self, text: &str, heading: &str) -> Option<&str> {
        let names: Vec<_> = self.names.iter().map(|name| (*name, Column::normalized(name))).collect();
        if names.iter().any(|(_, name)| name == heading) {
            return None;
        }
        let nearest = |fits: &dyn Fn(&str) -> bool| {
            let near = names.iter().filter(|(_, name)| fits(name));
            near.min_by_key(|(_, name)| edits(heading, name)).map(|(shown, _)| *shown)
        };
        let meant = || {
            let words = [heading, &Column::normalized(&with_blanks(text))].map(without_accents);
            let words = || words.iter().flat_map(|text| text.split(|c: char| !c.is_alphanumeric()));
            self.meanings
                .iter()
                .find(|meaning| words().any(|word| meaning.is_meant_by(word)))
                .map(|meaning| meaning.field)
        };
        // `start_timezone` is one word of `start_time`, and means the zone.
        nearest(&|name| is_one_edit(heading, name))
            .or_else(|| meant().filter(|field| *field == "timezone"))
            .or_else(|| nearest(&|name| is_one_word(heading, name)))
            .or_else(meant)
    }
}

impl FieldWords {
    fn is_meant_by(&self, word: &str) -> bool {
        self.words.contains(&word) || self.ends.iter().any(|end| word.ends_with(end))
    }
}

/// Returns `EmailAddress` as `Email Address`.
fn with_blanks(heading: &str) -> String {
    let mut text = String::with_capacity(heading.len());
    let mut was_small = false;
    for c in heading.chars() {
        if was_small && c.is_uppercase() {
            text.push(' ');
        }
        was_small = c.is_lowercase();
        text.push(c);
    }
    text
}

/// Returns a text in small letters without the signs above and below them, as many people type it.
fn without_accents(text: &str) -> String {
    let apart = DecomposingNormalizerBorrowed::new_nfd().normalize(text);
    let letters = apart.chars().filter(|c| !('\u{300}'..='\u{36f}').contains(c));
    letters.map(|c| if c == 'ł' { 'l' } else { c }).collect()
}

/// Tells whether two names differ by one letter, not counting what joins their words or stands around them.
fn is_one_edit(one: &str, other: &str) -> bool {
    let plain = |name: &str| name.replace(|c: char| !c.is_alphanumeric(), "");
    other.chars().count() > 2 && (edits(one, other) <= 1 || edits(&plain(one), &plain(other)) <= 1)
}

/// Tells whether one of two names has a word more, or another form of the same word.
fn is_one_word(one: &str, other: &str) -> bool {
    let words = |name: &str| name.split('_').map(str::to_owned).collect::<Vec<_>>();
    let (one, other) = (words(one), words(other));
    let (short, long) = if one.len() < other.len() { (&one, &other) } else { (&other, &one) };
    if short.len() + 1 == long.len() {
        return (0..long.len()).any(|at| long[..at] == short[..at] && long[at + 1..] == short[at..]);
    }
    let different: Vec<_> = one.iter().zip(&other).filter(|(one, other)| one != other).collect();
    let begin = |word: &str| word.chars().take(3).collect::<String>();
    match different[..] {
        [(a, b)] if one.len() == other.len() && one.len() > 1 => one.len() > 2 || begin(a) == begin(b),
        _ => false,
    }
}

/// Returns the letters by which a spreadsheet names a column, counted from 0: `A`, `Z`, `AA`.
pub(super) fn letters(column: usize) -> String {
    let last = char::from(b'A' + u8::try_from(column % 26).unwrap_or_default());
    match column / 26 {
        0 => last.to_string(),
        more => letters(more - 1) + &last.to_string(),
    }
}

/// Returns a heading as a person is told of it.
#[must_use]
pub fn shown_heading(heading: &str) -> String {
    let text = fold::trimmed(heading).replace(fold::is_control, " ");
    let unseen = text.chars().find(|c| !c.is_whitespace() && fold::hidden(c.encode_utf8(&mut [0; 4])).is_some());
    let text = if text.chars().count() <= SHOWN { text } else { text.chars().take(SHOWN).chain(['…']).collect() };
    // Two headings that look alike would tell a person nothing.
    unseen.map_or(text.clone(), |unseen| format!("{text} [with {}]", fold::named(unseen)))
}

#[cfg(test)]
mod tests {
    use super::super::heading_words::OF_MEETINGS;
    use super::*;

    fn near(heading: &str) -> Option<String> {
        let mut names: Vec<&str> = Column::ALL.iter().map(|column| column.as_str()).collect();
        names.push("Teilnehmer");
        let unused = Unused::of([heading].into_iter(), &Known { names, meanings: OF_MEETINGS });
        unused.headings.into_iter().next().and_then(|heading| heading.near)
    }

    #[test]
    fn a_heading_that_is_nearly_right_is_told_with_the_right_one() {
        for (heading, expected) in [
            ("Time Zone", "timezone"),
            ("invitee_email", "invitee_emails"),
            ("invitee_emails,", "invitee_emails"),
            ("Teilnehmer Mail", "Teilnehmer"),
            ("RoomName", "room_name"),
            ("mdoerators", "moderators"),
            ("emails", "invitee_emails"),
            ("invited emails", "invitee_emails"),
            ("wait for host", "wait_for_moderator"),
            ("auto-record", "auto_recording"),
            ("End", "end_time"),
            ("Ende (Uhr)", "end_time"),
            ("Dauer", "duration"),
            ("Zeitzone", "timezone"),
            ("E-Mail", "invitee_emails"),
            ("Teacher's mail", "invitee_emails"),
            ("'ref'", "ref"),
            ("ro\u{200b}om_name", "room_name"),
            ("start\u{ad}_\u{2060}time", "start_time"),
        ] {
            assert_eq!(near(heading).as_deref(), Some(expected), "{heading}");
        }
    }

    #[test]
    fn a_heading_in_another_language_is_told_by_what_it_means() {
        for (heading, expected) in [
            ("fuso horário", "timezone"),
            ("Fuso orario", "timezone"),
            ("huso horario", "timezone"),
            ("Fim", "end_time"),
            ("Término", "end_time"),
            ("Sluttid", "end_time"),
            ("Eindtijd", "end_time"),
            ("Lengte", "duration"),
            ("Czas trwania", "duration"),
            ("Długość", "duration"),
            ("Länge", "duration"),
            ("LÄNGD", "duration"),
            ("Duração", "duration"),
            ("Unterrichtsdauer", "duration"),
            ("EndTime", "end_time"),
            ("Endereço", "invitee_emails"),
            ("Dirección", "invitee_emails"),
            ("Indirizzi", "invitee_emails"),
            ("Adresy", "invitee_emails"),
            ("E-postadress", "invitee_emails"),
            ("EmailAddress", "invitee_emails"),
            ("ParentEmail", "invitee_emails"),
            ("Elternmail", "invitee_emails"),
            ("Invitees", "invitee_emails"),
        ] {
            assert_eq!(near(heading).as_deref(), Some(expected), "{heading}");
        }
    }

    #[test]
    fn a_column_of_ones_own_is_near_to_none() {
        for heading in [
            "Hall",
            "Notes",
            "Class",
            "Building",
            "Teacher",
            "Lehrkraft",
            "Fach",
            "room_name",
            "Course Name",
            "Termin",
            "Studierende",
            "Horário",
        ] {
            assert_eq!(near(heading), None, "{heading}");
        }
    }

    #[test]
    fn a_column_without_a_heading_is_told_by_its_letters() {
        assert_eq!([0, 25, 26, 51, 52, 701, 702].map(letters), ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]);
        let nameless = vec!["C".to_owned(), "AA".to_owned()];
        let unused = Unused { nameless, ..Unused::of(["Hall"].into_iter(), &Known { names: vec![], meanings: &[] }) };
        let told =
            "Columns carried through unread: `Hall`, column C, which has no heading, column AA, which has no heading.";
        assert_eq!(unused.note().as_deref(), Some(told));
    }

    #[test]
    fn each_is_told_once() {
        let names = vec!["timezone"];
        let known = Known { names, meanings: OF_MEETINGS };
        let unused = Unused::of(["Hall", "Time Zone", " ", "No\u{a0}tes\n"].into_iter(), &known);
        let warnings = unused.warnings();
        assert!(warnings.len() == 1 && warnings[0].contains("`Time Zone` is not used"), "{warnings:?}");
        assert_eq!(unused.note().as_deref(), Some("Columns carried through unread: `Hall`, `No\u{a0}tes`."));
        let many: Vec<String> = (0..130).map(|n| format!("Own {n}x{n}")).collect();
        let unused = Unused::of(many.iter().map(String::as_str), &known);
        assert!(unused.note().unwrap().ends_with("and 30 more."), "{unused:?}");
        assert_eq!(Unused::default().note(), None);
    }
}
