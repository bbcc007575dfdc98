//! Remembers since when files that were dealt with lie where they were put, by lived time: a clock that leaps makes none old.

use rusqlite::{OptionalExtension, params};

use super::read::Reads;
use super::{Database, Reader};
use crate::clock::Timestamp;
use crate::journal::JournalError;
use crate::model::RunId;

impl Database {
    pub(super) async fn put_away_since(&self, runs: Vec<RunId>) -> Result<Vec<Timestamp>, JournalError> {
        let asked = runs.clone();
        let known = self.connections.read(move |reader| reader.put_away_since(&asked)).await?;
        if let Some(all) = known.iter().copied().collect::<Option<Vec<_>>>() {
            return Ok(all);
        }
        let now = self.time().lived;
        let unknown: Vec<_> =
            runs.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(run, _)| *run).collect();
        self.writer
            .write_deferred(move |connection| {
                let mut see = connection.prepare_cached(
                    "INSERT INTO put_away (run, since) VALUES (?1, coalesce((SELECT claims.put_away FROM runs
                     JOIN claims ON claims.run = runs.run WHERE runs.id = ?1), ?2)) ON CONFLICT DO NOTHING",
                )?;
                unknown.iter().try_for_each(|run| see.execute(params![run.as_bytes(), now.millis()]).map(drop))?;
                Ok(())
            })
            .await?;
        let known = self.connections.read(move |reader| reader.put_away_since(&runs)).await?;
        Ok(known.into_iter().map(|since| since.unwrap_or(now)).collect())
    }
}

impl Reader {
    fn put_away_since(&self, runs: &[RunId]) -> Result<Vec<Option<Timestamp>>, JournalError> {
        let mut query = self.connection.prepare_cached("SELECT since FROM put_away WHERE run = ?1")?;
        let each = runs.iter().map(|run| {
            Ok(query.query_row([run.as_bytes()], |row| row.get(0).map(Timestamp::from_millis)).optional()?)
        });
        each.collect()
    }
}
