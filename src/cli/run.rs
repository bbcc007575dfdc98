//! `roomkeeper run`: runs a job now, whatever its schedule says, and waits for it.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::args::Run;
use super::context::Context;
use super::import::{answer, cancel_on_interrupt};
use super::privileges::Acting;
use super::{ExitCode, Failure, dry_run, json, pause, progress, run_output};
use crate::engine::{OnTrouble, Worked};
use crate::host::{Host, Occasion, Opened, Oversight};
use crate::jobs;
use crate::model::{JobName, Trigger};

/// How long mails about the runs are waited for at the end.
const MAIL_TIME: Duration = Duration::from_secs(20);

pub(super) async fn run(context: &Context, args: &Run) -> Result<ExitCode, Failure> {
    let config = context.config()?;
    let configured = pause::configured(&config, &args.job)?;
    let _acting = Acting::as_owner_of(&config.state.directory)?;
    let nothing_to_repeat =
        || Failure::usage(format!("the job {} exports nothing, so there is nothing to export again", args.job));
    let input = if args.again { jobs::anew(configured.kind()).ok_or_else(nothing_to_repeat)? } else { String::new() };
    if args.dry_run {
        return dry_run::of_job(context, &config, configured, input, args.json).await;
    }
    let (environment, clock) = (&context.environment, Arc::clone(&context.clock));
    let host = Host::open(Arc::clone(&config), environment, clock, "roomkeeper run", OnTrouble::GiveUp).await?;
    let ended = run_here(&host, &args.job, input, args.json).await;
    if tokio::time::timeout(MAIL_TIME, host.deliver_due()).await.is_err() {
        eprintln!("roomkeeper: the mail server does not answer; the mail waits in the outbox");
    }
    host.close().await;
    ended
}

/// Works on all that the job has to do now.
async fn run_here(host: &Host, name: &JobName, input: String, as_json: bool) -> Result<ExitCode, Failure> {
    let wish = watch::Sender::new(None);
    let _listening = AbortOnDropHandle::new(tokio::spawn(cancel_on_interrupt(wish.clone(), host.stop().clone())));
    host.put_files_away().await?;
    if let Some(job) = host.job(name) {
        host.resume(&job, &Oversight { wish: wish.clone(), ..Oversight::default() }).await?;
    }
    let occasion = Occasion { trigger: Trigger::Manual, due: None, input };
    let mut work = match host.open_work(name, occasion).await? {
        Opened::Work(work) => work,
        Opened::Refused(why) => return Err(Failure::failed(why)),
        Opened::Stopping => return Ok(ExitCode::Partial),
    };
    let (mut code, mut reports) = (ExitCode::Done, Vec::new());
    while let Some(run) = work.next(host).await {
        let oversight = Oversight { wish: wish.clone(), ..Oversight::default() };
        let follower = tokio::spawn(progress::follow(name.to_string(), oversight.progress.subscribe(), as_json));
        let worked = host.carry_out(work.job(), run, &oversight).await;
        drop(oversight);
        // The follower ends by itself once the run's progress is gone, and clears its bar.
        let _ = follower.await;
        match worked? {
            Some(Worked::Ended(report)) => {
                code = code.worse(run_output::exit_code(report.run.outcome));
                if !as_json {
                    run_output::print(name.as_str(), &report);
                }
                reports.push(report);
            }
            Some(Worked::Suspended) => {
                eprintln!("roomkeeper: interrupted; the next start goes on with it");
                code = code.worse(ExitCode::Partial);
            }
            None => {}
        }
        if wish.borrow().is_some() {
            break;
        }
    }
    if as_json {
        match reports.as_slice() {
            [one] => json::print(&answer(one)),
            several => json::print(&several.iter().map(|report| answer(report)).collect::<Vec<_>>()),
        }
    }
    Ok(code)
}
