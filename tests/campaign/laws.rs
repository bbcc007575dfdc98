//! What must hold in the end, by the server's ledger, the journal, the folders and the mail server.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::front::title;
use crate::stage::{PAST, ROWS, Stage};

/// The laws that are broken, each with what shows it.
pub fn broken(stage: &Stage) -> Vec<String> {
    let ledger = stage.sandbox.ledger();
    let mut broken = Vec::new();
    meetings(stage, &ledger, &mut broken);
    resets(stage, &ledger, &mut broken);
    sums(stage, &mut broken);
    files(stage, &mut broken);
    mails(stage, &mut broken);
    export(stage, &mut broken);
    broken
}

struct Item {
    label: String,
    status: String,
    attempts: i64,
}

/// The items of a kind of job, over all runs.
fn items(stage: &Stage, kind: &str) -> Vec<Item> {
    let runs = stage.world.json(&["history", "--limit", "100000", "--json"]);
    let mut all = Vec::new();
    for run in runs.as_array().unwrap().iter().filter(|run| run["kind"] == kind) {
        let id = run["run"].as_str().unwrap();
        let shown = stage.world.json(&["show", id, "--json"]);
        let attempts = attempts(stage, id);
        for item in shown["items"].as_array().unwrap() {
            all.push(Item {
                label: item["label"].as_str().unwrap().to_owned(),
                status: item["status"].as_str().unwrap_or("open").to_owned(),
                attempts: attempts[&item["item"].as_i64().unwrap()],
            });
        }
    }
    all
}

