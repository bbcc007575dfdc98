//! Reads and checks the keys of `[state]` that put the journal into a database on a server.

use std::path::PathBuf;
use std::time::Duration;

use super::SecretSource;
use super::check::Table;
use super::problem::Complaint;
use super::readable_file::readable_file;
use super::secret::{self, RawSecret};
use super::surroundings::Surroundings;
use super::value::{duration, not_blank};
use crate::model::DatabaseAddress;

/// The database that holds the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalServer {
    /// The database's address.
    pub address: DatabaseAddress,
    /// A PEM file with the authorities that are trusted in place of the system's.
    pub ca: Option<PathBuf>,
    /// The user's password.
    pub password: Option<SecretSource>,
    /// The key that seals PINs; without it, the state directory's own.
    pub pin_key: Option<SecretSource>,
    /// The name by which people know this machine.
    pub node: Option<String>,
    /// The time for which this machine counts as alive without a sign of it.
    pub lease: Duration,
}

/// A lease that a slow moment does not end, and after which others need not wait long.
const LEASE: Duration = Duration::from_secs(20);

const REMEDY: &str = "Write journal = \"postgres://USER@HOST/DATABASE\", with several hosts as HOST1,HOST2; or leave the key out, and \
                      the journal lies in the state directory.";

/// The keys as they are written.
#[derive(Debug)]
pub(super) struct RawJournalServer {
    pub(super) journal: Option<String>,
    pub(super) ca: Option<String>,
    pub(super) password: Option<RawSecret>,
    pub(super) pin_key: Option<RawSecret>,
    pub(super) node: Option<String>,
    pub(super) lease: Option<String>,
}

impl RawJournalServer {
    /// Checks the keys; `None` where the journal lies in the state directory, or where the address is wrong.
    pub(super) fn validate(self, table: &mut Table<'_, '_>, around: &Surroundings<'_>) -> Option<JournalServer> {
        let is_on_server = self.journal.is_some() || table.says("journal");
        for key in ["journal_ca", "journal_password", "pin_key", "node", "lease"] {
            if !is_on_server && table.says(key) {
                let remedy = "Take it out; or name the database: journal = \"postgres://USER@HOST/DATABASE\".";
                table.problem_with_key(key, Complaint::new("it is for a journal on PostgreSQL", remedy));
            }
        }
        let address = table.read("journal", self.journal.as_deref(), |text| {
            text.parse::<DatabaseAddress>().map_err(|error| {
                Complaint::new(
                    format!("this is no address of a PostgreSQL database: {error}"),
                    if text.contains('@') && error.to_string().contains("password") {
                        "Take it out, and say where it is kept: journal_password = { credential = \"NAME\" }."
                    } else {
                        REMEDY
                    },
                )
            })
        });
        let ca = readable_file(table, "journal_ca", self.ca.as_deref(), around);
        let password = secret::validate(table, "journal_password", self.password, around);
        let pin_key = secret::validate(table, "pin_key", self.pin_key, around);
        let node = table.read("node", self.node.as_deref(), not_blank);
        let leases = duration(Duration::from_secs(3)..=Duration::from_mins(10));
        let lease = table.read("lease", self.lease.as_deref(), leases).unwrap_or(LEASE);
        Some(JournalServer { address: address?, ca, password, pin_key, node, lease })
    }
}

impl JournalServer {
    /// The secrets, each with its key.
    pub(super) fn secrets(&self) -> impl Iterator<Item = (&'static str, &SecretSource)> {
        let all = [("state.journal_password", &self.password), ("state.pin_key", &self.pin_key)];
        all.into_iter().filter_map(|(key, secret)| Some((key, secret.as_ref()?)))
    }
}
