//! Answers questions on a connection of its own that changes nothing: each sees the database as it is at one moment.

use std::time::Duration;

use futures_util::future::join;
use tokio::sync::{mpsc, oneshot};

use super::failure::{Failure, Remedy};
use super::link::{BY_INDEX, Link};
use super::operation::{Operation, Order, ask};
use super::patience::Patience;
use super::schema;
use super::server::Server;
use crate::journal::JournalError;

/// Questions that may wait; a caller beyond them waits to queue.
const QUEUE: usize = 256;
/// The time for which a database that does not answer is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The way to the one who answers.
#[derive(Debug, Clone)]
pub(super) struct Questions {
    queue: mpsc::Sender<Message>,
}

/// A question, and the place where its answer comes.
type Queued<T> = (Box<dyn Operation>, oneshot::Receiver<Result<T, JournalError>>);

/// A message for the one who answers.
enum Message {
    /// Tells, too, whether a single statement answers it, which needs no transaction.
    Ask(Box<dyn Operation>, bool),
    /// Nothing more is taken; what was asked before is answered.
    Close,
}

/// Answers on the thread that has the connections.
pub(super) struct Answering {
    server: Server,
    messages: mpsc::Receiver<Message>,
    link: Option<Link>,
}

impl Questions {
    /// Makes the way, and the one who answers at its end.
    pub(super) fn of(server: Server) -> (Self, Answering) {
        let (queue, messages) = mpsc::channel(QUEUE);
        (Self { queue }, Answering { server, messages, link: None })
    }

    /// Asks, and waits for the answer.
    pub(super) async fn ask<T, W>(&self, work: W) -> Result<T, JournalError>
    where
        T: Send + 'static,
        W: AsyncFn(&Link) -> Result<T, Failure> + Send + 'static,
    {
        self.queue(ask(work, Order::InTurn), false).await
    }

    /// Asks by a single statement, and waits for the answer: it sees the database at one moment without a transaction.
    pub(super) async fn ask_single<T, W>(&self, work: W) -> Result<T, JournalError>
    where
        T: Send + 'static,
        W: AsyncFn(&Link) -> Result<T, Failure> + Send + 'static,
    {
        self.queue(ask(work, Order::InTurn), true).await
    }

    async fn queue<T>(&self, (question, answer): Queued<T>, is_single: bool) -> Result<T, JournalError> {
        self.queue.send(Message::Ask(question, is_single)).await.map_err(|_| JournalError::Closed)?;
        answer.await.map_err(|_| JournalError::Closed)?
    }

    /// Takes no more questions.
    pub(super) async fn close(&self) {
        // A thread that has ended already refuses that.
        let _ = self.queue.send(Message::Close).await;
    }

    /// The same, without waiting for a place in the queue; tells whether there was one.
    pub(super) fn close_now(&self) -> bool {
        self.queue.try_send(Message::Close).is_ok()
    }
}

impl Answering {
    /// Connects now, and refuses a database in which there is no journal that this program knows.
    pub(super) async fn open(&mut self) -> Result<(), JournalError> {
        let mut patience = Patience::of(PATIENCE);
        loop {
            match self.connect().await {
                Ok(link) => {
                    self.link = Some(link);
                    return Ok(());
                }
                Err(failure) => {
                    patience.wait(failure).await.map_err(|failure| failure.told(&self.server.place()))?;
                }
            }
        }
    }

    /// Connects while the tables are made ready, so that the first question need not wait for it. Where that fails, the first question
    /// connects.
    pub(super) async fn connect_meanwhile(&mut self) {
        self.link = Link::open(&self.server).await.ok();
    }

    async fn connect(&self) -> Result<Link, Failure> {
        let link = Link::open(&self.server).await?;
        schema::expect_known(&link, &self.server.place()).await?;
        Ok(link)
    }

    /// Answers until no caller is left.
    pub(super) async fn work(mut self) {
        while let Some(message) = self.messages.recv().await {
            match message {
                Message::Ask(mut question, is_single) => {
                    let outcome = self.answer(question.as_mut(), is_single).await;
                    question.answer(outcome.map_err(|failure| failure.told(&self.server.place())));
                    if !is_single {
                        self.let_go();
                    }
                }
                Message::Close => self.messages.close(),
            }
        }
        if let Some(link) = self.link {
            link.close().await;
        }
    }

    async fn answer(&mut self, question: &mut dyn Operation, is_single: bool) -> Result<(), Failure> {
        let mut patience = Patience::of(PATIENCE);
        loop {
            let failure = match self.attempt(question, is_single).await {
                Ok(()) => return Ok(()),
                Err(failure) => failure,
            };
            if failure.remedy() == Remedy::Reconnect {
                self.link = None;
            } else if !is_single {
                self.let_go();
            }
            patience.wait(failure).await?;
        }
    }

    /// Asks, within a transaction where more than one statement is needed. That stays open: the answer need not wait for its end.
    async fn attempt(&mut self, question: &mut dyn Operation, is_single: bool) -> Result<(), Failure> {
        let link = match self.link.take().filter(|link| !link.is_closed()) {
            Some(link) => link,
            None => self.connect().await?,
        };
        let link = self.link.insert(link);
        if is_single {
            return question.carry_out(link).await;
        }
        let begin = format!("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; {BY_INDEX}");
        // The first statement does not wait for the answer to this one.
        let (opened, answered) = join(link.batch(&begin), question.carry_out(link)).await;
        opened.and(answered)
    }

    /// Ends the transaction. Nobody waits for that: the next question comes after it on the same connection.
    fn let_go(&self) {
        if let Some(link) = &self.link {
            link.batch_unanswered("ROLLBACK");
        }
    }
}
