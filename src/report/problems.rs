//! Tells what did not succeed: the same reason once, with the lines that it is about.

use super::plain::clip;
use super::reason::Reason;
use super::view::{Body, Entry, Section};
use super::{Problem, Summary};
use crate::model::{Code, Status};

const LABEL: usize = 60;
const LINES: usize = 400;
/// So many without a line are named in one sentence.
const NAMED: usize = 5;

/// Items that did not succeed for one reason, whatever their own values are.
struct Group<'a> {
    problems: Vec<&'a Problem>,
    reasons: Vec<Reason>,
}

impl Group<'_> {
    fn takes(&self, problem: &Problem, reason: &Reason) -> bool {
        let of = |problem: &Problem| (problem.status, problem.code);
        self.problems.first().is_some_and(|first| of(first) == of(problem))
            && self.reasons.first().is_some_and(|first| first.is_like(reason))
    }

    fn entry(&self) -> Option<Entry> {
        let Problem { status, code, .. } = self.problems.first()?;
        let (status, reason) = (status.as_words(), Reason::together(&self.reasons));
        let value = match code {
            Some(code) => format!("{status}, code {code}: {reason}"),
            None => format!("{status}: {reason}"),
        };
        Some(Entry { name: names(&self.problems), value })
    }
}

pub(super) fn section(summary: &Summary) -> Option<Section> {
    let mut groups: Vec<Group<'_>> = Vec::new();
    let mut shown = 0;
    for problem in &summary.problems {
        let reason = reason(problem);
        match groups.iter().position(|group| group.takes(problem, &reason)) {
            Some(at) => {
                groups[at].problems.push(problem);
                groups[at].reasons.push(reason);
            }
            None if groups.len() == Summary::PROBLEMS_SHOWN => continue,
            None => groups.push(Group { problems: vec![problem], reasons: vec![reason] }),
        }
        shown += 1;
    }
    if groups.is_empty() {
        return None;
    }
    let total = summary.counts.problems().max(summary.problems.len() as u64);
    let heading = if total > shown { format!("Problems, the first {shown} of {total}") } else { "Problems".to_owned() };
    let entries = groups.iter().filter_map(Group::entry);
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
        return clip(&format!("Lines {}", ranges(&lines)), LINES);
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

fn reason(problem: &Problem) -> Reason {
    // In the words of our own checks figures vary from row to row; in a server's answer another figure is another reason.
    let said = Reason::read(&problem.error, problem.status == Status::Invalid);
    if !said.is_empty() {
        return said;
    }
    let of_code = problem.code.and_then(Code::words);
    let of_status = match problem.status {
        Status::Unknown => "it was sent, and whether it was carried out could not be found out",
        Status::NotRun => "the run ended before it",
        _ => "no reason was given",
    };
    Reason::read(of_code.unwrap_or(of_status), false)
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
