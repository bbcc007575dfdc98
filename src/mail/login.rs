//! Holds the account at the mail server, whose password or token must not come back in an error message.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::{SendError, Tokens};

/// An account at the mail server.
#[derive(Debug, Clone)]
pub struct Login {
    /// The account's name.
    pub username: String,
    /// The proof that is shown for it.
    pub proof: Proof,
}

/// The proof that the account may be used.
#[derive(Debug, Clone)]
pub enum Proof {
    /// Its password.
    Password(SecretString),
    /// A token that another server gives out.
    Token(Arc<Tokens>),
}

/// A password or a token, at hand.
pub(super) struct Pass {
    pub(super) secret: SecretString,
    /// True when it is a token.
    pub(super) is_token: bool,
    /// True when it is a token of some time ago, so that another one may do better.
    pub(super) was_held: bool,
}

impl Login {
    /// Returns what to show to the server; a token is fetched if none is held.
    pub(super) async fn pass(&self) -> Result<Pass, SendError> {
        match &self.proof {
            Proof::Password(password) => Ok(Pass { secret: password.clone(), is_token: false, was_held: false }),
            Proof::Token(tokens) => {
                let (secret, was_held) = tokens.token().await?;
                Ok(Pass { secret, is_token: true, was_held })
            }
        }
    }

    /// Lets a token go that the server did not take: the next one may have been given other rights.
    pub(super) async fn forget(&self) {
        if let Proof::Token(tokens) = &self.proof {
            tokens.forget().await;
        }
    }

    /// Returns a server's answer to the login, without the secrets in it: some servers repeat what they were told.
    pub(super) fn redact(&self, pass: &Pass, said: &str) -> String {
        let secret = pass.secret.expose_secret();
        let blob = if pass.is_token {
            format!("user={}\x01auth=Bearer {secret}\x01\x01", self.username)
        } else {
            format!("\0{}\0{secret}", self.username)
        };
        [STANDARD.encode(blob), STANDARD.encode(secret), secret.to_owned()]
            .iter()
            .filter(|secret| !secret.is_empty())
            .fold(said.to_owned(), |said, secret| said.replace(secret.as_str(), "[redacted]"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn login(password: &str) -> Login {
        Login { username: "it".to_owned(), proof: Proof::Password(SecretString::from(password)) }
    }

    #[tokio::test]
    async fn an_answer_that_repeats_the_login_is_shown_without_it() {
        let geheim = login("geheim");
        let pass = geheim.pass().await.unwrap();
        // printf '\\0it\\0geheim' | base64; printf geheim | base64
        let said = "535 no: AGl0AGdlaGVpbQ== or Z2VoZWlt or geheim, sorry";
        assert_eq!(geheim.redact(&pass, said), "535 no: [redacted] or [redacted] or [redacted], sorry");
        let token = Pass { is_token: true, ..pass };
        // printf 'user=it\x01auth=Bearer geheim\x01\x01' | base64
        let said = "535 no: dXNlcj1pdAFhdXRoPUJlYXJlciBnZWhlaW0BAQ== or geheim";
        assert_eq!(geheim.redact(&token, said), "535 no: [redacted] or [redacted]");
        let blank = login("");
        assert_eq!(blank.redact(&blank.pass().await.unwrap(), "535 no"), "535 no");
    }
}
