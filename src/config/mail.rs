//! Reads and checks the table `[mail]`: its raw form, its checked form, and its checks.

use std::path::PathBuf;

use lettre::message::Mailbox;
use reqwest::Url;
use schemars::JsonSchema;
use serde::Deserialize;

use super::SecretSource;
use super::check::{Check, Table};
use super::one_or_many::OneOrMany;
use super::problem::Complaint;
use super::readable_file::readable_file;
use super::secret::{self, RawSecret};
use super::surroundings::Surroundings;
use super::value::{address, helo, mail_way, not_blank, sender, token_url};
use crate::model::MailOn;

/// The mails about runs.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Mail")]
pub(super) struct RawMail {
    /// smtp://HOST:PORT (STARTTLS), smtps://HOST:PORT (TLS from the start), or sendmail: with or without a path (the machine's own
    /// mail program). Without one, mails become files.
    pub(super) server: Option<String>,
    /// The name to log in with.
    pub(super) username: Option<String>,
    /// The place of the password.
    pub(super) password: Option<RawSecret>,
    /// Logs in with a token instead of a password (SASL XOAUTH2), as Microsoft 365 wants it.
    pub(super) oauth: Option<RawOauth>,
    /// The sender.
    pub(super) from: Option<String>,
    /// The addresses that get the mails.
    pub(super) to: Option<OneOrMany>,
    /// After which runs a mail is sent.
    #[schemars(extend("default" = "change"))]
    pub(super) on: Option<MailOn>,
    /// The name that this machine tells the server: a full one. By itself: the host name, if that has a domain, else the full name
    /// beside it in `/etc/hosts`, else the machine's address in brackets.
    pub(super) helo: Option<String>,
    /// A file (PEM) with the certificate of a private authority, trusted besides those of the system.
    pub(super) tls_ca: Option<String>,
}

/// The way to get tokens, by the grant of client credentials.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Oauth")]
pub(super) struct RawOauth {
    /// The address that gives tokens.
    pub(super) token_url: Option<String>,
    /// The application's id there.
    pub(super) client_id: Option<String>,
    /// The place of the application's secret.
    pub(super) client_secret: Option<RawSecret>,
    /// The use that the token is to be good for, by the provider's documentation.
    pub(super) scope: Option<String>,
}

/// The settings by which mails about runs are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailConfig {
    /// `None`: mails are written to `mail/` of the state directory.
    pub server: Option<MailWay>,
    /// The login at the server; `None`: not at all.
    pub login: Option<MailLogin>,
    /// The sender.
    pub from: Mailbox,
    /// The people who get the mails of a job that does not name its own.
    pub to: Vec<Mailbox>,
    /// After which runs a mail is sent, for a job that does not say so itself.
    pub on: MailOn,
    /// The name by which this machine introduces itself to the server; `None`: by its full name, else by its address.
    pub helo: Option<String>,
    /// A PEM file, trusted besides the system's roots.
    pub tls_ca: Option<PathBuf>,
}

/// The server or program to which the mails are given.
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
    /// The protection of the connection.
    pub security: MailSecurity,
}

/// The protection of a connection to an SMTP server. Whatever leaves this machine is encrypted: there is no third way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailSecurity {
    /// `smtps://`: TLS from the start.
    Tls,
    /// `smtp://` to another machine: STARTTLS, and without it no mail is sent.
    StartTls,
    /// `smtp://` to this machine itself: STARTTLS where offered, else in plain.
    Loopback,
}

/// The login at an SMTP server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailLogin {
    /// The name.
    pub username: String,
    /// The proof that is shown for it.
    pub proof: MailProof,
}

/// The proof that the name may be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MailProof {
    /// A password.
    Password(SecretSource),
    /// A token, fetched when it is needed.
    Oauth(MailOauth),
}

/// The settings for tokens by the grant of client credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailOauth {
    /// The address at which tokens are given: https, or http to this machine itself.
    pub token_url: Url,
    /// The application's id there.
    pub client_id: String,
    /// The place where its secret is kept.
    pub client_secret: SecretSource,
    /// The scope that the token is to be good for; `None`: what the server gives by itself.
    pub scope: Option<String>,
}

impl MailLogin {
    /// Returns the place where the secret of this login is kept, with the key that says so.
    #[must_use]
    pub fn secret(&self) -> (&'static str, &SecretSource) {
        match &self.proof {
            MailProof::Password(password) => ("mail.password", password),
            MailProof::Oauth(oauth) => ("mail.oauth.client_secret", &oauth.client_secret),
        }
    }
}

/// The sender and the recipient where no server is set: nothing is sent then, and the file that shows what would be still
/// needs addresses.
const LOCAL: [&str; 2] = ["Roomkeeper <roomkeeper@localhost>", "root@localhost"];

