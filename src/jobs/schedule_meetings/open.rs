//! Opens a file that is to be read, and says why it cannot be.

use std::fs::File;
use std::path::Path;

use super::returned::ReturnedError;
use crate::engine::RecordError;
use crate::table::ReadError;

/// The reason why there are no more rows.
#[derive(Debug)]
pub(super) enum StreamError {
    /// The disk.
    Unreadable(String),
    /// The file.
    Refused(String),
    /// The journal.
    Journal(RecordError),
}

impl From<ReadError> for StreamError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::Unreadable(source) => Self::Unreadable(source.to_string()),
            ReadError::Refused(refusal) => Self::Refused(refusal.to_string()),
        }
    }
}

impl From<ReturnedError> for StreamError {
    fn from(error: ReturnedError) -> Self {
        match error {
            ReturnedError::File(error) => error.into(),
            ReturnedError::Journal(error) => Self::Journal(error),
        }
    }
}

/// Opens a file that is to be read: a plain file, and no link to one.
pub(super) fn open(path: &Path, max_size: u64) -> Result<File, StreamError> {
    use rustix::fs::{Mode, OFlags};
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = match rustix::fs::open(path, flags, Mode::empty()) {
        Ok(file) => File::from(file),
        Err(rustix::io::Errno::LOOP) => {
            return Err(StreamError::Refused("this is a symbolic link, not a file: drop the file itself".to_owned()));
        }
        Err(error) => return Err(StreamError::Unreadable(std::io::Error::from(error).to_string())),
    };
    let metadata = file.metadata().map_err(|error| StreamError::Unreadable(error.to_string()))?;
    if !metadata.is_file() {
        return Err(StreamError::Refused("this is no file that can be read to its end".to_owned()));
    }
    if metadata.len() > max_size {
        let mib = |bytes: u64| bytes.div_ceil(1024 * 1024);
        return Err(StreamError::Refused(format!(
            "the file has {} MiB, and max_file_size allows {} MiB: split it, or raise max_file_size",
            mib(metadata.len()),
            mib(max_size)
        )));
    }
    Ok(file)
}
