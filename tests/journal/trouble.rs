//! A disk that is full: everybody is told, nothing that was answered is lost, and the work goes on when there is room.

use std::path::Path;
use std::process::Command;

use roomkeeper::journal::JournalError;

use crate::child;
use crate::fixture::{item, job, new_run, open};
use crate::reader::Reader;

/// Writes until the disk has no more room, makes room, and goes on.
#[tokio::main(flavor = "current_thread")]
async fn fill_up(state: &Path, is_expected: fn(&JournalError) -> bool, make_room: impl FnOnce()) {
    const PAGE: u32 = 100;
    let page = |after: u64| {
        let after = u32::try_from(after).unwrap();
        (1..=PAGE).map(|n| item(after + n)).collect::<Vec<_>>()
    };
    let journal = open(state).unwrap();
    let job = job(&journal, "timetable").await;
    let run = journal.begin(new_run(job)).await.unwrap();
    let mut present = 0;
    // The first failure makes a little room, for what was in the log is carried over when the journal is opened anew.
    for _ in 0..3 {
        let error = loop {
            match journal.plan(job, run, page(present)).await {
                Ok(()) => present += u64::from(PAGE),
                Err(error) => break error,
            }
            assert!(present < 1_000_000, "the disk never filled up");
        };
        assert!(is_expected(&error) && error.may_pass(), "{error:?}");
        let found = journal.tally(run).await.unwrap().pending;
        assert_eq!(found, present, "what failed left something behind, or took something with it");
    }
    assert!(present > 0);

    let before = journal.answered();
    let again = journal.plan(job, run, page(present)).await.unwrap_err();
    assert!(is_expected(&again), "{again:?}");
    assert!(journal.answered() > before, "an error is an answer too");

    make_room();
    for _ in 0..20 {
        journal.plan(job, run, page(present)).await.unwrap();
        present += u64::from(PAGE);
    }
    journal.close().await;
    assert_eq!(Reader::open(state).unwrap().pending_count(run).unwrap(), present);
}

#[test]
fn a_file_that_may_grow_no_more_holds_up_the_work_and_loses_nothing() {
    if let Some(state) = child::role() {
        fill_up(
            &state,
            |error| matches!(error, JournalError::Io(_)),
            || {
                use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
                let maximum = getrlimit(Resource::Fsize).maximum;
                setrlimit(Resource::Fsize, Rlimit { current: maximum, maximum }).unwrap();
            },
        );
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let test = "trouble::a_file_that_may_grow_no_more_holds_up_the_work_and_loses_nothing";
    // The limit is told in blocks of 512 bytes.
    child::run(child::command(test, folder.path(), "trap '' XFSZ; ulimit -S -f 2000; exec"));
}

#[test]
fn a_full_disk_is_called_full_and_loses_nothing() {
    if let Some(disk) = child::role() {
        let ballast = disk.join("ballast");
        std::fs::write(&ballast, vec![0; 2 << 20]).unwrap();
        fill_up(
            &disk.join("state"),
            |error| matches!(error, JournalError::Full),
            || {
                std::fs::remove_file(&ballast).unwrap();
            },
        );
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mount = "mount -t tmpfs -o size=4m tmpfs \"$ROOMKEEPER_TEST_FOLDER\"";
    let unshare = "unshare --user --map-root-user --mount sh -c";
    let can_mount = Command::new("sh")
        .args(["-c", &format!("{unshare} '{mount}'")])
        .env("ROOMKEEPER_TEST_FOLDER", folder.path())
        .output()
        .is_ok_and(|tried| tried.status.success());
    if !can_mount {
        // Where a small disk may not be mounted, the test above stands alone, and the word for it is checked in this way.
        let full = rusqlite::Error::SqliteFailure(rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_FULL), None);
        assert!(matches!(JournalError::from(full), JournalError::Full));
        return;
    }
    let test = "trouble::a_full_disk_is_called_full_and_loses_nothing";
    child::run(child::command(test, folder.path(), &format!("exec {unshare} '{mount} && exec \"$0\" \"$@\"'")));
}
