//! Journals of earlier versions open for ever. Each fixture was written once, by [`write_a_journal`] of the version it is
//! named after, and is never written again; what is written today must tell the same.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use roomkeeper::journal::{
    Ending, HistoryFilter, ItemFilter, ItemsPage, NewIntents, NewItem, NewLetter, Recovery, Remember, Start, Step, Stop,
};
use roomkeeper::model::{Code, Digest, Event, ItemNo, JobKind, Life, Limits, MeetingId, Outcome, RunId, State, Status};
use uuid::Uuid;

use crate::fixture::{Fixture, intent, item, job, new_run, now, open};

fn fixture(version: u32) -> PathBuf {
    PathBuf::from(format!("{}/tests/fixtures/journal-v{version}.db", env!("CARGO_MANIFEST_DIR")))
}

fn ended() -> RunId {
    "018bcfe5-6800-7000-8000-000000000001".parse().unwrap()
}

fn unfinished() -> RunId {
    "018bcfe5-6800-7000-8000-000000000002".parse().unwrap()
}

/// A journal with a run that has ended and one that has not.
async fn write_a_journal() -> tempfile::TempDir {
    let fixture = Fixture::new().await;
    let mut run = new_run(fixture.job);
    run.id = ended();
    let run = fixture.journal.begin(run).await.unwrap();
    let mut invalid = item(2);
    invalid.start = Start::Decided {
        status: Status::Invalid,
        code: Some(Code::TITLE_SHORT),
        error: Some("short".to_owned()),
        result: None,
    };
    fixture.journal.plan(fixture.job, run, vec![item(1), invalid]).await.unwrap();
    fixture.journal.planned(run, "timetable.csv".to_owned()).await.unwrap();
    let life = fixture.intend(run, &[1]).await[0];
    let mut made = Step::new(ItemNo(1), life, Event::Confirmed(Status::Created));
    made.result = Some("{\"meeting_id\":\"m1\"}".to_owned());
    made.remember = Some(Remember::Made {
        identity: "ref:1".to_owned(),
        resource: MeetingId::new("m1").unwrap(),
        content: Digest::of(b"content"),
        facts: "{}".to_owned(),
    });
    fixture.journal.record(run, Arc::from([made]), Limits::default()).await.unwrap();
    let letter = NewLetter {
        id: Uuid::from_bytes([7; 16]),
        sender: "roomkeeper@example.org".to_owned(),
        receivers: vec!["it@example.org".to_owned()],
        subject: "PARTIAL".to_owned(),
        message: b"Dear all".to_vec(),
    };
    let counts = [(Status::Created, 1), (Status::Invalid, 1)].into_iter().collect();
    let ending = Ending {
        outcome: Outcome::Partial,
        error: None,
        counts,
        at: now(),
        remarks: Vec::new(),
        letters: vec![letter],
    };
    fixture.journal.end(run, ending).await.unwrap();

    let mut run = new_run(fixture.job);
    run.id = unfinished();
    let run = fixture.journal.begin(run).await.unwrap();
    fixture.journal.plan(fixture.job, run, (1..=3).map(item).collect()).await.unwrap();
    fixture.journal.planned(run, "timetable.csv".to_owned()).await.unwrap();
    let intents = vec![intent(1, Life::default())];
    fixture.journal.intend(NewIntents { run, intents, limits: Limits::default(), now: now() }).await.unwrap();
    fixture.journal.stop(run, Stop::Cancelled, "a person".to_owned()).await.unwrap();
    let Fixture { folder, journal, .. } = fixture;
    journal.close().await;
    folder
}

#[tokio::test]
async fn a_journal_of_version_1_opens_and_its_work_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture(1), folder.path().join("journal.db")).unwrap();
    opens_and_goes_on(&folder).await;
}

#[tokio::test]
async fn a_journal_of_version_2_opens_and_its_work_goes_on() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture(2), folder.path().join("journal.db")).unwrap();
    opens_and_goes_on(&folder).await;
}

/// The migrations in their order, as the journal's own module has them.
fn migrations() -> Vec<&'static str> {
    const SCHEMA: &str = concat!(
        include_str!("../../src/journal/sqlite/migrations.rs"),
        include_str!("../../src/journal/sqlite/figures.rs")
    );
    let sql = |version: u32| {
        let (_, after) = SCHEMA.split_once(&format!("const V{version}: &str = \""))?;
        after.split_once("\";").map(|(sql, _)| sql)
    };
    (1..).map_while(sql).collect()
}

/// The version of a journal, and its tables and indices.
fn form(folder: &Path) -> (i64, BTreeSet<String>) {
    let journal = rusqlite::Connection::open(folder.join("journal.db")).unwrap();
    let version = journal.query_row("PRAGMA user_version", [], |row| row.get(0)).unwrap();
    let sql = "SELECT name FROM sqlite_schema UNION ALL
        SELECT t.name || '.' || c.name || ' ' || c.type FROM sqlite_schema AS t, pragma_table_info(t.name) AS c";
    let mut query = journal.prepare(sql).unwrap();
    (version, query.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect())
}

#[tokio::test]
async fn a_journal_of_every_version_in_between_opens_and_its_work_goes_on() {
    let migrations = migrations();
    let today = write_a_journal().await;
    let form_of_today = form(today.path());
    assert_eq!(usize::try_from(form_of_today.0), Ok(migrations.len()));
    for version in 1..=migrations.len() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(fixture(1), folder.path().join("journal.db")).unwrap();
        let journal = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
        for sql in &migrations[1..version] {
            journal.execute_batch(sql).unwrap();
        }
        journal.pragma_update(None, "user_version", i64::try_from(version).unwrap()).unwrap();
        drop(journal);
        opens_and_goes_on(&folder).await;
        assert_eq!(form(folder.path()), form_of_today, "from version {version}");
    }
}

