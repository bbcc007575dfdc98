//! Takes lines out of the file again, where a run was stopped when they were written and before their items were decided.
//! The next run exports those meetings; so no line of theirs may stay.

use std::fs::File;
use std::io::{self, Seek};
use std::path::PathBuf;

use super::aside::{begins_with, sweep};
use super::input::Planned;
use super::made::{Which, copy_base, made};
use super::session::ExportSession;
use super::target::{folder_of, names, open};
use super::write::{is_same, set_mode};
use crate::jobs::aside::{Aside, sync_folder};

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
            Some(base) => copy_base(&there, io::sink(), base).await?,
            None => false,
        };
        let base = base.filter(|_| is_base);
        if base.is_some_and(|base| base.length == before.len()) {
            // Nothing of this run. That is found out without writing anything, for the disk may be full.
            break;
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
