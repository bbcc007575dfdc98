//! Opens an SMTP connection: connects, encrypts and logs in (RFC 5321, 3207, 4954), and says what keeps it from that.

use std::fmt;
use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, TlsParameters};
use lettre::transport::smtp::commands::Ehlo;
use lettre::transport::smtp::extension::ClientId;
use secrecy::ExposeSecret as _;
use tokio::time::timeout;

use super::login::Pass;
use super::send_error::{Fault, cause};
use super::verdict::{SmtpReply, Stage};
use super::{Login, SendError, certificates, hello, login};

/// An SMTP server and how to speak to it.
#[derive(Debug, Clone)]
pub struct Smtp {
    /// Its name, which its certificate must bear, or its IP address.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The encryption of the connection.
    pub tls: Tls,
    /// A PEM file with authorities that are trusted besides the system's.
    pub tls_ca: Option<PathBuf>,
    /// The account to send from, where the server wants one.
    pub login: Option<Login>,
    /// The name by which this machine introduces itself; `None`: by its full name, else by its address.
    pub hello: Option<String>,
    /// The times to wait.
    pub patience: Patience,
}

/// The encryption of the connection to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// `smtp://`: plain at first, then STARTTLS, without which nothing is sent. To this machine itself, where no third party
    /// listens in, it goes on unencrypted when the server offers no encryption, or offers it with a certificate that proves
    /// nothing (as Debian's Postfix does); naming a `tls_ca` makes encryption a must there too.
    StartTls,
    /// `smtps://`: encrypted from the first byte.
    Implicit,
}

impl Smtp {
    pub(super) async fn open(&self) -> Result<AsyncSmtpConnection, SendError> {
        let Some(login) = &self.login else { return Ok(Box::pin(self.connect()).await?.0) };
        // Before the connection: a mail server does not wait for another one's token.
        let pass = login.pass().await?;
        match Box::pin(self.enter(login, &pass)).await {
            Err(why) if why.fault == Fault::ServerRefuses => {
                login.forget().await;
                if !pass.was_held {
                    return Err(why);
                }
                // A token may have been taken back before its end, and a machine that slept does not know how old it is.
                Box::pin(self.enter(login, &login.pass().await?)).await
            }
            entered => entered,
        }
    }

    async fn enter(&self, login: &Login, pass: &Pass) -> Result<AsyncSmtpConnection, SendError> {
        let (mut connection, unencrypted) = self.connect().await?;
        self.log_in(&mut connection, login, pass, unencrypted).await?;
        Ok(connection)
    }

    /// Answers also why the connection is not encrypted, where that was tried and will do without.
    async fn connect(&self) -> Result<(AsyncSmtpConnection, Option<SendError>), SendError> {
        match self.tls {
            Tls::Implicit => Ok((self.dial(Some(self.tls_parameters().await?)).await?, None)),
            Tls::StartTls => self.dial_and_encrypt().await,
        }
    }

    async fn dial(&self, tls: Option<TlsParameters>) -> Result<AsyncSmtpConnection, SendError> {
        let encrypted = tls.is_some();
        let hello = hello::client_id(self.hello.as_deref(), self.address()).await;
        AsyncSmtpConnection::connect_tokio1(self.address(), Some(self.patience.connect), &hello, tls, None)
            .await
            .map_err(|why| match why.status().map(u16::from) {
                Some(code) if hello::is_refused_by(code) => self.refuses(&format!(
                    "turned this machine away, which introduced itself as {hello}: {}; if it does not like that name, {}",
                    cause(&why),
                    hello::remedy(self.hello.as_deref())
                )),
                Some(500..) => self.refuses(&format!("turned this machine away: {}", cause(&why))),
                Some(_) => self.away(&format!("turned this machine away: {}", cause(&why))),
                None if encrypted => self.not_encrypted(&why),
                None => self.away(&format!("cannot be reached: {}", cause(&why))),
            })
    }

