//! One SMTP conversation: connect, encrypt, log in, hand a letter over, say goodbye (RFC 5321, 3207, 4954).
//!
//! It is led command by command, not by the library's transport, for two reasons. What the server says before the letter is
//! its business with us and may be put right, so that the letter waits; what it says to the letter itself can be final. And one
//! wrong address among several must not keep the mail from the others.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::{Data, Mail, Noop, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use secrecy::ExposeSecret as _;
use tokio::time::timeout;

use super::send_error::cause;
use super::{LeftOut, Login, Message, Patience, SendError, Sent, certificates};

/// An SMTP server and how to speak to it.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Its name, which its certificate must bear, or its IP address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is encrypted.
    pub tls: Tls,
    /// A PEM file with authorities that are trusted besides the system's.
    pub tls_ca: Option<PathBuf>,
    /// The account to send from, where the server wants one.
    pub login: Option<Login>,
    /// This machine's name, for the greeting.
    pub hello: String,
    /// How long to wait.
    pub patience: Patience,
}

/// How the connection to the server is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// `smtp://`: plain at first, then STARTTLS, without which nothing is sent. To this machine itself, where nobody listens in,
    /// it goes on unencrypted when the server offers no encryption, or offers it with a certificate that proves nothing (as
    /// Debian's Postfix does); naming a `tls_ca` makes encryption a must there too.
    StartTls,
    /// `smtps://`: encrypted from the first byte.
    Implicit,
}

impl Smtp {
    pub(super) async fn send(&self, message: &Message) -> Result<Sent, SendError> {
        let mut connection = self.within(self.patience.opening, self.open()).await?;
        let sent = self.within(self.patience.letter, self.hand_over(&mut connection, message)).await?;
        self.goodbye(connection).await;
        Ok(sent)
    }

    pub(super) async fn probe(&self) -> Result<(), SendError> {
        let mut connection = self.within(self.patience.opening, self.open()).await?;
        let noop = async { connection.command(Noop).await.map_err(|why| self.refused("will not go on", &why)) };
        self.within(self.patience.opening, noop).await?;
        self.goodbye(connection).await;
        Ok(())
    }

    async fn open(&self) -> Result<AsyncSmtpConnection, SendError> {
        let mut connection = match self.tls {
            Tls::Implicit => self.dial(Some(self.tls_parameters().await?)).await?,
            Tls::StartTls => self.dial_and_encrypt().await?,
        };
        if let Some(login) = &self.login {
            self.log_in(&mut connection, login).await?;
        }
        Ok(connection)
    }

    async fn dial(&self, tls: Option<TlsParameters>) -> Result<AsyncSmtpConnection, SendError> {
        let encrypted = tls.is_some();
        let address = (self.host.trim_start_matches('[').trim_end_matches(']'), self.port);
        AsyncSmtpConnection::connect_tokio1(address, Some(self.patience.connect), &self.client_id(), tls, None)
            .await
            .map_err(|why| match why.status() {
                Some(_) => self.refused("turned this machine away", &why),
                None if encrypted => self.not_encrypted(&why),
                None => self.failed(&format!("cannot be reached: {}", cause(&why))),
            })
    }

    async fn dial_and_encrypt(&self) -> Result<AsyncSmtpConnection, SendError> {
        let plain_will_do = self.is_this_machine() && self.tls_ca.is_none();
        let mut connection = self.dial(None).await?;
        if !connection.can_starttls() {
            return if plain_will_do {
                Ok(connection)
            } else {
                Err(self.failed(
                    "offers no encryption (STARTTLS), and nothing is sent to another machine without; \
                     have it switched on there, or use an `smtps://` server",
                ))
            };
        }
        let encrypted = match self.tls_parameters().await {
            Ok(tls) => connection.starttls(tls, &self.client_id()).await.map_err(|why| self.not_encrypted(&why)),
            Err(why) => Err(why),
        };
        match encrypted {
            Ok(()) => Ok(connection),
            Err(_) if plain_will_do => self.dial(None).await,
            Err(why) => Err(why),
        }
    }

    async fn tls_parameters(&self) -> Result<TlsParameters, SendError> {
        certificates::parameters(self.host.clone(), self.tls_ca.clone()).await
    }

