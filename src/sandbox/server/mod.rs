//! Runs the server around the API: its accept loop, which can also stop listening for a while, and the state that all connections
//! share. It is hyper without a framework, because a fault may have to end a connection with a reset.

mod answer;
mod connection;
mod reply;

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::api::{Credentials, ListRules, Turn};
use super::clock::Second;
use super::ledger::Ledger;
use super::world::World;
use super::{BASE_PATH, Clock, Error, Faults, Options, RoomPath, Slips, Snapshot};

/// The parts that all connections share.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    credentials: Credentials,
    clock: Clock,
    delay: Duration,
    lists: ListRules,
    slips: Slips,
    rooms: RoomPath,
    files_url: String,
    ledger_path: String,
    state: Mutex<ServerState>,
    away: mpsc::Sender<Away>,
    stop: CancellationToken,
    failure: Mutex<Option<Error>>,
}

/// The parts that change.
#[derive(Debug)]
pub struct ServerState {
    /// The knowledge of the server.
    pub world: World,
    /// The faults.
    pub faults: Faults,
    /// The record of what has happened.
    pub ledger: Ledger,
    requests: BTreeMap<&'static str, u64>,
    number: u64,
}

/// A request that nothing listen for a while.
#[derive(Debug)]
struct Away {
    lasts: Duration,
    /// Told when nothing listens any more.
    closed: oneshot::Sender<()>,
}

impl Server {
    /// Listens, and serves every connection until [`Server::stop`]. The future is the accept loop.
    pub async fn start(options: Options) -> Result<(Arc<Self>, impl Future<Output = ()> + Send + 'static), Error> {
        let listen = |source| Error::Listen { address: options.listen, source };
        let listener = TcpListener::bind(options.listen).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let ledger_path = options.ledger.as_deref().map(|path| path.display().to_string()).unwrap_or_default();
        let ledger = Ledger::open(options.ledger.as_deref(), options.arrivals)
            .map_err(|source| Error::Ledger { path: ledger_path.clone(), source })?;
        let now = Second::of_millis(options.clock.millis());
        let prefix = if options.numbered_users { "" } else { "u" };
        let users = (0..options.users).map(|number| format!("{prefix}{number:05}"));
        let mut world = World::new(options.seed, users, now);
        world.seed(options.past, options.upcoming, now);
        let (away, requests) = mpsc::channel(1);
        let server = Arc::new(Self {
            address,
            credentials: Credentials::new(&options.app_id, &options.app_key),
            clock: options.clock,
            delay: options.delay,
            lists: ListRules { page_cap: options.page_cap.max(1), refuse_sorting: options.refuse_sorting },
            slips: options.slips,
            rooms: options.rooms,
            files_url: format!("http://{}/_sandbox/files", reachable(address)),
            ledger_path,
            state: Mutex::new(ServerState {
                world,
                faults: options.faults,
                ledger,
                requests: BTreeMap::new(),
                number: 0,
            }),
            away,
            stop: CancellationToken::new(),
            failure: Mutex::new(None),
        });
        Ok((server.clone(), accept(server, listener, requests)))
    }

    /// Returns the base URL of the API.
    pub fn base_url(&self) -> String {
        format!("http://{}{BASE_PATH}", reachable(self.address))
    }

    /// Returns the address at which it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Returns the state; the lock is never held while waiting for anything.
    pub fn state(&self) -> MutexGuard<'_, ServerState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts another script in force.
    pub fn set_faults(&self, faults: Faults) {
        self.state().faults = faults;
    }

    /// Has a meeting be under way in a user's permanent room; tells whether there is such a user.
    pub fn occupy(&self, user_id: &str) -> bool {
        let mut state = self.state();
        let Some(user) = state.world.user_by_id(user_id) else { return false };
        state.world.occupy(user, Second::of_millis(self.clock.millis()));
        true
    }

    /// Makes meetings as at the start.
    pub fn seed(&self, past: usize, upcoming: usize) {
        let now = Second::of_millis(self.clock.millis());
        self.state().world.seed(past, upcoming, now);
    }

