//! Fetches the tokens that stand for a password (RFC 6749, 4.4). One is held in memory alone, and another is taken before it
//! ends.

use std::error::Error as _;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Certificate, Proxy, Url, redirect, retry};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::Mutex;
use tokio::time::Instant;
use url::form_urlencoded;

use super::token_answer::{self, Granted};
use super::{SendError, certificates};

/// The time that the token server may take. The mail server is spoken to only then.
const TOKEN_TIMEOUT: Duration = Duration::from_secs(20);
/// The longest time before a token's end at which another is taken.
const MARGIN: Duration = Duration::from_mins(5);
/// Bytes of an answer that are read; one with a token has some thousand.
const LONGEST_ANSWER: usize = 64 << 10;

/// The way in which tokens are asked for.
#[derive(Clone)]
pub struct TokenSettings {
    /// The address that gives them.
    pub url: Url,
    /// The application's id.
    pub client_id: String,
    /// Its secret.
    pub client_secret: SecretString,
    /// The scope that the token is to be good for.
    pub scope: Option<String>,
    /// A PEM file of authorities to trust besides the system's.
    pub tls_ca: Option<PathBuf>,
    /// The proxy to go through, but not to this machine itself; the environment's is never used.
    pub proxy: Option<Url>,
}

/// Gives tokens, each as long as it is good for.
pub struct Tokens {
    settings: TokenSettings,
    held: Mutex<Option<Held>>,
}

struct Held {
    token: SecretString,
    until: Instant,
}

impl Tokens {
    /// Asks for none before one is needed.
    #[must_use]
    pub fn new(settings: TokenSettings) -> Self {
        Self { settings, held: Mutex::new(None) }
    }

    /// Returns a token, and whether it was held since some time ago.
    pub(super) async fn token(&self) -> Result<(SecretString, bool), SendError> {
        let mut held = self.held.lock().await;
        if let Some(held) = held.as_ref().filter(|held| Instant::now() < held.until) {
            return Ok((held.token.clone(), true));
        }
        *held = None;
        let asked = Instant::now();
        let Granted { token, lives } = Box::pin(self.fetch()).await?;
        *held = Some(Held { token: token.clone(), until: asked + kept(lives) });
        Ok((token, false))
    }

    pub(super) async fn forget(&self) {
        *self.held.lock().await = None;
    }

    async fn fetch(&self) -> Result<Granted, SendError> {
        let settings = self.settings.clone();
        let http = match tokio::task::spawn_blocking(move || http(&settings)).await {
            Ok(http) => http.map_err(|why| SendError::refuses(self.say(&why)))?,
            Err(_) => return Err(SendError::away(self.say("was not asked: the program is ending"))),
        };
        let asking = http
            .post(self.settings.url.clone())
            .header("content-type", "application/x-www-form-urlencoded")
            .header("accept", "application/json")
            .body(self.form());
        let mut answer = asking.send().await.map_err(|why| self.unreached(&why))?;
        let status = answer.status().as_u16();
        let mut body = Vec::new();
        while let Some(part) = answer.chunk().await.map_err(|why| self.unreached(&why))? {
            body.extend_from_slice(&part);
            if body.len() > LONGEST_ANSWER {
                break;
            }
        }
        token_answer::read(status, &body)
            .map_err(|(fault, words)| SendError::of(fault, self.say(&self.without_secret(&words))))
    }

    fn form(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials")
            .append_pair("client_id", &self.settings.client_id)
            .append_pair("client_secret", self.settings.client_secret.expose_secret());
        if let Some(scope) = &self.settings.scope {
            form.append_pair("scope", scope);
        }
        form.finish()
    }

    fn unreached(&self, why: &reqwest::Error) -> SendError {
        let mut innermost: &dyn std::error::Error = why;
        while let Some(source) = innermost.source() {
            innermost = source;
        }
        let said = innermost.to_string();
        if ["corrupt message", "InvalidContentType"].iter().any(|mark| said.contains(mark)) {
            return SendError::refuses(self.say("does not speak TLS there; compare `token_url`"));
        }
        if ["certificate", "received fatal alert", "peer is incompatible"].iter().any(|mark| said.contains(mark)) {
            return SendError::refuses(
                self.say(&format!("could not be spoken to in TLS: {}", certificates::told(&said))),
            );
        }
        let through = if self.is_proxied() { " through the `proxy` of [api]" } else { "" };
        let words = if why.is_timeout() {
            format!("gave no answer{through} for {TOKEN_TIMEOUT:?}")
        } else if why.is_connect() {
            format!("cannot be reached{through}: {said}")
        } else {
            format!("broke off{through}: {said}")
        };
        SendError::away(self.say(&words))
    }

