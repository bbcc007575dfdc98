//! Leads a request to its answer: first by which name the page is called, then who asks, then what for.

use std::time::Duration;

use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, HOST, HeaderValue, RETRY_AFTER, WWW_AUTHENTICATE};
use hyper::{HeaderMap, Method, Request, StatusCode};
use tokio::time::Instant;

use super::access::Entry;
use super::answer::{Answer, CSS, HTML, JSON, TEXT, answer, lead_to};
use super::first::First;
use super::guesses::Peer;
use super::health::{Health, look, readiness};
use super::making::{json, message, not_found, unmade};
use super::page::STYLE;
use super::query::Params;
use super::site::Site;
use super::{api, host, item, job, letter, metrics, run, sign_in};
use crate::control::Refusal;

/// The time for which the first screen is the same for all who look.
const FIRST_HOLDS: Duration = Duration::from_secs(1);

/// Answers a request.
pub(super) async fn route(site: &Site, peer: Peer, request: Request<Incoming>) -> Answer {
    let host = request.headers().get(HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !host::is_ours(host, &site.web.hosts, &site.machine) {
        return misdirected();
    }
    let whole = request.uri().path().to_owned();
    let Some(path) = below(&whole, &site.web.base_path) else {
        return lead_to(&format!("{}/", site.web.base_path));
    };
    let params = Params::of(request.uri().query().unwrap_or_default());
    let method = request.method().clone();
    match (path, &method) {
        ("/sign-in", &Method::POST) if site.gate.asks() => return sign_in::sign_in(site, peer, request).await,
        ("/sign-out", &Method::POST) => return sign_in::sign_out(site, request.headers()),
        (_, &Method::GET | &Method::HEAD) => {}
        _ => return not_allowed(site, path).await,
    }
    match path {
        "/style.css" => return style(),
        "/healthz" => return healthz(site).await,
        "/readyz" => return health(&readiness(site.runtime.journal(), site.runtime.stop().is_cancelled()).await),
        "/sign-in" if site.gate.asks() => {
            return sign_in::form(site, params.get("next").unwrap_or("/"), StatusCode::OK, None).await;
        }
        _ => {}
    }
    match site.gate.look(request.headers(), peer, site.runtime.clock().now()) {
        Entry::Open => page(site, path, &params, request.headers()).await,
        refused => refuse(site, refused, path, &request),
    }
}

/// Answers a request that is let in.
async fn page(site: &Site, path: &str, params: &Params, headers: &HeaderMap) -> Answer {
    if let Some(question) = path.strip_prefix("/api/") {
        return api::answer(site, question, params).await;
    }
    let parts: Vec<_> = path.split('/').skip(1).collect();
    let made = match parts.as_slice() {
        [""] => first(site, params).await,
        ["metrics"] => metrics::page(site, headers).await,
        ["mails"] => letter::list(site).await,
        ["jobs", job] => job::page(site, job, params).await,
        ["runs", run] => run::page(site, run, params).await,
        ["runs", run, "items", item] => item::page(site, run, item).await,
        ["runs", run, "mails", mail] => letter::page(site, run, mail).await,
        _ => Ok(not_found(site).await),
    };
    match made {
        Ok(answer) => answer,
        Err(error) => {
            tracing::warn!(%error, path, "a page cannot be made");
            let words =
                "The journal cannot be read now. Try again in a moment; if that lasts, the log of roomkeeper says why.";
            message(site, StatusCode::SERVICE_UNAVAILABLE, "Not possible now", words).await
        }
    }
}

/// Returns the first screen. Many who look at the same time look at the same one.
async fn first(site: &Site, params: &Params) -> Result<Answer, Refusal> {
    let refreshes = params.get("refresh") != Some("off");
    let mut kept = site.first[usize::from(refreshes)].lock().await;
    if let Some((at, text)) = &*kept
        && at.elapsed() < FIRST_HOLDS
    {
        return Ok(answer(StatusCode::OK, HTML, text.clone()));
    }
    let page = First::gather(site, refreshes).await?;
    match site.pages.make("first.html", &page) {
        Ok(text) => {
            let text = Bytes::from(text);
            *kept = Some((Instant::now(), text.clone()));
            Ok(answer(StatusCode::OK, HTML, text))
        }
        Err(error) => Ok(unmade("first.html", &error)),
    }
}

/// Returns the path below that of the page; one that a proxy has cut already is taken as it is.
fn below<'a>(path: &'a str, base_path: &str) -> Option<&'a str> {
    match path.strip_prefix(base_path) {
        Some("") => None,
        Some(rest) if rest.starts_with('/') => Some(rest),
        _ => Some(path),
    }
}

