//! Brings a run's lines into its file: all of them at once, and once only.
//!
//! The order is what keeps a line from being lost or doubled. First the plan is in the journal, with the length and the
//! fingerprint that the file had then (its base). Then the lines of all planned items are written: the base is copied aside,
//! the lines are added, and the whole is synced and renamed over the file. Only after that are items decided, and only with
//! its decision does the journal remember a meeting as exported. So what is remembered is in the file; where the file cannot
//! be written nothing is remembered, and the next run exports it all.
//!
//! A crash may come between any two of these steps. Whoever writes again compares: a file that is the base has nothing of
//! this run, one that is the base with this run's lines behind it has all of it. Anything else is somebody else's work: it is
//! left alone, and the lines go into a file beside it. The lines come from the journal, so they are the same each time.
//!
//! A run may also be stopped when its lines are written and only some of its items decided. Then the lines of the others are
//! taken out again ([`take_back`]), for the next run will export them.

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::aside::{Aside, begins_with, sweep, sync_folder};
use super::input::{Base, Planned};
use super::line::Lines;
use super::record::Payload;
use super::session::ExportSession;
use super::target::{names, open, too_many};
use crate::engine::inbox::give_to_group;
use crate::engine::{ItemFilter, ItemView, Recall};
use crate::model::{ItemNo, Pins, State, Status};

/// Items read from the journal at once.
const PAGE: u32 = 1000;
/// So often a file may change under our hands.
const TRIES: u32 = 3;

/// Which of the run's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Which {
    /// Those of all that were planned.
    All,
    /// Those of what was exported.
    Exported,
}

/// What came of a name for the file.
enum Tried {
    /// The lines are there.
    There,
    /// Something else is.
    Taken,
    /// It has changed meanwhile.
    Again,
}

/// Writes the lines of all planned items, unless that was done before; tells where they are.
pub(super) async fn write(session: &ExportSession, plan: &Planned) -> io::Result<PathBuf> {
    let wanted = &plan.target.path;
    prepare(wanted, &session.name, plan.pins)?;
    for (n, path) in names(wanted).enumerate() {
        let base = plan.target.base.as_ref().filter(|_| n == 0);
        for _ in 0..TRIES {
            match add(session, plan, &path, base).await? {
                Tried::There => return Ok(path),
                Tried::Taken => break,
                Tried::Again => {}
            }
        }
    }
    Err(too_many(wanted))
}

/// Makes the folder of a file, and clears away what crashes left in it.
pub(super) fn prepare(path: &Path, job: &crate::model::JobName, pins: bool) -> io::Result<()> {
    let folder = folder_of(path);
    if !folder.is_dir() {
        let mode = if pins { 0o700 } else { 0o755 };
        std::fs::DirBuilder::new().recursive(true).mode(mode).create(folder)?;
    }
    sweep(folder, job);
    Ok(())
}

/// Makes sure that files can be put into the folder of this one.
pub(super) fn probe(session: &ExportSession, path: &Path) -> io::Result<()> {
    prepare(path, &session.name, session.settings.include_pins)?;
    let mut aside = Aside::create(folder_of(path), &session.name, session.run.id)?;
    aside.write_all(b"can this folder be written to?\n")?;
    aside.file.sync_all()
}

fn folder_of(path: &Path) -> &Path {
    path.parent().unwrap_or(Path::new("/"))
}

async fn add(session: &ExportSession, plan: &Planned, path: &Path, base: Option<&Base>) -> io::Result<Tried> {
    let there = match open(path) {
        Ok(Some(there)) => there,
        Ok(None) => return Ok(Tried::Taken),
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let aside = fresh(session, plan, Which::All).await?;
            set_mode(&aside, None, plan.pins)?;
            return match aside.place(path, false) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(Tried::Again),
                placed => placed.map(|()| Tried::There),
            };
        }
        Err(error) => return Err(error),
    };
    let before = there.metadata()?;
    if let Some(base) = base
        && let Some(aside) = extended(session, plan, &there, base, Which::All).await?
    {
        if before.len() > base.length {
            return compare(there, &aside);
        }
        set_mode(&aside, Some(&before), plan.pins)?;
        if !is_same(path, &before) {
            return Ok(Tried::Again);
        }
        return aside.place(path, true).map(|()| Tried::There);
    }
    // The file was not there when the run was planned, or what was there went away: it may still be this run's own.
    compare(there, &fresh(session, plan, Which::All).await?)
}

fn compare(mut there: File, aside: &Aside) -> io::Result<Tried> {
    there.rewind()?;
    Ok(if begins_with(there, aside.reopen()?)? { Tried::There } else { Tried::Taken })
}

/// Whether the file of that name is the one that was opened, as it was then.
fn is_same(path: &Path, before: &std::fs::Metadata) -> bool {
    let seen = |metadata: &std::fs::Metadata| {
        (metadata.dev(), metadata.ino(), metadata.len(), metadata.mtime(), metadata.mtime_nsec())
    };
    std::fs::symlink_metadata(path).is_ok_and(|now| seen(&now) == seen(before))
}