    async fn log_in(&self, connection: &mut AsyncSmtpConnection, login: &Login) -> Result<(), SendError> {
        const MECHANISMS: &[Mechanism] = &[Mechanism::Plain, Mechanism::Login];
        if connection.server_info().get_auth_mechanism(MECHANISMS).is_none() {
            return Err(self.failed(
                "takes no login with a password; take `username` and `password` out of [mail], or use the port that wants a login",
            ));
        }
        let credentials = Credentials::new(login.username.clone(), login.password.expose_secret().to_owned());
        match connection.auth(MECHANISMS, &credentials).await {
            Ok(_) => Ok(()),
            Err(why) => Err(self.failed(&format!(
                "did not accept the login of `{}`: {}; check `username` and `password` in [mail]",
                login.username,
                login.redact(&cause(&why))
            ))),
        }
    }

    async fn hand_over(&self, connection: &mut AsyncSmtpConnection, message: &Message) -> Result<Sent, SendError> {
        let sender = parse(&message.envelope.from)?;
        let recipients = message.envelope.to.iter().map(|to| parse(to)).collect::<Result<Vec<_>, _>>()?;

        let mail = Mail::new(Some(sender), Vec::new());
        connection
            .command(mail)
            .await
            .map_err(|why| self.refused_letter(&format!("did not take the sender {}", message.envelope.from), &why))?;
        let mut left_out = Vec::new();
        for recipient in recipients {
            let address = recipient.to_string();
            let Err(why) = connection.command(Rcpt::new(recipient, Vec::new())).await else { continue };
            if why.status().is_none() {
                return Err(self.refused_letter("broke off", &why));
            }
            let answer = self.refused_letter(&format!("did not take the recipient {address}"), &why);
            left_out.push(LeftOut { address, permanent: answer.permanent, words: answer.words });
        }
        if left_out.len() == message.envelope.to.len() {
            return Err(nobody(left_out));
        }
        connection.command(Data).await.map_err(|why| self.refused_letter("did not take the mail", &why))?;
        // The library ends the last line itself.
        let bytes = message.bytes.strip_suffix(b"\r\n").unwrap_or(&message.bytes);
        connection.message(bytes).await.map_err(|why| self.refused_letter("did not take the mail", &why))?;
        Ok(Sent { left_out })
    }

    /// The letter has been taken, or there was none: whatever happens now changes nothing.
    async fn goodbye(&self, mut connection: AsyncSmtpConnection) {
        let _ = timeout(self.patience.goodbye, connection.quit()).await;
    }

    async fn within<T>(
        &self,
        limit: Duration,
        conversation: impl Future<Output = Result<T, SendError>>,
    ) -> Result<T, SendError> {
        match timeout(limit, conversation).await {
            Ok(outcome) => outcome,
            Err(_) if self.tls == Tls::StartTls && self.port == 465 => Err(self.failed(&format!(
                "gave no answer for {limit:?}; port 465 is encrypted from the start, so write `smtps://` for it"
            ))),
            Err(_) => Err(self.failed(&format!("gave no answer for {limit:?}"))),
        }
    }

    fn client_id(&self) -> ClientId {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '.' || c == '-';
        if self.hello.is_empty() || self.hello.len() > 255 || !self.hello.chars().all(is_name) {
            return ClientId::default();
        }
        ClientId::Domain(self.hello.clone())
    }

    fn is_this_machine(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    /// A trouble with the server, not with the letter: it may be put right.
    fn failed(&self, what: &str) -> SendError {
        SendError::passing(format!("the mail server {self} {what}"))
    }

    fn refused(&self, what: &str, why: &lettre::transport::smtp::Error) -> SendError {
        self.failed(&format!("{what}: {}", cause(why)))
    }

    /// A trouble with the letter: a 5xx is the server's last word about it, unless what it wants is a login (530).
    fn refused_letter(&self, what: &str, why: &lettre::transport::smtp::Error) -> SendError {
        let refused = self.refused(what, why);
        match why.status().map(u16::from) {
            Some(530) => {
                self.failed(&format!("wants a login: {}; set `username` and `password` in [mail]", cause(why)))
            }
            Some(500..) => SendError::lasting(refused.words),
            _ => refused,
        }
    }

    fn not_encrypted(&self, why: &lettre::transport::smtp::Error) -> SendError {
        let said = cause(why);
        self.failed(&format!("could not be spoken to in TLS: {said}{}", certificates::remedy(&said)))
    }
}

impl fmt::Display for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

fn parse(address: &str) -> Result<lettre::Address, SendError> {
    address.parse().map_err(|_| SendError::lasting(format!("`{address}` is not a mail address")))
}

/// Final only when it is so for each of them.
fn nobody(left_out: Vec<LeftOut>) -> SendError {
    let permanent = left_out.iter().all(|out| out.permanent);
    let words = left_out.into_iter().map(|out| out.words).collect::<Vec<_>>().join("; ");
    SendError { permanent, words }
}
