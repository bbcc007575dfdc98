//! `[state]`, checked; and the one place that decides where the state directory is.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::Environment;

/// Where the configuration of a service is, and where its state directory is then.
const SYSTEM: (&str, &str) = ("/etc", "/var/lib/roomkeeper");
/// The state directory's name beside any other configuration.
const BESIDE: &str = "state";

/// Where roomkeeper keeps its own files, and for how long.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StateConfig {
    /// The folder of the journal, the lock, the socket and `mail/`; absolute.
    pub directory: PathBuf,
    /// Who says that it is this one.
    pub said_by: StateSaid,
    /// How long finished runs are kept.
    pub keep: Duration,
}

/// Who says which folder is the state directory, in the order in which they are asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StateSaid {
    /// A process of this configuration that is at work: what it is, and its number.
    Process(String, u32),
    /// `[state] directory`.
    File,
    /// systemd, by `$STATE_DIRECTORY`.
    Systemd,
    /// Nobody: the configuration is the system's, and the service's folder is there.
    System,
    /// Nobody: it is the folder beside the configuration.
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
        // Somebody's own configuration, on a machine that has the service.
        assert_eq!(pick(None, &shell, &of("home"), system), (of("home/state"), StateSaid::Beside));
        assert_eq!(pick(None, &shell, &of("etcetera"), system), (of("etcetera/state"), StateSaid::Beside));
    }
}
