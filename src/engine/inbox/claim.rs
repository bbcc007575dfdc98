//! Takes a file: the claim is journaled first, then the file is renamed, and both folders are synced. Any of these
//! steps that is missing after a kill is done again from the journal.

use std::fs::{File, OpenOptions};
use std::io::ErrorKind;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, RenameFlags, renameat_with};

use super::file::Shape;
use crate::failpoint;
use crate::journal::{Claim, Journal, JournalError, NewClaim};
use crate::model::{Counts, Outcome, RunKey};

/// The sub-folders of a drop folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Folder {
    /// Files that are being worked on.
    Processing,
    /// Files whose every row succeeded.
    Done,
    /// Files of which some row did not.
    Failed,
}

impl Folder {
    /// Every sub-folder.
    pub const ALL: [Self; 3] = [Self::Processing, Self::Done, Self::Failed];

    /// Returns its name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Processing => "processing",
            Self::Done => "done",
            Self::Failed => "failed",
        }
    }
}

/// A file about to be claimed, as it was when it was found ready.
#[derive(Debug, Clone)]
pub struct Taking {
    /// The claim.
    pub claim: NewClaim,
    /// The file's shape when it was found.
    pub shape: Shape,
}

impl Taking {
    /// Tells whether the file still lies there as it was: a list of ready files may be as old as the run before.
    #[must_use]
    pub fn is_still_so(&self) -> bool {
        self.shape.is_of(&self.claim.dropped)
    }
}

