//! Every command refuses a broken journal, with words that say what to do, and writes nothing over it.

use std::path::Path;

use roomkeeper::journal::{HistoryFilter, ItemFilter, ItemsPage, Journal, JournalError, Workspace};
use roomkeeper::model::ItemNo;

use crate::fixture::{Fixture, new_run, open_again};
use crate::journals::{copied, day, ended_run, files, full_journal, zero};
use crate::reader::Reader;

/// Expects that neither side opens the journal, for that reason, and that its files stay as they are.
#[track_caller]
fn is_refused(folder: &Path, reason: &str) {
    let before = files(folder);
    for _ in 0..2 {
        let refusals = [Reader::open(folder).map(drop).unwrap_err(), open_again(folder).map(drop).unwrap_err()];
        for refusal in refusals {
            assert!(matches!(&refusal, JournalError::Damaged { why, .. } if why.contains(reason)), "{refusal}");
            let words = refusal.to_string();
            assert!(words.contains(&folder.join("journal.db").display().to_string()), "{words}");
            assert!(words.contains("It was left as it is") && words.contains("restore a backup"), "{words}");
        }
    }
    assert_eq!(files(folder), before);
}

/// The files of a journal whose program was killed: the last transactions are in the log alone.
async fn killed(runs: u32) -> tempfile::TempDir {
    let fixture = Fixture::new().await;
    for _ in 0..runs {
        ended_run(&fixture.journal, fixture.job, day(1), 3).await;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in copied(fixture.path()) {
        std::fs::write(folder.path().join(name), bytes).unwrap();
    }
    assert!(folder.path().join("journal.db-wal").exists());
    folder
}

fn change(folder: &Path, change: impl FnOnce(&mut Vec<u8>)) {
    let path = folder.join("journal.db");
    let mut bytes = std::fs::read(&path).unwrap();
    change(&mut bytes);
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn garbage_where_the_header_was() {
    let folder = full_journal().await;
    change(folder.path(), |bytes| bytes[..100].fill(0xa5));
    is_refused(folder.path(), "not a database");
}

#[tokio::test]
async fn a_file_that_was_cut_off() {
    for pages in [1, 7] {
        let folder = full_journal().await;
        change(folder.path(), |bytes| bytes.truncate(pages * 4096));
        is_refused(folder.path(), "malformed");
    }
    let folder = full_journal().await;
    change(folder.path(), |bytes| bytes.truncate(40));
    is_refused(folder.path(), "too short");
}

#[tokio::test]
async fn an_empty_file_where_a_journal_was() {
    let folder = full_journal().await;
    change(folder.path(), Vec::clear);
    is_refused(folder.path(), "it is empty, and was not before");
}

#[tokio::test]
async fn an_empty_file_that_a_kill_left_at_the_very_beginning_is_no_damage() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("journal.db"), "").unwrap();
    assert!(matches!(Reader::open(folder.path()), Err(JournalError::Absent(_))));
    open_again(folder.path()).unwrap().close().await;
}

#[tokio::test]
async fn a_folder_of_that_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("journal.db")).unwrap();
    let refusals =
        [Reader::open(folder.path()).map(drop).unwrap_err(), open_again(folder.path()).map(drop).unwrap_err()];
    for refusal in refusals {
        assert!(matches!(&refusal, JournalError::Damaged { why, .. } if why == "it is a folder"), "{refusal}");
    }
    assert!(folder.path().join("journal.db").is_dir());
}

#[tokio::test]
async fn the_log_of_another_journal() {
    let (ours, theirs) = (killed(1).await, killed(5).await);
    std::fs::copy(theirs.path().join("journal.db-wal"), ours.path().join("journal.db-wal")).unwrap();
    is_refused(ours.path(), "belongs to another database");
}

#[tokio::test]
async fn a_restored_backup_beside_the_log_of_the_journal_that_it_replaces() {
    let fixture = Fixture::new().await;
    fixture.run_of(3).await;
    let backup = fixture.path().join("backup");
    Workspace::at(fixture.path()).snapshot().unwrap().write_to(&backup).unwrap();
    for _ in 0..5 {
        ended_run(&fixture.journal, fixture.job, day(1), 3).await;
    }
    let folder = tempfile::tempdir().unwrap();
    std::fs::copy(fixture.path().join("journal.db-wal"), folder.path().join("journal.db-wal")).unwrap();
    std::fs::copy(&backup, folder.path().join("journal.db")).unwrap();
    is_refused(folder.path(), "belongs to another database");
    // As we say, so it is.
    std::fs::rename(folder.path().join("journal.db-wal"), folder.path().join("aside")).unwrap();
    let journal = open_again(folder.path()).unwrap();
    assert_eq!(journal.unfinished().await.unwrap().len(), 1);
    journal.close().await;
}

#[tokio::test]
async fn a_log_whose_database_is_gone() {
    let folder = killed(2).await;
    std::fs::remove_file(folder.path().join("journal.db")).unwrap();
    is_refused(folder.path(), "only its log");
}

