//! Looks at a file in a drop folder: at the attributes that change when a program writes to it, so that an observer who
//! looked at the file before can tell that it is still the same; and at its end, where a table may have been cut short.

use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// As many bytes as the end of a line can take, with what old programs put behind the last one.
const TAIL: u64 = 4;
/// The last bytes of a packed file in which the end of the list of its parts begins: a comment of 64 KiB may follow.
const LIST: u64 = 64 * 1024 + 22;

/// Size, times of change of what it says and of the file itself, to the nanosecond, and inode. A file that was renamed away and
/// back has another change time, though it says the same: a report of that may still be under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    pub(super) size: u64,
    pub(super) modified: (i64, i64),
    pub(super) changed: (i64, i64),
    pub(super) inode: u64,
}

impl Shape {
    /// Takes it from what the system says of a file.
    #[must_use]
    pub fn of(metadata: &Metadata) -> Self {
        Self {
            size: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
            inode: metadata.ino(),
        }
    }

    /// Tells whether the file that lies there has this shape; the target of a link has not.
    #[must_use]
    pub fn is_of(&self, path: &Path) -> bool {
        std::fs::symlink_metadata(path).is_ok_and(|metadata| Self::of(&metadata) == *self)
    }
}

/// Tells whether the file's last line has an end, in each of the encodings that tables come in; of a workbook, whether its own end is
/// there.
pub(super) fn of_file_has_end(path: &Path) -> std::io::Result<bool> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let mut file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let length = file.metadata()?.len();
    let mut first = [0; 4];
    let mut read = (&file).take(first.len() as u64);
    let is_whole = read.read_exact(&mut first).is_ok();
    match first {
        [b'P', b'K', 3 | 5, 4 | 6] if is_whole => has_list_of_parts(&mut file, length),
        // Its sectors have 512 bytes, and so has what stands before them.
        [0xD0, 0xCF, 0x11, 0xE0] if is_whole => Ok(length % 512 == 0),
        _ => has_end(&mut file, length),
    }
}

/// Tells whether a packed file has the list of its parts, which is written last.
fn has_list_of_parts(file: &mut File, length: u64) -> std::io::Result<bool> {
    file.seek(SeekFrom::Start(length.saturating_sub(LIST)))?;
    let mut tail = Vec::new();
    file.take(LIST).read_to_end(&mut tail)?;
    Ok(tail.array_windows::<4>().any(|sign| sign == b"PK\x05\x06"))
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
        let packed = b"PK\x03\x04 parts PK\x05\x06 and where they are";
        for (bytes, ended) in [(&packed[..], true), (&packed[..14], false), (b"\xD0\xCF\x11\xE0 half", false)] {
            std::fs::write(&path, bytes).unwrap();
            assert_eq!(of_file_has_end(&path).unwrap(), ended, "{bytes:?}");
        }
    }
}
