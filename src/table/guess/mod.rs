//! Tells Windows-1252 from all other encodings of one byte a letter, since a text read in the wrong one is garbled, and looks
//! right to a program: only what surely is Windows-1252 is read as that, and a person says the rest.

mod sample;

use std::collections::BTreeSet;
use std::io::Read;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, WINDOWS_1252};

use self::sample::Sample;
use super::chunk::{CHUNK, fill};
use super::marks::{Mark, Marks};
use super::misread;
use super::refusal::{ReadError, Refusal};
use super::signs::{self, LowQuotes, Window};

/// Goes through a text that is not UTF-8, from where it stands to its end. Refuses it unless it is Windows-1252; with `mixed`,
/// the line that is no UTF-8 where others are, also then.
pub(super) fn windows_1252(source: &mut impl Read, mixed: Option<u64>) -> Result<(), ReadError> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let (mut proof, mut sample) = (Proof::default(), Sample::default());
    let mut chunk = vec![0; CHUNK];
    loop {
        let filled = fill(source, &mut chunk, 0)?;
        detector.feed(&chunk[..filled], filled == 0);
        if filled == 0 {
            break;
        }
        for byte in &chunk[..filled] {
            proof.take(*byte);
            sample.take(*byte);
        }
    }
    proof.end();
    sample.end();
    let guess = detector.guess(None, Utf8Detection::Deny);
    // Of signs alone the detector makes anything; all encodings of Windows have these. So it does of a few letters.
    let is_western = proof.against.is_none() && (proof.only_signs || proof.is_same_in(guess));
    // Text that the detector takes for Japanese may be DOS's French, which no label names.
    let is_unknown = proof.against.is_some() && !sample.fits(guess);
    if guess != WINDOWS_1252 && !is_western && !is_unknown {
        return Err(Refusal::OtherEncoding {
            label: guess.name(),
            language: language(guess),
            line: proof.first_line,
            western: proof.against.is_none().then_some(proof.first_word),
        }
        .into());
    }
    if let Some(line) = mixed {
        return Err(Refusal::MixedEncodings { line }.into());
    }
    match proof.against {
        Some((line, word)) => Err(Refusal::UnknownEncoding { line, word }.into()),
        None => Ok(()),
    }
}

