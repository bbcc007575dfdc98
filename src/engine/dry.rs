//! Runs without effects: makes every read and no write, and lists the planned effect of each item.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::decision::{Decision, Trouble};
use super::expected::Expected;
use super::record::RecordError;
use super::session::{Plan, PlanError, Session};
use crate::journal::JournalError;
use crate::model::{Code, Digest, ItemNo, Life, NewItem, OpenItem, Start, Status};

/// Items decided together.
const BATCH: usize = 200;

/// The planned effect of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Would {
    /// Its number.
    pub item: ItemNo,
    /// The row of the file.
    pub line: Option<u32>,
    /// For people.
    pub label: String,
    /// The status that the item would get.
    pub would: Status,
    /// The API's code of the reason.
    pub code: Option<Code>,
    /// The reason in words.
    pub error: Option<String>,
    /// Field, what it is, what it would be.
    pub changes: Vec<(String, Option<String>, Option<String>)>,
}

/// Takes the next effects; answers whether more are wanted.
pub type TellEffects<'a> = &'a mut (dyn FnMut(Vec<Would>) -> BoxFuture<'static, bool> + Send);

/// Tells what a dry run found out about the run as a whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// The run's input, as the run would keep it.
    pub input: String,
    /// The requests that the run would send.
    pub expected: Option<Expected>,
}

/// Plans a run and decides its items, and tells them in turn. What there is to say of a file that is refused is put into
/// `remarks`.
pub async fn dry_run(
    session: &dyn Session,
    tell: TellEffects<'_>,
    remarks: &mut Vec<String>,
) -> Result<Foreseen, PlanError> {
    let mut plan = DryPlan { session, tell, remarks, sends: 0, trouble: None, refused: None };
    let planned = session.plan(&mut plan).await;
    session.planned();
    if let Some(trouble) = plan.trouble {
        return Err(PlanError::Server(trouble));
    }
    let input = planned?;
    match plan.refused {
        Some(why) => Err(super::session::Refusal(why).into()),
        None => Ok(Foreseen { input, expected: session.expected(Some(plan.sends)) }),
    }
}

struct DryPlan<'a> {
    session: &'a dyn Session,
    tell: TellEffects<'a>,
    remarks: &'a mut Vec<String>,
    /// Items that are to be sent.
    sends: u64,
    trouble: Option<Trouble>,
    refused: Option<String>,
}

impl DryPlan<'_> {
    async fn take(&mut self, mut items: Vec<NewItem>) -> Result<(), RecordError> {
        while !items.is_empty() {
            let rest = items.split_off(items.len().min(BATCH));
            self.take_batch(std::mem::replace(&mut items, rest)).await?;
        }
        Ok(())
    }

    async fn take_batch(&mut self, items: Vec<NewItem>) -> Result<(), RecordError> {
        // Those that the plan has decided keep their places among the others.
        let mut planned = Vec::with_capacity(items.len());
        let mut open = Vec::with_capacity(items.len());
        for item in items {
            let (what, start) = open_item(item);
            if let Start::Decided { status, code, error, .. } = start {
                planned.push(Some(would(what, status, code, error, Vec::new())));
            } else {
                planned.push(None);
                open.push(what);
            }
        }
        let decisions = match self.session.decide(&open).await {
            Ok(decisions) => decisions,
            Err(trouble) => {
                self.trouble = Some(trouble);
                return Err(JournalError::Closed.into());
            }
        };
        self.sends += decisions.iter().filter(|decision| matches!(decision, Decision::Send { .. })).count() as u64;
        let mut decided = open.into_iter().zip(decisions).map(|(item, decision)| match decision {
            Decision::Send { would: status, changes, .. } => would(item, status, None, None, changes),
            Decision::Done { status, code, error, .. } => would(item, status, code, error, Vec::new()),
            Decision::Late { status, .. } => would(item, status, None, None, Vec::new()),
            Decision::PutOff { why } => would(item, Status::Skipped, None, Some(why), Vec::new()),
        });
        let effects = planned.into_iter().filter_map(|would| would.or_else(|| decided.next())).collect();
        if (self.tell)(effects).await { Ok(()) } else { Err(JournalError::Closed.into()) }
    }
}

impl Plan for DryPlan<'_> {
    fn add(&mut self, items: Vec<NewItem>) -> BoxFuture<'_, Result<(), RecordError>> {
        self.take(items).boxed()
    }

    fn file_read(&mut self, _: Digest) -> BoxFuture<'_, Result<(), RecordError>> {
        async { Ok(()) }.boxed()
    }

    fn remark(&mut self, remarks: Vec<String>) {
        *self.remarks = remarks;
    }

    fn leave_rest(&mut self, why: String) {
        self.refused = Some(why);
    }
}

fn open_item(item: NewItem) -> (OpenItem, Start) {
    let NewItem { item, identity, label, line, payload, start, .. } = item;
    (OpenItem { item, life: Life::default(), identity, label, line, payload }, start)
}

fn would(
    item: OpenItem,
    would: Status,
    code: Option<Code>,
    error: Option<String>,
    changes: Vec<(String, Option<String>, Option<String>)>,
) -> Would {
    Would { item: item.item, line: item.line, label: item.label, would, code, error, changes }
}