    /// Takes a meeting away; tells whether it was there.
    pub fn take_away(&self, meeting_id: &str) -> bool {
        let world = &mut self.state().world;
        let found = world.meeting_by_id(meeting_id);
        if let Some(number) = found {
            world.cancel(number);
        }
        found.is_some()
    }

    /// Returns everything the server knows.
    pub fn snapshot(&self) -> Snapshot {
        let state = self.state();
        Snapshot::of(&state.world, state.requests())
    }

    /// Ends every connection and the accept loop.
    pub fn stop(&self) {
        self.stop.cancel();
    }

    /// Waits until the server has stopped, which it also does by itself when its ledger cannot be written.
    pub async fn stopped(&self) {
        self.stop.cancelled().await;
    }

    /// Returns the reason why the server stopped by itself.
    pub fn failure(&self) -> Option<Error> {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Stops the server where its ledger could not be written.
    fn note(&self, written: io::Result<()>) {
        if let Err(source) = written {
            self.fail(Error::Ledger { path: self.ledger_path.clone(), source });
        }
    }

    fn fail(&self, error: Error) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        self.stop();
    }

    fn turn(&self, count: u64) -> Turn {
        if self.slips == Slips::None { Turn::plain() } else { Turn::of(count) }
    }

    fn breaks_cancel(&self) -> bool {
        self.slips == Slips::All
    }

    /// Has the accept loop stop listening for a while, and comes back when nothing listens any more.
    async fn go_away(&self, lasts: Duration) {
        let (closed, is_closed) = oneshot::channel();
        if self.away.send(Away { lasts, closed }).await.is_ok() {
            // An error means that the server is stopping, and nothing listens then either.
            let _ = is_closed.await;
        }
    }
}

impl ServerState {
    /// Counts the requests, by method and route.
    pub fn requests(&self) -> BTreeMap<String, u64> {
        self.requests.iter().map(|(&name, &count)| (name.to_owned(), count)).collect()
    }

    /// Counts a request; returns its number (from 1), and how many of its route came before it.
    fn count(&mut self, name: &'static str) -> (u64, u64) {
        self.number += 1;
        let count = self.requests.entry(name).or_default();
        *count += 1;
        (self.number, *count - 1)
    }
}

async fn accept(server: Arc<Server>, listener: TcpListener, mut requests: mpsc::Receiver<Away>) {
    let stop = server.stop.clone();
    let connections = TaskTracker::new();
    let mut leave = stop.child_token();
    let mut listener = listener;
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            Some(away) = requests.recv() => {
                drop(listener);
                leave.cancel();
                leave = stop.child_token();
                // The caller that asked for it may be gone already.
                let _ = away.closed.send(());
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = tokio::time::sleep(away.lasts) => {}
                }
                listener = match listen_again(server.address).await {
                    Ok(listener) => listener,
                    Err(source) => {
                        server.fail(Error::Listen { address: server.address, source });
                        break;
                    }
                };
            }
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => welcome(&server, stream, &leave, &connections),
                Err(error) => {
                    // Mostly: out of file descriptors. Some will be free again soon.
                    tracing::warn!(%error, "the sandbox cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(10)).await;
                }
            },
        }
    }
    connections.close();
    connections.wait().await;
}

/// Listens at an address that was left for a while. Meanwhile another socket may have been given the port; most go again soon.
async fn listen_again(address: SocketAddr) -> io::Result<TcpListener> {
    for _ in 0..500 {
        if let Ok(listener) = TcpListener::bind(address).await {
            return Ok(listener);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    TcpListener::bind(address).await
}

fn welcome(server: &Arc<Server>, stream: TcpStream, leave: &CancellationToken, connections: &TaskTracker) {
    if server.state().faults.for_connection().is_some() {
        connection::reset(&stream);
        return;
    }
    connections.spawn(connection::converse(server.clone(), stream, leave.clone(), server.stop.clone()));
}

/// Returns the address that reaches a listener from the same machine: loopback, where it listens everywhere.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => std::net::Ipv4Addr::LOCALHOST.into(),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => std::net::Ipv6Addr::LOCALHOST.into(),
        _ => address.ip(),
    };
    SocketAddr::new(ip, address.port())
}
