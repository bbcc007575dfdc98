//! Puts the rows into the retry file that were written to a dropped file after it was read: nobody else knows of them any more.

use std::io::Write;

use super::measured::Since;
use super::session::ScheduleSession;
use super::stream::{self, Part};
use crate::model::Status;
use crate::table::{RetryWriter, cells};

/// Says of a row why it is in the retry file.
const WHY: &str = "this row was written to the file after it was read";

/// What there is to say of the file.
pub(super) fn warning(session: &ScheduleSession, since: Since) -> String {
    let next = session.input().read.as_ref().map_or(2, |read| read.next);
    match since {
        Since::Grew(bytes) => format!(
            "The file grew by {bytes} bytes after it was read; the rows from line {next} on are not done. They are in the retry \
             file: look whether the upload was whole, and hand that in."
        ),
        Since::Other => {
            "The file was written over after it was read; nothing of what it says now is done. Look whether the \
             upload was whole, and hand the file in again."
                .to_owned()
        }
    }
}

/// Writes the rows that came after the others.
pub(super) async fn write<W: Write>(session: &ScheduleSession, retry: &mut RetryWriter<W>) -> Result<(), String> {
    let Some(read) = &session.input().read else { return Ok(()) };
    let words = |error| session.refusal(error).to_string();
    let file = stream::open(&session.input().file, u64::MAX).map_err(words)?;
    let mut parts = stream::begin(file, session.plain_rules());
    while let Some(part) = parts.recv().await {
        let Part::Rows(rows) = part.map_err(words)? else { continue };
        for row in rows.into_iter().filter(|row| row.line >= read.next) {
            let own = cells::decode(&row.cells).unwrap_or_default();
            retry.write(u64::from(row.line), Status::NotRun, None, WHY, &own).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}
