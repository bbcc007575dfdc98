//! `--dry-run`: what each row, room or meeting would do, as the daemon knows it if one runs: it has the secrets.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::sync::Arc;

use serde::Serialize;

use super::answer::{self, Hearing};
use super::context::{Acting, Context};
use super::output::{Output, json_line};
use super::{ExitCode, Failure, credentials, words};
use crate::control::{self, Client, Preview, Previewed, Query, QueryReply};
use crate::engine::Would;
use crate::model::{Code, JobName, Status};
use crate::{config, runtime};

/// The process that looks at what a job would do.
pub(super) enum Previewer {
    /// The daemon.
    Remote(Client),
    /// This one, with a job built for this look alone.
    Local(Arc<Preview>),
}

impl Previewer {
    /// Finds it.
    pub(super) async fn open(context: &Context, configured: &config::Job) -> Result<Self, Failure> {
        if let Some(client) = answer::daemon(context).await? {
            return Ok(Self::Remote(client));
        }
        let config = context.config()?;
        let _acting = Acting::as_owner_of(&config.state.directory)?;
        let workshop = runtime::workshop(&config, &context.environment, Arc::clone(&context.clock));
        let workshop = workshop.map_err(|error| credentials::failure(&context.path, &config, error))?;
        Ok(Self::Local(Arc::new(Preview {
            job: workshop.build(&config, configured),
            configured: configured.clone(),
            workspace: runtime::workspace(&config, &context.environment)?,
            clock: Arc::clone(&context.clock),
        })))
    }

    /// Tells what the job would do now.
    pub(super) async fn of_job(&self, job: &JobName, again: bool, as_json: bool) -> Result<ExitCode, Failure> {
        let hearing = match self {
            Self::Remote(client) => answer::remote(client, Query::Preview { job: job.clone(), again }, None).await?,
            Self::Local(preview) => Hearing::Local(control::ask_preview(Arc::clone(preview), again, None)),
        };
        tell(hearing, as_json).await
    }

    /// Tells what the rows of a file would do.
    pub(super) async fn of_file(
        &self,
        job: Option<&JobName>,
        name: &str,
        file: &Arc<File>,
        as_json: bool,
    ) -> Result<ExitCode, Failure> {
        let (name, file) = (name.to_owned(), Arc::clone(file));
        let hearing = match self {
            Self::Remote(client) => {
                answer::remote(client, Query::PreviewImport { job: job.cloned(), name }, Some(file)).await?
            }
            Self::Local(preview) => {
                Hearing::Local(control::ask_preview(Arc::clone(preview), false, Some((name, file))))
            }
        };
        tell(hearing, as_json).await
    }
}

/// Tells the effects of each run in turn.
async fn tell(mut hearing: Hearing, as_json: bool) -> Result<ExitCode, Failure> {
    let mut code = ExitCode::Done;
    let (mut invalid, mut changing) = (0, 0);
    let begin = || DryRunPrinter { out: BufWriter::new(Output::new()), as_json, is_seen: Output::is_terminal(), n: 0 };
    let mut told = begin();
    while let Some(reply) = hearing.reply().await? {
        match reply {
            QueryReply::Effects(effects) => {
                invalid += effects.iter().filter(|would| would.would == Status::Invalid).count();
                changing += effects.iter().filter(|would| would.would.is_effect()).count() as u64;
                told.all(&effects)?;
            }
            QueryReply::Previewed(previewed) => {
                std::mem::replace(&mut told, begin()).end(&previewed)?;
                code = code.worse(end(previewed, invalid > 0, changing)?);
                (invalid, changing) = (0, 0);
            }
            _ => {}
        }
    }
    Ok(code)
}

