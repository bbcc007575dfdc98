//! `roomkeeper history`: the runs, newest first.

use std::io::Write;
use std::time::Duration;

use super::args::History;
use super::context::Context;
use super::output::{Output, table};
use super::{ExitCode, Failure, answer, words};
use crate::clock::Zone;
use crate::control::{Query, QueryReply, RunTold};
use crate::model::Outcome;
use crate::model::line::shown;

pub(super) async fn run(context: &Context, args: &History) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let since = match &args.since {
        Some(text) => Some(context.clock.now().minus(duration(text)?)),
        None => None,
    };
    let query = Query::History { job: args.job.clone(), problems: args.problems, since, most: args.limit };
    let runs = answer::ask(context, query).await?;
    let runs = runs.one(|reply| if let QueryReply::History(runs) = reply { Some(runs) } else { None }).await?;
    let mut out = Output::new();
    if args.json {
        out.json(&runs)?;
    } else if runs.is_empty() {
        writeln!(out, "no runs")?;
    } else {
        let mut rows = table(&["RUN", "JOB", "BEGAN", "TRIGGER", "OUTCOME", "ITEMS"]);
        for run in &runs {
            rows.add_row(row(run, &config.timezone));
        }
        out.table(&rows)?;
    }
    Ok(ExitCode::Done)
}

fn row(run: &RunTold, zone: &Zone) -> [String; 6] {
    let items = match &run.file {
        Some(file) => format!("{} ({})", words::items(&run.counts, run.outcome), shown(file)),
        None => words::items(&run.counts, run.outcome),
    };
    [
        run.run.short(),
        run.job.to_string(),
        zone.minute(run.started),
        run.trigger.as_str().to_owned(),
        run.outcome.map_or("under way", Outcome::as_str).to_owned(),
        items,
    ]
}

/// Reads a number and a unit.
fn duration(text: &str) -> Result<Duration, Failure> {
    let wrong = || Failure::usage(format!("`{text}` is not a time. Write a number and a unit, such as 7d, 12h or 30m"));
    let (number, unit) = text.split_at(text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len()));
    let seconds = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        "w" => 7 * 24 * 60 * 60,
        _ => return Err(wrong()),
    };
    let number: u64 = number.parse().map_err(|_| wrong())?;
    number.checked_mul(seconds).map(Duration::from_secs).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_and_a_unit_are_read_and_nothing_else() {
        assert_eq!(duration("7d").unwrap(), Duration::from_hours(7 * 24));
        for text in ["7", "d", "", "7 d", "-7d", "7days", "99999999999999999999d"] {
            assert_eq!(duration(text).unwrap_err().code, ExitCode::Usage, "{text}");
        }
    }
}
