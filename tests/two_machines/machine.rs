//! A machine: a state directory, a drop folder and a daemon of its own, and its own ways to the API and to the database.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, ExitStatus};

use rustix::process::Signal;

use crate::link::{Link, Target};
use crate::site::{PROGRAM, Running, Site, timetable, title};
use crate::traffic::Traffic;

/// A machine of a stage.
pub struct Machine {
    /// The first to go: one that lives on would fill the folder of the site that is being removed.
    pub daemon: Option<Running>,
    pub name: &'static str,
    pub site: Site,
    /// Its network to the API.
    pub api: Link,
    /// Its networks to the servers of the database, in the order in which they are named.
    pub databases: Vec<Link>,
    /// The name of the database.
    database: String,
    /// The places at which its daemon stumbles.
    pub failpoints: &'static str,
    /// The files that were dropped here, with their bytes.
    pub dropped: Vec<(String, String)>,
}

impl Machine {
    /// A machine that reaches the API at that port, and a database of that name at those places.
    pub fn new(name: &'static str, api: u16, databases: &[Target], database: &str, traffic: &Traffic) -> Self {
        let api = Link::to(Target::Port(api), Some((traffic.clone(), name)));
        let site = Site::at(api.port(), "");
        site.write("key", "0a".repeat(32));
        fs::set_permissions(site.path("key"), fs::Permissions::from_mode(0o600)).unwrap();
        let databases = databases.iter().map(|target| Link::to(target.clone(), None)).collect();
        let database = database.to_owned();
        Self { name, site, api, databases, database, daemon: None, failpoints: "", dropped: Vec::new() }
    }

    /// Writes its configuration: keys of `[api]`, and the tables of its jobs.
    pub fn configure(&self, api: &str, lease: &str, tables: &str) {
        let hosts: Vec<_> = self.databases.iter().map(|link| format!("127.0.0.1:{}", link.port())).collect();
        let address = format!("postgres://roomkeeper@{}/{}?sslmode=disable", hosts.join(","), self.database);
        self.site.configure_at(
            self.api.port(),
            &format!(
                "{api}[state]\njournal = \"{address}\"\nnode = \"{}\"\nlease = \"{lease}\"\npin_key = {{ file = \"key\" }}\n{tables}",
                self.name
            ),
        );
    }

    /// Starts the daemon, which ends with this test, however that ends.
    pub fn start(&mut self) {
        let mut command = Command::new("setpriv");
        self.site.prepare(&mut command);
        command.env("ROOMKEEPER_FAILPOINTS", self.failpoints);
        command.args(["--pdeathsig", "KILL", PROGRAM, "daemon"]);
        self.daemon = Some(Running::of(command, self.site.path("daemon.log")));
    }

    /// Starts it, and waits until it runs.
    pub fn start_and_wait(&mut self) {
        self.start();
        self.running().wait_to_say("roomkeeper is running");
    }

    /// The daemon.
    pub fn running(&self) -> &Running {
        self.daemon.as_ref().unwrap()
    }

    /// Kills the daemon, if there is one.
    pub fn kill(&mut self) {
        if let Some(mut daemon) = self.daemon.take() {
            daemon.kill();
        }
    }

    /// Tells how the daemon has ended; `None` while it runs.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.daemon.as_mut().unwrap().ended()
    }

    /// Sends the daemon a signal.
    pub fn signal(&self, signal: Signal) {
        self.running().signal(signal);
    }

    /// Tells how often a daemon has come to run here.
    pub fn starts(&self) -> usize {
        let log = fs::read_to_string(self.site.path("daemon.log")).unwrap_or_default();
        log.matches("roomkeeper is running").count()
    }

    /// Drops a timetable of these rows under this name.
    pub fn drop_rows(&mut self, name: &str, rows: std::ops::Range<usize>) {
        let text = rows.clone().fold(timetable(rows), |text, row| text.replace(&title(row), &titled(row)));
        self.site.drop_renamed(name, &text);
        self.dropped.push((name.to_owned(), text));
    }
}

/// The title of a row's meeting, with what servers escape.
pub fn titled(row: usize) -> String {
    title(row).replace("Lecture", "R&D")
}
