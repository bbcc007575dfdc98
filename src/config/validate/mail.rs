//! Checks `[mail]`.

use lettre::message::Mailbox;

use super::Surroundings;
use super::check::{Check, Table};
use super::state::readable_file;
use super::{oauth, secret};
use crate::config::problem::Complaint;
use crate::config::raw::{OneOrMany, RawMail};
use crate::config::value::{address, helo, mail_way, not_blank, sender};
use crate::config::{MailConfig, MailLogin, MailOn, MailProof, MailServer, MailWay};

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
    let oauth = oauth::validate(&mut table, raw.oauth, around);
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

/// Checks a list of addresses.
pub(super) fn recipients(table: &mut Table<'_, '_>, raw: &OneOrMany) -> Vec<Mailbox> {
    let OneOrMany(texts) = raw;
    if texts.is_empty() {
        table.problem("to", Complaint::new("nobody is named", "Name somebody, or write on = \"never\" for no mails."));
    }
    // A single text stands at the key itself, which is where an element without a place of its own is put, too.
    table.read_each("to", texts, address)
}
