//! A power failure, as far as a process can see one: the system goes on, but what was never synced is taken away again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Watches what the programs that are told of it sync.
pub struct Power {
    library: PathBuf,
    log: PathBuf,
}

impl Power {
    /// Keeps what it needs in this folder. It is built by the C compiler that builds SQLite, too.
    pub fn new(folder: &Path) -> Self {
        let (source, library) = (folder.join("power.c"), folder.join("power.so"));
        fs::write(&source, include_str!("power.c")).unwrap();
        let built =
            Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o"]).arg(&library).arg(&source).arg("-ldl").status();
        assert!(built.unwrap().success());
        Self { library, log: folder.join("power.log") }
    }

    /// From its next start on, the program is watched.
    pub fn watch(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library).env("POWER_LOG", &self.log);
    }

    /// The power fails: the write-ahead log beside this database is as long as it was when it was synced last. Tells how many
    /// bytes were lost.
    pub fn fail(&self, database: &Path) -> u64 {
        let log = database.with_extension("db-wal");
        let synced = fs::read_to_string(&self.log).unwrap_or_default();
        let synced: u64 = synced.lines().last().map_or(0, |line| line.parse().unwrap());
        let length = fs::metadata(&log).map_or(0, |found| found.len());
        if length > synced {
            fs::OpenOptions::new().write(true).open(&log).unwrap().set_len(synced).unwrap();
        }
        // The index of the log is memory of the machine, and gone.
        let _ = fs::remove_file(database.with_extension("db-shm"));
        length.saturating_sub(synced)
    }
}
