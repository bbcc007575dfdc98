//! Sends one request and takes one answer in: headers, the body under a cap, and whether anything was sent at all when no answer
//! came.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HOST, HeaderName, HeaderValue, LOCATION};
use reqwest::multipart::Form;
use reqwest::{Method, Request, RequestBuilder, Response, StatusCode, Url};

use super::budget::Budget;
use super::fence::{Fenced, Withheld};
use super::retry_after::RetryAfter;
use super::words;
use crate::clock::Clock;
use crate::model::AppType;

/// The most bytes of an answer that are read.
pub(super) const LONGEST_BODY: usize = 8 << 20;

const APP_TYPE: HeaderName = HeaderName::from_static("x-app-type");
const ACTION: HeaderName = HeaderName::from_static("x-action");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// A request that may be sent.
pub(super) struct Outgoing {
    method: Method,
    url: Url,
    payload: RequestBody,
    action: Option<&'static str>,
    most: usize,
}

enum RequestBody {
    None,
    Json(Vec<u8>),
    /// With the time that its size takes.
    Form(Form, Duration),
}

impl Outgoing {
    pub(super) fn new(method: Method, url: Url) -> Self {
        Self { method, url, payload: RequestBody::None, action: None, most: LONGEST_BODY }
    }

    pub(super) fn json(self, body: Vec<u8>) -> Self {
        Self { payload: RequestBody::Json(body), ..self }
    }

    /// Sends a form, with how much longer than usual its upload may take.
    pub(super) fn form(self, form: Form, longer: Duration) -> Self {
        Self { payload: RequestBody::Form(form, longer), ..self }
    }

    /// Adds the header `X-Action`.
    pub(super) fn action(self, action: &'static str) -> Self {
        Self { action: Some(action), ..self }
    }

    /// Sets another cap on the answer, in bytes.
    pub(super) fn most(self, most: usize) -> Self {
        Self { most, ..self }
    }

    pub(super) fn method(&self) -> &Method {
        &self.method
    }

    pub(super) fn url(&self) -> &Url {
        &self.url
    }
}

pub(super) struct Transport {
    http: reqwest::Client,
    authorization: HeaderValue,
    /// Else it would be written anew for each request.
    host: HeaderValue,
    timeout: Duration,
}

/// Returns the full target of a redirect, but without its query, which may hold a secret, and without a name and a password.
fn place(asked: &Url, to: &str) -> String {
    let Ok(mut url) = asked.join(to) else { return to.split(['?', '#']).next().unwrap_or_default().to_owned() };
    url.set_query(None);
    url.set_fragment(None);
    // Addresses that can have neither have none.
    let _ = (url.set_username(""), url.set_password(None));
    url.into()
}

impl Transport {
    pub(super) fn new(http: reqwest::Client, authorization: HeaderValue, host: HeaderValue, timeout: Duration) -> Self {
        Self { http, authorization, host, timeout }
    }

    /// Sends it once and reads the answer. What writes does not leave where another process may do its work by then.
    pub(super) async fn send(
        &self,
        out: Outgoing,
        app_type: AppType,
        clock: &dyn Clock,
        budget: Option<Arc<dyn Budget>>,
    ) -> Result<RawResponse, Lost> {
        let most = out.most;
        let (mut request, timeout) = self.request(out, app_type).map_err(|error| lost(&error, self.timeout))?;
        if let Some(budget) = budget.filter(|_| *request.method() != Method::GET) {
            let carried = request.body_mut();
            *carried = Some(Fenced::around(carried.take().unwrap_or_default(), budget));
        }
        let response = self.http.execute(request).await.map_err(|error| lost(&error, timeout))?;
        let status = response.status();
        let location = response.headers().get(LOCATION).and_then(|value| value.to_str().ok());
        let location = location.map(|to| place(response.url(), to));
        Ok(RawResponse {
            status,
            retry_after: RetryAfter::read(response.headers(), || clock.now()),
            location,
            path: if status.is_success() { String::new() } else { response.url().path().to_owned() },
            content: content(response, most, timeout).await,
        })
    }

