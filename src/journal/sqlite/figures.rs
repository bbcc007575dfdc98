//! Reads the figures of each job. Triggers of the schema count them in the transaction that ends a run or skips a due time, so that
//! none is counted twice or left out, and forgetting a run takes nothing away.

use super::Reader;
use crate::journal::{Figures, JournalError};
use crate::model::JobName;

impl Reader {
    /// The figures of every job that is known.
    pub(in crate::journal::sqlite) fn figures(&self) -> Result<Vec<Figures>, JournalError> {
        let mut query = self.connection.prepare_cached(
            "SELECT jobs.name, figures.figure, figures.label, figures.n FROM jobs LEFT JOIN figures USING (job) ORDER BY jobs.job",
        )?;
        let mut rows = query.query([])?;
        let mut all: Vec<Figures> = Vec::new();
        while let Some(row) = rows.next()? {
            let name: String = row.get(0)?;
            let name: JobName =
                name.parse().map_err(|_| JournalError::damaged(format!("`{name}` is no name of a job")))?;
            if all.last().is_none_or(|last| last.job != name) {
                all.push(Figures::none(name));
            }
            let (Some(figures), Some(figure)) = (all.last_mut(), row.get::<_, Option<String>>(1)?) else { continue };
            figures.take(&figure, &row.get::<_, String>(2)?, row.get(3)?);
        }
        Ok(all)
    }
}

/// The step of the schema that makes the indexes of pages and the table of figures, counts what there is, and counts from then on. A run
/// is counted by how long it took in the parts of [`crate::journal::RUN_SECONDS`], by number. Never edit it once it was released.
pub(super) const V14: &str = "
CREATE INDEX runs_told ON runs (job, started);
CREATE INDEX runs_told_by ON runs (job, outcome, started);
CREATE INDEX runs_left ON runs (run)
    WHERE outcome IN ('failed', 'partial') AND made_good IS NULL AND pruning = 0;
CREATE INDEX runs_left_of ON runs (job, started)
    WHERE outcome IN ('failed', 'partial') AND made_good IS NULL AND pruning = 0;
CREATE INDEX items_over ON items (run, state, item) WHERE state >= 10;

CREATE TABLE figures (
    job    INTEGER NOT NULL REFERENCES jobs,
    figure TEXT NOT NULL,
    label  TEXT NOT NULL,
    n      INTEGER NOT NULL,
    PRIMARY KEY (job, figure, label)
) STRICT, WITHOUT ROWID;
INSERT INTO figures SELECT job, 'runs', outcome, count(*) FROM runs WHERE outcome IS NOT NULL GROUP BY job, outcome;
INSERT INTO figures SELECT runs.job, 'items', told.key, sum(told.value) FROM runs, json_each(runs.counts) AS told
    WHERE runs.outcome IS NOT NULL AND runs.counts IS NOT NULL GROUP BY runs.job, told.key;
INSERT INTO figures SELECT job, 'skips', reason, count(*) FROM skips GROUP BY job, reason;
INSERT INTO figures SELECT runs.job, 'took',
        CASE WHEN max(runs.ended - runs.started, 0) <= 1000 THEN '0' WHEN max(runs.ended - runs.started, 0) <= 5000
        THEN '1' WHEN max(runs.ended - runs.started, 0) <= 15000 THEN '2' WHEN max(runs.ended - runs.started, 0) <=
        60000 THEN '3' WHEN max(runs.ended - runs.started, 0) <= 300000 THEN '4' WHEN max(runs.ended - runs.started,
        0) <= 900000 THEN '5' WHEN max(runs.ended - runs.started, 0) <= 1800000 THEN '6' WHEN max(runs.ended -
        runs.started, 0) <= 3600000 THEN '7' WHEN max(runs.ended - runs.started, 0) <= 10800000 THEN '8' WHEN
        max(runs.ended - runs.started, 0) <= 21600000 THEN '9' ELSE '10' END AS part, count(*)
    FROM runs WHERE outcome IS NOT NULL GROUP BY runs.job, part;
INSERT INTO figures SELECT job, 'took_millis', '', sum(max(runs.ended - runs.started, 0))
    FROM runs WHERE outcome IS NOT NULL GROUP BY job;
INSERT INTO figures SELECT job, 'last_run', '', ended FROM runs
    WHERE run IN (SELECT max(run) FROM runs WHERE outcome IS NOT NULL GROUP BY job);
INSERT INTO figures SELECT job, 'last_millis', '', max(runs.ended - runs.started, 0) FROM runs
    WHERE run IN (SELECT max(run) FROM runs WHERE outcome IS NOT NULL GROUP BY job);
INSERT INTO figures SELECT job, 'last_success', '', ended FROM runs
    WHERE run IN (SELECT max(run) FROM runs WHERE outcome = 'succeeded' GROUP BY job);

CREATE TRIGGER runs_counted AFTER UPDATE OF outcome ON runs WHEN OLD.outcome IS NULL AND NEW.outcome IS NOT NULL
BEGIN
    INSERT INTO figures VALUES (NEW.job, 'runs', NEW.outcome, 1)
        ON CONFLICT (job, figure, label) DO UPDATE SET n = n + excluded.n;
    INSERT INTO figures SELECT NEW.job, 'items', key, value FROM json_each(coalesce(NEW.counts, '{}')) WHERE true
        ON CONFLICT (job, figure, label) DO UPDATE SET n = n + excluded.n;
    INSERT INTO figures VALUES (NEW.job, 'took',
        CASE WHEN max(NEW.ended - NEW.started, 0) <= 1000 THEN '0' WHEN max(NEW.ended - NEW.started, 0) <= 5000 THEN
        '1' WHEN max(NEW.ended - NEW.started, 0) <= 15000 THEN '2' WHEN max(NEW.ended - NEW.started, 0) <= 60000 THEN
        '3' WHEN max(NEW.ended - NEW.started, 0) <= 300000 THEN '4' WHEN max(NEW.ended - NEW.started, 0) <= 900000
        THEN '5' WHEN max(NEW.ended - NEW.started, 0) <= 1800000 THEN '6' WHEN max(NEW.ended - NEW.started, 0) <=
        3600000 THEN '7' WHEN max(NEW.ended - NEW.started, 0) <= 10800000 THEN '8' WHEN max(NEW.ended - NEW.started,
        0) <= 21600000 THEN '9' ELSE '10' END, 1)
        ON CONFLICT (job, figure, label) DO UPDATE SET n = n + excluded.n;
    INSERT INTO figures VALUES (NEW.job, 'took_millis', '', max(NEW.ended - NEW.started, 0))
        ON CONFLICT (job, figure, label) DO UPDATE SET n = n + excluded.n;
    INSERT INTO figures VALUES (NEW.job, 'last_run', '', NEW.ended)
        ON CONFLICT (job, figure, label) DO UPDATE SET n = excluded.n;
    INSERT INTO figures VALUES (NEW.job, 'last_millis', '', max(NEW.ended - NEW.started, 0))
        ON CONFLICT (job, figure, label) DO UPDATE SET n = excluded.n;
    INSERT INTO figures SELECT NEW.job, 'last_success', '', NEW.ended WHERE NEW.outcome = 'succeeded'
        ON CONFLICT (job, figure, label) DO UPDATE SET n = excluded.n;
END;
CREATE TRIGGER skips_counted AFTER INSERT ON skips
BEGIN
    INSERT INTO figures VALUES (NEW.job, 'skips', NEW.reason, 1)
        ON CONFLICT (job, figure, label) DO UPDATE SET n = n + excluded.n;
END;
";
