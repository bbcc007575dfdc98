//! Moves a dropped file for the last time: to `done/` or `failed/`, once its run has ended. If that cannot be done
//! now, it is done later, by this process or by the next.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, Notify};

use super::aftercare::Aftercare;
use super::shared::Shared;
use super::troubles::Troubles;
use crate::engine::inbox::{self, ClaimError, Folder};
use crate::jobs;
use crate::journal::{Claim, JournalError, RunView, Seen};
use crate::model::TroubleKind;

/// The time for which a folder, or a disk, that refused is left alone.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// Moves dropped files for the last time.
pub struct PutAway {
    shared: Arc<Shared>,
    troubles: Arc<Troubles>,
    aftercare: Arc<Aftercare>,
    /// A file could not be put away.
    left: Notify,
    /// One move at a time: a file is not put away by two at once.
    turn: Mutex<()>,
}

impl PutAway {
    pub(super) fn new(shared: Arc<Shared>, troubles: Arc<Troubles>, aftercare: Arc<Aftercare>) -> Self {
        Self { shared, troubles, aftercare, left: Notify::new(), turn: Mutex::default() }
    }

    /// Puts files away whose run has ended before their last move was made. Tells whether none is left.
    pub async fn put_files_away(&self) -> Result<bool, JournalError> {
        let open = self.shared.engine.journal.open_claims().await?;
        let mut all = true;
        for (run, _) in open {
            let view = self.shared.engine.journal.run_by_key(run).await?;
            if view.ended.is_some() {
                all &= self.put_away(&view).await;
            }
        }
        if !all {
            self.left.notify_one();
        }
        Ok(all)
    }

    /// Puts away what could not be put away at once, when that is possible, until the program stops.
    pub async fn put_leftovers_away(&self) {
        let forever = async {
            loop {
                self.left.notified().await;
                loop {
                    tokio::time::sleep(TRY_AGAIN).await;
                    match self.put_files_away().await {
                        Ok(true) => break,
                        Ok(false) => {}
                        Err(error) => {
                            tracing::debug!(%error, "the journal could not tell which files wait to be put away");
                        }
                    }
                }
            }
        };
        tokio::select! {
            () = self.shared.stop().cancelled() => {}
            () = forever => {}
        }
    }

    /// Puts the file of a run that has ended away; if that cannot be now, it is not forgotten.
    pub(super) async fn put_file_away(&self, run: &RunView) {
        if !self.put_away(run).await {
            self.left.notify_one();
        }
    }

    async fn put_away(&self, run: &RunView) -> bool {
        let _turn = self.turn.lock().await;
        let key = run.key;
        let claim = match self.shared.engine.journal.claim(key).await {
            Ok(Some(claim)) if claim.settled.is_none() => claim,
            Ok(_) => return true,
            Err(error) => {
                tracing::warn!(%error, "the journal could not tell whether a file is to be put away");
                return false;
            }
        };
        let folder = run.outcome.map_or(Folder::Failed, |outcome| inbox::last_folder(&run.counts, outcome));
        let has_changed = jobs::kind(run.kind).has_changed(&run.input);
        let folder = if has_changed { Folder::Failed } else { folder };
        match inbox::put_away(&self.shared.engine.journal, key, &claim, folder).await {
            Ok(path) => {
                self.aftercare.look_after(run, path, has_changed).await;
                let ended = self.troubles.ended(Some(&run.job), TroubleKind::FileNotPutAway, &subject(&claim)).await;
                if let Err(error) = ended {
                    tracing::warn!(%error, "the journal has no note that a file could be put away at last");
                }
                true
            }
            Err(error) => {
                let detail = match &error {
                    ClaimError::Move { why, .. } => why.clone(),
                    ClaimError::Vanished(_) | ClaimError::Journal(_) => error.to_string(),
                };
                tracing::debug!(run = %run.id, %error, "a file that was dealt with could not be put away; it is tried again");
                let seen = Seen { kind: TroubleKind::FileNotPutAway, subject: subject(&claim), detail };
                if let Err(error) = self.troubles.goes_on(Some(&run.job), seen).await {
                    tracing::warn!(%error, "the journal has no note that a file could not be put away");
                }
                false
            }
        }
    }
}

/// Returns the name of the file where it lies now, which no other has.
fn subject(claim: &Claim) -> String {
    claim.claimed.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
