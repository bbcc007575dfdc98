//! The stage of a test: one server with an API, one mail server, one database, and two machines, each with a network of its own to
//! all of them that can be cut.

use std::fmt::Write as _;
use std::ops::Deref;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use roomkeeper::clock::{Clock as _, SystemClock, Timestamp};
use roomkeeper::sandbox::Options;
use rustix::process::Signal;

use crate::by_hand;
use crate::cluster::{self, Cluster};
use crate::full::Disk;
use crate::link::Target;
use crate::machine::Machine;
use crate::site::{Sandbox, Site};
use crate::smtp::{Mood, Script, SmtpServer};
use crate::traffic::Traffic;

/// Users with a room that is looked after.
pub const ROOMS: usize = 6;
/// Meetings that are over at the start.
pub const PAST: usize = 30;
/// The time that a machine's lease lasts.
pub const LEASE: Duration = Duration::from_secs(3);
/// Longer than a lease, a request's time-out and a margin.
pub const LONG: Duration = Duration::from_millis(6500);
/// Seconds between two due times of the jobs that have some.
pub const SCHEDULES: [(&str, i64); 2] = [("nightly", 3), ("policy", 2)];

/// The database of a stage.
enum Database {
    Shared(&'static Cluster),
    Own(Box<Cluster>),
}

impl Deref for Database {
    type Target = Cluster;

    fn deref(&self) -> &Cluster {
        match self {
            Self::Shared(cluster) => cluster,
            Self::Own(cluster) => cluster,
        }
    }
}

/// The server of a stage's database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Server {
    /// Other tests use it, too.
    #[default]
    Shared,
    /// It is the test's own, to be stopped and started.
    Own,
    /// So it is, and its disk can be filled.
    Filling,
}

/// The wishes of a test for its stage.
#[derive(Default)]
pub struct Plan {
    /// Faults of the API's server.
    pub script: String,
    /// The time that each of its requests takes, in milliseconds; 4 where it is not said.
    pub delay: Option<u64>,
    /// Requests that a machine has under way at once; 2 where it is not said.
    pub in_flight: Option<u32>,
    /// Moods of the mail server.
    pub moods: Vec<Mood>,
    pub server: Server,
    /// A proxy that pools transactions stands before it.
    pub pooled: bool,
    /// Another server follows it.
    pub followed: bool,
    /// The second machine has another database.
    pub apart: bool,
}

/// The stage.
pub struct Stage {
    pub machines: [Machine; 2],
    pub sandbox: Sandbox,
    pub mail: SmtpServer,
    pub traffic: Traffic,
    pub disk: Option<Disk>,
    database: Database,
    /// The server that follows that of the database.
    pub follower: Option<Cluster>,
    /// The database's address for the test itself.
    address: String,
    in_flight: u32,
    rows: usize,
    pub began: Timestamp,
    /// From then on the machine is away whose clock is right: nobody else knows of the due times that it misses.
    pub right_clock_until: Option<Timestamp>,
    /// The failover lost commits, so that the journal knows less than took place.
    pub lost_commits: bool,
}

impl Stage {
    /// Makes the stage; `None` where programs are missing, which is told as the test's.
    pub fn new(test: &str, plan: Plan) -> Option<Self> {
        let programs = cluster::programs(test)?;
        cluster::setpriv(test)?;
        let pgbouncer = if plan.pooled { Some(cluster::pgbouncer(test)?) } else { None };
        let disk = (plan.server == Server::Filling).then(Disk::new);
        let (database, socket) = open(&programs, &plan, pgbouncer, disk.as_ref());
        let address = database.database();
        let follower = plan.followed.then(|| database.replica());
        let name = name_of(&address);
        let sockets: Vec<_> = std::iter::once(socket)
            .chain(follower.as_ref().map(|follower| follower.folder().join(SOCKET)))
            .map(Target::Socket)
            .collect();
        let server = Options {
            users: 200,
            past: PAST,
            delay: Duration::from_millis(plan.delay.unwrap_or(4)),
            faults: plan.script.parse().unwrap(),
            ..Options::default()
        };
        let sandbox = Site::builder().sandbox(server).ledger().server();
        let mail = Script::new().moods(plan.moods).serve();
        let traffic = Traffic::default();
        let other = if plan.apart { name_of(&database.database()) } else { name.clone() };
        let machine = |node, name: &str| Machine::new(node, sandbox.port(), &sockets, name, &traffic);
        let stage = Self {
            machines: [machine("a", &name), machine("b", &other)],
            sandbox,
            mail,
            traffic,
            disk,
            database,
            follower,
            address,
            in_flight: plan.in_flight.unwrap_or(2),
            rows: 0,
            began: SystemClock.now(),
            right_clock_until: None,
            lost_commits: false,
        };
        for machine in &stage.machines {
            let rooms = (0..ROOMS).fold("user_id,email,name\n".to_owned(), |mut text, n| {
                writeln!(text, "u{n:05},owner{n}@example.org,Room {n}").unwrap();
                text
            });
            machine.site.write("rooms.csv", rooms);
        }
        stage.configure(true);
        Some(stage)
    }

