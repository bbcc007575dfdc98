//! Says what every kind of job has to say of itself without a server: from its configuration, and from what a run of it
//! left in the journal. A kind answers only what it knows; the rest is answered for it.

use std::fs::File;
use std::path::{Path, PathBuf};

use futures_util::FutureExt;
use futures_util::future::BoxFuture;

use super::Workshop;
use super::results_folder::ResultsFolder;
use crate::clock::Timestamp;
use crate::config::{self, Config};
use crate::engine::inbox::Inbox;
use crate::engine::{Recall, Refusal, Work};
use crate::model::{FileKind, JobKind, Noun, RunId, RunKey, RunView, Territory, TroubleKind};
use crate::table::{Recoded, Unused};

/// Owners who are told something, as a list of rooms names them.
pub struct Owners {
    /// Their addresses, one after the other.
    pub addresses: Box<dyn Iterator<Item = String> + Send>,
    /// The rooms whose owner cannot be told, in words that a run refuses with; `None` where there are none.
    pub lacking: Option<String>,
}

/// Says why no mail can be made out to an address.
pub type Takes = fn(&str) -> Result<(), String>;

/// Words about a server, by a word that the journal keeps of it and when that was seen; `None` where there is nothing to say.
pub type HabitWords = fn(&str, Timestamp, Timestamp) -> Option<&'static str>;

/// A habit that servers have or not, as the runs of a kind find out.
#[derive(Debug, Clone, Copy)]
pub struct ServerHabit {
    /// Its name in the journal.
    pub name: &'static str,
    /// Tells what a server was seen to do.
    pub in_words: HabitWords,
    /// The same where that keeps the job from its work, so that a person must see to it.
    pub hinders: HabitWords,
    /// The trouble that this is.
    pub trouble: TroubleKind,
}

/// A kind of job.
pub trait Kind: Sync {
    /// Returns its name.
    fn name(&self) -> JobKind;

    /// Returns the noun for its items.
    fn items(&self) -> Noun;

    /// Builds the work of a configured job; `None` where that is of another kind.
    fn work(&self, workshop: &Workshop, config: &Config, job: &config::Job) -> Option<Box<dyn Work>>;

    /// Returns what its runs may touch on the server.
    fn territory(&self) -> Territory {
        Territory::Anything
    }

    /// Tells whether its runs work on files that people hand in.
    fn takes_files(&self) -> bool {
        false
    }

    /// Returns the drop folder of a configured job, if it has one.
    fn inbox(&self, _job: &config::Job) -> Option<Inbox> {
        None
    }

    /// Bytes that a file of a configured job may have; none where it takes no files.
    fn max_file_size(&self, _job: &config::Job) -> u64 {
        0
    }

    /// Reads the beginning of the list that names a configured job's rooms, to see whether a run could read it.
    fn try_list<'a>(&'a self, _job: &'a config::Job) -> BoxFuture<'a, Result<(), Refusal>> {
        std::future::ready(Ok(())).boxed()
    }

    /// Returns the owners whom a configured job tells something, as far as its configuration names them; `None` where it tells
    /// none.
    fn owners<'a>(&'a self, _job: &'a config::Job, _takes: Takes) -> BoxFuture<'a, Result<Option<Owners>, Refusal>> {
        std::future::ready(Ok(None)).boxed()
    }

    /// Returns what a person must look at in the lists that a configured job reads, besides those of rooms: each with its key below
    /// the job's table.
    fn list_faults<'a>(&'a self, _job: &'a config::Job) -> BoxFuture<'a, Vec<(String, String)>> {
        std::future::ready(Vec::new()).boxed()
    }

    /// Returns the input of a run that works on no file; with `again` of one that does anew what earlier runs did, `None`
    /// for a kind that has no such thing.
    fn input(&self, again: bool) -> Option<String> {
        (!again).then(String::new)
    }

    /// Returns the input of a run that works on this file; `None` for a kind that takes none.
    fn file_input(&self, _file: Handed) -> Option<String> {
        None
    }

    /// Copies a file that a user hands in into this folder, for the run of that id; refused by a kind that takes none.
    fn copy_file(&self, _from: &File, _max_size: u64, _folder: &Path, _run: RunId) -> Result<PathBuf, Refusal> {
        Err(Refusal("this kind of job takes no file".to_owned()))
    }

    /// Writes the rows of an earlier run's file that did not succeed anew from the journal, and returns the input of a run that
    /// does them again; refused by a kind that takes no files.
    fn rows_again<'a>(&'a self, _again: RowsAgain<'a>) -> BoxFuture<'a, Result<String, Refusal>> {
        std::future::ready(Err(Refusal("this kind of job takes no file".to_owned()))).boxed()
    }

