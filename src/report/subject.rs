//! Writes the subject line, which is often all that is read.

use std::fmt::Write as _;

use super::Summary;
use super::plain::{clip, told};
use crate::model::{Outcome, Status};

/// Writes `[roomkeeper] PARTIAL timetable@HOST: 3 of 120 failed`.
pub(super) fn subject(summary: &Summary) -> String {
    format!("[roomkeeper] {} {}: {}", verdict(summary), place(summary), clip(&gist(summary), 120))
}

/// Returns the run's outcome in one capital word.
pub(super) fn verdict(summary: &Summary) -> &'static str {
    match summary.outcome {
        // Every item may be well, and there is something to look at all the same.
        Outcome::Succeeded if !summary.warnings.is_empty() => "PARTIAL",
        Outcome::Succeeded if summary.recovered => "RECOVERED",
        Outcome::Succeeded => "OK",
        Outcome::Partial => "PARTIAL",
        Outcome::Failed => "FAILED",
        Outcome::Cancelled => "CANCELLED",
        Outcome::Interrupted => "INTERRUPTED",
    }
}

/// Writes `timetable@HOST`.
pub(super) fn place(summary: &Summary) -> String {
    format!("{}@{}", summary.job, clip(&summary.host, 64))
}

/// Returns the run's result in a few words.
pub(super) fn gist(summary: &Summary) -> String {
    let (counts, total) = (&summary.counts, summary.counts.total());
    let not_run = counts.get(Status::NotRun);
    let failed = counts.problems() - not_run;
    let mut gist = match (summary.outcome, &summary.refusal) {
        (Outcome::Succeeded | Outcome::Cancelled | Outcome::Interrupted, _) => summary.counts.to_string(),
        (Outcome::Failed, Some(refusal)) => told(refusal, 100),
        (Outcome::Partial | Outcome::Failed, _) if failed > 0 && not_run > 0 => {
            format!("{failed} of {total} failed, {not_run} not run")
        }
        (Outcome::Partial | Outcome::Failed, _) if failed > 0 => format!("{failed} of {total} failed"),
        (Outcome::Partial | Outcome::Failed, _) if not_run > 0 => format!("{not_run} of {total} not run"),
        (Outcome::Partial | Outcome::Failed, _) => "nothing was done".to_owned(),
    };
    match summary.warnings.len() {
        0 => {}
        1 => gist.push_str(", 1 warning"),
        n => {
            let _ = write!(gist, ", {n} warnings");
        }
    }
    gist
}
