//! Makes UTF-8 of whatever encoding a file is in, a buffer at a time.

use std::fmt;
use std::io::{self, Read};

use encoding_rs::{Encoding, UTF_8};
use serde::{Deserialize, Serialize};

use super::refusal::Refusal;

const RAW: usize = 32 * 1024;

/// The text of `source` as UTF-8.
pub(super) struct Decoder<R> {
    source: R,
    recoder: Option<Recoder>,
}

struct Recoder {
    decoder: encoding_rs::Decoder,
    encoding: &'static Encoding,
    /// The line of text, from 1.
    line: u64,
    raw: Box<[u8]>,
    at: usize,
    len: usize,
    ended: bool,
    finished: bool,
}

impl<R: Read> Decoder<R> {
    /// Begins with `source`, which stands behind the byte order mark.
    pub(super) fn new(source: R, encoding: &'static Encoding) -> Self {
        let recoder = (encoding != UTF_8).then(|| Recoder {
            decoder: encoding.new_decoder_without_bom_handling(),
            encoding,
            line: 1,
            raw: vec![0; RAW].into_boxed_slice(),
            at: 0,
            len: 0,
            ended: false,
            finished: false,
        });
        Self { source, recoder }
    }

    /// Returns the source, wherever it stands.
    pub(super) fn into_source(self) -> R {
        self.source
    }
}

impl<R: Read> Read for Decoder<R> {
    /// Reads into `out`, which must hold a few letters at least.
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        match &mut self.recoder {
            None => self.source.read(out),
            Some(recoder) => recoder.read(&mut self.source, out),
        }
    }
}

impl Recoder {
    fn read(&mut self, source: &mut impl Read, out: &mut [u8]) -> io::Result<usize> {
        const LETTERS: usize = 16;
        if out.len() < LETTERS {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        while !self.finished {
            if self.at == self.len && !self.ended {
                self.at = 0;
                self.len = source.read(&mut self.raw)?;
                self.ended = self.len == 0;
            }
            let raw = &self.raw[self.at..self.len];
            let (done, read, written, broken) = self.decoder.decode_to_utf8(raw, out, self.ended);
            self.at += read;
            // A decoder that was told of the end must not be called again.
            self.finished = self.ended && done == encoding_rs::CoderResult::InputEmpty;
            // Line ends stand for themselves in whatever the decoder gives.
            self.line += out[..written].iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
            if broken {
                return Err(Refusal::NotDecodable { encoding: self.encoding.name(), line: self.line }.into());
            }
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

/// The encoding, and the first words with a letter beyond ASCII, or with a sign where there is no such letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recoded {
    /// The encoding's label.
    pub encoding: String,
    /// The words as they were read.
    pub words: Vec<String>,
}

impl fmt::Display for Recoded {
    /// Writes `windows-1252 (Übung, Français)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.encoding)?;
        if self.words.is_empty() { Ok(()) } else { write!(f, " ({})", self.words.join(", ")) }
    }
}

impl Recoded {
    /// Returns the sentence of a mail.
    #[must_use]
    pub fn told(&self) -> String {
        let Self { encoding, words } = self;
        match &words[..] {
            [] => format!("The file was read as {encoding}."),
            words => format!(
                "The file was read as {encoding}, not UTF-8. Look at these words of it: {}. If they are wrong, undo what was \
                 done by them, and save the file as CSV UTF-8.",
                words.join(", ")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8], encoding: &'static Encoding) -> io::Result<String> {
        let mut decoder = Decoder::new(bytes, encoding);
        let (mut text, mut chunk) = (Vec::new(), [0; 64]);
        loop {
            match decoder.read(&mut chunk)? {
                0 => {
                    assert_eq!(decoder.read(&mut chunk)?, 0, "the end stays the end");
                    return Ok(String::from_utf8(text).unwrap());
                }
                n => text.extend(&chunk[..n]),
            }
        }
    }

    #[test]
    fn every_encoding_gives_the_same_text() {
        let text = "Übung – 数学 𝄞\n".repeat(5_000);
        let le: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let be: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decoded(text.as_bytes(), UTF_8).unwrap(), text);
        assert_eq!(decoded(&le, encoding_rs::UTF_16LE).unwrap(), text);
        assert_eq!(decoded(&be, encoding_rs::UTF_16BE).unwrap(), text);
        assert_eq!(decoded(b"\xDCbung \x96 50 \x80", encoding_rs::WINDOWS_1252).unwrap(), "Übung – 50 €");
    }

    #[test]
    fn half_a_character_is_refused() {
        for bytes in [&b"a\0\x00\xD8b\0"[..], &b"a\0b"[..]] {
            let error = decoded(bytes, encoding_rs::UTF_16LE).unwrap_err();
            let broken = Refusal::NotDecodable { encoding: "UTF-16LE", line: 1 };
            assert_eq!(error.downcast::<Refusal>().unwrap(), broken);
        }
    }
}