/// How often each item of a run was journaled as about to be sent.
fn attempts(stage: &Stage, run: &str) -> BTreeMap<i64, i64> {
    let journal = stage.journal().unwrap();
    let id = run.parse::<roomkeeper::model::RunId>().unwrap().to_string().replace('-', "");
    let mut query = journal
        .prepare("SELECT item, attempts FROM items JOIN runs USING (run) WHERE lower(hex(runs.id)) = ?1")
        .unwrap();
    let rows = query.query_map([id], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
    rows.map(|row| row.unwrap()).collect()
}

fn meetings(stage: &Stage, ledger: &[Value], broken: &mut Vec<String>) {
    let rows = stage.dropped.len() * ROWS;
    let items: BTreeMap<_, _> =
        items(stage, "schedule_meetings").into_iter().map(|item| (item.label.clone(), item)).collect();
    for row in 0..rows {
        let title = title(row);
        let of_row =
            |kind: &str| ledger.iter().filter(|line| line["kind"] == kind && line["room_name"] == *title).count();
        let (made, arrived) = (of_row("meeting_created"), of_row("arrival"));
        let Some(item) = items.get(&title) else {
            broken.push(format!("lost: the row `{title}` is in no run"));
            continue;
        };
        if made > 1 {
            broken.push(format!("made twice: `{title}` was made {made} times"));
        }
        if item.status == "created" && made == 0 {
            broken.push(format!("done and not there: `{title}`"));
        }
        if matches!(item.status.as_str(), "failed" | "not_run" | "invalid" | "skipped" | "exists" | "unchanged")
            && made > 0
        {
            broken.push(format!("there and not done: `{title}` is {}", item.status));
        }
        if arrived > usize::try_from(item.attempts).unwrap() {
            broken.push(format!(
                "intent after arrival: `{title}` arrived {arrived} times, and was journaled {} times",
                item.attempts
            ));
        }
        looked_before_each_second(ledger, &title, broken);
    }
}

/// Between two requests that schedule a row's meeting, its user's meetings were looked at; but where the server said that it
/// would not take the first.
fn looked_before_each_second(ledger: &[Value], title: &str, broken: &mut Vec<String>) {
    let arrivals: Vec<_> =
        (0..ledger.len()).filter(|at| ledger[*at]["kind"] == "arrival" && ledger[*at]["room_name"] == *title).collect();
    for pair in arrivals.windows(2) {
        let turned_away =
            ledger[pair[0]]["fault"].as_str().is_some_and(|fault| fault.contains("429") || fault.contains("503"));
        let looked =
            ledger[pair[0]..pair[1]].iter().any(|line| line["kind"] == "look" && line["route"] == "GET /meetings");
        if !looked && !turned_away {
            broken.push(format!("not looked before: `{title}` was sent a second time blindly"));
        }
    }
}

/// A room is reset at most once a run, and exactly once where the run says so.
fn resets(stage: &Stage, ledger: &[Value], broken: &mut Vec<String>) {
    let mut of_room: BTreeMap<String, usize> = BTreeMap::new();
    for line in ledger.iter().filter(|line| line["kind"] == "pins_reset") {
        *of_room.entry(line["room_name"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let mut told: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for item in items(stage, "rotate_pins") {
        let entry = told.entry(item.label.clone()).or_default();
        match item.status.as_str() {
            "reset" => entry.0 += 1,
            "unknown" => entry.1 += 1,
            _ => {}
        }
    }
    for (room, n) in &of_room {
        let (reset, unknown) =
            told.iter().find(|(label, _)| label.contains(room.as_str())).map_or((0, 0), |(_, told)| *told);
        if *n < reset || *n > reset + unknown {
            broken.push(format!("resets: {room} was reset {n} times, and runs say {reset} times ({unknown} unknown)"));
        }
    }
}

fn sums(stage: &Stage, broken: &mut Vec<String>) {
    let checked = stage.world.run(&["journal", "check"]);
    if checked.code != Some(0) {
        broken.push(format!("sums: {}", checked.out));
    }
    let open = stage.query("SELECT count(*) FROM items WHERE state < 10");
    if open != 0 {
        broken.push(format!("sums: {open} items are open though no run is"));
    }
}

/// Every dropped file is in exactly one place, with its bytes.
fn files(stage: &Stage, broken: &mut Vec<String>) {
    for (name, text) in &stage.dropped {
        let stem = name.strip_suffix(".csv").unwrap();
        let mut places = Vec::new();
        for folder in ["", "processing", "done", "failed"] {
            let is_it = |other: &String| {
                other.starts_with(&format!("{stem}.")) && !other.contains(".results.") && !other.contains(".retry.")
            };
            places.extend(stage.world.files(folder).into_iter().filter(is_it).map(|name| format!("{folder}/{name}")));
        }
        match places.as_slice() {
            [only] if only.starts_with("done/") || only.starts_with("failed/") => {
                let bytes = std::fs::read_to_string(stage.world.path("inbox").join(only)).unwrap();
                if bytes != *text {
                    broken.push(format!("files: {only} has other bytes"));
                }
            }
            others => broken.push(format!("files: {name} is in {others:?}")),
        }
    }
}

/// Each mail that was sent came at least once, and a mail that came more than once had one Message-ID; each run that changed
/// something was told about.
fn mails(stage: &Stage, broken: &mut Vec<String>) {
    let id = |mail: &crate::smtp::Received| {
        let text = String::from_utf8_lossy(&mail.bytes).into_owned();
        text.lines().find(|line| line.to_lowercase().starts_with("message-id:")).unwrap().to_owned()
    };
    let came: BTreeSet<_> = stage.mails().iter().map(id).collect();
    let journal = stage.journal().unwrap();
    let mut query = journal.prepare("SELECT lower(hex(id)), state FROM outbox").unwrap();
    let rows = query.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get::<_, String>(1)?))).unwrap();
    let outbox: Vec<_> = rows.map(|row| row.unwrap()).collect();
    for (id, state) in &outbox {
        if state == "sent" && !came.iter().any(|line| line.replace('-', "").to_lowercase().contains(id)) {
            broken.push(format!("mails: {id} counts as sent, and never came"));
        }
    }
    let told = stage.query(
        "SELECT count(*) FROM runs WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.run = runs.run)
         AND counts LIKE '%created%'",
    );
    if told != 0 {
        broken.push(format!("mails: {told} runs made meetings, and nobody was told"));
    }
}

/// The export has every meeting that was over at the start, once in each revision.
fn export(stage: &Stage, broken: &mut Vec<String>) {
    let Ok(text) = std::fs::read_to_string(stage.world.path("exports/meetings.csv")) else {
        return broken.push("export: there is none".to_owned());
    };
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let mut seen = BTreeSet::new();
    for row in reader.records() {
        match row {
            Ok(row) => {
                if !seen.insert((row[0].to_owned(), row[1].to_owned())) {
                    broken.push(format!("export: {} stands there twice in revision {}", &row[0], &row[1]));
                }
            }
            Err(error) => broken.push(format!("export: {error}")),
        }
    }
    let meetings: BTreeSet<_> = seen.iter().map(|(id, _)| id).collect();
    if meetings.len() < PAST {
        broken.push(format!("export: {} of {PAST} meetings are in it", meetings.len()));
    }
}
