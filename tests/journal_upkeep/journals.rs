//! Journals with runs that have ended, and the files they are made of.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use roomkeeper::clock::Timestamp;
use roomkeeper::journal::{Ending, JobKey, Journal, NewIntents, NewLetter, NewRun, Remember, RunKey, Start, Step};
use roomkeeper::model::{Counts, Digest, Event, ItemNo, Life, Limits, MeetingId, Outcome, RunId, Status};
use uuid::Uuid;

use crate::fixture::{Fixture, intent, item, new_run, now};

/// So many days after the time of every test.
pub(crate) fn day(n: u64) -> Timestamp {
    now().plus(Duration::from_hours(24 * n))
}

/// A run on that day with `n` items that were unchanged, and its end.
pub(crate) async fn ended_run(journal: &Journal, job: JobKey, at: Timestamp, n: u32) -> (RunKey, RunId) {
    let new = NewRun { started: at, ..new_run(job) };
    let (run, id) = (journal.begin(new.clone()).await.unwrap(), new.id);
    for from in (0..n).step_by(500) {
        let items = (from + 1..=n.min(from + 500)).map(|n| {
            let mut item = item(n);
            item.source = Some(format!(
                "[\"R-{n:05}\",\"u{:05}\",\"Lesson {n} of the winter term\",\"2027-02-01 09:00\",\"60\"]",
                n % 20
            ));
            let result = Some("{\"a\":1}".to_owned());
            item.start = Start::Decided { status: Status::Unchanged, code: None, error: None, result };
            item
        });
        journal.plan(job, run, items.collect()).await.unwrap();
    }
    journal.planned(run, "input".to_owned()).await.unwrap();
    end(journal, run, at, [(Status::Unchanged, u64::from(n))].into_iter().collect(), Vec::new()).await;
    (run, id)
}

pub(crate) async fn end(journal: &Journal, run: RunKey, at: Timestamp, counts: Counts, letters: Vec<NewLetter>) {
    let ending = Ending { outcome: Outcome::Succeeded, error: None, counts, at, remarks: Vec::new(), letters };
    journal.end(run, ending).await.unwrap();
    journal.wipe_pins(run).await.unwrap();
}

/// A run on that day that made these things, each under its identity and with its facts, as item 1 and so on.
pub(crate) async fn making_run(journal: &Journal, job: JobKey, at: Timestamp, made: Vec<Remember>) -> RunKey {
    let run = journal.begin(NewRun { started: at, ..new_run(job) }).await.unwrap();
    let n = u32::try_from(made.len()).unwrap();
    journal.plan(job, run, (1..=n).map(item).collect()).await.unwrap();
    journal.planned(run, "input".to_owned()).await.unwrap();
    let intents = (1..=n).map(|n| intent(n, Life::default())).collect();
    let lives = journal.intend(NewIntents { run, intents, limits: Limits::default(), now: at }).await.unwrap();
    let steps = (1..=n).zip(lives).zip(made).map(|((n, life), remember)| {
        let mut step = Step::new(ItemNo(n), life, Event::Confirmed(Status::Created));
        step.remember = Some(remember);
        step.result = Some("{}".to_owned());
        step
    });
    journal.record(run, steps.collect::<Arc<[_]>>(), Limits::default()).await.unwrap();
    end(journal, run, at, [(Status::Created, u64::from(n))].into_iter().collect(), Vec::new()).await;
    run
}

pub(crate) fn made(identity: &str, facts: &str) -> Remember {
    Remember::Made {
        identity: identity.to_owned(),
        resource: MeetingId::new(&format!("meeting-{identity}")).unwrap(),
        content: Digest::of(b"content"),
        facts: facts.to_owned(),
    }
}

pub(crate) fn letter() -> NewLetter {
    NewLetter {
        id: Uuid::now_v7(),
        sender: "roomkeeper@example.org".to_owned(),
        receivers: vec!["it@example.org".to_owned()],
        subject: "OK".to_owned(),
        message: b"Dear all".to_vec(),
    }
}

/// A closed journal with something of everything: two runs, what they made, mails, a claim, skips.
pub(crate) async fn full_journal() -> tempfile::TempDir {
    use roomkeeper::journal::{NewClaim, Skip};
    use roomkeeper::model::SkipReason;
    let Fixture { folder, journal, job } = Fixture::new().await;
    let _made = making_run(&journal, job, day(0), vec![made("ref:1", "{}"), made("ref:2", "{}")]).await;
    let claim = NewClaim {
        name: "a.csv".to_owned(),
        dropped: "/inbox/a.csv".into(),
        claimed: "/inbox/processing/a.csv".into(),
        inode: 7,
        shared: false,
    };
    let new = NewRun { due: Some(day(1)), claim: Some(claim), started: day(1), ..new_run(job) };
    let run = journal.begin(new).await.unwrap();
    journal.plan(job, run, vec![item(1)]).await.unwrap();
    journal.planned(run, "input".to_owned()).await.unwrap();
    journal.leave_undone(run, "cancelled").await.unwrap();
    end(&journal, run, day(1), [(Status::NotRun, 1)].into_iter().collect(), vec![letter()]).await;
    let skip = Skip { due: day(2), reason: SkipReason::Missed, detail: "nobody was there".to_owned() };
    journal.skip(job, vec![skip], day(3)).await.unwrap();
    let _large = ended_run(&journal, job, day(4), 400).await;
    journal.close().await;
    folder
}

/// The journal's file by another way than ours.
pub(crate) fn by_hand(folder: &Path) -> rusqlite::Connection {
    rusqlite::Connection::open(folder.join("journal.db")).unwrap()
}

pub(crate) fn count(folder: &Path, what: &str) -> i64 {
    by_hand(folder).query_row(&format!("SELECT count(*) FROM {what}"), [], |row| row.get(0)).unwrap()
}

/// Name and content of the journal's files, without the one that only holds what is in memory.
pub(crate) fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let names = crate::site::names(folder).into_iter();
    let lasting = names.filter(|name| name == "journal.db" || name == "journal.db-wal");
    let read = lasting.map(|name| (name.clone(), std::fs::read(folder.join(name)).unwrap()));
    // An empty log is none.
    read.filter(|(name, bytes)| name == "journal.db" || !bytes.is_empty()).collect()
}

/// Makes nothing but zeros of the page that a table begins with; tells what the file holds now.
pub(crate) fn zero(folder: &Path, table: &str) -> Vec<u8> {
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = ?1";
    let root: u32 = by_hand(folder).query_row(root, [table], |row| row.get(0)).unwrap();
    let path = folder.join("journal.db");
    let mut bytes = std::fs::read(&path).unwrap();
    bytes[..root as usize * 4096][(root as usize - 1) * 4096..].fill(0);
    std::fs::write(path, &bytes).unwrap();
    bytes
}

/// The files of a journal that is open, as a kill would leave them: the log may be carried over while they are read.
pub(crate) fn copied(folder: &Path) -> Vec<(String, Vec<u8>)> {
    loop {
        let once = files(folder);
        if once == files(folder) {
            return once;
        }
    }
}
