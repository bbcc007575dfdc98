//! Tells a person, or a program, how a run that they began has ended, wherever it was worked on.

use std::io::Write;

use super::output::Output;
use super::{Failure, words};
use crate::control::Ended;
use crate::model::line::shown;
use crate::model::{FileKind, Outcome};

/// Tells how each run ended. A program is told of those that it asked for; a person also of an interrupted one.
pub(super) fn tell(ended: &[(String, Ended)], interrupted: &[(String, Ended)], as_json: bool) -> Result<(), Failure> {
    if !as_json {
        let mut out = Output::new();
        return interrupted.iter().chain(ended).try_for_each(|(name, ended)| for_people(&mut out, name, ended));
    }
    let answers: Vec<_> = ended.iter().map(|(_, ended)| for_programs(ended)).collect();
    match answers.as_slice() {
        [one] => Output::new().json(one),
        several => Output::new().json(&several),
    }
}

/// Returns the answer for programs about one run.
fn for_programs(ended: &Ended) -> serde_json::Value {
    let files: Vec<_> = ended.files.iter().map(|file| file.path.display().to_string()).collect();
    let requests = words::requests(ended.expected.as_ref());
    serde_json::json!({ "run": ended.run, "files": files, "remarks": ended.remarks, "requests": requests })
}

/// Writes how a run ended, its first problems, and where its files are.
fn for_people(out: &mut Output, name: &str, ended: &Ended) -> Result<(), Failure> {
    let run = &ended.run;
    let outcome = run.outcome.map_or("under way", Outcome::as_str);
    let items = words::items(&run.counts, run.outcome);
    writeln!(out, "{}: {outcome}: {items}  (run {})", shown(name), run.run.short())?;
    if let Some(error) = &run.error {
        writeln!(out, "  {}", shown(error))?;
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
        writeln!(out, "  {what}: {}", shown(&file.path.display().to_string()))?;
    }
    Ok(())
}
