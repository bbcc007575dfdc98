//! `roomkeeper retry`: runs again what did not succeed in a run.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::args::Retry;
use super::context::Context;
use super::import::{answer, cancel_on_interrupt};
use super::privileges::Acting;
use super::{ExitCode, Failure, json, progress, run_output};
use crate::config;
use crate::engine::{Begin, Job, OnTrouble, Worked};
use crate::host::{self, Host, Oversight};
use crate::jobs::schedule_meetings::{Input, copy_rows};
use crate::jobs::{self, Workshop};
use crate::journal::RunView;
use crate::model::{JobKind, Outcome, RunId, Trigger};

pub(super) async fn run(context: &Context, args: &Retry) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let _acting = Acting::as_owner_of(&config.state.directory)?;
    let (_, view) = super::show::find(context, &args.run)?;
    let host = Host::open(
        Arc::clone(&config),
        &context.environment,
        Arc::clone(&context.clock),
        "roomkeeper retry",
        OnTrouble::GiveUp,
    )
    .await?;
    if host.job(&view.job).is_none()
        && let Some(job) = config::import_job(&config).filter(|job| job.name == view.job)
    {
        let client = host::client(&config, &context.environment, Arc::clone(&context.clock))?;
        host.add(Workshop::new(client).build(&config, &job));
    }
    let ended = retry(&host, &view, args.json).await;
    if tokio::time::timeout(Duration::from_secs(20), host.deliver_due()).await.is_err() {
        eprintln!("roomkeeper: the mail server does not answer; the mail waits in the outbox");
    }
    host.close().await;
    ended
}

async fn retry(host: &Host, view: &RunView, as_json: bool) -> Result<ExitCode, Failure> {
    let job = host
        .job(&view.job)
        .ok_or_else(|| Failure::usage(format!("the job {} of this run is not configured any more", view.job)))?;
    let wish = watch::Sender::new(None);
    let _listening = AbortOnDropHandle::new(tokio::spawn(cancel_on_interrupt(wish.clone(), host.stop().clone())));
    host.put_files_away().await?;
    host.resume(&job, &Oversight { wish: wish.clone(), ..Oversight::default() }).await?;

    // What was under way when it was asked for may have ended by now.
    let key = view.key;
    let view = host.journal().read(move |reader| reader.run_by_key(key)).await?;
    let id = RunId::generate();
    let (name, input) = input_of(host, &job, &view, id).await?;
    let begin = Begin { trigger: Trigger::Retry, due: None, input, claim: None, retry_of: Some(view.id) };
    let oversight = Oversight { wish, ..Oversight::default() };
    let follower = tokio::spawn(progress::follow(name.clone(), oversight.progress.subscribe(), as_json));
    let worked = host.run(&job, id, begin, &oversight).await;
    drop(oversight);
    let _ = follower.await;
    match worked? {
        Worked::Ended(report) => {
            if as_json {
                json::print(&answer(&report));
            } else {
                run_output::print(&name, &report);
            }
            Ok(run_output::exit_code(report.run.outcome))
        }
        Worked::Suspended => {
            eprintln!("roomkeeper: interrupted; the next start goes on with it");
            Ok(ExitCode::Partial)
        }
    }
}

/// What a run works on that repeats another, and its name for people. The rows of a file are written anew from the journal;
/// the other kinds find out for themselves what did not succeed.
async fn input_of(host: &Host, job: &Arc<dyn Job>, view: &RunView, id: RunId) -> Result<(String, String), Failure> {
    if job.kind() != JobKind::ScheduleMeetings {
        return Ok((job.name().to_string(), jobs::repeated(job.kind(), &view.input)));
    }
    let input = Input::read(&view.input)
        .map_err(|error| Failure::failed(format!("what the run worked on cannot be read from the journal: {error}")))?;
    if view.outcome == Some(Outcome::Failed) && view.counts.total() == 0 {
        let why = view.error.as_deref().unwrap_or("no row was taken up");
        return Err(Failure::usage(format!(
            "the run has no rows to try again: its file was refused whole ({why}). Correct {} and import it",
            input.name
        )));
    }
    let (key, earlier) = (view.key, input.clone());
    let copies = host.config().state.directory.join("incoming");
    let copy = host
        .journal()
        .read(move |reader| Ok(copy_rows(reader, key, &earlier, &copies, id)))
        .await?
        .map_err(|error| Failure::failed(error.to_string()))?;
    let input = Input::new(&input.name, copy, true, input.results);
    Ok((input.name.clone(), input.write()))
}
