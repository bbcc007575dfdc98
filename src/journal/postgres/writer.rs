//! Writes over one connection. Whatever is queued while a commit is under way goes into the next transaction together, and a caller
//! goes on only after the commit that holds its operation. Where the answer to a commit was lost, the lease's count of transactions
//! tells whether it took place, so that nothing is done twice or left out.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures_util::future::{self, join, join_all};
use tokio::sync::{mpsc, oneshot, watch};

use super::deadline::{self, Deadline};
use super::failure::{Failure, Remedy};
use super::guard;
use super::lease::{Holder, Lease};
use super::link::Link;
use super::opening::{Taken, beginning, take};
use super::operation::{Operation, Order, ask};
use super::patience::Patience;
use super::server::Server;
use super::setback::Memory;
use crate::clock::{Clock, Trust};
use crate::failpoint;
use crate::journal::guard::Guard;
use crate::journal::{JournalError, Lock};

/// Operations that may wait; a caller beyond them waits to queue.
const QUEUE: usize = 256;
/// Operations that one transaction holds at most.
const GROUP: usize = 256;
/// The time for which a database that does not answer is waited for, before the caller is told.
const PATIENCE: Duration = Duration::from_secs(5);
/// The way to the one who writes.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    queue: mpsc::Sender<Message>,
    answered: Arc<AtomicU64>,
    over: watch::Receiver<Option<JournalError>>,
    deadline: Deadline,
}

/// An operation, and the place where its answer comes.
type Queued<T> = (Box<dyn Operation>, oneshot::Receiver<Result<T, JournalError>>);

/// A message for the one who writes.
enum Message {
    Apply(Box<dyn Operation>),
    /// Nothing more is taken; what was queued before is done, and the lease given back.
    Close,
}

/// Writes on the thread that has the connections.
pub(super) struct Writing {
    server: Server,
    link: Option<Link>,
    lease: Lease,
    lasts: Duration,
    /// The statements that begin a transaction.
    begin: String,
    deadline: Deadline,
    home: String,
    /// The time after which it gives a sign of life where there is nothing to write.
    renews: Duration,
    /// The number of transactions that were committed, as far as is known.
    commits: i64,
    /// The server's history.
    timeline: String,
    memory: Memory,
    /// Takes along what was seen of the clocks.
    guard: Arc<Guard>,
    messages: mpsc::Receiver<Message>,
    answered: Arc<AtomicU64>,
    /// The reason why nothing is written any more.
    over: watch::Sender<Option<JournalError>>,
    /// Kept until the last commit, so that no other process of this machine writes before.
    _lock: Lock,
}

impl Writer {
    /// Makes the journal ready and takes the lease; makes the way, and the one who writes at its end.
    pub(super) async fn open(
        server: Server,
        lock: Lock,
        clock: Arc<dyn Clock>,
        holder: &Holder,
    ) -> Result<(Self, Arc<Guard>, Writing, Option<String>), JournalError> {
        let directory = lock.workspace().directory();
        let Taken { link, lease, commits, timeline, up, journal, set_back } =
            take(&server, holder, directory, clock.as_ref()).await?;
        let memory = Memory::of(directory, journal, holder.owner);
        memory.note(commits);
        let deadline = Deadline::since(up, holder.lasts);
        let guard = guard::load(&link, clock, holder).await.map_err(|failure| failure.told(&server.place()))?;
        let guard = Arc::new(guard);
        let (queue, messages) = mpsc::channel(QUEUE);
        let answered = Arc::new(AtomicU64::new(0));
        let (over, is_over) = watch::channel(None);
        let lapsed = JournalError::Lapsed { place: server.place(), seconds: holder.lasts.as_secs() };
        deadline.watch(over.clone(), lapsed)?;
        let writing = Writing {
            server,
            link: Some(link),
            lease,
            lasts: holder.lasts,
            begin: beginning(holder.lasts),
            deadline: deadline.clone(),
            home: holder.home.clone(),
            renews: holder.lasts / 4,
            commits,
            timeline,
            memory,
            guard: Arc::clone(&guard),
            messages,
            answered: Arc::clone(&answered),
            over,
            _lock: lock,
        };
        Ok((Self { queue, answered, over: is_over, deadline }, guard, writing, set_back))
    }

    /// Queues `work` and waits until it is durable, or has failed. That holds also for what the border lets be durable later: the database
    /// may crash without this process, which would go on as if nothing were lost.
    pub(super) async fn write<T, W>(&self, work: W) -> Result<T, JournalError>
    where
        T: Send + 'static,
        W: AsyncFn(&Link) -> Result<T, Failure> + Send + 'static,
    {
        self.queue(ask(work, Order::InTurn)).await
    }

