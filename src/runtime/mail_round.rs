//! Carries the outbox's mails to the mail server, until it has taken them or three days are over. Tells of mails that were given up
//! with the next that the server takes: their words reached no receiver.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use uuid::Uuid;

use super::attempt::{Attempt, Rest, is_about_domain_of, server_name};
use super::gathering::Gathering;
use super::letters::{finished, undelivered};
use super::shared::Shared;
use super::troubles::Troubles;
use crate::engine::OnTrouble;
use crate::journal::{Delivered, Delivery, JournalError, Letter, LetterView, NewLetter, Seen};
use crate::mail::{Address, Handover, Session, words_alone};
use crate::model::{Backoff, MailOn, TroubleKind};

/// The time that the postman sleeps when no mail is due.
const ROUND: Duration = Duration::from_secs(30);
/// The time for which the postman leaves a journal alone that could not be written.
const TRY_AGAIN: Duration = Duration::from_secs(5);
/// Waits between the attempts to journal what became of a mail.
const RECORD_AGAIN: Backoff = Backoff::new(Duration::from_secs(1), ROUND);
/// So many mails in a row that were not taken end a round.
const MOST_IN_VAIN: u32 = 10;
/// So many mails that were given up stand as troubles at once.
const GIVEN_UP: u32 = 50;

/// Carries the outbox's mails to the mail server.
pub struct MailRound {
    shared: Arc<Shared>,
    troubles: Arc<Troubles>,
    gathering: Gathering,
    rest: Rest,
    handover: Handover,
    out: AtomicU64,
}

impl MailRound {
    pub(super) fn new(shared: Arc<Shared>, troubles: Arc<Troubles>) -> Self {
        let gathering = Gathering::new(Arc::clone(&shared));
        let (rest, handover, out) = (Rest::default(), Handover::default(), AtomicU64::default());
        Self { shared, troubles, gathering, rest, handover, out }
    }

    /// Looks for mails that another machine left.
    pub fn wake(&self) {
        self.shared.mail_due.notify_one();
    }

    /// Tries all mails that wait at once: the fault that kept the mail server from taking them may be mended.
    pub(super) async fn hurry(&self) -> Result<(), JournalError> {
        self.rest.end();
        self.shared.journal().hurry_letters().await?;
        self.shared.mail_due.notify_one();
        Ok(())
    }

    /// Delivers mails as they come due, until the program stops.
    pub async fn carry(&self) {
        loop {
            let mut delivering = std::pin::pin!(self.deliver(false));
            let delivered = tokio::select! {
                delivered = &mut delivering => delivered,
                () = self.shared.stop().cancelled() => {
                    // Mail that the server already has is waited for, as long as the stop itself waits.
                    self.handover.end();
                    delivering.await
                }
            };
            let next = match delivered {
                Ok(next) => next,
                Err(error) => {
                    tracing::warn!(%error, "the outbox cannot be worked on now");
                    TRY_AGAIN
                }
            };
            tokio::select! {
                () = self.shared.stop().cancelled() => return,
                () = self.shared.mail_due.notified() => {}
                () = tokio::time::sleep(next.min(ROUND)) => {}
            }
        }
    }

    /// Tries at once every mail that waits or was given up; answers how many.
    pub async fn retry(&self) -> Result<usize, JournalError> {
        let all = self.shared.journal().retry_letters().await?;
        self.forget_given_up().await?;
        self.rest.end();
        self.shared.mail_due.notify_one();
        Ok(all)
    }

    /// Drops a mail that waits or was given up. Tells whether there was one; one that is on its way is not stopped.
    pub async fn drop_one(&self, id: Uuid) -> Result<bool, JournalError> {
        let dropped = self.shared.journal().drop_letter(id).await?;
        self.forget_given_up().await?;
        Ok(dropped)
    }

    /// Ends the delivery: the mail that the server has is waited for, and no other is begun. Tells whether there is one.
    pub fn end(&self) -> bool {
        self.handover.end();
        self.handover.is_given()
    }

    /// Returns how many mails have gone out by now.
    pub fn out(&self) -> u64 {
        self.out.load(Ordering::Relaxed)
    }

    /// Delivers what is due now; tells how long until the next mail is. A server that takes none is let be for a while: every
    /// owner's mail would be kept waiting for as long as it takes to find that out.
    pub async fn deliver_due(&self) -> Result<Duration, JournalError> {
        self.deliver(true).await
    }

    /// Does the same; mails about files wait for others of their kind, unless `at_once`.
    async fn deliver(&self, at_once: bool) -> Result<Duration, JournalError> {
        let held = self.gathering.gather(at_once).await?.unwrap_or(ROUND);
        if let Some(rest) = self.rest.left(self.shared.journal().time().lived) {
            return Ok(rest.min(held));
        }
        let mut session = self.shared.current.get().mailer.session();
        let worked = self.round(&mut session).await;
        session.end().await;
        if let Some(rest) = worked? {
            return Ok(rest);
        }
        let due = self.shared.journal().next_letter_due().await?;
        Ok(due.map_or(ROUND, |due| due.since(self.shared.journal().time().lived)).min(held))
    }

