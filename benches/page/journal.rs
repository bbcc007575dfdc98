//! A journal with many items and many runs, by the journal's own operations.

use std::path::Path;
use std::time::Duration;

use futures_util::stream::{self, StreamExt};
use roomkeeper::clock::{Clock, SystemClock};
use roomkeeper::journal::{Ending, JobKey, Journal, NewItem, NewRun, Start, Workspace};
use roomkeeper::model::{Counts, ItemNo, JobKind, JobPayload, RunId, Status, Trigger};

/// Fills the journal of a state directory, which must not be there; returns the run that has the items.
pub fn fill(state: &Path, items: u32, runs: u32) -> RunId {
    fill_in(&Workspace::at(state), items, runs)
}

/// The same of a workspace, whose journal may lie in a database.
pub fn fill_in(workspace: &Workspace, items: u32, runs: u32) -> RunId {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        std::fs::create_dir_all(workspace.directory()).unwrap();
        let journal = Journal::open(workspace.lock("bench").unwrap()).unwrap();
        let job = journal.job(&"timetable".parse().unwrap(), JobKind::SCHEDULE_MEETINGS, None).await.unwrap();
        let ended = stream::iter(0..runs).map(|n| small(&journal, job, n, runs)).buffer_unordered(500);
        ended.collect::<Vec<()>>().await;
        let id = large(&journal, job, items).await;
        journal.close().await;
        id
    })
}

fn new_run(job: JobKey, ago: Duration) -> NewRun {
    NewRun {
        id: RunId::generate(),
        job,
        trigger: Trigger::Manual,
        due: None,
        started: SystemClock.now().minus(ago),
        retry_of: None,
        input: String::new(),
        claim: None,
    }
}

async fn small(journal: &Journal, job: JobKey, n: u32, runs: u32) {
    let ago = Duration::from_secs(u64::from(runs - n) * 300);
    let new = new_run(job, ago);
    let (run, at) = (new, SystemClock.now().minus(ago).plus(Duration::from_secs(u64::from(n % 90))));
    let run = journal.begin(run).await.unwrap();
    let status = if n.is_multiple_of(50) { Status::Invalid } else { Status::Unchanged };
    journal.plan(job, run, vec![item(1, status)]).await.unwrap();
    journal.planned(run, String::new()).await.unwrap();
    journal.end(run, ending([(status, 1)].into_iter().collect(), at)).await.unwrap();
    journal.wipe_pins(run).await.unwrap();
}

async fn large(journal: &Journal, job: JobKey, items: u32) -> RunId {
    let new = new_run(job, Duration::from_secs(60));
    let id = new.id;
    let run = journal.begin(new).await.unwrap();
    let mut counts = Counts::default();
    let status = |n: u32| match n % 100_000 {
        7 => Status::Updated,
        9 => Status::Invalid,
        _ => Status::Created,
    };
    for first in (1..=items).step_by(5000) {
        let page: Vec<_> = (first..(first + 5000).min(items + 1)).map(|n| item(n, status(n))).collect();
        journal.plan(job, run, page).await.unwrap();
    }
    for n in 1..=items {
        counts.add(status(n), 1);
    }
    journal.planned(run, String::new()).await.unwrap();
    journal.end(run, ending(counts, SystemClock.now())).await.unwrap();
    // Nothing is left to do with it, as after the end of a real run.
    journal.wipe_pins(run).await.unwrap();
    id
}

fn item(n: u32, status: Status) -> NewItem {
    NewItem {
        item: ItemNo(n),
        identity: None,
        label: format!("Lecture {n:07}"),
        line: Some(n + 1),
        payload: JobPayload::kept("{}".to_owned()),
        source: None,
        start: Start::Decided { status, code: None, error: None, result: None },
    }
}

fn ending(counts: Counts, at: roomkeeper::clock::Timestamp) -> Ending {
    Ending { outcome: counts.outcome(), error: None, counts, at, remarks: Vec::new(), letters: Vec::new() }
}
