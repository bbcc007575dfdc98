//! Texts of other people's making, as they may be shown on a terminal.

use crate::jobs;
use crate::journal::RunView;
use crate::model::{Counts, Outcome};

/// Puts a text on one line, without what a terminal would obey: a file's name is chosen by the person who drops it.
pub(super) fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// Returns the file that a run worked on: dropped, or named on the command line.
pub(super) fn file_of(run: &RunView) -> Option<String> {
    run.file.clone().or_else(|| jobs::kind(run.kind).file_of(&run.input))
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_steer_a_terminal() {
        assert_eq!(one_line("x\u{1b}[31my\n.csv"), "x\u{fffd}[31my\u{fffd}.csv");
    }
}