    /// Sends what is due, over one connection where that lasts. Answers how long to rest where the server takes nothing.
    async fn round(&self, session: &mut Session) -> Result<Option<Duration>, JournalError> {
        let mut in_vain = 0;
        let (mut takes_mail, mut looked) = (false, false);
        while !self.handover.is_over() {
            let Some(letter) = self.shared.journal().next_letter(self.shared.journal().time().lived).await? else {
                if looked || !takes_mail {
                    break;
                }
                // Mails that were given up are reported by a mail that enters now.
                looked = true;
                self.tell_of_given_up().await?;
                continue;
            };
            let (id, subject) = (letter.id, letter.subject.clone());
            let Attempt { delivery, server, addresses } =
                Attempt::make(&self.shared, &self.rest, &self.handover, session, &letter).await;
            match &delivery {
                Delivery::Sent => tracing::info!(%subject, "a mail was sent"),
                Delivery::SentInPart { why } => tracing::warn!(%subject, %why, "a mail was sent, but not to everybody"),
                Delivery::Again { why, .. } => tracing::warn!(%subject, %why, "a mail waits"),
                Delivery::Dead { why } => tracing::error!(%subject, %why, "a mail was given up"),
            }
            let about_it = match &delivery {
                Delivery::Dead { why } if letter.is_sealed => self.told_in_vain(&letter, why).await?,
                _ => Vec::new(),
            };
            if matches!(delivery, Delivery::Sent | Delivery::SentInPart { .. }) {
                takes_mail = true;
                self.out.fetch_add(1, Ordering::Relaxed);
            }
            in_vain = if matches!(delivery, Delivery::Again { .. }) { in_vain + 1 } else { 0 };
            let is_kept = letter.run.is_some() && !letter.is_sealed;
            let kept = is_kept.then(|| words_alone(&letter.message)).flatten();
            self.record(Delivered { kept, about_it, ..Delivered::new(id, delivery, letter.created) }).await?;
            self.tell_of_addresses(addresses).await?;
            if let Some((rest, troubles)) = server {
                self.troubles.seen(None, &[TroubleKind::MailServer], troubles).await?;
                if rest.is_some() {
                    return Ok(rest);
                }
            }
            if in_vain == MOST_IN_VAIN {
                return Ok(Some(ROUND));
            }
        }
        Ok(None)
    }

    /// Records what became of a mail. A daemon waits for a full disk here, since a mail whose sending is forgotten is sent once
    /// more.
    async fn record(&self, mut delivered: Delivered) -> Result<(), JournalError> {
        let mut failures = 0;
        loop {
            delivered.now = self.shared.clock().now();
            let error = match self.shared.journal().delivered(delivered.clone()).await {
                Err(error) if error.may_pass() && self.shared.on_trouble == OnTrouble::Wait => error,
                recorded => return recorded,
            };
            tracing::warn!(%error, "the fate of a mail cannot be journaled now; it is tried again");
            failures += 1;
            tokio::select! {
                () = self.shared.stop().cancelled() => return Err(error),
                () = tokio::time::sleep(RECORD_AGAIN.wait(failures)) => {}
            }
        }
    }

    /// Returns the mail to a run's receivers that an owner could not be told the new PINs.
    async fn told_in_vain(&self, letter: &Letter, why: &str) -> Result<Vec<NewLetter>, JournalError> {
        let Some(key) = letter.run else { return Ok(Vec::new()) };
        let run = self.shared.journal().run_by_key(key).await?;
        let config = self.shared.config();
        let mail = config.jobs.get(&run.job).map(|job| &job.mail);
        let (to, on) = mail.map_or((&config.mail.to, config.mail.on), |mail| (&mail.to, mail.on));
        if on == MailOn::Never || to.is_empty() {
            return Ok(Vec::new());
        }
        let to = to.iter().cloned().map(Address::from).collect();
        let from = Address::from(config.mail.from.clone());
        let undelivered = undelivered(letter, &run, why, self.shared.clock().now(), from, to);
        Ok(finished(&undelivered).into_iter().collect())
    }

    /// Records which addresses get mail, and which do not.
    async fn tell_of_addresses(&self, addresses: Vec<(String, Option<Seen>)>) -> Result<(), JournalError> {
        for (address, trouble) in addresses {
            match trouble {
                Some(seen) if seen.kind == TroubleKind::MailRelay => {
                    self.troubles.goes_on(None, Seen { subject: server_name(&self.shared.config()), ..seen }).await?;
                }
                Some(seen) => self.troubles.goes_on(None, seen).await?,
                None => {
                    self.troubles.ended(None, TroubleKind::MailReceiver, &address).await?;
                    for (server, detail) in self.troubles.of_kind(TroubleKind::MailRelay).await {
                        if is_about_domain_of(&detail, &address) {
                            self.troubles.ended(None, TroubleKind::MailRelay, &server).await?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// Mails the troubles with mails that were given up, once the server takes mails again, so that this one gets
    /// through. It is itself about no run, so that none is written about it in its turn.
    async fn tell_of_given_up(&self) -> Result<(), JournalError> {
        let given_up = self.shared.journal().given_up(GIVEN_UP).await?;
        self.troubles.seen(None, &[TroubleKind::MailGivenUp], given_up.iter().map(seen).collect()).await
    }

    /// Forgets those that a person, or the years, have dealt with: they stand no longer. None is told anew.
    pub(super) async fn forget_given_up(&self) -> Result<(), JournalError> {
        let (given_up, standing) =
            (self.shared.journal().given_up(GIVEN_UP).await?, self.shared.journal().troubles().await?);
        let stands = |seen: &Seen| {
            standing.iter().any(|trouble| trouble.seen.kind == seen.kind && trouble.seen.subject == seen.subject)
        };
        let found = given_up.iter().map(seen).filter(stands).collect();
        self.troubles.seen(None, &[TroubleKind::MailGivenUp], found).await
    }
}

fn seen(letter: &LetterView) -> Seen {
    let subject = format!("{} {}", letter.short(), letter.subject);
    let why = letter.why.as_deref().unwrap_or("no reason was noted");
    let detail = format!("to {}: {why}", letter.receivers.join(", "));
    Seen { kind: TroubleKind::MailGivenUp, subject, detail }
}
