//! Checks a mail address once, when it is read, so that nothing later can fail on it or smuggle a header through it.

use std::fmt;
use std::str::FromStr;

use lettre::message::Mailbox;

use crate::model::address::{NoDomain, as_sent, needs_utf8};

/// An address with or without a name: `it@example.org`, `Roomkeeper <roomkeeper@example.org>`.
///
/// A domain with umlauts is encoded. What stands before the `@` may have letters outside ASCII, which only some servers take
/// ([`Address::needs_utf8`]), and the name may be in any script.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Address(Mailbox);

/// A text that is no mail address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// It has not the form of an address.
    #[error("`{0}` is not a mail address; write `name@example.org` or `Full Name <name@example.org>`")]
    Form(String),
    /// Its domain is none.
    #[error("the mail address `{0}` {1}")]
    NoDomain(String, NoDomain),
}

impl Address {
    /// Returns the address alone: `it@example.org`.
    #[must_use]
    pub fn email(&self) -> &str {
        self.0.email.as_ref()
    }

    /// Returns the part behind the `@`.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.0.email.domain()
    }

    /// Tells whether only a server that offers SMTPUTF8 takes mail for it.
    #[must_use]
    pub fn needs_utf8(&self) -> bool {
        needs_utf8(self.email())
    }

    pub(super) fn mailbox(&self) -> Mailbox {
        self.0.clone()
    }
}

impl From<Mailbox> for Address {
    /// Takes an address that was checked already, as the configuration's are.
    fn from(checked: Mailbox) -> Self {
        Self(checked)
    }
}

impl FromStr for Address {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, AddressError> {
        let text = text.trim();
        // lettre's parser stops at what it does not understand; a control character is never meant.
        let shown = || text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(100).collect::<String>();
        if text.chars().any(char::is_control) {
            return Err(AddressError::Form(shown()));
        }
        let mailbox: Mailbox = text.parse().map_err(|_| AddressError::Form(shown()))?;
        let email: &str = mailbox.email.as_ref();
        let whole = text == email || text.strip_suffix('>').is_some_and(|rest| rest.ends_with(email));
        if !whole {
            return Err(AddressError::Form(shown()));
        }
        match as_sent(email) {
            Ok(email) => {
                let email = email.parse().map_err(|_| AddressError::Form(shown()))?;
                Ok(Self(Mailbox::new(mailbox.name, email)))
            }
            Err(why) => Err(AddressError::NoDomain(shown(), why)),
        }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Address({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_have_a_name_in_any_script() {
        let plain: Address = " it@example.org ".parse().unwrap();
        assert_eq!((plain.email(), plain.domain()), ("it@example.org", "example.org"));
        let named: Address = "\"Müller, Jürgen\" <j.mueller@example.org>".parse().unwrap();
        assert_eq!(named.email(), "j.mueller@example.org");
    }

    #[test]
    fn what_is_no_single_address_is_refused() {
        for bad in [
            "",
            "it",
            "it@",
            "@example.org",
            "it@example.org, boss@example.org",
            "it@example.org\r\nBcc: all@example.org",
            "Name <it@example.org",
            "Name <it@example.org> and more",
            "it@example.org>",
            "a b@example.org",
        ] {
            assert!(bad.parse::<Address>().is_err(), "{bad:?} was taken for {:?}", bad.parse::<Address>());
        }
    }

    #[test]
    fn an_address_that_only_some_servers_take_is_known_and_a_domain_is_encoded() {
        let wide = "Jürgen <jürgen@schüle.example>".parse::<Address>().unwrap();
        assert_eq!((wide.email(), wide.needs_utf8()), ("jürgen@xn--schle-mva.example", true));
        assert_eq!("IT <it@schüle.example>".parse::<Address>().unwrap().email(), "it@xn--schle-mva.example");
        assert!("it@xn--schle-mva.example".parse::<Address>().is_ok());
    }
}