    /// The wall clock of a machine is an hour ahead or behind. Nobody else knows of the due times that only one of them has.
    pub fn set_clock_apart(&mut self, machine: usize, seconds: i64) {
        self.machines[machine].site.set_clocks(seconds, 0);
        self.right_clock_until = Some(self.began);
    }

    /// Writes the machines' configurations: jobs begin by themselves, or only for files and commands.
    pub fn configure(&self, busy: bool) {
        let schedule = |job: &str| match SCHEDULES.iter().find(|(name, _)| *name == job) {
            Some((_, every)) if busy => format!("*/{every} * * * * *"),
            _ => "0 0 1 1 *".to_owned(),
        };
        let tables = format!(
            "[mail]\nserver = \"smtp://127.0.0.1:{}\"\nfrom = \"Roomkeeper <roomkeeper@example.org>\"\n\
             to = [\"it@example.org\"]\non = \"change\"\n\
             [schedule_meetings.timetable]\ninbox = \"inbox\"\nsettle = \"1s\"\npoll = \"1s\"\nabort_after = 1000\n\
             [rotate_pins.nightly]\nschedule = \"{}\"\nrooms = {{ list = \"rooms.csv\" }}\nnotify_owners = true\n\
             skip_busy = false\nabort_after = 1000\n\
             [sync_rooms.policy]\nschedule = \"{}\"\nrooms = {{ list = \"rooms.csv\" }}\n\
             set = {{ knock = true, participants = 40 }}\nabort_after = 1000\n\
             [export_meetings.history]\nschedule = \"0 0 1 1 *\"\npath = \"exports/meetings.csv\"\nnodes = [\"a\"]\n",
            self.mail.port(),
            schedule("nightly"),
            schedule("policy"),
        );
        let api = format!("timeout = \"300ms\"\nmax_in_flight = {}\n", self.in_flight);
        for machine in &self.machines {
            machine.configure(&api, "3s", &tables);
        }
    }

    /// Starts both daemons, and waits until both run.
    pub fn start(&mut self) {
        for machine in &mut self.machines {
            machine.start();
        }
        for machine in &self.machines {
            machine.running().wait_to_say("roomkeeper is running");
        }
    }

    /// Drops a file of so many new rows at that machine; tells its rows.
    pub fn drop_file(&mut self, machine: usize, rows: usize) -> std::ops::Range<usize> {
        let range = self.rows..self.rows + rows;
        self.rows += rows;
        self.machines[machine].drop_rows(&format!("f{}.csv", range.start), range.clone());
        range
    }

    /// Drops a file of so many new rows at both machines, under two names.
    pub fn drop_at_both(&mut self, rows: usize) {
        let range = self.drop_file(0, rows);
        self.machines[1].drop_rows(&format!("f{}b.csv", range.start), range);
    }

    /// The number of rows that were handed in.
    pub fn rows(&self) -> usize {
        self.rows
    }

    pub fn cluster(&self) -> &Cluster {
        &self.database
    }

    /// Answers SQL from the server that is to be written now.
    pub fn sql(&self, sql: &str) -> String {
        self.database.sql(&self.address, sql)
    }

    /// The same of SQL that may fail.
    pub fn try_sql(&self, sql: &str) {
        self.database.try_sql(&self.address, sql);
    }

    /// From now on the follower is asked.
    pub fn ask_follower(&mut self) {
        let follower = self.follower.as_ref().unwrap();
        let is = |cluster: &Cluster| cluster.folder().display().to_string().replace('/', "%2F");
        self.address = self.address.replace(&is(&self.database), &is(follower));
    }

    /// Counts the meetings of these rows that were made.
    pub fn made(&self, rows: std::ops::Range<usize>) -> usize {
        let titles: std::collections::BTreeSet<_> = rows.map(crate::machine::titled).collect();
        self.sandbox.made().into_iter().filter(|made| titles.contains(made)).count()
    }

