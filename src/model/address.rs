//! Writes a mail address as mail servers take it: a domain with umlauts in the form that begins with `xn--`. What stands before
//! the `@` has no such form: letters outside ASCII in it are for servers that offer SMTPUTF8 (RFC 6531) alone.

use url::Host;

/// The domain of an address is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("has a domain that there cannot be")]
pub struct NoDomain;

/// Returns the address with its domain in plain letters.
pub fn as_sent(address: &str) -> Result<String, NoDomain> {
    if address.is_ascii() {
        return Ok(address.to_owned());
    }
    let (name, domain) = address.rsplit_once('@').ok_or(NoDomain)?;
    match Host::parse(domain) {
        Ok(Host::Domain(domain)) => Ok(format!("{name}@{domain}")),
        Ok(Host::Ipv4(_) | Host::Ipv6(_)) | Err(_) => Err(NoDomain),
    }
}

/// Tells whether only a server that offers SMTPUTF8 takes mail for it.
#[must_use]
pub fn needs_utf8(address: &str) -> bool {
    address.rsplit_once('@').is_some_and(|(name, _)| !name.is_ascii())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_with_umlauts_is_encoded_and_a_name_with_umlauts_is_not() {
        assert_eq!(as_sent("it@schüle.example").unwrap(), "it@xn--schle-mva.example");
        assert_eq!(as_sent("it@SCHÜLE.example").unwrap(), "it@xn--schle-mva.example");
        assert_eq!(as_sent("It@Example.org").unwrap(), "It@Example.org");
        assert_eq!(as_sent("jürgen@schüle.example").unwrap(), "jürgen@xn--schle-mva.example");
        assert_eq!(as_sent("it@schü le.example"), Err(NoDomain));
        assert!(needs_utf8("jürgen@example.org") && !needs_utf8("it@schüle.example") && !needs_utf8("it"));
    }
}
