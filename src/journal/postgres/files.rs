//! Remembers since when files that were dealt with lie where they were put, by lived time: a clock that leaps makes none old.

use std::collections::HashMap;

use super::Database;
use super::bind::bound;
use super::failure::Failure;
use super::link::Link;
use super::row::Columns;
use crate::clock::Timestamp;
use crate::journal::JournalError;
use crate::model::RunId;

impl Database {
    pub(super) async fn put_away_since(&self, runs: Vec<RunId>) -> Result<Vec<Timestamp>, JournalError> {
        let asked = runs.clone();
        let known = self.questions.ask(async move |link: &Link| put_away_since(link, &asked).await).await?;
        if let Some(all) = known.iter().copied().collect::<Option<Vec<_>>>() {
            return Ok(all);
        }
        let now = self.time().lived;
        let unknown: Vec<_> =
            runs.iter().zip(&known).filter(|(_, known)| known.is_none()).map(|(run, _)| *run).collect();
        self.writer
            .write(async move |link: &Link| {
                link.change(
                    "INSERT INTO put_away (run, since)
                     SELECT DISTINCT ON (asked.run) asked.run, coalesce((SELECT claims.put_away FROM runs
                     JOIN claims ON claims.run = runs.run WHERE runs.id = asked.run), $2)
                     FROM unnest($1::bytea[]) AS asked (run) ON CONFLICT DO NOTHING",
                    bound![ids(&unknown), now.millis()],
                )
                .await?;
                Ok(())
            })
            .await?;
        let known = self.questions.ask(async move |link: &Link| put_away_since(link, &runs).await).await?;
        Ok(known.into_iter().map(|since| since.unwrap_or(now)).collect())
    }
}

async fn put_away_since(link: &Link, runs: &[RunId]) -> Result<Vec<Option<Timestamp>>, Failure> {
    let rows = link.rows("SELECT run, since FROM put_away WHERE run = ANY ($1)", bound![ids(runs)]).await?;
    let mut found = HashMap::with_capacity(rows.len());
    for row in &rows {
        found.insert(row.run_id(0)?, row.time(1)?);
    }
    Ok(runs.iter().map(|run| found.get(run).copied()).collect())
}

fn ids(runs: &[RunId]) -> Vec<&[u8]> {
    runs.iter().map(|run| run.as_bytes().as_slice()).collect()
}
