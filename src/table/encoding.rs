//! Finds which encoding a file is in, unless the configuration says it. The first letter that tells UTF-8 from Windows-1252 may
//! come a hundred thousand rows late, so the whole file is looked through before its first row is read; nothing of it is kept.

use std::io::{Read, Seek, SeekFrom};

use encoding_rs::{Encoding, UTF_8, UTF_16BE, UTF_16LE, WINDOWS_1252};

use super::chunk::{CHUNK, fill};
use super::guess;
use super::refusal::{MAX_ROW_BYTES, ReadError, Refusal};
use super::workbook;

/// The findings of the first pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Survey {
    /// The encoding.
    pub(super) encoding: &'static Encoding,
    /// Bytes of the byte order mark, which are no text.
    pub(super) mark: u64,
}

/// Enough headings to see whether every other byte is a NUL.
const UTF16_SAMPLE: usize = 512;

/// Goes through `source` from its beginning to its end. What begins with a byte order mark is in its encoding, all else in
/// `said`; where nothing is said, it is UTF-8, UTF-16 or Windows-1252, or refused.
pub(super) fn survey<R: Read + Seek>(source: &mut R, said: Option<&'static Encoding>) -> Result<Survey, ReadError> {
    source.rewind()?;
    let (survey, tally) = first_pass(source, said)?;
    if survey.encoding == WINDOWS_1252 && said.is_none() {
        source.rewind()?;
        guess::windows_1252(source, tally.as_ref().and_then(Tally::mixed_in))?;
    }
    if let (Some(said), Some(tally)) = (said, &tally)
        && said == UTF_8
        && tally.faults > 0
    {
        return Err(Refusal::NotUtf8 { line: tally.first_fault_line }.into());
    }
    if let (Some(said), Some(tally)) = (said, tally)
        && said.is_single_byte()
        && tally.faults == 0
        && tally.letters > 0
    {
        return Err(Refusal::SaidOtherwise { said: said.name() }.into());
    }
    source.seek(SeekFrom::Start(survey.mark))?;
    Ok(survey)
}

/// Surveys the first pass, and returns the letters that were counted with it, where they tell anything.
fn first_pass(source: &mut impl Read, said: Option<&'static Encoding>) -> Result<(Survey, Option<Tally>), ReadError> {
    let mut chunk = vec![0; CHUNK];
    let mut filled = fill(source, &mut chunk, 0)?;
    let found = |encoding, mark| Ok((Survey { encoding, mark }, None));
    let mark = match &chunk[..filled] {
        [] => return Err(Refusal::Empty.into()),
        [0xFF, 0xFE, ..] => return found(UTF_16LE, 2),
        [0xFE, 0xFF, ..] => return found(UTF_16BE, 2),
        packed if workbook::is_packed(packed) => return Err(Refusal::Packed.into()),
        [0xEF, 0xBB, 0xBF, ..] => 3,
        head => match unmarked_utf16(head) {
            Some(encoding) => return found(encoding, 0),
            None => 0,
        },
    };
    let said = said.filter(|_| mark == 0);
    let mut tally = Tally::default();
    let mut without_line_end = 0;
    while filled > 0 {
        let line_end = chunk[..filled].contains(&b'\n') || chunk[..filled].contains(&b'\r');
        without_line_end = if line_end { 0 } else { without_line_end + filled };
        if without_line_end > MAX_ROW_BYTES {
            // The row will be refused by its number, in whatever encoding; no need to wait for its end.
            return found(said.unwrap_or(UTF_8), mark);
        }
        let kept = tally.take(&chunk[..filled], filled < CHUNK)?;
        chunk.copy_within(filled - kept..filled, 0);
        filled = match fill(source, &mut chunk, kept)? {
            // Only half a letter is left over, and nothing follows it.
            end if end == kept && kept > 0 => {
                tally.take(&chunk[..kept], true)?;
                0
            }
            more => more,
        };
    }
    let encoding = match said {
        Some(encoding) => encoding,
        None => tally.verdict(mark > 0)?,
    };
    // With a mark it is UTF-8, whatever is said.
    Ok((Survey { encoding, mark }, (mark == 0).then_some(tally)))
}