    /// Waits until so many meetings of these rows are made.
    #[track_caller]
    pub fn wait_until_made(&self, rows: &std::ops::Range<usize>, so_many: usize) {
        self.patiently("so many meetings are made", || self.made(rows.clone()) >= so_many);
    }

    /// Both daemons begin anew with jobs that do not begin by themselves; waits until nothing is under way any more, has each job
    /// succeed once more, and stops the daemons.
    #[track_caller]
    pub fn come_to_rest(&mut self) {
        for machine in 0..2 {
            self.end(machine);
        }
        self.configure(false);
        self.start();
        self.patiently("all runs come to their ends", || {
            let is_empty =
                |machine: &Machine| ["", "processing"].iter().all(|folder| machine.site.files(folder).is_empty());
            self.machines.iter().all(is_empty) && by_hand::is_at_rest(self)
        });
        for (at, job) in [(0, "history"), (1, "policy"), (0, "nightly")] {
            self.patiently(&format!("{job} succeeds"), || self.machines[at].site.run(&["run", job]).code == 0);
        }
        self.patiently("the mails are out", || {
            // One that waits for its next attempt is tried now.
            self.machines[0].site.run(&["mail", "--retry"]);
            by_hand::waiting_mails(self) == 0
        });
        for machine in 0..2 {
            self.stop(machine);
        }
    }

    /// Stops a daemon in order; fails where it does not end well.
    #[track_caller]
    pub fn stop(&mut self, machine: usize) {
        let ended = self.end(machine);
        assert!(ended.success(), "{} ended with {ended}\n{}", self.machines[machine].name, self.keep());
    }

    /// Has a daemon end by SIGTERM, also where it is just beginning and does not listen yet; tells how it ended.
    #[track_caller]
    fn end(&mut self, machine: usize) -> ExitStatus {
        self.machines[machine].signal(Signal::TERM);
        let mut ended = None;
        let mut daemon = self.machines[machine].daemon.take().unwrap();
        self.patiently("a daemon ends", || {
            ended = daemon.ended();
            ended.is_some()
        });
        ended.unwrap()
    }

    /// Waits longer than other tests do: what was lost is looked for after a multiple of the time-out, again and again.
    #[track_caller]
    pub fn patiently(&self, what: &str, mut look: impl FnMut() -> bool) {
        let began = Instant::now();
        while !look() {
            assert!(began.elapsed() < Duration::from_secs(120), "this did not happen: {what}\n{}", self.keep());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Copies everything to a path that stays, for a look into a failure, and returns it.
    pub fn keep(&self) -> String {
        static KEPT: std::sync::atomic::AtomicUsize = std::sync::atomic::AtomicUsize::new(0);
        let number = KEPT.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let kept = std::env::temp_dir().join(format!("roomkeeper-two-machines-{}-{number}", std::process::id()));
        let _ = std::fs::create_dir_all(&kept);
        for machine in &self.machines {
            let copied = std::process::Command::new("cp")
                .arg("-r")
                .arg(machine.site.path(""))
                .arg(kept.join(machine.name))
                .status();
            assert!(copied.is_ok());
        }
        let ledger: Vec<_> = self.sandbox.ledger().iter().map(ToString::to_string).collect();
        let _ = std::fs::write(kept.join("ledger"), ledger.join("\n"));
        let _ = std::fs::write(kept.join("journal.sql"), self.cluster().dump(&self.address));
        format!("everything is in {}", kept.display())
    }
}

/// The name of the database at an address.
fn name_of(address: &str) -> String {
    address.rsplit('/').next().unwrap().to_owned()
}

/// The name of a server's socket in its folder.
const SOCKET: &str = ".s.PGSQL.5432";

/// Starts the database's server, or takes the one that tests share; tells the socket that the machines are to use.
fn open(
    programs: &std::path::Path,
    plan: &Plan,
    pgbouncer: Option<PathBuf>,
    disk: Option<&Disk>,
) -> (Database, PathBuf) {
    static SHARED: OnceLock<Cluster> = OnceLock::new();
    if plan.server == Server::Shared && !plan.pooled && !plan.followed {
        let cluster = SHARED.get_or_init(|| Cluster::start(programs, &[], &[]));
        return (Database::Shared(cluster), cluster.folder().join(SOCKET));
    }
    let mut cluster = match disk {
        Some(disk) => Cluster::start_in(programs, &[], &[], disk.environment()),
        None => Cluster::start(programs, &[], &[]),
    };
    let folder = pgbouncer.map(|program| cluster.start_proxy(&program));
    let socket = folder.as_deref().unwrap_or(cluster.folder()).join(SOCKET);
    (Database::Own(Box::new(cluster)), socket)
}
