//! The table `[mail]` as it is written.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{OneOrMany, RawSecret};
use crate::config::MailOn;

/// The mails about runs.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Mail")]
pub(in crate::config) struct RawMail {
    /// smtp://HOST:PORT (STARTTLS), smtps://HOST:PORT (TLS from the start), or sendmail: with or without a path (the machine's own
    /// mail program). Without one, mails become files.
    pub(in crate::config) server: Option<String>,
    /// The name to log in with.
    pub(in crate::config) username: Option<String>,
    /// Where the password is kept.
    pub(in crate::config) password: Option<RawSecret>,
    /// Logs in with a token instead of a password (SASL XOAUTH2), as Microsoft 365 wants it.
    pub(in crate::config) oauth: Option<RawOauth>,
    /// The sender.
    pub(in crate::config) from: Option<String>,
    /// Who gets the mails.
    pub(in crate::config) to: Option<OneOrMany>,
    /// After which runs a mail is sent.
    #[schemars(extend("default" = "change"))]
    pub(in crate::config) on: Option<MailOn>,
    /// The name that this machine tells the server: a full one. By itself: the machine's full name, else its address in brackets.
    pub(in crate::config) helo: Option<String>,
    /// A file (PEM) with the certificate of a private authority, trusted besides those of the system.
    pub(in crate::config) tls_ca: Option<String>,
}

/// How to get tokens, by the grant of client credentials.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Oauth")]
pub(in crate::config) struct RawOauth {
    /// The address that gives tokens.
    pub(in crate::config) token_url: Option<String>,
    /// The application's id there.
    pub(in crate::config) client_id: Option<String>,
    /// Where the application's secret is kept.
    pub(in crate::config) client_secret: Option<RawSecret>,
    /// What the token is to be good for, by the provider's documentation.
    pub(in crate::config) scope: Option<String>,
}
