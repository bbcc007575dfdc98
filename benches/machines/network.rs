//! A network between a machine and the database: a proxy that hands on what it is sent, in each direction as much later as bytes take on
//! their way. It holds back no more than that: what was sent a moment later arrives a moment later.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::num::NonZeroU64;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use crate::cluster::Cluster;

/// Round trips by which the way is measured.
const TRIPS: usize = 501;

pub struct Network {
    port: u16,
}

impl Network {
    /// A way to the cluster's server that takes so long in one direction; it is there until this program ends.
    pub fn to(cluster: &Cluster, way: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let socket = cluster.folder().join(".s.PGSQL.5432");
        std::thread::spawn(move || {
            for machine in listener.incoming() {
                connect(machine.unwrap(), &socket, way);
            }
        });
        Self { port }
    }

    /// The address of a database by this way.
    pub fn address(&self, address: &str) -> String {
        let database = address.rsplit('/').next().unwrap();
        format!("postgres://roomkeeper@127.0.0.1:{}/{database}", self.port)
    }

    /// The time of a question that asks nothing, and its answer.
    pub fn round_trip(&self, address: &str) -> Duration {
        let address = self.address(address);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&address, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            let mut took = Vec::new();
            for _ in 0..TRIPS {
                let began = Instant::now();
                client.batch_execute("").await.unwrap();
                took.push(began.elapsed());
            }
            took.sort();
            took[TRIPS / 2]
        })
    }
}

fn connect(machine: TcpStream, socket: &Path, way: Duration) {
    let server = UnixStream::connect(PathBuf::from(socket)).unwrap();
    machine.set_nodelay(true).unwrap();
    let (from_machine, from_server) = (machine.try_clone().unwrap(), server.try_clone().unwrap());
    hand_on(from_machine, server, way, |server| server.shutdown(Shutdown::Write));
    hand_on(from_server, machine, way, |machine| machine.shutdown(Shutdown::Write));
}

/// Reads on one thread and writes on another, each piece so long after it came.
fn hand_on<F, T>(mut from: F, mut to: T, way: Duration, end: fn(&T) -> std::io::Result<()>)
where
    F: Read + Send + 'static,
    T: Write + Send + 'static,
{
    let (sent, on_the_way) = mpsc::channel::<(Instant, Vec<u8>)>();
    std::thread::spawn(move || {
        let mut piece = vec![0; 256 * 1024];
        // One end goes away when it is done.
        while let Ok(length @ 1..) = from.read(&mut piece) {
            if sent.send((Instant::now() + way, piece[..length].to_vec())).is_err() {
                return;
            }
        }
    });
    std::thread::spawn(move || {
        // The system wakes a thread up to 50 us late otherwise.
        rustix::thread::set_current_timer_slack(NonZeroU64::new(1)).unwrap();
        for (arrives, piece) in on_the_way {
            std::thread::sleep(arrives.saturating_duration_since(Instant::now()));
            if to.write_all(&piece).is_err() {
                return;
            }
        }
        let _ = end(&to);
    });
}