#[tokio::test]
async fn a_log_is_taken_by_its_own_journal_and_by_no_other_however_often_it_was_begun_anew() {
    let other = full_journal().await;
    let (mut begun_anew, mut length) = (0, 0);
    let fixture = Fixture::new().await;
    let mut runs = 0;
    // Past two of the points at which the log is carried over and begun again.
    while begun_anew < 2 {
        let (run, _) = ended_run(&fixture.journal, fixture.job, day(1), 4000).await;
        runs += 1;
        assert!(runs < 100, "the log was only ever appended to, so nothing was shown");
        let folder = tempfile::tempdir().unwrap();
        let copied = copied(fixture.path());
        for (name, bytes) in &copied {
            std::fs::write(folder.path().join(name), bytes).unwrap();
        }
        let journal = open_again(folder.path()).unwrap();
        let found = journal.run_by_key(run).await.unwrap();
        assert_eq!(found.counts.total(), 4000, "run {runs}");
        drop(journal);
        let log = copied.into_iter().find(|(name, _)| name == "journal.db-wal").map(|(_, log)| log).unwrap_or_default();
        if log.len() < length {
            begun_anew += 1;
        }
        length = log.len();
        if length > 0 {
            std::fs::write(other.path().join("journal.db-wal"), log).unwrap();
            is_refused(other.path(), "belongs to another database");
        }
    }
}

#[tokio::test]
async fn any_page_that_is_nothing_but_zeros_is_found_and_whoever_reads_it_is_told() {
    let sound = full_journal().await;
    let bytes = std::fs::read(sound.path().join("journal.db")).unwrap();
    let pages = bytes.len() / 4096;
    assert!(pages > 20, "{pages}");
    let (mut at_opening, mut in_reading) = (0, 0);
    for page in 0..pages {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("journal.db");
        let mut broken = bytes.clone();
        broken[page * 4096..(page + 1) * 4096].fill(0);
        std::fs::write(&path, &broken).unwrap();
        let reader = match Reader::open(folder.path()) {
            Ok(reader) => reader,
            Err(error) => {
                assert!(matches!(error, JournalError::Damaged { .. }), "page {page}: {error}");
                at_opening += 1;
                continue;
            }
        };
        // A free page may be anything.
        let is_used = bytes[page * 4096..(page + 1) * 4096].iter().any(|byte| *byte != 0);
        let findings = reader.check();
        let is_seen = match &findings {
            Ok(findings) => findings.is_damaged(),
            Err(error) => matches!(error, JournalError::Damaged { .. }),
        };
        assert!(is_seen || !is_used, "page {page}: {findings:?}");
        if let Err(error) = read_all(&reader) {
            assert!(matches!(error, JournalError::Damaged { .. }), "page {page}: {error}");
            in_reading += 1;
        }
        drop(reader);
        assert_eq!(std::fs::read(&path).unwrap(), broken, "page {page}");
    }
    assert!(at_opening >= 1 && in_reading >= 5, "{at_opening} {in_reading}");
}

fn read_all(reader: &Reader) -> Result<(), JournalError> {
    for run in reader.history(&HistoryFilter { limit: 100, ..HistoryFilter::default() })? {
        let mut after = ItemNo(0);
        while let Some(last) = reader.items(run.key, ItemFilter::All, after, 100)?.last() {
            after = last.item;
            reader.attempts(run.key, after)?;
        }
        reader.skips(run.job_key, 100)?;
        reader.watch(run.job_key)?;
    }
    reader.outbox()?;
    Ok(())
}

async fn read_all_items(journal: &Journal) -> Result<(), JournalError> {
    for run in journal.history(HistoryFilter { limit: 100, ..HistoryFilter::default() }).await? {
        journal.items(ItemsPage { run: run.key, filter: ItemFilter::All, after: ItemNo(0), most: 100 }).await?;
    }
    Ok(())
}

#[tokio::test]
async fn a_writer_that_meets_a_broken_page_says_so_and_names_the_file() {
    let folder = full_journal().await;
    let journal = open_again(folder.path()).unwrap();
    zero(folder.path(), "bodies");
    let job = crate::fixture::job(&journal, "timetable").await;
    let run = journal.begin(new_run(job)).await.unwrap();
    let refusal = journal.plan(job, run, vec![crate::fixture::item(1)]).await.unwrap_err();
    let named = folder.path().join("journal.db").display().to_string();
    assert!(matches!(&refusal, JournalError::Damaged { place, .. } if *place == named), "{refusal}");
    let refusal = read_all_items(&journal).await;
    assert!(matches!(&refusal, Err(JournalError::Damaged { place, .. }) if *place == named), "{refusal:?}");
    journal.close().await;
}

#[tokio::test]
async fn a_broken_root_is_seen_before_anything_is_written() {
    for table in ["jobs", "runs", "items", "bodies", "results", "identities", "claims", "outbox", "skips"] {
        let folder = full_journal().await;
        let broken = zero(folder.path(), table);
        let refusal = open_again(folder.path()).map(drop).unwrap_err();
        assert!(matches!(refusal, JournalError::Damaged { .. }), "{table}: {refusal}");
        assert_eq!(std::fs::read(folder.path().join("journal.db")).unwrap(), broken);
    }
}
