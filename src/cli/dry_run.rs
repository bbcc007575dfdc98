//! `--dry-run`: what each row, room or meeting would do. Reads the server, and writes nothing anywhere.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::context::Context;
use super::screen::Screen;
use super::{ExitCode, Failure, credentials, json};
use crate::config::{self, Config};
use crate::engine::inbox::{Inbox, Name, Observer, Signs};
use crate::engine::{Job, Leases, PlanError, Recall, RunInfo, Tools, Would, dry_run};
use crate::jobs;
use crate::jobs::{Handed, Place};
use crate::journal::Beside;
use crate::model::{RunId, Status};
use crate::runtime;

/// Returns the job, built for this look alone.
pub(super) fn job(context: &Context, config: &Config, configured: &config::Job) -> Result<Arc<Job>, Failure> {
    let workshop = runtime::workshop(config, &context.environment, Arc::clone(&context.clock));
    let workshop = workshop.map_err(|error| credentials::failure(config, error))?;
    Ok(workshop.build(config, configured))
}

/// Tells what the rows of a file would do.
pub(super) async fn of_file(
    context: &Context,
    job: &Arc<Job>,
    name: &str,
    file: Arc<File>,
    as_json: bool,
    screen: &mut Screen<'_>,
) -> Result<ExitCode, Failure> {
    // The file is open, and no results are written: neither path is ever used.
    let results = Place::Folder(PathBuf::new());
    let handed = Handed { name: name.to_owned(), path: PathBuf::from(name), is_copy: false, results };
    let input = jobs::kind(job.kind).file_input(handed).unwrap_or_default();
    one(context, job, input, Some(file), as_json, screen).await
}

/// Returns the account with which a run of the job begins.
pub(super) fn input(configured: &config::Job, again: bool) -> Result<String, Failure> {
    jobs::kind(configured.kind()).input(again).ok_or_else(|| {
        Failure::usage(format!("the job {} exports nothing, so there is nothing to do --again", configured.name))
    })
}

/// Tells what the job would do now.
pub(super) async fn of_job(
    context: &Context,
    configured: &config::Job,
    job: &Arc<Job>,
    input: String,
    as_json: bool,
    screen: &mut Screen<'_>,
) -> Result<ExitCode, Failure> {
    let kind = jobs::kind(configured.kind());
    let Some(inbox) = kind.inbox(configured) else {
        if kind.takes_files() {
            return Err(Failure::failed("the job has no inbox, so there is nothing to look at".to_owned()));
        }
        return one(context, job, input, None, as_json, screen).await;
    };
    let unusable = |error: std::io::Error| {
        Failure::failed(format!("the drop folder {} cannot be read: {error}", inbox.path.display()))
    };
    let mut observer = Observer::default();
    let at_once = Inbox { settle: Duration::ZERO, writing_timeout: Duration::ZERO, ..inbox.clone() };
    // Nothing is taken, so it may be looked at as it is.
    let ready = observer.look(&at_once, &Signs::default(), context.clock.now()).map_err(unusable)?.ready;
    let tables: Vec<_> = ready.into_iter().filter(|file| file.kind == Name::Table).collect();
    if tables.is_empty() {
        let nothing = Handed::nothing(Place::Inbox(inbox.path.clone()));
        let input = kind.file_input(nothing).unwrap_or_default();
        return one(context, job, input, None, as_json, screen).await;
    }
    let mut code = ExitCode::Done;
    for file in tables {
        let (path, results) = (inbox.path.join(&file.name), Place::Inbox(inbox.path.clone()));
        let input = kind.file_input(Handed { name: file.name, path, is_copy: false, results }).unwrap_or_default();
        code = code.worse(one(context, job, input, None, as_json, screen).await?);
    }
    Ok(code)
}

