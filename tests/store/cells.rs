//! The cells of rows as they were handed in: packed many together, each is found again by itself.

use std::sync::Arc;

use roomkeeper::journal::{
    HistoryFilter, ItemFilter, ItemsAsked, ItemsWhich, JournalError, NewItem, RunKey, Server, Step, Store,
};
use roomkeeper::model::{Counts, Event, HandedRow, ItemNo, Life, Limits, Status};

use crate::fixture::{Fixture, Make, ending, item, job, new_run, now};
use crate::lost::{cluster, open};

/// Items of a run, planned in parts as the engine does.
const ITEMS: u32 = 700;
const PART: usize = 250;

/// The cells of an item: every tenth has none, and one has more than are packed together.
fn cells(n: u32) -> Option<String> {
    match n {
        600 => Some(format!("[\"{}\"]", "long ".repeat(20_000))),
        n if n % 10 == 0 => None,
        n => Some(format!("[\"R-{n:05}\",\"u{:05}\",\"Übung {n}\",\"2027-02-01 09:00\",\"60\",\"\\u000a\"]", n % 7)),
    }
}

fn handed(n: u32) -> NewItem {
    NewItem { source: cells(n), ..item(n) }
}

async fn plan(store: &dyn Store, job: roomkeeper::journal::JobKey, run: RunKey) {
    for part in (1..=ITEMS).collect::<Vec<_>>().chunks(PART) {
        store.plan(job, run, part.iter().copied().map(handed).collect()).await.unwrap();
    }
}

pub(crate) async fn the_cells_of_many_rows_come_back_in_any_order(make: Make) {
    let mut fixture = Fixture::new(make).await;
    let run = fixture.store.begin(new_run(fixture.job)).await.unwrap();
    plan(&**fixture.store, fixture.job, run).await;
    assert!(fixture.store.check().await.unwrap().is_sound());
    fixture.store.unplan(run).await.unwrap();
    assert!(fixture.store.check().await.unwrap().is_sound());
    for _ in 0..2 {
        plan(&**fixture.store, fixture.job, run).await;
    }
    // The same items with other cells are another plan.
    for other in [Some("[]".to_owned()), Some(cells(3).unwrap().replace("60", "61")), None] {
        let mut part: Vec<_> = (1..=250).map(handed).collect();
        part[2].source = other;
        let refusal = fixture.store.plan(fixture.job, run, part).await.unwrap_err();
        assert!(matches!(refusal, JournalError::Conflict(_)), "{refusal}");
    }
    fixture.store.planned(run, "the file".to_owned()).await.unwrap();
    fixture = fixture.restart().await;

    let expected: Vec<_> = (1..=ITEMS).map(cells).collect();
    for most in [1000, 64] {
        let (mut found, mut after) = (Vec::new(), ItemNo(0));
        loop {
            let page = fixture.items(run, ItemFilter::All, after, most).await;
            let Some(last) = page.last() else { break };
            after = last.item;
            found.extend(page.into_iter().map(|item| item.source));
        }
        assert_eq!(found, expected);
    }
    // A person may have sorted the file, or have left rows out of it.
    let asked: Vec<_> = (0..ITEMS + 100).map(|n| ItemNo(n * 463 % (ITEMS + 100))).collect();
    let found = fixture.store.handed_in(run, asked.clone()).await.unwrap().unwrap().rows;
    let row = |item: &ItemNo| {
        let source = Some(item.0).filter(|n| (1..=ITEMS).contains(n)).and_then(cells)?;
        Some(HandedRow { item: *item, identity: Some(format!("ref:{item}")), source })
    };
    assert_eq!(found, asked.iter().map(row).collect::<Vec<_>>());

    // The problems stand at the front of a page, and each knows its cells.
    for n in [699, 3, 251] {
        let bad = Step::new(ItemNo(n), Life::default(), Event::Decided(Status::Invalid));
        fixture.store.record(run, Arc::from([bad]), Limits::default()).await.unwrap();
    }
    let page =
        fixture.store.items_page(ItemsAsked { run, which: ItemsWhich::All, behind: None, most: 5 }).await.unwrap();
    let told: Vec<_> = page.iter().map(|item| (item.item.0, item.source.clone())).collect();
    assert_eq!(told, [3, 251, 699, 1, 2].map(|n| (n, cells(n))));
    let problems = fixture.items(run, ItemFilter::Problems, ItemNo(0), 9).await;
    assert_eq!(problems.into_iter().map(|item| item.source).collect::<Vec<_>>(), [3, 251, 699].map(cells));

    // They are forgotten with their run.
    fixture.store.leave_undone(run, "cancelled").await.unwrap();
    let counts = fixture.store.counts(run).await.unwrap();
    fixture.store.end(run, ending(counts, Vec::new())).await.unwrap();
    let last = fixture.run_of(0).await;
    fixture.store.end(last, ending(Counts::default(), Vec::new())).await.unwrap();
    let pruned = fixture.store.prune(now().plus(std::time::Duration::from_secs(60)), |_, _| None).await.unwrap();
    assert_eq!(pruned.items, u64::from(ITEMS));
    assert!(fixture.store.check().await.unwrap().is_sound());
}

