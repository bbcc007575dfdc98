//! Makes one attempt to send a letter, by whichever way is configured.

use std::path::PathBuf;

use super::conversation::{Addresses, Conversation, OnRefusal};
use super::{Handover, Message, Program, SendError, Sent, Smtp, folder};
use crate::failpoint;

/// The destination of mail.
#[derive(Debug, Clone)]
pub enum Server {
    /// To an SMTP server.
    Smtp(Smtp),
    /// To the machine's own mail program.
    Program(Program),
    /// Into this folder, as `.eml` files.
    Folder(PathBuf),
}

/// The way to send letters; the outbox decides about attempts.
#[derive(Debug, Clone)]
pub struct Mailer {
    server: Server,
}

/// A stretch of sending, over one connection where that lasts.
pub struct Session(Way);

enum Way {
    Smtp(Box<Conversation>),
    Program(Program),
    Folder(PathBuf),
}

impl Mailer {
    /// Sends by way of `server`. Nothing is opened yet: certificates are read anew for each connection, so that renewed ones
    /// need no restart.
    #[must_use]
    pub fn new(server: Server) -> Self {
        Self { server }
    }

    /// Begins a stretch of sending; nothing is opened before the first letter.
    #[must_use]
    pub fn session(&self) -> Session {
        Session(match &self.server {
            Server::Smtp(smtp) => Way::Smtp(Box::new(Conversation::new(smtp.clone()))),
            Server::Program(program) => Way::Program(program.clone()),
            Server::Folder(path) => Way::Folder(path.clone()),
        })
    }

    /// Tells whether a letter that was taken can be refused by the same one later.
    #[must_use]
    pub fn promises_nothing(&self) -> bool {
        matches!(self.server, Server::Program(_))
    }

    /// Asks whether letters from this sender to these would be taken now: connects, encrypts, logs in, names the sender and each
    /// receiver, and takes it back; or writes a file and removes it; or looks for the mail program, which promises nothing. Tells
    /// of each receiver that would not; an error is about any letter. A receiver that is only put off, as greylisting does with
    /// new senders, is taken.
    pub async fn ask(&self, from: &str, to: Addresses<'_>, on_refusal: OnRefusal<'_>) -> Result<(), SendError> {
        match &self.server {
            Server::Smtp(smtp) => {
                let mut conversation = Conversation::new(smtp.clone());
                let asked = conversation.ask(from, to, on_refusal).await;
                conversation.end().await;
                asked
            }
            Server::Program(program) => program.probe().await,
            Server::Folder(path) => folder::probe(path.clone()).await,
        }
    }
}

impl Session {
    /// Makes one attempt to send a letter. Safe to repeat: the bytes, and with them the Message-ID, stay the same, and a file
    /// replaces itself.
    ///
    /// `Ok` when the server has taken it for at least one recipient. Once the server has the letter it is waited for, also where
    /// `handover` ends meanwhile. Dropping the future in its middle leaves it open whether the server took it.
    pub async fn send(&mut self, message: &Message, handover: &Handover) -> Result<Sent, SendError> {
        failpoint::reach("mail.send.before");
        let sent = match &mut self.0 {
            Way::Smtp(conversation) => conversation.send(message, handover).await,
            Way::Program(program) => Box::pin(program.send(message, handover)).await,
            Way::Folder(path) => folder::put(path.clone(), message.clone()).await.map(|()| Sent::default()),
        };
        failpoint::reach("mail.send.after");
        sent
    }

    /// Ends it in order.
    pub async fn end(mut self) {
        if let Way::Smtp(conversation) = &mut self.0 {
            conversation.end().await;
        }
    }
}
