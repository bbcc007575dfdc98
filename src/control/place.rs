//! Finds the socket's place: systemd's runtime directory, else the state directory. A client looks in both, since a
//! command is not told which of them the daemon was given.

use std::path::{Path, PathBuf};

use crate::config::Environment;

/// The socket's name in its folder.
const NAME: &str = "control.sock";
/// The service's runtime directory, as systemd makes it.
const SYSTEM: &str = "/run/roomkeeper";

/// Returns the path at which the process that holds the lock of this state directory listens.
pub(super) fn to_serve(environment: &Environment, state: &Path) -> PathBuf {
    runtime_directory(environment).unwrap_or_else(|| state.to_owned()).join(NAME)
}

/// Returns the paths at which it may be listening, as far as another process can tell.
pub(super) fn to_ask(environment: &Environment, state: &Path) -> Vec<PathBuf> {
    let mut folders: Vec<_> = runtime_directory(environment).into_iter().collect();
    folders.extend([PathBuf::from(SYSTEM), state.to_owned()]);
    folders.dedup();
    folders.into_iter().map(|folder| folder.join(NAME)).collect()
}

/// `$RUNTIME_DIRECTORY`; systemd may name several there, and the first is the service's own.
fn runtime_directory(environment: &Environment) -> Option<PathBuf> {
    let named = environment.variable("RUNTIME_DIRECTORY")?;
    named.split(':').find(|path| !path.is_empty()).map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn the_runtime_directory_comes_first_and_the_state_directory_last() {
        let state = Path::new("/var/lib/roomkeeper");
        let plain = Environment::new([], Timestamp::from_seconds(0));
        let service = Environment::new([("RUNTIME_DIRECTORY", "/run/keeper:/run/other")], Timestamp::from_seconds(0));
        assert_eq!(to_serve(&plain, state), state.join("control.sock"));
        assert_eq!(to_serve(&service, state), Path::new("/run/keeper/control.sock"));
        let asked = to_ask(&service, state);
        let expected = ["/run/keeper/control.sock", "/run/roomkeeper/control.sock", "/var/lib/roomkeeper/control.sock"];
        assert_eq!(asked, expected.map(PathBuf::from));
        assert_eq!(to_ask(&plain, state), expected[1..].iter().map(PathBuf::from).collect::<Vec<_>>());
    }
}
