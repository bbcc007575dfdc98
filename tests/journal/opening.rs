//! Opening: by one process at a time, and what cannot be opened is told apart and left byte for byte as it was.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use roomkeeper::journal::{JournalError, Workspace};

use crate::child;
use crate::fixture::{Fixture, item, new_run, open};
use crate::reader::Reader;

/// Every file of the state directory that holds what was journaled.
fn bytes(folder: &Path) -> Vec<(String, Vec<u8>)> {
    ["journal.db", "journal.db-wal"]
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), std::fs::read(folder.join(name)).ok()?)))
        .collect()
}

/// Writing and reading are refused alike, and the files stay as they are.
fn refused(folder: &Path) -> JournalError {
    let before = bytes(folder);
    let refusal = open(folder).unwrap_err();
    let reading = Reader::open(folder).map(|_| ()).unwrap_err();
    assert_eq!(std::mem::discriminant(&refusal), std::mem::discriminant(&reading), "{refusal} / {reading}");
    assert!(bytes(folder) == before, "what was refused was changed");
    refusal
}

#[tokio::test]
async fn a_journal_of_a_later_version_is_refused_even_when_its_writer_was_killed() {
    let (folder, killed) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let later = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
    later.execute_batch("PRAGMA journal_mode = WAL; CREATE TABLE news (text TEXT); PRAGMA user_version = 99;").unwrap();
    for name in ["journal.db", "journal.db-wal"] {
        std::fs::copy(folder.path().join(name), killed.path().join(name)).unwrap();
    }
    let refusal = refused(killed.path());
    assert!(matches!(refusal, JournalError::TooNew { found: 99, .. }), "{refusal}");
    assert!(!killed.path().join("pin.key").exists());
}

#[tokio::test]
async fn a_damaged_journal_is_refused() {
    let fixture = Fixture::new().await;
    fixture.run_of(10).await;
    let Fixture { folder, journal, .. } = fixture;
    journal.close().await;
    let path = folder.path().join("journal.db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[..64].fill(b'x');
    std::fs::write(&path, bytes).unwrap();
    let refusal = refused(folder.path());
    assert!(matches!(refusal, JournalError::Damaged { .. }), "{refusal}");
    assert!(refusal.to_string().contains("journal.db"), "{refusal}");
}

#[test]
fn the_database_of_another_program_is_not_made_a_journal() {
    let folder = tempfile::tempdir().unwrap();
    let other = rusqlite::Connection::open(folder.path().join("journal.db")).unwrap();
    other.execute_batch("CREATE TABLE places (url TEXT); INSERT INTO places VALUES ('x');").unwrap();
    drop(other);
    let before = bytes(folder.path());
    let refusal = open(folder.path()).unwrap_err();
    assert!(matches!(&refusal, JournalError::Damaged { why, .. } if why.contains("another program")), "{refusal}");
    assert!(bytes(folder.path()) == before);
}

#[tokio::test]
async fn a_journal_whose_making_was_cut_short_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let left = ["journal.db.new", "journal.db.new-wal", "journal.db.new-shm"].map(|name| folder.path().join(name));
    for left in &left {
        std::fs::write(left, "half of one").unwrap();
    }
    let refusal = Reader::open(folder.path()).unwrap_err();
    assert!(matches!(refusal, JournalError::Absent(_)), "{refusal}");
    let journal = open(folder.path()).unwrap();
    journal.ping().await.unwrap();
    journal.close().await;
    assert!(left.iter().all(|left| !left.exists()));
    Reader::open(folder.path()).unwrap();
}

#[tokio::test]
async fn a_rollback_journal_beside_the_database_undoes_nothing() {
    let fixture = Fixture::new().await;
    fixture.run_of(10).await;
    let Fixture { folder, journal, .. } = fixture;
    journal.close().await;
    // SQLite leaves this journal when it is killed while it makes a database: it says that there was none.
    let mut header = vec![0; 512];
    header[..16].copy_from_slice(&[0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7, 0, 0, 0, 0, 0x85, 0xd1, 0x4a, 0x19]);
    header[20..28].copy_from_slice(&[0, 0, 2, 0, 0, 0, 0x10, 0]);
    let beside = folder.path().join("journal.db-journal");
    std::fs::write(&beside, header).unwrap();
    let refusal = refused(folder.path());
    assert!(matches!(&refusal, JournalError::Damaged { why, .. } if why.contains("move that away")), "{refusal}");
    assert!(beside.exists());
}

