//! Tells in one mail what became of many files of a job.

use std::collections::BTreeMap;

use super::plain::{clip, told};
use super::view::{Body, Count, Entry, Section, Tone, View};
use super::{Rendered, html, text};
use crate::clock::{Timestamp, Zone};
use crate::model::{Counts, JobKind, JobName, Outcome, RunId};

/// So many files with problems are told one by one.
const SHOWN: usize = 20;
/// So many remarks, and of the files of each so many names.
const REMARKS: usize = 20;
const NAMES: usize = 3;

/// The files that one mail tells.
#[derive(Debug, Clone)]
pub struct Files {
    /// The job.
    pub job: JobName,
    /// Its kind.
    pub kind: JobKind,
    /// The machine.
    pub host: String,
    /// The job's time zone.
    pub zone: Zone,
    /// The time at which the first run began.
    pub from: Timestamp,
    /// The time at which the last run ended.
    pub until: Timestamp,
    /// The files, in the order in which their runs ended.
    pub files: Vec<OfFile>,
}

/// The result of one file.
#[derive(Debug, Clone)]
pub struct OfFile {
    /// Its run.
    pub run: RunId,
    /// Its name.
    pub name: String,
    /// The outcome of the run.
    pub outcome: Outcome,
    /// The number of its rows in each status.
    pub counts: Counts,
    /// The reason why it was refused or stopped.
    pub error: Option<String>,
    /// Remarks on its encoding, and on the headings that nothing is read from.
    pub remarks: Vec<String>,
}

/// Tells the files; those with problems by name.
#[must_use]
pub fn render_files(files: &Files) -> Rendered {
    let host = clip(&files.host, 64);
    let place = format!("{}@{host}", files.job);
    let bad: Vec<_> = files.files.iter().filter(|file| !file.outcome.is_good()).collect();
    let (n, worse) = (files.files.len(), bad.len());
    let mut counts = Counts::default();
    for (status, rows) in files.files.iter().flat_map(|file| file.counts.iter()) {
        counts.add(status, rows);
    }
    let (verdict, tone) = match worse {
        0 => ("OK", Tone::Good),
        _ if worse == n && bad.iter().all(|file| file.outcome == Outcome::Failed) => ("FAILED", Tone::Bad),
        _ => ("PARTIAL", Tone::Mixed),
    };
    let gist = match worse {
        0 => format!("{n} files: {counts}"),
        _ => format!("{worse} of {n} files with problems: {counts}"),
    };
    let mut lines: Vec<_> = counts.iter().map(|(status, n)| Count { n, what: status.as_words().to_owned() }).collect();
    lines.push(Count { n: counts.total(), what: format!("rows in all, of {n} files") });
    let mut sections = vec![Section { heading: "Result".to_owned(), body: Body::Counts(lines) }];
    if !bad.is_empty() {
        let mut entries: Vec<_> = bad.iter().take(SHOWN).map(|file| entry(file)).collect();
        if worse > SHOWN {
            let value = format!("roomkeeper history {} --problems --limit {worse}", files.job);
            entries.push(Entry { name: format!("and {} more", worse - SHOWN), value });
        }
        sections.push(Section { heading: "Files with problems".to_owned(), body: Body::Entries(entries) });
        let advice = vec![
            "Each of them lies in failed/, with its results and a file that has only the rows to correct: correct them there and hand that file in."
                .to_owned(),
        ];
        sections.push(Section { heading: "What to do".to_owned(), body: Body::Sentences(advice) });
    }
    let remarks = remarks(&files.files);
    if !remarks.is_empty() {
        sections.push(Section { heading: "Please look at".to_owned(), body: Body::Sentences(remarks) });
    }
    let time = |at: Timestamp| format!("{} {}", files.zone.minute(at), files.zone);
    let fact = |name: &str, value: String| Entry { name: name.to_owned(), value };
    let facts = vec![
        fact("Job", format!("{}, {}", files.job, files.kind)),
        fact("Machine", host),
        fact("First began", time(files.from)),
        fact("Last ended", time(files.until)),
        fact("All of them", format!("roomkeeper history {} --limit {n}", files.job)),
    ];
    sections.push(Section { heading: "These runs".to_owned(), body: Body::Facts(facts) });
    let subject = format!("[roomkeeper] {verdict} {place}: {}", clip(&gist, 120));
    let view = View { verdict, tone, place, gist, sections };
    let text = text::render(&view);
    let html = html::render(&view, &text);
    Rendered { subject, text, html }
}

/// Returns each remark once, with the files that it is true of, in the order of the files.
fn remarks(files: &[OfFile]) -> Vec<String> {
    let (mut order, mut of): (Vec<&str>, BTreeMap<&str, Vec<&str>>) = <_>::default();
    for file in files {
        for remark in &file.remarks {
            let names = of.entry(remark).or_default();
            if names.is_empty() {
                order.push(remark);
            }
            names.push(&file.name);
        }
    }
    let mut lines: Vec<_> = order.iter().take(REMARKS).map(|remark| with_files(remark, &of[remark])).collect();
    if order.len() > REMARKS {
        lines.push(format!("and {} more (roomkeeper show RUN tells those of a file)", order.len() - REMARKS));
    }
    lines
}

fn with_files(remark: &str, names: &[&str]) -> String {
    let mut shown: Vec<_> = names.iter().take(NAMES).map(|name| clip(name, 60)).collect();
    if names.len() > NAMES {
        shown.push(format!("{} more", names.len() - NAMES));
    }
    format!("{}: {}", shown.join(", "), told(remark, 400))
}

fn entry(file: &OfFile) -> Entry {
    let reason = file.error.as_deref().map_or_else(|| file.counts.to_string(), |error| told(error, 300));
    Entry { name: clip(&file.name, 120), value: format!("{reason} (roomkeeper show {})", file.run.short()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Status;

    #[test]
    fn files_with_problems_are_named_and_the_others_counted() {
        let of = |n: u64, bad: bool| {
            let mut counts = Counts::default();
            counts.add(if bad { Status::Invalid } else { Status::Created }, 2);
            let remarks = vec!["The column `Room` is not used.".to_owned(), format!("Remark {}.", n.min(26))];
            let name = format!("{n}.csv");
            OfFile { run: RunId::generate(), name, outcome: counts.outcome(), counts, error: None, remarks }
        };
        let at = Timestamp::from_seconds(1_800_000_000);
        let mut files = Files {
            job: "timetable".parse().unwrap(),
            kind: JobKind::SCHEDULE_MEETINGS,
            host: "server".to_owned(),
            zone: Zone::utc(),
            from: at,
            until: at,
            files: (0..30).map(|n| of(n, n < 25)).collect(),
        };
        let mail = render_files(&files);
        assert_eq!(
            mail.subject,
            "[roomkeeper] PARTIAL timetable@server: 25 of 30 files with problems: 10 created, 50 invalid"
        );
        assert!(
            mail.text.contains("  19.csv") && !mail.text.contains("20.csv") && mail.text.contains("and 5 more"),
            "{}",
            mail.text
        );
        let told = |words: &str| {
            assert!(
                mail.text.split_whitespace().collect::<Vec<_>>().join(" ").contains(words),
                "{words}: {}",
                mail.text
            );
        };
        told("0.csv, 1.csv, 2.csv, 27 more: The column `Room` is not used.");
        told("18.csv: Remark 18. and 8 more (roomkeeper show RUN");
        files.files.retain(|file| file.outcome.is_good());
        assert!(render_files(&files).subject.ends_with("OK timetable@server: 5 files: 10 created"));
    }
}
