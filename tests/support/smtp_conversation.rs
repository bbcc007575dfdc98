//! The server's side of one SMTP conversation, in the mood that was scripted for it.

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::{Encryption, Mood, Received, Shared, Stage};

trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}
impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

/// Leads the conversation to its end.
pub(super) async fn lead(stream: TcpStream, shared: Arc<Shared>, mood: Mood) -> io::Result<()> {
    let mut stream: Box<dyn Stream> = Box::new(stream);
    if shared.encryption == Encryption::Implicit {
        stream = Box::new(shared.acceptor.accept(stream).await?);
    }
    let encrypted = shared.encryption == Encryption::Implicit;
    let mut conversation = Conversation { stream: Some(BufReader::new(stream)), shared, mood, encrypted, refused: 0 };
    conversation.lead().await
}

struct Conversation {
    /// Absent only while it changes over to TLS.
    stream: Option<BufReader<Box<dyn Stream>>>,
    shared: Arc<Shared>,
    mood: Mood,
    encrypted: bool,
    refused: usize,
}

/// The next step after an answer.
enum Then {
    GoOn,
    Close,
}

impl Conversation {
    async fn lead(&mut self) -> io::Result<()> {
        let (mut hello, mut from, mut to, mut account) = (String::new(), String::new(), Vec::new(), None);
        let (mut mails, mut utf8) = (0, false);
        if matches!(self.answer(Stage::Connect, "220 mail.test ESMTP").await?, Then::Close) {
            return Ok(());
        }
        loop {
            let Some(line) = self.line().await? else { return Ok(()) };
            let word = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            self.shared.commands.lock().unwrap().push(word.clone());
            let then = match word.as_str() {
                "EHLO" => {
                    hello = line[4..].trim().to_owned();
                    let capabilities = self.capabilities();
                    self.answer(Stage::Ehlo, &capabilities).await?
                }
                "STARTTLS" => {
                    let then = self.answer(Stage::StartTls, "220 go ahead").await?;
                    if matches!(then, Then::GoOn) {
                        self.encrypt().await?;
                    }
                    then
                }
                "AUTH" => match self.credentials(&line).await? {
                    Some((name, password)) if self.shared.account.is_some_and(|known| known == (&name, &password)) => {
                        account = Some(name);
                        self.answer(Stage::Auth, "235 2.7.0 welcome").await?
                    }
                    _ => {
                        if line.starts_with("AUTH XOAUTH2 ") {
                            // {"status":"401","schemes":"bearer","scope":"https://mail.example.org/"}
                            self.say("334 eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIiwic2NvcGUiOiJodHRwczovL21haWwuZXhhbXBsZS5vcmcvIn0=").await?;
                            assert_eq!(self.line().await?.as_deref(), Some(""), "the answer to a challenge is empty");
                        }
                        self.answer(Stage::Auth, "535 5.7.8 authentication failed").await?
                    }
                },
                "MAIL" if self.shared.account.is_some() && account.is_none() => {
                    self.answer(Stage::Mail, "530 5.7.0 authentication required").await?
                }
                "MAIL" if matches!(self.mood, Mood::MostMails(most) if most == mails) => {
                    self.say("421 4.7.0 that is enough").await?;
                    Then::Close
                }
                "MAIL" if line.ends_with(" SMTPUTF8") && !self.shared.offers_utf8 => {
                    self.refuse("555 5.5.4 unsupported option: SMTPUTF8").await?
                }
                "MAIL" => {
                    mails += 1;
                    utf8 = line.ends_with(" SMTPUTF8");
                    from = address(&line);
                    to.clear();
                    self.answer(Stage::Mail, "250 2.1.0 ok").await?
                }
                "RCPT" if !line.is_ascii() && !utf8 => {
                    self.refuse("553 5.6.7 this address must be announced with SMTPUTF8").await?
                }
                "RCPT" => self.recipient(&line, &mut to).await?,
                "DATA" => {
                    let then = self.answer(Stage::Data, "354 go on").await?;
                    if self.mood_answers(Stage::Data) || matches!(then, Then::Close) {
                        then
                    } else {
                        let Some(bytes) = self.content().await? else { return Ok(()) };
                        if let Some(answer) = self.refusal_of_mail(&bytes, &to) {
                            self.say(answer).await?;
                            continue;
                        }
                        let refused = self.mood_answers(Stage::Content);
                        if !refused {
                            self.shared.received.lock().unwrap().push(Received {
                                hello: hello.clone(),
                                from: from.clone(),
                                to: to.clone(),
                                bytes,
                                encrypted: self.encrypted,
                                account: account.clone(),
                                utf8,
                            });
                        }
                        self.answer(Stage::Content, "250 2.0.0 queued").await?
                    }
                }
                "RSET" => {
                    to.clear();
                    self.answer(Stage::Reset, "250 2.0.0 ok").await?
                }
                "QUIT" => {
                    self.answer(Stage::Quit, "221 bye").await?;
                    Then::Close
                }
                _ => self.refuse("502 5.5.2 no such command").await?,
            };
            if matches!(then, Then::Close) {
                return Ok(());
            }
        }
    }

