//! A machine among several that share a journal: the real program with a folder of its own, and a configuration that names the database.

use std::fmt::Write;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use roomkeeper::journal::{Server, Workspace};
use roomkeeper::model::RunId;

use crate::journal;
use crate::office::{Far, Office};

/// In the place of a database's address: the journal lies in the state directory.
pub const SQLITE: &str = "";

/// The same key on all machines.
const PIN_KEY: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

pub struct Machine {
    office: Office,
    journal: String,
    node: String,
    job: String,
}

impl Machine {
    /// The machine of that number: it has that name, and a job of that number is its own.
    pub fn new(far: &Far, journal: &str, number: usize) -> Self {
        let office = Office::new(far);
        let (node, job) = (format!("node-{number}"), format!("timetable-{number}"));
        let machine = Self { office, journal: journal.to_owned(), node, job };
        let config = machine.office.path("config.toml");
        let mut text = fs::read_to_string(&config).unwrap();
        if journal != SQLITE {
            let key = machine.office.path("pin_key");
            fs::write(&key, PIN_KEY).unwrap();
            fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
            let node = &machine.node;
            let keys =
                format!("[state]\njournal = \"{journal}\"\npin_key = {{ file = \"pin_key\" }}\nnode = \"{node}\"\n");
            assert!(text.contains("[state]\n"), "{text}");
            text = text.replace("[state]\n", &keys);
        }
        writeln!(text, "[schedule_meetings.{}]", machine.job).unwrap();
        fs::write(config, text).unwrap();
        machine
    }

    /// More of the configuration.
    pub fn configure(&self, tables: &str) {
        let config = self.office.path("config.toml");
        fs::write(&config, fs::read_to_string(&config).unwrap() + tables).unwrap();
    }

    pub fn office(&self) -> &Office {
        &self.office
    }

    pub fn journal(&self) -> &str {
        &self.journal
    }

    /// Makes the file that is imported.
    pub fn timetable(&self, name: &str, rows: usize) {
        self.office.timetable(name, rows);
    }

    /// Imports files of that name on machines at once; tells how long it took until the last was done.
    pub fn import_at_once(machines: &[Self], name: &str) -> Duration {
        let began = Instant::now();
        let children: Vec<_> = machines
            .iter()
            .map(|machine| machine.office.command(&["import", "--job", &machine.job, name]).spawn().unwrap())
            .collect();
        for mut child in children {
            let status = child.wait().unwrap();
            assert!(status.success(), "{status}");
        }
        began.elapsed()
    }

    /// Fills its journal, which must not be there; returns the run that has the items.
    pub fn fill(&self, items: u32, runs: u32) -> RunId {
        let workspace = Workspace::at(&self.office.path("state"));
        let workspace = if self.journal == SQLITE {
            workspace
        } else {
            let server = Server::parse(&self.journal).unwrap().with_pin_key(PIN_KEY).unwrap().named(&self.node);
            workspace.with_journal_on(server)
        };
        journal::fill_in(&workspace, items, runs)
    }
}
