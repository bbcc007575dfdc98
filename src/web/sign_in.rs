//! Serves the form at which a person shows the token.

use std::time::Duration;

use http_body_util::{BodyExt, Limited};
use hyper::body::Incoming;
use hyper::header::{HeaderMap, HeaderValue, SET_COOKIE};
use hyper::{Request, StatusCode};
use serde::Serialize;

use super::access::{Entry, Gate};
use super::answer::{Answer, lead_to};
use super::guesses::Peer;
use super::making::made;
use super::query::Params;
use super::site::Site;

/// Bytes that a form may have.
const LONGEST_FORM: usize = 4096;
/// The time that a form may take.
const FORM_TIME: Duration = Duration::from_secs(10);

#[derive(Debug, Serialize)]
struct Form<'a> {
    next: &'a str,
    trouble: Option<&'a str>,
}

/// Returns the form; after it the browser goes to `next`.
pub(super) async fn form(site: &Site, next: &str, status: StatusCode, trouble: Option<&str>) -> Answer {
    made(site, status, "sign_in.html", &Form { next: own_path(next), trouble }).await
}

/// Takes a form that was filled in.
pub(super) async fn sign_in(site: &Site, peer: Peer, request: Request<Incoming>) -> Answer {
    let over_tls = is_over_tls(request.headers());
    let body = tokio::time::timeout(FORM_TIME, Limited::new(request.into_body(), LONGEST_FORM).collect()).await;
    let Ok(Ok(body)) = body else {
        return form(site, "/", StatusCode::BAD_REQUEST, Some("The form did not arrive whole. Try again.")).await;
    };
    let params = Params::of(&String::from_utf8_lossy(&body.to_bytes()));
    let next = own_path(params.get("next").unwrap_or("/"));
    match site.gate.try_token(params.get("token").unwrap_or_default(), peer) {
        Entry::Open => {
            let mut answer = lead_to(&format!("{}{next}", site.web.base_path));
            keep(&mut answer, &site.gate.cookie(&site.web.base_path, over_tls, site.runtime.clock().now()));
            answer
        }
        Entry::TooMany(left) => {
            let words =
                format!("There were too many wrong tokens. Wait {} seconds, then try again.", left.as_secs() + 1);
            form(site, next, StatusCode::TOO_MANY_REQUESTS, Some(&words)).await
        }
        Entry::Closed | Entry::Wrong => {
            tracing::warn!("a sign-in to the page was tried with a wrong token");
            form(site, next, StatusCode::FORBIDDEN, Some("That is not the token. Copy it anew, whole.")).await
        }
    }
}

/// Signs out.
pub(super) fn sign_out(site: &Site, headers: &HeaderMap) -> Answer {
    let mut answer = lead_to(&format!("{}/sign-in", site.web.base_path));
    keep(&mut answer, &Gate::no_cookie(&site.web.base_path, is_over_tls(headers)));
    answer
}

fn keep(answer: &mut Answer, cookie: &str) {
    if let Ok(cookie) = HeaderValue::from_str(cookie) {
        answer.headers_mut().insert(SET_COOKIE, cookie);
    }
}

/// Tells whether the browser speaks TLS with a proxy, by what that says.
fn is_over_tls(headers: &HeaderMap) -> bool {
    headers.get("x-forwarded-proto").is_some_and(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"))
}

/// Returns a path of this site, and the first page for everything that leads elsewhere.
fn own_path(path: &str) -> &str {
    let is_plain = path.bytes().all(|byte| (0x21..0x7f).contains(&byte) && byte != b'\\');
    let is_own = path.starts_with('/') && !path.starts_with("//") && is_plain;
    if is_own { path } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere_after_signing_in() {
        assert_eq!(own_path("/jobs/a?outcome=failed"), "/jobs/a?outcome=failed");
        for elsewhere in ["//evil.example", "https://evil.example", "/\\evil.example", "", "/a\r\nX: y", "jobs"] {
            assert_eq!(own_path(elsewhere), "/", "{elsewhere}");
        }
    }
}