/// The reason why a file could not be moved.
#[derive(Debug, thiserror::Error)]
pub enum ClaimError {
    /// The file is neither where it was dropped nor where it was to be moved.
    #[error("the file {} is not there any more", .0.display())]
    Vanished(PathBuf),
    /// The system refused.
    #[error("{} cannot be moved to {}: {why}", .from.display(), .to.display())]
    Move {
        /// From where.
        from: PathBuf,
        /// To where.
        to: PathBuf,
        /// The system's reason.
        why: String,
    },
    /// The journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

/// Makes the sub-folders where they are missing, open to the drop folder's group as that is.
pub(crate) fn make_folders(inbox: &Path) -> std::io::Result<()> {
    let group = std::fs::metadata(inbox)?.gid();
    for folder in Folder::ALL {
        let path = inbox.join(folder.as_str());
        match std::fs::DirBuilder::new().mode(0o770).create(&path) {
            Ok(()) => {
                // By what is there now, and not by its name, which others may have given to something else meanwhile.
                let folder = OpenOptions::new().read(true).custom_flags(NO_LINK).open(&path)?;
                open_to_group(&folder, group)?;
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Opens a new folder to the drop folder's group. Where that is set as a drop folder of a group usually is, with its setgid
/// bit, a new folder has the group and the bit from the beginning. A process that is no member of the group would lose the bit
/// with any change of the mode; and with the bit the group, for what is put there later.
fn open_to_group(folder: &File, group: u32) -> std::io::Result<()> {
    const MODE: u32 = 0o2770;
    let found = folder.metadata()?;
    let has_group = found.gid() == group && found.mode() & 0o2000 != 0;
    if has_group && (found.mode() & 0o7777 == MODE || !is_ours(group)) {
        return Ok(());
    }
    give_to_group(folder, group, MODE)
}

/// Tells whether this process is a member of a group, or need not be.
fn is_ours(group: u32) -> bool {
    let is = |gid: rustix::process::Gid| gid.as_raw() == group;
    rustix::process::geteuid().is_root()
        || is(rustix::process::getegid())
        || rustix::process::getgroups().is_ok_and(|groups| groups.into_iter().any(is))
}

/// Opens what is there, and not what a link points to.
const NO_LINK: i32 = rustix::fs::OFlags::NOFOLLOW.bits().cast_signed();

/// Creates a new file, in a folder where others may write too: never one that is there, nor one that a link planted
/// there points to. A file that an earlier run left under that name is removed first.
pub(crate) fn create_aside(path: &Path, mode: u32) -> std::io::Result<File> {
    match std::fs::remove_file(path) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    OpenOptions::new().write(true).create_new(true).custom_flags(NO_LINK).mode(mode).open(path)
}

/// Makes what it makes belong to its folder's group.
const SETGID: u32 = 0o2000;

/// Gives a file or folder that is open to a group, with these permissions. What is so already is left as it is, and what may
/// not be is done without: the file of one who is no member of the group stays with their own, and a sandbox that forbids to
/// set a group (`RestrictSUIDSGID=`) leaves the permissions.
pub(crate) fn give_to_group(file: &File, group: u32, mode: u32) -> std::io::Result<()> {
    let may_not = |error: &std::io::Error| error.kind() == ErrorKind::PermissionDenied;
    if file.metadata()?.gid() != group {
        std::os::unix::fs::fchown(file, None, Some(group))
            .or_else(|error| if may_not(&error) { Ok(()) } else { Err(error) })?;
    }
    // Read after the change of the group, which may take bits away.
    if file.metadata()?.mode() & 0o7777 == mode {
        return Ok(());
    }
    match set_mode(file, mode) {
        Err(error) if may_not(&error) && mode & SETGID != 0 => set_mode(file, mode & !SETGID),
        done => done,
    }
    .or_else(|error| if may_not(&error) { Ok(()) } else { Err(error) })
}

fn set_mode(file: &File, mode: u32) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    if mode & SETGID != 0 && failpoint::is_on("inbox.setgid") {
        return Err(ErrorKind::PermissionDenied.into());
    }
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

/// Moves a claimed file into `processing/`, unless that was done before.
pub fn take(claim: &Claim) -> Result<(), ClaimError> {
    if is_there(&claim.claimed) {
        return Ok(());
    }
    let same = std::fs::symlink_metadata(&claim.dropped).is_ok_and(|metadata| metadata.ino() == claim.inode);
    if !same {
        return Err(ClaimError::Vanished(claim.dropped.clone()));
    }
    if let Some(inbox) = claim.dropped.parent()
        && let Err(error) = make_folders(inbox)
    {
        let (from, to) = (claim.dropped.clone(), claim.claimed.clone());
        return Err(ClaimError::Move { from, to, why: error.to_string() });
    }
    move_file(&claim.dropped, &claim.claimed)
}

/// Moves a claimed file to its last place, `done/` or `failed/`, unless that was done before, and journals that. A
/// file that a user has taken away meanwhile has no last place: that is journaled, so that no later step waits for
/// it.
pub async fn put_away(journal: &Journal, run: RunKey, claim: &Claim, folder: Folder) -> Result<PathBuf, ClaimError> {
    let last = last_place(claim, folder);
    if is_there(&claim.claimed) {
        // A user may have tidied the folders up while the run went on.
        if let Some(inbox) = claim.dropped.parent()
            && let Err(error) = make_folders(inbox)
        {
            return Err(ClaimError::Move { from: claim.claimed.clone(), to: last, why: error.to_string() });
        }
        move_file(&claim.claimed, &last)?;
    } else if !is_there(&last) {
        if !is_gone(&claim.claimed) {
            return Err(ClaimError::Vanished(claim.claimed.clone()));
        }
        tracing::warn!(file = %claim.claimed.display(), "a dropped file was taken away before it could be put away");
        journal.claim_settled(run, &claim.claimed).await?;
        return Ok(claim.claimed.clone());
    }
    journal.claim_settled(run, &last).await?;
    Ok(last)
}

/// Moves a file that was put away into `failed/`, and journals that; answers with where it lies then.
pub async fn fail(journal: &Journal, run: RunKey, claim: &Claim, from: &Path) -> Result<PathBuf, ClaimError> {
    let last = last_place(claim, Folder::Failed);
    if from != last && is_there(from) {
        move_file(from, &last)?;
        journal.claim_settled(run, &last).await?;
    }
    Ok(last)
}

/// Returns the place of a claimed file that is put away into that folder.
pub(crate) fn last_place(claim: &Claim, folder: Folder) -> PathBuf {
    let inbox = claim.dropped.parent().unwrap_or(Path::new("."));
    inbox.join(folder.as_str()).join(claim.claimed.file_name().unwrap_or_default())
}

/// Returns the folder for the file of a run that has ended so.
pub(crate) fn last_folder(counts: &Counts, outcome: Outcome) -> Folder {
    if counts.problems() == 0 && outcome != Outcome::Failed { Folder::Done } else { Folder::Failed }
}

/// Tells whether there is anything of that name, if only a link that leads nowhere.
pub(crate) fn is_there(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok()
}

/// Tells whether a file was taken out of its folder: a folder that is away, as a share is now and then, says
/// nothing of its files.
pub(crate) fn is_gone(path: &Path) -> bool {
    let is_missing = std::fs::symlink_metadata(path).is_err_and(|error| error.kind() == ErrorKind::NotFound);
    is_missing && path.parent().is_some_and(|folder| std::fs::read_dir(folder).is_ok())
}

/// Renames without ever replacing, and makes the renaming durable.
fn move_file(from: &Path, to: &Path) -> Result<(), ClaimError> {
    let failed = |why: String| ClaimError::Move { from: from.to_owned(), to: to.to_owned(), why };
    failpoint::write("inbox.rename").map_err(|error| failed(error.to_string()))?;
    failpoint::reach("inbox.rename.before");
    match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
        Ok(()) => {}
        // Not every network share knows how to rename without replacing. Our names hold the run's id: nothing is there.
        Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) if !is_there(to) => {
            std::fs::rename(from, to).map_err(|error| failed(error.to_string()))?;
        }
        Err(error) => return Err(failed(std::io::Error::from(error).to_string())),
    }
    failpoint::reach("inbox.rename.after");
    for folder in [from.parent(), to.parent()].into_iter().flatten() {
        if let Err(error) = File::open(folder).and_then(|folder| folder.sync_all()) {
            tracing::debug!(folder = %folder.display(), %error, "a folder could not be synced");
        }
    }
    failpoint::reach("inbox.sync.after");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(inbox: &Path) -> Claim {
        let dropped = inbox.join("a.csv");
        let inode = std::fs::metadata(&dropped).map_or(0, |metadata| metadata.ino());
        Claim { name: "a.csv".to_owned(), claimed: inbox.join("processing/a.RUN.csv"), dropped, inode, settled: None }
    }

    #[test]
    fn taking_again_after_a_kill_changes_nothing() {
        let inbox = tempfile::tempdir().unwrap();
        make_folders(inbox.path()).unwrap();
        std::fs::write(inbox.path().join("a.csv"), "x").unwrap();
        let claim = claim(inbox.path());
        take(&claim).unwrap();
        // Another file of the same name, dropped meanwhile, is not ours.
        std::fs::write(inbox.path().join("a.csv"), "y").unwrap();
        take(&claim).unwrap();
        assert_eq!(std::fs::read(inbox.path().join("processing/a.RUN.csv")).unwrap(), b"x");
        assert_eq!(std::fs::read(inbox.path().join("a.csv")).unwrap(), b"y");
    }

    #[test]
    fn a_file_that_was_replaced_before_it_was_taken_is_not_taken() {
        let inbox = tempfile::tempdir().unwrap();
        make_folders(inbox.path()).unwrap();
        std::fs::write(inbox.path().join("a.csv"), "x").unwrap();
        let claim = claim(inbox.path());
        std::fs::write(inbox.path().join("b.csv"), "y").unwrap();
        std::fs::rename(inbox.path().join("b.csv"), inbox.path().join("a.csv")).unwrap();
        assert!(matches!(take(&claim), Err(ClaimError::Vanished(_))));
    }

    #[test]
    fn a_link_that_was_planted_where_a_file_is_to_be_made_is_not_followed() {
        let inbox = tempfile::tempdir().unwrap();
        let precious = inbox.path().join("precious");
        std::fs::write(&precious, "precious").unwrap();
        let planted = inbox.path().join("a.results.csv.tmp");
        std::os::unix::fs::symlink(&precious, &planted).unwrap();
        create_aside(&planted, 0o600).unwrap();
        assert!(std::fs::symlink_metadata(&planted).unwrap().is_file());
        assert_eq!(std::fs::read(&precious).unwrap(), b"precious");
    }

    #[test]
    fn nothing_is_overwritten() {
        let inbox = tempfile::tempdir().unwrap();
        make_folders(inbox.path()).unwrap();
        std::fs::write(inbox.path().join("a"), "x").unwrap();
        std::fs::write(inbox.path().join("b"), "y").unwrap();
        let refusal = move_file(&inbox.path().join("a"), &inbox.path().join("b")).unwrap_err();
        assert!(refusal.to_string().contains("cannot be moved"), "{refusal}");
        assert_eq!(std::fs::read(inbox.path().join("b")).unwrap(), b"y");
    }
}
