//! A check finds what is wrong with a journal, says it in words, and changes nothing.

use roomkeeper::journal::{ItemFilter, JournalError, Law};
use roomkeeper::model::ItemNo;

use crate::journals::{by_hand, files, full_journal};
use crate::reader::Reader;

#[tokio::test]
async fn a_journal_as_we_write_it_is_sound_and_a_check_changes_no_byte() {
    let folder = full_journal().await;
    let before = files(folder.path());
    let findings = Reader::open(folder.path()).unwrap().check().unwrap();
    assert!(findings.is_sound(), "{findings:?}");
    assert_eq!((findings.runs, findings.items), (3, 403));
    assert_eq!(files(folder.path()), before);
}

/// What is done to a sound journal, the law that it breaks, and the words for it.
const BROKEN: [(&str, Law, &str); 29] = [
    (
        "UPDATE runs SET counts = '{\"created\":3}' WHERE run = 1",
        Law::Sums,
        "it says 3 created, and its items are 2 created",
    ),
    (
        "DELETE FROM results WHERE run = 3; DELETE FROM bodies WHERE run = 3; DELETE FROM cells WHERE run = 3;
             DELETE FROM items WHERE run = 3",
        Law::Sums,
        "its items are none",
    ),
    (
        "UPDATE items SET state = 0, open = 1, identity = NULL WHERE run = 1 AND item = 2",
        Law::Endings,
        "1 of its items are open",
    ),
    ("UPDATE items SET state = 99 WHERE run = 1 AND item = 2", Law::Words, "the state 99"),
    ("UPDATE runs SET machine = NULL WHERE run = 1", Law::Owners, "is half told"),
    ("UPDATE runs SET process = x'01' WHERE run = 1", Law::Owners, "is half told"),
    ("UPDATE runs SET until = NULL WHERE run = 1", Law::Owners, "is half told"),
    (
        "UPDATE runs SET moved = 1, machine = NULL, boot = NULL, process = NULL, until = NULL WHERE run = 1",
        Law::Owners,
        "is half told",
    ),
    ("UPDATE runs SET cause = 'whim' WHERE run = 1", Law::Words, "`whim` is no reason to begin a run"),
    ("UPDATE runs SET outcome = 'splendid' WHERE run = 1", Law::Words, "`splendid` is no outcome"),
    ("UPDATE jobs SET kind = 'brew_tea'", Law::Words, "`brew_tea` is no kind of job"),
    ("UPDATE skips SET reason = 'mood'", Law::Words, "timetable: `mood` is no reason to skip"),
    ("UPDATE outbox SET message = NULL", Law::Words, "a mail waits and has no text"),
    ("DELETE FROM bodies WHERE run = 1 AND item = 2", Law::Parts, "no text that says what is to be done (item 2)"),
    (
        "INSERT INTO bodies (place, label, payload) VALUES (1 << 32 | 9, 'x', '{}')",
        Law::Parts,
        "a text for an item that is not there (item 9)",
    ),
    (
        "UPDATE bodies SET cells_at = 7 WHERE run = 3 AND item = 3",
        Law::Parts,
        "the cells that were handed in are not there (item 3)",
    ),
    ("UPDATE runs SET alike = '[16]' WHERE run = 1", Law::Words, "`[16]` is no result of items that ended alike"),
    (
        "INSERT INTO cells SELECT run, 500, packed FROM cells WHERE item = 400",
        Law::Parts,
        "there are cells of an item that is not there (item 500)",
    ),
    (
        "UPDATE cells SET packed = substr(packed, 1, length(packed) - 1) WHERE item = 400",
        Law::Parts,
        "the cells of item 400, as they were handed in, cannot be unpacked",
    ),
    (
        "UPDATE cells SET packed = (SELECT packed FROM cells WHERE item = 400) WHERE item < 400",
        Law::Parts,
        ", as they were handed in, cannot be unpacked",
    ),
    (
        "INSERT INTO results (place, result) VALUES (77 << 32 | 1, '{}')",
        Law::Parts,
        "a run that is not there: there is a result",
    ),
    (
        "INSERT INTO attempts VALUES (1, 9, 1, 0, NULL, NULL, NULL, NULL)",
        Law::Parts,
        "an attempt of an item that is not there",
    ),
    (
        "UPDATE results SET attempt = 9, at = 0 WHERE run = 1 AND item = 2",
        Law::Parts,
        "an item has ended with an attempt that it has not made (item 2)",
    ),
    ("UPDATE items SET job = 5 WHERE run = 1 AND item = 2", Law::Parts, "another job's than its run (item 2)"),
    (
        "UPDATE items SET open = 1, identity = NULL WHERE run = 1 AND item = 2",
        Law::Parts,
        "over and among them (item 2)",
    ),
    (
        "UPDATE identities SET item = 9 WHERE identity = 'ref:2'",
        Law::Identities,
        "by an item that is not there (item 9)",
    ),
    (
        "UPDATE identities SET run = 1000 WHERE identity = 'ref:2'",
        Law::Identities,
        "timetable: what a job remembers was made by a run that never was (number 1000)",
    ),
    (
        "INSERT INTO skips SELECT job, due, 'missed', '', 0 FROM runs WHERE due IS NOT NULL",
        Law::DueTimes,
        "timetable: a due time has a run",
    ),
    ("UPDATE results SET sealed = x'00' WHERE run = 1 AND item = 1", Law::Pins, "PINs are left in the journal"),
];

