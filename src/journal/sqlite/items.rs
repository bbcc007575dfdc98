//! Writes items: plans, intents, and what became of them. It refuses every step that the item's life does not allow.

use std::sync::Arc;

use rusqlite::Connection;

use super::Database;
use super::recording::Recording;
use super::runs::expect_planning;
use super::statements::{Inserting, Intending};
use crate::failpoint;
use crate::journal::cells::PlannedCells;
use crate::journal::{JobKey, JournalError, NewIntents, NewItem, RunKey, Step};
use crate::model::{Event, Life, Limits};

impl Database {
    pub(super) async fn plan(&self, job: JobKey, run: RunKey, mut items: Vec<NewItem>) -> Result<(), JournalError> {
        // Packed here: the thread that writes has enough to do.
        let cells = PlannedCells::take(&mut items);
        self.writer
            .write_deferred(move |connection| {
                expect_planning(connection, run)?;
                Inserting::prepare(connection, job, run)?.insert_all(&items, &cells)
            })
            .await
    }

    pub(super) async fn intend(&self, new: NewIntents) -> Result<Vec<Life>, JournalError> {
        let NewIntents { run, intents, limits, now } = new;
        let lives = intents.iter().map(|intent| Ok(intent.life.step(Event::Intent, limits)?)).collect();
        let write =
            move |connection: &Connection| Intending::prepare(connection, run, limits, now)?.intend_all(&intents);
        if failpoint::is_on("intent.unawaited") {
            let writer = self.writer.clone();
            tokio::spawn(async move {
                tokio::time::sleep(std::time::Duration::from_millis(50)).await;
                writer.write(write).await
            });
            return lives;
        }
        self.writer.write(write).await
    }

    pub(super) async fn record(&self, run: RunKey, steps: Arc<[Step]>, limits: Limits) -> Result<(), JournalError> {
        self.writer
            .write(move |connection| {
                let mut recording = Recording::prepare(connection, run, limits)?;
                recording.record_all(&steps)
            })
            .await
    }
}
