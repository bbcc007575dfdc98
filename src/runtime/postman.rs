//! Carries the outbox's mails to the mail server, until it has taken them or three days are over.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use uuid::Uuid;

use super::Runtime;
use super::attempt::Attempt;
use super::letters::{finished, undelivered};
use crate::config::{Config, Environment, MailProof, MailSecurity, MailWay, SecretError};
use crate::engine::OnTrouble;
use crate::journal::{Delivery, JournalError, Letter, NewLetter};
use crate::mail::{
    Address, Login, Mailer, Patience, Program, Proof, Server, Session, Smtp, Tls, TokenSettings, Tokens,
};
use crate::model::{MailOn, TroubleKind};

/// The time that the postman sleeps when no mail is due.
const ROUND: Duration = Duration::from_secs(30);
/// The time for which the postman leaves a journal alone that could not be written.
const TRY_AGAIN: Duration = Duration::from_secs(5);
/// So many mails in a row that were not taken end a round.
const MOST_IN_VAIN: u32 = 10;

/// Returns the way to the mail server, or to the folder where there is none.
pub fn mailer(config: &Config, environment: &Environment) -> Result<Mailer, SecretError> {
    let server = match &config.mail.server {
        Some(MailWay::Smtp(server)) => server,
        Some(MailWay::Program(path)) => return Ok(Mailer::new(Server::Program(Program::new(path.clone())))),
        None => return Ok(Mailer::new(Server::Folder(config.state.directory.join("mail")))),
    };
    let login = match &config.mail.login {
        Some(login) => {
            Some(Login { username: login.username.clone(), proof: proof(config, &login.proof, environment)? })
        }
        None => None,
    };
    let tls = match server.security {
        MailSecurity::Tls => Tls::Implicit,
        MailSecurity::StartTls | MailSecurity::Loopback => Tls::StartTls,
    };
    Ok(Mailer::new(Server::Smtp(Smtp {
        host: server.host.clone(),
        port: server.port,
        tls,
        tls_ca: config.mail.tls_ca.clone(),
        login,
        hello: config.mail.helo.clone(),
        patience: Patience::default(),
    })))
}

fn proof(config: &Config, proof: &MailProof, environment: &Environment) -> Result<Proof, SecretError> {
    Ok(match proof {
        MailProof::Password(password) => Proof::Password(password.resolve(environment)?),
        MailProof::Oauth(oauth) => Proof::Token(Arc::new(Tokens::new(TokenSettings {
            url: oauth.token_url.clone(),
            client_id: oauth.client_id.clone(),
            client_secret: oauth.client_secret.resolve(environment)?,
            scope: oauth.scope.clone(),
            tls_ca: config.mail.tls_ca.clone(),
            proxy: config.api.proxy.clone(),
        }))),
    })
}

