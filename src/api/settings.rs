//! Holds the settings of a client, and is the one place where the HTTP library is set up: its defaults retry, redirect and trust
//! the environment, and each of these could send a write twice or to the wrong place.

use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Certificate, Proxy, Url, redirect, retry};
use secrecy::SecretString;

use crate::model::AppType;

/// The slack in which requests may begin together: timers are only good to a millisecond, and what a request that waited was late
/// by, the next makes good. After idle time no more than the whole requests in it begin together, so that a rate of up to twenty a
/// second is kept to the request.
pub(super) const BURST: Duration = Duration::from_millis(50);

/// The longest wait for a connection.
const CONNECT: Duration = Duration::from_secs(10);
/// Shorter than the keep-alive of common servers (5 s), so that a write seldom meets a connection that is just being closed.
const IDLE: Duration = Duration::from_secs(4);

/// The API's address, the credentials, and the limits on how hard it may be asked. No `Debug`: a proxy's address may hold a
/// password.
#[derive(Clone)]
pub struct ClientSettings {
    /// `https://api.enablex.io/ucaas/v1`; a slash at its end makes no difference.
    pub base_url: String,
    /// The user of HTTP Basic.
    pub app_id: String,
    /// The password of HTTP Basic.
    pub app_key: SecretString,
    /// Which product the requests are for; [`Client::for_app`](super::Client::for_app) makes a client for the other.
    pub app_type: AppType,
    /// From sending to the last byte of the answer. Uploads get more, by their size.
    pub timeout: Duration,
    /// Requests under way at once, over all clones; 0 counts as 1.
    pub max_in_flight: usize,
    /// Requests begun in a time, over all clones; `None` for as many as there are.
    pub rate_limit: Option<Rate>,
    /// The number of times a read is asked, the first time included; 0 counts as 1. Writes are sent once.
    pub max_attempts: u32,
    /// A PEM file of authorities to trust besides the system's.
    pub tls_ca: Option<PathBuf>,
    /// The proxy to go through, as a URL; the environment's is never used.
    pub proxy: Option<String>,
}

/// So many in such a time, evenly spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// The number of requests.
    pub count: NonZeroU32,
    /// In which time; zero is no limit.
    pub per: Duration,
}

