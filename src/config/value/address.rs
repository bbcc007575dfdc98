//! Reads mail addresses, and the name that a mail server is told.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};

use lettre::message::Mailbox;

use crate::config::problem::Complaint;
use crate::model::address::{as_sent, needs_utf8};
use crate::model::fold;

const REMEDY: &str = "Write one address, such as \"it@example.org\" or \"Roomkeeper <roomkeeper@example.org>\".";

/// Reads an address, with or without a name: `Roomkeeper <roomkeeper@example.org>`.
pub(in crate::config) fn address(text: &str) -> Result<Mailbox, Complaint> {
    let wrong = || Complaint::new(format!("{text:?} is not a mail address"), REMEDY);
    let text = fold::trimmed(text);
    let (name, bare) = match text.rsplit_once('<') {
        Some((name, bare)) if bare.ends_with('>') => (Some(name), fold::trimmed(bare.trim_end_matches('>'))),
        _ => (None, text),
    };
    // Outlook copies an address with these around it.
    let bare = bare.strip_prefix('\'').and_then(|bare| bare.strip_suffix('\'')).unwrap_or(bare);
    // Some characters that are not seen are dropped from a domain without a word, and another domain is left.
    if let Some(hidden) = fold::hidden(bare) {
        let what = format!("the mail address {text:?} holds {}", fold::named(hidden));
        return Err(Complaint::new(what, "Delete that character: write the address as it is typed."));
    }
    let whole = name.map_or(Cow::Borrowed(bare), |name| Cow::Owned(format!("{name}<{bare}>")));
    let mailbox: Mailbox = whole.parse().map_err(|_| wrong())?;
    match as_sent(mailbox.email.as_ref()) {
        Ok(plain) => Ok(Mailbox::new(mailbox.name, plain.parse().map_err(|_| wrong())?)),
        Err(why) => Err(Complaint::new(format!("the mail address {text:?} {why}"), REMEDY)),
    }
}

/// Reads the sender's address: it stands in every mail, so that it is one which every mail server takes.
pub(in crate::config) fn sender(text: &str) -> Result<Mailbox, Complaint> {
    let mailbox = address(text)?;
    if needs_utf8(mailbox.email.as_ref()) {
        let problem = format!(
            "the sender's address {text:?} has letters outside a-z before the @, which many mail servers refuse"
        );
        return Err(Complaint::new(problem, "Take an address without them."));
    }
    Ok(mailbox)
}

/// Reads how this machine introduces itself to a mail server: `host.example.org` or `[192.0.2.1]`.
pub(in crate::config) fn helo(text: &str) -> Result<String, Complaint> {
    let is_label = |label: &str| {
        !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') && !label.starts_with('-')
    };
    let is_name = |text: &str| text.len() < 254 && text.contains('.') && text.split('.').all(is_label);
    let is_literal = |text: &str| {
        let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        inner.is_some_and(|inner| match inner.strip_prefix("IPv6:") {
            Some(address) => address.parse::<Ipv6Addr>().is_ok(),
            None => inner.parse::<Ipv4Addr>().is_ok(),
        })
    };
    let text = text.trim();
    if (is_name(text) && text.parse::<Ipv4Addr>().is_err()) || is_literal(text) {
        return Ok(text.to_owned());
    }
    Err(Complaint::new(
        format!("{text:?} is not a machine's full name"),
        "Write the name with its domain, such as \"pc.example.org\", or the address in brackets, such as \"[192.0.2.1]\".",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_introduced_by_a_full_name_or_an_address() {
        for good in ["pc.example.org", " pc-1.example.org ", "[192.0.2.1]", "[IPv6:2001:db8::1]"] {
            assert_eq!(helo(good).unwrap(), good.trim());
        }
        for wrong in ["pc", "192.0.2.1", "[pc]", "pc..org", "a b.org", "", "[2001:db8::1]"] {
            assert!(helo(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_address_may_have_a_name() {
        assert_eq!(address("IT <it@example.org>").unwrap().name.as_deref(), Some("IT"));
        assert!(address("root@localhost").is_ok());
        for outlook in ["'it@example.org'", "IT <'it@example.org'>"] {
            assert_eq!(address(outlook).unwrap().email.to_string(), "it@example.org");
        }
        assert_eq!(address("\u{202a}it@example.org\u{202c}").unwrap().email.to_string(), "it@example.org");
        assert_eq!(address("IT <it@schüle.example>").unwrap().email.to_string(), "it@xn--schle-mva.example");
        assert_eq!(address("jürgen@example.org").unwrap().email.to_string(), "jürgen@example.org");
        assert!(sender("jürgen@example.org").is_err() && sender("it@schüle.example").is_ok());
        for wrong in ["it", "it@", "i\u{200b}t@example.org", "a@example.org, b@example.org", ""] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
