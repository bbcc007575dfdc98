//! Words the mail about one run's end: the subject line, which is often all that is read, and what the mail says.

use std::fmt::Write as _;
use std::time::Duration;

use super::plain::{clip, one_line, told};
use super::view::{Body, Count, Entry, Section, Tone, View};
use super::{FileKind, NextRun, ResultFile, Summary, problems};
use crate::clock::{Timestamp, Zone};
use crate::model::{Outcome, Status, Trigger};

const LABEL: usize = 60;
const SENTENCE: usize = 400;
const LIST: usize = 10;

/// Writes `[roomkeeper] PARTIAL timetable@HOST: 3 of 120 failed`.
pub(super) fn subject(summary: &Summary) -> String {
    format!("[roomkeeper] {} {}: {}", verdict(summary), place(summary), clip(&gist(summary), 120))
}

/// Returns the run's outcome in one capital word.
fn verdict(summary: &Summary) -> &'static str {
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
fn place(summary: &Summary) -> String {
    format!("{}@{}", summary.job, clip(&summary.host, 64))
}

/// Returns the run's result in a few words.
fn gist(summary: &Summary) -> String {
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

/// Returns the words about a run.
pub(super) fn view(summary: &Summary) -> View {
    let sections = [
        sentences("Reason", summary.refusal.as_slice()),
        sentences("Please look at", &summary.warnings),
        counts(summary),
        problems::section(summary),
        sentences("What to do", &advice(summary)),
        files(&summary.files),
        sentences("Next run", &[next(summary)]),
        sentences("Good to know", &summary.notes),
        Some(facts(summary)),
    ];
    View {
        verdict: verdict(summary),
        tone: tone(summary),
        place: place(summary),
        gist: said_above(summary),
        sections: sections.into_iter().flatten().collect(),
    }
}

/// Returns the gist; where that would be the reason for a failure, which has a heading of its own, what was done.
fn said_above(summary: &Summary) -> String {
    if summary.outcome == Outcome::Failed && summary.refusal.is_some() {
        return gist(&Summary { refusal: None, ..summary.clone() });
    }
    gist(summary)
}

fn tone(summary: &Summary) -> Tone {
    match summary.outcome {
        Outcome::Succeeded if !summary.warnings.is_empty() => Tone::Mixed,
        Outcome::Succeeded => Tone::Good,
        Outcome::Partial => Tone::Mixed,
        Outcome::Failed => Tone::Bad,
        Outcome::Cancelled | Outcome::Interrupted => Tone::Neutral,
    }
}

fn sentences(heading: &str, said: &[String]) -> Option<Section> {
    if said.is_empty() {
        return None;
    }
    let mut lines: Vec<_> = said.iter().take(LIST).map(|sentence| told(sentence, SENTENCE)).collect();
    if said.len() > LIST {
        lines.push(format!("and {} more", said.len() - LIST));
    }
    Some(Section { heading: heading.to_owned(), body: Body::Sentences(lines) })
}

fn counts(summary: &Summary) -> Option<Section> {
    let mut lines: Vec<_> =
        summary.counts.iter().map(|(status, n)| Count { n, what: status.as_words().to_owned() }).collect();
    if lines.is_empty() {
        return None;
    }
    let total = summary.counts.total();
    lines.push(Count { n: total, what: format!("{} in all", summary.items.of(total)) });
    Some(Section { heading: "Result".to_owned(), body: Body::Counts(lines) })
}

fn advice(summary: &Summary) -> Vec<String> {
    let mut advice = Vec::new();
    let retry = summary.files.iter().find(|file| file.kind == FileKind::Retry);
    if let Some(retry) = retry {
        let name = retry.path.rsplit('/').next().unwrap_or(&retry.path);
        let mailed = name.replace(&format!(".{}", summary.run), "");
        let is_attached = summary.attached.contains(&mailed);
        let (name, attached) = if is_attached { (&mailed[..], " (it is attached)") } else { (name, "") };
        advice.push(format!(
            "Correct the rows in {}{attached} and hand that file in as it is: it has only the rows that did not succeed.",
            clip(name, SENTENCE / 2)
        ));
    }
    // Rows found wrong before sending are wrong again until a person corrects them.
    let wrong = if retry.is_some() { summary.counts.get(Status::Invalid) } else { 0 };
    if summary.counts.problems() > wrong {
        advice.push("Where nothing needs correcting, this does them once more:".to_owned());
        advice.push(format!("roomkeeper retry {}", summary.run.short()));
    }
    let unknown = summary.counts.get(Status::Unknown);
    if unknown > 0 {
        advice.push(format!(
            "{unknown} {} may or may not have been carried out. The retry looks at the server first, so that nothing is done twice.",
            summary.items.of(unknown)
        ));
    }
    advice
}

fn files(files: &[ResultFile]) -> Option<Section> {
    let entries: Vec<_> = files
        .iter()
        .take(LIST)
        .map(|file| Entry {
            name: match file.kind {
                FileKind::Results => "Results, a line for each row",
                FileKind::Retry => "Rows to correct",
                FileKind::Original => "The file that was handed in",
                FileKind::Export => "Export",
                FileKind::PinSheet => "Sheet with the new PINs",
            }
            .to_owned(),
            value: one_line(&file.path),
        })
        .collect();
    (!entries.is_empty()).then(|| Section { heading: "Files".to_owned(), body: Body::Entries(entries) })
}

fn next(summary: &Summary) -> String {
    match summary.next {
        NextRun::At(at) => time(&summary.zone, at),
        NextRun::WhenFileIsDropped => "When the next file is dropped.".to_owned(),
        NextRun::NotPlanned => "None is planned.".to_owned(),
    }
}

fn facts(summary: &Summary) -> Section {
    let zone = &summary.zone;
    let late = summary.due.filter(|due| zone.minute(*due) != zone.minute(summary.started));
    let fact = |name: &str, value: String| Some(Entry { name: name.to_owned(), value });
    let facts = [
        fact("Job", format!("{}, {}", summary.job, summary.kind)),
        fact("Machine", clip(&summary.host, LABEL)),
        summary.file.as_ref().and_then(|file| fact("File", clip(file, SENTENCE / 2))),
        fact("Why", because(summary.trigger).to_owned()),
        late.and_then(|due| fact("Due", time(zone, due))),
        fact("Began", time(zone, summary.started)),
        fact("Took", took(summary.ended.since(summary.started))),
        fact("All of it", format!("roomkeeper show {}", summary.run.short())),
    ];
    Section { heading: "This run".to_owned(), body: Body::Facts(facts.into_iter().flatten().collect()) }
}

fn because(trigger: Trigger) -> &'static str {
    match trigger {
        Trigger::Schedule => "its time had come",
        Trigger::CatchUp => "its time had come while the machine was off; made up for now",
        Trigger::File => "a file was dropped",
        Trigger::Manual => "somebody started it",
        Trigger::Retry => "somebody wanted what had not succeeded done again",
    }
}

