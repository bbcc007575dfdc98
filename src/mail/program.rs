//! Hands letters to the machine's own mail program, as programs have done to sendmail for ever: the letter goes in at its
//! standard input, and its exit code (`sysexits.h`) says whether it was taken.
//!
//! It is started anew for each receiver: the code does not say whom it is about, and a program that took a letter for some and
//! not for others would leave it open who still has to get it.

use std::os::unix::process::ExitStatusExt as _;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::fs::{Access, access};
use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::{Child, Command};
use tokio::time::timeout;

use super::broken::nobody;
use super::send_error::Fault;
use super::verdict::{SmtpReply, Stage};
use super::{Handover, LeftOut, Message, SendError, Sent};
use crate::model::line;

/// Bytes of what the program says that are kept.
const LONGEST_OUTPUT: usize = 2000;
/// The time for which the output is waited for once the program has ended: a process that it left behind may hold the pipe.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A mail program.
#[derive(Debug, Clone)]
pub struct Program {
    /// Its path.
    pub path: PathBuf,
    /// The time it may take for one receiver.
    pub patience: Duration,
}

impl Program {
    /// Returns the program of that path, with the usual patience.
    #[must_use]
    pub fn new(path: PathBuf) -> Self {
        Self { path, patience: Duration::from_mins(5) }
    }

    /// Looks whether it is there and may be run. Nothing else can be asked: it takes what it is given, and may refuse it later.
    pub(super) async fn probe(&self) -> Result<(), SendError> {
        let path = self.path.clone();
        let looked = tokio::task::spawn_blocking(move || {
            let found = std::fs::metadata(&path)?;
            Ok::<_, std::io::Error>(found.is_file() && access(&path, Access::EXEC_OK).is_ok())
        });
        match looked.await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false)) => Err(self.refuses("may not be run by this user, or is no program")),
            Ok(Err(why)) => Err(self.not_there(&why)),
            Err(_) => Err(SendError::away(self.say("was not looked for: roomkeeper is ending"))),
        }
    }

    /// Hands a letter over for each receiver.
    pub(super) async fn send(&self, message: &Message, handover: &Handover) -> Result<Sent, SendError> {
        let mut left_out = Vec::new();
        let mut is_taken = false;
        for address in &message.envelope.to {
            if handover.is_over() {
                let words = "roomkeeper stopped before the mail program had the mail".to_owned();
                if !is_taken {
                    return Err(SendError::of(Fault::Stopped, words));
                }
                left_out.push(LeftOut { address: address.clone(), fault: Fault::NotYet, words });
                continue;
            }
            match self.hand_over(message, address, handover).await {
                Ok(()) => is_taken = true,
                Err(SendError { fault, words, .. }) => {
                    left_out.push(LeftOut { address: address.clone(), fault, words });
                }
            }
        }
        if is_taken { Ok(Sent { left_out }) } else { Err(nobody(left_out)) }
    }

    async fn hand_over(&self, message: &Message, address: &str, handover: &Handover) -> Result<(), SendError> {
        let mut child = Command::new(&self.path)
            .args(["-i", "-f", &message.envelope.from, "--", address])
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C is for roomkeeper alone, and what it starts itself can be stopped with it.
            .process_group(0)
            .kill_on_drop(true)
            .spawn()
            .map_err(|why| self.not_there(&why))?;
        let _given = handover.give();
        let mut said = Said::default();
        match timeout(self.patience, converse(&mut child, &message.bytes, &mut said)).await {
            Ok(Ok(status)) => self.judge(address, status, &said.plain()),
            Ok(Err(why)) => Err(SendError::away(self.say(&format!("could not be waited for: {why}")))),
            Err(_) => {
                // It is not to deliver in the end what is tried again.
                if let Some(group) = child.id().and_then(|id| Pid::from_raw(id.try_into().ok()?)) {
                    let _ = kill_process_group(group, Signal::KILL);
                }
                let _ = child.wait().await;
                Err(SendError::away(self.say(&format!(
                    "did not end for {:?} and was stopped{}; where it had taken the mail, that comes twice. Let the service's user send \
                     by it, also within the service's unit (sendmail.conf.example)",
                    self.patience,
                    after_colon(&said.plain())
                ))))
            }
        }
    }

    fn judge(&self, address: &str, status: ExitStatus, said: &str) -> Result<(), SendError> {
        let said = after_colon(said);
        let Some(code) = status.code() else {
            let signal = status.signal().unwrap_or_default();
            return Err(SendError::away(self.say(&format!("was ended by signal {signal}{said}"))));
        };
        let (fault, words) = match code {
            0 => return Ok(()),
            67 => (Fault::Final, format!("knows no receiver {address} (exit code 67){said}")),
            75 => (Fault::ServerAway, format!("cannot take the mail to {address} now (exit code 75){said}")),
            other => {
                let fault = match (quoted(&said), other) {
                    (Some(reply), _) => reply.fault(Stage::Receiver),
                    (None, 65 | 68) => Fault::Refused,
                    (None, _) => Fault::ServerRefuses,
                };
                let remedy = if fault == Fault::ServerRefuses {
                    "; set the program up so that the service's user can send by it, also within the service's unit \
                     (sendmail.conf.example)"
                } else {
                    ""
                };
                let meaning = meaning(other).map_or(String::new(), |meaning| format!(", {meaning}"));
                (fault, format!("did not take the mail to {address} (exit code {other}{meaning}){said}{remedy}"))
            }
        };
        Err(SendError::of(fault, self.say(&words)))
    }

    fn not_there(&self, why: &std::io::Error) -> SendError {
        match why.kind() {
            std::io::ErrorKind::NotFound => self.refuses("is not there"),
            std::io::ErrorKind::PermissionDenied => self.refuses("may not be run by this user, or is no program"),
            _ => SendError::away(self.say(&format!("cannot be run: {why}"))),
        }
    }

    fn refuses(&self, what: &str) -> SendError {
        let remedy = "install it, or name another after `sendmail:` under `server` in [mail]";
        SendError::refuses(self.say(&format!("{what}; {remedy}")))
    }

    fn say(&self, what: &str) -> String {
        format!("the mail program {} {what}", self.path.display())
    }
}

