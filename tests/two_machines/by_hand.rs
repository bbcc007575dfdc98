//! The journal's database by another way than ours: what laws ask of all machines at once, and what a server's keeper does to it. Only
//! here is there SQL.

use serde_json::Value;

use crate::stage::Stage;

/// An item of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub job: String,
    pub run: String,
    pub label: String,
    /// Its number in the journal: below 10 while it is open.
    pub state: i64,
    pub attempts: usize,
}

/// A due time that was dealt with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub job: String,
    /// Milliseconds since 1970.
    pub at: i64,
    /// A run began for it; else it is in the ledger of those that were skipped.
    pub ran: bool,
}

/// A mail of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub id: String,
    pub run: String,
    pub state: String,
}

fn rows(stage: &Stage, sql: &str) -> Vec<Value> {
    let told = stage.sql(&format!("SELECT json_agg(told) FROM ({sql}) AS told"));
    if told.is_empty() { Vec::new() } else { serde_json::from_str(&told).unwrap() }
}

fn number(stage: &Stage, sql: &str) -> i64 {
    stage.sql(sql).parse().unwrap()
}

fn text(row: &Value, field: &str) -> String {
    row[field].as_str().unwrap_or_default().to_owned()
}

/// All items of all runs.
pub fn items(stage: &Stage) -> Vec<Item> {
    let sql = "SELECT jobs.name AS job, runs.run::text AS run, label, state, attempts FROM items JOIN runs USING (run)
               JOIN jobs ON jobs.job = runs.job JOIN bodies USING (run, item) ORDER BY run, item";
    let item = |row: Value| Item {
        job: text(&row, "job"),
        run: text(&row, "run"),
        label: text(&row, "label"),
        state: row["state"].as_i64().unwrap(),
        attempts: usize::try_from(row["attempts"].as_u64().unwrap()).unwrap(),
    };
    rows(stage, sql).into_iter().map(item).collect()
}

/// All due times that were dealt with.
pub fn dues(stage: &Stage) -> Vec<Due> {
    let sql = "SELECT name AS job, due, true AS ran FROM runs JOIN jobs USING (job) WHERE due IS NOT NULL
               UNION ALL SELECT name, due, false FROM skips JOIN jobs USING (job) ORDER BY 1, 2";
    let due = |row: Value| Due {
        job: text(&row, "job"),
        at: row["due"].as_i64().unwrap(),
        ran: row["ran"].as_bool().unwrap(),
    };
    rows(stage, sql).into_iter().map(due).collect()
}

/// All mails.
pub fn letters(stage: &Stage) -> Vec<Letter> {
    let sql = "SELECT encode(id, 'hex') AS id, coalesce(run::text, '') AS run, state FROM outbox";
    let letter = |row: Value| Letter { id: text(&row, "id"), run: text(&row, "run"), state: text(&row, "state") };
    rows(stage, sql).into_iter().map(letter).collect()
}

/// Tells whether no run goes on and no file is claimed.
pub fn is_at_rest(stage: &Stage) -> bool {
    let sql =
        "SELECT (SELECT count(*) FROM runs WHERE ended IS NULL) + (SELECT count(*) FROM claims WHERE settled IS NULL)";
    number(stage, sql) == 0
}

/// Counts the mails that nobody has taken yet.
pub fn waiting_mails(stage: &Stage) -> i64 {
    number(stage, "SELECT count(*) FROM outbox WHERE state IN ('queued', 'sending')")
}

/// Counts the open items of all runs.
pub fn open_items(stage: &Stage) -> i64 {
    number(stage, "SELECT count(*) FROM items WHERE state < 10")
}

/// Lists the connections of the programs to the database.
pub fn connections(stage: &Stage) -> Vec<String> {
    let sql = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
               AND backend_type = 'client backend'";
    stage.sql(sql).lines().map(str::to_owned).collect()
}

/// Ends one of them; tells whether it was still there.
pub fn end_connection(stage: &Stage, connection: &str) -> bool {
    stage.sql(&format!("SELECT pg_terminate_backend({connection})")) == "t"
}

/// The log is to go on in another file, for which there may be no room: then the server stops.
pub fn switch_log(stage: &Stage) {
    stage.try_sql("SELECT pg_switch_wal()");
}

/// Waits until the follower has all that was committed until now.
pub fn has_followed(stage: &Stage) -> bool {
    stage.sql("SELECT count(*) FROM pg_stat_replication WHERE replay_lsn >= pg_current_wal_lsn()") == "1"
}
