//! `roomkeeper list`: the jobs, when each is due next, and how its last run ended.

use std::io::Write;
use std::time::Duration;

use super::args::List;
use super::context::Context;
use super::output::{Output, table};
use super::{ExitCode, Failure, answer, words};
use crate::clock::{Timestamp, Zone};
use crate::control::{JobLine, JobList, Query, QueryReply, TroubleTold};
use crate::model::Outcome;
use crate::model::line::shown;

pub(super) async fn run(context: &Context, args: &List) -> Result<ExitCode, Failure> {
    let list = answer::ask(context, Query::List).await?;
    let list = list.one(|reply| if let QueryReply::List(list) = reply { Some(list) } else { None }).await?;
    if args.json {
        Output::new().json(&list.jobs)?;
    } else {
        for_people(&list, context.clock.now())?;
    }
    Ok(ExitCode::Done)
}

fn for_people(list: &JobList, now: Timestamp) -> Result<(), Failure> {
    let mut out = Output::new();
    let mut rows = table(&["NAME", "KIND", "SCHEDULE", "NEXT", "LEFT", "LAST", "OUTCOME"]);
    for job in &list.jobs {
        rows.add_row(row(job, now));
    }
    out.table(&rows)?;
    let of_jobs = list.jobs.iter().flat_map(|job| &job.troubles).filter(|told| told.job.is_some());
    // Those of no job stand under each in JSON; they are said once here.
    for told in list.troubles.iter().filter(|told| !told.kind.is_of_the_outbox()).chain(of_jobs) {
        writeln!(out, "{}", trouble(told, &list.timezone))?;
    }
    let outbox = list.outbox;
    if outbox.waiting + outbox.dead > 0 {
        let waits = words::many(outbox.waiting, "mail waits", "mails wait");
        writeln!(out, "{waits}, {} given up: `roomkeeper mail` says why", outbox.dead)?;
    }
    Ok(())
}

fn row(line: &JobLine, now: Timestamp) -> [String; 7] {
    let zone = &line.timezone;
    let next = match line.next {
        Some(next) => zone.minute(next),
        None if !line.enabled => "disabled".to_owned(),
        None if line.paused => "paused".to_owned(),
        None if line.elsewhere => format!("on {}", line.nodes.join(", ")),
        None => String::new(),
    };
    let (last, outcome) = match &line.last {
        Some(last) => (
            last.ended.map(|ended| zone.minute(ended)).unwrap_or_default(),
            match (last.outcome, &last.waits) {
                (Some(outcome), _) => Outcome::as_str(outcome).to_owned(),
                (None, Some(why)) => format!("waits: {}", shown(why)),
                (None, None) => "under way".to_owned(),
            },
        ),
        None => (String::new(), String::new()),
    };
    [
        line.job.to_string(),
        line.kind.as_str().to_owned(),
        line.schedules.join("; "),
        next,
        line.next.map(|next| left(next.since(now))).unwrap_or_default(),
        last,
        outcome,
    ]
}

/// Says a trouble on one line.
pub(super) fn trouble(told: &TroubleTold, zone: &Zone) -> String {
    let whose = told.job.as_ref().map(|job| format!("{job}: ")).unwrap_or_default();
    let (words, since) = (told.kind.words(1), zone.minute(told.since));
    format!("{whose}{words}: {}: {} (since {since})", shown(&told.subject), shown(&told.detail))
}

/// Writes the time that is left: `3 d 4 h`, `5 h 12 min`, `12 min`, `40 s`.
fn left(time: Duration) -> String {
    let seconds = time.as_secs();
    match (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_told_in_the_two_largest_units() {
        for (seconds, words) in [(40, "40 s"), (725, "12 min"), (18_725, "5 h 12 min"), (273_700, "3 d 4 h")] {
            assert_eq!(left(Duration::from_secs(seconds)), words);
        }
    }
}
