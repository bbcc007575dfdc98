//! Makes one attempt to send a letter, by whichever way is configured.

use std::path::PathBuf;

use super::{Message, SendError, Sent, Smtp, folder};
use crate::failpoint;

/// Where mail goes.
#[derive(Debug, Clone)]
pub enum Server {
    /// To an SMTP server.
    Smtp(Smtp),
    /// Into this folder, as `.eml` files.
    Folder(PathBuf),
}

/// Sends letters, one attempt a call; the outbox decides about the next.
#[derive(Debug, Clone)]
pub struct Mailer {
    server: Server,
}

impl Mailer {
    /// Sends by way of `server`. Nothing is opened yet: certificates are read anew for each connection, so that renewed ones
    /// need no restart.
    #[must_use]
    pub fn new(server: Server) -> Self {
        Self { server }
    }

    /// One attempt to send the letter. Safe to repeat: the bytes, and with them the Message-ID, stay the same, and a file
    /// replaces itself.
    ///
    /// `Ok` when the server has taken it for at least one recipient. Dropping the future in its middle leaves it open whether the
    /// server took it.
    pub async fn send(&self, message: &Message) -> Result<Sent, SendError> {
        failpoint::reach("mail.send.before");
        let sent = match &self.server {
            Server::Smtp(smtp) => smtp.send(message).await,
            Server::Folder(path) => folder::put(path.clone(), message.clone()).await.map(|()| Sent::default()),
        };
        failpoint::reach("mail.send.after");
        sent
    }

    /// Whether a letter could be sent now: connects, encrypts, logs in and says goodbye; or writes a file and removes it.
    pub async fn probe(&self) -> Result<(), SendError> {
        match &self.server {
            Server::Smtp(smtp) => smtp.probe().await,
            Server::Folder(path) => folder::probe(path.clone()).await,
        }
    }
}
