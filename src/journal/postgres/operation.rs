//! Carries an operation from the one who asks to the thread that has the connections, and its answer back.

use futures_util::future::LocalBoxFuture;
use tokio::sync::oneshot;

use super::failure::Failure;
use super::link::Link;
use crate::journal::JournalError;

/// One operation: carried out in a transaction, perhaps several times until one of these is committed, and answered once.
pub(super) trait Operation: Send {
    /// Does the work.
    fn carry_out<'a>(&'a mut self, link: &'a Link) -> LocalBoxFuture<'a, Result<(), Failure>>;
    /// Returns its place among the others of its transaction.
    fn order(&self) -> Order;
    /// Tells the caller, once it is known what became of the transaction.
    fn answer(self: Box<Self>, outcome: Result<(), JournalError>);
}

/// The place of an operation among the others of its transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Order {
    /// Beside others of the kind: its statements wait for no answer to theirs. It reads nothing that another operation writes.
    Beside,
    /// After the one before it.
    InTurn,
    /// After all others: it locks what other processes wait for.
    Last,
}

struct Asked<W, T> {
    work: W,
    order: Order,
    value: Option<T>,
    reply: oneshot::Sender<Result<T, JournalError>>,
}

impl<W, T> Operation for Asked<W, T>
where
    W: AsyncFn(&Link) -> Result<T, Failure> + Send,
    T: Send,
{
    fn carry_out<'a>(&'a mut self, link: &'a Link) -> LocalBoxFuture<'a, Result<(), Failure>> {
        Box::pin(async move {
            self.value = None;
            self.value = Some((self.work)(link).await?);
            Ok(())
        })
    }

    fn order(&self) -> Order {
        self.order
    }

    fn answer(self: Box<Self>, outcome: Result<(), JournalError>) {
        let Self { value, reply, .. } = *self;
        // A caller that has gone away does not want to know.
        let _ = reply.send(outcome.and_then(|()| value.ok_or(JournalError::Closed)));
    }
}

/// Makes an operation of some work, and the place where its answer comes.
pub(super) fn ask<T, W>(work: W, order: Order) -> (Box<dyn Operation>, oneshot::Receiver<Result<T, JournalError>>)
where
    T: Send + 'static,
    W: AsyncFn(&Link) -> Result<T, Failure> + Send + 'static,
{
    let (reply, answer) = oneshot::channel();
    (Box::new(Asked { work, order, value: None, reply }), answer)
}
