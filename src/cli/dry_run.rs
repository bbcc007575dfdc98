//! `--dry-run`: what each row, room or meeting would do. Reads the server, and writes nothing anywhere.

use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use super::context::Context;
use super::import::Asked;
use super::{ExitCode, Failure, json};
use crate::config::{self, Config};
use crate::engine::inbox::{Name, Observer};
use crate::engine::{Leases, PlanError, Recall, RunInfo, Tools, Would, dry_run};
use crate::host;
use crate::jobs::schedule_meetings::{Input, Place};
use crate::jobs::{self, Workshop};
use crate::model::{JobKind, RunId, Status};

/// What the rows of these files would do.
pub(super) async fn of_files(
    context: &Context,
    config: &Arc<Config>,
    configured: &config::Job,
    asked: &[Asked],
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let mut code = ExitCode::Done;
    for asked in asked {
        let input = Input::new(&asked.name, asked.path.clone(), false, Place::Folder(asked.output.clone()));
        let opened = Some(Arc::clone(&asked.file));
        code = code.worse(one(context, config, configured, input.write(), opened, as_json).await?);
    }
    Ok(code)
}

/// What the job would do now.
pub(super) async fn of_job(
    context: &Context,
    config: &Arc<Config>,
    configured: &config::Job,
    input: String,
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let Some(inbox) = jobs::inbox(configured) else {
        if configured.kind() == JobKind::ScheduleMeetings {
            return Err(Failure::failed("the job has no inbox, so there is nothing to look at".to_owned()));
        }
        return one(context, config, configured, input, None, as_json).await;
    };
    let unusable = |error: std::io::Error| {
        Failure::failed(format!("the drop folder {} cannot be read: {error}", inbox.path.display()))
    };
    let mut observer = Observer::default();
    // Nothing is taken, so it may be looked at as it is.
    let ready = observer.look(&inbox.path, Duration::ZERO, &[]).map_err(unusable)?;
    let tables: Vec<_> = ready.into_iter().filter(|file| file.kind == Name::Table).collect();
    if tables.is_empty() {
        let input = Input::nothing(Place::Inbox(inbox.path.clone())).write();
        return one(context, config, configured, input, None, as_json).await;
    }
    let mut code = ExitCode::Done;
    for file in tables {
        let input = Input::new(&file.name, inbox.path.join(&file.name), false, Place::Inbox(inbox.path.clone()));
        code = code.worse(one(context, config, configured, input.write(), None, as_json).await?);
    }
    Ok(code)
}

/// What one run would do.
async fn one(
    context: &Context,
    config: &Arc<Config>,
    configured: &config::Job,
    input: String,
    opened: Option<Arc<File>>,
    as_json: bool,
) -> Result<ExitCode, Failure> {
    let client = host::client(config, &context.environment, Arc::clone(&context.clock))?;
    let job = Workshop::new(client).build(config, configured);
    let id = RunId::generate();
    let run = RunInfo { key: None, id, due: None, started: context.clock.now(), retry_of: None, input };
    let stop = tokio_util::sync::CancellationToken::new();
    let tools = Tools {
        recall: Recall::Directory(config.state.directory.clone()),
        clock: Arc::clone(&context.clock),
        sending: stop.clone(),
        stop,
        leases: Leases::default(),
        opened,
    };
    let session = job.session(run, tools).await.map_err(|refusal| Failure::failed(refusal.0))?;
    let (mut invalid, mut changing) = (0, 0);
    let mut told = Told { as_json, n: 0 };
    let mut tell = |would: Would| {
        invalid += u32::from(would.would == Status::Invalid);
        changing += u64::from(would.would.is_effect());
        told.one(&would);
    };
    let planned = dry_run(session.as_ref(), &mut tell).await;
    told.end();
    match planned {
        Ok(()) => {}
        Err(PlanError::Server(trouble)) => return Err(Failure::failed(trouble.words)),
        Err(PlanError::Refused(refusal)) if invalid > 0 => eprintln!("roomkeeper: {refusal}"),
        Err(PlanError::Refused(refusal)) => return Err(Failure::failed(refusal.0)),
        Err(PlanError::Journal(error)) => return Err(error.into()),
    }
    let mut code = ExitCode::Done;
    if let Some(most) = job.policy().max_items.filter(|most| changing > *most) {
        eprintln!("roomkeeper: {changing} items would change, and max_items allows {most}: the run would be refused");
        code = ExitCode::Failed;
    }
    if invalid > 0 {
        code = code.worse(ExitCode::Partial);
    }
    Ok(code)
}

/// Tells a dry run's items as they come, however many they are.
struct Told {
    as_json: bool,
    n: u64,
}

impl Told {
    fn one(&mut self, would: &Would) {
        if self.as_json {
            let open = if self.n == 0 { "{\"items\":[" } else { "," };
            match serde_json::to_string(&json::WouldItem::of(would)) {
                Ok(text) => println!("{open}\n{text}"),
                Err(error) => eprintln!("roomkeeper: {error}"),
            }
        } else {
            let line = would.line.map_or(String::new(), |line| format!("line {line}: "));
            let code = would.code.map_or(String::new(), |code| format!(" {code}"));
            println!("{line}{}{code}  {}", would_words(would.would), would.label);
            if let Some(error) = &would.error {
                println!("    {error}");
            }
            for (field, old, new) in &would.changes {
                let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
                println!("    {field}: {} -> {}", shown(old), shown(new));
            }
        }
        self.n += 1;
    }

    fn end(&self) {
        if self.as_json {
            println!("{}", if self.n == 0 { "{\"items\":[]}" } else { "]}" });
        }
    }
}

fn would_words(status: Status) -> String {
    match status {
        effect if effect.is_effect() => format!("would be {effect}"),
        other => other.as_words().to_owned(),
    }
}
