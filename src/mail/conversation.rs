//! Leads SMTP conversations once the server has let us in: hands letters over, or asks what would become of them.
//!
//! It goes command by command, not by the library's transport, for two reasons. What the server says before the letter is its
//! business with us and may be put right, so that the letter waits; what it says to the letter itself can be final. And one wrong
//! address among several must not keep the mail from the others. Many letters go over one connection, since servers count those.

use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailParameter};
use lettre::transport::smtp::response::Response;

use super::broken::{Broken, nobody};
use super::lean::without_attachments;
use super::send_error::{Fault, cause};
use super::verdict::{SmtpReply, Stage};
use super::{Address, AddressError, Handover, LeftOut, Message, SendError, Sent, Smtp};
use crate::model::address::needs_utf8;

/// Receivers that are asked about in one transaction. Servers must take a hundred; many take fewer.
const AT_ONCE: usize = 50;
/// Bytes that every server must take (RFC 5321, 4.5.3.1.7).
const EVERY_SERVER_TAKES: usize = 64_000;
/// Refusals after which the connection is given up for another. Postfix hangs up after twenty, and is slow after ten.
const MOST_REFUSED: usize = 9;

/// Addresses that a server is asked about, one after the other.
pub type Addresses<'a> = &'a mut (dyn Iterator<Item = String> + Send);

/// Hears of an address that would not be taken, and why.
pub type OnRefusal<'a> = &'a mut (dyn FnMut(&str, String) + Send);

/// An open way to a server, or one that is opened when it is needed.
pub(super) struct Conversation {
    smtp: Smtp,
    connection: Option<AsyncSmtpConnection>,
    /// Refusals on this connection.
    refused: usize,
    /// True when a mail was begun on it.
    is_used: bool,
    /// The size of the largest mail that the server takes, once it was asked: any, if it does not say.
    most_bytes: Option<usize>,
}

/// The server's answer about one receiver.
enum Heard {
    Taken,
    Refused(SendError, String),
}

impl Conversation {
    pub(super) fn new(smtp: Smtp) -> Self {
        Self { smtp, connection: None, refused: 0, is_used: false, most_bytes: None }
    }

    /// Hands one letter over; one that is too large without what is attached to it.
    pub(super) async fn send(&mut self, message: &Message, handover: &Handover) -> Result<Sent, SendError> {
        match self.send_whole(message, handover).await {
            Err(why) if why.fault == Fault::TooLarge => match without_attachments(message) {
                Some(lean) => {
                    tracing::warn!(why = %why.words, "a mail goes without what is attached to it");
                    self.send_whole(&lean, handover).await
                }
                None => Err(why),
            },
            sent => sent,
        }
    }

    async fn send_whole(&mut self, message: &Message, handover: &Handover) -> Result<Sent, SendError> {
        let sent = match self.hand_over(message, handover).await {
            // A connection that was quiet for a while, or has seen enough letters, may be gone without a word.
            Err(Broken::Silently(_)) => self.hand_over(message, handover).await,
            other => other,
        };
        match &sent {
            Ok(sent) => self.refused += sent.left_out.len(),
            Err(Broken::Said(why)) => self.refused += why.left_out.len().max(1),
            Err(Broken::OverOne(_)) => self.refused += 1,
            Err(Broken::Silently(_)) => {}
        }
        if let Err(Broken::OverOne(left_out)) = sent {
            self.reset().await;
            return self.send_to_each(message, left_out, handover).await;
        }
        let sent = sent.map_err(Broken::into_error);
        match &sent {
            Err(why) if why.fault.is_of_server() || why.fault == Fault::Stopped => self.connection = None,
            Err(_) => self.reset().await,
            Ok(_) => {}
        }
        if self.refused > MOST_REFUSED {
            self.end().await;
        }
        sent
    }

    /// Hands a letter over that was refused for all over one of its receivers: to each alone, but for those that are left out already.
    async fn send_to_each(
        &mut self,
        message: &Message,
        mut left_out: Vec<LeftOut>,
        handover: &Handover,
    ) -> Result<Sent, SendError> {
        tracing::warn!("the mail server refused a mail over one of its receivers: it goes to each alone");
        let mut is_taken = false;
        let mut ended: Option<SendError> = None;
        for address in &message.envelope.to {
            if left_out.iter().any(|out| out.address == *address) {
                continue;
            }
            let mut alone = message.clone();
            alone.envelope.to = vec![address.clone()];
            let sent = match &ended {
                None => Box::pin(self.send(&alone, handover)).await.map(drop),
                Some(why) => Err(why.clone()),
            };
            match sent {
                Ok(()) => is_taken = true,
                Err(why) if why.fault.is_of_server() || why.fault == Fault::Stopped => {
                    let out = LeftOut { address: address.clone(), fault: Fault::NotYet, words: why.words.clone() };
                    left_out.push(out);
                    ended = Some(why);
                }
                Err(why) => {
                    let words = format!("{} (for {address})", why.words);
                    left_out.push(LeftOut { address: address.clone(), fault: why.fault, words });
                }
            }
        }
        match ended {
            _ if is_taken => Ok(Sent { left_out }),
            Some(why) => Err(why),
            None => Err(nobody(left_out)),
        }
    }