/// Headings are mostly ASCII, so in UTF-16 every other byte of them is a NUL, and in no other text any. A few letters beyond
/// have a NUL where the others have none: 一 is one.
fn unmarked_utf16(head: &[u8]) -> Option<&'static Encoding> {
    let (pairs, _) = head[..head.len().min(UTF16_SAMPLE)].as_chunks::<2>();
    let nuls = |at: usize| pairs.iter().filter(|pair| pair[at] == 0).count();
    match (nuls(0), nuls(1)) {
        (high, low) if low > 8 * high && low * 2 >= pairs.len() => Some(UTF_16LE),
        (high, low) if high > 8 * low && high * 2 >= pairs.len() => Some(UTF_16BE),
        _ => None,
    }
}

/// Letters beyond ASCII that are UTF-8, and places that are not.
#[derive(Debug, Default)]
struct Tally {
    letters: u64,
    faults: u64,
    lines: u64,
    first_fault_line: u64,
}

impl Tally {
    /// Counts what is in `bytes`; returns how many bytes at the end are the beginning of a letter. With `last`, none are.
    fn take(&mut self, bytes: &[u8], last: bool) -> Result<usize, Refusal> {
        if bytes.contains(&0) {
            return Err(Refusal::Binary);
        }
        let mut rest = bytes;
        loop {
            let Err(error) = std::str::from_utf8(rest) else {
                self.count(rest);
                return Ok(0);
            };
            let (good, bad) = rest.split_at(error.valid_up_to());
            self.count(good);
            let skip = match error.error_len() {
                Some(len) => len,
                None if last => bad.len(),
                None => return Ok(bad.len()),
            };
            if self.faults == 0 {
                self.first_fault_line = self.lines + 1;
            }
            self.faults += 1;
            rest = &bad[skip..];
        }
    }

    fn count(&mut self, text: &[u8]) {
        self.lines += text.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
        if !text.is_ascii() {
            self.letters += text.iter().map(|byte| u64::from(*byte >= 0xC0)).sum::<u64>();
        }
    }

