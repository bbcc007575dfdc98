//! `roomkeeper mail --retry` and `--drop` have a person's decision about waiting mails carried out by the process that holds the
//! lock.

use super::args::Mail;
use super::context::Context;
use super::executor::{Executor, Hearing};
use super::interrupts::Interrupts;
use super::{ExitCode, Failure, mail, reading};
use crate::control::{Command, Event, Results};

pub(super) async fn run(context: &Context, args: &Mail) -> Result<ExitCode, Failure> {
    let command = match &args.drop {
        Some(mail) => Command::DropMail { mail: mail.clone() },
        None if args.retry => Command::RetryMail,
        None => return reading::answer(context, async |screen| mail::tell(context, args, screen).await).await,
    };
    let config = context.config()?;
    let mut interrupts = Interrupts::listen()?;
    let executor = Executor::open(context, &config, "roomkeeper mail").await?;
    let is_far = matches!(executor, Executor::Remote(_));
    let said = async { said(executor.ask(command, None, Results::Kept).await?).await };
    let said = said.await;
    let closed = executor.close(&mut interrupts).await;
    println!("{}", said?);
    closed?;
    if is_far || !args.retry {
        return Ok(ExitCode::Done);
    }
    // This process has tried them.
    reading::answer(context, async |screen| mail::tell(context, args, screen).await).await
}

async fn said(mut hearing: Hearing) -> Result<String, Failure> {
    let mut said = String::new();
    loop {
        match hearing.next().await? {
            Some(Event::Said(words)) => said = words,
            Some(Event::Failed(refusal)) => return Err(refusal.into()),
            Some(Event::Over) => return Ok(said),
            Some(_) => {}
            None => return Err(Failure::new(ExitCode::Held, "the answer broke off")),
        }
    }
}
