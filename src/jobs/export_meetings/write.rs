//! Brings a run's lines into its file: all of them at once, and once only.
//!
//! The order is what keeps a line from being lost or doubled. First the plan is in the journal, with the length and the
//! fingerprint that the file had then (its base). Then the lines of all planned items are written: the base is copied aside,
//! the lines are added, and the whole is synced and renamed over the file. Only after that are items decided, and only with
//! its decision does the journal remember a meeting as exported. So what is remembered is in the file; where the file cannot
//! be written nothing is remembered, and the next run exports it all.
//!
//! A crash may come between any two of these steps. The next writer compares: a file that is the base has nothing
//! of this run, one that is the base with this run's lines behind it has all of it. Anything else is another
//! program's work: it is left alone, and the lines go into a file beside it. The lines come from the journal, so
//! they are the same each time.
//!
//! A run may also be stopped when its lines are written and only some of its items decided. Then the lines of the others are
//! taken out again (`take_back`), for the next run will export them.

use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::content::{begins_with, length};
use super::input::{Base, Planned};
use super::made::{self, Which, copy_base, extended, fresh, made, sweep};
use super::session::ExportSession;
use super::target::{folder_of, names, open, too_many};
use crate::engine::inbox::give_to_group;
use crate::jobs::aside::{Aside, sync_folder};
use crate::model::JobName;

/// So often a file may change under our hands.
const TRIES: u32 = 3;

/// The result of trying a name for the file.
enum Tried {
    /// The lines are there.
    There,
    /// Something else is.
    Taken,
    /// It has changed meanwhile.
    Again,
}

/// Writes the lines, unless that is done; tells in which file they are. A dry run writes nothing.
pub(super) async fn written<'a>(session: &'a ExportSession, plan: &Planned) -> io::Result<&'a PathBuf> {
    session.written.get_or_try_init(|| write(session, plan)).await
}

/// Writes the lines of all planned items, unless that was done before; tells where they are.
async fn write(session: &ExportSession, plan: &Planned) -> io::Result<PathBuf> {
    let wanted = &plan.target.path;
    prepare(wanted, &session.name, plan.pins)?;
    for (n, path) in names(wanted).enumerate() {
        let base = plan.target.base.as_ref().filter(|_| n == 0);
        for _ in 0..TRIES {
            let tried = match add(session, plan, &path, base).await {
                // It may be the draft that cannot be read; the journal has the lines, too.
                Err(_) if session.give_up_draft() => Tried::Again,
                tried => tried?,
            };
            match tried {
                Tried::There => return Ok(path),
                Tried::Taken => break,
                Tried::Again => {}
            }
        }
    }
    Err(too_many(wanted))
}

/// Makes the folder of a file, and clears away what crashes left in it.
pub(super) fn prepare(path: &Path, job: &JobName, pins: bool) -> io::Result<()> {
    let folder = folder_of(path);
    let missing: Vec<_> = folder.ancestors().take_while(|folder| !folder.is_dir()).collect();
    if !missing.is_empty() {
        let mode = if pins { 0o700 } else { 0o755 };
        std::fs::DirBuilder::new().recursive(true).mode(mode).create(folder)?;
        // A file lasts only in a folder that does.
        missing.into_iter().try_for_each(sync_folder)?;
    }
    sweep(folder, job);
    Ok(())
}

/// Makes sure that files can be put into the folder of this one.
pub(super) fn probe(session: &ExportSession, path: &Path) -> io::Result<()> {
    prepare(path, &session.name, session.settings.include_pins)?;
    let mut aside = made::create(folder_of(path), &session.name, session.run.id)?;
    aside.write_all(b"can this folder be written to?\n")?;
    aside.file.sync_all()
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
        if length(&there, plan.format)? > base.length {
            return compare(&there, &aside, plan);
        }
        set_mode(&aside, Some(&before), plan.pins)?;
        if !is_same(path, &before) {
            return Ok(Tried::Again);
        }
        return aside.place(path, true).map(|()| Tried::There);
    }
    // The file was not there when the run was planned, or what was there went away: it may still be this run's own.
    compare(&there, &fresh(session, plan, Which::All).await?, plan)
}

fn compare(there: &File, aside: &Aside, plan: &Planned) -> io::Result<Tried> {
    Ok(if begins_with(there, &aside.reopen()?, plan.format)? { Tried::There } else { Tried::Taken })
}

/// Tells whether the file of that name is the one that was opened, as it was then.
pub(super) fn is_same(path: &Path, before: &std::fs::Metadata) -> bool {
    let seen = |metadata: &std::fs::Metadata| {
        (metadata.dev(), metadata.ino(), metadata.len(), metadata.mtime(), metadata.mtime_nsec())
    };
    std::fs::symlink_metadata(path).is_ok_and(|now| seen(&now) == seen(before))
}

/// Sets who may read it: as before; a new one everybody on this machine; one with PINs its owner alone.
pub(super) fn set_mode(aside: &Aside, before: Option<&std::fs::Metadata>, pins: bool) -> io::Result<()> {
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
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => break,
            Err(error) => return Err(error),
        };
        let before = there.metadata()?;
        let is_base = match base {
            Some(base) => copy_base(&there, io::sink(), base, plan.format).await?,
            None => false,
        };
        let base = base.filter(|_| is_base);
        let said = match length(&there, plan.format) {
            Ok(said) => said,
            // No workbook, and so nothing of ours.
            Err(error) if error.kind() == io::ErrorKind::InvalidData => continue,
            Err(error) => return Err(error),
        };
        if base.is_some_and(|base| base.length == said) {
            // Nothing of this run. That is found out without writing anything, for the disk may be full.
            break;
        }
        let rest = made(session, plan, &there, base, Which::Exported).await?;
        if length(&rest.reopen()?, plan.format)? == said && is_there(&there, &rest, plan)? {
            return Ok((exported > 0).then_some(path));
        }
        drop(rest);
        let all = made(session, plan, &there, base, Which::All).await?;
        let (length, is_ours) = (length(&all.reopen()?, plan.format)?, is_there(&there, &all, plan)?);
        drop(all);
        if !is_ours {
            continue;
        }
        if length != said || !is_same(&path, &before) {
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

fn is_there(there: &File, aside: &Aside, plan: &Planned) -> io::Result<bool> {
    begins_with(there, &aside.reopen()?, plan.format)
}