    /// Writes the results or retry file of a run that has ended once more from the journal, without PINs; refused by a kind whose
    /// runs leave none.
    fn rewrite<'a>(&'a self, _asked: Rewriting<'a>) -> BoxFuture<'a, Result<Rewritten, Refusal>> {
        let words = format!(
            "a run of {} leaves no results file; `roomkeeper show RUN` tells its {}",
            self.name(),
            self.items().many
        );
        std::future::ready(Err(Refusal(words))).boxed()
    }

    /// Returns the input of a run with the place of its results in this folder; `None` where it leaves none.
    fn with_results_in(&self, _input: &str, _folder: &Path) -> Option<String> {
        None
    }

    /// Returns the input of a run that repeats one of this input, for the kinds that work on no file.
    fn repeated(&self, _input: &str) -> String {
        String::new()
    }

    /// Returns the name of the file that a run worked on.
    fn file_of(&self, _input: &str) -> Option<String> {
        None
    }

    /// Returns the places at which the files about a run may lie; of a sheet, whose name may have a number, its folder.
    fn places(&self, _job: Option<&config::Job>, _input: &str, _run: RunId) -> Vec<PathBuf> {
        Vec::new()
    }

    /// Returns how that file was read, where it was not UTF-8.
    fn recoded(&self, _input: &str) -> Option<Recoded> {
        None
    }

    /// Returns the headings of that file that nothing was read from.
    fn unused(&self, _input: &str) -> Unused {
        Unused::default()
    }

    /// Returns the notes on that file besides its encoding, though nothing of it failed.
    fn notes(&self, input: &str) -> Vec<String> {
        self.unused(input).note().into_iter().collect()
    }

    /// Returns all that there is to say of that file, each a sentence: its encoding, headings that are not used, and the rest.
    fn remarks(&self, input: &str) -> Vec<String> {
        let recoded = self.recoded(input).map(|recoded| recoded.told());
        recoded.into_iter().chain(self.unused(input).warnings()).chain(self.notes(input)).collect()
    }

    /// Tells whether the dropped file that a run worked on is another now than the one that was read.
    fn has_changed(&self, _input: &str) -> bool {
        false
    }

    /// Returns how many bytes of a dropped file a run has read; `None` where it read none to its end.
    fn length_read(&self, _input: &str) -> Option<u64> {
        None
    }

    /// Returns the name of the retry file that has the rows which came into a dropped file after its run had ended.
    fn late_retry_name(&self, _input: &str, _run: RunId) -> Option<String> {
        None
    }

    /// Returns when a thing that a job made is over, by what the journal keeps of it; `None` where it counts for ever.
    fn over(&self, _facts: &str) -> Option<Timestamp> {
        None
    }

    /// Returns the habit of servers that its runs find out about.
    fn habit(&self) -> Option<ServerHabit> {
        None
    }
}

/// The rows of an earlier run's file that are to be done again in another run.
pub struct RowsAgain<'a> {
    /// The history of earlier runs.
    pub recall: &'a Recall,
    /// The earlier run.
    pub of: RunKey,
    /// The earlier run's record of its input.
    pub input: &'a str,
    /// The run that does them again.
    pub run: RunId,
    /// The folder for copies of files.
    pub copies: &'a Path,
    /// The folder for the results, where those of the earlier run are in no drop folder; by itself the same.
    pub results: Option<PathBuf>,
}

/// A file about a run that is to be written once more.
#[derive(Clone, Copy)]
pub struct Rewriting<'a> {
    /// The rows.
    pub recall: &'a Recall,
    /// The configuration.
    pub config: &'a Config,
    /// The job as it is configured now.
    pub job: &'a config::Job,
    /// The run, which has ended.
    pub run: &'a RunView,
    /// The file's kind.
    pub file: FileKind,
}

/// A file that was written once more, without a name on the disk.
#[derive(Debug)]
pub struct Rewritten {
    /// The name that the run's own file has.
    pub name: String,
    /// The file, at its beginning.
    pub file: File,
    /// True when the run's own file tells PINs.
    pub tells_pins: bool,
}

/// A file that a run is to work on.
#[derive(Debug)]
pub struct Handed {
    /// Its name, as people know it; empty where there is none to work on.
    pub name: String,
    /// The file's path.
    pub path: PathBuf,
    /// True when that is a copy of this program's own, which goes once its rows are in the journal.
    pub is_copy: bool,
    /// The place where the results go.
    pub results: ResultsFolder,
}

impl Handed {
    /// Stands for no file: a drop folder was looked at, and nothing was ready.
    #[must_use]
    pub fn nothing(results: ResultsFolder) -> Self {
        Self { name: String::new(), path: PathBuf::new(), is_copy: false, results }
    }
}

/// A kind that this version knows only by name, as of a run that a later version has journaled.
pub(super) struct Unknown;

impl Kind for Unknown {
    fn name(&self) -> JobKind {
        JobKind::named("unknown")
    }

    fn items(&self) -> Noun {
        Noun { one: "item", many: "items" }
    }

    fn work(&self, _: &Workshop, _: &Config, _: &config::Job) -> Option<Box<dyn Work>> {
        None
    }
}