/// Tells what one run would do.
async fn one(
    context: &Context,
    job: &Arc<Job>,
    input: String,
    opened: Option<Arc<File>>,
    as_json: bool,
    screen: &mut Screen<'_>,
) -> Result<ExitCode, Failure> {
    let id = RunId::generate();
    let run = RunInfo { key: None, id, job: None, due: None, started: context.clock.now(), retry_of: None, input };
    let stop = tokio_util::sync::CancellationToken::new();
    let tools = Tools {
        recall: Recall::Beside(Arc::new(Beside::later(&context.config()?.state.directory))),
        clock: Arc::clone(&context.clock),
        sending: stop.clone(),
        stop,
        leases: Leases::default(),
        opened,
    };
    let session = job.session(run, tools).await.map_err(|refusal| Failure::failed(refusal.0))?;
    let (mut invalid, mut changing) = (0, 0);
    let is_watched = screen.terminal;
    let mut told = Told { out: BufWriter::new(&mut screen.out), is_watched, as_json, n: 0, failed: None };
    let mut tell = |would: Would| {
        invalid += u32::from(would.would == Status::Invalid);
        changing += u64::from(would.would.is_effect());
        told.one(&would);
    };
    let mut remarks = Vec::new();
    let planned = dry_run(session.as_ref(), &mut tell, &mut remarks).await;
    if let Ok(input) = &planned {
        remarks = jobs::kind(job.kind).remarks(input);
    }
    told.end(&remarks)?;
    for told in remarks {
        writeln!(screen.notes, "roomkeeper: {told}")?;
    }
    match planned {
        Ok(_) => {}
        Err(PlanError::Server(trouble)) => return Err(Failure::failed(trouble.words)),
        Err(PlanError::Refused(refusal)) if invalid > 0 => writeln!(screen.notes, "roomkeeper: {refusal}")?,
        Err(PlanError::Refused(refusal)) => return Err(Failure::failed(refusal.0)),
        Err(PlanError::Journal(error)) => return Err(error.into()),
    }
    let mut code = ExitCode::Done;
    if let Some(most) = job.policy.max_items.filter(|most| changing > *most) {
        writeln!(
            screen.notes,
            "roomkeeper: {changing} items would change, and max_items allows {most}: the run would be refused"
        )?;
        code = ExitCode::Failed;
    }
    if invalid > 0 {
        code = code.worse(ExitCode::Partial);
    }
    Ok(code)
}

/// Tells a dry run's items as they come, however many they are.
struct Told<W: Write> {
    out: BufWriter<W>,
    /// A person sees each item as it comes.
    is_watched: bool,
    as_json: bool,
    n: u64,
    /// The reason why nothing more can be told.
    failed: Option<Failure>,
}

impl<W: Write> Told<W> {
    fn one(&mut self, would: &Would) {
        if self.failed.is_none() {
            let told = if self.as_json { self.for_programs(would) } else { self.for_people(would) };
            let told = told.and_then(|()| if self.is_watched { Ok(self.out.flush()?) } else { Ok(()) });
            self.failed = told.err();
        }
        self.n += 1;
    }

    fn for_programs(&mut self, would: &Would) -> Result<(), Failure> {
        let open = if self.n == 0 { "{\"items\":[" } else { "," };
        let text = serde_json::to_string(&json::WouldItem::of(would))
            .map_err(|error| Failure::failed(format!("the answer cannot be written as JSON: {error}")))?;
        Ok(writeln!(self.out, "{open}\n{text}")?)
    }

    fn for_people(&mut self, would: &Would) -> Result<(), Failure> {
        let line = would.line.map_or(String::new(), |line| format!("line {line}: "));
        let code = would.code.map_or(String::new(), |code| format!(" {code}"));
        writeln!(self.out, "{line}{}{code}  {}", would_words(would.would), would.label)?;
        if let Some(error) = &would.error {
            writeln!(self.out, "    {error}")?;
        }
        for (field, old, new) in &would.changes {
            let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
            writeln!(self.out, "    {field}: {} -> {}", shown(old), shown(new))?;
        }
        Ok(())
    }

    fn end(mut self, remarks: &[String]) -> Result<(), Failure> {
        if let Some(failure) = self.failed {
            return Err(failure);
        }
        if self.as_json {
            let open = if self.n == 0 { "{\"items\":[" } else { "" };
            writeln!(self.out, "{open}],\"remarks\":{}}}", serde_json::json!(remarks))?;
        }
        Ok(self.out.flush()?)
    }
}

fn would_words(status: Status) -> String {
    match status {
        effect if effect.is_effect() => format!("would be {effect}"),
        other => other.as_words().to_owned(),
    }
}
