//! Mail addresses.

use lettre::message::Mailbox;

use crate::config::problem::Complaint;
use crate::model::fold;

/// Reads an address, with or without a name: `Roomkeeper <roomkeeper@example.org>`.
pub(in crate::config) fn address(text: &str) -> Result<Mailbox, Complaint> {
    fold::trimmed(text).parse().map_err(|_| {
        Complaint::new(
            format!("{text:?} is not a mail address"),
            "Write one address, such as \"it@example.org\" or \"Roomkeeper <roomkeeper@example.org>\".",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_have_a_name() {
        assert_eq!(address("IT <it@example.org>").unwrap().name.as_deref(), Some("IT"));
        assert!(address("root@localhost").is_ok());
        assert_eq!(address("\u{202a}it@example.org\u{202c}").unwrap().email.to_string(), "it@example.org");
        for wrong in ["it", "it@", "i\u{200b}t@example.org", "a@example.org, b@example.org", ""] {
            assert!(address(wrong).is_err(), "{wrong}");
        }
    }
}