    /// Does the same beside other work of the kind, whose answers it does not wait for. It reads nothing that other operations write.
    pub(super) async fn write_beside<T, W>(&self, work: W) -> Result<T, JournalError>
    where
        T: Send + 'static,
        W: AsyncFn(&Link) -> Result<T, Failure> + Send + 'static,
    {
        self.queue(ask(work, Order::Beside)).await
    }

    /// Does the same after all else in its transaction, for work on a row that other processes wait for: it is locked for no longer than
    /// needed, and who holds it waits for no other.
    pub(super) async fn write_last<T, W>(&self, work: W) -> Result<T, JournalError>
    where
        T: Send + 'static,
        W: AsyncFn(&Link) -> Result<T, Failure> + Send + 'static,
    {
        self.queue(ask(work, Order::Last)).await
    }

    async fn queue<T>(&self, (operation, answer): Queued<T>) -> Result<T, JournalError> {
        self.queue.send(Message::Apply(operation)).await.map_err(|_| JournalError::Closed)?;
        answer.await.map_err(|_| JournalError::Closed)?
    }

    /// Takes no more operations.
    pub(super) async fn close(&self) {
        // A thread that has ended already refuses that.
        let _ = self.queue.send(Message::Close).await;
    }

    /// Waits until nothing is written any more, and tells why; for ever where the store is closed before.
    pub(super) async fn lost(&self) -> JournalError {
        let mut over = self.over.clone();
        let error = match over.wait_for(Option::is_some).await {
            Ok(error) => error.clone(),
            Err(_) => None,
        };
        match error {
            Some(error) => error,
            None => future::pending().await,
        }
    }

    /// Tells whether this process may still send anything to the meeting API.
    pub(super) fn may_send(&self) -> bool {
        !self.deadline.is_over() && self.over.borrow().is_none()
    }

    /// Returns how many operations were answered, with success or not, since the start.
    pub(super) fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }
}

impl Writing {
    /// Writes until no caller is left, and gives the lease back.
    pub(super) async fn work(mut self) {
        loop {
            let Ok(next) = tokio::time::timeout(self.renews, self.next()).await else {
                self.give_sign_of_life().await;
                continue;
            };
            let Some(first) = next else { break };
            let group = self.gather(first);
            self.answered.fetch_add(group.len() as u64, Ordering::Relaxed);
            self.transact(group).await;
        }
        self.deadline.close();
        let Some(link) = self.link else { return };
        if self.over.borrow().is_none()
            && let Err(failure) = self.lease.release(&link).await
        {
            tracing::debug!(error = %failure.told(&self.server.place()), "the journal was not given back: it will be waited for");
        }
        link.close().await;
    }

    /// Waits for the operation that the next transaction begins with; `None` when there will be none.
    async fn next(&mut self) -> Option<Box<dyn Operation>> {
        loop {
            match self.messages.recv().await? {
                Message::Apply(operation) => return Some(operation),
                Message::Close => self.messages.close(),
            }
        }
    }

    /// All operations that are queued and may share a transaction.
    fn gather(&mut self, first: Box<dyn Operation>) -> Vec<Box<dyn Operation>> {
        let mut group = vec![first];
        while group.len() < GROUP {
            match self.messages.try_recv() {
                Ok(Message::Apply(operation)) => group.push(operation),
                Ok(Message::Close) => self.messages.close(),
                Err(_) => break,
            }
        }
        group.sort_by_key(|operation| operation.order());
        group
    }

    /// Carries out operations in one transaction, and answers them. Where one of several is refused, each gets a transaction of its
    /// own, so that its failure undoes nothing of the others.
    async fn transact(&mut self, mut group: Vec<Box<dyn Operation>>) {
        let outcome = self.carry_out(&mut group, PATIENCE).await;
        if group.len() > 1 && outcome.as_ref().is_err_and(|failure| failure.remedy() == Remedy::Nothing) {
            for operation in group {
                let mut alone = vec![operation];
                let outcome = self.carry_out(&mut alone, PATIENCE).await;
                self.answer(alone, outcome);
            }
        } else {
            self.answer(group, outcome);
        }
    }

    fn answer(&self, group: Vec<Box<dyn Operation>>, outcome: Result<(), Failure>) {
        let outcome = outcome.map_err(|failure| failure.told(&self.server.place()));
        for operation in group {
            operation.answer(outcome.clone());
        }
    }

