//! Puts the rows into the retry file that were written to a dropped file after it was read: no other record of them
//! is kept.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use super::input::Input;
use super::measured::Since;
use super::open;
use super::own_fields::OwnFields;
use super::results_file;
use super::session::ScheduleSession;
use super::stream::{self, Part};
use crate::engine::inbox::{Folder, make_folders, split};
use crate::jobs::workbook::as_text;
use crate::jobs::{ResultsFolder, file_name_about};
use crate::model::RunId;
use crate::table::{Choice, ResultLine, RetryWriter, cells};

/// Says of a row why it is in the retry file.
const WHY: &str = "this row was written to the file after it was read";

/// Says what became of the file.
pub(super) fn warning(session: &ScheduleSession, since: Since) -> String {
    let next = session.input().read.as_ref().map_or(2, |read| read.next);
    match since {
        Since::Grew(bytes) => format!(
            "The file grew by {bytes} bytes after it was read; the rows from line {next} on are not done. They are in the retry \
             file: look whether the upload was whole, and hand that in."
        ),
        Since::Other => {
            "The file was written over after it was read: what is told here was done by what it said before. If what it says \
             now is meant, hand it in again; what is done already is not done twice."
                .to_owned()
        }
    }
}

/// Writes the rows of the file at `path` that came after the others.
pub(super) async fn write<W: Write + Send>(
    session: &ScheduleSession,
    path: &Path,
    retry: &mut RetryWriter<W>,
) -> Result<(), String> {
    let Some(read) = &session.input().read else { return Ok(()) };
    let words = |error| session.refusal(error).to_string();
    let file = open::open(path, u64::MAX).map_err(words)?;
    let mut parts = stream::begin(file, session.plain_rules());
    while let Some(part) = parts.recv().await {
        let Part::Rows(rows) = part.map_err(words)? else { continue };
        for row in rows.into_iter().filter(|row| row.line >= read.next) {
            let own = row.cells.and_then(|cells| cells::decode(&cells).ok()).unwrap_or_default();
            retry
                .write(&ResultLine { token: row.token, ..ResultLine::of_late(u64::from(row.line), WHY) }, &own)
                .map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

/// Looks at a file whose run has ended, where it lies now. Rows that were written to it since then go into a retry file of
/// their own in `failed/`, beside one that may be there; what there is to say is the answer.
pub(super) async fn reread(session: &ScheduleSession, at: &Path, told: bool) -> Result<Option<String>, String> {
    let input = session.input();
    let (Some(read), ResultsFolder::Inbox(inbox)) = (&input.read, &input.results) else { return Ok(None) };
    let io = |error: std::io::Error| error.to_string();
    let Some(since) = read.since(at).map_err(io)? else { return Ok(None) };
    let failed = inbox.join(Folder::Failed.as_str());
    if tells_late_rows(&failed.join(input.file_name_about(session.run.id, "retry"))) {
        return Ok(None);
    }
    let Since::Grew(bytes) = since else {
        return Ok(
            (!told).then(|| {
                "it was written over after it was read, and what was done is what it said before: if what it says now is meant, \
                 hand it in again; what is done already is not done twice"
                    .to_owned()
            })
        );
    };
    make_folders(inbox).map_err(io)?;
    let path = failed.join(input.late_retry_name(session.run.id));
    let aside = results_file::aside(&path).map_err(io)?;
    let mut retry = RetryWriter::begin(
        aside,
        &results_file::form(input, &failed),
        OwnFields::of(&session.settings, input).columns(input),
        &results_file::date_order(&session.settings, input),
    )
    .map_err(io)?;
    write(session, at, &mut retry).await?;
    let group = std::fs::metadata(&failed).map_err(io)?.gid();
    results_file::place(results_file::packed(move || retry.finish()).await.map_err(io)?, &path, Some(group))
        .map_err(io)?;
    let (next, retry) = (read.next, path.file_name().unwrap_or_default().to_string_lossy());
    Ok(Some(format!(
        "it grew by {bytes} bytes after it was read; the rows from line {next} on are not done, and are in failed/{retry}"
    )))
}

impl Input {
    /// Returns the name of that retry file.
    #[must_use]
    pub fn late_retry_name(&self, run: RunId) -> String {
        file_name_about(&late_name(&self.name), run, "retry", self.ending())
    }
}

/// `a.csv` as the name that a second retry file of it is called by.
fn late_name(name: &str) -> String {
    split(name).map_or_else(|| format!("{name}.late.csv"), |(stem, ending)| format!("{stem}.late.{ending}"))
}

/// Tells whether a retry file holds rows that came late: the run's end found them, and told them.
fn tells_late_rows(path: &Path) -> bool {
    let Ok(file) = File::open(path) else { return false };
    let anything = Choice { sheet: None, max_file_size: u64::MAX, fits: &|_| Ok(()) };
    let Ok((text, _)) = as_text(file, anything) else { return false };
    BufReader::new(text).lines().map_while(Result::ok).any(|line| line.contains(WHY))
}
