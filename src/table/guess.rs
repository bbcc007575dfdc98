//! Tells Windows-1252 from all other encodings of one byte a letter, since a text read in the wrong one is garbled, and looks right
//! to a program: only what surely is Windows-1252 is read as that, and a person says the rest.

use std::io::Read;

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Encoding, WINDOWS_1252};

use super::encoding::{CHUNK, fill};
use super::refusal::{ReadError, Refusal};

/// Goes through a text that is not UTF-8, from where it stands to its end. Refuses it unless it is Windows-1252.
pub(super) fn windows_1252(source: &mut impl Read) -> Result<(), ReadError> {
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let mut proof = Proof::default();
    let mut chunk = vec![0; CHUNK];
    loop {
        let filled = fill(source, &mut chunk, 0)?;
        detector.feed(&chunk[..filled], filled == 0);
        if filled == 0 {
            break;
        }
        chunk[..filled].iter().for_each(|byte| proof.take(*byte));
    }
    proof.take(b'\n');
    let guess = detector.guess(None, Utf8Detection::Deny);
    if guess != WINDOWS_1252 {
        return Err(
            Refusal::OtherEncoding { label: guess.name(), language: language(guess), line: proof.first_line }.into()
        );
    }
    match proof.against {
        Some((line, word)) => Err(Refusal::UnknownEncoding { line, word }.into()),
        None => Ok(()),
    }
}

/// The languages that are written in an encoding, for people who know none by its name.
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

/// Looks for what no text in Windows-1252 has.
#[derive(Debug, Default)]
struct Proof {
    /// The word so far, read as Windows-1252.
    word: String,
    suspect: bool,
    /// The last two characters.
    before: [char; 2],
    line: u64,
    first_line: u64,
    against: Option<(u64, String)>,
}

/// The longest word that is told.
const WORD: usize = 40;

impl Proof {
    fn take(&mut self, byte: u8) {
        if self.against.is_some() {
            return;
        }
        let now = letter(byte);
        if byte >= 0x80 && self.first_line == 0 {
            self.first_line = self.line + 1;
        }
        let [two, one] = self.before;
        self.suspect |= is_undefined(byte) || is_capital_within(one, now) || is_sign_within(two, one, now);
        self.before = [one, now];
        if now.is_whitespace() || matches!(now, ',' | ';' | '"') {
            if self.suspect {
                self.against = Some((self.line + 1, std::mem::take(&mut self.word)));
            }
            self.word.clear();
        } else if self.word.chars().count() < WORD {
            self.word.push(if now.is_control() { '\u{fffd}' } else { now });
        }
        self.line += u64::from(byte == b'\n');
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

/// `R‚union` is DOS's Réunion. An apostrophe within a word is right, and so are a middle dot, a soft hyphen and a blank.
fn is_sign_within(before: char, sign: char, after: char) -> bool {
    let is_sign = !sign.is_ascii() && !sign.is_alphanumeric() && !sign.is_whitespace();
    is_sign && !matches!(sign, '’' | '´' | '·' | '\u{ad}' | '…') && before.is_alphabetic() && after.is_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(bytes: &[u8]) -> Result<(), String> {
        windows_1252(&mut &bytes[..]).map_err(|error| error.to_string())
    }

    fn encoded(encoding: &'static Encoding, text: &str) -> Vec<u8> {
        let (bytes, _, lossy) = encoding.encode(text);
        assert!(!lossy, "{text}");
        bytes.into_owned()
    }

    #[test]
    fn western_texts_are_windows_1252() {
        for text in [
            "ref,room_name\nA,Übung\n",
            "A,Prüfung für Anfänger\nB,Große Straße – 50 €\n",
            "A,L’été à Genève\nB,Façade et cœur\nC,Noël n° 2\n",
            "A,Mañana ¿sí?\nB,Año 1º\n",
            "A,Caffè e perché\nB,Città\n",
            "A,Førskole på Sørøya\nB,Smörgåsbord\n",
            "A,Ação e coração\n",
            "A,Geht´s\nB,col·legi\n",
        ] {
            assert_eq!(guessed(&encoded(WINDOWS_1252, text)), Ok(()), "{text}");
        }
    }

    #[test]
    fn others_are_refused_by_their_name() {
        let czech = "A,Dějepis pro třídu\nB,Čeština a příroda\nC,Žáci ve škole\n";
        let told = guessed(&encoded(encoding_rs::WINDOWS_1250, czech)).unwrap_err();
        assert!(told.contains("windows-1250") && told.contains("Czech") && told.contains("encoding ="), "{told}");
        let russian = "A,Русский язык\nB,Литература для класса\n";
        let told = guessed(&encoded(encoding_rs::WINDOWS_1251, russian)).unwrap_err();
        assert!(told.contains("windows-1251"), "{told}");
    }

    #[test]
    fn old_macs_and_dos_are_refused_by_a_word() {
        for text in ["A,Prüfung für Anfänger\nB,Übung\n", "A,Mañana\nB,Español básico\n"] {
            let told = guessed(&encoded(encoding_rs::MACINTOSH, text)).unwrap_err();
            assert!(told.contains("line 1"), "{told}");
        }
        // Code page 850: é 82, ç 87, ô 93, ü 81, à 85.
        for bytes in [&b"A,R\x82union\nB,fran\x87ais\n"[..], b"A,Pr\x81fung\n", b"A,h\x93tel\n"] {
            assert!(guessed(bytes).is_err(), "{bytes:?}");
        }
        let mut proof = Proof::default();
        b"A,x\nB,R\x82union\n".iter().for_each(|byte| proof.take(*byte));
        assert_eq!(proof.against, Some((2, "R‚union".to_owned())));
    }
}
