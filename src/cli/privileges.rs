//! A command that root starts works as the owner of the state directory, so that root leaves no file behind that the daemon
//! cannot open. What the caller named, and may be root's alone, is read before and written after.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use nix::unistd::{Gid, Uid, User, geteuid, getgroups, initgroups, setegid, seteuid, setgroups};

use super::Failure;

/// While this lives, the process acts as another user, if it had to.
pub(super) struct Acting {
    caller: Option<Vec<Gid>>,
}

impl Acting {
    /// Becomes the owner of the directory, when root asks and the directory is another user's.
    pub(super) fn as_owner_of(directory: &Path) -> Result<Self, Failure> {
        let nobody_else = Self { caller: None };
        if !geteuid().is_root() {
            return Ok(nobody_else);
        }
        let owner = match std::fs::metadata(directory) {
            Ok(metadata) if metadata.uid() != 0 => metadata,
            // Root's own, or not there yet: then it will be root's own.
            Ok(_) | Err(_) => return Ok(nobody_else),
        };
        let (uid, gid) = (Uid::from_raw(owner.uid()), Gid::from_raw(owner.gid()));
        let become_owner = || -> nix::Result<Vec<Gid>> {
            let groups = getgroups()?;
            match User::from_uid(uid)?.and_then(|user| std::ffi::CString::new(user.name).ok()) {
                Some(name) => initgroups(&name, gid)?,
                None => setgroups(&[gid])?,
            }
            setegid(gid)?;
            seteuid(uid)?;
            Ok(groups)
        };
        match become_owner() {
            Ok(groups) => Ok(Self { caller: Some(groups) }),
            Err(error) => Err(Failure::failed(format!(
                "the state directory {} belongs to user {uid}, and root cannot act as that user here: {error}",
                directory.display()
            ))),
        }
    }

    /// Tells whether the process acts as another user than the one who started it.
    pub(super) fn is_somebody_else(&self) -> bool {
        self.caller.is_some()
    }

    /// Becomes the caller again. Nothing of the state directory may be open any more.
    pub(super) fn end(self) -> Result<(), Failure> {
        let Some(groups) = self.caller else { return Ok(()) };
        seteuid(Uid::from_raw(0))
            .and_then(|()| setegid(Gid::from_raw(0)))
            .and_then(|()| setgroups(&groups))
            .map_err(|error| Failure::failed(format!("root cannot become root again: {error}")))
    }
}
