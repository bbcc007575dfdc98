//! Asks questions that change nothing, and hears the answers: from this process, or from the one that holds the lock where this
//! user may not open the journal. Each command renders its answers itself, so that both read the same.

use std::collections::BTreeMap;
use std::fs::File;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::context::Context;
use super::{ExitCode, Failure};
use crate::control::{
    self, Client, ClientError, Command, Done, Event, EventStream, Query, QueryReply, Source, Sources,
};
use crate::model::RunId;

/// The time that the process at work may take to say which of its runs wait: a list is told without that, too.
const HELLO_TIMEOUT: Duration = Duration::from_millis(300);

/// The events of the process that was asked.
pub(super) enum Hearing {
    /// From the other end of the socket.
    Remote(Box<EventStream>),
    /// From this process.
    Local(mpsc::Receiver<Event>),
}

impl Hearing {
    /// Returns the next event; `None` where no more comes.
    pub(super) async fn next(&mut self) -> Result<Option<Event>, Failure> {
        match self {
            Self::Remote(answer) => Ok(answer.next().await?),
            Self::Local(events) => Ok(events.recv().await),
        }
    }

    /// Returns what became of a decision.
    pub(super) async fn done(mut self) -> Result<Done, Failure> {
        let mut done = None;
        loop {
            match self.next().await?.ok_or_else(broken_off)? {
                Event::Done(told) => done = Some(told),
                Event::Over => return done.ok_or_else(broken_off),
                Event::Failed(refusal) => return Err(refusal.into()),
                _ => {}
            }
        }
    }

    /// Returns the next reply to a question; `None` where all is told.
    pub(super) async fn reply(&mut self) -> Result<Option<QueryReply>, Failure> {
        loop {
            match self.next().await?.ok_or_else(broken_off)? {
                Event::Reply(reply) => return Ok(Some(reply)),
                Event::Over => return Ok(None),
                Event::Failed(refusal) => return Err(refusal.into()),
                _ => {}
            }
        }
    }

    /// Returns the one reply to a question, as `read` reads it.
    pub(super) async fn one<T>(mut self, read: impl Fn(QueryReply) -> Option<T>) -> Result<T, Failure> {
        while let Some(reply) = self.reply().await? {
            if let Some(answer) = read(reply) {
                return Ok(answer);
            }
        }
        Err(broken_off())
    }
}

/// Says that an answer has ended before its end.
pub(super) fn broken_off() -> Failure {
    Failure::new(ExitCode::Held, "the answer broke off")
}

/// Asks about the journal: here, or where this user may not open it, over the socket.
pub(super) async fn ask(context: &Context, query: Query) -> Result<Hearing, Failure> {
    let journal = match &query {
        // There must be one to be checked.
        Query::JournalCheck => context.journal().map(Some),
        _ => context.journal_if_any(),
    };
    let refused = match journal {
        Ok(journal) => {
            let waiting = if query == Query::List { waiting(context).await } else { BTreeMap::new() };
            let (config, clock) = (context.config()?, Arc::clone(&context.clock));
            let sources =
                Sources { config, journal: journal.map(|journal| Source::Beside(Arc::new(journal))), clock, waiting };
            return Ok(Hearing::Local(control::ask(sources, query)));
        }
        Err(failure) if failure.not_permitted => failure,
        Err(failure) => return Err(failure),
    };
    match daemon(context).await? {
        Some(client) => remote(&client, query, None).await,
        None => Err(refused),
    }
}

/// Looks for the process that works with this configuration, for a question that can be answered without. Fails only where that
/// process is another version's.
pub(super) async fn daemon(context: &Context) -> Result<Option<Client>, Failure> {
    let Ok(config) = context.config() else { return Ok(None) };
    match Client::find_of(&context.environment, &context.path, &config.state.directory).await {
        Err(other @ ClientError::OtherVersion { .. }) => Err(other.into()),
        found => Ok(found.ok().flatten()),
    }
}

/// Asks the process at the other end; `file` is the file of a question that takes one.
pub(super) async fn remote(client: &Client, query: Query, file: Option<Arc<File>>) -> Result<Hearing, Failure> {
    Ok(Hearing::Remote(Box::new(client.ask(&Command::Ask(query), file).await?)))
}

/// Returns the runs that wait, as the process that works on them tells; there may be none.
async fn waiting(context: &Context) -> BTreeMap<RunId, String> {
    let Ok(config) = context.config() else { return BTreeMap::new() };
    match Client::find_within(HELLO_TIMEOUT, &context.environment, &config.state.directory).await {
        Ok(Some(client)) => client.hello().waiting.clone(),
        Ok(None) | Err(_) => BTreeMap::new(),
    }
}