/// The program's output on its two streams.
#[derive(Default)]
struct Said {
    error: Vec<u8>,
    out: Vec<u8>,
}

impl Said {
    fn plain(&self) -> String {
        plain(if self.error.is_empty() { &self.out } else { &self.error })
    }
}

/// Gives it the letter and hears it to its end. One that ends before it has read everything is judged by its code.
async fn converse(child: &mut Child, bytes: &[u8], said: &mut Said) -> std::io::Result<ExitStatus> {
    let (stdin, out, error) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
    let give = async {
        if let Some(mut stdin) = stdin {
            // Lines end as they do on this machine: not every such program takes others for ends.
            let letter = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
            let _ = stdin.write_all(letter.as_bytes()).await;
            let _ = stdin.shutdown().await;
        }
    };
    let mut hearing = std::pin::pin!(async { tokio::join!(hear(error, &mut said.error), hear(out, &mut said.out)) });
    let mut ending = std::pin::pin!(async { tokio::join!(give, child.wait()).1 });
    tokio::select! {
        ended = &mut ending => {
            let _ = timeout(LAST_WORDS, hearing).await;
            ended
        }
        _ = &mut hearing => ending.await,
    }
}

/// Returns the reply of the server that the program speaks to, if it tells that as msmtp does: its exit code is the same for a
/// receiver that does not exist, one that is put off, and a sender that is refused.
fn quoted(said: &str) -> Option<SmtpReply<'_>> {
    SmtpReply::read(said.split_once("server message: ")?.1)
}

fn after_colon(said: &str) -> String {
    if said.is_empty() { String::new() } else { format!(": {said}") }
}

/// Reads to the end, so that the program is not held up, and keeps the beginning.
async fn hear(from: Option<impl AsyncRead + Unpin>, kept: &mut Vec<u8>) {
    let Some(mut from) = from else { return };
    let mut part = [0; 1024];
    while let Ok(read @ 1..) = from.read(&mut part).await {
        let room = LONGEST_OUTPUT.saturating_sub(kept.len()).min(read);
        kept.extend_from_slice(&part[..room]);
    }
}

/// Puts what it said on one line, not too long.
fn plain(said: &[u8]) -> String {
    line::plain_line(&String::from_utf8_lossy(said)).chars().take(300).collect()
}

/// Explains the codes of `sysexits.h` that a person can do something about.
fn meaning(code: i32) -> Option<&'static str> {
    Some(match code {
        64 => "it does not understand how it was called",
        65 => "it cannot use the mail or an address",
        68 => "it cannot find the receiver's server",
        69 => "a service that it needs is not there",
        70 => "something in it went wrong",
        71 | 72 => "something that it needs of this machine is not there",
        73 => "it may not write into its queue",
        74 => "it could not read or write",
        76 => "the server that it speaks to answered something else than expected",
        77 => "it may not do that",
        78 => "it is not set up rightly",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_program_says_is_told_on_one_line() {
        assert_eq!(plain(b"postdrop: warning:\n\tno \x07room\n"), "postdrop: warning: no room");
        assert_eq!(plain(&[b'x'; 999]).len(), 300);
        assert_eq!(plain(b"\xff"), "\u{fffd}");
    }
}
