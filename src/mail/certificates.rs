//! Whom the mail server's certificate must be signed by: the system's authorities, and a private one where it is named.

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

/// What to do about a handshake that failed so.
pub(super) fn remedy(said: &str) -> &'static str {
    const AUTHORITY: &str = "; where a private authority signed it, name that authority's certificate under `tls_ca`";
    const REMEDIES: [(&str, &str); 6] = [
        ("UnknownIssuer", AUTHORITY),
        // An authority of that name is known, but it has another key.
        ("BadSignature", AUTHORITY),
        ("not valid for name", "; write the server's name as its certificate has it"),
        ("expired", "; the server's certificate has to be renewed"),
        ("corrupt message", "; this port does not begin in TLS, so write `smtp://` for it"),
        ("InvalidContentType", "; this port does not begin in TLS, so write `smtp://` for it"),
    ];
    REMEDIES.iter().find(|(mark, _)| said.contains(mark)).map_or("", |(_, remedy)| remedy)
}
