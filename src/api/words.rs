//! Puts what happened into words that a person who knows nothing of HTTP can act on. Texts of the server's are shortened and
//! cleaned: they end up in terminals, mails and spreadsheets.

use std::error::Error;
use std::time::Duration;

use reqwest::StatusCode;

use crate::model::{Code, line, without_error_numbers};

/// The most characters of one text of the server's.
const LONGEST_TEXT: usize = 200;

/// Cleans a text from outside: one line, no control characters and none that turn the direction of writing, shortened.
pub(super) fn clean(text: &str) -> String {
    let line = line::plain_line(text);
    match line.char_indices().nth(LONGEST_TEXT) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// Tells of a result code that the reply refuses with: `the title is missing (code 1611: "Meeting Title is reqruied")`.
pub(super) fn refused(code: Code, said: Option<&str>) -> String {
    let words = code.words().unwrap_or("the server refused it");
    let what = format!("{words} (code {code}{})", quoted(said));
    if code.is_fatal() { format!("{what}: {}", credentials(code)) } else { what }
}

fn credentials(code: Code) -> &'static str {
    if code == Code::TOKEN_NOT_VALID {
        "check app_id and app_key in [api]"
    } else {
        "ask EnableX about the subscription"
    }
}

/// Tells of an HTTP status that refuses, without a code that says more.
pub(super) fn refused_by_status(status: StatusCode, said: Option<&str>) -> String {
    let words = match status.as_u16() {
        400 => "the server found the request incomplete",
        401 => "the server did not accept the credentials: check app_id and app_key in [api]",
        403 => "the server does not allow this to these credentials: check app_id and app_key in [api]",
        404 => "the server does not have it",
        406 | 422 => "the server found a value not valid",
        407 => "the proxy wants a name and a password: check proxy in [api]",
        413 => "the server finds the request too large",
        _ => "the server refused it",
    };
    format!("{words} (HTTP {}{})", status.as_u16(), quoted(said))
}

/// Tells of a 429, or a 503 with `Retry-After`.
pub(super) fn put_off(status: StatusCode, said: Option<&str>) -> String {
    format!("the server asks to be left alone for a while (HTTP {}{})", status.as_u16(), quoted(said))
}

/// Tells of a redirect, or a 404 or 405 of the route itself.
pub(super) fn route_missing(status: StatusCode, path: &str, location: Option<&str>, said: Option<&str>) -> String {
    let status = status.as_u16();
    match location {
        Some(location) => {
            format!("the server wants the request sent to {} (HTTP {status}): check base_url in [api]", clean(location))
        }
        None => {
            format!("the server knows no {} (HTTP {status}{}): check base_url in [api]", clean(path), quoted(said))
        }
    }
}

/// Tells of a 502, 503 or 504, of whatever stands before the application.
pub(super) fn unavailable(status: StatusCode, said: Option<&str>) -> String {
    format!("the server cannot be used now (HTTP {}{})", status.as_u16(), quoted(said))
}

/// Tells of an answer that tells nothing for certain.
pub(super) fn doubtful(status: StatusCode, code: Option<Code>, said: Option<&str>) -> String {
    let number = status.as_u16();
    match code {
        Some(code) if code == Code::UNSPECIFIED => {
            format!("the server reports an error without saying which (result 0{})", quoted(said))
        }
        Some(code) => format!(
            "the server answers HTTP {number} with result {code}, which says nothing for certain{}",
            quoted(said)
        ),
        None if status.is_success() => {
            format!("the answer (HTTP {number}) is not one of the API's; does something else answer in its place?")
        }
        None => format!("the server failed (HTTP {number}{})", quoted(said)),
    }
}

/// Tells of a success that lacks what it should tell.
pub(super) fn lacking(what: &str) -> String {
    format!("the server says that it succeeded, but its reply {what}")
}

/// Tells that no connection came about.
pub(super) fn unreachable(host: &str, error: &(dyn Error + 'static)) -> String {
    let cause = root_cause(error);
    let remedy =
        if cause.contains("certificate") { " (tls_ca in [api] names further authorities to trust)" } else { "" };
    format!("no connection to {host}: {cause}{remedy}")
}

/// Tells that no answer came in time.
pub(super) fn timed_out(timeout: Duration) -> String {
    format!("no complete answer within {timeout:?}")
}

/// Says that the connection broke, or that what came is not HTTP.
pub(super) fn broken(error: &(dyn Error + 'static)) -> String {
    format!("the connection broke before the answer was complete: {}", root_cause(error))
}

/// Tells that an answer is larger than any should be.
pub(super) fn too_large(most: usize) -> String {
    format!("the answer is larger than {} MiB", most >> 20)
}

fn quoted(said: Option<&str>) -> String {
    said.map(clean).filter(|said| !said.is_empty()).map(|said| format!(": \"{said}\"")).unwrap_or_default()
}

/// Returns the innermost reason: the outer ones only say "error sending request" and repeat the address.
fn root_cause(error: &(dyn Error + 'static)) -> String {
    without_error_numbers(&clean(&causes(error).last().unwrap_or(error).to_string()))
}

/// Returns the error and what lies behind it.
pub(super) fn causes<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |error| (**error).source())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_the_servers_becomes_one_short_line_without_tricks() {
        assert_eq!(clean(" Too\r\n\tlong\u{1b}[31m \u{202E}evil\0 "), "Too long [31m evil");
        let long = clean(&"ä".repeat(5000));
        assert_eq!((long.chars().count(), long.ends_with('…')), (LONGEST_TEXT + 1, true));
        assert_eq!(clean(&"ä".repeat(LONGEST_TEXT)).chars().count(), LONGEST_TEXT);
    }

    #[test]
    fn a_connection_that_fails_is_told_without_the_systems_number() {
        let reset = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        let told = broken(&std::io::Error::from_raw_os_error(104));
        assert_eq!(told, "the connection broke before the answer was complete: Connection reset by peer");
        assert_eq!(unreachable("api.example.org", &reset), "no connection to api.example.org: connection reset");
    }

    #[test]
    fn a_refusal_says_what_where_and_what_to_do() {
        assert_eq!(
            refused(Code::TITLE_SHORT, Some("Meeting Title:\nMinimum 3")),
            "the title is shorter than 3 characters (code 1612: \"Meeting Title: Minimum 3\")"
        );
        assert_eq!(refused(Code(9999), None), "the server refused it (code 9999)");
        assert!(refused(Code::TOKEN_NOT_VALID, None).contains("check app_id"));
        assert!(refused(Code::NO_MEETING_SUBSCRIPTION, None).contains("subscription"));
    }
}
