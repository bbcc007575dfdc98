//! Takes in the files of a run that another process worked on, and puts each into its place as the caller, whole or not at
//! all, and never over another.

use std::io::Write;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::control::Ended;

/// Files on their way.
pub(super) struct Receiving {
    folder: PathBuf,
    coming: Vec<Coming>,
}

struct Coming {
    name: String,
    file: std::io::Result<NamedTempFile>,
}

impl Receiving {
    /// Begins with the folder into which the files go.
    pub(super) fn new(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), coming: Vec::new() }
    }

    /// Takes the next bytes of a file.
    pub(super) fn take(&mut self, name: &str, bytes: &[u8]) {
        // A name is a name, and leads nowhere.
        if Path::new(name).file_name().is_none_or(|last| last != name) {
            return;
        }
        if self.coming.last().is_none_or(|coming| coming.name != name) {
            let file = tempfile::Builder::new().prefix(".roomkeeper-").tempfile_in(&self.folder);
            self.coming.push(Coming { name: name.to_owned(), file });
        }
        if let Some(coming) = self.coming.last_mut()
            && let Ok(file) = &mut coming.file
            && let Err(error) = file.write_all(bytes)
        {
            coming.file = Err(error);
        }
    }

    /// Puts the files of a run that has ended into their places, and says so in what is told of it. Tells whether there were
    /// some, and each is in its place.
    pub(super) fn finish(&mut self, ended: &mut Ended) -> bool {
        let mut placed = !self.coming.is_empty();
        for Coming { name, file } in self.coming.drain(..) {
            let to = self.folder.join(&name);
            let put = file.and_then(|file| {
                file.as_file().sync_all()?;
                file.persist_noclobber(&to).map_err(|refused| refused.error)
            });
            let Some(told) =
                ended.files.iter_mut().find(|file| file.path.file_name().is_some_and(|last| *last == *name))
            else {
                continue;
            };
            match put {
                Ok(_) => told.path = to,
                Err(error) => {
                    placed = false;
                    let (to, kept) = (to.display(), told.path.display());
                    ended.remarks.push(format!("{to} could not be written: {error}. It is kept as {kept}"));
                }
            }
        }
        placed
    }
}
