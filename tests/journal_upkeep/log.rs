//! The write-ahead log stays short, whatever is read meanwhile.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use roomkeeper::journal::{JobKey, Journal, NewItem, RunKey};
use roomkeeper::model::JobPayload;
use rusqlite::{Connection, OpenFlags};

use crate::fixture::{Fixture, item, new_run};

/// The length that is promised while no single read lasts long: 8,000 pages, and what one transaction adds to them.
const BOUND: u64 = 34 << 20;
/// Bytes that a test writes at least.
const WRITTEN: u64 = 56 << 20;

fn length(folder: &Path) -> u64 {
    std::fs::metadata(folder.join("journal.db-wal")).map_or(0, |log| log.len())
}

/// Plans a hundred items of 2 KiB each.
async fn write(journal: &Journal, job: JobKey, run: RunKey, round: u32) {
    let large = |n: u32| NewItem { payload: JobPayload::kept("x".repeat(2048)), identity: None, ..item(n) };
    journal.plan(job, run, (round * 100 + 1..=round * 100 + 100).map(large).collect()).await.unwrap();
}

fn reader(folder: &Path) -> Connection {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(folder.join("journal.db"), flags).unwrap()
}

fn begin(reader: &Connection) {
    reader.execute_batch("BEGIN; SELECT count(*) FROM jobs").unwrap();
}

/// Takes some milliseconds, in which the writer commits.
fn linger(reader: &Connection) {
    let count =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000) SELECT count(*) FROM n";
    reader.query_row(count, [], |_| Ok(())).unwrap();
    reader.execute_batch("COMMIT").unwrap();
}

#[tokio::test]
async fn readers_that_overlap_without_end_do_not_let_it_grow() {
    let fixture = Fixture::new().await;
    let run = fixture.journal.begin(new_run(fixture.job)).await.unwrap();
    let enough = Arc::new(AtomicBool::new(false));
    let (folder, stop) = (fixture.path().to_owned(), Arc::clone(&enough));
    let reading = std::thread::spawn(move || {
        let (one, other) = (reader(&folder), reader(&folder));
        begin(&one);
        let mut reads = 0;
        while !stop.load(Ordering::SeqCst) {
            begin(&other);
            linger(&one);
            begin(&one);
            linger(&other);
            reads += 2;
        }
        reads
    });
    let (mut longest, mut round) = (0, 0);
    while u64::from(round) * 100 * 2048 < WRITTEN {
        write(&fixture.journal, fixture.job, run, round).await;
        longest = longest.max(length(fixture.path()));
        round += 1;
    }
    enough.store(true, Ordering::SeqCst);
    assert!(reading.join().unwrap() > 0);
    assert!(longest > 16 << 20, "the readers held nothing up, so nothing was shown: {longest}");
    assert!(longest < BOUND, "the log grew to {longest} bytes");
}

#[tokio::test]
async fn somebody_who_stays_holds_it_up_and_no_longer_than_he_stays() {
    let fixture = Fixture::new().await;
    let run = fixture.journal.begin(new_run(fixture.job)).await.unwrap();
    let guest = reader(fixture.path());
    begin(&guest);
    let mut round = 0;
    while u64::from(round) * 100 * 2048 < WRITTEN {
        write(&fixture.journal, fixture.job, run, round).await;
        round += 1;
    }
    assert!(length(fixture.path()) > WRITTEN, "what the guest reads was taken from under him");
    drop(guest);
    write(&fixture.journal, fixture.job, run, round).await;
    // The work that follows a transaction is done before the next is answered.
    fixture.journal.ping().await.unwrap();
    assert!(length(fixture.path()) < 1 << 20, "{}", length(fixture.path()));
    fixture.reader().check().unwrap();
}