    async fn refuse(&mut self, answer: &str) -> io::Result<Then> {
        self.say(answer).await?;
        Ok(Then::GoOn)
    }

    fn capabilities(&self) -> String {
        let mut lines = vec!["mail.test".to_owned(), "PIPELINING".to_owned(), "8BITMIME".to_owned()];
        if self.shared.encryption == Encryption::StartTls && !self.encrypted {
            lines.push("STARTTLS".to_owned());
        }
        if self.shared.account.is_some() && (self.encrypted || self.shared.encryption == Encryption::Off) {
            lines.push(format!("AUTH {}", self.shared.mechanisms));
        }
        if self.shared.offers_utf8 {
            lines.push("SMTPUTF8".to_owned());
        }
        if let Mood::MostBytes(most, true) = self.mood {
            lines.push(format!("SIZE {most}"));
        }
        let last = lines.len() - 1;
        lines
            .iter()
            .enumerate()
            .map(|(at, line)| format!("250{}{line}", if at == last { ' ' } else { '-' }))
            .collect::<Vec<_>>()
            .join("\r\n")
    }

    async fn recipient(&mut self, line: &str, to: &mut Vec<String>) -> io::Result<Then> {
        let recipient = address(line);
        if let Mood::RefuseRecipient(refused, answer) = self.mood
            && refused == recipient
        {
            self.say(answer).await?;
            return Ok(Then::GoOn);
        }
        match self.mood {
            Mood::MostRecipients(most) if to.len() == most => {
                self.say("452 4.5.3 too many recipients").await?;
                return Ok(Then::GoOn);
            }
            Mood::GoodOnly(most, answer) if !recipient.starts_with("good") => {
                self.refused += 1;
                if self.refused > most {
                    self.say("421 4.7.0 too many errors").await?;
                    return Ok(Then::Close);
                }
                self.say(answer).await?;
                return Ok(Then::GoOn);
            }
            _ => {}
        }
        if !self.mood_answers(Stage::Rcpt) {
            to.push(recipient);
        }
        self.answer(Stage::Rcpt, "250 2.1.5 ok").await
    }

