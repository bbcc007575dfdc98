//! Holds what a mail says, in words and in order, before it is text or HTML: both are made of this, so both say the same.

use serde::Serialize;

use super::plain::{clip, one_line, told};
use super::subject::{gist, place, verdict};
use super::{FileKind, NextRun, ResultFile, Summary, duration, problems};
use crate::clock::{Timestamp, Zone};
use crate::model::{Outcome, Status, Trigger};

const LABEL: usize = 60;
const SENTENCE: usize = 400;
const LIST: usize = 10;

/// A mail's words.
#[derive(Debug, Serialize)]
pub(super) struct View {
    pub verdict: &'static str,
    #[serde(skip)]
    pub tone: Tone,
    pub place: String,
    pub gist: String,
    pub sections: Vec<Section>,
}

/// The tone of a mail: it tells the reader whether there is anything to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Mixed,
    Bad,
    Neutral,
}

/// A part of the mail under a heading.
#[derive(Debug, Serialize)]
pub(super) struct Section {
    pub heading: String,
    #[serde(flatten)]
    pub body: Body,
}

/// The content under a heading.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Body {
    Sentences(Vec<String>),
    Counts(Vec<Count>),
    Entries(Vec<Entry>),
    Facts(Vec<Entry>),
}

/// `118 created`.
#[derive(Debug, Serialize)]
pub(super) struct Count {
    pub n: u64,
    pub what: String,
}

/// A name and what there is to say of it.
#[derive(Debug, Serialize)]
pub(super) struct Entry {
    pub name: String,
    pub value: String,
}

impl View {
    pub(super) fn of(summary: &Summary) -> Self {
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
        Self {
            verdict: verdict(summary),
            tone: tone(summary),
            place: place(summary),
            gist: said_above(summary),
            sections: sections.into_iter().flatten().collect(),
        }
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
        fact("Took", duration::words(summary.ended.since(summary.started))),
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
