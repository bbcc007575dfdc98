//! Sends the files of a run to the client that asked for it. They lie in the state directory, closed to other
//! users, until they were received.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use tokio::io::AsyncReadExt;

use super::events::Events;
use super::executor::CommandExecutor;
use super::message::Event;
use super::refusal::Refusal;
use super::told::{Ended, RunFile};
use crate::model::{FileKind, RunId};

/// Bytes sent at once.
pub(super) const PIECE: usize = 48 * 1024;

/// Sends the files that lie in `folder`. One that cannot be sent is remarked on, and stays.
pub(super) async fn send(folder: &Path, ended: &mut Ended, events: &Events) {
    for file in ended.files.iter().filter(|file| file.path.parent() == Some(folder)) {
        if let Err(error) = send_one(file, events).await {
            let remark = format!("{} could not be handed over: {error}", file.path.display());
            ended.remarks.push(remark);
        }
    }
}

async fn send_one(file: &RunFile, events: &Events) -> std::io::Result<()> {
    let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut reading = tokio::fs::File::open(&file.path).await?;
    loop {
        let mut bytes = Vec::with_capacity(PIECE);
        while bytes.len() < PIECE && reading.read_buf(&mut bytes).await? > 0 {}
        if bytes.is_empty() {
            return Ok(());
        }
        if !events.tell(Event::Piece { kind: file.kind, name: name.clone(), bytes }).await {
            return Err(ErrorKind::BrokenPipe.into());
        }
    }
}

/// Sends a file that lies in `folder`.
pub(super) async fn send_file(file: &RunFile, events: &Events) -> Result<(), Refusal> {
    let failed = |error| Refusal::failed(format!("{} could not be handed over: {error}", file.path.display()));
    send_one(file, events).await.map_err(failed)
}

/// Returns the files of a run that lie in `folder`, by their names.
pub(super) fn left(folder: &Path, run: RunId) -> Vec<RunFile> {
    let Ok(files) = std::fs::read_dir(folder) else { return Vec::new() };
    let kinds = [(FileKind::Results, "results"), (FileKind::Retry, "retry")];
    let endings: Vec<_> = (kinds.into_iter())
        .flat_map(|(kind, what)| ["csv", "xlsx"].map(|ending| (kind, format!(".{run}.{what}.{ending}"))))
        .collect();
    let of = |path: PathBuf| {
        let name = path.file_name()?.to_str()?;
        let (kind, _) = endings.iter().find(|(_, ending)| name.ends_with(ending))?;
        Some(RunFile { kind: *kind, path })
    };
    files.flatten().filter_map(|file| of(file.path())).collect()
}

impl CommandExecutor {
    /// Deletes the files of a run that were received: they hold PINs.
    pub(super) async fn received(&self, run: RunId) -> Result<(), Refusal> {
        let ended = self.runtime.journal().run(run).await?.is_some_and(|run| run.ended.is_some());
        for file in left(&self.results(), run).into_iter().filter(|_| ended) {
            if let Err(error) = std::fs::remove_file(file.path) {
                tracing::warn!(%error, "a file that was received could not be deleted");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_there_of_a_run_is_known_by_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let (run, other) = (RunId::generate(), RunId::generate());
        for name in [format!("a.{run}.results.csv"), format!("a.{other}.results.csv"), format!("a.{run}.csv")] {
            std::fs::write(folder.path().join(name), "").unwrap();
        }
        let path = folder.path().join(format!("a.{run}.results.csv"));
        assert_eq!(left(folder.path(), run), [RunFile { kind: FileKind::Results, path }]);
        assert_eq!(left(&folder.path().join("none"), run), []);
    }
}
