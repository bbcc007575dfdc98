//! Makes the next state of an export ready aside: the file's earlier content, and the lines of the run behind it.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::content::content;
use super::draft;
use super::input::{Base, Planned};
use super::line::Lines;
use super::record::{ExportPayload, Line, Record, UNREADABLE};
use super::session::ExportSession;
use super::target::folder_of;
use crate::config::ExportFormat;
use crate::engine::temporary;
use crate::jobs::aside::Aside;
use crate::model::{ItemFilter, JobName, RunId, State, Status};
use crate::table::rows_of;

/// The ending of such a file's name.
const ENDING: &str = ".tmp";

/// The choice among the run's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// Those of all that were planned.
    All,
    /// Those of what was exported.
    Exported,
}

/// Returns the base, where there is one, with the lines behind it.
pub(super) async fn made(
    session: &ExportSession,
    plan: &Planned,
    there: &File,
    base: Option<&Base>,
    which: Which,
) -> io::Result<Aside> {
    match base {
        Some(base) => extended(session, plan, there, base, which)
            .await?
            .ok_or_else(|| io::Error::other("it has changed while it was read")),
        None => fresh(session, plan, which).await,
    }
}

/// Makes a new file with the lines.
pub(super) async fn fresh(session: &ExportSession, plan: &Planned, which: Which) -> io::Result<Aside> {
    let aside = create(folder_of(&plan.target.path), &session.name, session.run.id)?;
    add_lines(session, plan, &aside, Before::Nothing, which).await?;
    Ok(aside)
}

/// Returns the base with the lines behind it; `None` where the file does not begin with the base.
pub(super) async fn extended(
    session: &ExportSession,
    plan: &Planned,
    there: &File,
    base: &Base,
    which: Which,
) -> io::Result<Option<Aside>> {
    let aside = create(folder_of(&plan.target.path), &session.name, session.run.id)?;
    let before = if plan.format == ExportFormat::Xlsx {
        // A workbook is written whole.
        let mut text = temporary()?;
        if !copy_base(there, text.try_clone()?, base, plan.format).await? {
            return Ok(None);
        }
        text.rewind()?;
        Before::Text(text)
    } else {
        if !copy_base(there, aside.file.try_clone()?, base, plan.format).await? {
            return Ok(None);
        }
        if base.length == 0 { Before::Nothing } else { Before::InPlace }
    };
    add_lines(session, plan, &aside, before, which).await?;
    Ok(Some(aside))
}

/// The lines of earlier runs.
enum Before {
    Nothing,
    /// They are in the file already.
    InPlace,
    /// They are in this text, from which they go into the new file.
    Text(File),
}

/// Copies what the file says up to the end of the base, which may be long, on a thread of its own. `false` where it does not begin
/// with the base.
pub(super) async fn copy_base(
    there: &File,
    to: impl Write + Send + 'static,
    base: &Base,
    format: ExportFormat,
) -> io::Result<bool> {
    let (from, base) = (there.try_clone()?, base.clone());
    let copying = tokio::task::spawn_blocking(move || match content(&from, format) {
        Ok(from) => copy(from, to, &base),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Ok(false),
        Err(error) => Err(error),
    });
    copying.await.map_err(io::Error::other)?
}

fn copy(mut from: File, mut to: impl Write, base: &Base) -> io::Result<bool> {
    from.seek(SeekFrom::Start(0))?;
    let mut hasher = blake3::Hasher::new();
    let (mut left, mut buffer) = (base.length, vec![0; 256 * 1024]);
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        let n = from.read(&mut buffer[..most])?;
        if n == 0 {
            return Ok(false);
        }
        hasher.update(&buffer[..n]);
        to.write_all(&buffer[..n])?;
        left -= n as u64;
    }
    Ok(hasher.finalize().to_hex().as_str() == base.hash)
}

/// Writes the lines, a page of the journal at a time.
async fn add_lines(
    session: &ExportSession,
    plan: &Planned,
    aside: &Aside,
    before: Before,
    which: Which,
) -> io::Result<()> {
    let to = BufWriter::with_capacity(64 * 1024, aside.file.try_clone()?);
    let folder = folder_of(&plan.target.path);
    let mut lines = Lines::new(to, plan.format, plan.pins, !matches!(before, Before::InPlace), folder)?;
    if let Before::Text(text) = before {
        // The first are the headings, which are there.
        for cells in rows_of(text).skip(1) {
            lines.copy(&cells?)?;
        }
    }
    let Some(run) = session.run.key else { return lines.finish()?.flush() };
    if which == Which::All
        && let Some(draft) = session.draft()
    {
        let to = lines.finish()?;
        return tokio::task::spawn_blocking(move || draft::copy(draft, to)).await.map_err(io::Error::other)?;
    }
    let mut pages = session.tools.recall.items(run, ItemFilter::All);
    while let Some(page) = pages.next().await.map_err(io::Error::other)? {
        for item in &page {
            if which == Which::Exported && item.state != State::Done(Status::Exported) {
                continue;
            }
            let payload: ExportPayload<Line<Record<'_>>> =
                serde_json::from_str(item.payload.text()).map_err(|_| io::Error::other(UNREADABLE))?;
            if let Some(line) = &payload.line {
                lines.write(line, &session.tools.recall.open_pins(item.sealed.as_deref()))?;
            }
        }
    }
    // A workbook is packed now, which may take a while.
    tokio::task::spawn_blocking(move || lines.finish()?.flush()).await.map_err(io::Error::other)?
}

/// Makes an empty file for the next state in this folder. What a crash leaves of it is cleared away by the next run.
pub(super) fn create(folder: &Path, job: &JobName, run: RunId) -> io::Result<Aside> {
    Aside::create(folder.join(format!("{}{run}{ENDING}", beginning(job))))
}

/// Clears away what earlier runs of the job left in the folder.
pub(super) fn sweep(folder: &Path, job: &JobName) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| {
            let run = name.strip_prefix(&beginning(job)).and_then(|rest| rest.strip_suffix(ENDING));
            run.is_some_and(|run| run.parse::<RunId>().is_ok())
        });
        if is_ours && let Err(error) = std::fs::remove_file(entry.path()) {
            tracing::warn!(file = %entry.path().display(), %error, "an unfinished file could not be removed");
        }
    }
}

/// Names of two jobs never begin alike: a dot is in no job's name.
fn beginning(job: &JobName) -> String {
    format!(".export.{job}.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_this_job_left_is_cleared_away() {
        let folder = tempfile::tempdir().unwrap();
        let (job, run): (JobName, _) = ("history".parse().unwrap(), RunId::generate());
        let others = [".export.other.tmp".to_owned(), format!(".export.hist.{run}.tmp"), "m.csv".to_owned()];
        for name in &others {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        std::fs::write(folder.path().join(format!(".export.history.{run}.tmp")), "").unwrap();
        sweep(folder.path(), &job);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), others.len());
    }
}