    fn request(&self, out: Outgoing, app_type: AppType) -> Result<(Request, Duration), reqwest::Error> {
        let mut request = Request::new(out.method, out.url);
        let headers = request.headers_mut();
        headers.reserve(8);
        headers.insert(HOST, self.host.clone());
        headers.insert(AUTHORIZATION, self.authorization.clone());
        headers.insert(APP_TYPE, HeaderValue::from_static(app_type.as_str()));
        headers.insert(ACCEPT, JSON);
        if let Some(action) = out.action {
            headers.insert(ACTION, HeaderValue::from_static(action));
        }
        match out.payload {
            RequestBody::Form(form, longer) => {
                let timeout = self.timeout + longer;
                let builder = RequestBuilder::from_parts(self.http.clone(), request);
                Ok((builder.multipart(form).timeout(timeout).build()?, timeout))
            }
            RequestBody::Json(body) => {
                headers.insert(CONTENT_TYPE, JSON);
                // The library would make room for it in a map that it has copied, and that has room for no more.
                headers.insert(CONTENT_LENGTH, body.len().into());
                *request.body_mut() = Some(body.into());
                Ok((request, self.timeout))
            }
            RequestBody::None => {
                // The reference asks for it on every route.
                headers.insert(CONTENT_TYPE, JSON);
                Ok((request, self.timeout))
            }
        }
    }
}

fn lost(error: &reqwest::Error, timeout: Duration) -> Lost {
    if words::causes(error).any(<dyn Error>::is::<Withheld>) {
        Lost::Withheld
    } else if nothing_was_sent(error) {
        let host = error.url().and_then(Url::host_str).unwrap_or("the server");
        Lost::Unsent(words::unreachable(host, error))
    } else if error.is_timeout() {
        Lost::Unanswered(words::timed_out(timeout))
    } else {
        Lost::Unanswered(words::broken(error))
    }
}

/// Tells whether it is certain that nothing left this machine. `is_request()` says nothing: it is true of lost replies too; and a
/// whole timeout that passes while connecting is not `is_connect()`.
fn nothing_was_sent(error: &reqwest::Error) -> bool {
    let canceled = |cause: &(dyn Error + 'static)| cause.downcast_ref().is_some_and(hyper::Error::is_canceled);
    error.is_builder() || error.is_connect() || words::causes(error).any(canceled)
}

async fn content(mut response: Response, most: usize, timeout: Duration) -> Content {
    if response.content_length().is_some_and(|length| length > most as u64) {
        return Content::Broken(words::too_large(most));
    }
    let told = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or_default();
    let mut bytes = Vec::with_capacity(told);
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if bytes.len() + chunk.len() > most => return Content::Broken(words::too_large(most)),
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => return Content::Whole(bytes),
            Err(error) if error.is_timeout() => return Content::Broken(words::timed_out(timeout)),
            Err(error) => return Content::Broken(words::broken(&error)),
        }
    }
}

pub(super) struct RawResponse {
    pub(super) status: StatusCode,
    pub(super) retry_after: RetryAfter,
    /// The target of a redirect, without its query.
    pub(super) location: Option<String>,
    /// The path that was asked; blank for a success, which needs no words.
    pub(super) path: String,
    pub(super) content: Content,
}

pub(super) enum Content {
    /// All of it.
    Whole(Vec<u8>),
    /// It broke off, or is larger than any answer should be; the words say which.
    Broken(String),
}

/// No answer.
#[derive(Debug)]
pub(super) enum Lost {
    /// It was stopped at the last moment. The server never had the whole of it, and does not carry out a part.
    Withheld,
    /// Certainly nothing was sent.
    Unsent(String),
    /// It was sent, or may have been.
    Unanswered(String),
}
