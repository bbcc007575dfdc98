//! Words that several commands have in common.

use super::ExitCode;
use crate::control::Done;
use crate::engine::Expected;
use crate::model::{Counts, Outcome};

/// Says of a run that another machine began it.
pub(super) const MOVED: &str = "begun on another machine, and taken up here: that one was gone, or the journal was moved or restored. Where \
                                the two do not share the journal, make sure that roomkeeper does not run there any more";

/// Sums up a run's items, also if there are none.
pub(super) fn items(counts: &Counts, outcome: Option<Outcome>) -> String {
    match (counts.total(), outcome) {
        (0, None) => "none yet".to_owned(),
        (0, Some(Outcome::Failed)) => "refused whole".to_owned(),
        (0, Some(Outcome::Cancelled)) => "none begun".to_owned(),
        _ => counts.to_string(),
    }
}

/// Writes `1 run`, `2 runs`.
pub(super) fn many(n: u64, one: &str, several: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { several })
}

/// Says that a decision was carried out.
pub(super) fn done(done: &Done) -> String {
    match done {
        Done::Paused { job, already: true } => format!("{job} was paused already"),
        Done::Paused { job, .. } => format!("{job} is paused; `roomkeeper resume {job}` ends that"),
        Done::Resumed { job, was_paused: true } => {
            format!("{job} runs again; what was due in the pause is not made up for")
        }
        Done::Resumed { job, .. } => format!("{job} was not paused"),
        Done::Cancelled { run } => {
            format!("the run {run} ends: what is under way finishes, the rest is left undone")
        }
        Done::Over { run, outcome: Some(outcome) } => format!("the run {run} is over already: {}", outcome.as_str()),
        Done::Over { run, outcome: None } => format!("the run {run} is over already"),
        Done::Pruned(pruned) => format!(
            "forgotten: {} with {}, {}, {}",
            many(pruned.runs, "run", "runs"),
            many(pruned.items, "item", "items"),
            many(pruned.identities, "meeting that is over", "meetings that are over"),
            many(pruned.skips, "due time without a run", "due times without a run"),
        ),
        Done::MailsTried(0) => "no mail waits".to_owned(),
        Done::MailsTried(1) => "one mail is tried now".to_owned(),
        Done::MailsTried(n) => format!("{n} mails are tried now"),
        Done::MailDropped { subject } => format!("dropped: {subject}"),
    }
}

/// Returns the exit code of a run's outcome.
pub(super) fn exit_code(outcome: Option<Outcome>) -> ExitCode {
    match outcome {
        Some(Outcome::Succeeded) => ExitCode::Done,
        Some(Outcome::Partial | Outcome::Cancelled | Outcome::Interrupted) | None => ExitCode::Partial,
        Some(Outcome::Failed) => ExitCode::Failed,
    }
}

/// Returns the requests that are expected of a run as programs are told them: numbers, and seconds at the limit.
pub(super) fn requests(expected: Option<&Expected>) -> serde_json::Value {
    let Some(expected) = expected else { return serde_json::Value::Null };
    let [least_seconds, most_seconds] = expected.seconds();
    serde_json::json!({
        "least": expected.least,
        "most": expected.most,
        "least_seconds": least_seconds,
        "most_seconds": most_seconds,
    })
}
