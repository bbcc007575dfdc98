//! Makes the mark that stands for a run: a sign and a colour for the eye, and words that say the same.

use serde::Serialize;

use super::when::{When, passed, span};
use crate::clock::Zone;
use crate::model::{Outcome, RunView};

/// The mark of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Mark {
    /// The run's id.
    run: String,
    /// The word by which the style sheet knows its look.
    look: &'static str,
    /// The sign.
    sign: &'static str,
    /// The run in words.
    words: String,
}

impl Mark {
    pub(super) fn of(run: &RunView, zone: &Zone) -> Self {
        let began = zone.minute(run.started);
        let words = match (run.outcome, run.ended) {
            (Some(outcome), Some(ended)) => {
                let took = span(passed(run.started, ended));
                format!("{began}: {outcome}, {}, took {took}", told(run))
            }
            _ => format!("{began}: under way"),
        };
        let (look, sign) = look(run.outcome);
        Self { run: run.id.to_string(), look, sign, words }
    }
}

/// Returns what a run did, in words.
pub(super) fn told(run: &RunView) -> String {
    if run.counts.total() == 0 && !run.outcome.is_some_and(Outcome::is_good) {
        return "no row was taken up".to_owned();
    }
    run.counts.to_string()
}

/// Returns how an outcome looks: the word of the style sheet, and the sign.
pub(super) fn look(outcome: Option<Outcome>) -> (&'static str, &'static str) {
    match outcome {
        Some(Outcome::Succeeded) => ("good", "✓"),
        Some(Outcome::Partial) => ("mixed", "!"),
        Some(Outcome::Failed) => ("bad", "✕"),
        Some(Outcome::Cancelled) => ("ended", "–"),
        Some(Outcome::Interrupted) => ("ended", "?"),
        None => ("live", "…"),
    }
}

/// An outcome, as a page shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct End {
    look: &'static str,
    sign: &'static str,
    word: &'static str,
}

impl End {
    pub(super) fn of(outcome: Option<Outcome>) -> Self {
        let (look, sign) = look(outcome);
        Self { look, sign, word: outcome.map_or("under way", Outcome::as_str) }
    }
}

/// A run, in a line of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct RunLine {
    run: String,
    short: String,
    began: When,
    took: Option<String>,
    end: End,
    trigger: &'static str,
    told: String,
    file: Option<String>,
}

impl RunLine {
    pub(super) fn of(run: &RunView, zone: &Zone) -> Self {
        Self {
            run: run.id.to_string(),
            short: run.id.short(),
            began: When::of(zone, run.started),
            took: run.ended.map(|ended| span(passed(run.started, ended))),
            end: End::of(run.outcome),
            trigger: run.trigger.as_str(),
            told: if run.ended.is_some() { told(run) } else { String::new() },
            file: run.file.clone().or_else(|| crate::jobs::kind(run.kind).file_of(&run.input)),
        }
    }
}