/// Writes `Mon 2027-02-01 02:30 Europe/Berlin (UTC+01:00)`: the offset, because an autumn night has one hour twice.
fn time(zone: &Zone, at: Timestamp) -> String {
    let local = zone.civil(at).format("%a %Y-%m-%d %H:%M");
    if *zone == Zone::utc() {
        return format!("{local} UTC");
    }
    let minutes = zone.offset_minutes(at);
    let sign = if minutes < 0 { '-' } else { '+' };
    let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
    format!("{local} {zone} (UTC{sign}{hours:02}:{minutes:02})")
}

/// Writes `under a second`, `12 s`, `3 min 20 s`, `1 h 4 min`.
fn took(took: Duration) -> String {
    let seconds = took.as_secs();
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, 0) => "under a second".to_owned(),
        (0, 0, s) => format!("{s} s"),
        (0, m, 0) => format!("{m} min"),
        (0, m, s) => format!("{m} min {s} s"),
        (h, 0, _) => format!("{h} h"),
        (h, m, _) => format!("{h} h {m} min"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_duration_is_told_in_its_two_largest_units() {
        for (seconds, told) in [
            (0, "under a second"),
            (12, "12 s"),
            (180, "3 min"),
            (200, "3 min 20 s"),
            (3600, "1 h"),
            (3899, "1 h 4 min"),
        ] {
            assert_eq!(took(Duration::from_secs(seconds)), told);
        }
    }
}
