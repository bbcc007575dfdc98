//! Takes the page's settings out of the configuration in force, with the token itself.

use secrecy::{ExposeSecret, SecretString};

use crate::config::{Config, Environment, SecretError, WebConfig};

/// Bytes that a token has at least: a shorter one could be guessed.
const SHORTEST: usize = 16;

/// The page's settings.
#[derive(Debug, Clone)]
pub(super) struct WebSettings {
    pub(super) web: WebConfig,
    pub(super) token: Option<SecretString>,
}

/// The reason why the page is not served.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unserved {
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(
        "[web] token is too short to keep anybody out: take one of {SHORTEST} characters or more, such as `openssl rand -hex 24` writes"
    )]
    ShortToken,
}

impl WebSettings {
    /// Returns the settings; `None` where no page is configured.
    pub(super) fn of(config: &Config, environment: &Environment) -> Result<Option<Self>, Unserved> {
        let Some(web) = config.web.clone() else { return Ok(None) };
        let token = web.token.as_ref().map(|token| token.resolve(environment)).transpose()?;
        if token.as_ref().is_some_and(|token| token.expose_secret().len() < SHORTEST) {
            return Err(Unserved::ShortToken);
        }
        Ok(Some(Self { web, token }))
    }

    /// Tells whether these are the same.
    pub(super) fn are(&self, other: &Self) -> bool {
        let token = |settings: &Self| settings.token.as_ref().map(|token| token.expose_secret().to_owned());
        self.web == other.web && token(self) == token(other)
    }
}
