//! Stands between a store and its database, and loses what is said about a commit: the word that it is to be, or the answer.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

/// The thing that is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loses {
    /// The transaction is not committed, and the client is told nothing.
    Word,
    /// It is committed, and the client is told nothing.
    Answer,
}

/// The proxy; it ends with its process.
pub(crate) struct Proxy {
    folder: TempDir,
    state: Arc<State>,
}

struct State {
    loses: Mutex<Loses>,
    /// So many commits are still to be lost.
    left: AtomicU32,
}

impl Proxy {
    /// Makes a proxy in front of the server whose socket is in that folder.
    pub(crate) fn before(server: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join(".s.PGSQL.5432")).unwrap();
        let state = Arc::new(State { loses: Mutex::new(Loses::Word), left: AtomicU32::new(0) });
        let (server, shared) = (server.join(".s.PGSQL.5432"), Arc::clone(&state));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (Ok(client), Ok(server)) = (client, UnixStream::connect(&server)) else { continue };
                pass(client, server, &shared);
            }
        });
        Self { folder, state }
    }

    /// The address of a database, by way of this proxy.
    pub(crate) fn address(&self, name: &str) -> String {
        let host = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://roomkeeper@{host}/{name}")
    }

    /// Loses the next so many commits.
    pub(crate) fn lose(&self, loses: Loses, times: u32) {
        *self.state.loses.lock().unwrap() = loses;
        self.state.left.store(times, Ordering::SeqCst);
    }

    /// Tells whether all are lost that were to be.
    pub(crate) fn is_done(&self) -> bool {
        self.state.left.load(Ordering::SeqCst) == 0
    }
}

fn pass(client: UnixStream, server: UnixStream, state: &Arc<State>) {
    let is_mute = Arc::new(AtomicBool::new(false));
    let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    let (mut from_server, mut to_client) = (server, client);
    let (state, is_muted) = (Arc::clone(state), Arc::clone(&is_mute));
    std::thread::spawn(move || {
        let mut bytes = vec![0; 65_536];
        while let Ok(read @ 1..) = from_client.read(&mut bytes) {
            let is_commit = bytes[..read].windows(7).any(|window| window == b"COMMIT\0");
            if is_commit
                && state.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_ok()
            {
                if *state.loses.lock().unwrap() == Loses::Word {
                    break;
                }
                is_muted.store(true, Ordering::SeqCst);
            }
            if to_server.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        let _ = (from_client.shutdown(Shutdown::Both), to_server.shutdown(Shutdown::Both));
    });
    std::thread::spawn(move || {
        let mut bytes = vec![0; 65_536];
        while let Ok(read @ 1..) = from_server.read(&mut bytes) {
            if is_mute.load(Ordering::SeqCst) || to_client.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        let _ = (to_client.shutdown(Shutdown::Both), from_server.shutdown(Shutdown::Both));
    });
}
