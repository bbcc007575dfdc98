//! Makes the next state of an export ready aside: the file's earlier content, and the lines of the run behind it.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use super::aside;
use super::input::{Base, Planned};
use super::line::Lines;
use super::record::{Payload, UNREADABLE};
use super::session::ExportSession;
use super::target::folder_of;
use crate::jobs::aside::Aside;
use crate::model::{ItemFilter, State, Status};

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
    let aside = aside::create(folder_of(&plan.target.path), &session.name, session.run.id)?;
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
    let aside = aside::create(folder_of(&plan.target.path), &session.name, session.run.id)?;
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
            let payload = item.payload.read::<Payload>().ok_or_else(|| io::Error::other(UNREADABLE))?;
            if let Some(line) = &payload.line {
                lines.write(line, &session.tools.recall.open_pins(item.sealed.as_deref()))?;
            }
        }
    }
    lines.finish()?.flush()
}
