//! `roomkeeper why`: why a job did not run, from the troubles that stand and the skip ledger.

use std::io::Write;

use super::args::Why;
use super::context::Context;
use super::output::{Output, table};
use super::{ExitCode, Failure, answer, list, words};
use crate::control::{HabitTold, Query, QueryReply, SkipTold, Standing, reasons};

pub(super) async fn run(context: &Context, args: &Why) -> Result<ExitCode, Failure> {
    let standing = answer::ask(context, Query::Why { job: args.job.clone(), most: args.limit }).await?;
    let standing =
        standing.one(|reply| if let QueryReply::Why(standing) = reply { Some(standing) } else { None }).await?;
    if args.json {
        Output::new().json(&reasons(&standing))?;
    } else {
        for_people(&standing)?;
    }
    Ok(ExitCode::Done)
}

fn for_people(standing: &Standing) -> Result<(), Failure> {
    let Standing { job, timezone: zone, disabled, paused, nodes, elsewhere, moved, troubles, habits, skips } = standing;
    let mut out = Output::new();
    if *disabled {
        writeln!(out, "{job} is not enabled now: enabled = false in the configuration")?;
    }
    if let Some(since) = paused {
        writeln!(out, "{job} is paused since {}; `roomkeeper resume {job}` ends that", zone.minute(*since))?;
    }
    if *elsewhere {
        writeln!(out, "{job} runs on {}, not on this machine: nodes in the configuration", nodes.join(", "))?;
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
