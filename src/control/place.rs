//! Finds the socket's place: systemd's runtime directory, else the state directory. A client looks in both, since a
//! command is not told which of them the daemon was given, and then at every socket of that name which the kernel knows: a unit may
//! have a runtime directory of another name.

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

/// Returns the other paths of that name at which some process listens, of roomkeeper or not.
pub(super) fn listened_at(asked: &[PathBuf]) -> Vec<PathBuf> {
    // Without /proc there are none to tell.
    let listed = std::fs::read_to_string("/proc/net/unix").unwrap_or_default();
    let mut found = listening(&listed);
    found.retain(|path| !asked.contains(path));
    found
}

/// Reads the kernel's list: `Num RefCount Protocol Flags Type St Inode Path`, where a flag says that it is listened at.
fn listening(listed: &str) -> Vec<PathBuf> {
    let path_of = |line: &str| {
        let mut columns = line.splitn(8, ' ');
        let is_listening = columns.nth(3)? == "00010000";
        // The inode is padded with blanks in front of it.
        let (_, path) = line.split_once(" /")?;
        let path = Path::new("/").join(path);
        (is_listening && path.file_name()? == NAME).then_some(path)
    };
    let mut found: Vec<_> = listed.lines().filter_map(path_of).collect();
    found.sort();
    found.dedup();
    found
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

    #[test]
    fn the_sockets_that_are_listened_at_are_read_from_the_kernels_list() {
        let listed = "Num       RefCount Protocol Flags    Type St Inode Path\n\
            0000000000000000: 00000002 00000000 00010000 0001 01 20561 /run/other name/control.sock\n\
            0000000000000000: 00000003 00000000 00000000 0001 03 20562 /run/talking/control.sock\n\
            0000000000000000: 00000002 00000000 00010000 0001 01    99 /run/systemd/private\n\
            0000000000000000: 00000002 00000000 00010000 0001 01     7 @/run/abstract/control.sock\n\
            0000000000000000: 00000002 00000000 00010000 0001 01     7 /run/b/control.sock\n\
            0000000000000000: 00000003 00000000 00000000 0001 03  4711\n";
        assert_eq!(listening(listed), ["/run/b/control.sock", "/run/other name/control.sock"].map(PathBuf::from));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        let _socket = std::os::unix::net::UnixListener::bind(&path).unwrap();
        assert!(listened_at(&[]).contains(&path));
        assert!(!listened_at(std::slice::from_ref(&path)).contains(&path));
    }
}
