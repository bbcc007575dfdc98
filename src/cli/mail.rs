//! `roomkeeper mail` shows the mails that wait or were given up, and why. With `--retry` and `--drop`, the process that holds the
//! lock carries out a person's decision about them.

use std::io::Write;

use super::args::Mail;
use super::context::Context;
use super::executor::Executor;
use super::interrupts::Interrupts;
use super::output::Output;
use super::{ExitCode, Failure, answer, words};
use crate::control::{Command, MailTold, Mails, Query, QueryReply, Results};
use crate::model::line::shown;

/// So much of a name's end is shown.
const SHORT: usize = 8;

pub(super) async fn run(context: &Context, args: &Mail) -> Result<ExitCode, Failure> {
    let command = match &args.drop {
        Some(mail) => Command::DropMail { mail: mail.clone() },
        None if args.retry => Command::RetryMail,
        None => return tell(context, args).await,
    };
    let config = context.config()?;
    let mut interrupts = Interrupts::listen()?;
    let executor = Executor::open(context, &config, "roomkeeper mail").await?;
    let is_far = matches!(executor, Executor::Remote(_));
    let done = async { executor.ask(command, None, Results::Kept).await?.done().await };
    let done = done.await;
    let closed = executor.close(&mut interrupts).await;
    println!("{}", words::done(&done?));
    closed?;
    if is_far || !args.retry {
        return Ok(ExitCode::Done);
    }
    // This process has tried them.
    tell(context, args).await
}

async fn tell(context: &Context, args: &Mail) -> Result<ExitCode, Failure> {
    let mails = answer::ask(context, Query::Mail).await?;
    let mails = mails.one(|reply| if let QueryReply::Mail(mails) = reply { Some(mails) } else { None }).await?;
    if args.json {
        Output::new().json(&mails.mails)?;
    } else {
        for_people(&mails)?;
    }
    Ok(ExitCode::Done)
}

fn for_people(told: &Mails) -> Result<(), Failure> {
    let mut out = Output::new();
    for why in &told.server {
        writeln!(out, "the mail server takes no mail: {}\n", shown(why))?;
    }
    if told.mails.is_empty() {
        writeln!(out, "no mail waits")?;
    }
    for MailTold { mail, state, to, subject, since, attempts, why, .. } in &told.mails {
        let since = told.timezone.civil(*since).format("%Y-%m-%d %H:%M");
        let tried = words::many(u64::from(*attempts), "attempt", "attempts");
        // The end of its name tells mails apart, and is all that one who drops it need type.
        let short = &mail[mail.len().saturating_sub(SHORT)..];
        writeln!(out, "{short}  {state}  since {since}, {tried}")?;
        writeln!(out, "    {}", shown(subject))?;
        writeln!(out, "    to {}", shown(&to.join(", ")))?;
        if let Some(why) = why {
            writeln!(out, "    {}", shown(why))?;
        }
    }
    if told.more {
        writeln!(out, "there may be more; these entered first")?;
    }
    Ok(())
}
