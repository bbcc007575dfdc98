//! Tells of mails that were given up, with the next that the server takes: their words reached no receiver.

use super::Runtime;
use crate::journal::{JournalError, LetterView, Seen};
use crate::model::TroubleKind;

/// So many stand as troubles at once.
const MOST: u32 = 50;

impl Runtime {
    /// Mails the troubles with mails that were given up, once the server takes mails again, so that this one gets
    /// through. It is itself about no run, so that none is written about it in its turn.
    pub(super) async fn tell_of_given_up(&self) -> Result<(), JournalError> {
        let given_up = self.journal().given_up(MOST).await?;
        self.troubles_seen(None, &[TroubleKind::MailGivenUp], given_up.iter().map(seen).collect()).await
    }

    /// Forgets those that a person, or the years, have dealt with: they stand no longer. None is told anew.
    pub(super) async fn forget_given_up(&self) -> Result<(), JournalError> {
        let (given_up, standing) = (self.journal().given_up(MOST).await?, self.journal().troubles().await?);
        let stands = |seen: &Seen| {
            standing.iter().any(|trouble| trouble.seen.kind == seen.kind && trouble.seen.subject == seen.subject)
        };
        let found = given_up.iter().map(seen).filter(stands).collect();
        self.troubles_seen(None, &[TroubleKind::MailGivenUp], found).await
    }
}

fn seen(letter: &LetterView) -> Seen {
    let subject = format!("{} {}", letter.short(), letter.subject);
    let why = letter.why.as_deref().unwrap_or("no reason was noted");
    let detail = format!("to {}: {why}", letter.receivers.join(", "));
    Seen { kind: TroubleKind::MailGivenUp, subject, detail }
}
