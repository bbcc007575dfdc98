//! Tells the mails that wait or were given up, and why.

use serde::{Deserialize, Serialize};

use super::Sources;
use crate::clock::{Timestamp, Zone};
use crate::journal::{JournalError, LetterState, LetterView, RunKey};
use crate::model::{RunId, TroubleKind};

/// So many are told.
const MOST_MAILS: u32 = 1000;

/// The mails that wait or were given up.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Mails {
    /// The mails, the oldest first.
    pub mails: Vec<MailTold>,
    /// True when there may be more.
    pub more: bool,
    /// The reasons why the mail server takes no mail.
    pub server: Vec<String>,
    /// The configuration's zone.
    pub timezone: Zone,
}

/// A mail as programs are told of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MailTold {
    /// Its name.
    pub mail: String,
    /// Its state, in words.
    pub state: String,
    /// The run that it is about.
    pub run: Option<RunId>,
    /// The addresses that it goes to.
    pub to: Vec<String>,
    /// Its subject.
    pub subject: String,
    /// The time when it entered the outbox.
    pub since: Timestamp,
    /// The number of times it was tried.
    pub attempts: u32,
    /// The error of the last attempt.
    pub why: Option<String>,
}

impl MailTold {
    fn of(letter: LetterView, is_at_work: bool) -> Self {
        Self {
            mail: letter.id.hyphenated().to_string(),
            state: state(&letter, is_at_work).to_owned(),
            run: letter.run,
            to: letter.receivers,
            subject: letter.subject,
            since: letter.created,
            attempts: letter.attempts,
            why: letter.why,
        }
    }
}

fn state(letter: &LetterView, is_at_work: bool) -> &'static str {
    match letter.state {
        LetterState::Waiting => "waits",
        LetterState::Sending if is_at_work => "is being sent",
        LetterState::Sending => "was perhaps sent, and is sent again at the next start",
        LetterState::Sent if letter.why.is_some() => "sent, but not to everybody",
        LetterState::Sent => "sent",
        LetterState::Dead => "given up",
    }
}

impl Sources {
    pub(super) async fn mail(&self) -> Result<Mails, JournalError> {
        let mails = self.mails(None).await?;
        let standing =
            self.troubles().await?.into_iter().filter(|trouble| trouble.seen.kind == TroubleKind::MailServer);
        Ok(Mails {
            more: mails.len() == MOST_MAILS as usize,
            mails,
            server: standing.map(|trouble| trouble.seen.detail).collect(),
            timezone: self.config.timezone.clone(),
        })
    }

    /// Reads the mails of a run, or those that are open, and looks for the process that sends them if one is being sent.
    pub(super) async fn mails(&self, run: Option<RunKey>) -> Result<Vec<MailTold>, JournalError> {
        let (mut letters, mut is_at_work) = (self.letters(run).await?, true);
        if letters.iter().any(|letter| letter.state == LetterState::Sending) && !self.is_at_work() {
            // It may have sent the mail meanwhile, and ended.
            (letters, is_at_work) = (self.letters(run).await?, false);
        }
        Ok(letters.into_iter().map(|letter| MailTold::of(letter, is_at_work)).collect())
    }

    async fn letters(&self, run: Option<RunKey>) -> Result<Vec<LetterView>, JournalError> {
        match (self.journal(), run) {
            (Some(journal), Some(run)) => journal.letters_of(run).await,
            (Some(journal), None) => journal.open_letters(MOST_MAILS).await,
            (None, _) => Ok(Vec::new()),
        }
    }
}
