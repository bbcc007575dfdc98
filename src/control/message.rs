//! Defines the messages on the socket: a command from the client, events back. Each is one line of JSON; an unknown
//! key is passed over, so that a newer program may say more.

use serde::{Deserialize, Serialize};

use super::as_base64;
use super::query::{Query, QueryReply};
use super::refusal::{Refusal, Why};
use super::told::{Done, Ended};
use crate::engine::Progress;
use crate::model::{FileKind, JobName, RunId};

/// The version of what is spoken over the socket.
pub const VERSION: u32 = 2;

/// The line that a client begins with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The version of what the client speaks.
    pub v: u32,
    /// The command.
    pub command: Command,
}

impl Request {
    /// Reads a line. A line of another version is refused as such, whatever it says.
    pub fn read(line: &[u8]) -> Result<Command, Refusal> {
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        let unknown = |error| Refusal::usage(format!("this is no command that roomkeeper knows: {error}"));
        let (read, version) = (serde_json::from_slice::<Self>(line), serde_json::from_slice::<Version>(line));
        match (read, version) {
            (_, Ok(Version { v })) if v != VERSION => Err(Refusal::new(
                Why::Unreachable,
                format!(
                    "this command is of another version of roomkeeper than the process that works (it speaks {v}, not \
                     {VERSION}): restart that process, or use its version"
                ),
            )),
            (read, _) => read.map(|request| request.command).map_err(unknown),
        }
    }
}

/// A command of the client. A run is named as a person names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Run a job now, whether it is paused or not enabled.
    Run {
        /// The job.
        job: JobName,
        /// True when it does anew what earlier runs did.
        #[serde(default)]
        again: bool,
    },
    /// Schedule from a timetable, whose bytes follow.
    Import {
        /// The job whose settings are used; the only one that schedules meetings where none is named.
        job: Option<JobName>,
        /// The file's name as people know it.
        name: String,
    },
    /// Run again what did not succeed in a run.
    Retry {
        /// The run.
        run: String,
    },
    /// Leave the rest of a run undone.
    Cancel {
        /// The run.
        run: String,
    },
    /// Do not run a job by itself until it is resumed.
    Pause {
        /// The job.
        job: JobName,
    },
    /// Run a paused job by itself again.
    Resume {
        /// The job.
        job: JobName,
    },
    /// Write the results of a run that has ended with its PINs, which waited for that, and forget these then.
    LateResults {
        /// The run.
        run: String,
    },
    /// Answer a question, and change nothing.
    Ask(Query),
    /// Forget what is older than it is to be kept.
    Prune {
        /// True when the clock is to be believed from here on.
        #[serde(default)]
        clock_is_right: bool,
    },
    /// Try at once every mail that waits or was given up.
    RetryMail,
    /// Do not send a mail any more.
    DropMail {
        /// Its name, or the end of it.
        mail: String,
    },
    /// The files of a run were received: they need not be kept here any more.
    Received {
        /// The run.
        run: RunId,
    },
}

impl Command {
    /// Tells whether the bytes of a file follow.
    #[must_use]
    pub fn takes_file(&self) -> bool {
        matches!(self, Self::Import { .. } | Self::Ask(Query::PreviewImport { .. }))
    }
}

/// An event while the command is carried out. The last is `over` or `failed`; an answer that ends otherwise
/// has broken off.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Event {
    /// A run is journaled: from now on it goes on without the client.
    Begun {
        /// The run.
        run: RunId,
        /// The file or the job that it works on, as people know it.
        name: String,
    },
    /// The run's progress.
    Progress(Progress),
    /// The next bytes of a file that the run left.
    Piece {
        /// The kind of the file.
        kind: FileKind,
        /// Its name, without a folder.
        name: String,
        /// The bytes.
        #[serde(with = "as_base64")]
        bytes: Vec<u8>,
    },
    /// The run is over.
    Ended(Box<Ended>),
    /// The process stops; the next start goes on with the run.
    Suspended {
        /// The run.
        run: RunId,
    },
    /// The run that was begun waits until another run of its job is over.
    Queued {
        /// The file or the job that it works on, as people know it.
        name: String,
        /// The run that it waits for.
        behind: RunId,
        /// The job of both.
        job: JobName,
    },
    /// A decision was carried out.
    Done(Done),
    /// The answer to a question, or the next piece of it.
    Reply(QueryReply),
    /// All was done that was asked.
    Over,
    /// It could not be done.
    Failed(Refusal),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_written_as_a_person_would_write_it_by_hand() {
        let import = Command::Import { job: None, name: "a.csv".to_owned() };
        let text = serde_json::to_string(&import).unwrap();
        assert_eq!(text, r#"{"import":{"job":null,"name":"a.csv"}}"#);
        assert_eq!(serde_json::from_str::<Command>(&text).unwrap(), import);
        let run: Command = serde_json::from_str(r#"{"run":{"job":"nightly","later":1}}"#).unwrap();
        assert_eq!(run, Command::Run { job: "nightly".parse().unwrap(), again: false });
    }

    #[test]
    fn a_line_of_another_version_is_refused_as_such() {
        let read = |line: &str| Request::read(line.as_bytes());
        assert_eq!(read(r#"{"v":2,"command":"retry_mail"}"#).unwrap(), Command::RetryMail);
        for line in [r#"{"v":1,"command":"retry_mail"}"#, r#"{"v":3,"order":[]}"#] {
            let refusal = read(line).unwrap_err();
            assert_eq!(refusal.why, Why::Unreachable);
            assert!(refusal.words.contains("another version"), "{}", refusal.words);
        }
        for line in [r#""retry_mail""#, r#"{"command":"retry_mail"}"#, r#"{"v":2,"command":"fly"}"#, ""] {
            assert_eq!(read(line).unwrap_err().why, Why::Usage, "{line}");
        }
    }

    #[test]
    fn an_event_comes_back_as_it_was_sent() {
        let run = RunId::generate();
        let events = [
            Event::Begun { run, name: "a.csv".to_owned() },
            Event::Progress(Progress { run: Some(run), total: 3, ..Progress::default() }),
            Event::Piece { kind: FileKind::Results, name: "a.csv".to_owned(), bytes: vec![0, 255, 10] },
            Event::Queued { name: "a.csv".to_owned(), behind: run, job: "nightly".parse().unwrap() },
            Event::Done(Done::Over { run, outcome: None }),
            Event::Reply(QueryReply::History(Vec::new())),
            Event::Over,
            Event::Failed(Refusal::new(Why::Usage, "no")),
        ];
        for event in events {
            let line = serde_json::to_string(&event).unwrap();
            assert!(!line.contains('\n'), "{line}");
            assert_eq!(serde_json::from_str::<Event>(&line).unwrap(), event);
        }
    }
}
