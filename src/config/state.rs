//! Reads and checks the table `[state]`: its raw form, its checked form, and its checks; also the one place that decides where
//! the state directory is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;

use super::Environment;
use super::check::Table;
use super::journal_server::{JournalServer, RawJournalServer};
use super::problem::Complaint;
use super::secret::RawSecret;
use super::surroundings::Surroundings;
use super::system_folders::is_systems;
use super::value::duration;

/// The place of roomkeeper's own files.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "State")]
pub(super) struct RawState {
    /// The folder. By default the state directory that systemd gives the service; else `/var/lib/roomkeeper`, for a configuration
    /// in `/etc` where that folder is there; else `state` beside the configuration file.
    pub(super) directory: Option<String>,
    /// The time for which the history is kept.
    #[schemars(extend("default" = "400d"))]
    pub(super) keep: Option<String>,
    /// The PostgreSQL database that holds the journal: `postgres://USER@HOST/DATABASE`. By default it lies in the state directory.
    pub(super) journal: Option<String>,
    /// A file (PEM) with the authorities that are trusted for the database's server, in place of the system's.
    pub(super) journal_ca: Option<String>,
    /// The place of the password for the database.
    pub(super) journal_password: Option<RawSecret>,
    /// The place of the key that seals PINs, the same on all machines: 64 hexadecimal digits. By default each state directory has its own.
    pub(super) pin_key: Option<RawSecret>,
    /// The name by which people know this machine. By default the system's.
    pub(super) node: Option<String>,
    /// The time for which this machine counts as alive without a sign of it. Another takes its work over no sooner.
    #[schemars(extend("default" = "20s"))]
    pub(super) lease: Option<String>,
}

/// The folder of a service's configuration, and the service's state directory.
const SYSTEM: (&str, &str) = ("/etc", "/var/lib/roomkeeper");
/// The state directory's name beside any other configuration.
const BESIDE: &str = "state";

/// The place where roomkeeper keeps its own files, and the time for which it keeps them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateConfig {
    /// The folder of the journal, the lock, the socket and `mail/`; absolute.
    pub directory: PathBuf,
    /// The source that named this folder.
    pub said_by: StateSaid,
    /// The time for which finished runs are kept.
    pub keep: Duration,
    /// The database that holds the journal; `None` where it lies in the state directory.
    pub journal: Option<JournalServer>,
}

impl StateConfig {
    /// Returns the name that this machine has beside others that share its journal.
    #[must_use]
    pub fn node(&self) -> Option<&str> {
        self.journal.as_ref()?.node.as_deref()
    }

    /// Names the place of the journal, in words.
    #[must_use]
    pub fn journal_place(&self) -> String {
        self.journal.as_ref().map_or_else(|| self.directory.display().to_string(), |server| server.address.to_string())
    }
}

/// The source that names the state directory, in the order in which the sources are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateSaid {
    /// A process of this configuration that is at work: what it is, and its number.
    Process(String, u32),
    /// `[state] directory`.
    File,
    /// systemd, by `$STATE_DIRECTORY`.
    Systemd,
    /// No source: the configuration is the system's, and the service's folder is there.
    System,
    /// No source: it is the folder beside the configuration.
    Beside,
}

impl fmt::Display for StateSaid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Process(purpose, process) => write!(f, "{purpose} (process {process}) works with it"),
            Self::File => f.write_str("[state] directory says so"),
            Self::Systemd => f.write_str("systemd says so"),
            Self::System => f.write_str("the service's own, since [state] directory does not say otherwise"),
            Self::Beside => f.write_str("beside the configuration, since [state] directory does not say otherwise"),
        }
    }
}

/// Decides where the state directory is: where the file says (`written`), else where systemd says, else the service's own for
/// a configuration of the system's, if that is there, else beside the configuration (in `base`). The daemon and the commands
/// ask here, so that they cannot mean two.
pub(super) fn locate(written: Option<PathBuf>, environment: &Environment, base: &Path) -> (PathBuf, StateSaid) {
    pick(written, environment, base, SYSTEM)
}

fn pick(
    written: Option<PathBuf>,
    environment: &Environment,
    base: &Path,
    (etc, service): (&str, &str),
) -> (PathBuf, StateSaid) {
    if let Some(written) = written {
        return (written, StateSaid::File);
    }
    // systemd lists several, separated by colons, where a unit has several; the first is ours.
    if let Some(given) = environment.variable("STATE_DIRECTORY").and_then(|list| list.split(':').next()) {
        return (base.join(given), StateSaid::Systemd);
    }
    if base.starts_with(etc) && Path::new(service).is_dir() {
        return (PathBuf::from(service), StateSaid::System);
    }
    (base.join(BESIDE), StateSaid::Beside)
}

const DAY: Duration = Duration::from_hours(24);

/// Checks the table.
pub(super) fn validate(table: &mut Table<'_, '_>, raw: &mut RawState, around: &Surroundings<'_>) -> StateConfig {
    let written = table.read("directory", raw.directory.as_deref(), |text| around.base.path(text));
    let (directory, said_by) = locate(written, around.environment, around.base.folder());
    if directory.metadata().is_ok_and(|found| !found.is_dir()) {
        let remedy = "Name a folder; it is made if it is not there.";
        table.problem("directory", Complaint::new(format!("{} is not a folder", directory.display()), remedy));
    }
    let real = directory.canonicalize().unwrap_or_else(|_| directory.clone());
    let remedy = "Name a folder of its own, such as \"/var/lib/roomkeeper\".";
    if real.parent().is_none() {
        table.problem("directory", Complaint::new("this is the root of the whole file system", remedy));
    } else if is_systems(&directory, &real) {
        let problem = format!("{} is one of the system's own folders", directory.display());
        table.problem("directory", Complaint::new(problem, remedy));
    }
    let keep = table.read("keep", raw.keep.as_deref(), duration(DAY..=36_500 * DAY)).unwrap_or(400 * DAY);
    let server = RawJournalServer {
        journal: raw.journal.take(),
        ca: raw.journal_ca.take(),
        password: raw.journal_password.take(),
        pin_key: raw.pin_key.take(),
        node: raw.node.take(),
        lease: raw.lease.take(),
    };
    let journal = server.validate(table, around);
    StateConfig { directory, said_by, keep, journal }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn the_file_comes_before_systemd_before_the_service_s_folder_before_the_one_beside() {
        let root = tempfile::tempdir().unwrap();
        let of = |name: &str| root.path().join(name);
        let (etc, service, base) = (of("etc"), of("lib"), of("etc/roomkeeper"));
        let system = (etc.to_str().unwrap(), service.to_str().unwrap());
        let shell = Environment::new([], Timestamp::from_seconds(0));
        let unit = Environment::new([("STATE_DIRECTORY", "/given:/other")], Timestamp::from_seconds(0));
        let written = || Some(PathBuf::from("/written"));
        assert_eq!(pick(written(), &unit, &base, system), ("/written".into(), StateSaid::File));
        assert_eq!(pick(None, &unit, &base, system), ("/given".into(), StateSaid::Systemd));
        assert_eq!(pick(None, &shell, &base, system), (base.join("state"), StateSaid::Beside));
        std::fs::create_dir(&service).unwrap();
        assert_eq!(pick(None, &shell, &base, system), (service.clone(), StateSaid::System));
        // A user's own configuration, on a machine that has the service.
        assert_eq!(pick(None, &shell, &of("home"), system), (of("home/state"), StateSaid::Beside));
        assert_eq!(pick(None, &shell, &of("etcetera"), system), (of("etcetera/state"), StateSaid::Beside));
    }
}
