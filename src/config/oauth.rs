//! Checks `oauth` of `[mail]`: how to get the tokens that stand for a password.

use super::check::Table;
use super::file::Surroundings;
use super::mail::RawOauth;
use super::problem::Complaint;
use super::value::{not_blank, token_url};
use super::{MailOauth, secret};

/// Checks the table. `None` where something is missing or wrong.
pub(super) fn validate(
    mail: &mut Table<'_, '_>,
    raw: Option<RawOauth>,
    around: &Surroundings<'_>,
) -> Option<MailOauth> {
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