    /// Returns Windows-1252, perhaps, when hardly a letter of it is UTF-8; a file with both is UTF-8 that was damaged or patched
    /// together, and reading it as the other would garble every name that is right.
    fn verdict(&self, marked: bool) -> Result<&'static Encoding, ReadError> {
        if self.faults == 0 {
            Ok(UTF_8)
        } else if marked || self.letters >= self.faults {
            Err(Refusal::MixedEncodings { line: self.first_fault_line }.into())
        } else {
            Ok(WINDOWS_1252)
        }
    }

    /// Returns the first line that is no UTF-8, where others are. Two bytes of `Shift_JIS` or GBK may be a letter of UTF-8 by
    /// chance.
    fn mixed_in(&self) -> Option<u64> {
        (self.letters > 0).then_some(self.first_fault_line)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    fn encoding(bytes: &[u8]) -> Result<&'static Encoding, String> {
        said(bytes, None)
    }

    fn said(bytes: &[u8], said: Option<&'static Encoding>) -> Result<&'static Encoding, String> {
        survey(&mut Cursor::new(bytes), said).map(|survey| survey.encoding).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_said_is_believed_but_for_marks_and_for_letters_of_utf8() {
        let said = |bytes: &[u8]| said(bytes, Some(encoding_rs::WINDOWS_1250));
        assert_eq!(said(b"D\xECjepis"), Ok(encoding_rs::WINDOWS_1250));
        assert_eq!(said("\u{feff}Dějepis".as_bytes()), Ok(UTF_8));
        assert_eq!(said(b"\xFF\xFEa\0"), Ok(UTF_16LE));
        assert!(said("Dějepis".as_bytes()).unwrap_err().contains("windows-1250"));
        assert!(said(b"PK\x03\x04\x14\0\x06\0").is_err());
    }

    #[test]
    fn a_letter_that_comes_late_still_decides() {
        let mut bytes = b"room_name,desc\n".repeat(50_000);
        assert_eq!(encoding(&bytes), Ok(UTF_8));
        bytes.extend(b"\xDCbung\n");
        assert_eq!(encoding(&bytes), Ok(WINDOWS_1252));
    }

    #[test]
    fn a_letter_that_straddles_two_chunks_is_whole() {
        for shift in 0..4 {
            let mut bytes = vec![b'x'; CHUNK - shift];
            bytes.extend("𝄞数".as_bytes());
            assert_eq!(encoding(&bytes), Ok(UTF_8), "{shift}");
        }
    }

    #[test]
    fn a_file_that_ends_in_half_a_letter_is_no_utf8() {
        assert_ne!(encoding(b"Caf\xC3"), Ok(UTF_8));
        let mut bytes = vec![b'x'; CHUNK - 1];
        bytes.push(0xC3);
        assert_ne!(encoding(&bytes), Ok(UTF_8));
    }

    #[test]
    fn utf16_is_known_by_its_mark_or_by_its_nuls() {
        let le: Vec<u8> = "room_name,Übung".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = "room_name,Übung".encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(encoding(&le), Ok(UTF_16LE));
        assert_eq!(encoding(&be), Ok(UTF_16BE));
        let one: Vec<u8> = "room_name,user_id,一".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(encoding(&one), Ok(UTF_16LE));
        assert_eq!(survey(&mut Cursor::new([&[0xFF, 0xFE], &le[..]].concat()), None).unwrap().mark, 2);
    }

    #[test]
    fn utf8_with_one_damaged_place_is_refused_by_its_line_and_not_garbled() {
        let error = encoding("Übung\nFrançais\n".as_bytes()).and(encoding(b"\xC3\x9Cbung\nFran\xC3\xA7ais\nMen\xFC\n"));
        assert!(error.unwrap_err().contains("line 3"));
        assert!(encoding(b"\xEF\xBB\xBFMen\xFC").unwrap_err().contains("line 1"));
    }

    #[test]
    fn what_is_no_text_is_refused_by_its_first_bytes() {
        assert!(encoding(b"PK\x03\x04\x14\0\x06\0").unwrap_err().contains("a packed file"));
        assert!(encoding(b"\xD0\xCF\x11\xE0\xA1\xB1").unwrap_err().contains("a packed file"));
        assert!(encoding(b"room_name\0\n").unwrap_err().contains("no CSV"));
        assert!(encoding(b"").unwrap_err().contains("empty"));
    }

    #[test]
    fn what_is_said_to_be_utf8_and_is_not_is_told_so() {
        let told = said(b"a\nMen\xFC\n", Some(UTF_8)).unwrap_err();
        assert!(
            told.contains("encoding = \"utf-8\"") && told.contains("line 2") && told.contains("CSV UTF-8"),
            "{told}"
        );
        assert_eq!(said("Menü".as_bytes(), Some(UTF_8)), Ok(UTF_8));
    }

    #[test]
    fn letters_of_utf8_by_chance_do_not_hide_an_encoding() {
        for (label, text) in [
            (encoding_rs::SHIFT_JIS, "A,数学の授業\nB,日本語会話クラス\nC,物理学入門と化学実験ﾃﾞ\n"),
            (encoding_rs::GBK, "A,高等数学课程\nB,大学英语口语\nC,物理实验与化学，学生会议\n"),
            (encoding_rs::EUC_JP, "A,数学の授業\nB,日本語会話クラス\nC,物理学入門と化学実験\n"),
            (encoding_rs::EUC_KR, "A,수학 수업 시간\nB,한국어 회화 교실\nC,물리학 입문\n"),
            (encoding_rs::WINDOWS_1251, "A,Русский язык «РОМАН»\nB,Литература для класса\n"),
        ] {
            let (bytes, _, lossy) = label.encode(text);
            assert!(!lossy, "{text}");
            let told = encoding(&bytes).unwrap_err();
            assert!(told.contains(&format!("encoding = \"{}\"", label.name())), "{} {told}", label.name());
        }
        let mixed = [&b"F\xFCr K\xE4ufer\nG\xE4ste aus K\xF6ln\n"[..], "Prüfung\n".as_bytes()].concat();
        assert!(encoding(&mixed).unwrap_err().contains("UTF-8, but not in line 1"));
    }
}