/// The tables as the first version of the schema made them.
fn first_schema() -> &'static str {
    let schema = include_str!("../../src/journal/postgres/migrations.rs");
    let (_, after) = schema.split_once("const V1: &str = \"").unwrap();
    after.split_once("\n\";").unwrap().0
}

#[tokio::test]
async fn a_journal_in_postgresql_from_before_cells_were_packed_opens_and_its_cells_are_read() {
    let test = "cells::a_journal_in_postgresql_from_before_cells_were_packed_opens_and_its_cells_are_read";
    let Some(cluster) = cluster(test) else { return };
    let (address, folder) = (cluster.database(), tempfile::tempdir().unwrap());
    cluster.sql(&address, &first_schema().replace("\\\"", "\""));
    cluster.sql(&address, "INSERT INTO roomkeeper_schema (only_row, version) VALUES (1, 1)");
    cluster.sql(&address, "INSERT INTO jobs (name, kind) VALUES ('timetable', 'schedule_meetings')");
    cluster.sql(
        &address,
        "INSERT INTO runs (id, job, owner, cause, started, phase, input)
         SELECT substr(sha256(''), 1, 16), job, '', 'manual', 0, 'planning', 'the file' FROM jobs;
         INSERT INTO items (run, item, job, identity, state) SELECT run, 1, job, 'ref:1', 0 FROM runs;
         INSERT INTO bodies (run, item, label, payload, source) SELECT run, 1, '', '{}', '[\"0001\"]' FROM runs",
    );
    let journal = open(&folder, Server::parse(&address).unwrap()).unwrap();
    let key = job(&*journal, "timetable").await;
    let all = HistoryFilter { limit: 9, ..HistoryFilter::default() };
    let run = journal.history(all).await.unwrap()[0].key;
    let row = HandedRow { item: ItemNo(1), identity: Some("ref:1".to_owned()), source: "[\"0001\"]".to_owned() };
    assert_eq!(journal.handed_in(run, vec![ItemNo(1)]).await.unwrap().unwrap().rows, [Some(row)]);
    journal.plan(key, run, (2..=100).map(handed).collect()).await.unwrap();
    assert_ne!(cluster.sql(&address, "SELECT count(*) FROM cells"), "0");
    let found = journal.handed_in(run, vec![ItemNo(99)]).await.unwrap().unwrap().rows;
    assert_eq!(found[0].as_ref().map(|row| row.source.clone()), cells(99));
    assert!(journal.check().await.unwrap().is_sound());
}

#[tokio::test]
async fn packed_cells_in_postgresql_that_are_damaged_are_told() {
    let Some(cluster) = cluster("cells::packed_cells_in_postgresql_that_are_damaged_are_told") else { return };
    let (address, folder) = (cluster.database(), tempfile::tempdir().unwrap());
    let journal = open(&folder, Server::parse(&address).unwrap()).unwrap();
    let key = job(&*journal, "timetable").await;
    let run = journal.begin(new_run(key)).await.unwrap();
    journal.plan(key, run, (1..=9).map(handed).collect()).await.unwrap();
    cluster.sql(&address, "CREATE TABLE kept AS SELECT * FROM cells");
    for (sql, words) in [
        (
            "UPDATE cells SET packed = substr(packed, 2)",
            "the cells of item 9, as they were handed in, cannot be unpacked",
        ),
        ("UPDATE cells SET packed = '\\x'", "the cells of item 9, as they were handed in, cannot be unpacked"),
        ("UPDATE cells SET item = 8", "the cells that were handed in are not there (item 1)"),
        ("UPDATE bodies SET cells_at = 8 WHERE item = 9", "there are cells of an item that is not there (item 9)"),
    ] {
        cluster.sql(&address, sql);
        let findings = journal.check().await.unwrap();
        let told = findings.violations.iter().any(|found| found.problem.contains(words));
        assert!(told, "{sql}: {findings:?}");
        let refusal = journal.handed_in(run, vec![ItemNo(9)]).await.unwrap_err();
        let is_told = refusal.to_string().contains("the cells of item 9, as they were handed in, cannot be unpacked");
        assert!(matches!(refusal, JournalError::Damaged { .. }) && is_told, "{sql}: {refusal}");
        cluster
            .sql(&address, "UPDATE bodies SET cells_at = 9; DELETE FROM cells; INSERT INTO cells SELECT * FROM kept");
        assert!(journal.check().await.unwrap().is_sound());
    }
    // A block that has fewer rows than are said to be in it.
    journal.plan(key, run, (10..=15).map(handed).collect()).await.unwrap();
    cluster.sql(&address, "UPDATE cells SET packed = (SELECT packed FROM cells WHERE item = 15) WHERE item = 9");
    let findings = journal.check().await.unwrap();
    assert!(findings.violations.iter().any(|found| found.problem.contains("the cells of item 4")), "{findings:?}");
    let items = journal
        .items(roomkeeper::journal::ItemsPage { run, filter: ItemFilter::All, after: ItemNo(0), most: 4 })
        .await
        .unwrap_err();
    assert!(items.to_string().contains("cannot be unpacked"), "{items}");
}
