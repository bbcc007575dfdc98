//! `roomkeeper why`: why a job did not run, from the troubles that stand and the skip ledger.

use std::io::Write;

use serde::Serialize;

use super::args::Why;
use super::context::Context;
use super::output::{Output, table};
use super::{ExitCode, Failure, answer, list, words};
use crate::clock::Timestamp;
use crate::control::{HabitTold, Query, QueryReply, SkipTold, Standing, TroubleTold};
use crate::model::JobName;

/// A reason as programs are told of it.
#[derive(Debug, Serialize)]
struct Line<'a> {
    job: &'a JobName,
    due: Option<Timestamp>,
    reason: &'a str,
    detail: &'a str,
    /// The subject of a trouble that stands, or of what a server was seen to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<&'a str>,
    /// Since when it stands, or when it was seen last.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Timestamp>,
}

pub(super) async fn run(context: &Context, args: &Why) -> Result<ExitCode, Failure> {
    let standing = answer::ask(context, Query::Why { job: args.job.clone(), most: args.limit }).await?;
    let standing =
        standing.one(|reply| if let QueryReply::Why(standing) = reply { Some(standing) } else { None }).await?;
    if args.json {
        Output::new().json(&for_programs(&standing))?;
    } else {
        for_people(&standing)?;
    }
    Ok(ExitCode::Done)
}

fn for_programs(standing: &Standing) -> Vec<Line<'_>> {
    let Standing { job, troubles, habits, skips, .. } = standing;
    let stands = troubles.iter().map(|TroubleTold { kind, subject, detail, since, .. }| {
        let (subject, since) = (Some(subject.as_str()), Some(*since));
        Line { job, due: None, reason: kind.as_str(), detail, subject, since }
    });
    let habits = habits.iter().map(|HabitTold { habit, server, words, seen }| {
        let (subject, since) = (Some(server.as_str()), Some(*seen));
        Line { job, due: None, reason: habit, detail: words, subject, since }
    });
    let skips = skips.iter().map(|SkipTold { due, reason, detail }| Line {
        job,
        due: Some(*due),
        reason: reason.as_str(),
        detail,
        subject: None,
        since: None,
    });
    stands.chain(habits).chain(skips).collect()
}

fn for_people(standing: &Standing) -> Result<(), Failure> {
    let Standing { job, timezone: zone, disabled, paused, moved, troubles, habits, skips } = standing;
    let mut out = Output::new();
    if *disabled {
        writeln!(out, "{job} is not enabled now: enabled = false in the configuration")?;
    }
    if let Some(since) = paused {
        writeln!(out, "{job} is paused since {}; `roomkeeper resume {job}` ends that", zone.minute(*since))?;
    }
    for told in troubles.iter().filter(|told| !told.kind.is_of_the_outbox()) {
        writeln!(out, "{}", list::trouble(told, zone))?;
    }
    for run in moved {
        writeln!(out, "run {}: {}", run.short(), words::MOVED)?;
    }
    for HabitTold { server, words, seen, .. } in habits {
        writeln!(out, "the server {server} {words} (seen {})", zone.minute(*seen))?;
    }
    if skips.is_empty() {
        writeln!(out, "no due time of {job} was skipped")?;
        return Ok(());
    }
    let mut rows = table(&["DUE", "REASON", "DETAIL"]);
    for SkipTold { due, reason, detail } in skips {
        rows.add_row([zone.moment(*due), reason.to_string(), detail.clone()]);
    }
    out.table(&rows)
}