/// Returns the languages that are written in an encoding, for people who know none by its name.
fn language(encoding: &'static Encoding) -> &'static str {
    match encoding.name() {
        "windows-1250" | "ISO-8859-2" => "Czech, Polish, Hungarian and others of Central Europe",
        "windows-1251" | "KOI8-R" | "KOI8-U" | "ISO-8859-5" | "IBM866" | "x-mac-cyrillic" => {
            "Russian and others in Cyrillic"
        }
        "windows-1253" | "ISO-8859-7" => "Greek",
        "windows-1254" => "Turkish",
        "windows-1255" | "ISO-8859-8" | "ISO-8859-8-I" => "Hebrew",
        "windows-1256" | "ISO-8859-6" => "Arabic",
        "windows-1257" | "ISO-8859-4" | "ISO-8859-13" => "Baltic languages",
        "windows-1258" => "Vietnamese",
        "windows-874" => "Thai",
        "Shift_JIS" | "EUC-JP" | "ISO-2022-JP" => "Japanese",
        "GBK" | "gb18030" | "Big5" => "Chinese",
        "EUC-KR" => "Korean",
        _ => "another language",
    }
}

/// Looks for what no text in Windows-1252 has. It looks at the character before the last two, since a sign is judged by both its
/// neighbours.
#[derive(Debug)]
struct Proof {
    /// The word so far, read as Windows-1252.
    word: String,
    /// The word before.
    last: String,
    suspect: bool,
    window: Window,
    quotes: LowQuotes,
    /// The first word with a low quotation mark, since quotations were all closed.
    quoted: String,
    /// A word that begins with a high quotation mark, as Swedes begin a quotation, while that one goes on: `”ffnen` is Öffnen.
    high: Option<(u64, String)>,
    /// A quoted cell goes on over line ends, and with it a quotation of the text may.
    marks: Marks,
    /// The line of the window's middle, from 1.
    line: u64,
    first_line: u64,
    /// The first word with a letter beyond ASCII.
    first_word: String,
    /// The letters and signs beyond ASCII in words that do not prove Windows-1252.
    unproven: BTreeSet<char>,
    against: Option<(u64, String)>,
    /// The first word that speaks against Windows-1252, unless something speaks for it.
    doubtful: Option<(u64, String)>,
    genuine: bool,
    /// All beyond ASCII are signs of prose, never three in a row.
    only_signs: bool,
}

impl Default for Proof {
    fn default() -> Self {
        Self {
            word: String::new(),
            last: String::new(),
            suspect: false,
            window: [' ', ' ', ' ', ' ', ','],
            quotes: LowQuotes::default(),
            quoted: String::new(),
            high: None,
            marks: Marks::default(),
            line: 1,
            first_line: 0,
            first_word: String::new(),
            unproven: BTreeSet::new(),
            against: None,
            doubtful: None,
            genuine: false,
            only_signs: true,
        }
    }
}

/// Stands for a byte that Windows-1252 has no letter for.
const UNDEFINED: char = '\u{fffd}';

/// The longest word that is told.
const WORD: usize = 40;

impl Proof {
    fn take(&mut self, byte: u8) {
        if self.against.is_none() {
            self.push(if is_undefined(byte) { UNDEFINED } else { letter(byte) });
        }
    }

    /// Tells whether all that does not prove Windows-1252 is the same in this other encoding.
    fn is_same_in(&self, other: &'static Encoding) -> bool {
        let is_same = |c: &char| {
            let text = c.to_string();
            let (bytes, _, lossy) = WINDOWS_1252.encode(&text);
            !lossy && other.decode_without_bom_handling(&bytes).0 == text
        };
        other.is_single_byte() && self.unproven.iter().all(is_same)
    }

    /// Looks at the last characters, too.
    fn end(&mut self) {
        b"\n\n\n".iter().for_each(|byte| self.take(*byte));
        if self.against.is_none() && !self.genuine {
            self.against = self.doubtful.take();
        }
    }

    fn push(&mut self, newest: char) {
        let [_, two, one, now, next] = self.window;
        self.window = [two, one, now, next, newest];
        if !now.is_ascii() && self.first_line == 0 {
            self.first_line = self.line;
        }
        self.suspect |= now == UNDEFINED
            || is_capital_within(one, now)
            || is_capital_second(self.window)
            || is_sign_within(one, now, next)
            || signs::is_misplaced(self.window);
        self.genuine |= !now.is_ascii() && misread::is_genuine(self.window);
        self.only_signs &= signs::is_of_prose(now) && [one, now, next].iter().any(char::is_ascii);
        let is_lone = signs::is_lone_ellipsis(self.window);
        let mark = (now == '"').then(|| self.marks.take(one, next));
        if mark.is_none_or(|mark| mark == Mark::OfText) {
            self.quotes.take(self.window, self.line);
        }
        // DOS's á is a blank here: `Matem\u{a0}ticas` is one word.
        let is_within = misread::is_blank_within(one, now, next);
        if now.is_whitespace() && !is_within || matches!(now, ',' | ';' | '"') {
            self.end_word(now == ' ' && next.is_lowercase());
        } else if self.word.chars().count() < WORD {
            self.word.push(if now.is_control() { UNDEFINED } else { now });
        }
        if is_lone {
            self.against = Some((self.line, format!("{} {now}", self.last)));
        }
        if mark == Some(Mark::Ends) {
            self.end_cell();
        }
        if now == '\n' {
            self.end_line();
        }
    }

    fn end_word(&mut self, goes_on: bool) {
        if self.word.is_empty() {
            return;
        }
        let word = std::mem::take(&mut self.word);
        if self.suspect {
            self.against = Some((self.line, word));
            return;
        }
        if !word.is_ascii() {
            let is_proven = misread::is_proven(&word);
            let unproven = word.chars().enumerate().filter(|(at, c)| !c.is_ascii() && !is_proven(*at, *c));
            self.unproven.extend(unproven.map(|(_, c)| c));
            if self.first_word.is_empty() {
                self.first_word.clone_from(&word);
            }
        }
        if self.doubtful.is_none() && !word.is_ascii() && misread::is_doubtful(&word, goes_on) {
            self.doubtful = Some((self.line, word.clone()));
        }
        match word.strip_prefix('”') {
            Some(rest) if rest.starts_with(char::is_alphabetic) && !rest.contains('”') => {
                self.high.get_or_insert((self.line, word.clone()));
            }
            _ if word.contains('”') => self.high = None,
            _ => {}
        }
        if !self.quotes.is_open() {
            self.quoted.clear();
        } else if self.quoted.is_empty() && word.contains(['‚', '„']) {
            self.quoted.clone_from(&word);
        }
        self.last = word;
    }

    fn end_line(&mut self) {
        if !self.marks.in_cell() {
            self.end_cell();
        }
        self.line += 1;
    }

    /// A quotation of the text ends where its cell does.
    fn end_cell(&mut self) {
        let word = std::mem::take(&mut self.quoted);
        if let (Some(line), None) = (self.quotes.take_unclosed(), &self.against) {
            self.against = Some((line, word));
        }
        self.doubtful = self.doubtful.take().or(self.high.take());
    }
}

fn letter(byte: u8) -> char {
    if byte.is_ascii() {
        return char::from(byte);
    }
    WINDOWS_1252.decode_without_bom_handling(&[byte]).0.chars().next().unwrap_or('\u{fffd}')
}

fn is_undefined(byte: u8) -> bool {
    matches!(byte, 0x81 | 0x8D | 0x8F | 0x90 | 0x9D)
}

/// `PrŸfung` is what an older Mac wrote for Prüfung. Plain capitals within words are people's own.
fn is_capital_within(before: char, now: char) -> bool {
    !now.is_ascii() && now.is_uppercase() && before.is_lowercase()
}

/// `SÆo` is DOS's São: a capital that follows the first one, before small letters. The s of several is no such letter: `RÜs`.
fn is_capital_second([two, one, now, next, newest]: [char; 5]) -> bool {
    let is_of_several = next == 's' && !newest.is_alphabetic();
    !now.is_ascii()
        && now.is_uppercase()
        && one.is_uppercase()
        && next.is_lowercase()
        && !two.is_alphabetic()
        && !is_of_several
}

/// `R‚union` is DOS's Réunion. An apostrophe within a word is right, and so are a middle dot, a soft hyphen and a blank.
fn is_sign_within(before: char, sign: char, after: char) -> bool {
    let is_sign = !sign.is_ascii() && !sign.is_alphanumeric() && !sign.is_whitespace();
    is_sign && !matches!(sign, '’' | '´' | '·' | '\u{ad}' | '…') && before.is_alphabetic() && after.is_lowercase()
}

#[cfg(test)]
mod tests;
