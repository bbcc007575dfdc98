//! Reads a file a chunk at a time.

use std::io::Read;

use super::refusal::ReadError;

/// Bytes that are read at once.
pub(super) const CHUNK: usize = 64 * 1024;

/// Reads until `chunk` is full or the source at its end; the first `kept` bytes stay. Returns how many bytes are in it.
pub(super) fn fill(source: &mut impl Read, chunk: &mut [u8], kept: usize) -> Result<usize, ReadError> {
    let mut filled = kept;
    while filled < chunk.len() {
        match source.read(&mut chunk[filled..]) {
            Ok(0) => break,
            Ok(n) => filled += n,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(filled)
}
