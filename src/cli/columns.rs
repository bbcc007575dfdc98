//! `roomkeeper columns`: proposes how a job is to read a file that another program made, and shows the first rows as that job would
//! read them. It asks no server, and changes nothing.

use std::fs::File;
use std::io::{Seek, Write};
use std::path::Path;

use serde_json::json;

use super::args::Columns;
use super::context::Context;
use super::output::{Output, table};
use super::{ExitCode, Failure};
use crate::clock::Zone;
use crate::config::{self, Config, Environment};
use crate::jobs::schedule_meetings::{PreviewRow, Proposal, preview};

/// Rows that are shown.
const ROWS: usize = 5;

pub(super) async fn run(context: &Context, args: &Columns) -> Result<ExitCode, Failure> {
    let mut file = open(&args.file)?;
    let name = args.file.display();
    let proposal =
        Proposal::of(&file, args.sheet.as_deref()).map_err(|why| Failure::failed(format!("{name}: {why}")))?;
    file.rewind()?;
    let proposed = proposal.table(args.job.as_str());
    let zone = match context.config() {
        Ok(config) => config.timezone.clone(),
        Err(_) => Zone::of_this_machine().unwrap_or_else(Zone::utc),
    };
    let config = configured(&proposed, &zone, &context.environment)?;
    let job = config.jobs.get(&args.job).ok_or_else(|| Failure::failed("the proposal names no job"))?;
    let read = preview(&config, job, file, context.clock.now(), ROWS).await;
    let code = match &read {
        Ok(rows) if rows.iter().all(|row| row.error.is_empty()) => ExitCode::Done,
        _ => ExitCode::Partial,
    };
    let mut out = Output::new();
    if args.json {
        let (rows, refused) = match read {
            Ok(rows) => (rows, None),
            Err(why) => (Vec::new(), Some(why)),
        };
        let keys: serde_json::Map<_, _> =
            proposal.keys.iter().map(|(key, value)| ((*key).to_owned(), json!(value))).collect();
        out.json(&json!({ "toml": proposed, "keys": keys, "encoding": proposal.encoding, "open": proposal.open,
            "timezone": zone.name(), "preview": rows, "refused": refused }))?;
        return Ok(code);
    }
    writeln!(out, "# How a job can read {name}. All of this may be pasted into the configuration.")?;
    writeln!(out, "{proposed}")?;
    if let Some(encoding) = &proposal.encoding {
        writeln!(out, "# The text is {encoding}.")?;
    }
    for open in &proposal.open {
        writeln!(out, "# - {open}")?;
    }
    writeln!(out, "# The first rows as they would be read, in the time zone {}:", zone.name())?;
    match read {
        Ok(rows) if rows.is_empty() => writeln!(out, "#   there are none")?,
        Ok(rows) => show(&rows, &mut out)?,
        Err(why) => writeln!(out, "#   the file would be refused: {why}")?,
    }
    Ok(code)
}

fn show(rows: &[PreviewRow], out: &mut Output) -> Result<(), Failure> {
    let mut shown = table(&["LINE", "TITLE", "START", "MINUTES", "USER", "SEATS", "WRONG"]);
    for row in rows {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let number = |value: Option<u32>| value.map(|value| value.to_string()).unwrap_or_default();
        shown.add_row([
            row.line.to_string(),
            text(&row.title),
            text(&row.start),
            number(row.minutes),
            text(&row.user_id),
            format!("{} + {}", number(row.moderators), number(row.participants)),
            row.error.clone(),
        ]);
    }
    for line in shown.lines() {
        writeln!(out, "#   {}", line.trim_end())?;
    }
    Ok(())
}

fn open(path: &Path) -> Result<File, Failure> {
    let failed = |why: String| Failure::usage(format!("{} cannot be read: {why}", path.display()));
    // Checked before it is opened: to open a FIFO would wait for a writer.
    let found = path.metadata().map_err(|error| failed(error.to_string()))?;
    if !found.is_file() {
        return Err(failed("it is not a file".to_owned()));
    }
    File::open(path).map_err(|error| failed(error.to_string()))
}

/// Checks the proposal as the configuration that it will be a part of.
fn configured(table: &str, zone: &Zone, environment: &Environment) -> Result<Config, Failure> {
    let text =
        format!("timezone = {:?}\n[api]\napp_id = \"none\"\napp_key = {{ env = \"NONE\" }}\n{table}", zone.name());
    let checked = config::check_text(Path::new("proposal"), &text, environment);
    checked.map(|loaded| loaded.config).map_err(|invalid| {
        let problems: Vec<_> = invalid.problems.iter().map(ToString::to_string).collect();
        Failure::failed(format!("what was found cannot be configured: {}\n{table}", problems.join("; ")))
    })
}
