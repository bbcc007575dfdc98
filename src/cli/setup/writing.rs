//! Writes the files of a first configuration, each new and with its owner and mode from the beginning; if one cannot be written,
//! those before it are taken away again.

use std::fmt;
use std::fs::{self, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt, chown, fchown};
use std::path::{Path, PathBuf};

use nix::unistd::{Gid, Uid};
use secrecy::{ExposeSecret, SecretString};

use crate::cli::Failure;

/// One file or folder to be written.
pub(super) struct Wanted {
    pub(super) path: PathBuf,
    pub(super) mode: u32,
    pub(super) owner: Owner,
    pub(super) content: Content,
}

/// Whose it is to be.
#[derive(Clone)]
pub(super) struct Owner {
    /// `None`: the caller's.
    pub(super) ids: Option<(Uid, Gid)>,
    pub(super) named: String,
}

impl Owner {
    pub(super) fn caller() -> Self {
        Self { ids: None, named: "your own".to_owned() }
    }
}

pub(super) enum Content {
    /// Made only where there is none.
    Folder,
    Text(String),
    /// With what it is, to be shown instead.
    Secret(SecretString, &'static str),
}

impl fmt::Display for Wanted {
    /// Writes it as a dry run shows it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}  (mode {:o}, {})", self.path.display(), self.mode, self.owner.named)?;
        match &self.content {
            Content::Folder if self.path.is_dir() => {
                write!(f, ": the folder, which is there already and stays as it is")
            }
            Content::Folder => write!(f, ": the folder"),
            Content::Secret(_, what) => write!(f, ": {what}"),
            Content::Text(text) => text.lines().try_for_each(|line| write!(f, "\n    {line}")),
        }
    }
}

/// The files and folders that were written, as long as they may still be taken back.
pub(super) struct WrittenPaths {
    /// A line for each.
    pub(super) told: Vec<String>,
    files: Vec<PathBuf>,
    folders: Vec<PathBuf>,
}

impl WrittenPaths {
    /// Leaves it all where it is.
    pub(super) fn keep(mut self) {
        self.files.clear();
        self.folders.clear();
    }
}

impl Drop for WrittenPaths {
    fn drop(&mut self) {
        for file in self.files.drain(..).rev() {
            // A file that cannot be taken away was told of, or is told by the next attempt.
            let _ = fs::remove_file(file);
        }
        for folder in self.folders.drain(..).rev() {
            // A folder that has got other content stays.
            let _ = fs::remove_dir(folder);
        }
    }
}

/// Writes all, or nothing.
pub(super) fn write(wanted: Vec<Wanted>) -> Result<WrittenPaths, Failure> {
    let mut written = WrittenPaths { told: Vec::new(), files: Vec::new(), folders: Vec::new() };
    for one in wanted {
        let failed = |error: io::Error| {
            Failure::failed(format!("{} cannot be written: {error}; nothing was left behind", one.path.display()))
        };
        let bytes = match &one.content {
            Content::Folder => {
                make_folder(&one, &mut written).map_err(failed)?;
                continue;
            }
            Content::Text(text) => text.clone().into_bytes(),
            Content::Secret(secret, _) => format!("{}\n", secret.expose_secret()).into_bytes(),
        };
        make_file(&one, &bytes, &mut written.files).map_err(failed)?;
        written.told.push(format!("written: {} (mode {:o}, {})", one.path.display(), one.mode, one.owner.named));
    }
    Ok(written)
}

fn make_folder(one: &Wanted, written: &mut WrittenPaths) -> io::Result<()> {
    if one.path.is_dir() {
        return Ok(());
    }
    let missing: Vec<&Path> = one.path.ancestors().take_while(|path| !path.exists()).collect();
    for path in missing.into_iter().rev() {
        fs::create_dir(path)?;
        written.folders.push(path.to_owned());
    }
    if let Some((user, group)) = one.owner.ids {
        chown(&one.path, Some(user.as_raw()), Some(group.as_raw()))?;
    }
    fs::set_permissions(&one.path, Permissions::from_mode(one.mode))?;
    written.told.push(format!("made: {} (mode {:o}, {})", one.path.display(), one.mode, one.owner.named));
    Ok(())
}

fn make_file(one: &Wanted, bytes: &[u8], files: &mut Vec<PathBuf>) -> io::Result<()> {
    // Never over one that is there, and never for a moment open to others.
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&one.path)?;
    files.push(one.path.clone());
    if let Some((user, group)) = one.owner.ids {
        fchown(&file, Some(user.as_raw()), Some(group.as_raw()))?;
    }
    file.set_permissions(Permissions::from_mode(one.mode))?;
    file.write_all(bytes)?;
    file.sync_all()
}