    /// The mood's answer to this very mail.
    fn refusal_of_mail(&self, bytes: &[u8], to: &[String]) -> Option<&'static str> {
        match self.mood {
            Mood::MostBytes(most, _) if bytes.len() > most => Some("552 5.3.4 message too big"),
            Mood::RefuseMailFor(one, answer) if to.iter().any(|to| to == one) => Some(answer),
            _ => None,
        }
    }

    fn mood_answers(&self, stage: Stage) -> bool {
        matches!(self.mood, Mood::Answer(at, _) if at == stage)
    }

    /// Says what is usual at this stage, unless the mood is another.
    async fn answer(&mut self, stage: Stage, usual: &str) -> io::Result<Then> {
        match self.mood {
            Mood::Answer(at, answer) if at == stage => {
                self.say(answer).await?;
                Ok(Then::GoOn)
            }
            Mood::Drop(at) if at == stage => Ok(Then::Close),
            Mood::Hold(at) if at == stage => {
                let shared = Arc::clone(&self.shared);
                let _gone_through = shared.gate.acquire().await.map_err(io::Error::other)?;
                self.say(usual).await?;
                Ok(Then::GoOn)
            }
            Mood::Slow(at, time) if at == stage => {
                tokio::time::sleep(time).await;
                self.say(usual).await?;
                Ok(Then::GoOn)
            }
            Mood::Stall(at) if at == stage => std::future::pending().await,
            _ => {
                self.say(usual).await?;
                Ok(Then::GoOn)
            }
        }
    }

    fn stream(&mut self) -> &mut BufReader<Box<dyn Stream>> {
        self.stream.as_mut().unwrap()
    }

    async fn say(&mut self, answer: &str) -> io::Result<()> {
        self.stream().write_all(format!("{answer}\r\n").as_bytes()).await?;
        self.stream().flush().await
    }

    async fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let read = self.stream().read_line(&mut line).await?;
        Ok((read > 0).then(|| line.trim_end().to_owned()))
    }

    /// The mail up to the lone dot, with the doubled dots undone; every line must end in CRLF.
    async fn content(&mut self) -> io::Result<Option<Vec<u8>>> {
        let mut content = Vec::new();
        loop {
            let mut line = Vec::new();
            if self.stream().read_until(b'\n', &mut line).await? == 0 {
                return Ok(None);
            }
            assert!(line.ends_with(b"\r\n"), "a line without CRLF: {}", String::from_utf8_lossy(&line));
            assert!(line.len() <= 1000, "a line of {} bytes", line.len());
            if line == b".\r\n" {
                return Ok(Some(content));
            }
            content.extend_from_slice(line.strip_prefix(b".").unwrap_or(&line));
        }
    }

    async fn encrypt(&mut self) -> io::Result<()> {
        let plain = self.stream.take().unwrap().into_inner();
        let encrypted: Box<dyn Stream> = Box::new(self.shared.acceptor.clone().accept(plain).await?);
        self.stream = Some(BufReader::new(encrypted));
        self.encrypted = true;
        Ok(())
    }

    /// The name and password of an AUTH exchange.
    async fn credentials(&mut self, line: &str) -> io::Result<Option<(String, String)>> {
        let mut words = line.split(' ').skip(1);
        match words.next() {
            Some("PLAIN") => {
                let blob = decode(words.next().unwrap_or_default());
                let mut parts = blob.split('\0').skip(1);
                Ok(parts.next().zip(parts.next()).map(|(name, password)| (name.to_owned(), password.to_owned())))
            }
            Some("XOAUTH2") => {
                let blob = decode(words.next().unwrap_or_default());
                let (name, rest) = blob.split_once('\x01').unwrap_or_default();
                let token = rest.strip_prefix("auth=Bearer ").and_then(|rest| rest.strip_suffix("\x01\x01"));
                Ok(name.strip_prefix("user=").zip(token).map(|(name, token)| (name.to_owned(), token.to_owned())))
            }
            Some("LOGIN") => {
                self.say("334 VXNlcm5hbWU6").await?;
                let name = self.line().await?.map(|line| decode(&line));
                self.say("334 UGFzc3dvcmQ6").await?;
                let password = self.line().await?.map(|line| decode(&line));
                Ok(name.zip(password))
            }
            _ => Ok(None),
        }
    }
}

fn address(line: &str) -> String {
    let (_, rest) = line.split_once('<').unwrap_or_default();
    rest.split('>').next().unwrap_or_default().to_owned()
}

/// Base64, by hand: enough for a login.
fn decode(text: &str) -> String {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::new());
    for value in text.chars().filter_map(|c| ALPHABET.find(c)) {
        bits = (bits << 6) | u32::try_from(value).unwrap();
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push(u8::try_from((bits >> held) & 0xff).unwrap());
        }
    }
    String::from_utf8(bytes).unwrap()
}