    /// Asks whether letters from this sender to these would be taken: everything up to the letter itself.
    pub(super) async fn ask(
        &mut self,
        from: &str,
        to: Addresses<'_>,
        on_refusal: OnRefusal<'_>,
    ) -> Result<(), SendError> {
        let mut next = to.next();
        loop {
            let is_used = self.is_used && self.connection.is_some();
            let wide = next.as_deref().is_some_and(needs_utf8);
            if let Err(why) = self.begin(from, wide).await.map_err(Broken::into_error) {
                if !(is_used && why.fault == Fault::ServerAway) {
                    return Err(why);
                }
                // So many transactions a connection, and no more.
                self.end().await;
                self.begin(from, wide).await.map_err(Broken::into_error)?;
            }
            let mut asked = 0;
            while asked < AT_ONCE
                && let Some(address) = next.as_ref().filter(|address| needs_utf8(address) == wide)
            {
                match self.receiver(address).await? {
                    Heard::Taken => {}
                    Heard::Refused(_, said) if asked > 0 && may_be_a_limit(&said) => break,
                    Heard::Refused(why, _) if why.fault.is_of_server() => return Err(why),
                    Heard::Refused(why, said) => {
                        self.refused += 1;
                        if !(why.fault == Fault::NotYet && SmtpReply::read(&said).is_some_and(SmtpReply::will_pass)) {
                            on_refusal(address, why.words);
                        }
                    }
                }
                asked += 1;
                next = to.next();
                if self.refused > MOST_REFUSED {
                    break;
                }
            }
            self.reset().await;
            if next.is_none() {
                return Ok(());
            }
            if self.refused > MOST_REFUSED {
                self.end().await;
            }
        }
    }

    /// Says goodbye. Whatever happens now changes nothing.
    pub(super) async fn end(&mut self) {
        self.refused = 0;
        if let Some(connection) = self.connection.take() {
            self.smtp.goodbye(connection).await;
        }
    }

    async fn hand_over(&mut self, message: &Message, handover: &Handover) -> Result<Sent, Broken> {
        let left_out = tokio::select! {
            biased;
            () = handover.ended() => None,
            left_out = self.offer(message) => Some(left_out?),
        };
        let Some(left_out) = left_out else {
            // The state of the server's side is not known any more.
            self.connection = None;
            let words = "roomkeeper stopped before the mail server had the mail";
            return Err(SendError::of(Fault::Stopped, words.to_owned()).into());
        };
        let _given = handover.give();
        // The library ends the last line itself.
        let bytes = message.bytes.strip_suffix(b"\r\n").unwrap_or(&message.bytes);
        let Some(connection) = &mut self.connection else { return Err(self.smtp.away("is not connected").into()) };
        let smtp = &self.smtp;
        let mut is_over_one = false;
        let taken = async {
            let taken = connection.message(bytes).await;
            taken.map_err(|why| {
                is_over_one = SmtpReply::read(&cause(&why)).is_some_and(SmtpReply::is_about_a_receiver);
                smtp.refused(Stage::Content, "did not take the mail", &why)
            })
        };
        match smtp.within(smtp.patience.receipt, taken).await {
            Ok(_) => Ok(Sent { left_out }),
            Err(_) if is_over_one && message.envelope.to.len() > left_out.len() + 1 => Err(Broken::OverOne(left_out)),
            Err(why) => Err(why.into()),
        }
    }

    /// Says everything up to the letter; answers who will not get it.
    async fn offer(&mut self, message: &Message) -> Result<Vec<LeftOut>, Broken> {
        let receivers = &message.envelope.to;
        self.connect().await?;
        if let Some(most) = self.most_bytes(message).await
            && message.bytes.len() > most
        {
            let words = format!(
                "the mail server {} takes mails of up to {most} bytes, and this one has {}",
                self.smtp,
                message.bytes.len()
            );
            return Err(SendError::of(Fault::TooLarge, words).into());
        }
        self.begin(&message.envelope.from, receivers.iter().any(|address| needs_utf8(address))).await?;
        let mut left_out = Vec::new();
        for address in receivers {
            match self.receiver(address).await? {
                Heard::Taken => {}
                Heard::Refused(why, said) if said.starts_with("421") => return Err(why.into()),
                Heard::Refused(SendError { fault, words, .. }, _) => {
                    left_out.push(LeftOut { address: address.clone(), fault, words });
                }
            }
        }
        if left_out.len() == receivers.len() {
            return Err(nobody(left_out).into());
        }
        self.command(Stage::Data, Data, "did not take the mail").await?;
        Ok(left_out)
    }