#[tokio::test]
async fn each_law_is_seen_to_be_broken_and_the_place_is_named() {
    let sound = full_journal().await;
    for (sql, law, words) in BROKEN {
        let folder = tempfile::tempdir().unwrap();
        std::fs::copy(sound.path().join("journal.db"), folder.path().join("journal.db")).unwrap();
        let connection = by_hand(folder.path());
        connection.execute_batch(sql).unwrap();
        connection.close().unwrap();
        let findings = Reader::open(folder.path()).unwrap().check().unwrap();
        let told = findings.violations.iter().any(|found| found.law == law && found.problem.contains(words));
        assert!(told && !findings.is_damaged(), "{sql}: {findings:?}");
        assert_eq!(findings.violations.len(), 1, "{sql}: {findings:?}");
    }
}

#[tokio::test]
async fn cells_that_cannot_be_unpacked_are_damage_and_the_item_is_named() {
    for sql in
        ["DELETE FROM cells", "UPDATE cells SET packed = x'00'", "UPDATE bodies SET cells_at = 1 WHERE item = 400"]
    {
        let folder = full_journal().await;
        let connection = by_hand(folder.path());
        connection.execute_batch(sql).unwrap();
        connection.close().unwrap();
        let reader = Reader::open(folder.path()).unwrap();
        let runs = reader.runs().unwrap();
        let refusal = reader.items(runs[0].key, ItemFilter::All, ItemNo(399), 1).unwrap_err();
        let is_told = refusal.to_string().contains("the cells of item 400, as they were handed in, cannot be unpacked");
        assert!(matches!(refusal, JournalError::Damaged { .. }) && is_told, "{sql}: {refusal}");
        assert_eq!(reader.items(runs[2].key, ItemFilter::All, ItemNo(0), 9).unwrap().len(), 2, "{sql}");
    }
}

#[tokio::test]
async fn what_belongs_to_a_job_that_is_gone_is_found() {
    let folder = full_journal().await;
    let connection = by_hand(folder.path());
    connection.execute_batch("PRAGMA foreign_keys = OFF; DELETE FROM jobs").unwrap();
    connection.close().unwrap();
    let findings = Reader::open(folder.path()).unwrap().check().unwrap();
    let of_runs = "3 rows of the table runs belong to jobs that are not there";
    assert!(
        findings.violations.iter().any(|found| found.law == Law::References && found.problem == of_runs),
        "{findings:?}"
    );
}

#[tokio::test]
async fn of_ten_thousand_violations_the_first_are_told_and_the_others_counted() {
    let folder = full_journal().await;
    let connection = by_hand(folder.path());
    connection.execute_batch("DELETE FROM bodies WHERE run = 3; DELETE FROM cells").unwrap();
    connection.close().unwrap();
    let findings = Reader::open(folder.path()).unwrap().check().unwrap();
    assert_eq!((findings.violations.len(), findings.untold), (50, 350), "{findings:?}");
}

#[tokio::test]
async fn an_index_that_lies_is_damage() {
    let folder = full_journal().await;
    let connection = by_hand(folder.path());
    // The index goes on saying what the table says no more.
    connection
        .execute_batch(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = replace(sql, 'WHERE due IS NOT NULL', 'WHERE due IS NULL') WHERE name = 'runs_due';
             PRAGMA writable_schema = OFF;",
        )
        .unwrap();
    connection.close().unwrap();
    let findings = Reader::open(folder.path()).unwrap().check().unwrap();
    assert!(findings.is_damaged(), "{findings:?}");
    assert!(
        findings.violations.iter().all(|found| found.law == Law::Integrity && found.problem.contains("runs_due")),
        "{findings:?}"
    );
}
