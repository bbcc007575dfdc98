//! Keeps what happened and what is about to happen: the one place that survives a crash.
//!
//! [`Store`] and [`Readings`] are the border: named operations, and plain words for what they take and answer. Behind it lies
//! `sqlite` or `postgres`, the only places that speak SQL.

mod alike;
mod beside;
mod cells;
mod claim;
mod copy;
mod error;
mod figure;
mod findings;
mod guard;
mod item;
mod item_view;
mod letter;
mod lock;
mod machine;
mod page;
mod postgres;
mod pruned;
mod rate;
mod readings;
mod recovery;
mod run;
mod schedule;
mod seal;
mod sharing;
mod sqlite;
mod state_code;
mod store;
mod trouble;
mod unfit;
mod workspace;

use std::ops::Deref;
use std::path::Path;
use std::sync::Arc;

use crate::clock::{Clock, SystemClock};

pub use beside::Beside;
pub use claim::{Claim, NewClaim, PutAway};
pub use copy::{Copied, CopyError, CopyTo, Copying, Mark, copy, reopen};
pub use error::JournalError;
pub use figure::{Figures, RUN_SECONDS};
pub use findings::{Findings, Law, Violation};
pub use item::{EndAlike, Intent, NewIntents, Step};
pub use item_view::{AttemptView, PendingAsked, PendingPage, Tally};
pub use letter::{
    Delivered, Delivery, HeldLetter, Letter, LetterState, LetterView, NewLetter, OutboxState, PrivateLetter,
};
pub use lock::Lock;
pub use machine::Machine;
pub use page::{ItemPlace, ItemsAsked, ItemsFound, ItemsSought, ItemsWhich, RunPlace, RunsAsked, RunsEnded};
pub use postgres::Server;
pub use pruned::{Over, Pruned, Pruning};
pub use rate::Reserved;
pub use readings::{Readings, StoreFuture};
pub use recovery::{Recovered, Recovery};
pub use run::{Ending, FailuresLeft, NewRun, UnfinishedRun};
pub use schedule::{Skip, SkipView, Watch};
pub use seal::Seal;
pub use sharing::{Around, TakenOver, ToTakeOver};
pub use sqlite::{BackupError, Snapshot};
pub use store::Store;
pub use trouble::{Seen, Trouble, TroubleChanges};
pub use unfit::Unfit;
pub use workspace::Workspace;

/// The vocabulary of the border that others share, also those that know no journal.
pub use crate::model::{
    AttemptRecord, Habit, HistoryFilter, ItemFilter, ItemView, ItemsPage, JobKey, Known, NewItem, OpenItem, PinPrinter,
    PinPrints, Remember, RunKey, RunView, SettlingItem, Start, Stop,
};

use copy::{Column, Destination, Kind, Role, Row, Shape, Side, Standing, TABLES, Table, Value};

/// The open store of the one process that writes it, with what lies beside it in the state directory.
#[derive(Debug)]
pub struct Journal {
    store: Box<dyn Store>,
    workspace: Workspace,
    seal: Seal,
}

impl Journal {
    /// Opens the journal in the lock's state directory, and makes it where there is none.
    pub fn open(lock: Lock) -> Result<Self, JournalError> {
        Self::open_by(lock, Arc::new(SystemClock))
    }

    /// The same by another clock than the machine's.
    pub fn open_by(lock: Lock, clock: Arc<dyn Clock>) -> Result<Self, JournalError> {
        Self::open_with(lock, clock, |state, clock| Machine::here(state, clock.as_ref()))
    }

    /// The same on another machine than this one.
    pub fn open_on(lock: Lock, clock: Arc<dyn Clock>, machine: Machine) -> Result<Self, JournalError> {
        Self::open_with(lock, clock, |_, _| machine)
    }

    fn open_with(
        lock: Lock,
        clock: Arc<dyn Clock>,
        machine: impl FnOnce(&Path, Arc<dyn Clock>) -> Machine,
    ) -> Result<Self, JournalError> {
        let workspace = lock.workspace().clone();
        let on_server = workspace.server().cloned();
        let directory = workspace.directory();
        // The key that seals PINs is made after the database, and a machine may be named by it.
        let (store, seal): (Box<dyn Store>, _) = match on_server {
            Some(server) => {
                let seal = match server.pin_key() {
                    Some(key) => Seal::of_key(key)?,
                    None => Seal::open(directory)?,
                };
                let machine = machine(directory, Arc::clone(&clock));
                (Box::new(postgres::Database::open(server, lock, clock, &seal, &machine)?), seal)
            }
            None => {
                let store = sqlite::Database::open(directory, lock, Arc::clone(&clock))?;
                let seal = Seal::open(directory)?;
                (Box::new(store.on(machine(directory, clock))), seal)
            }
        };
        Ok(Self { store, workspace, seal })
    }

    /// The paths beside the store.
    #[must_use]
    pub fn workspace(&self) -> &Workspace {
        &self.workspace
    }

    /// Seals and opens with the state directory's own key.
    #[must_use]
    pub fn seal(&self) -> &Seal {
        &self.seal
    }

    /// Returns the seal of a run's PINs; draws its key where it has none that this state directory opens.
    pub async fn seal_of(&self, run: RunKey) -> Result<Seal, JournalError> {
        let mut lost = None;
        loop {
            let kept = self.store.pin_key(run, self.seal().draw_key()?, lost.take()).await?;
            // They are wiped: there is nothing to open any more.
            let Some(kept) = kept else { return Ok(self.seal().clone()) };
            match self.seal().of_run(&kept)? {
                Some(seal) => return Ok(seal),
                None => lost = Some(kept),
            }
        }
    }

    /// The questions that it answers.
    #[must_use]
    pub fn readings(&self) -> &dyn Readings {
        self.store.as_ref()
    }
}

impl Deref for Journal {
    type Target = dyn Store;

    fn deref(&self) -> &Self::Target {
        self.store.as_ref()
    }
}
