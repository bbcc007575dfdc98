//! Tells whether another program has saved an export in a form of its own: lines of ours behind it would be in another encoding
//! than the rest, or end otherwise.

/// Looks at the bytes of a file as they are read, piece by piece.
#[derive(Debug, Default)]
pub(super) struct Form {
    /// The bytes of a letter whose rest is in the next piece.
    begun: Vec<u8>,
    quoted: bool,
    line: u64,
    other: Option<Other>,
}

/// The difference between a file and one that this program wrote, with the line in which it is.
#[derive(Debug, Clone, Copy)]
enum Other {
    Encoding(u64),
    LineEnd(u64),
}

impl Form {
    /// Takes the next piece in; the end is an empty one.
    pub(super) fn take(&mut self, piece: &[u8]) {
        if self.other.is_none() {
            self.lines(piece);
        }
        if !matches!(self.other, Some(Other::Encoding(_))) {
            self.letters(piece);
        }
    }

    /// Says why the file is not as this program wrote it.
    pub(super) fn told(&self) -> Option<String> {
        self.other.map(|other| match other {
            Other::Encoding(line) => {
                format!("its line {line} is not UTF-8: a program has saved it in another encoding")
            }
            Other::LineEnd(line) => {
                format!("its line {line} ends otherwise than ours: a program has saved it in its own way")
            }
        })
    }

    /// Looks for foreign line ends. A carriage return outside of quotation marks is never this program's; within
    /// them it is a part of a server's text.
    fn lines(&mut self, piece: &[u8]) {
        for byte in piece {
            match byte {
                b'"' => self.quoted = !self.quoted,
                b'\r' if !self.quoted => {
                    self.other = Some(Other::LineEnd(self.line + 1));
                    return;
                }
                b'\n' => self.line += 1,
                _ => {}
            }
        }
    }

    /// Looks for text that is not UTF-8. The line of a fault is counted to the end of its piece when the lines
    /// before were not: near enough to find it.
    fn letters(&mut self, piece: &[u8]) {
        let ended = piece.is_empty();
        self.begun.extend_from_slice(piece);
        let Err(error) = std::str::from_utf8(&self.begun) else {
            self.begun.clear();
            return;
        };
        let valid = error.valid_up_to();
        if error.error_len().is_some() || ended {
            let behind = self.begun[valid..].iter().map(|byte| u64::from(*byte == b'\n')).sum();
            self.other = Some(Other::Encoding((self.line + 1).saturating_sub(behind)));
        }
        self.begun.drain(..valid);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(pieces: &[&[u8]]) -> Option<String> {
        let mut form = Form::default();
        for piece in pieces {
            form.take(piece);
        }
        form.take(b"");
        form.told()
    }

    #[test]
    fn what_we_wrote_is_as_we_wrote_it() {
        assert_eq!(told(&["\u{feff}a,b\n\"Übung\r\nzwei\",\u{df}\n".as_bytes()]), None);
        assert_eq!(told(&[b"a\xC3", b"\x9C", b"\n"]), None);
        assert_eq!(told(&[]), None);
    }

    #[test]
    fn another_encoding_and_other_line_ends_are_told_by_their_line() {
        assert!(told(&[b"a\n\xDCbung\nb\n"]).unwrap().contains("line 2 is not UTF-8"));
        assert!(told(&[b"a\n", b"b\xC3"]).unwrap().contains("line 2 is not UTF-8"));
        assert!(told(&[b"\xFF\xFEa\0"]).unwrap().contains("line 1 is not UTF-8"));
        assert!(told(&[b"a\nb\r\nc"]).unwrap().contains("line 2 ends otherwise"));
        assert!(told(&[b"a\r\n\xDC\r\n"]).unwrap().contains("not UTF-8"));
    }
}
