//! The rooms of a run that is repeated: those that did not succeed in it, as it had understood them, unless a later run has dealt
//! with them.

use serde::Deserialize;

use super::row::Row;
use super::source::Asked;
use crate::engine::{ItemFilter, ItemView, PlanError, Recall, Refusal, RunInfo, RunKey, Scratch, Start};
use crate::model::{ItemNo, JobName, RunId, State, Status};

/// Items read at once.
const PAGE: u32 = 200;

/// Goes through them page by page.
pub(super) struct Repeat<'a> {
    recall: &'a Recall,
    of: RunKey,
    after: ItemNo,
    since: Vec<RunId>,
    /// Identities that a later run has dealt with, each with that run's place in `since`.
    dealt_with: Scratch,
}

/// The part of a payload that outlives its run: what was asked for. What is wanted of the room may have changed since.
#[derive(Deserialize)]
struct Account {
    row: Row,
}

impl<'a> Repeat<'a> {
    /// Looks up the run that this one repeats; `None` where that one had no items, so that all of it is to be done.
    pub(super) async fn of(
        job: &JobName,
        run: &RunInfo,
        of: RunId,
        recall: &'a Recall,
    ) -> Result<Option<Self>, PlanError> {
        let (job, this) = (job.clone(), run.key);
        let scratch = Scratch::new()?;
        let read = move |reader: &crate::engine::Reader| {
            let Some(repeated) = reader.run(of)? else { return Ok(None) };
            let was_planned = repeated.counts.total() > 0;
            let mut since = Vec::new();
            if let Some(job) = reader.job(&job)? {
                for (key, id) in reader.runs_after(job, repeated.key)? {
                    if Some(key) == this {
                        continue;
                    }
                    let at = u32::try_from(since.len()).unwrap_or(u32::MAX);
                    since.push(id);
                    let mut after = ItemNo(0);
                    loop {
                        let page = reader.items(key, ItemFilter::Good, after, PAGE)?;
                        let Some(last) = page.last() else { break };
                        after = last.item;
                        for identity in page.iter().filter_map(|item| item.identity.as_ref()) {
                            scratch.first_line(identity, at)?;
                        }
                    }
                }
            }
            Ok(Some((repeated.key, was_planned, since, scratch)))
        };
        let (of, was_planned, since, dealt_with) = recall
            .read(None, read)
            .await?
            .ok_or_else(|| Refusal("the run that is to be repeated is not in the journal any more".to_owned()))?;
        Ok(was_planned.then(|| Self { recall, of, after: ItemNo(0), since, dealt_with }))
    }

    /// The next rooms; none at the end.
    pub(super) async fn next(&mut self) -> Result<Vec<Asked>, PlanError> {
        let (of, after) = (self.of, self.after);
        let page =
            self.recall.read(Vec::new(), move |reader| reader.items(of, ItemFilter::Problems, after, PAGE)).await?;
        let Some(last) = page.last() else { return Ok(Vec::new()) };
        self.after = last.item;
        page.iter().map(|item| self.asked(item)).collect()
    }

    fn asked(&self, item: &ItemView) -> Result<Asked, PlanError> {
        let account: Account = serde_json::from_str(&item.payload)
            .map_err(|error| Refusal(format!("the journal's account of {} cannot be read: {error}", item.label)))?;
        let superseded = match &item.identity {
            Some(identity) => self.dealt_with.line_of(identity)?,
            None => None,
        };
        Ok(Asked {
            row: Row { line: item.line, ..account.row },
            start: match item.state {
                State::Done(Status::Unknown) => Start::Settling { before: item.before.clone() },
                _ => Start::Pending,
            },
            superseded: superseded.and_then(|at| self.since.get(at as usize)).map(RunId::to_string),
        })
    }
}
