//! What a person reads when a run that they began has ended.

use super::{ExitCode, plain};
use crate::engine::RunReport;
use crate::model::{FileKind, Outcome, State};

/// The exit code of a run's outcome.
pub(super) fn exit_code(outcome: Option<Outcome>) -> ExitCode {
    match outcome {
        Some(Outcome::Succeeded) => ExitCode::Done,
        Some(Outcome::Partial | Outcome::Cancelled | Outcome::Interrupted) | None => ExitCode::Partial,
        Some(Outcome::Failed) => ExitCode::Failed,
    }
}

/// Prints how a run ended, its first problems, and where its files are.
pub(super) fn print(name: &str, report: &RunReport) {
    let run = &report.run;
    let outcome = run.outcome.map_or("under way", Outcome::as_str);
    println!("{}: {outcome}: {}  (run {})", plain::one_line(name), plain::items(run), run.id);
    if let Some(error) = &run.error {
        println!("  {}", plain::one_line(error));
    }
    for item in &report.problems {
        let State::Done(status) = item.state else { continue };
        let line = item.line.map_or(String::new(), |line| format!("line {line}  "));
        let code = item.code.map_or(String::new(), |code| format!(" {code}"));
        println!("  {line}{}{code}  {}: {}", status.as_words(), item.label, item.error.as_deref().unwrap_or(""));
    }
    let more = run.counts.problems().saturating_sub(report.problems.len() as u64);
    if more > 0 {
        println!("  and {more} more: roomkeeper show {} --problems", run.id);
    }
    for text in report.finished.trouble.iter().chain(&report.finished.warnings).chain(&report.finished.notes) {
        println!("  {text}");
    }
    for (kind, path) in &report.finished.files {
        let what = match kind {
            FileKind::Results => "results",
            FileKind::Retry => "to correct and import again",
            FileKind::Original => "the file itself",
            FileKind::Export => "export",
            FileKind::PinSheet => "new PINs",
        };
        println!("  {what}: {}", plain::one_line(&path.display().to_string()));
    }
}
