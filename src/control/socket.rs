//! Makes the socket so that only its owner and group can ever connect, and removes it when it is dropped. Its place is systemd's
//! runtime directory, else the state directory. A client looks in both, since a command is not told which of them the daemon was
//! given, and then at every socket of that name which the kernel knows: a unit may have a runtime directory of another name.

use std::ffi::OsStr;
use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use rustix::fs::{Mode, OFlags, open};
use tokio::net::{UnixListener, UnixSocket, UnixStream};

use crate::config::Environment;

/// Connections that wait to be accepted.
const WAITING: u32 = 64;
/// Bytes that a socket's path may have, with the zero at its end.
const LONGEST_PATH: usize = 108;
/// The socket's name in its folder.
const NAME: &str = "control.sock";
/// The service's runtime directory, as systemd makes it.
const SYSTEM: &str = "/run/roomkeeper";

/// A socket that is listened at.
#[derive(Debug)]
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
    inode: u64,
}

impl Socket {
    /// Listens at `path`, for its owner and the group of its folder. What a process that is gone has left there is replaced.
    pub fn listen(path: &Path) -> io::Result<Self> {
        clear(path)?;
        let socket = UnixSocket::new_stream()?;
        let short = Short::of(path)?;
        socket.bind(&short.path)?;
        // No process can connect before `listen`, so that the mode comes in time.
        let group = path.parent().map(std::fs::metadata).transpose()?.map(|folder| folder.gid());
        if let Err(error) = chown(path, None, group) {
            tracing::debug!(%error, "the control socket keeps the group of this process");
        }
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o660))?;
        let inode = std::fs::symlink_metadata(path)?.ino();
        Ok(Self { listener: socket.listen(WAITING)?, path: path.to_owned(), inode })
    }

    /// Returns the next connection.
    pub async fn accept(&self) -> io::Result<UnixStream> {
        self.listener.accept().await.map(|(stream, _)| stream)
    }
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Another process may have put another socket into its place.
        let ours = std::fs::symlink_metadata(&self.path).is_ok_and(|found| found.ino() == self.inode);
        if ours && let Err(error) = std::fs::remove_file(&self.path) {
            tracing::debug!(%error, "the control socket could not be removed; the next start replaces it");
        }
    }
}

/// Connects to a socket.
pub(super) async fn connect(path: &Path) -> io::Result<UnixStream> {
    let short = Short::of(path)?;
    UnixStream::connect(&short.path).await
}

/// Tells whether the process at the other end is of this program, by the name that the kernel shows for it.
pub(super) fn leads_to_roomkeeper(stream: &UnixStream) -> bool {
    let name = |process: &str| std::fs::read(format!("/proc/{process}/comm")).ok();
    let theirs = stream.peer_cred().ok().and_then(|peer| peer.pid()).and_then(|process| name(&process.to_string()));
    theirs.is_some() && theirs == name("self")
}

/// Removes a socket that no process listens at any more.
fn clear(path: &Path) -> io::Result<()> {
    let found = match std::fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    if !found.file_type().is_socket() {
        return Err(io::Error::new(io::ErrorKind::AlreadyExists, "something that is no socket lies there"));
    }
    let short = Short::of(path)?;
    if std::os::unix::net::UnixStream::connect(&short.path).is_ok() {
        return Err(io::Error::new(io::ErrorKind::AddrInUse, "another process listens there"));
    }
    std::fs::remove_file(path)
}

/// A path by which the system takes a socket however deep its folder lies.
struct Short {
    path: PathBuf,
    /// The folder, as long as the path is used.
    _folder: Option<OwnedFd>,
}

impl Short {
    fn of(path: &Path) -> io::Result<Self> {
        if path.as_os_str().len() < LONGEST_PATH {
            return Ok(Self { path: path.to_owned(), _folder: None });
        }
        let name = path.file_name().unwrap_or(OsStr::new("."));
        let flags = OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let folder = open(path.parent().unwrap_or(Path::new("/")), flags, Mode::empty())?;
        let path = Path::new("/proc/self/fd").join(folder.as_raw_fd().to_string()).join(name);
        Ok(Self { path, _folder: Some(folder) })
    }
}

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

    #[tokio::test]
    async fn a_socket_is_for_its_owner_and_group_alone_and_goes_with_its_listener() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("control.sock");
        let socket = Socket::listen(&path).unwrap();
        let found = std::fs::symlink_metadata(&path).unwrap();
        assert_eq!(found.permissions().mode() & 0o777, 0o660);
        assert_eq!(found.gid(), std::fs::metadata(folder.path()).unwrap().gid());
        assert!(Socket::listen(&path).is_err(), "a living one was replaced");
        drop(socket);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn what_a_dead_process_left_is_replaced_and_a_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("control.sock");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        assert!(path.exists());
        let socket = Socket::listen(&path).unwrap();
        let (accepted, connected) = tokio::join!(socket.accept(), connect(&path));
        assert!(accepted.is_ok() && connected.is_ok());
        drop(socket);
        std::fs::write(&path, "mine").unwrap();
        assert!(Socket::listen(&path).is_err());
        assert_eq!(std::fs::read(&path).unwrap(), b"mine");
    }

    #[tokio::test]
    async fn a_folder_may_lie_deeper_than_a_socket_s_path_is_long() {
        let folder = tempfile::tempdir().unwrap();
        let deep = folder.path().join("d".repeat(100)).join("e".repeat(100));
        std::fs::create_dir_all(&deep).unwrap();
        let path = deep.join("control.sock");
        let socket = Socket::listen(&path).unwrap();
        let (accepted, connected) = tokio::join!(socket.accept(), connect(&path));
        assert!(accepted.is_ok() && connected.is_ok());
        drop(socket);
        assert!(!path.exists());
    }

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
