//! Measures the time that SQLite alone takes to keep the same rows: our own schema and the same statements, with nothing around
//! them. An import cannot cost less than this and the requests together, for a row that is not in the journal is not accounted for.

use std::path::Path;
use std::time::Duration;

use rusqlite::types::Value;
use rusqlite::{Connection, Statement, params_from_iter};

use crate::office::own_time;

/// Rows in a transaction: of a plan, and of a window.
const PLANNED: usize = 2000;
const WINDOW: usize = 256;

type Row = Vec<Value>;

/// The processor's time for the rows of an import that a journal holds.
pub fn bare_journal(journal: &Path, folder: &Path) -> Duration {
    let from = Connection::open(journal).unwrap();
    let to = Connection::open(folder.join("bare.db")).unwrap();
    to.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;").unwrap();
    let schema =
        "SELECT group_concat(sql, ';') FROM (SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY rowid)";
    to.execute_batch(&from.query_row(schema, [], |row| row.get::<_, String>(0)).unwrap()).unwrap();
    copy(&from, &to, "jobs");
    copy(&from, &to, "runs");
    let planned = rows(&from, "SELECT run, item, job, identity, 0, 1 FROM items ORDER BY item");
    let bodies = rows(&from, "SELECT place, label, line, payload, source, cells_at FROM bodies ORDER BY place");
    let cells = rows(&from, "SELECT * FROM cells ORDER BY item");
    let intents = rows(&from, "SELECT 1, attempts, sent, before, run, item FROM items ORDER BY item");
    let done = rows(&from, "SELECT state, code, error, run, item FROM items ORDER BY item");
    let results = "SELECT place, result, zeroblob(56), attempt, at, http, code, ms, error FROM results ORDER BY place";
    let results = rows(&from, results);
    let known = rows(&from, "SELECT * FROM identities ORDER BY item");
    let wiped: Vec<Row> = results.iter().map(|row| row[..1].to_vec()).collect();

    let before = own_time();
    let insert = |table: &str, columns: &str, n: usize| {
        let marks: Vec<_> = (1..=n).map(|n| format!("?{n}")).collect();
        to.prepare(&format!("INSERT INTO {table} {columns} VALUES ({})", marks.join(", "))).unwrap()
    };
    let mut asked = to.prepare("SELECT resource FROM identities WHERE job = ?1 AND identity = ?2").unwrap();
    let mut item = insert("items", "(run, item, job, identity, state, open)", 6);
    let (mut body, mut packed) = (insert("bodies", "", 6), insert("cells", "", 3));
    let mut cells = cells.iter().peekable();
    for (planned, bodies) in planned.chunks(PLANNED).zip(bodies.chunks(PLANNED)) {
        to.execute_batch("BEGIN").unwrap();
        for (planned, its) in planned.iter().zip(bodies) {
            assert!(!asked.exists([&planned[2], &planned[3]]).unwrap());
            item.execute(params_from_iter(planned)).unwrap();
            body.execute(params_from_iter(its)).unwrap();
            if let Some(block) = cells.next_if(|block| block[1] == planned[1]) {
                packed.execute(params_from_iter(block)).unwrap();
            }
        }
        to.execute_batch("COMMIT").unwrap();
    }
    let intend = "UPDATE items SET state = ?1, attempts = ?2, sent = ?3, before = ?4 WHERE run = ?5 AND item = ?6";
    let record = "UPDATE items SET state = ?1, code = ?2, error = ?3, open = NULL WHERE run = ?4 AND item = ?5";
    let mut steps: Vec<(Statement<'_>, &[Row])> = vec![
        (to.prepare(intend).unwrap(), &intents),
        (to.prepare(record).unwrap(), &done),
        (insert("results", "", 9), &results),
        (insert("identities", "", 7), &known),
    ];
    for window in (0..planned.len()).step_by(WINDOW) {
        to.execute_batch("BEGIN").unwrap();
        for (statement, rows) in &mut steps {
            for row in &rows[window..rows.len().min(window + WINDOW)] {
                statement.execute(params_from_iter(row)).unwrap();
            }
        }
        to.execute_batch("COMMIT").unwrap();
    }
    to.execute_batch("BEGIN").unwrap();
    let mut wipe = to.prepare("UPDATE results SET sealed = NULL WHERE place = ?1").unwrap();
    for row in &wiped {
        wipe.execute(params_from_iter(row)).unwrap();
    }
    to.execute_batch("COMMIT").unwrap();
    own_time().saturating_sub(before)
}

fn rows(from: &Connection, query: &str) -> Vec<Row> {
    let mut statement = from.prepare(query).unwrap();
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect()).unwrap();
    rows.collect::<Result<_, _>>().unwrap()
}

fn copy(from: &Connection, to: &Connection, table: &str) {
    for row in rows(from, &format!("SELECT * FROM {table}")) {
        let marks = vec!["?"; row.len()].join(", ");
        to.execute(&format!("INSERT INTO {table} VALUES ({marks})"), params_from_iter(row)).unwrap();
    }
}
