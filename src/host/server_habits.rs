//! Tells of what the server was seen not to do, as far as that keeps a job from its work until somebody asks whoever runs it.

use super::Host;
use crate::jobs::refresh_lobby::{LOBBY_UPDATE, neither_in_words};
use crate::journal::{JournalError, RunView, Seen};
use crate::model::{JobKind, TroubleKind};

impl Host {
    /// A run has ended. Where the server neither reads changes to a lobby nor adds one anew, that stands as a trouble of its job.
    pub(super) async fn tell_of_server(&self, run: &RunView) {
        if run.kind == JobKind::RefreshLobby
            && let Err(error) = self.look_at_lobby_changes(run).await
        {
            tracing::warn!(job = %run.job, %error, "how the server takes changes to lobbies could not be told");
        }
    }

    async fn look_at_lobby_changes(&self, run: &RunView) -> Result<(), JournalError> {
        let server = self.current.get().workshop.server().to_owned();
        let known = self.journal().habit(server.clone(), LOBBY_UPDATE).await?;
        let detail = known.and_then(|(word, seen)| neither_in_words(&word, seen, self.clock().now()));
        let seen =
            detail.map(|detail| Seen { kind: TroubleKind::LobbyChanges, subject: server, detail: detail.to_owned() });
        self.troubles_seen(Some(&run.job), &[TroubleKind::LobbyChanges], seen.into_iter().collect()).await
    }
}
