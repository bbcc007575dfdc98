//! Writes a mail address as every mail server takes it: a domain with umlauts in the form that begins with `xn--`.

use url::Host;

/// Why an address cannot be written so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAscii {
    /// What stands before the `@` has letters that few servers take.
    #[error("has letters outside a-z before the @, which mail servers refuse; use an address without")]
    Name,
    /// The domain is none.
    #[error("has a domain that there cannot be")]
    Domain,
}

/// The address in plain letters.
pub fn in_ascii(address: &str) -> Result<String, NotAscii> {
    if address.is_ascii() {
        return Ok(address.to_owned());
    }
    let (name, domain) = address.rsplit_once('@').ok_or(NotAscii::Domain)?;
    if !name.is_ascii() {
        return Err(NotAscii::Name);
    }
    match Host::parse(domain) {
        Ok(Host::Domain(domain)) => Ok(format!("{name}@{domain}")),
        Ok(Host::Ipv4(_) | Host::Ipv6(_)) | Err(_) => Err(NotAscii::Domain),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_with_umlauts_is_encoded_and_a_name_with_umlauts_is_not() {
        assert_eq!(in_ascii("it@schüle.example").unwrap(), "it@xn--schle-mva.example");
        assert_eq!(in_ascii("it@SCHÜLE.example").unwrap(), "it@xn--schle-mva.example");
        assert_eq!(in_ascii("It@Example.org").unwrap(), "It@Example.org");
        assert_eq!(in_ascii("jürgen@example.org"), Err(NotAscii::Name));
        assert_eq!(in_ascii("it@schü le.example"), Err(NotAscii::Domain));
    }
}
