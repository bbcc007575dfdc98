//! Hints from the system that something happened in a drop folder. The poll is the truth: a hint only makes it come sooner.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use notify::event::{ModifyKind, RenameMode};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::Notify;

/// Hints about one folder, from now on.
#[derive(Debug)]
pub struct Hints {
    shared: Arc<Shared>,
    _watcher: Option<RecommendedWatcher>,
}

#[derive(Debug, Default)]
struct Shared {
    renamed: Mutex<Vec<String>>,
    something: Notify,
}

impl Hints {
    /// Watches the folder. Where the system gives no hints (a network share, too many watches), there are none.
    #[must_use]
    pub fn new(folder: &Path) -> Self {
        let shared = Arc::new(Shared::default());
        let inner = Arc::clone(&shared);
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| inner.take(event)).and_then(
            |mut watcher| {
                watcher.watch(folder, RecursiveMode::NonRecursive)?;
                Ok(watcher)
            },
        );
        let watcher = watcher
            .inspect_err(
                |error| tracing::info!(folder = %folder.display(), %error, "no hints for this folder; it is polled"),
            )
            .ok();
        Self { shared, _watcher: watcher }
    }

    /// Waits for a hint.
    pub async fn next(&self) {
        self.shared.something.notified().await;
    }

    /// The names that were renamed into place since this was last asked.
    #[must_use]
    pub fn renamed(&self) -> Vec<String> {
        std::mem::take(&mut *self.shared.renamed.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Shared {
    fn take(&self, event: notify::Result<Event>) {
        let Ok(event) = event else { return };
        if matches!(event.kind, EventKind::Access(_)) {
            return;
        }
        if matches!(event.kind, EventKind::Modify(ModifyKind::Name(RenameMode::To))) {
            let names = event.paths.iter().filter_map(|path| path.file_name()?.to_str().map(str::to_owned));
            self.renamed.lock().unwrap_or_else(PoisonError::into_inner).extend(names);
        }
        self.something.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_renaming_into_the_folder_is_told_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let outside = tempfile::tempdir_in(folder.path().parent().unwrap()).unwrap();
        let hints = Hints::new(folder.path());
        std::fs::write(outside.path().join("x"), "x").unwrap();
        std::fs::rename(outside.path().join("x"), folder.path().join("a.csv")).unwrap();
        let mut renamed = Vec::new();
        while renamed.is_empty() {
            hints.next().await;
            renamed = hints.renamed();
        }
        assert_eq!(renamed, ["a.csv"]);
    }
}