#[tokio::test]
async fn all_that_version_17_had_of_an_item_is_carried_over() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture(1), folder.path().join("journal.db")).unwrap();
    let journal = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
    for sql in &migrations()[1..17] {
        journal.execute_batch(sql).unwrap();
    }
    let kept = "UPDATE results SET sealed = x'01', attempt = 1, at = 1700000000000, http = 200, code = 1, ms = 12, error = 'odd';
        UPDATE bodies SET label = 'label ' || item, line = item + 1, source = '[\"' || item || '\"]';
        PRAGMA user_version = 17";
    journal.execute_batch(kept).unwrap();
    let bodies = "SELECT run, item, label, line, payload, source, cells_at FROM bodies ORDER BY run, item";
    let results =
        "SELECT run, item, result, sealed, attempt, at, http, code, ms, error FROM results ORDER BY run, item";
    let rows = |journal: &rusqlite::Connection, sql: &str| {
        let mut query = journal.prepare(sql).unwrap();
        let columns = query.column_count();
        let row = |row: &rusqlite::Row<'_>| (0..columns).map(|at| row.get(at)).collect::<Result<Vec<_>, _>>();
        query.query_map([], row).unwrap().collect::<Result<Vec<Vec<rusqlite::types::Value>>, _>>().unwrap()
    };
    let before = [bodies, results].map(|sql| rows(&journal, sql));
    assert_eq!(before.each_ref().map(Vec::len), [5, 1]);
    journal.close().unwrap();
    open(folder.path()).unwrap().close().await;
    let journal = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
    assert_eq!([bodies, results].map(|sql| rows(&journal, sql)), before);
}

#[tokio::test]
async fn cells_that_an_earlier_version_kept_as_they_were_are_read_beside_packed_ones() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture(1), folder.path().join("journal.db")).unwrap();
    let journal = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
    journal.execute("UPDATE bodies SET source = '[\"00' || item || '\"]'", []).unwrap();
    journal.close().unwrap();
    let journal = open(folder.path()).unwrap();
    let job = job(&journal, "timetable").await;
    let handed = async |run, item| {
        let handed = journal.handed_in(run, vec![ItemNo(item)]).await.unwrap().unwrap();
        handed.rows.into_iter().next().flatten().unwrap().source
    };
    let old = journal.run(ended()).await.unwrap().unwrap().key;
    assert_eq!(handed(old, 2).await, "[\"002\"]");
    let new = journal.begin(new_run(job)).await.unwrap();
    let row = |n: u32| NewItem { source: Some(format!("[\"{n:050}\"]")), identity: None, ..item(n) };
    journal.plan(job, new, (1..=50).map(row).collect()).await.unwrap();
    assert_eq!(handed(new, 17).await, row(17).source.unwrap());
    for (run, most) in [(old, 2), (new, 50)] {
        let page = ItemsPage { run, filter: ItemFilter::All, after: ItemNo(0), most: 100 };
        let items = journal.items(page).await.unwrap();
        assert_eq!(items.iter().filter(|item| item.source.is_some()).count(), most);
    }
    let by_hand = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
    let count = |sql: &str| by_hand.query_row(sql, [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(count("SELECT count(*) FROM bodies WHERE source IS NOT NULL AND cells_at IS NULL"), 5);
    assert_eq!(count("SELECT count(*) FROM bodies WHERE source IS NULL AND cells_at = 50"), 50);
}

#[tokio::test]
async fn a_journal_of_today_opens_and_its_work_goes_on() {
    opens_and_goes_on(&write_a_journal().await).await;
}

async fn opens_and_goes_on(folder: &tempfile::TempDir) {
    let journal = open(folder.path()).unwrap();
    let later = now().plus(Duration::from_secs(86_400));
    journal.recover(Recovery::alone(later)).await.unwrap();
    let job = job(&journal, "timetable").await;

    let run = journal.run(ended()).await.unwrap().unwrap();
    let page = ItemsPage { run: run.key, filter: ItemFilter::All, after: ItemNo(0), most: 10 };
    let items = journal.items(page).await.unwrap();
    let known = journal.known(job, vec!["ref:1".to_owned()]).await.unwrap();
    assert_eq!((run.kind, run.outcome, run.started), (JobKind::SCHEDULE_MEETINGS, Some(Outcome::Partial), now()));
    assert_eq!(run.counts.to_string(), "1 created, 1 invalid");
    assert_eq!(items[0].result.as_deref(), Some("{\"meeting_id\":\"m1\"}"));
    assert_eq!((items[1].state, items[1].code), (State::Done(Status::Invalid), Some(Code::TITLE_SHORT)));
    assert_eq!(known[0].as_ref().unwrap().resource.as_str(), "m1");
    assert_eq!(journal.next_letter(later).await.unwrap().unwrap().message, b"Dear all");

    let run = journal.unfinished().await.unwrap().remove(0);
    assert_eq!(run.id, unfinished());
    assert_eq!(journal.settling(run.key, ItemNo(0), 10).await.unwrap().len(), 1);
    assert_eq!(journal.history(HistoryFilter { limit: 10, ..HistoryFilter::default() }).await.unwrap().len(), 2);
    assert_eq!(run.stopped.unwrap().0, Stop::Cancelled);
    assert_eq!(journal.leave_undone(run.key, "cancelled").await.unwrap().total(), 2);
}
