//! A mail server to be tested against: a real one on a real socket, whose moods are scripted.
//!
//! Each connection takes the next of the scripted moods; when there are none left, everything is accepted. What was received
//! is recorded before it is acknowledged, so that a client that has its answer finds it there.

#[path = "smtp_conversation.rs"]
mod conversation;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// A command of the client, as a place where something can go wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Connect,
    Ehlo,
    StartTls,
    Auth,
    Mail,
    Rcpt,
    Data,
    Content,
    Reset,
    Quit,
}

/// The behaviour of the server for the length of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mood {
    /// Takes everything.
    Accept,
    /// Answers so at that stage: `451 4.3.0 try again later`.
    Answer(Stage, &'static str),
    /// Answers so to that recipient.
    RefuseRecipient(&'static str, &'static str),
    /// Takes every recipient, and answers a mail so that is for that one, among others or alone.
    RefuseMailFor(&'static str, &'static str),
    /// Closes the connection instead of answering; at [`Stage::Content`], after it has taken the mail.
    Drop(Stage),
    /// Never answers.
    Stall(Stage),
    /// Answers when it is let ([`SmtpServer::release`]).
    Hold(Stage),
    /// Takes this long for its answer.
    Slow(Stage, Duration),
    /// Takes mails of so many bytes, and may say so before.
    MostBytes(usize, bool),
    /// Takes so many recipients of a mail, and 452 for the others.
    MostRecipients(usize),
    /// Takes so many mails over a connection, and 421 for the next.
    MostMails(usize),
    /// Hangs up after so many refused recipients, as Postfix does; those that do not begin with `good` are refused so.
    GoodOnly(usize, &'static str),
}

/// The encryption of the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encryption {
    Off,
    StartTls,
    Implicit,
}

/// A mail that was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    pub hello: String,
    pub from: String,
    pub to: Vec<String>,
    pub bytes: Vec<u8>,
    pub encrypted: bool,
    pub account: Option<String>,
    /// True when it was announced with SMTPUTF8.
    pub utf8: bool,
}

/// The server; it stops when it is dropped.
pub struct SmtpServer {
    address: SocketAddr,
    shared: Arc<Shared>,
    authority: String,
    listening: tokio::task::JoinHandle<()>,
}

/// The habits of a server.
pub struct Script {
    encryption: Encryption,
    certificate_name: &'static str,
    account: Option<(&'static str, &'static str)>,
    mechanisms: &'static str,
    moods: Vec<Mood>,
    habit: Mood,
    self_signed: bool,
    offers_utf8: bool,
}

struct Shared {
    moods: Mutex<VecDeque<Mood>>,
    received: Mutex<Vec<Received>>,
    commands: Mutex<Vec<String>>,
    connections: AtomicUsize,
    gate: Semaphore,
    account: Option<(&'static str, &'static str)>,
    mechanisms: &'static str,
    encryption: Encryption,
    acceptor: TlsAcceptor,
    offers_utf8: bool,
}

impl Script {
    /// Takes every mail, unencrypted and without a login.
    pub fn new() -> Self {
        Self {
            encryption: Encryption::Off,
            certificate_name: "localhost",
            account: None,
            mechanisms: "PLAIN LOGIN",
            moods: Vec::new(),
            habit: Mood::Accept,
            self_signed: false,
            offers_utf8: false,
        }
    }

    /// The mood of every connection that no other is scripted for.
    pub fn habit(self, habit: Mood) -> Self {
        Self { habit, ..self }
    }

    pub fn encryption(self, encryption: Encryption) -> Self {
        Self { encryption, ..self }
    }

    /// The name that the certificate is made out to.
    pub fn certificate_for(self, certificate_name: &'static str) -> Self {
        Self { certificate_name, ..self }
    }

    /// Takes mail for addresses with letters outside ASCII.
    pub fn offers_utf8(self) -> Self {
        Self { offers_utf8: true, ..self }
    }

    /// Shows its authority's certificate as its own.
    pub fn self_signed(self) -> Self {
        Self { self_signed: true, ..self }
    }

