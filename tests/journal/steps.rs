//! A power failure takes the steps of longer work that nothing durable came after, and not a byte more.

use std::path::Path;

use roomkeeper::journal::{Journal, RunKey};

use crate::child;
use crate::fixture::{item, job, new_run, open, open_again};
use crate::power::Power;

/// In a process of its own: plans a run of ten items, goes on as told, and leaves the journal as a power failure does, unclosed.
async fn plan_ten<F: AsyncFnOnce(&Journal, RunKey)>(folder: &Path, go_on: F) {
    let journal = open(folder).unwrap();
    let job = job(&journal, "timetable").await;
    let run = journal.begin(new_run(job)).await.unwrap();
    journal.plan(job, run, (1..=10).map(item).collect()).await.unwrap();
    go_on(&journal, run).await;
    std::mem::forget(journal);
}

/// Runs the test of that name as a child, takes away what it never synced, and tells how many bytes that was, and how many
/// items of the run are there afterwards.
async fn after_a_power_failure(test: &str) -> (u64, u64) {
    let folder = tempfile::tempdir().unwrap();
    let aside = tempfile::tempdir().unwrap();
    let power = Power::new(aside.path());
    let mut command = child::command(test, folder.path(), "exec");
    power.watch(&mut command);
    child::run(command);
    let lost = power.fail(&folder.path().join("journal.db"));
    let journal = open_again(folder.path()).unwrap();
    let runs = journal.unfinished().await.unwrap();
    assert_eq!(runs.len(), 1, "the run itself was durable when it had begun");
    (lost, journal.tally(runs[0].key).await.unwrap().pending)
}

#[tokio::test]
async fn a_plan_that_is_not_whole_goes_with_the_power() {
    if let Some(folder) = child::role() {
        return plan_ten(&folder, async |_, _| {}).await;
    }
    let (lost, items) = after_a_power_failure("steps::a_plan_that_is_not_whole_goes_with_the_power").await;
    assert!(lost > 0, "it was synced by itself");
    assert_eq!(items, 0);
}

#[tokio::test]
async fn a_plan_that_is_whole_outlasts_the_power() {
    if let Some(folder) = child::role() {
        return plan_ten(&folder, async |journal, run| journal.planned(run, String::new()).await.unwrap()).await;
    }
    let (lost, items) = after_a_power_failure("steps::a_plan_that_is_whole_outlasts_the_power").await;
    assert_eq!((lost, items), (0, 10));
}
