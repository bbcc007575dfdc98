//! Finds the run and the item that an address names.

use super::answer::{Answer, lead_to};
use super::making::not_found;
use super::site::Site;
use crate::control::{Refusal, run_named};
use crate::journal::{ItemFilter, ItemView, ItemsPage, JournalError, Readings};
use crate::model::{ItemNo, RunId, RunView};

/// Finds a run by the whole id in an address; `Err` leads elsewhere.
pub(super) async fn found(site: &Site, text: &str) -> Result<Result<RunView, Answer>, Refusal> {
    let journal = site.runtime.journal().readings();
    let Ok(id) = text.parse::<RunId>() else {
        return Ok(Err(match run_named(journal, text).await {
            Ok(run) => lead_to(&format!("{}/runs/{}", site.web.base_path, run.id)),
            Err(_) => not_found(site).await,
        }));
    };
    match journal.run_uncounted(id).await? {
        Some(run) => Ok(Ok(with_progress(site, run))),
        None => Ok(Err(not_found(site).await)),
    }
}

/// Counts the items of a run under way by its progress.
fn with_progress(site: &Site, mut run: RunView) -> RunView {
    if run.ended.is_none()
        && let Some(active) = site.runtime.runs.under_way().into_iter().find(|active| active.run == run.id)
    {
        run.counts = active.progress.counts;
    }
    run
}

/// Reads one item.
pub(super) async fn one(journal: &dyn Readings, run: &RunView, item: ItemNo) -> Result<Option<ItemView>, JournalError> {
    let after = ItemNo(item.0.saturating_sub(1));
    let page = ItemsPage { run: run.key, filter: ItemFilter::All, after, most: 1 };
    Ok(journal.items(page).await?.pop().filter(|found| found.item == item))
}
