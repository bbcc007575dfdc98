//! `roomkeeper next`: the coming due times, local and UTC, and where a clock change moves one.

use super::args::Next;
use super::context::Context;
use super::output::{Output, table};
use super::{ExitCode, Failure, answer};
use crate::control::{Coming, Idle, Query, QueryReply};

pub(super) async fn run(context: &Context, args: &Next) -> Result<ExitCode, Failure> {
    let coming = answer::ask(context, Query::Next { job: args.job.clone(), most: args.number }).await?;
    let coming = coming.one(|reply| if let QueryReply::Next(coming) = reply { Some(coming) } else { None }).await?;
    let Coming { due, idle } = coming;
    if let Some((job, why)) = idle {
        let why = match why {
            Idle::Paused => "is paused".to_owned(),
            Idle::Disabled => "is not enabled".to_owned(),
            Idle::Elsewhere(nodes) => format!("runs on {}, not on this machine", nodes.join(", ")),
        };
        eprintln!("roomkeeper: {job} {why}, so nothing is coming here");
    }
    if args.json {
        Output::new().json(&due)?;
        return Ok(ExitCode::Done);
    }
    let mut rows = table(&["JOB", "LOCAL", "UTC", "NOTE"]);
    for line in due {
        rows.add_row([line.job.to_string(), line.local, line.utc.to_rfc3339(), line.note.unwrap_or_default()]);
    }
    Output::new().table(&rows)?;
    Ok(ExitCode::Done)
}
