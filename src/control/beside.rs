//! Answers questions in a process that does not hold the lock, beside the one that does: the same events, without a socket.

use std::fs::File;
use std::sync::Arc;

use tokio::sync::mpsc;

use super::events;
use super::message::Event;
use super::query::{self, Preview, Query, Sources};

/// Begins to answer a question about the journal.
#[must_use]
pub fn ask(sources: Sources, query: Query) -> mpsc::Receiver<Event> {
    events::spawn(move |events| async move { query::answer(&sources, query, &events.replies()).await })
}

/// Begins to tell what the job would do now, or with this file, by the name that people know.
#[must_use]
pub fn ask_preview(preview: Arc<Preview>, again: bool, file: Option<(String, Arc<File>)>) -> mpsc::Receiver<Event> {
    events::spawn(move |events| async move {
        match file {
            Some((name, file)) => preview.of_file(&name, file, &events.replies()).await,
            None => preview.of_job(again, &events.replies()).await,
        }
    })
}
