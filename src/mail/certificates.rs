//! Says by whom the mail server's certificate must be signed: the system's authorities, and a private one where it is named.

use std::fs;
use std::path::{Path, PathBuf};

use lettre::transport::smtp::client::{Certificate, TlsParameters};

use super::SendError;
use super::send_error::cause;

/// Reads the authorities from disk, off the runtime: once a connection, so that renewed ones need no restart.
pub(super) async fn parameters(host: String, ca: Option<PathBuf>) -> Result<TlsParameters, SendError> {
    let read = tokio::task::spawn_blocking(move || read(&host, ca.as_deref())).await;
    match read {
        Ok(parameters) => parameters,
        Err(_) => Err(SendError::away("the certificates were not read: the program is ending".to_owned())),
    }
}

fn read(host: &str, ca: Option<&Path>) -> Result<TlsParameters, SendError> {
    let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
    let mut builder = TlsParameters::builder(host);
    if let Some(path) = ca {
        let wrong = |what: &str| SendError::refuses(format!("`tls_ca` = {}: {what}", path.display()));
        let pem = fs::read(path).map_err(|why| wrong(&format!("the file cannot be read: {why}")))?;
        // A file without a single certificate would pass for an empty list.
        if !pem.windows(27).any(|window| window == b"-----BEGIN CERTIFICATE-----") {
            return Err(wrong("there is no certificate in the file; it must be in PEM form"));
        }
        let authority = Certificate::from_pem(&pem).map_err(|_| wrong("a certificate in the file cannot be read"))?;
        builder = builder.add_root_certificate(authority);
    }
    builder.build().map_err(|why| {
        SendError::refuses(format!(
            "this machine's certificate authorities cannot be used: {}; is the package ca-certificates installed?",
            cause(&why)
        ))
    })
}

/// Tells why a handshake failed, and what to do about it. What only a programmer understands is put into words.
pub(super) fn told(said: &str) -> String {
    const AUTHORITY: &str = "where a private authority signed it, name that authority's certificate under `tls_ca`";
    const PLAIN: &str = "this port does not begin in TLS, so write `smtp://` for it";
    const REMEDIES: [(&str, Option<&str>, &str); 9] = [
        ("UnknownIssuer", None, AUTHORITY),
        // An authority of that name is known, but it has another key.
        ("BadSignature", None, AUTHORITY),
        ("not valid for name", None, "write the server's name as its certificate has it"),
        ("expired", None, "the server's certificate has to be renewed"),
        ("corrupt message", None, PLAIN),
        ("InvalidContentType", None, PLAIN),
        (
            "CaUsedAsEndEntity",
            Some("the server shows an authority's certificate as its own, as self-signed ones often are"),
            "give the server a certificate that an authority has signed for its name (`openssl x509 -req … -CA …`), and name \
             the authority's under `tls_ca`",
        ),
        ("ProtocolVersion", Some(OLD), "have TLS 1.2 or 1.3 switched on there"),
        ("UnsupportedVersion", Some(OLD), "have TLS 1.2 or 1.3 switched on there"),
    ];
    const OLD: &str = "the server speaks only versions of TLS that are not safe any more";
    match REMEDIES.iter().find(|(mark, ..)| said.contains(mark)) {
        Some((_, Some(words), remedy)) => format!("{words}; {remedy}"),
        Some((_, None, remedy)) => format!("{said}; {remedy}"),
        None => said.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_only_a_programmer_understands_is_put_into_words() {
        for (said, words) in [
            ("invalid peer certificate: Other(OtherError(CaUsedAsEndEntity))", "an authority's certificate as its own"),
            ("received fatal alert: ProtocolVersion", "versions of TLS that are not safe any more"),
        ] {
            let told = told(said);
            assert!(told.contains(words) && !told.contains(said), "{told}");
        }
        assert_eq!(told("unheard of"), "unheard of");
    }
}
