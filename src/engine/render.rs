//! Reports a run that ends, and has the mails about it made: what a mail says is no business of the engine.

use super::notice::Notice;
use super::session::Finished;
use crate::clock::Zone;
use crate::journal::{ItemView, NewLetter, RunView};

/// Makes the mails about a run that ends.
pub trait Render: Send + Sync {
    /// Returns the mails, which enter the outbox in the transaction that ends the run.
    fn letters(&self, report: &RunReport) -> Vec<NewLetter>;

    /// Returns the name of the file that a run worked on, where it did.
    fn file_of(&self, run: &RunView) -> Option<String> {
        run.file.clone()
    }

    /// Makes the mail to a person outside about one item; `None` where such mails are not made.
    fn notice(&self, _notice: &Notice) -> Option<NewLetter> {
        None
    }
}

/// The report of a run that ends.
#[derive(Debug, Clone)]
pub struct RunReport {
    /// The run, with its outcome and end.
    pub run: RunView,
    /// True when it has made good what an earlier run failed at.
    pub recovers: bool,
    /// The first problems.
    pub problems: Vec<ItemView>,
    /// The files and words that it left behind.
    pub finished: Finished,
    /// True when its job is paused now.
    pub paused: bool,
    /// The zone to tell times in.
    pub zone: Zone,
}