    async fn give_sign_of_life(&mut self) {
        if self.over.borrow().is_some() {
            return;
        }
        if let Err(failure) = self.carry_out(&mut Vec::new(), Duration::ZERO).await {
            tracing::debug!(error = %failure.told(&self.server.place()), "no sign of life could be given to the journal");
        }
    }

    async fn carry_out(&mut self, group: &mut [Box<dyn Operation>], patience: Duration) -> Result<(), Failure> {
        let mut patience = Patience::of(patience);
        let mut is_in_doubt = false;
        loop {
            let over = self.over.borrow().clone();
            if let Some(over) = over {
                return Err(over.into());
            }
            let failure = match self.attempt(group, &mut is_in_doubt).await {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            if failure.remedy() == Remedy::Reconnect {
                self.link = None;
            } else if let Some(link) = &self.link
                && link.batch("ROLLBACK").await.is_err()
            {
                self.link = None;
            }
            // What waits for another's lock keeps this process no less alive.
            if failure.remedy() == Remedy::Repeat
                && !group.is_empty()
                && self.attempt(&mut [], &mut false).await.is_err()
            {
                self.link = None;
            }
            patience.wait(failure).await?;
        }
    }

    /// One transaction. `is_in_doubt` tells whether the one before was committed or not is not known; it is counted where it was.
    async fn attempt(&mut self, group: &mut [Box<dyn Operation>], is_in_doubt: &mut bool) -> Result<(), Failure> {
        let link = match self.link.take().filter(|link| !link.is_closed()) {
            Some(link) => link,
            None => Link::open(&self.server).await?,
        };
        let link = self.link.insert(link);
        let up = deadline::up();
        let counting = async {
            // The count does not wait for the answer to the beginning.
            let (opened, counted) = join(link.batch(&self.begin), self.lease.count(link)).await;
            opened?;
            counted
        };
        // Neither does the work wait for the count: without it, nothing is committed. Work that may be done already does wait.
        let (counted, worked) = if *is_in_doubt {
            (counting.await, None)
        } else {
            let (counted, worked) = join(counting, work(group, link)).await;
            (counted, Some(worked))
        };
        let Some((commits, timeline)) = counted? else {
            // The work may have failed for that.
            link.batch("ROLLBACK").await?;
            let by = self.lease.ended_by(link).await?;
            return Err(self.end(JournalError::TakenOver { place: self.server.place(), by }));
        };
        let since = commits - self.commits;
        if since < 1 || timeline != self.timeline {
            return Err(self.end(JournalError::SetBack(self.server.place())));
        }
        if std::mem::take(is_in_doubt) && since == 2 {
            self.commits += 1;
            return link.batch("ROLLBACK").await;
        }
        self.commits = commits - 1;
        match worked {
            Some(worked) => worked?,
            None => work(group, link).await?,
        }
        let mut seen: Option<Trust> = None;
        if !group.is_empty() {
            seen = guard::keep_with_others(&self.guard, &self.home, link).await?;
            if failpoint::write("journal.commit").is_err() {
                return Err(JournalError::Full.into());
            }
            failpoint::reach("journal.commit.before");
        }
        if let Err(failure) = link.batch("COMMIT").await {
            *is_in_doubt = failure.remedy() == Remedy::Reconnect;
            return Err(failure);
        }
        if !group.is_empty() {
            failpoint::reach("journal.commit.after");
        }
        self.commits = commits;
        self.memory.note(commits);
        self.deadline.renew(up, self.lasts);
        if let Some(trust) = seen {
            self.guard.kept(&trust);
        }
        Ok(())
    }

    /// Writes nothing from here on.
    fn end(&mut self, why: JournalError) -> Failure {
        tracing::error!(error = %why, "the journal is written no more by this process");
        self.over.send_replace(Some(why.clone()));
        why.into()
    }
}

/// Carries out operations, which are in their order: first those that go beside each other, then one after the other.
async fn work(group: &mut [Box<dyn Operation>], link: &Link) -> Result<(), Failure> {
    let beside = group.partition_point(|operation| operation.order() == Order::Beside);
    let (beside, in_turn) = group.split_at_mut(beside);
    let carried_out = join_all(beside.iter_mut().map(|operation| operation.carry_out(link))).await;
    // Once one has failed, the others fail for that alone.
    let failures = carried_out.into_iter().filter_map(Result::err);
    if let Some(failure) = failures.reduce(|first, next| if first.is_of_another() { next } else { first }) {
        return Err(failure);
    }
    for operation in in_turn {
        operation.carry_out(link).await?;
    }
    Ok(())
}
