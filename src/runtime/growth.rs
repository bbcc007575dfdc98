//! Ends the trouble about a file that grew after its run had ended, once a user has dealt with it: the retry file
//! or the file itself was handed in, or the file was taken away.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use super::Runtime;
use crate::engine::inbox::{self, Folder};
use crate::jobs;
use crate::journal::{Claim, JournalError, RunView};
use crate::model::{Digest, TroubleKind};

impl Runtime {
    /// Looks at what stands, and ends what was dealt with.
    pub(super) async fn look_at_growth(&self) -> Result<(), JournalError> {
        for (subject, detail) in self.troubles.of_kind(TroubleKind::FileGrew).await {
            let Some(id) = inbox::run_of(&subject) else { continue };
            let Some(run) = self.journal().run(id).await? else { continue };
            let Some(claim) = self.journal().claim(run.key).await? else { continue };
            if self.is_dealt_with(&run, &claim, &detail).await? {
                self.trouble_ended(Some(&run.job), TroubleKind::FileGrew, &subject).await?;
            }
        }
        Ok(())
    }

    async fn is_dealt_with(&self, run: &RunView, claim: &Claim, detail: &str) -> Result<bool, JournalError> {
        let Some(file) = claim.settled.clone() else { return Ok(false) };
        if inbox::is_gone(&file) {
            return Ok(true);
        }
        // A file that was written over, or whose rows could not be written down, has no such retry file.
        let retry = jobs::kind(run.kind).late_retry_name(&run.input, run.id).filter(|name| detail.contains(name));
        if let (Some(name), Some(inbox)) = (retry, claim.dropped.parent()) {
            let retry = inbox.join(Folder::Failed.as_str()).join(name);
            if inbox::is_gone(&retry) || self.was_handed_in(retry).await? {
                return Ok(true);
            }
        }
        self.was_handed_in(file).await
    }

    /// Tells whether a file of this content was handed in, and its run has ended.
    async fn was_handed_in(&self, path: PathBuf) -> Result<bool, JournalError> {
        match tokio::task::spawn_blocking(move || fingerprint(&path)).await {
            Ok(Ok(hash)) => self.journal().was_dealt_with(hash).await,
            _ => Ok(false),
        }
    }
}

/// Computes the fingerprint of a file, as a run takes it of the file that it reads.
fn fingerprint(path: &Path) -> io::Result<Digest> {
    let mut hasher = blake3::Hasher::new();
    hasher.update_reader(File::open(path)?)?;
    Ok(Digest::of(hasher.finalize().as_bytes()))
}
