//! Tells a person, or a program, how a run that they began has ended, wherever it was worked on.

use super::screen::{self, Screen};
use super::{ExitCode, Failure, json, plain};
use crate::control::Ended;
use crate::model::{FileKind, Outcome};

/// Returns the exit code of a run's outcome.
pub(super) fn exit_code(outcome: Option<Outcome>) -> ExitCode {
    match outcome {
        Some(Outcome::Succeeded) => ExitCode::Done,
        Some(Outcome::Partial | Outcome::Cancelled | Outcome::Interrupted) | None => ExitCode::Partial,
        Some(Outcome::Failed) => ExitCode::Failed,
    }
}

/// Tells how each run ended. A program is told of those that it asked for; a person also of an interrupted one.
pub(super) fn tell(ended: &[(String, Ended)], interrupted: &[(String, Ended)], as_json: bool) -> Result<(), Failure> {
    if !as_json {
        let mut here = screen::Here::new();
        let mut all = interrupted.iter().chain(ended);
        return all.try_for_each(|(name, ended)| for_people(&mut here.screen(), name, ended));
    }
    let answers: Vec<_> = ended.iter().map(|(_, ended)| for_programs(ended)).collect();
    match answers.as_slice() {
        [one] => json::answer(one),
        several => json::answer(&several),
    }
}

/// Returns the answer for programs about one run.
fn for_programs(ended: &Ended) -> serde_json::Value {
    let files: Vec<_> = ended.files.iter().map(|file| file.path.display().to_string()).collect();
    serde_json::json!({ "run": ended.run, "files": files, "remarks": ended.remarks })
}

/// Writes how a run ended, its first problems, and where its files are.
fn for_people(screen: &mut Screen<'_>, name: &str, ended: &Ended) -> Result<(), Failure> {
    let (run, out) = (&ended.run, &mut screen.out);
    let outcome = run.outcome.map_or("under way", Outcome::as_str);
    let items = plain::items(&run.counts, run.outcome);
    writeln!(out, "{}: {outcome}: {items}  (run {})", plain::one_line(name), run.run.short())?;
    if let Some(error) = &run.error {
        writeln!(out, "  {}", plain::one_line(error))?;
    }
    for item in &ended.problems {
        let line = item.line.map_or(String::new(), |line| format!("line {line}  "));
        let code = item.code.map_or(String::new(), |code| format!(" {code}"));
        let error = item.error.as_deref().unwrap_or("");
        writeln!(out, "  {line}{}{code}  {}: {error}", item.status.as_words(), item.label)?;
    }
    let more = run.counts.problems().saturating_sub(ended.problems.len() as u64);
    if more > 0 {
        writeln!(out, "  and {more} more: roomkeeper show {} --problems", run.run.short())?;
    }
    for text in &ended.remarks {
        writeln!(out, "  {text}")?;
    }
    for file in &ended.files {
        let what = match file.kind {
            FileKind::Results => "results",
            FileKind::Retry => "to correct and import again",
            FileKind::Original => "the file itself",
            FileKind::Export => "export",
            FileKind::PinSheet => "new PINs",
        };
        writeln!(out, "  {what}: {}", plain::one_line(&file.path.display().to_string()))?;
    }
    Ok(())
}
