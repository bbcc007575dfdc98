//! `[mail]`, checked.

use std::path::PathBuf;

use lettre::message::Mailbox;
use reqwest::Url;

use super::SecretSource;
use crate::model::MailOn;

/// How mails about runs are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailConfig {
    /// `None`: mails are written to `mail/` of the state directory.
    pub server: Option<MailWay>,
    /// How to log in; `None`: not at all.
    pub login: Option<MailLogin>,
    /// The sender.
    pub from: Mailbox,
    /// Who gets the mails of a job that does not say so itself.
    pub to: Vec<Mailbox>,
    /// After which runs a mail is sent, for a job that does not say so itself.
    pub on: MailOn,
    /// How this machine introduces itself to the server; `None`: by its full name, else by its address.
    pub helo: Option<String>,
    /// A PEM file, trusted besides the system's roots.
    pub tls_ca: Option<PathBuf>,
}

/// Who is given the mails.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailWay {
    /// An SMTP server.
    Smtp(MailServer),
    /// The machine's own mail program, by its path.
    Program(PathBuf),
}

/// An SMTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailServer {
    /// Its name or address, without brackets.
    pub host: String,
    /// 587 by default, 465 with TLS from the start, 25 on this machine itself.
    pub port: u16,
    /// How the connection is protected.
    pub security: MailSecurity,
}

/// How a connection to an SMTP server is protected. Whatever leaves this machine is encrypted: there is no third way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// `smtps://`: TLS from the start.
    Tls,
    /// `smtp://` to another machine: STARTTLS, and without it no mail is sent.
    StartTls,
    /// `smtp://` to this machine itself: STARTTLS where offered, else in plain.
    Loopback,
}

/// How to log in to an SMTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailLogin {
    /// The name.
    pub username: String,
    /// What is shown for it.
    pub proof: MailProof,
}

/// What shows that the name may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailProof {
    /// A password.
    Password(SecretSource),
    /// A token, fetched when it is needed.
    Oauth(MailOauth),
}

/// How to get tokens by the grant of client credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailOauth {
    /// Where tokens are given: https, or http to this machine itself.
    pub token_url: Url,
    /// The application's id there.
    pub client_id: String,
    /// Where its secret is kept.
    pub client_secret: SecretSource,
    /// What the token is to be good for; `None`: what the server gives by itself.
    pub scope: Option<String>,
}

impl MailLogin {
    /// Where the secret of this login is kept, with the key that says so.
    #[must_use]
    pub fn secret(&self) -> (&'static str, &SecretSource) {
        match &self.proof {
            MailProof::Password(password) => ("mail.password", password),
            MailProof::Oauth(oauth) => ("mail.oauth.client_secret", &oauth.client_secret),
        }
    }
}
