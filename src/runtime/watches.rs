//! Keeps the watches on drop folders, so that the code that takes a file knows what was reported of it since this
//! process began to listen.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use super::Runtime;
use crate::engine::inbox::Hints;

/// The folders that are watched.
#[derive(Debug, Default)]
pub(super) struct Watches(Mutex<BTreeMap<PathBuf, Arc<Hints>>>);

impl Runtime {
    /// Returns the watch on a folder, begun where there is none on the one that lies there now; `None` where there is no folder.
    pub fn watch(&self, folder: &Path) -> Result<Option<Arc<Hints>>, String> {
        let mut watches = self.watches.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hints) = watches.get(folder).filter(|hints| hints.are_of(folder)) {
            return Ok(Some(Arc::clone(hints)));
        }
        watches.remove(folder);
        if !folder.is_dir() {
            return Ok(None);
        }
        let hints = Arc::new(Hints::new(folder)?);
        watches.insert(folder.to_owned(), Arc::clone(&hints));
        Ok(Some(hints))
    }

    /// Tells whether a program was seen to begin to write a dropped file, and not to end.
    pub(super) fn is_being_written(&self, dropped: &Path) -> bool {
        let (Some(folder), Some(name)) = (dropped.parent(), dropped.file_name()) else { return false };
        let watches = self.watches.0.lock().unwrap_or_else(PoisonError::into_inner);
        watches.get(folder).is_some_and(|hints| hints.is_writing(name))
    }
}