    /// Answers also why the connection is not encrypted, where that was tried and will do without.
    async fn dial_and_encrypt(&self) -> Result<(AsyncSmtpConnection, Option<SendError>), SendError> {
        let plain_will_do = self.is_this_machine() && self.tls_ca.is_none();
        let mut connection = self.dial(None).await?;
        if !connection.can_starttls() {
            return if plain_will_do {
                Ok((connection, None))
            } else {
                let wants = if self.is_this_machine() {
                    "`tls_ca` in [mail] wants it"
                } else {
                    "nothing is sent to another machine without"
                };
                Err(self.refuses(&format!(
                    "offers no encryption (STARTTLS), and {wants}; have it switched on there, or use an `smtps://` server"
                )))
            };
        }
        let encrypted = match self.tls_parameters().await {
            Ok(tls) => {
                let hello = hello::client_id(self.hello.as_deref(), self.address()).await;
                connection.starttls(tls, &hello).await.map_err(|why| self.not_encrypted(&why))
            }
            Err(why) => Err(why),
        };
        match encrypted {
            Ok(()) => Ok((connection, None)),
            Err(why) if plain_will_do => Ok((self.dial(None).await?, Some(why))),
            Err(why) => Err(why),
        }
    }

    async fn tls_parameters(&self) -> Result<TlsParameters, SendError> {
        certificates::parameters(self.host.clone(), self.tls_ca.clone()).await
    }

    async fn log_in(
        &self,
        connection: &mut AsyncSmtpConnection,
        login: &Login,
        pass: &Pass,
        unencrypted: Option<SendError>,
    ) -> Result<(), SendError> {
        let mechanisms: &[Mechanism] =
            if pass.is_token { &[Mechanism::Xoauth2] } else { &[Mechanism::Plain, Mechanism::Login] };
        if connection.server_info().get_auth_mechanism(mechanisms).is_none() {
            // A server that takes logins only in TLS does not offer them without.
            if let Some(why) = unencrypted {
                return Err(why);
            }
            let offered = match offered(connection).await {
                Some(methods) => format!("it offers {methods}"),
                None => "it offers no login at all".to_owned(),
            };
            let (with, key, instead) = match (pass.is_token, offered.contains("XOAUTH2")) {
                (true, _) => ("token", "oauth", ""),
                (false, true) => ("password", "password", ", or log in with a token (`oauth`)"),
                (false, false) => ("password", "password", ""),
            };
            return Err(self.refuses(&format!(
                "takes no login with a {with} ({offered}); take `username` and `{key}` out of [mail], or use the port that wants a login{instead}",
            )));
        }
        if pass.is_token {
            return login::log_in_with_token(self, connection, login, pass).await;
        }
        let credentials = Credentials::new(login.username.clone(), pass.secret.expose_secret().to_owned());
        match connection.auth(mechanisms, &credentials).await {
            Ok(_) => Ok(()),
            Err(why) if why.status().is_none_or(|code| u16::from(code) < 500) => {
                Err(self.away(&format!("did not answer the login: {}", login.redact(pass, &cause(&why)))))
            }
            Err(why) => {
                let said = login.redact(pass, &cause(&why));
                let remedy = if SmtpReply::read(&said).is_some_and(SmtpReply::says_no_passwords) {
                    "it takes no password here: log in with a token, `oauth` instead of `password` in [mail]"
                } else {
                    "check `username` and `password` in [mail]"
                };
                Err(self.refuses(&format!("did not accept the login of `{}`: {said}; {remedy}", login.username)))
            }
        }
    }

    /// Returns the size of the largest mail that the server says it takes; `None` if it does not say.
    pub(super) async fn most_bytes(&self, connection: &mut AsyncSmtpConnection) -> Option<usize> {
        let hello = hello::client_id(self.hello.as_deref(), self.address()).await;
        let answer = timeout(self.patience.opening, connection.command(Ehlo::new(hello))).await.ok()?.ok()?;
        let most = answer.message().find_map(|line| {
            let (keyword, size) = line.split_once(' ')?;
            keyword.eq_ignore_ascii_case("SIZE").then(|| size.trim().parse().ok())?
        });
        // None means that there is no limit but the disk's.
        most.filter(|most| *most > 0)
    }

