//! Decides from an answer what may be done next: pure, and the only place that decides it. Follows the table "What may be
//! retried".

use reqwest::StatusCode;

use super::reply::Disposition;
use super::retry_after::RetryAfter;
use super::transport::RawResponse;
use super::wire::Body;
use super::words;
use crate::model::Code;

/// The content of an answer, as far as it can be read.
pub(super) enum Heard<'a> {
    /// A JSON object.
    Body(Box<Body<'a>>),
    /// Something else, but all of it.
    Garbage,
    /// Not all of it; the words say why.
    Broken(&'a str),
}

impl Heard<'_> {
    pub(super) fn code(&self) -> Option<Code> {
        match self {
            Self::Body(body) => body.code(),
            Self::Garbage | Self::Broken(_) => None,
        }
    }

    fn said(&self) -> Option<String> {
        match self {
            Self::Body(body) => body.said(),
            Self::Garbage | Self::Broken(_) => None,
        }
    }
}

/// Returns `None` when the answer says that it was done; else what may be done next, and what happened in words.
pub(super) fn judge(answer: &RawResponse, heard: &Heard<'_>) -> Option<(Disposition, String)> {
    let status = answer.status;
    let code = heard.code();
    if code == Some(Code::SUCCESS) && status.is_success() {
        return None;
    }
    let disposition = of_headers(answer).or_else(|| of_credentials(status, code)).unwrap_or_else(|| match heard {
        Heard::Broken(_) => {
            if is_unavailable(status) {
                Disposition::Unavailable
            } else {
                Disposition::Ambiguous
            }
        }
        Heard::Body(body) if body.has_result() => of_result(status, code),
        Heard::Body(_) | Heard::Garbage => of_status(status),
    });
    let said = heard.said();
    let said = said.as_deref();
    let words = match (disposition, code, heard) {
        (Disposition::PutOff { .. }, ..) => words::put_off(status, said),
        (Disposition::RouteMissing, ..) => {
            words::route_missing(answer.status, &answer.path, answer.location.as_deref(), said)
        }
        (Disposition::Ambiguous, _, Heard::Broken(why)) => (*why).to_owned(),
        (Disposition::Ambiguous, ..) => words::doubtful(status, code, said),
        (Disposition::Unavailable, ..) => words::unavailable(status, said),
        (_, Some(code), _) if code != Code::UNSPECIFIED => words::refused(code, said),
        _ => words::refused_by_status(status, said),
    };
    Some((disposition, words))
}

/// Judges what the status and headers decide alone, whatever the body says.
fn of_headers(answer: &RawResponse) -> Option<Disposition> {
    match answer.status.as_u16() {
        429 => Some(put_off(answer.retry_after)),
        503 if answer.retry_after != RetryAfter::Absent => Some(put_off(answer.retry_after)),
        300..=399 => Some(Disposition::RouteMissing),
        _ => None,
    }
}

fn put_off(retry_after: RetryAfter) -> Disposition {
    match retry_after {
        RetryAfter::Wait(after) => Disposition::PutOff { after: Some(after) },
        RetryAfter::Absent | RetryAfter::Unreadable => Disposition::PutOff { after: None },
    }
}

/// Tells whether every other request would fail alike. A missing licence is one user's, whatever status it comes with.
fn of_credentials(status: StatusCode, code: Option<Code>) -> Option<Disposition> {
    let licence = matches!(code, Some(Code::NO_MEETING_LICENCE | Code::NO_WEBINAR_LICENCE));
    let refused = matches!(status.as_u16(), 401 | 403 | 407) && !licence;
    (refused || code.is_some_and(Code::is_fatal)).then_some(Disposition::Fatal)
}

/// Judges a reply with a result in its body: a refusal is the application's own word. But 0 says nothing, and a status that
/// contradicts the result leaves it open.
fn of_result(status: StatusCode, code: Option<Code>) -> Disposition {
    match code {
        Some(Code::UNSPECIFIED) | None if status.is_client_error() => Disposition::Final,
        Some(Code::UNSPECIFIED) | None if is_unavailable(status) => Disposition::Unavailable,
        Some(Code::SUCCESS | Code::UNSPECIFIED) | None => Disposition::Ambiguous,
        Some(code) if status.is_server_error() && code.description().is_none() => Disposition::Ambiguous,
        Some(_) => Disposition::Final,
    }
}

/// Judges a reply without a result: whatever answered may not have been the application at all.
fn of_status(status: StatusCode) -> Disposition {
    match status.as_u16() {
        404 | 405 => Disposition::RouteMissing,
        // The server, or something before it, gave up on the request in its middle.
        408 | 425 => Disposition::Ambiguous,
        400..=499 => Disposition::Final,
        _ if is_unavailable(status) => Disposition::Unavailable,
        _ => Disposition::Ambiguous,
    }
}

