//! Carries out `mail --retry` and `mail --drop`: a person's decisions on mails that wait or were given up.

use super::events::Events;
use super::executor::CommandExecutor;
use super::message::Event;
use super::refusal::Refusal;
use crate::journal::LetterView;

/// Mails that are looked through for the one that is meant.
const MOST: u32 = 10_000;

impl CommandExecutor {
    pub(super) async fn retry_mail(&self, events: &Events) -> Result<(), Refusal> {
        let words = match self.runtime.retry_mail().await? {
            0 => "no mail waits".to_owned(),
            1 => "one mail is tried now".to_owned(),
            n => format!("{n} mails are tried now"),
        };
        events.tell(Event::Said(words)).await;
        Ok(())
    }

    /// Drops the mail whose name ends so.
    pub(super) async fn drop_mail(&self, asked: &str, events: &Events) -> Result<(), Refusal> {
        let ending = asked.to_ascii_lowercase();
        let letters = self.runtime.journal().open_letters(MOST).await?;
        let mut meant = letters.into_iter().filter(|letter| letter.id.hyphenated().to_string().ends_with(&ending));
        let (Some(LetterView { id, subject, .. }), None) = (meant.next(), meant.next()) else {
            return Err(Refusal::usage(format!(
                "`{asked}` is not the name of one mail that waits; `roomkeeper mail` shows them"
            )));
        };
        if !self.runtime.drop_mail(id).await? {
            return Err(Refusal::failed("the mail is on its way, and cannot be dropped now; try again in a while"));
        }
        events.tell(Event::Said(format!("dropped: {subject}"))).await;
        Ok(())
    }
}