    /// The letter has been taken, or there was none: whatever happens now changes nothing.
    pub(super) async fn goodbye(&self, mut connection: AsyncSmtpConnection) {
        let _ = timeout(self.patience.goodbye, connection.quit()).await;
    }

    pub(super) async fn within<T>(
        &self,
        limit: Duration,
        conversation: impl Future<Output = Result<T, SendError>>,
    ) -> Result<T, SendError> {
        match timeout(limit, conversation).await {
            Ok(outcome) => outcome,
            Err(_) if self.tls == Tls::StartTls && self.port == 465 => Err(self.away(&format!(
                "gave no answer for {limit:?}; port 465 is encrypted from the start, so write `smtps://` for it"
            ))),
            Err(_) => Err(self.away(&format!("gave no answer for {limit:?}"))),
        }
    }

    fn address(&self) -> (&str, u16) {
        (self.host.trim_start_matches('[').trim_end_matches(']'), self.port)
    }

    fn is_this_machine(&self) -> bool {
        let host = self.host.trim_start_matches('[').trim_end_matches(']');
        host.eq_ignore_ascii_case("localhost") || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
    }

    pub(super) fn away(&self, what: &str) -> SendError {
        SendError::away(format!("the mail server {self} {what}"))
    }

    pub(super) fn refuses(&self, what: &str) -> SendError {
        SendError::refuses(format!("the mail server {self} {what}"))
    }

    /// Returns the error for a refusal of what was asked, judged by when it was said.
    pub(super) fn refused(&self, stage: Stage, what: &str, why: &lettre::transport::smtp::Error) -> SendError {
        let said = cause(why);
        if why.status().is_none() {
            let twice = if stage == Stage::Content { " after it was given the mail, which may come twice" } else { "" };
            return self.away(&format!("broke off{twice}: {said}"));
        }
        let Some(reply) = SmtpReply::read(&said) else { return self.away(&format!("{what}: {said}")) };
        match reply.fault(stage) {
            Fault::ServerRefuses if said.starts_with("530") => {
                self.refuses(&format!("wants a login: {said}; set `username` and `password` in [mail]"))
            }
            fault if said.contains("Helo command rejected") => {
                let remedy = hello::remedy(self.hello.as_deref());
                SendError::of(fault, format!("the mail server {self} {what}: {said}; {remedy}"))
            }
            fault => SendError::of(fault, format!("the mail server {self} {what}: {said}")),
        }
    }

    fn not_encrypted(&self, why: &lettre::transport::smtp::Error) -> SendError {
        self.refuses(&format!("could not be spoken to in TLS: {}", certificates::told(&cause(why))))
    }
}

/// Returns the ways to log in that the server tells, as it names them; the library keeps only those that it knows.
async fn offered(connection: &mut AsyncSmtpConnection) -> Option<String> {
    let answer = connection.command(Ehlo::new(ClientId::default())).await.ok()?;
    let line = answer.message().find_map(|line| {
        let (keyword, methods) = line.split_once([' ', '='])?;
        keyword.eq_ignore_ascii_case("AUTH").then(|| methods.trim().to_owned())
    });
    line.filter(|methods| !methods.is_empty())
}

impl fmt::Display for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

/// The times to wait before an attempt is given up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// For one network address to answer.
    pub connect: Duration,
    /// For connection, encryption and login together; some servers greet late, to tell mail programs from robots.
    pub opening: Duration,
    /// For an answer to one command before the letter (RFC 5321, 4.5.3.2).
    pub command: Duration,
    /// For the letter to be taken, and the receipt after its last dot: giving up early makes doubles.
    pub receipt: Duration,
    /// For the goodbye, whose answer changes nothing.
    pub goodbye: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            opening: Duration::from_mins(1),
            command: Duration::from_mins(5),
            receipt: Duration::from_mins(10),
            goodbye: Duration::from_secs(5),
        }
    }
}
