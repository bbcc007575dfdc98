//! Logs in with a token (SASL XOAUTH2), and puts into words what the server has against it: it says that in a challenge, which
//! the library takes for an error of its own.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::Auth;
use secrecy::ExposeSecret as _;
use serde::Deserialize;

use super::login::Pass;
use super::send_error::cause;
use super::{Login, SendError, Smtp};

/// The answer of Google, and of the servers that follow it, to a token that they do not take.
#[derive(Deserialize)]
struct Challenge {
    #[serde(deserialize_with = "number_or_text")]
    status: String,
    scope: Option<String>,
}

pub(super) async fn log_in(
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
