//! Counts what the daemons of two machines ask the database while there is nothing to do: the transactions by the server's own count
//! (`pg_stat_database`), the queries by its log, a line for each that was sent (`log_statement`).

use std::collections::HashMap;
use std::fmt::Write;
use std::fs;
use std::os::unix::net::UnixDatagram;
use std::process::Child;
use std::time::Duration;

use crate::cluster::Cluster;
use crate::machine::Machine;
use crate::office::Far;

/// The time for which they are watched.
pub const WATCHED: Duration = Duration::from_secs(60);
const MACHINES: usize = 2;

/// The server writes down what it is asked, after the database's name, and does nothing there on its own account.
pub const SETTINGS: [&str; 4] = ["fsync = on", "log_statement = 'all'", "log_line_prefix = '%d '", "autovacuum = off"];

/// Of one machine, a second.
pub struct Idle {
    pub queries: f64,
    pub transactions: f64,
    /// The queries by how they begin, the most frequent first.
    pub which: Vec<(f64, String)>,
}

pub fn watch(cluster: &Cluster) -> Idle {
    let (far, address) = (Far::start(0, Duration::ZERO), cluster.database());
    let database = address.rsplit('/').next().unwrap();
    let daemons: Vec<_> = (0..MACHINES).map(|n| Daemon::start(Machine::new(&far, &address, n))).collect();
    // The first moments still have the start in them.
    std::thread::sleep(Duration::from_secs(15));
    // From another database, so that the question is not counted.
    let count = || {
        let elsewhere = address.replace(&format!("/{database}"), "/postgres");
        let ask = format!("SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = '{database}'");
        cluster.sql(&elsewhere, &ask).parse::<u64>().unwrap()
    };
    let log = || queries(&fs::read_to_string(cluster.folder().join("log")).unwrap(), database);
    let (transactions, before) = (count(), log());
    std::thread::sleep(WATCHED);
    let (transactions, asked) = (count() - transactions, log().split_off(before.len()));
    drop(daemons);
    let a_second = |count: usize| count as f64 / WATCHED.as_secs_f64() / MACHINES as f64;
    let mut which = HashMap::<String, usize>::new();
    for query in &asked {
        *which.entry(query.clone()).or_default() += 1;
    }
    let mut which: Vec<_> = which.into_iter().map(|(query, count)| (a_second(count), query)).collect();
    which.sort_by(|(one, _), (other, _)| other.total_cmp(one));
    let transactions = usize::try_from(transactions).unwrap();
    Idle { queries: a_second(asked.len()), transactions: a_second(transactions), which }
}

/// The beginning of each query to that database in the server's log.
fn queries(log: &str, database: &str) -> Vec<String> {
    let of = |line: &str| {
        let said = line.strip_prefix(database)?.strip_prefix(" LOG:  ")?;
        let query = said.strip_prefix("statement: ").or_else(|| said.strip_prefix("execute <unnamed>: "))?;
        Some(query.chars().take(80).collect())
    };
    log.lines().filter_map(of).collect()
}

/// The program with ten jobs, ended when it is dropped.
struct Daemon {
    child: Child,
    _machine: Machine,
}

impl Daemon {
    /// Starts it, and waits until it is ready.
    fn start(machine: Machine) -> Self {
        let mut jobs = String::new();
        for job in 0..10 {
            // Half of them watch their folder, half have a schedule.
            let schedule = if job % 2 == 0 { "" } else { "schedule = \"30 2 1 1 *\"\n" };
            fs::create_dir(machine.office().path(&format!("inbox{job}"))).unwrap();
            write!(jobs, "[schedule_meetings.job{job}]\ninbox = \"inbox{job}\"\n{schedule}").unwrap();
        }
        machine.configure(&jobs);
        let notify = machine.office().path("notify");
        let socket = UnixDatagram::bind(&notify).unwrap();
        socket.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        let child = machine.office().command(&["daemon"]).env("NOTIFY_SOCKET", &notify).spawn().unwrap();
        let mut message = [0; 4096];
        while !message.starts_with(b"READY=1") {
            message.fill(0);
            socket.recv(&mut message).unwrap();
        }
        Self { child, _machine: machine }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