/// Settings that no client can be made from.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The address is none, or has parts that an API's address does not have.
    #[error("`{url}` is not the address of an API: {reason}")]
    BaseUrl {
        /// As it was given.
        url: String,
        /// The fault in it.
        reason: &'static str,
    },
    /// The App ID cannot be sent.
    #[error("the app_id cannot be used: {0}")]
    AppId(&'static str),
    /// The file of authorities cannot be read.
    #[error("the tls_ca file {} cannot be read", path.display())]
    CaFile {
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// The file of authorities holds none.
    #[error("the tls_ca file {} holds no certificate in PEM form (-----BEGIN CERTIFICATE-----)", path.display())]
    CaCertificates {
        /// The file.
        path: PathBuf,
    },
    /// The proxy's address is none. The address itself is not shown: it may hold a password.
    #[error("the proxy is not a URL such as http://proxy.example.org:3128")]
    Proxy,
    /// The HTTP library could not be set up; its reason says what is missing, such as the system's certificates.
    #[error("the HTTP client could not be set up")]
    Http(#[source] reqwest::Error),
}

impl ClientSettings {
    pub(super) fn base(&self) -> Result<Url, BuildError> {
        let refuse = |reason| BuildError::BaseUrl { url: self.base_url.clone(), reason };
        let url = Url::parse(self.base_url.trim()).map_err(|_| refuse("it is not a URL"))?;
        if !url.username().is_empty() || url.password().is_some() {
            // Not shown, for it holds a password.
            return Err(BuildError::BaseUrl {
                url: "base_url".to_owned(),
                reason: "leave name and password out; app_id and app_key are for them",
            });
        }
        if !matches!(url.scheme(), "https" | "http") || !url.has_host() {
            return Err(refuse("it must begin with https://"));
        }
        if url.query().is_some() || url.fragment().is_some() {
            return Err(refuse("it must end with the path, without `?` and `#`"));
        }
        Ok(url)
    }

    pub(super) fn http(&self, base: &Url) -> Result<reqwest::Client, BuildError> {
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("roomkeeper/", env!("CARGO_PKG_VERSION")))
            .http1_only()
            .redirect(redirect::Policy::none())
            // Without the number, it keeps a copy of every request all the same.
            .retry(retry::never().max_retries_per_request(0))
            .referer(false)
            .timeout(self.timeout)
            // Below the whole timeout: only a connection that ran out of time by itself is known to have sent nothing.
            .connect_timeout(CONNECT.min(self.timeout / 2))
            .pool_idle_timeout(IDLE)
            .no_proxy();
        if let Some(proxy) = &self.proxy {
            builder = builder.proxy(Proxy::all(proxy.trim()).map_err(|_| BuildError::Proxy)?);
        }
        if let Some(path) = &self.tls_ca {
            builder = builder.tls_certs_merge(authorities(path)?);
        } else if base.scheme() == "http" && self.proxy.is_none() {
            // The sandbox and the demo must work on a machine without any certificates.
            builder = builder.tls_certs_only([]);
        }
        builder.build().map_err(BuildError::Http)
    }
}

fn authorities(path: &Path) -> Result<Vec<Certificate>, BuildError> {
    let pem = std::fs::read(path).map_err(|source| BuildError::CaFile { path: path.to_owned(), source })?;
    let none = || BuildError::CaCertificates { path: path.to_owned() };
    let found = Certificate::from_pem_bundle(&pem).map_err(|_| none())?;
    if found.is_empty() { Err(none()) } else { Ok(found) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(base_url: &str) -> ClientSettings {
        ClientSettings {
            base_url: base_url.to_owned(),
            app_id: "id".to_owned(),
            app_key: SecretString::from("key"),
            app_type: AppType::VideoConference,
            timeout: Duration::from_secs(30),
            max_in_flight: 8,
            rate_limit: None,
            max_attempts: 5,
            tls_ca: None,
            proxy: None,
        }
    }

    #[test]
    fn an_address_with_parts_that_do_not_belong_is_refused_and_a_password_in_it_is_not_shown() {
        assert!(settings(" https://api.enablex.io/ucaas/v1 ").base().is_ok());
        for bad in ["", "api.enablex.io", "ftp://host/x", "https://host/v1?x=1", "https://host/v1#x", "mailto:a@b.c"] {
            assert!(matches!(settings(bad).base(), Err(BuildError::BaseUrl { .. })), "{bad}");
        }
        let refusal = settings("https://me:hunter2@host/v1").base().unwrap_err();
        assert!(!refusal.to_string().contains("hunter2"), "{refusal}");
    }

    #[test]
    fn an_authority_file_that_is_missing_or_empty_is_named() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for (path, what) in [(file.path(), "holds no certificate"), (Path::new("/nowhere/ca.pem"), "cannot be read")] {
            let settings = ClientSettings { tls_ca: Some(path.to_owned()), ..settings("https://host/v1") };
            let refusal = settings.http(&settings.base().unwrap()).unwrap_err().to_string();
            assert!(refusal.contains(what) && refusal.contains(&path.display().to_string()), "{refusal}");
        }
    }

    #[test]
    fn a_proxy_that_is_no_url_is_refused_without_being_shown() {
        let settings =
            ClientSettings { proxy: Some("http://me:hunter2@:0:0".to_owned()), ..settings("https://host/v1") };
        let refusal = settings.http(&settings.base().unwrap()).unwrap_err();
        assert!(matches!(refusal, BuildError::Proxy) && !format!("{refusal:?}").contains("hunter2"));
    }
}
