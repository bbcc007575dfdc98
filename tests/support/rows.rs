//! A run, its items and their intents, as the tests of the journal and those of its border put them in.

use roomkeeper::journal::{Intent, JobKey, NewItem, NewRun, Start};
use roomkeeper::model::{ItemNo, JobPayload, Life, RunId, Trigger};

use crate::fixture::now;

pub fn new_run(job: JobKey) -> NewRun {
    NewRun {
        id: RunId::generate(),
        job,
        trigger: Trigger::Manual,
        due: None,
        started: now(),
        retry_of: None,
        input: "input".to_owned(),
        claim: None,
    }
}

pub fn item(n: u32) -> NewItem {
    NewItem {
        item: ItemNo(n),
        identity: Some(format!("ref:{n}")),
        label: format!("Lesson {n}"),
        line: Some(n + 1),
        payload: JobPayload::kept("{}".to_owned()),
        source: None,
        start: Start::Pending,
    }
}

pub fn intent(n: u32, life: Life) -> Intent {
    Intent { item: ItemNo(n), life, before: None, target: None }
}
