//! Tells in one mail what became of many files of a job.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::plain::{clip, told};
use super::view::{Body, Count, Entry, Section, Tone, View};
use super::{Rendered, html, text};
use crate::clock::{Timestamp, Zone};
use crate::model::{Counts, JobKind, JobName, Outcome, RunId};

/// So many files with problems are told one by one.
const SHOWN: usize = 20;
/// So many remarks, and of the files of each so many names.
const REMARKS: usize = 50;
const NAMES: usize = 3;
/// So many different words of files that were not UTF-8.
const WORDS: usize = 50;

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
    /// The encoding that it was read as where that was not UTF-8, with the words by which a person sees whether that is right.
    pub read_as: Option<(String, Vec<String>)>,
    /// The remarks besides, each a sentence: headings that nothing is read from, and what the run's end told.
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
    let encodings = encodings(&files.files);
    if !encodings.is_empty() {
        sections.push(Section { heading: "Files that are not UTF-8".to_owned(), body: Body::Entries(encodings) });
        let advice = "Undo what was done by them, and save the file as CSV UTF-8.".to_owned();
        sections.push(Section {
            heading: "If one of these words is wrong".to_owned(),
            body: Body::Sentences(vec![advice]),
        });
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

/// Returns each thing once, with the names of the files that it is true of: what is true of the most files comes first, so that
/// what is said of single rows hides nothing.
fn once<'a, T: Ord>(all: impl Iterator<Item = (T, &'a str)>) -> Vec<(T, Vec<&'a str>)> {
    let mut of: BTreeMap<T, (usize, Vec<&str>)> = BTreeMap::new();
    for (at, (thing, name)) in all.enumerate() {
        let (_, names) = of.entry(thing).or_insert((at, Vec::new()));
        if names.last() != Some(&name) {
            names.push(name);
        }
    }
    let mut once: Vec<_> = of.into_iter().collect();
    once.sort_by_key(|(_, (at, names))| (Reverse(names.len()), *at));
    once.into_iter().map(|(thing, (_, names))| (thing, names)).collect()
}

fn remarks(files: &[OfFile]) -> Vec<String> {
    let all =
        once(files.iter().flat_map(|file| file.remarks.iter().map(|remark| (remark.as_str(), file.name.as_str()))));
    let mut lines: Vec<_> =
        all.iter().take(REMARKS).map(|(remark, of)| format!("{}: {}", names(of), told(remark, 400))).collect();
    if all.len() > REMARKS {
        lines.push(format!("and {} more (roomkeeper show RUN tells those of a file)", all.len() - REMARKS));
    }
    lines
}

/// Returns the encodings, each with the words that were read so.
fn encodings(files: &[OfFile]) -> Vec<Entry> {
    let all = once(files.iter().filter_map(|file| Some((file.read_as.as_ref()?, file.name.as_str()))));
    let entry = |((encoding, words), of): &(&(String, Vec<String>), Vec<&str>)| {
        let read = if words.is_empty() { encoding.clone() } else { format!("{encoding}: {}", words.join(", ")) };
        Entry { name: names(of), value: told(&read, 300) }
    };
    let mut entries: Vec<_> = all.iter().take(WORDS).map(entry).collect();
    if all.len() > WORDS {
        let value = "roomkeeper show RUN tells the words of a file".to_owned();
        entries.push(Entry { name: format!("and {} more", all.len() - WORDS), value });
    }
    entries
}

/// Names the files, as many as there is room for.
fn names(of: &[&str]) -> String {
    let mut shown: Vec<_> = of.iter().take(NAMES).map(|name| clip(name, 60)).collect();
    if of.len() > NAMES {
        shown.push(format!("{} more", of.len() - NAMES));
    }
    shown.join(", ")
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
            let remarks = vec![format!("Remark {}.", n.min(56)), "The column `Room` is not used.".to_owned()];
            let read_as =
                (n.is_multiple_of(2)).then(|| ("windows-1252".to_owned(), vec![format!("Übung{}", n.min(58))]));
            let (name, outcome) = (format!("{n}.csv"), counts.outcome());
            OfFile { run: RunId::generate(), name, outcome, counts, error: None, read_as, remarks }
        };
        let at = Timestamp::from_seconds(1_800_000_000);
        let mut files = Files {
            job: "timetable".parse().unwrap(),
            kind: JobKind::SCHEDULE_MEETINGS,
            host: "server".to_owned(),
            zone: Zone::utc(),
            from: at,
            until: at,
            files: (0..60).map(|n| of(n, n < 25)).collect(),
        };
        let mail = render_files(&files);
        assert_eq!(
            mail.subject,
            "[roomkeeper] PARTIAL timetable@server: 25 of 60 files with problems: 70 created, 50 invalid"
        );
        let one_line = mail.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let told = |words: &str| assert!(one_line.contains(words), "{words}: {one_line}");
        told("19.csv 2 invalid (roomkeeper show");
        told("and 5 more roomkeeper history timetable --problems --limit 25");
        assert!(!one_line.contains("20.csv 2 invalid"), "{one_line}");
        // The remark that is true of the most files comes first, wherever it stands.
        told(
            "Please look at 0.csv, 1.csv, 2.csv, 57 more: The column `Room` is not used. 56.csv, 57.csv, 58.csv, 1 more: Remark 56.",
        );
        told("47.csv: Remark 47. and 8 more (roomkeeper show RUN");
        told("0.csv windows-1252: Übung0");
        told("58.csv windows-1252: Übung58");
        files.files.retain(|file| file.outcome.is_good());
        let mail = render_files(&files);
        assert!(mail.subject.ends_with("OK timetable@server: 35 files: 70 created"));
        assert!(mail.text.contains("The column `Room`") && mail.text.contains("Übung26"), "{}", mail.text);
    }

    #[test]
    fn of_many_words_the_first_are_told() {
        let file = |n: usize| OfFile {
            run: RunId::generate(),
            name: format!("{n}.csv"),
            outcome: Outcome::Succeeded,
            counts: Counts::default(),
            error: None,
            read_as: Some(("windows-1250".to_owned(), vec![format!("třída{}", n.min(59))])),
            remarks: Vec::new(),
        };
        let files: Vec<_> = (0..70).map(file).collect();
        let told = encodings(&files);
        assert_eq!((told.len(), told[0].name.as_str()), (WORDS + 1, "59.csv, 60.csv, 61.csv, 8 more"));
        assert_eq!((told[WORDS].name.as_str(), told[1].value.as_str()), ("and 10 more", "windows-1250: třída0"));
    }
}
