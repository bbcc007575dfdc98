//! Makes the next state of an export ready aside: the file's earlier content, and the lines of the run behind it.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::input::{Base, Planned};
use super::line::Lines;
use super::record::{ExportPayload, UNREADABLE};
use super::session::ExportSession;
use super::target::folder_of;
use crate::jobs::aside::Aside;
use crate::model::{ItemFilter, JobName, RunId, State, Status};

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
    add_lines(session, plan, &aside, true, which).await?;
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
    if !copy_base(there, aside.file.try_clone()?, base).await? {
        return Ok(None);
    }
    add_lines(session, plan, &aside, base.length == 0, which).await?;
    Ok(Some(aside))
}

/// Copies the base, which may be long, on a thread of its own. `false` where the file does not begin with it.
pub(super) async fn copy_base(there: &File, to: impl Write + Send + 'static, base: &Base) -> io::Result<bool> {
    let (from, base) = (there.try_clone()?, base.clone());
    tokio::task::spawn_blocking(move || copy(from, to, &base)).await.map_err(io::Error::other)?
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
    is_empty: bool,
    which: Which,
) -> io::Result<()> {
    let to = BufWriter::with_capacity(64 * 1024, &aside.file);
    let mut lines = Lines::new(to, plan.format, plan.pins, is_empty)?;
    let Some(run) = session.run.key else { return lines.finish()?.flush() };
    let mut pages = session.tools.recall.items(run, ItemFilter::All);
    while let Some(page) = pages.next().await.map_err(io::Error::other)? {
        for item in &page {
            if which == Which::Exported && item.state != State::Done(Status::Exported) {
                continue;
            }
            let payload = item.payload.read::<ExportPayload>().ok_or_else(|| io::Error::other(UNREADABLE))?;
            if let Some(line) = &payload.line {
                lines.write(line, &session.tools.recall.open_pins(item.sealed.as_deref()))?;
            }
        }
    }
    lines.finish()?.flush()
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

/// Tells whether `one` begins with all that is in `other`.
pub(super) fn begins_with(one: impl Read, mut other: impl Read) -> io::Result<bool> {
    let mut one = io::BufReader::with_capacity(BLOCK, one);
    let (mut theirs, mut ours) = (vec![0; BLOCK], vec![0; BLOCK]);
    loop {
        let n = other.read(&mut theirs)?;
        if n == 0 {
            return Ok(true);
        }
        let (theirs, ours) = (&theirs[..n], &mut ours[..n]);
        match one.read_exact(ours) {
            Ok(()) if theirs == ours => {}
            Ok(()) => return Ok(false),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(false),
            Err(error) => return Err(error),
        }
    }
}

const BLOCK: usize = 64 * 1024;

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

    #[test]
    fn one_begins_with_another_only_where_all_of_it_is_there() {
        let begins = |one: &str, other: &str| begins_with(one.as_bytes(), other.as_bytes()).unwrap();
        assert!(begins("abc", "abc") && begins("abcd", "abc") && begins("abc", ""));
        assert!(!begins("ab", "abc") && !begins("abd", "abc"));
    }
}