#[test]
fn a_journal_that_is_not_there_yet_is_no_damage() {
    let folder = tempfile::tempdir().unwrap();
    let refusal = Reader::open(folder.path()).unwrap_err();
    assert!(matches!(refusal, JournalError::Absent(_)), "{refusal}");
    // A process that was killed before its first commit leaves an empty file.
    std::fs::write(folder.path().join("journal.db"), "").unwrap();
    let refusal = Reader::open(folder.path()).unwrap_err();
    assert!(matches!(refusal, JournalError::Absent(_)), "{refusal}");
    open(folder.path()).unwrap();
}

#[test]
fn a_state_directory_of_somebody_else_is_said_to_be_so() {
    let nobody = 65_534;
    if let Some(folder) = child::role() {
        if nix::unistd::geteuid().is_root() {
            nix::unistd::setuid(nobody.into()).unwrap();
        }
        for refusal in [Workspace::at(&folder).lock("a test").map(|_| ()), Reader::open(&folder).map(|_| ())] {
            let refusal = refusal.unwrap_err();
            assert!(matches!(refusal, JournalError::NotPermitted { .. }), "{refusal}");
            assert!(refusal.to_string().contains("Run this as the owner"), "{refusal}");
        }
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let journal = open(folder.path()).unwrap();
    runtime.block_on(journal.close());
    for name in ["journal.db", "lock"] {
        std::fs::set_permissions(folder.path().join(name), PermissionsExt::from_mode(0o000)).unwrap();
    }
    std::fs::set_permissions(folder.path(), PermissionsExt::from_mode(0o755)).unwrap();
    let test = "opening::a_state_directory_of_somebody_else_is_said_to_be_so";
    child::run(child::command(test, folder.path(), "exec"));
}

#[test]
fn a_lock_that_another_process_holds_is_told_with_its_holder_and_free_when_that_is_killed() {
    if let Some(folder) = child::role() {
        let _held = Workspace::at(&folder).lock("roomkeeper daemon").unwrap();
        println!("\nheld");
        std::io::stdout().flush().unwrap();
        // Until the parent lets go, or kills it.
        let _ = std::io::stdin().read_line(&mut String::new());
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let test = "opening::a_lock_that_another_process_holds_is_told_with_its_holder_and_free_when_that_is_killed";
    let mut holder =
        child::command(test, folder.path(), "exec").stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let told = BufReader::new(holder.stdout.take().unwrap()).lines().map(Result::unwrap).any(|line| line == "held");
    assert!(told);
    let refusal = open(folder.path()).unwrap_err();
    let expected = format!("roomkeeper daemon (process {})", holder.id());
    assert!(matches!(&refusal, JournalError::Held { by, .. } if *by == expected), "{refusal}");
    holder.kill().unwrap();
    holder.wait().unwrap();
    open(folder.path()).unwrap();
}

#[tokio::test]
async fn a_journal_that_is_merely_dropped_lets_go_of_its_lock_only_after_its_last_commit() {
    let fixture = Fixture::new().await;
    let run = fixture.journal.begin(new_run(fixture.job)).await.unwrap();
    let Fixture { folder, journal, job } = fixture;
    tokio::select! {
        biased;
        _ = journal.plan(job, run, (1..=20_000).map(item).collect()) => panic!("durable before it was asked for"),
        () = std::future::ready(()) => {}
    }
    drop(journal);
    let patience = Instant::now() + Duration::from_secs(60);
    let lock = loop {
        match Workspace::at(folder.path()).lock("the next process") {
            Ok(lock) => break lock,
            Err(refusal) => assert!(Instant::now() < patience, "{refusal}"),
        }
        std::thread::yield_now();
    };
    assert_eq!(Reader::open(folder.path()).unwrap().pending_count(run).unwrap(), 20_000);
    drop(lock);
}

#[tokio::test]
async fn somebody_with_a_tool_of_his_own_only_delays_a_commit() {
    let fixture = Fixture::new().await;
    let run = fixture.run_of(1).await;
    let path = fixture.path().join("journal.db");
    let (locked, is_locked) = std::sync::mpsc::channel();
    let (let_go, may_go) = std::sync::mpsc::channel();
    let tool = std::thread::spawn(move || {
        let tool = rusqlite::Connection::open(path).unwrap();
        tool.execute_batch("BEGIN IMMEDIATE").unwrap();
        locked.send(()).unwrap();
        may_go.recv().unwrap();
        tool.execute_batch("COMMIT").unwrap();
    });
    is_locked.recv().unwrap();
    tokio::select! {
        biased;
        left = fixture.journal.leave_undone(run, "a test") => panic!("committed beside another writer: {left:?}"),
        () = std::future::ready(()) => {}
    }
    let_go.send(()).unwrap();
    tool.join().unwrap();
    // The operation that was queued first is done first, and leaves nothing to do.
    assert_eq!(fixture.journal.leave_undone(run, "a test").await.unwrap().total(), 0);
}
