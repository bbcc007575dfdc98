//! Holds the account at the mail server, whose password or token must not come back in an error message. Logs in with a token, and
//! puts into words what the server has against it: it says that in a challenge, which the library takes for an error of its own.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::Auth;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::send_error::cause;
use super::{SendError, Smtp, Tokens};

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

/// The answer of Google, and of the servers that follow it, to a token that they do not take.
#[derive(Deserialize)]
struct Challenge {
    #[serde(deserialize_with = "number_or_text")]
    status: String,
    scope: Option<String>,
}

/// Logs in with a token (SASL XOAUTH2).
pub(super) async fn log_in_with_token(
    smtp: &Smtp,
    connection: &mut AsyncSmtpConnection,
    login: &Login,
    pass: &Pass,
) -> Result<(), SendError> {
    let credentials = Credentials::new(login.username.clone(), pass.secret.expose_secret().to_owned());
    let command = Auth::new(Mechanism::Xoauth2, credentials, None);
    let command = command.map_err(|why| smtp.refuses(&format!("was not shown the token: {}", cause(&why))))?;
    let mut challenge = None;
    let mut answer = connection.command(command).await;
    if let Ok(asked) = &answer
        && asked.has_code(334)
    {
        challenge = asked.first_word().and_then(in_words);
        // The answer that the protocol wants to what is no question.
        answer = connection.command("\r\n").await;
    }
    let said = match &answer {
        Ok(answer) if answer.has_code(235) => return Ok(()),
        Ok(answer) => answer.code().to_string(),
        Err(why) if why.status().is_none_or(|code| u16::from(code) < 500) => {
            let said = login.redact(pass, &cause(why));
            return Err(smtp.away(&format!("did not answer the login: {said}")));
        }
        Err(why) => cause(why),
    };
    let challenge = challenge.map_or(String::new(), |words| format!(", {words}"));
    let said = login.redact(pass, &format!("{said}{challenge}"));
    Err(smtp.refuses(&format!(
        "did not accept the token for `{}`: {said}; compare `username` and `scope` in [mail] with what the provider lets the \
         application do: it must be allowed to send from this mailbox",
        login.username
    )))
}

/// Returns a challenge as it stands in the answer, in words; `None` where it says nothing that can be read.
fn in_words(encoded: &str) -> Option<String> {
    let text = STANDARD.decode(encoded.trim()).ok()?;
    let Challenge { status, scope } = serde_json::from_slice(&text).ok()?;
    let status: String = status.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '_').take(40).collect();
    let meaning = match status.as_str() {
        "400" => "400: it cannot read the token".to_owned(),
        "401" => "401: the token is not good for this mailbox, or no more".to_owned(),
        "403" => "403: the token does not allow it to send mail".to_owned(),
        other => other.to_owned(),
    };
    let scope = scope.filter(|scope| !scope.is_empty()).map_or(String::new(), |scope| {
        let scope: String = scope.chars().filter(|c| !c.is_control()).take(200).collect();
        format!("; it wants the scope {scope}")
    });
    Some(format!("{meaning}{scope}"))
}

fn number_or_text<'de, D: serde::Deserializer<'de>>(from: D) -> Result<String, D::Error> {
    match serde_json::Value::deserialize(from)? {
        serde_json::Value::String(text) => Ok(text),
        other => Ok(other.to_string()),
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

    #[test]
    fn a_challenge_is_put_into_words_and_what_is_none_is_left_out() {
        let of = |text: &str| in_words(&STANDARD.encode(text));
        let said = of(r#"{"status":"401","schemes":"bearer","scope":"https://mail.google.com/"}"#).unwrap();
        assert_eq!(
            said,
            "401: the token is not good for this mailbox, or no more; it wants the scope https://mail.google.com/"
        );
        assert_eq!(of(r#"{"status":400}"#).unwrap(), "400: it cannot read the token");
        assert_eq!(of(r#"{"status":"invalid_request"}"#).unwrap(), "invalid_request");
        for none in ["", "hello", "{}", "[]"] {
            assert_eq!(of(none), None, "{none}");
        }
        assert_eq!(in_words("%%%"), None);
    }
}
