//! Carries one operation through a transaction that it may share with others: an error undoes it alone, and its caller is answered once
//! the transaction is over.

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::journal::JournalError;

/// One operation: applied inside a transaction with others, answered after it.
pub(super) trait Operation: Send {
    /// Does the work. An error undoes this operation alone.
    fn apply(&mut self, connection: &Connection) -> Result<(), JournalError>;
    /// Tells the caller, once it is known whether the transaction was committed.
    fn answer(self: Box<Self>, committed: Result<(), JournalError>);
}

/// An operation whose caller waits for its value.
pub(super) struct Queued<W, T> {
    work: Option<W>,
    value: Option<Result<T, JournalError>>,
    reply: oneshot::Sender<Result<T, JournalError>>,
}

impl<W, T> Queued<W, T> {
    /// Takes the work, and where its value is to go.
    pub(super) fn new(work: W, reply: oneshot::Sender<Result<T, JournalError>>) -> Self {
        Self { work: Some(work), value: None, reply }
    }
}

impl<W, T> Operation for Queued<W, T>
where
    W: FnOnce(&Connection) -> Result<T, JournalError> + Send,
    T: Send,
{
    fn apply(&mut self, connection: &Connection) -> Result<(), JournalError> {
        let Some(work) = self.work.take() else { return Ok(()) };
        match work(connection) {
            Ok(value) => {
                self.value = Some(Ok(value));
                Ok(())
            }
            Err(error) => {
                self.value = Some(Err(error.clone()));
                Err(error)
            }
        }
    }

    fn answer(self: Box<Self>, committed: Result<(), JournalError>) {
        let answer = match (self.value, committed) {
            (Some(Err(own)), _) => Err(own),
            (_, Err(error)) => Err(error),
            (Some(value), Ok(())) => value,
            (None, Ok(())) => Err(JournalError::Closed),
        };
        // A caller that has gone away does not want to know.
        let _ = self.reply.send(answer);
    }
}

/// Applies the first operation of a transaction, which needs no savepoint: nothing else is in the transaction that its failure, which it
/// keeps for its caller, could undo. The transaction is begun anew then. An error from here means that the whole of it is lost.
pub(super) fn apply_first(
    connection: &Connection,
    operation: &mut dyn Operation,
    begin: impl FnOnce(&Connection) -> Result<(), JournalError>,
) -> Result<(), JournalError> {
    if let Err(error) = operation.apply(connection) {
        if connection.is_autocommit() {
            return Err(error);
        }
        connection.prepare_cached("ROLLBACK")?.execute([])?;
        begin(connection)?;
    }
    Ok(())
}

/// Applies one operation in a savepoint of its own, so that its failure, which it keeps for its caller, undoes nothing of the
/// others. An error from here means that the whole transaction is lost: SQLite rolled it back (a full disk, a failing one), or
/// what the operation had done could not be undone alone.
pub(super) fn apply_alone(connection: &Connection, operation: &mut dyn Operation) -> Result<(), JournalError> {
    connection.prepare_cached("SAVEPOINT operation")?.execute([])?;
    if let Err(error) = operation.apply(connection) {
        if connection.is_autocommit() {
            return Err(error);
        }
        connection.prepare_cached("ROLLBACK TO operation")?.execute([])?;
    }
    connection.prepare_cached("RELEASE operation")?.execute([])?;
    Ok(())
}
