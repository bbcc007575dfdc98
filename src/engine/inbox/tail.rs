//! Looks at the end of a file: a table whose last line has no end may have been cut short there.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// As many bytes as the end of a line can take, with what old programs put behind the last one.
const TAIL: u64 = 4;

/// Tells whether the file's last line has an end, in each of the encodings that tables come in.
pub(super) fn of_file_has_end(path: &Path) -> std::io::Result<bool> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let length = file.metadata()?.len();
    has_end(&mut file, length)
}

/// Tells the same of the first `length` bytes of an open file; it is at another place afterwards.
pub(crate) fn has_end(file: &mut File, length: u64) -> std::io::Result<bool> {
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut tail = Vec::new();
    file.take(TAIL.min(length)).read_to_end(&mut tail)?;
    Ok(is_end(&tail))
}

fn is_end(tail: &[u8]) -> bool {
    // DOS programs end a text with this.
    let tail = tail.strip_suffix(b"\x1a").or_else(|| tail.strip_suffix(b"\x1a\0")).unwrap_or(tail);
    let tail = tail.strip_suffix(b"\0").unwrap_or(tail);
    matches!(tail.last(), Some(b'\n' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_end_is_known_in_every_encoding() {
        for ended in ["a\n", "a\r\n", "a\r", "a\r\n\u{1a}", "\n"] {
            let utf16 = |bytes: fn(u16) -> [u8; 2]| ended.encode_utf16().flat_map(bytes).collect::<Vec<_>>();
            assert!(is_end(ended.as_bytes()), "{ended:?}");
            assert!(is_end(&utf16(u16::to_le_bytes)), "{ended:?}");
            assert!(is_end(&utf16(u16::to_be_bytes)) || ended.ends_with('\u{1a}'), "{ended:?}");
        }
        for cut in ["", "a", "a\n1", "a\n "] {
            assert!(!is_end(cut.as_bytes()), "{cut:?}");
        }
    }

    #[test]
    fn only_the_end_of_a_file_is_looked_at() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        for (text, ended) in [("a\nb\nc", false), ("a\nb\nc\n", true), ("\n", true)] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(of_file_has_end(&path).unwrap(), ended, "{text:?}");
        }
        assert!(of_file_has_end(&folder.path().join("nowhere")).is_err());
    }
}
