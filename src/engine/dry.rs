//! A run without effects: every read and no write, and what each item would do.

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::job::{Decision, Plan, PlanError, Session, Trouble};
use crate::journal::{JournalError, NewItem, OpenItem, Start};
use crate::model::{Code, Digest, ItemNo, Life, Status};

/// Items decided together.
const BATCH: usize = 200;

/// What an item would do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Would {
    /// Its number.
    pub item: ItemNo,
    /// The row of the file.
    pub line: Option<u32>,
    /// For people.
    pub label: String,
    /// What would become of it.
    pub would: Status,
    /// The API's code of the reason.
    pub code: Option<Code>,
    /// The reason in words.
    pub error: Option<String>,
    /// Field, what it is, what it would be.
    pub changes: Vec<(String, Option<String>, Option<String>)>,
}

/// Plans a run and decides its items, and tells each in turn.
pub async fn dry_run(session: &dyn Session, tell: &mut (dyn FnMut(Would) + Send)) -> Result<(), PlanError> {
    let mut plan = DryPlan { session, tell, trouble: None, refused: None };
    let planned = session.plan(&mut plan).await;
    session.planned();
    if let Some(trouble) = plan.trouble {
        return Err(PlanError::Server(trouble));
    }
    planned?;
    match plan.refused {
        Some(why) => Err(super::job::Refusal(why).into()),
        None => Ok(()),
    }
}

struct DryPlan<'a> {
    session: &'a dyn Session,
    tell: &'a mut (dyn FnMut(Would) + Send),
    trouble: Option<Trouble>,
    refused: Option<String>,
}

impl DryPlan<'_> {
    async fn take(&mut self, items: Vec<NewItem>) -> Result<(), JournalError> {
        for chunk in items.chunks(BATCH) {
            let open: Vec<_> =
                chunk.iter().filter(|item| !matches!(item.start, Start::Decided { .. })).map(open_item).collect();
            let decisions = match self.session.decide(&open).await {
                Ok(decisions) => decisions,
                Err(trouble) => {
                    self.trouble = Some(trouble);
                    return Err(JournalError::Closed);
                }
            };
            let mut decisions = decisions.into_iter();
            for item in chunk {
                let would = match &item.start {
                    Start::Decided { status, code, error, .. } => {
                        would(item, *status, *code, error.clone(), Vec::new())
                    }
                    Start::Pending | Start::PendingWithPins(_) | Start::Settling { .. } => match decisions.next() {
                        Some(Decision::Send { would: status, changes, .. }) => would(item, status, None, None, changes),
                        Some(Decision::Done { status, code, error, .. }) => {
                            would(item, status, code, error, Vec::new())
                        }
                        Some(Decision::Late { status, .. }) => would(item, status, None, None, Vec::new()),
                        Some(Decision::PutOff { why }) => would(item, Status::Skipped, None, Some(why), Vec::new()),
                        None => continue,
                    },
                };
                (self.tell)(would);
            }
        }
        Ok(())
    }
}

impl Plan for DryPlan<'_> {
    fn add(&mut self, items: Vec<NewItem>) -> BoxFuture<'_, Result<(), JournalError>> {
        self.take(items).boxed()
    }

    fn file_read(&mut self, _: Digest) -> BoxFuture<'_, Result<(), JournalError>> {
        async { Ok(()) }.boxed()
    }

    fn leave_rest(&mut self, why: String) {
        self.refused = Some(why);
    }
}

fn open_item(item: &NewItem) -> OpenItem {
    OpenItem {
        item: item.item,
        life: Life::default(),
        identity: item.identity.clone(),
        label: item.label.clone(),
        line: item.line,
        payload: item.payload.clone(),
    }
}

fn would(
    item: &NewItem,
    would: Status,
    code: Option<Code>,
    error: Option<String>,
    changes: Vec<(String, Option<String>, Option<String>)>,
) -> Would {
    Would { item: item.item, line: item.line, label: item.label.clone(), would, code, error, changes }
}