/// Says what else there is to say of a run.
fn end(previewed: Previewed, some_invalid: bool, changing: u64) -> Result<ExitCode, Failure> {
    let Previewed { remarks, refused, failed, max_items, expected } = previewed;
    for remark in remarks {
        eprintln!("roomkeeper: {remark}");
    }
    if let Some(expected) = expected {
        eprintln!("roomkeeper: a run would send {}", expected.in_words());
    }
    if let Some(failed) = failed {
        return Err(failed.into());
    }
    match refused {
        Some(refused) if some_invalid => eprintln!("roomkeeper: {refused}"),
        Some(refused) => return Err(Failure::failed(refused)),
        None => {}
    }
    let mut code = ExitCode::Done;
    if let Some(most) = max_items.filter(|most| changing > *most) {
        eprintln!("roomkeeper: {changing} items would change, and max_items allows {most}: the run would be refused");
        code = ExitCode::Failed;
    }
    Ok(if some_invalid { code.worse(ExitCode::Partial) } else { code })
}

/// Tells a dry run's items as they come, however many they are.
struct DryRunPrinter {
    out: BufWriter<Output>,
    as_json: bool,
    /// It is told to a terminal.
    is_seen: bool,
    n: u64,
}

impl DryRunPrinter {
    fn all(&mut self, effects: &[Would]) -> Result<(), Failure> {
        for would in effects {
            if self.as_json {
                self.for_programs(would)?;
            } else {
                self.for_people(would)?;
            }
            if self.is_seen {
                // A person sees each as it comes.
                self.out.flush()?;
            }
            self.n += 1;
        }
        Ok(())
    }

    fn for_programs(&mut self, would: &Would) -> Result<(), Failure> {
        let open = if self.n == 0 { "{\"items\":[" } else { "," };
        let text = json_line(&Effect::of(would))?;
        Ok(writeln!(self.out, "{open}\n{text}")?)
    }

    fn for_people(&mut self, would: &Would) -> Result<(), Failure> {
        // Piece by piece, since a file may have many rows.
        if let Some(line) = would.line {
            self.write(&["line ", &line.to_string(), ": "])?;
        }
        self.write(&would_words(would.would))?;
        if let Some(code) = would.code {
            write!(self.out, " {code}")?;
        }
        self.write(&["  ", &would.label, "\n"])?;
        if let Some(error) = &would.error {
            writeln!(self.out, "    {error}")?;
        }
        for (field, old, new) in &would.changes {
            let shown = |value: &Option<String>| value.clone().unwrap_or_else(|| "nothing".to_owned());
            writeln!(self.out, "    {field}: {} -> {}", shown(old), shown(new))?;
        }
        Ok(())
    }

    fn write(&mut self, pieces: &[&str]) -> Result<(), Failure> {
        pieces.iter().try_for_each(|piece| self.out.write_all(piece.as_bytes())).map_err(Failure::from)
    }

    fn end(mut self, previewed: &Previewed) -> Result<(), Failure> {
        if self.as_json {
            let open = if self.n == 0 { "{\"items\":[" } else { "" };
            let (remarks, requests) =
                (serde_json::json!(previewed.remarks), words::requests(previewed.expected.as_ref()));
            writeln!(self.out, "{open}],\"remarks\":{remarks},\"requests\":{requests}}}")?;
        }
        Ok(self.out.flush()?)
    }
}

fn would_words(status: Status) -> [&'static str; 2] {
    match status {
        effect if effect.is_effect() => ["would be ", effect.as_str()],
        other => ["", other.as_words()],
    }
}

/// The effect that an item would have, as in a dry run.
#[derive(Debug, Serialize)]
struct Effect<'a> {
    item: u32,
    line: Option<u32>,
    label: &'a str,
    would: Status,
    code: Option<Code>,
    error: Option<&'a str>,
    changes: serde_json::Map<String, serde_json::Value>,
}

impl<'a> Effect<'a> {
    fn of(would: &'a Would) -> Self {
        let changes =
            would.changes.iter().map(|(field, old, new)| (field.clone(), serde_json::json!([old, new]))).collect();
        Self {
            item: would.item.0,
            line: would.line,
            label: &would.label,
            would: would.would,
            code: would.code,
            error: would.error.as_deref(),
            changes,
        }
    }
}
