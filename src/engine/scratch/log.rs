//! Keeps records in the order in which they come, in a file of the temporary folder that has no name.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use super::temporary;

/// Bytes that wait in memory, to be written together.
const UNWRITTEN: usize = 64 * 1024;
/// Bytes in front of a record that tell its length.
const LENGTH: usize = 4;
/// Bytes that are read at first: most records are shorter.
const AT_FIRST: usize = 384;

/// The records, and where the next one will be.
#[derive(Debug, Default)]
pub(super) struct Log {
    file: Option<File>,
    written: u64,
    waiting: Vec<u8>,
}

impl Log {
    /// Adds a record; tells its place. On an error it is there all the same, and waits in memory to be written with those that come.
    pub(super) fn add(&mut self, record: &[u8]) -> (u64, io::Result<()>) {
        let at = self.written + self.waiting.len() as u64;
        let length = u32::try_from(record.len()).unwrap_or(u32::MAX);
        self.waiting.extend_from_slice(&length.to_le_bytes());
        self.waiting.extend_from_slice(record);
        (at, if self.waiting.len() < UNWRITTEN { Ok(()) } else { self.write() })
    }

    fn write(&mut self) -> io::Result<()> {
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(temporary()?),
        };
        file.write_all_at(&self.waiting, self.written)?;
        self.written += self.waiting.len() as u64;
        self.waiting.clear();
        Ok(())
    }

    /// Reads the record at a place that was told, and gives it to `take`.
    pub(super) fn read<T>(&self, at: u64, take: impl FnOnce(&[u8]) -> io::Result<T>) -> io::Result<T> {
        if let Some(within) = at.checked_sub(self.written) {
            let rest = usize::try_from(within).ok().and_then(|within| self.waiting.get(within..)).unwrap_or_default();
            let (length, rest) = rest.split_at_checked(LENGTH).ok_or_else(torn)?;
            return take(rest.get(..length_of(length)).ok_or_else(torn)?);
        }
        let file = self.file.as_ref().ok_or_else(torn)?;
        let mut first = [0; AT_FIRST];
        let here = usize::try_from(self.written - at).unwrap_or(AT_FIRST).min(AT_FIRST);
        file.read_exact_at(&mut first[..here], at)?;
        let (length, first) = first[..here].split_at_checked(LENGTH).ok_or_else(torn)?;
        let length = length_of(length);
        if let Some(record) = first.get(..length) {
            return take(record);
        }
        if length as u64 > self.written - at {
            return Err(torn());
        }
        let mut record = vec![0; length];
        file.read_exact_at(&mut record, at + LENGTH as u64)?;
        take(&record)
    }
}

fn length_of(bytes: &[u8]) -> usize {
    bytes.iter().rev().fold(0, |length, byte| length << 8 | usize::from(*byte))
}

fn torn() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "a note of it is torn")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(log: &Log, at: u64) -> io::Result<Vec<u8>> {
        log.read(at, |record| Ok(record.to_vec()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn each_record_is_read_as_it_was_added(lengths in prop::collection::vec(0..3000_usize, 1..120)) {
            let (mut log, mut places) = (Log::default(), Vec::new());
            for (number, length) in lengths.iter().enumerate() {
                let record = vec![number.to_le_bytes()[0]; *length];
                let (at, written) = log.add(&record);
                written.unwrap();
                places.push((at, record));
            }
            for (at, record) in places {
                prop_assert_eq!(read(&log, at).unwrap(), record);
            }
        }
    }

    #[test]
    fn what_was_damaged_on_the_disk_is_refused_in_words() {
        let mut log = Log::default();
        let (at, _) = log.add(b"a note");
        log.write().unwrap();
        log.file.as_ref().unwrap().write_all_at(&[0xff; 4], at).unwrap();
        assert_eq!(read(&log, at).unwrap_err().to_string(), "a note of it is torn");
        assert_eq!(read(&log, 9_999).unwrap_err().to_string(), "a note of it is torn");
    }

    #[test]
    fn what_a_full_disk_refuses_is_written_when_there_is_room() {
        let mut log = Log { file: Some(File::options().write(true).open("/dev/full").unwrap()), ..Log::default() };
        let record = vec![7; UNWRITTEN / 2];
        let places: Vec<_> = (0..4).map(|_| log.add(&record)).collect();
        assert_eq!(places.iter().filter(|(_, written)| written.is_err()).count(), 3);
        assert!(places.iter().all(|(at, _)| read(&log, *at).unwrap() == record));
        log.file = Some(temporary().unwrap());
        log.add(b"more").1.unwrap();
        assert!(log.waiting.is_empty());
        assert!(places.iter().all(|(at, _)| read(&log, *at).unwrap() == record));
    }
}
