//! Checks `[mail]`.

use lettre::message::Mailbox;

use super::Surroundings;
use super::check::{Check, Table};
use super::secret;
use super::state::readable_file;
use crate::config::problem::Complaint;
use crate::config::raw::{OneOrMany, RawMail};
use crate::config::value::{address, helo, mail_server, not_blank};
use crate::config::{MailConfig, MailLogin, MailOn};

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
        (Some(_), None) => table.require("password", "Say where the password of this user name is kept."),
        (None, Some(_)) => table.require("username", "Write the user name that this password is for."),
        _ => {}
    }
    let server = table.read("server", raw.server.as_deref(), mail_server);
    let username = table.read("username", raw.username.as_deref(), not_blank);
    let password = secret::validate(&mut table, "password", raw.password, around);
    let [local_from, local_to] = LOCAL.map(|text| (!sends).then_some(text));
    let from = table.read("from", raw.from.as_deref().or(local_from), address);
    let to = raw.to.or_else(|| local_to.map(|to| OneOrMany(vec![to.to_owned()])));
    let to = to.map(|to| recipients(&mut table, &to)).unwrap_or_default();
    let helo = table.read("helo", raw.helo.as_deref(), helo);
    let tls_ca = readable_file(&mut table, "tls_ca", raw.tls_ca.as_deref(), around);
    Some(MailConfig {
        server,
        login: username.zip(password).map(|(username, password)| MailLogin { username, password }),
        from: from?,
        to,
        on: raw.on.unwrap_or(MailOn::Change),
        helo,
        tls_ca,
    })
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
