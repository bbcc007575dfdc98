//! Makes answers of templates, and texts for programs.

use hyper::StatusCode;
use serde::Serialize;

use super::answer::{Answer, HTML, TEXT, answer};
use super::page::Message;
use super::site::Site;

/// Says that there is no such page.
pub(super) async fn not_found(site: &Site) -> Answer {
    let words = "There is no such page. What was there may have been forgotten in the meantime: the history is kept for a time.";
    message(site, StatusCode::NOT_FOUND, "Not found", words).await
}

/// Makes a page that says one thing.
pub(super) async fn message(site: &Site, status: StatusCode, title: &str, text: &str) -> Answer {
    made(site, status, "message.html", &Message { title, text }).await
}

/// Makes a page of a template.
pub(super) async fn made(site: &Site, status: StatusCode, name: &str, page: &impl Serialize) -> Answer {
    // The semaphore is never closed.
    let _place = site.making.acquire().await;
    match site.pages.make(name, page) {
        Ok(text) => answer(status, HTML, text),
        Err(error) => unmade(name, &error),
    }
}

/// Says that a page cannot be made.
pub(super) fn unmade(name: &str, error: &minijinja::Error) -> Answer {
    tracing::error!(%error, name, "a page cannot be made");
    answer(StatusCode::INTERNAL_SERVER_ERROR, TEXT, "The page cannot be made. The log of roomkeeper says why.\n")
}

/// Writes an answer for programs.
pub(super) fn json(value: &impl Serialize) -> String {
    // Texts, numbers and lists of them: this cannot fail.
    let mut text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.push('\n');
    text
}
