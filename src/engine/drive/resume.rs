//! Takes up a run in its middle, as an earlier drive left it.

use tokio::time::Instant;

use super::Drive;
use crate::journal::{AttemptRecord, JournalError, Step};
use crate::model::{Event, ItemNo};

/// Items read at once.
const PAGE: u32 = 500;

impl Drive<'_> {
    /// Takes up everything that an earlier drive of the run left open. Items that are `sending` without a sender
    /// are settled; after a start the journal's recovery has seen to that, after trouble with the disk it is done
    /// here. The watch over every item being settled begins anew, for the server may still be at work on it.
    pub(super) async fn resume(&mut self) -> Result<(), JournalError> {
        let (run, journal) = (self.context.run, self.context.journal);
        let sending = journal.sending(run).await?;
        if !sending.is_empty() {
            let found: Vec<_> = sending
                .into_iter()
                .map(|(item, life)| {
                    let mut step = Step::new(item, life, Event::FoundAtStart);
                    step.attempt = Some(AttemptRecord {
                        at: self.context.clock.now(),
                        http: None,
                        code: None,
                        millis: 0,
                        error: Some("the answer could not be recorded".to_owned()),
                    });
                    step
                })
                .collect();
            journal.record(run, found.into(), self.context.policy.limits).await?;
        }
        let mut targets = journal.settling_targets(run).await?;
        let mut after = ItemNo(0);
        loop {
            let page = journal.settling(run, after, PAGE).await?;
            let Some(last) = page.last() else { return Ok(()) };
            after = last.item.item;
            for settling in page {
                let item = settling.item.item;
                let mut wanted: Vec<_> = self.context.session.requests().lease(&settling.item).into_iter().collect();
                wanted.extend(targets.remove(&item).filter(|target| !wanted.contains(target)));
                self.settling.watch_found(item, Instant::now(), wanted, self.context.leases);
            }
        }
    }
}
