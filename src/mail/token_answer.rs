//! Reads what a token server answers (RFC 6749, 5), and puts a refusal into words with what to compare.

use std::time::Duration;

use secrecy::SecretString;
use serde::Deserialize;

use super::Fault;
use crate::model::line;

/// The life that a token is taken to have if its server does not say it.
const UNSAID: Duration = Duration::from_mins(5);
/// The longest life that is believed.
const LONGEST_LIFE: Duration = Duration::from_hours(24);

/// A token that was given.
pub(super) struct Granted {
    pub(super) token: SecretString,
    pub(super) lives: Duration,
}

/// No `Debug`: it holds the token.
#[derive(Deserialize)]
struct Grant {
    access_token: String,
    token_type: Option<String>,
    expires_in: Option<Seconds>,
}

/// Some servers write the number as a text.
#[derive(Deserialize)]
#[serde(untagged)]
enum Seconds {
    Number(u64),
    Text(String),
}

#[derive(Deserialize)]
struct Refusal {
    error: String,
    error_description: Option<String>,
}

/// Reads an answer. What is wrong follows the words "the token server HOST".
pub(super) fn read(status: u16, body: &[u8]) -> Result<Granted, (Fault, String)> {
    if (200..300).contains(&status) {
        return granted(body).map_err(|words| (Fault::ServerRefuses, words));
    }
    let refusal: Option<Refusal> = serde_json::from_slice(body).ok();
    let said = match &refusal {
        Some(Refusal { error, error_description: Some(more) }) => format!("{}, {}", plain(error), plain(more)),
        Some(Refusal { error, .. }) => plain(error),
        None => format!("HTTP {status}"),
    };
    let passes = matches!(status, 408 | 429 | 500..)
        || refusal.as_ref().is_some_and(|refusal| refusal.error == "temporarily_unavailable");
    if passes {
        return Err((Fault::ServerAway, format!("gave no token for now: {said}")));
    }
    let compare = match refusal.as_ref().map(|refusal| refusal.error.as_str()) {
        Some("invalid_client") => {
            "compare `client_id` and the client's secret with the application at the provider: the secret is its value, not its \
             id, and it ends some day"
        }
        Some("unauthorized_client") => {
            "compare `client_id` and the tenant in `token_url`, and have the application allowed to log in by itself (client \
             credentials)"
        }
        Some("invalid_scope") => "compare `scope` with the provider's documentation",
        Some("invalid_grant" | "access_denied") => "have an administrator allow the application what `scope` names",
        Some("unsupported_grant_type") => {
            "it gives none for an application's id and secret alone (client credentials), so `oauth` cannot be used with it"
        }
        Some(_) => "compare `token_url`, `client_id` and `scope` with what the provider shows",
        None if (300..400).contains(&status) => "it sends to another address: compare `token_url`",
        None if status == 407 => "the proxy wants a name and a password: check `proxy` in [api]",
        None => "compare `token_url` with the provider's documentation",
    };
    Err((Fault::ServerRefuses, format!("gave no token: {said}; {compare}")))
}

fn granted(body: &[u8]) -> Result<Granted, String> {
    let Ok(grant) = serde_json::from_slice::<Grant>(body) else {
        return Err("answered without a token; compare `token_url`".to_owned());
    };
    if let Some(other) = grant.token_type.filter(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return Err(format!("gave a token of the kind {:?}, which mail servers do not take", plain(&other)));
    }
    // The characters that RFC 6750 allows, and none that would end the login early.
    let is_plain = |c: char| c.is_ascii_graphic();
    if grant.access_token.is_empty() || !grant.access_token.chars().all(is_plain) {
        return Err("gave a token that cannot be one; compare `token_url`".to_owned());
    }
    let lives = match grant.expires_in {
        Some(Seconds::Number(seconds)) => Duration::from_secs(seconds),
        Some(Seconds::Text(text)) => text.trim().parse().map_or(UNSAID, Duration::from_secs),
        None => UNSAID,
    };
    Ok(Granted { token: SecretString::from(grant.access_token), lives: lives.min(LONGEST_LIFE) })
}

/// Returns a server's words on one line, not too long, without the numbers that Microsoft writes for its own support.
fn plain(said: &str) -> String {
    let line = line::plain_line(said);
    let line = line.split(" Trace ID:").next().unwrap_or_default();
    line.chars().take(300).collect::<String>().trim_end_matches(['.', ' ']).to_owned()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret as _;

    use super::*;

    #[test]
    fn a_token_is_read_with_its_life() {
        for (expires, lives) in [
            (r#","expires_in":3599"#, 3599),
            (r#","expires_in":"3599""#, 3599),
            ("", 300),
            (r#","expires_in":99999999"#, 86400),
        ] {
            let body = format!(r#"{{"token_type":"Bearer","access_token":"a.b-c_d"{expires}}}"#);
            let granted = read(200, body.as_bytes()).ok().unwrap();
            assert_eq!((granted.token.expose_secret(), granted.lives.as_secs()), ("a.b-c_d", lives));
        }
    }

    #[test]
    fn what_is_no_token_is_not_taken_for_one() {
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"access_token":""}"#,
            r#"{"access_token":"a\u0001b"}"#,
            r#"{"access_token":"a","token_type":"mac"}"#,
        ] {
            let (fault, words) = read(200, body.as_bytes()).err().unwrap();
            assert_eq!(fault, Fault::ServerRefuses, "{words}");
        }
    }

    #[test]
    fn a_refusal_says_what_to_compare_and_what_passes_is_waited_for() {
        let of = |status, error: &str| {
            let body =
                format!(r#"{{"error":"{error}","error_description":"AADSTS1: Who?\r\nTrace ID: 7 Timestamp: 8"}}"#);
            read(status, body.as_bytes()).err().unwrap()
        };
        for (status, error, compare) in [
            (401, "invalid_client", "the client's secret"),
            (400, "unauthorized_client", "compare `client_id` and the tenant"),
            (400, "invalid_scope", "compare `scope`"),
            (400, "access_denied", "have an administrator allow"),
            (400, "unsupported_grant_type", "cannot be used with it"),
            (400, "invalid_request", "compare `token_url`, `client_id` and `scope`"),
        ] {
            let (fault, words) = of(status, error);
            assert_eq!(fault, Fault::ServerRefuses);
            assert!(words.starts_with(&format!("gave no token: {error}, AADSTS1: Who?; ")), "{words}");
            assert!(words.contains(compare) && !words.contains("Trace"), "{words}");
        }
        for (status, error) in [(429, "slow_down"), (503, "x"), (400, "temporarily_unavailable")] {
            assert_eq!(of(status, error).0, Fault::ServerAway);
        }
        for (status, words) in
            [(404, "HTTP 404; compare `token_url`"), (302, "another address"), (407, "the proxy wants")]
        {
            assert!(read(status, b"<html>").err().unwrap().1.contains(words), "{status}");
        }
        assert_eq!(read(502, b"").err().unwrap().0, Fault::ServerAway);
    }
}
