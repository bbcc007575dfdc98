//! Answers commands that only read for a user who may not open the journal: the process that holds its lock answers them, with
//! the same words.

use std::fs::File;
use std::io::IsTerminal;
use std::sync::Arc;

use super::context::Context;
use super::screen::{self, Screen};
use super::{ExitCode, Failure};
use crate::control::{Client, Command, Event, Terminal};

/// Answers here, or has it answered there.
pub(super) async fn answer(
    context: &Context,
    tell: impl AsyncFnOnce(&mut Screen<'_>) -> Result<ExitCode, Failure>,
) -> Result<ExitCode, Failure> {
    let refused = match tell(&mut screen::Here::new().screen()).await {
        Err(failure) if failure.not_permitted => failure,
        told => return told,
    };
    let config = context.config()?;
    let Some(client) =
        Client::find_of(&context.environment, &context.path, &config.state.directory).await.ok().flatten()
    else {
        return Err(refused);
    };
    let words = std::env::args().skip(1).collect();
    let paper = Terminal { terminal: std::io::stdout().is_terminal() };
    ask(&client, &Command::Tell { words, paper }, None).await
}

/// Asks for an answer in words, and passes it on; tells the exit code that it comes with.
pub(super) async fn ask(client: &Client, command: &Command, file: Option<Arc<File>>) -> Result<ExitCode, Failure> {
    let mut answer = client.ask(command, file).await?;
    let mut here = screen::Here::new();
    let screen = here.screen();
    loop {
        let broken_off = || Failure::new(ExitCode::Held, "the answer broke off");
        match answer.next().await?.ok_or_else(broken_off)? {
            Event::Out(text) => screen.out.write_all(text.as_bytes())?,
            Event::Note(text) => screen.notes.write_all(text.as_bytes())?,
            Event::Told { code } => return Ok(ExitCode::of(code)),
            Event::Failed(refusal) => return Err(refusal.into()),
            _ => {}
        }
    }
}
