//! A backup holds one moment's state, whole or not at all, and hinders no other work.

use std::os::unix::fs::PermissionsExt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use roomkeeper::journal::{BackupError, Workspace};

use crate::fixture::{Fixture, item, new_run, open};
use crate::journals::{count, files, full_journal, zero};
use crate::reader::Reader;
use crate::site::names;

#[tokio::test]
async fn a_backup_while_others_write_is_one_moments_state() {
    let fixture = Fixture::new().await;
    let run = fixture.run_of(0).await;
    let planned = fixture.journal.begin(new_run(fixture.job)).await.unwrap();
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("monday.db");
    let is_written = Arc::new(AtomicBool::new(false));
    let writing = async {
        let mut n = 0;
        // Ten at a time: a copy of one moment has whole tens.
        while !is_written.load(Ordering::SeqCst) {
            fixture.journal.plan(fixture.job, planned, (n..n + 10).map(item).collect()).await.unwrap();
            n += 10;
        }
        n
    };
    let (folder, to, told) = (fixture.path().to_owned(), file.clone(), Arc::clone(&is_written));
    let backing_up = tokio::task::spawn_blocking(move || {
        let snapshot = Workspace::at(&folder).snapshot();
        let bytes = snapshot.unwrap().write_to(&to);
        told.store(true, Ordering::SeqCst);
        bytes
    });
    let (written, bytes) = tokio::join!(writing, backing_up);
    assert_eq!(bytes.unwrap().unwrap(), std::fs::metadata(&file).unwrap().len());
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(names(elsewhere.path()), ["monday.db"], "something was left beside it");

    let restored = tempfile::tempdir().unwrap();
    std::fs::rename(&file, restored.path().join("journal.db")).unwrap();
    let reader = Reader::open(restored.path()).unwrap();
    assert!(reader.check().unwrap().is_sound());
    let kept = reader.pending_count(planned).unwrap();
    assert!(kept.is_multiple_of(10) && kept <= u64::from(written), "{kept} of {written}");
    assert_eq!(reader.pending_count(run).unwrap(), 0);
    drop(reader);
    // And it can be gone on with.
    let journal = open(restored.path()).unwrap();
    journal.begin(new_run(fixture.job)).await.unwrap();
    // By the group, too, as the one that it takes the place of.
    for name in ["journal.db", "journal.db-wal", "journal.db-shm"] {
        let mode = std::fs::metadata(restored.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o640, "{name}");
    }
    journal.close().await;
}

#[tokio::test]
async fn a_backup_holds_what_is_in_the_log_alone() {
    let fixture = Fixture::new().await;
    fixture.run_of(7).await;
    assert!(std::fs::metadata(fixture.path().join("journal.db-wal")).unwrap().len() > 0);
    let file = fixture.path().join("backup.db");
    Workspace::at(fixture.path()).snapshot().unwrap().write_to(&file).unwrap();
    let restored = tempfile::tempdir().unwrap();
    std::fs::copy(&file, restored.path().join("journal.db")).unwrap();
    assert_eq!(count(restored.path(), "items"), 7);
}

#[tokio::test]
async fn a_file_that_is_there_is_never_overwritten_not_even_a_link_to_nothing() {
    let folder = full_journal().await;
    let file = folder.path().join("precious");
    std::fs::write(&file, "precious").unwrap();
    let link = folder.path().join("link");
    std::os::unix::fs::symlink("nowhere", &link).unwrap();
    for taken in [&file, &link] {
        let refusal = Workspace::at(folder.path()).snapshot().unwrap().write_to(taken).unwrap_err();
        assert!(matches!(refusal, BackupError::Exists(_)), "{refusal}");
    }
    assert_eq!(std::fs::read(&file).unwrap(), b"precious");
    assert!(!folder.path().join("nowhere").exists());
}

#[tokio::test]
async fn where_it_cannot_be_written_nothing_is_left_behind() {
    let folder = full_journal().await;
    let nowhere = folder.path().join("nowhere/backup.db");
    let refusal = Workspace::at(folder.path()).snapshot().unwrap().write_to(&nowhere).unwrap_err();
    assert!(refusal.to_string().contains("nowhere/backup.db could not be written"), "{refusal}");
    assert!(!folder.path().join("nowhere").exists());
}

#[tokio::test]
async fn a_damaged_journal_makes_no_backup() {
    let folder = full_journal().await;
    zero(folder.path(), "bodies");
    let before = files(folder.path());
    let elsewhere = tempfile::tempdir().unwrap();
    let to = elsewhere.path().join("backup.db");
    let refusal = Workspace::at(folder.path()).snapshot().unwrap().write_to(&to).unwrap_err();
    assert!(matches!(refusal, BackupError::Damaged(_)), "{refusal}");
    assert!(names(elsewhere.path()).is_empty());
    assert_eq!(files(folder.path()), before);
}
