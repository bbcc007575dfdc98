//! Gathers what a person must look at, worst first, each with what to do and where to look.

use std::collections::BTreeMap;

use serde::Serialize;

use super::mark::told;
use super::when::{When, many};
use crate::clock::Zone;
use crate::control::{JobList, Sources, TroubleTold};
use crate::engine::Phase;
use crate::journal::{JournalError, OutboxState};
use crate::model::line::shown;
use crate::model::{JobName, Outcome, RunView, Status};
use crate::runtime::ActiveRun;

/// Runs of one job that are told one by one.
const OF_A_JOB: usize = 3;
/// Runs that are looked at.
pub(super) const RUNS: u32 = 500;

/// Something to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(super) struct Problem {
    /// The word by which the style sheet knows its look, and the sign.
    look: &'static str,
    sign: &'static str,
    /// The trouble.
    words: String,
    /// More of it.
    detail: Option<String>,
    /// Since when.
    since: Option<When>,
    /// The remedy.
    remedy: String,
    /// The place to look at, below the page's own path, and the words of the link.
    link: Option<(String, String)>,
}

/// The problems, and how many they are: more than are told one by one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Problems {
    pub(super) told: Vec<Problem>,
    pub(super) count: u64,
    /// True when there may be more.
    pub(super) more: bool,
}

impl Problems {
    fn add(&mut self, problem: Problem) {
        self.count += 1;
        self.told.push(problem);
    }

    /// Gathers them. `left` are the runs that were not made good, newest first.
    pub(super) fn gather(list: &JobList, left: &[RunView], going: &[ActiveRun], zone: &Zone) -> Self {
        let mut problems = Self { more: left.len() == RUNS as usize, ..Self::default() };
        for going in going {
            if let Phase::Waiting { why, .. } = &going.progress.phase {
                problems.add(waits(going, why));
            }
        }
        let standing = list.troubles.iter().chain(list.jobs.iter().flat_map(|job| &job.troubles));
        let mut known = Vec::new();
        for trouble in standing.filter(|trouble| !trouble.kind.is_of_the_outbox()) {
            // One that is every job's stands under each.
            if !known.contains(&trouble) {
                known.push(trouble);
                problems.add(stands(trouble, zone));
            }
        }
        problems.add_mails(list.outbox);
        problems.add_runs(left, zone);
        // Worst first; what is alike stays in its order.
        problems.told.sort_by_key(|problem| problem.look != "bad");
        problems
    }

    fn add_mails(&mut self, outbox: OutboxState) {
        if outbox.dead > 0 {
            self.add(Problem {
                look: "bad",
                sign: "✕",
                words: many(outbox.dead, "mail was given up", "mails were given up"),
                detail: None,
                since: None,
                remedy: "Look why. `roomkeeper mail --retry` sends them, `roomkeeper mail --drop ID` drops one."
                    .to_owned(),
                link: Some(("/mails".to_owned(), "The mails".to_owned())),
            });
        }
        if outbox.waiting > 0 {
            self.add(Problem {
                look: "mixed",
                sign: "!",
                words: many(outbox.waiting, "mail waits to be sent", "mails wait to be sent"),
                detail: None,
                since: None,
                remedy: "Nothing, if that lasts a few minutes: they go out by themselves. Else look why.".to_owned(),
                link: Some(("/mails".to_owned(), "The mails".to_owned())),
            });
        }
    }

    fn add_runs(&mut self, left: &[RunView], zone: &Zone) {
        let mut of_jobs: BTreeMap<&JobName, usize> = BTreeMap::new();
        for run in left {
            let of_job = of_jobs.entry(&run.job).or_default();
            *of_job += 1;
            if *of_job <= OF_A_JOB {
                self.add(not_made_good(run, zone));
            } else {
                self.count += 1;
            }
        }
        for (job, runs) in of_jobs.into_iter().filter(|(_, runs)| *runs > OF_A_JOB) {
            let more = runs - OF_A_JOB;
            self.told.push(Problem {
                look: "mixed",
                sign: "!",
                words: format!("{job}: {} before that did not succeed", many(more as u64, "run", "runs")),
                detail: None,
                since: None,
                remedy: "Look through them; what is not needed any more can be left.".to_owned(),
                link: Some((format!("/jobs/{job}?outcome=left"), "These runs".to_owned())),
            });
        }
    }
}

fn waits(going: &ActiveRun, why: &str) -> Problem {
    Problem {
        look: "mixed",
        sign: "!",
        words: format!("{} waits", going.job),
        detail: Some(shown(why)),
        since: None,
        remedy: "Nothing, if that passes: the run goes on by itself. Else ask those who run the server.".to_owned(),
        link: Some((format!("/runs/{}", going.run), "The run".to_owned())),
    }
}

fn stands(trouble: &TroubleTold, zone: &Zone) -> Problem {
    let whose = trouble.job.as_ref().map(|job| format!("{job}: ")).unwrap_or_default();
    let subject = if trouble.subject.is_empty() { String::new() } else { format!(": {}", shown(&trouble.subject)) };
    Problem {
        look: "bad",
        sign: "✕",
        words: format!("{whose}{}{subject}", trouble.kind.words(1)),
        detail: Some(shown(&trouble.detail)),
        since: Some(When::minute(zone, trouble.since)),
        remedy: trouble.kind.remedy().to_owned(),
        link: trouble.job.as_ref().map(|job| (format!("/jobs/{job}"), "The job".to_owned())),
    }
}

fn not_made_good(run: &RunView, zone: &Zone) -> Problem {
    let (total, bad, unknown) = (run.counts.total(), run.counts.problems(), run.counts.get(Status::Unknown));
    let noun = crate::jobs::kind(run.kind).items();
    let short = run.id.short();
    let words = match (run.outcome, bad) {
        (_, 0) => format!("{}: the run failed", run.job),
        (Some(Outcome::Failed), _) => format!("{}: none of {total} {} succeeded", run.job, noun.of(total)),
        _ => format!("{}: {bad} of {total} {} did not succeed", run.job, noun.of(total)),
    };
    let remedy = if unknown > 0 {
        format!(
            "What became of {} could not be found out: look on the server, then correct the rest and say `roomkeeper retry {short}`.",
            many(unknown, noun.one, noun.many)
        )
    } else if total == 0 {
        "Look why it failed. Correct that, and hand the file in again or run the job anew.".to_owned()
    } else {
        format!(
            "Look at the reasons. Correct what they name and hand in the retry file, or say `roomkeeper retry {short}`."
        )
    };
    let unknown_first = if unknown > 0 { "?status=unknown" } else { "" };
    Problem {
        look: if run.outcome == Some(Outcome::Failed) { "bad" } else { "mixed" },
        sign: if run.outcome == Some(Outcome::Failed) { "✕" } else { "!" },
        words,
        detail: run.error.as_deref().map(shown).or_else(|| (total > 0).then(|| told(run))),
        since: Some(When::minute(zone, run.ended.unwrap_or(run.started))),
        remedy,
        link: Some((format!("/runs/{}{unknown_first}", run.id), format!("The run {short}"))),
    }
}

/// Reads the runs that were not made good, newest first.
pub(super) async fn left(sources: &Sources) -> Result<Vec<RunView>, JournalError> {
    match sources.readings() {
        Some(journal) => journal.not_made_good(RUNS).await,
        None => Ok(Vec::new()),
    }
}
