//! Makes the page of an item: what became of it, and each time that it was sent.

use std::collections::BTreeMap;

use hyper::StatusCode;
use serde::{Deserialize, Serialize};

use super::answer::Answer;
use super::find::{found, one};
use super::item_line::ItemLine;
use super::making::{made, not_found};
use super::site::Site;
use super::when::When;
use crate::control::Refusal;
use crate::model::ItemNo;
use crate::model::line::shown;

/// The part of a result that may be shown: without PINs and addresses.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Told {
    meeting_id: Option<String>,
    room_id: Option<String>,
    changes: BTreeMap<String, [Option<String>; 2]>,
}

#[derive(Debug, Serialize)]
struct ItemPage {
    run: String,
    short: String,
    job: String,
    zone: String,
    line: ItemLine,
    meeting: Option<String>,
    room: Option<String>,
    changes: Vec<Change>,
    sent: u32,
    attempts: Vec<Attempt>,
}

#[derive(Debug, Serialize)]
struct Change {
    field: String,
    old: String,
    new: String,
}

#[derive(Debug, Serialize)]
struct Attempt {
    number: u32,
    at: When,
    answer: String,
    took: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

/// Answers the page of an item.
pub(super) async fn page(site: &Site, run: &str, item: &str) -> Result<Answer, Refusal> {
    let run = match found(site, run).await? {
        Ok(run) => run,
        Err(answer) => return Ok(answer),
    };
    let Ok(number) = item.parse() else { return Ok(not_found(site).await) };
    let journal = site.runtime.journal().readings();
    let Some(item) = one(journal, &run, ItemNo(number)).await? else { return Ok(not_found(site).await) };
    let attempts = journal.attempts(run.key, vec![item.item]).await?.pop().unwrap_or_default();
    let config = site.runtime.config();
    let zone = &config.timezone;
    let told: Told = item.result.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default();
    let value = |value: Option<String>| value.map_or_else(|| "nothing".to_owned(), |value| shown(&value));
    let page = ItemPage {
        run: run.id.to_string(),
        short: run.id.short(),
        job: run.job.to_string(),
        zone: zone.name().to_owned(),
        line: ItemLine::of(&item),
        meeting: told.meeting_id.as_deref().map(shown),
        room: told.room_id.as_deref().map(shown),
        changes: told
            .changes
            .into_iter()
            .filter(|(field, _)| !is_private(field))
            .map(|(field, [old, new])| Change { field: shown(&field), old: value(old), new: value(new) })
            .collect(),
        sent: item.attempts,
        attempts: attempts
            .into_iter()
            .map(|attempt| Attempt {
                number: attempt.attempt,
                at: When::of(zone, attempt.at),
                answer: attempt.http.map_or_else(|| "no answer".to_owned(), |http| format!("HTTP {http}")),
                took: attempt.millis.map(|millis| super::when::span(std::time::Duration::from_millis(millis))),
                code: attempt.code.map(|code| code.to_string()),
                error: attempt.error.as_deref().map(shown),
            })
            .collect(),
    };
    Ok(made(site, StatusCode::OK, "item.html", &page).await)
}

/// Tells whether a field's values are not to be shown.
fn is_private(field: &str) -> bool {
    let field = field.to_ascii_lowercase();
    field.contains("pin") || field.contains("mail")
}
