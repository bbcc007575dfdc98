//! Runs that went well and still look wrong: nothing found where the last run found much, or half of it gone. What is usual is
//! told by the job's last run alone, so these are pure functions of numbers.

use crate::engine::{Recall, RecordError};
use crate::model::{HistoryFilter, JobName, RunKey, Trigger};

/// So many things are many: fewer come and go by themselves.
const MANY: u64 = 5;
/// Runs that are looked at to find the last whole one.
const LOOKED_AT: u32 = 20;

/// Words the remark on a run that found `this` many things, where the job's last run found `previous`.
pub(super) fn nothing_found(previous: Option<u64>, this: u64, things: &str) -> Option<String> {
    let previous = previous.filter(|previous| *previous >= MANY && this == 0)?;
    Some(format!("This run found no {things}, and the last one found {previous}. Is that right?"))
}

/// Words the remark on a run for which `gone` of `all` things are not on the server.
pub(super) fn half_gone(gone: u64, all: u64, things: &str) -> Option<String> {
    (gone >= MANY && gone * 2 >= all).then(|| {
        format!("{gone} of {all} {things} are not on the server. Is this the right list, and are these the right credentials?")
    })
}

/// Returns how many things the job's last whole run dealt with: not one that repeated part of another, and not one
/// that was refused.
pub(super) async fn previous_total(
    recall: &Recall,
    job: &JobName,
    this: Option<RunKey>,
) -> Result<Option<u64>, RecordError> {
    let filter = HistoryFilter { job: Some(job.clone()), limit: LOOKED_AT, ..HistoryFilter::default() };
    let runs = recall.history(filter).await?;
    let whole = runs.iter().find(|run| {
        Some(run.key) != this && run.ended.is_some() && run.trigger != Trigger::Retry && run.error.is_none()
    });
    Ok(whole.map(|run| run.counts.total()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_where_there_was_much_is_suspicious_and_little_is_not() {
        let words = nothing_found(Some(300), 0, "rooms").unwrap();
        assert!(words.contains("no rooms") && words.contains("300"), "{words}");
        assert_eq!(nothing_found(Some(300), 1, "rooms"), None);
        assert_eq!(nothing_found(Some(4), 0, "rooms"), None);
        assert_eq!(nothing_found(None, 0, "rooms"), None);
    }

    #[test]
    fn half_of_many_gone_is_suspicious_and_a_few_are_not() {
        assert!(half_gone(150, 300, "rooms").unwrap().contains("150 of 300 rooms"));
        assert_eq!(half_gone(149, 300, "rooms"), None);
        assert_eq!(half_gone(4, 4, "rooms"), None);
        assert_eq!(half_gone(0, 0, "rooms"), None);
    }
}