impl Runtime {
    /// Delivers mails as they come due, until the program stops.
    pub async fn carry_mail(&self) {
        loop {
            let mut delivering = std::pin::pin!(self.deliver(false));
            let delivered = tokio::select! {
                delivered = &mut delivering => delivered,
                () = self.stop().cancelled() => {
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
                () = self.stop().cancelled() => return,
                () = self.ended.notified() => {}
                () = tokio::time::sleep(next.min(ROUND)) => {}
            }
        }
    }

    /// Tries at once every mail that waits or was given up; answers how many.
    pub async fn retry_mail(&self) -> Result<usize, JournalError> {
        let all = self.journal().retry_letters().await?;
        self.forget_given_up().await?;
        self.rest.end();
        self.ended.notify_one();
        Ok(all)
    }

    /// Drops a mail that waits or was given up. Tells whether there was one; one that is on its way is not stopped.
    pub async fn drop_mail(&self, id: Uuid) -> Result<bool, JournalError> {
        let dropped = self.journal().drop_letter(id).await?;
        self.forget_given_up().await?;
        Ok(dropped)
    }

    /// Ends the delivery: the mail that the server has is waited for, and no other is begun. Tells whether there is one.
    pub fn enough_mail(&self) -> bool {
        self.handover.end();
        self.handover.is_given()
    }

    /// Returns how many mails have gone out by now.
    pub fn mails_out(&self) -> u64 {
        self.mails_out.load(Ordering::Relaxed)
    }

    /// Delivers what is due now; tells how long until the next mail is. A server that takes none is let be for a while: every
    /// owner's mail would be kept waiting for as long as it takes to find that out.
    pub async fn deliver_due(&self) -> Result<Duration, JournalError> {
        self.deliver(true).await
    }

    /// Does the same; mails about files wait for others of their kind, unless `at_once`.
    async fn deliver(&self, at_once: bool) -> Result<Duration, JournalError> {
        let held = self.gather_mail(at_once).await?.unwrap_or(ROUND);
        if let Some(rest) = self.rest.left(self.journal().time().lived) {
            return Ok(rest.min(held));
        }
        let mut session = self.current.get().mailer.session();
        let worked = self.round(&mut session).await;
        session.end().await;
        if let Some(rest) = worked? {
            return Ok(rest);
        }
        let due = self.journal().next_letter_due().await?;
        Ok(due.map_or(ROUND, |due| due.since(self.journal().time().lived)).min(held))
    }

    /// Sends what is due, over one connection where that lasts. Answers how long to rest where the server takes nothing.
    async fn round(&self, session: &mut Session) -> Result<Option<Duration>, JournalError> {
        let mut in_vain = 0;
        let (mut takes_mail, mut looked) = (false, false);
        while !self.handover.is_over() {
            let Some(letter) = self.journal().next_letter(self.journal().time().lived).await? else {
                if looked || !takes_mail {
                    break;
                }
                // Mails that were given up are reported by a mail that enters now.
                looked = true;
                self.tell_of_given_up().await?;
                continue;
            };
            let (id, subject) = (letter.id, letter.subject.clone());
            let Attempt { delivery, server, addresses } = self.attempt(session, &letter).await;
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
                self.mails_out.fetch_add(1, Ordering::Relaxed);
            }
            in_vain = if matches!(delivery, Delivery::Again { .. }) { in_vain + 1 } else { 0 };
            self.record(id, delivery, about_it).await?;
            self.tell_of_addresses(addresses).await?;
            if let Some((rest, troubles)) = server {
                self.troubles_seen(None, &[TroubleKind::MailServer], troubles).await?;
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
    async fn record(&self, id: Uuid, delivery: Delivery, about_it: Vec<NewLetter>) -> Result<(), JournalError> {
        let mut wait = Duration::from_secs(1);
        loop {
            let now = self.clock().now();
            let error = match self.journal().delivered_and_told(id, delivery.clone(), about_it.clone(), now).await {
                Err(error) if error.may_pass() && self.on_trouble == OnTrouble::Wait => error,
                recorded => return recorded,
            };
            tracing::warn!(%error, "what became of a mail cannot be journaled now; it is tried again");
            tokio::select! {
                () = self.stop().cancelled() => return Err(error),
                () = tokio::time::sleep(wait) => wait = (2 * wait).min(ROUND),
            }
        }
    }

    /// Returns the mail to a run's receivers that an owner could not be told the new PINs.
    async fn told_in_vain(&self, letter: &Letter, why: &str) -> Result<Vec<NewLetter>, JournalError> {
        let Some(key) = letter.run else { return Ok(Vec::new()) };
        let run = self.journal().run_by_key(key).await?;
        let config = self.config();
        let mail = config.jobs.get(&run.job).map(|job| &job.mail);
        let (to, on) = mail.map_or((&config.mail.to, config.mail.on), |mail| (&mail.to, mail.on));
        if on == MailOn::Never || to.is_empty() {
            return Ok(Vec::new());
        }
        let to = to.iter().cloned().map(Address::from).collect();
        let from = Address::from(config.mail.from.clone());
        let undelivered = undelivered(letter, &run, why, self.clock().now(), from, to);
        Ok(finished(&undelivered).into_iter().collect())
    }
}
