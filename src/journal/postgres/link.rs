//! Holds one connection to the database. Nothing is left behind on it: no name of a statement, no setting, no lock, no table.

use std::time::Duration;

use futures_util::FutureExt;
use tokio::task::JoinHandle;
use tokio_postgres::{Client, NoTls, Row};

use super::bind::Bound;
use super::failure::Failure;
use super::server::Server;

/// Has the rows of a transaction found by their keys, and pages of them in the order of their keys. A database that does not know yet how
/// many rows a run has would read all of them to find a few.
pub(super) const BY_INDEX: &str =
    "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_bitmapscan = off";

/// The time for which a server is waited for that is told that a connection ends.
pub(super) const GOODBYE: Duration = Duration::from_secs(1);

/// A connection.
#[derive(Debug)]
pub(super) struct Link {
    client: Client,
    driven: JoinHandle<()>,
}

impl Link {
    /// Connects to the server that may be written.
    pub(super) async fn open(server: &Server) -> Result<Self, Failure> {
        Ok(match server.tls()? {
            Some(tls) => {
                let (client, connection) = server.config().connect(tls).await?;
                Self { client, driven: drive(connection) }
            }
            None => {
                let (client, connection) = server.config().connect(NoTls).await?;
                Self { client, driven: drive(connection) }
            }
        })
    }

    /// Ends the connection in order. One that just breaks off is told in the server's log.
    pub(super) async fn close(self) {
        let Self { client, driven } = self;
        drop(client);
        // A server that does not answer sees the connection break off.
        let _ = tokio::time::timeout(GOODBYE, driven).await;
    }

    /// Tells whether it is known to be lost.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed()
    }

    /// Asks for rows.
    pub(super) async fn rows(&self, statement: &str, values: &[Bound<'_>]) -> Result<Vec<Row>, Failure> {
        Ok(self.client.query_typed(statement, values).await?)
    }

    /// Asks for the first row.
    pub(super) async fn first(&self, statement: &str, values: &[Bound<'_>]) -> Result<Option<Row>, Failure> {
        Ok(self.rows(statement, values).await?.into_iter().next())
    }

    /// Asks for the one row that there always is.
    pub(super) async fn one(&self, statement: &str, values: &[Bound<'_>]) -> Result<Row, Failure> {
        self.first(statement, values).await?.ok_or_else(|| Failure::unknown("such row"))
    }

    /// Tells whether there is such a row.
    pub(super) async fn exists(&self, statement: &str, values: &[Bound<'_>]) -> Result<bool, Failure> {
        Ok(!self.rows(statement, values).await?.is_empty())
    }

    /// Changes rows; tells how many.
    pub(super) async fn change(&self, statement: &str, values: &[Bound<'_>]) -> Result<u64, Failure> {
        Ok(self.client.execute_typed(statement, values).await?)
    }

    /// Carries out statements without parameters.
    pub(super) async fn batch(&self, statements: &str) -> Result<(), Failure> {
        Ok(self.client.batch_execute(statements).await?)
    }

    /// Sends statements without parameters, and does not wait for the answer. What is sent next is carried out after them; a connection
    /// that is lost is found by that.
    pub(super) fn batch_unanswered(&self, statements: &str) {
        // The first poll puts them on the way.
        drop(self.client.batch_execute(statements).now_or_never());
    }
}

/// Lets the connection work in the background, until its client is gone.
fn drive<S, T>(connection: tokio_postgres::Connection<S, T>) -> JoinHandle<()>
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
{
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to the journal's database ended");
        }
    })
}