/// Who may read it: as before; a new one everybody on this machine; one with PINs its owner alone.
fn set_mode(aside: &Aside, before: Option<&std::fs::Metadata>, pins: bool) -> io::Result<()> {
    let mode = |before: Option<&std::fs::Metadata>| match before {
        _ if pins => 0o600,
        Some(before) => before.mode() & 0o777,
        None => 0o644,
    };
    let group = before.map_or_else(|| aside.file.metadata().map(|own| own.gid()), |before| Ok(before.gid()))?;
    give_to_group(&aside.file, group, mode(before))
}

/// Takes the lines of what was not exported out of the file again; tells where the lines of what was exported are.
pub(super) async fn take_back(session: &ExportSession, plan: &Planned, exported: u64) -> io::Result<Option<PathBuf>> {
    let wanted = &plan.target.path;
    if folder_of(wanted).is_dir() {
        sweep(folder_of(wanted), &session.name);
    }
    for (n, path) in names(wanted).enumerate() {
        let base = plan.target.base.as_ref().filter(|_| n == 0);
        let there = match open(&path) {
            Ok(Some(there)) => there,
            Ok(None) => continue,
            Err(error) if error.kind() == io::ErrorKind::NotFound => break,
            Err(error) => return Err(error),
        };
        let before = there.metadata()?;
        let is_extended = match base {
            Some(base) => extended(session, plan, &there, base, Which::Exported).await?.is_some(),
            None => false,
        };
        let base = base.filter(|_| is_extended);
        if base.is_some_and(|base| base.length == before.len()) {
            return Ok((exported > 0).then_some(path));
        }
        let rest = made(session, plan, &there, base, Which::Exported).await?;
        if rest.file.metadata()?.len() == before.len() && is_there(&there, &rest)? {
            return Ok((exported > 0).then_some(path));
        }
        drop(rest);
        let all = made(session, plan, &there, base, Which::All).await?;
        let (length, is_ours) = (all.file.metadata()?.len(), is_there(&there, &all)?);
        drop(all);
        if !is_ours {
            continue;
        }
        if length != before.len() || !is_same(&path, &before) {
            return Err(io::Error::other("somebody has added to it since"));
        }
        if exported == 0 && base.is_none() {
            std::fs::remove_file(&path)?;
            sync_folder(&path)?;
            return Ok(None);
        }
        let rest = made(session, plan, &there, base, Which::Exported).await?;
        set_mode(&rest, Some(&before), plan.pins)?;
        rest.place(&path, true)?;
        return Ok((exported > 0).then_some(path));
    }
    Ok(None)
}

fn is_there(there: &File, aside: &Aside) -> io::Result<bool> {
    let mut there = there.try_clone()?;
    there.rewind()?;
    begins_with(there, aside.reopen()?)
}

async fn made(
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

/// A new file with the lines.
async fn fresh(session: &ExportSession, plan: &Planned, which: Which) -> io::Result<Aside> {
    let aside = Aside::create(folder_of(&plan.target.path), &session.name, session.run.id)?;
    add_lines(session, plan, &aside, true, which).await?;
    Ok(aside)
}

/// The base with the lines behind it; `None` where the file does not begin with the base.
async fn extended(
    session: &ExportSession,
    plan: &Planned,
    there: &File,
    base: &Base,
    which: Which,
) -> io::Result<Option<Aside>> {
    let aside = Aside::create(folder_of(&plan.target.path), &session.name, session.run.id)?;
    let (from, to, expected) = (there.try_clone()?, aside.file.try_clone()?, base.clone());
    let copied = tokio::task::spawn_blocking(move || copy_base(from, to, &expected)).await.map_err(io::Error::other)?;
    if !copied? {
        return Ok(None);
    }
    add_lines(session, plan, &aside, base.length == 0, which).await?;
    Ok(Some(aside))
}

fn copy_base(mut from: File, mut to: File, base: &Base) -> io::Result<bool> {
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
    let mut after = ItemNo(0);
    loop {
        let page = page(session, after).await?;
        let Some(last) = page.last() else { break };
        after = last.item;
        for item in &page {
            if which == Which::Exported && item.state != State::Done(Status::Exported) {
                continue;
            }
            let payload: Payload = serde_json::from_str(&item.payload).map_err(io::Error::other)?;
            if let Some(line) = payload.line {
                lines.write(&line, &pins(session, item))?;
            }
        }
    }
    lines.finish()?.flush()
}

async fn page(session: &ExportSession, after: ItemNo) -> io::Result<Vec<ItemView>> {
    let Some(run) = session.run.key else { return Ok(Vec::new()) };
    session
        .tools
        .recall
        .read(Vec::new(), move |reader| reader.items(run, ItemFilter::All, after, PAGE))
        .await
        .map_err(io::Error::other)
}

fn pins(session: &ExportSession, item: &ItemView) -> Pins {
    match (&session.tools.recall, &item.sealed) {
        (Recall::Journal(journal), Some(sealed)) => journal.seal().open_pins(sealed),
        _ => Pins::default(),
    }
}