    /// Returns the size of the largest mail that the server says it takes (RFC 1870). It is asked for only with a mail that some
    /// server may not take.
    async fn most_bytes(&mut self, message: &Message) -> Option<usize> {
        if message.bytes.len() <= EVERY_SERVER_TAKES {
            return None;
        }
        if self.most_bytes.is_none() {
            let connection = self.connection.as_mut()?;
            self.most_bytes = Some(self.smtp.most_bytes(connection).await.unwrap_or(usize::MAX));
        }
        self.most_bytes
    }

    /// Opens the connection where there is none.
    async fn connect(&mut self) -> Result<(), SendError> {
        if self.connection.is_none() {
            self.connection = Some(self.smtp.within(self.smtp.patience.opening, self.smtp.open()).await?);
            (self.refused, self.is_used, self.most_bytes) = (0, false, None);
        }
        Ok(())
    }

    /// Tells whether the server takes mail for addresses with letters outside ASCII before the `@`.
    fn takes_utf8(&self) -> bool {
        self.connection.as_ref().is_some_and(|found| found.server_info().supports_feature(Extension::SmtpUtfEight))
    }

    /// Opens the connection where there is none, and says who sends, and where it is so that an address follows which not every
    /// server takes.
    async fn begin(&mut self, from: &str, wide: bool) -> Result<(), Broken> {
        let sender = parse(from)?;
        self.connect().await?;
        let is_used = self.is_used;
        let what = format!("did not take the sender {from}");
        let parameters = if wide && self.takes_utf8() { vec![MailParameter::SmtpUtfEight] } else { Vec::new() };
        match self.command(Stage::Sender, Mail::new(Some(sender), parameters), &what).await {
            Err(why) if is_used && self.connection.is_none() => Err(Broken::Silently(why)),
            Err(why) => Err(why.into()),
            Ok(_) => {
                self.is_used = true;
                Ok(())
            }
        }
    }

    async fn receiver(&mut self, address: &str) -> Result<Heard, SendError> {
        let receiver = match parse(address) {
            Ok(receiver) => receiver,
            Err(why) => return Ok(Heard::Refused(why, String::new())),
        };
        if needs_utf8(address) && !self.takes_utf8() {
            let words = format!(
                "the mail server {} takes no mail for {address}, which has letters outside a-z before the @: it does not offer \
                 SMTPUTF8; take an address without such letters",
                self.smtp
            );
            return Ok(Heard::Refused(SendError::of(Fault::Refused, words), String::new()));
        }
        let what = format!("did not take the recipient {address}");
        match self.command(Stage::Receiver, Rcpt::new(receiver, Vec::new()), &what).await {
            Ok(_) => Ok(Heard::Taken),
            Err(why) if self.connection.is_none() => Err(why),
            Err(why) => {
                let said =
                    why.words.split_once(&format!("{what}: ")).map_or(String::new(), |(_, said)| said.to_owned());
                Ok(Heard::Refused(why, said))
            }
        }
    }

    /// Sends one command and returns its answer. A connection that broke is let go.
    async fn command(
        &mut self,
        stage: Stage,
        command: impl std::fmt::Display,
        what: &str,
    ) -> Result<Response, SendError> {
        let Some(connection) = &mut self.connection else { return Err(self.smtp.away("is not connected")) };
        let smtp = &self.smtp;
        let mut is_broken = true;
        let answer = async {
            let answer = connection.command(command).await;
            is_broken = answer.as_ref().is_err_and(|why| why.status().is_none());
            answer.map_err(|why| smtp.refused(stage, what, &why))
        };
        let answer = smtp.within(smtp.patience.command, answer).await;
        if is_broken {
            self.connection = None;
        }
        answer
    }

    /// Begins anew after a letter that was not taken, or was not to be. A server that does not know how gets a new connection.
    async fn reset(&mut self) {
        if self.command(Stage::Sender, Rset, "did not begin anew").await.is_err() {
            self.end().await;
        }
    }
}

/// Tells whether a server may say this that takes only so many receivers at once, or so many mails over one connection: the rest
/// is asked anew.
fn may_be_a_limit(said: &str) -> bool {
    said.starts_with("421") || SmtpReply::read(said).is_some_and(SmtpReply::says_too_many_receivers)
}

fn parse(address: &str) -> Result<lettre::Address, SendError> {
    let address: Address = address.parse().map_err(|why: AddressError| SendError::lasting(why.to_string()))?;
    Ok(address.mailbox().email)
}