    /// Wants this login, by one of these mechanisms (`PLAIN`, `LOGIN`, both, or `XOAUTH2` with a token).
    pub fn account(self, name: &'static str, password: &'static str, mechanisms: &'static str) -> Self {
        Self { account: Some((name, password)), mechanisms, ..self }
    }

    /// The moods of the connections to come.
    pub fn moods(self, moods: impl IntoIterator<Item = Mood>) -> Self {
        Self { moods: moods.into_iter().collect(), ..self }
    }

    /// Starts it on a thread of its own, for a test that is not asynchronous.
    pub fn serve(self) -> SmtpServer {
        let (to, server) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                to.send(self.start().await).unwrap();
                std::future::pending::<()>().await;
            });
        });
        server.recv().unwrap()
    }

    /// Starts it on a free port of this machine.
    pub async fn start(self) -> SmtpServer {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (acceptor, authority) =
            certificate(self.certificate_name, &format!("authority {}", address.port()), self.self_signed);
        let shared = Arc::new(Shared {
            moods: Mutex::new(self.moods.into()),
            received: Mutex::default(),
            commands: Mutex::default(),
            connections: AtomicUsize::new(0),
            gate: Semaphore::new(0),
            account: self.account,
            mechanisms: self.mechanisms,
            encryption: self.encryption,
            acceptor,
            offers_utf8: self.offers_utf8,
        });
        let listening = tokio::spawn({
            let shared = Arc::clone(&shared);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    let mood = shared.moods.lock().unwrap().pop_front().unwrap_or_else(|| self.habit.clone());
                    shared.connections.fetch_add(1, Ordering::Relaxed);
                    let shared = Arc::clone(&shared);
                    // A client that hangs up is its own business.
                    tokio::spawn(async move { conversation::lead(stream, shared, mood).await.ok() });
                }
            }
        });
        SmtpServer { address, shared, authority, listening }
    }
}

impl SmtpServer {
    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// The mails received so far.
    pub fn received(&self) -> Vec<Received> {
        self.shared.received.lock().unwrap().clone()
    }

    /// Every command so far, by its first word.
    pub fn commands(&self) -> Vec<String> {
        self.shared.commands.lock().unwrap().clone()
    }

    /// Returns how many connections there were.
    pub fn connections(&self) -> usize {
        self.shared.connections.load(Ordering::Relaxed)
    }

    /// Lets what was held be answered.
    pub fn release(&self) {
        self.shared.gate.add_permits(1000);
    }

    /// Tells whether it knows of logins.
    pub fn has_accounts(&self) -> bool {
        self.shared.account.is_some()
    }

    /// The authority that signed the server's certificate, in PEM.
    pub fn authority(&self) -> &str {
        &self.authority
    }
}

impl Drop for SmtpServer {
    fn drop(&mut self) {
        self.listening.abort();
    }
}

/// The certificate for that name, and the authority that signed it, in PEM.
pub fn certificate(name: &str, authority_name: &str, self_signed: bool) -> (TlsAcceptor, String) {
    let authority_key = rcgen::KeyPair::generate().unwrap();
    let mut authority = rcgen::CertificateParams::new(Vec::new()).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    authority.distinguished_name.push(rcgen::DnType::CommonName, authority_name);
    if self_signed {
        authority.subject_alt_names.push(rcgen::SanType::DnsName(name.try_into().unwrap()));
    }
    let authority_certificate = authority.self_signed(&authority_key).unwrap();
    let authority_der = authority_key.serialize_der();
    let issuer = rcgen::Issuer::new(authority, authority_key);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec![name.to_owned()]).unwrap().signed_by(&key, &issuer).unwrap();
    let (shown, key) = if self_signed {
        (authority_certificate.der().clone(), authority_der)
    } else {
        (certificate.der().clone(), key.serialize_der())
    };
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![shown], PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key)))
        .unwrap();
    (TlsAcceptor::from(Arc::new(config)), authority_certificate.pem())
}