/// Tells whether the status stands for maintenance, or for a proxy before a server that is away.
fn is_unavailable(status: StatusCode) -> bool {
    matches!(status.as_u16(), 502..=504)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use Disposition as D;

    use super::*;
    use crate::api::transport::Content;

    fn judged(status: u16, retry_after: RetryAfter, body: &str) -> Option<D> {
        let answer = RawResponse {
            status: StatusCode::from_u16(status).unwrap(),
            retry_after,
            location: None,
            path: "/v1/meetings".to_owned(),
            content: Content::Whole(Vec::new()),
        };
        let heard = match body {
            "BROKEN" => Heard::Broken("it broke"),
            body => Body::parse(body.as_bytes()).map_or(Heard::Garbage, Heard::Body),
        };
        judge(&answer, &heard).map(|(disposition, words)| {
            assert!(!words.is_empty());
            disposition
        })
    }

    #[test]
    fn every_answer_has_its_disposition() {
        const PAGE: &str = "<html>hello</html>";
        const PLAIN: &str = r#"{"message":"x"}"#;
        for (status, body, disposition) in [
            (200, r#"{"result":1}"#, None),
            (201, r#"{"result":"1"}"#, None),
            (200, PAGE, Some(D::Ambiguous)),
            (200, "", Some(D::Ambiguous)),
            (200, "[1]", Some(D::Ambiguous)),
            (200, PLAIN, Some(D::Ambiguous)),
            (204, "", Some(D::Ambiguous)),
            (200, "BROKEN", Some(D::Ambiguous)),
            (200, r#"{"result":0}"#, Some(D::Ambiguous)),
            (200, r#"{"result":"what"}"#, Some(D::Ambiguous)),
            (200, r#"{"result":"1612"}"#, Some(D::Final)),
            (200, r#"{"result":7777}"#, Some(D::Final)),
            (200, r#"{"result":1617}"#, Some(D::Final)),
            (200, r#"{"result":1001}"#, Some(D::Fatal)),
            (200, r#"{"result":"1615"}"#, Some(D::Fatal)),
            (406, r#"{"result":1616}"#, Some(D::Fatal)),
            (302, PAGE, Some(D::RouteMissing)),
            (304, "", Some(D::RouteMissing)),
            (400, PAGE, Some(D::Final)),
            (400, "BROKEN", Some(D::Ambiguous)),
            (400, r#"{"result":0}"#, Some(D::Final)),
            (400, r#"{"result":1}"#, Some(D::Ambiguous)),
            (401, PAGE, Some(D::Fatal)),
            (401, "BROKEN", Some(D::Fatal)),
            (403, r#"{"result":1002}"#, Some(D::Fatal)),
            (403, r#"{"result":1618}"#, Some(D::Final)),
            (404, r#"{"result":0}"#, Some(D::Final)),
            (404, r#"{"result":"gone"}"#, Some(D::Final)),
            (404, r#"{"result":null}"#, Some(D::Final)),
            (404, r#"{"result":1504}"#, Some(D::Final)),
            (404, PLAIN, Some(D::RouteMissing)),
            (404, PAGE, Some(D::RouteMissing)),
            (404, "BROKEN", Some(D::Ambiguous)),
            (405, PAGE, Some(D::RouteMissing)),
            (406, PLAIN, Some(D::Final)),
            (407, PAGE, Some(D::Fatal)),
            (408, PAGE, Some(D::Ambiguous)),
            (422, r#"{"result":1613}"#, Some(D::Final)),
            (429, r#"{"result":1}"#, Some(D::PutOff { after: None })),
            (500, r#"{"result":1}"#, Some(D::Ambiguous)),
            (500, r#"{"result":0}"#, Some(D::Ambiguous)),
            (500, r#"{"result":1601}"#, Some(D::Final)),
            (500, r#"{"result":7777}"#, Some(D::Ambiguous)),
            (500, PLAIN, Some(D::Ambiguous)),
            (502, PAGE, Some(D::Unavailable)),
            (503, PAGE, Some(D::Unavailable)),
            (503, PLAIN, Some(D::Unavailable)),
            (503, "BROKEN", Some(D::Unavailable)),
            (503, r#"{"result":0}"#, Some(D::Unavailable)),
            (503, r#"{"result":1}"#, Some(D::Ambiguous)),
            (503, r#"{"result":1601}"#, Some(D::Final)),
            (504, PAGE, Some(D::Unavailable)),
            (505, PAGE, Some(D::Ambiguous)),
        ] {
            assert_eq!(judged(status, RetryAfter::Absent, body), disposition, "{status} {body}");
        }
    }

    #[test]
    fn a_503_is_put_off_only_with_retry_after_and_a_500_never() {
        let wait = RetryAfter::Wait(Duration::from_secs(7));
        let after = Some(Duration::from_secs(7));
        assert_eq!(judged(503, wait, "<html>"), Some(D::PutOff { after }));
        assert_eq!(judged(503, RetryAfter::Unreadable, "BROKEN"), Some(D::PutOff { after: None }));
        assert_eq!(judged(429, wait, "BROKEN"), Some(D::PutOff { after }));
        assert_eq!(judged(500, wait, "<html>"), Some(D::Ambiguous));
    }
}
