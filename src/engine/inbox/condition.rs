//! Looks whether files can be taken out of a drop folder, before anything is journaled about one.

use std::fs::Metadata;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Access as Mode, AtFlags, CWD, StatxAttributes, StatxFlags, accessat, statx};

use super::{Folder, Name, is_there, make_folders};
use crate::engine::closed::{self, Access};

/// The obstacles to taking files from a drop folder.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Condition {
    /// The reason why no file at all can be taken.
    pub hindrance: Option<String>,
    /// The reason why some files may not be taken.
    pub remark: Option<String>,
}

impl Condition {
    /// Looks at the folder, and makes its sub-folders where they are missing.
    #[must_use]
    pub fn of(inbox: &Path) -> Self {
        let made = make_folders(inbox)
            .map_err(|error| format!("its sub-folders cannot be made: {}", closed::why(&error, inbox, Access::Write)));
        match hindrance(inbox).and_then(|folder| made.map(|()| folder)) {
            Err(why) => Self { hindrance: Some(why), remark: None },
            Ok(folder) => Self { hindrance: None, remark: sticky(&folder) },
        }
    }

    /// Looks at the folder as it is, and makes nothing in it.
    #[must_use]
    pub fn as_it_is(inbox: &Path) -> Self {
        match hindrance(inbox) {
            Err(why) => Self { hindrance: Some(why), remark: None },
            Ok(folder) => Self { hindrance: None, remark: sticky(&folder) },
        }
    }

    /// Returns everything that stands against it, in words.
    #[must_use]
    pub fn words(&self) -> Option<&str> {
        self.hindrance.as_deref().or(self.remark.as_deref())
    }
}

fn hindrance(inbox: &Path) -> Result<Metadata, String> {
    let unreadable = |error| format!("it cannot be read: {}", closed::why(&error, inbox, Access::Write));
    let folder = std::fs::metadata(inbox).map_err(unreadable)?;
    std::fs::read_dir(inbox).map_err(unreadable)?;
    let made = Folder::ALL.map(|folder| inbox.join(folder.as_str())).into_iter().filter(|path| is_there(path));
    for path in std::iter::once(inbox.to_owned()).chain(made) {
        accessat(CWD, &path, Mode::WRITE_OK | Mode::EXEC_OK, AtFlags::EACCESS).map_err(|error| {
            let why = closed::why(&error.into(), inbox, Access::Write);
            format!("files cannot be moved in {}: {why}", path.display())
        })?;
        let other = std::fs::metadata(&path).map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        if other.dev() != folder.dev() {
            return Err(format!(
                "{} is on another file system, and files cannot be moved there in one step: put both on one",
                path.display()
            ));
        }
    }
    Ok(folder)
}

/// Says that files of a sticky folder cannot be moved: only a file's owner, or the folder's, may do that.
fn sticky(folder: &Metadata) -> Option<String> {
    let restricted = is_sticky_for_us(folder);
    restricted.then(|| {
        "the folder is sticky (`chmod -t` ends that) and belongs to somebody else, so that files of other users cannot be moved"
            .to_owned()
    })
}

fn is_sticky_for_us(folder: &Metadata) -> bool {
    let us = rustix::process::geteuid();
    folder.mode() & 0o1000 != 0 && !us.is_root() && us.as_raw() != folder.uid()
}

/// Returns the files of a drop folder that are to be taken and cannot be read, or not be moved, each with the reason; so
/// many at most.
pub fn stuck(inbox: &Path, most: usize) -> std::io::Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(inbox)? {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        let path = inbox.join(&name);
        if !Name::of(&name).is_taken() || path.is_dir() {
            continue;
        }
        let unreadable = readable(&path).err().map(|error| format!("cannot be read: {error}"));
        if let Some(why) = unreadable.or_else(|| why_not_movable(&path).map(|why| format!("cannot be moved: {why}"))) {
            found.push((name, why));
        }
        if found.len() == most {
            break;
        }
    }
    found.sort();
    Ok(found)
}

/// Checks that a plain file can be opened; anything else is claimed, and refused with its reason.
pub fn readable(path: &Path) -> std::io::Result<()> {
    if std::fs::symlink_metadata(path)?.is_file() {
        std::fs::File::open(path)?;
    }
    Ok(())
}

/// Tells why a file cannot be moved out of its folder, as far as that can be known without trying.
#[must_use]
pub fn why_not_movable(file: &Path) -> Option<String> {
    let folder = file.parent().unwrap_or(Path::new("."));
    let frozen = StatxAttributes::IMMUTABLE | StatxAttributes::APPEND;
    let is_frozen = statx(CWD, file, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::BASIC_STATS)
        .is_ok_and(|found| found.stx_attributes.intersects(frozen));
    if is_frozen {
        return Some("it is marked as not to be changed (`lsattr` shows it, `chattr -i -a` ends it)".to_owned());
    }
    let (folder, file) = (std::fs::metadata(folder).ok()?, std::fs::symlink_metadata(file).ok()?);
    let others = file.uid() != rustix::process::geteuid().as_raw();
    (is_sticky_for_us(&folder) && others).then(|| {
        format!(
            "it belongs to the user with the number {}, and in a sticky folder only that one may move it",
            file.uid()
        )
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_folder_that_is_away_or_no_folder_is_a_hindrance_and_one_of_our_own_is_none() {
        let place = tempfile::tempdir().unwrap();
        assert_eq!(Condition::of(place.path()), Condition::default());
        let away = Condition::of(&place.path().join("away"));
        assert!(away.hindrance.is_some_and(|why| why.starts_with("it cannot be read: ")));
        let file = place.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert!(Condition::of(&file).hindrance.is_some());
        assert_eq!(why_not_movable(&file), None);
        // A folder of our own may be sticky: we may move everything in it.
        std::fs::set_permissions(place.path(), PermissionsExt::from_mode(0o1777)).unwrap();
        assert_eq!(Condition::of(place.path()), Condition::default());
    }
}