async fn healthz(site: &Site) -> Answer {
    let now = site.runtime.clock().now();
    health(&look(site.runtime.journal(), &site.trials, site.heart.as_deref(), now).await)
}

fn health(found: &Health) -> Answer {
    let status = if found.is_good() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    answer(status, JSON, json(found))
}

fn style() -> Answer {
    let mut answer = answer(StatusCode::OK, CSS, STYLE);
    // No name is in it.
    answer.headers_mut().insert(hyper::header::CACHE_CONTROL, HeaderValue::from_static("max-age=60"));
    answer
}

/// Refuses a name that may be another's; the page says no more.
fn misdirected() -> Answer {
    let words = "This page is not served under this name.\nCall it by localhost or by an address, or have its name entered under \
                 `hosts` in [web] of the configuration.\n";
    answer(StatusCode::MISDIRECTED_REQUEST, TEXT, words)
}

fn refuse(site: &Site, entry: Entry, path: &str, request: &Request<Incoming>) -> Answer {
    let (status, words) = match entry {
        Entry::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "too many wrong tokens came from there; wait a minute"),
        Entry::Wrong => (StatusCode::UNAUTHORIZED, "that is not the token"),
        Entry::Open | Entry::Closed => (StatusCode::UNAUTHORIZED, "show the token: `Authorization: Bearer TOKEN`"),
    };
    if !is_for_programs(path) && !shows_bearer(request.headers()) {
        let next = request.uri().path_and_query().map_or("/", |whole| whole.as_str());
        let next = below(next, &site.web.base_path).unwrap_or("/");
        let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        return lead_to(&format!("{}/sign-in?next={next}", site.web.base_path));
    }
    let mut answer = answer(status, JSON, json(&serde_json::json!({ "error": words })));
    answer.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"roomkeeper\""));
    if let Entry::TooMany(left) = entry {
        answer.headers_mut().insert(RETRY_AFTER, HeaderValue::from(left.as_secs() + 1));
    }
    answer
}

fn shows_bearer(headers: &HeaderMap) -> bool {
    headers.contains_key(hyper::header::AUTHORIZATION)
}

fn is_for_programs(path: &str) -> bool {
    path.starts_with("/api/") || path == "/metrics"
}

async fn not_allowed(site: &Site, path: &str) -> Answer {
    let words = "Nothing is changed here. The commands of roomkeeper do that.";
    let mut answer = if is_for_programs(path) {
        answer(StatusCode::METHOD_NOT_ALLOWED, JSON, json(&serde_json::json!({ "error": words })))
    } else {
        message(site, StatusCode::METHOD_NOT_ALLOWED, "Not possible", words).await
    };
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_may_leave_its_path_or_cut_it() {
        assert_eq!(below("/keeper/jobs/a", "/keeper"), Some("/jobs/a"));
        assert_eq!(below("/jobs/a", "/keeper"), Some("/jobs/a"));
        assert_eq!(below("/keeper", "/keeper"), None);
        assert_eq!(below("/keepers", "/keeper"), Some("/keepers"));
        assert_eq!(below("/jobs/a", ""), Some("/jobs/a"));
    }
}
