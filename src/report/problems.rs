//! Tells what did not succeed: the same reason once, with the lines that it is about.

use super::plain::{clip, told};
use super::view::{Body, Entry, Section};
use super::{Problem, Summary};
use crate::model::{Code, Status};

const LABEL: usize = 60;
const SENTENCE: usize = 400;
/// So many without a line are named in one sentence.
const NAMED: usize = 5;

/// Items that did not succeed for one reason.
struct Group<'a> {
    value: String,
    problems: Vec<&'a Problem>,
}

pub(super) fn section(summary: &Summary) -> Option<Section> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut shown = 0;
    for problem in &summary.problems {
        let value = value(problem);
        match groups.iter().position(|group| group.value == value) {
            Some(at) => groups[at].problems.push(problem),
            None if groups.len() == Summary::PROBLEMS_SHOWN => continue,
            None => groups.push(Group { value, problems: vec![problem] }),
        }
        shown += 1;
    }
    if groups.is_empty() {
        return None;
    }
    let total = summary.counts.problems().max(summary.problems.len() as u64);
    let heading = if total > shown { format!("Problems, the first {shown} of {total}") } else { "Problems".to_owned() };
    let entries = groups.into_iter().map(|Group { value, problems }| Entry { name: names(&problems), value });
    Some(Section { heading, body: Body::Entries(entries.collect()) })
}

fn names(problems: &[&Problem]) -> String {
    if let [one] = problems {
        let label = clip(&one.label, LABEL);
        return match (one.line, label.is_empty()) {
            (Some(line), true) => format!("Line {line}"),
            (Some(line), false) => format!("Line {line}: {label}"),
            (None, true) => "Without a name".to_owned(),
            (None, false) => label,
        };
    }
    let lines: Option<Vec<u64>> = problems.iter().map(|problem| problem.line).collect();
    if let Some(lines) = lines {
        return clip(&format!("Lines {}", ranges(&lines)), SENTENCE);
    }
    let named: Vec<_> = problems.iter().take(NAMED).map(|problem| clip(&problem.label, LABEL)).collect();
    match problems.len() - named.len() {
        0 => named.join(", "),
        more => format!("{} and {more} more", named.join(", ")),
    }
}

/// Writes `2-5, 9`.
fn ranges(lines: &[u64]) -> String {
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for line in lines {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *line => *last = *line,
            Some((_, last)) if *last == *line => {}
            _ => ranges.push((*line, *line)),
        }
    }
    let told = ranges.iter().map(|(first, last)| match last - first {
        0 => first.to_string(),
        1 => format!("{first}, {last}"),
        _ => format!("{first}-{last}"),
    });
    told.collect::<Vec<_>>().join(", ")
}

fn value(problem: &Problem) -> String {
    let status = problem.status.as_words();
    let reason = reason(problem);
    match problem.code {
        Some(code) => format!("{status}, code {code}: {reason}"),
        None => format!("{status}: {reason}"),
    }
}

fn reason(problem: &Problem) -> String {
    let said = told(&problem.error, SENTENCE);
    if !said.is_empty() {
        return said;
    }
    let of_code = problem.code.and_then(Code::words);
    let of_status = match problem.status {
        Status::Unknown => "it was sent, and whether it was carried out could not be found out",
        Status::NotRun => "the run ended before it",
        _ => "no reason was given",
    };
    of_code.unwrap_or(of_status).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_in_a_row_are_told_as_one() {
        assert_eq!(ranges(&[2, 3, 4, 5, 9, 11, 12]), "2-5, 9, 11, 12");
        assert_eq!(ranges(&[7, 7]), "7");
    }

    #[test]
    fn rooms_without_lines_are_named_and_the_rest_is_counted() {
        let problem = |label: &str| Problem {
            line: None,
            label: label.to_owned(),
            status: Status::Failed,
            code: None,
            error: "no".to_owned(),
        };
        let all: Vec<_> = ["a", "b", "c", "d", "e", "f", "g"].map(problem).into();
        assert_eq!(names(&all.iter().collect::<Vec<_>>()), "a, b, c, d, e and 2 more");
        assert_eq!(names(&all[..2].iter().collect::<Vec<_>>()), "a, b");
    }
}