    fn is_proxied(&self) -> bool {
        self.settings.proxy.is_some() && !is_this_machine(&self.settings.url)
    }

    fn say(&self, what: &str) -> String {
        let host = self.settings.url.host_str().unwrap_or_default();
        let port = self.settings.url.port().map_or(String::new(), |port| format!(":{port}"));
        format!("the token server {host}{port} {what}")
    }

    /// A server may repeat what it was told.
    fn without_secret(&self, said: &str) -> String {
        let secret = self.settings.client_secret.expose_secret();
        let encoded: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        [secret.to_owned(), encoded]
            .iter()
            .filter(|secret| !secret.is_empty())
            .fold(said.to_owned(), |said, secret| said.replace(secret.as_str(), "[redacted]"))
    }
}

impl std::fmt::Debug for Tokens {
    /// Leaves out what is held.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Tokens").field("host", &self.settings.url.host_str()).finish_non_exhaustive()
    }
}

/// Returns the HTTP library with none of its defaults that would send the secret elsewhere. Authorities are read anew each time,
/// so that renewed ones need no restart.
fn http(settings: &TokenSettings) -> Result<reqwest::Client, String> {
    let mut builder = reqwest::Client::builder()
        .user_agent(concat!("roomkeeper/", env!("CARGO_PKG_VERSION")))
        .http1_only()
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .referer(false)
        .timeout(TOKEN_TIMEOUT)
        .pool_max_idle_per_host(0)
        .no_proxy();
    if let Some(proxy) = settings.proxy.as_ref().filter(|_| !is_this_machine(&settings.url)) {
        let proxy = Proxy::all(proxy.as_str()).map_err(|_| "cannot be asked: `proxy` in [api] cannot be used")?;
        builder = builder.proxy(proxy);
    }
    if settings.url.scheme() == "http" {
        // Only this machine is spoken to so, and it needs no certificates.
        builder = builder.tls_certs_only([]);
    } else if let Some(path) = &settings.tls_ca {
        let wrong = |what: &str| format!("cannot be asked: `tls_ca` = {}: {what}", path.display());
        let pem = std::fs::read(path).map_err(|why| wrong(&format!("the file cannot be read: {why}")))?;
        let authorities =
            Certificate::from_pem_bundle(&pem).map_err(|_| wrong("a certificate in it cannot be read"))?;
        builder = builder.tls_certs_merge(authorities);
    }
    builder.build().map_err(|why| {
        let why = why.source().map_or_else(|| why.to_string(), ToString::to_string);
        format!("cannot be asked: {why}; is the package ca-certificates installed?")
    })
}

fn is_this_machine(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host.eq_ignore_ascii_case("localhost")
        || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// Returns the time for which to keep a token that lives for so long: until five minutes before its end, or a quarter of its
/// life.
fn kept(lives: Duration) -> Duration {
    lives.saturating_sub(MARGIN.min(lives / 4))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_let_go_before_it_ends() {
        assert_eq!(kept(Duration::from_secs(3599)), Duration::from_secs(3299));
        assert_eq!(kept(Duration::from_secs(60)), Duration::from_secs(45));
        assert_eq!(kept(Duration::ZERO), Duration::ZERO);
    }

    #[test]
    fn neither_the_secret_nor_a_token_is_printed() {
        let tokens = Tokens::new(TokenSettings {
            url: Url::parse("https://login.example.org/token").unwrap(),
            client_id: "id".to_owned(),
            client_secret: SecretString::from("hu sh"),
            scope: None,
            tls_ca: None,
            proxy: None,
        });
        assert!(!format!("{tokens:?}").contains("hu sh"));
        assert_eq!(tokens.without_secret("no: hu sh or hu+sh"), "no: [redacted] or [redacted]");
        assert!(tokens.form().ends_with("client_secret=hu+sh"));
    }
}