/// Checks the table. `None` where the sender is missing or wrong.
pub(super) fn validate(check: &mut Check<'_>, raw: Option<RawMail>, around: &Surroundings<'_>) -> Option<MailConfig> {
    let mut table = check.table("mail");
    let raw = raw.unwrap_or_default();
    let sends = raw.server.is_some();
    if sends {
        table.require("from", "Write the sender: from = \"Roomkeeper <roomkeeper@example.org>\".");
    }
    if sends && raw.on != Some(MailOn::Never) {
        table.require("to", "Write who gets the mails: to = [\"it@example.org\"]. Or on = \"never\" for no mails.");
    }
    match (&raw.username, &raw.password) {
        (Some(_), None) if !table.says("oauth") => {
            table
                .require("password", "Say where the password of this user name is kept, or how to get a token: oauth.");
        }
        (None, Some(_)) => table.require("username", "Write the user name that this password is for."),
        _ => {}
    }
    if table.says("oauth") {
        table
            .require("username", "Write the mailbox that the token is to open: username = \"roomkeeper@example.org\".");
        if table.says("password") {
            table.problem(
                "oauth",
                Complaint::new(
                    "there is a password, too, and only one of the two can be shown to the server",
                    "Keep `oauth`, or keep `password`.",
                ),
            );
        }
    }
    let server = table.read("server", raw.server.as_deref(), mail_way);
    match &server {
        Some(MailWay::Smtp(server)) if raw.password.is_some() => {
            if let Some((problem, remedy)) = password_ends(server) {
                table.warn("password", Complaint::new(problem, remedy));
            }
        }
        Some(MailWay::Program(_)) => {
            for key in ["username", "password", "oauth", "helo", "tls_ca"]
                .into_iter()
                .filter(|key| table.says(key))
                .collect::<Vec<_>>()
            {
                table.problem(
                    key,
                    Complaint::new(
                        "this is for a mail server, and the mails go to the machine's own mail program",
                        "Take it out, and set up the program itself so; or name the server: server = \"smtp://HOST\".",
                    ),
                );
            }
        }
        _ => {}
    }
    let username = table.read("username", raw.username.as_deref(), not_blank);
    let password = secret::validate(&mut table, "password", raw.password, around);
    let oauth = validate_oauth(&mut table, raw.oauth, around);
    let proof = password.map(MailProof::Password).or(oauth.map(MailProof::Oauth));
    let [local_from, local_to] = LOCAL.map(|text| (!sends).then_some(text));
    let from = table.read("from", raw.from.as_deref().or(local_from), sender);
    let to = raw.to.or_else(|| local_to.map(|to| OneOrMany(vec![to.to_owned()])));
    let to = to.map(|to| recipients(&mut table, &to)).unwrap_or_default();
    let helo = table.read("helo", raw.helo.as_deref(), helo);
    let tls_ca = readable_file(&mut table, "tls_ca", raw.tls_ca.as_deref(), around);
    Some(MailConfig {
        server,
        login: username.zip(proof).map(|(username, proof)| MailLogin { username, proof }),
        from: from?,
        to,
        on: raw.on.unwrap_or(MailOn::Change),
        helo,
        tls_ca,
    })
}

/// Tells where a provider takes passwords no longer, or not for long.
fn password_ends(server: &MailServer) -> Option<(&'static str, &'static str)> {
    const RELAY: &str = "Have a mail server of your own, or a connector of the provider's, take the mails by this machine's address, \
                         and take username and password out.";
    const TOKEN: &str = "Log in with a token: write `oauth` instead of `password` (README, Mail through Microsoft 365). Or have a \
                         connector there take the mails by this machine's address, and take username and password out.";
    let host = server.host.to_ascii_lowercase();
    let is_of = |domain: &str| host == domain || host.ends_with(&format!(".{domain}"));
    if is_of("office365.com") || is_of("outlook.com") {
        return Some(("Microsoft 365 switches logins with a password off at the end of December 2026", TOKEN));
    }
    if is_of("gmail.com") || is_of("googlemail.com") {
        return Some(("Google takes no account's own password since 2025, only app passwords", RELAY));
    }
    None
}

/// Checks a list of addresses; each is kept once.
pub(super) fn recipients(table: &mut Table<'_, '_>, raw: &OneOrMany) -> Vec<Mailbox> {
    let OneOrMany(texts) = raw;
    if texts.is_empty() {
        table.problem("to", Complaint::new("nobody is named", "Name somebody, or write on = \"never\" for no mails."));
    }
    // A single text stands at the key itself, which is where an element without a place of its own is put, too.
    let mut to = Vec::new();
    for read in table.read_each("to", texts, address) {
        let is_same = |kept: &Mailbox| AsRef::<str>::as_ref(&kept.email).eq_ignore_ascii_case(read.email.as_ref());
        if !to.iter().any(is_same) {
            to.push(read);
        }
    }
    to
}

/// Checks `oauth`: how to get the tokens that stand for a password. `None` where something is missing or wrong.
fn validate_oauth(mail: &mut Table<'_, '_>, raw: Option<RawOauth>, around: &Surroundings<'_>) -> Option<MailOauth> {
    let raw = raw?;
    let mut table = mail.table("oauth");
    table.require(
        "token_url",
        "Write the address at which the provider gives tokens (README, Mail through Microsoft 365).",
    );
    table.require("client_id", "Write the application's id, as the provider shows it.");
    table.require(
        "client_secret",
        "Say where the application's secret is kept: client_secret = { credential = \"NAME\" }.",
    );
    let token_url = table.read("token_url", raw.token_url.as_deref(), token_url);
    if token_url.as_ref().is_some_and(|url| url.host_str().is_some_and(is_googles)) {
        table.warn(
            "token_url",
            Complaint::new(
                "Google gives no token for an application's id and secret alone",
                "Have Google's relay (smtp-relay.gmail.com) take the mails by this machine's address, and take username and oauth \
                 out; or take an app password.",
            ),
        );
    }
    let client_id = table.read("client_id", raw.client_id.as_deref(), not_blank);
    let client_secret = secret::validate(&mut table, "client_secret", raw.client_secret, around);
    let scope = table.read("scope", raw.scope.as_deref(), not_blank);
    Some(MailOauth { token_url: token_url?, client_id: client_id?, client_secret: client_secret?, scope })
}

fn is_googles(host: &str) -> bool {
    ["google.com", "googleapis.com"]
        .iter()
        .any(|domain| host.strip_suffix(domain).is_some_and(|before| before.is_empty() || before.ends_with('.')))
}
