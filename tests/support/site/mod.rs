//! One harness for all tests that go through the real program. A [`Site`] is an installation of roomkeeper in a temporary
//! folder: a configuration, a drop folder, a state directory, the sandbox, and the commands and daemons that
//! are run there. Tests tell what became of it by exit codes, files, mails and what the server has, as a user would.
//!
//! ```ignore
//! let site = Site::new("[schedule_meetings.timetable]\n");
//! site.write("a.csv", timetable(0..3));
//! site.run(&["import", "a.csv"]).expect(0, "3 created");
//! site.sandbox.expect_made(0..3);
//! ```
//!
//! [`Site::builder`] chooses what is not plain: how the server behaves, what stands in each configuration. What only one kind
//! of job needs is an `impl Site` beside its tests, such as `tests/lobby/refreshing.rs`, or a function over a site.
#![allow(dead_code, unused_imports, reason = "not every test goes through all of it")]

mod builder;
mod chance;
mod files;
mod program;
mod sandbox;
mod server;
mod steps;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub use builder::Builder;
use builder::Preamble;
pub use chance::Chance;
pub use files::{actions, column, names, timetable, title};
pub use program::{PROGRAM, Ran, Running, wait_for, wait_until};
pub use sandbox::{KEY, Sandbox, free_port};
pub use server::Writes;
pub use steps::at_each_time;

/// An installation: a folder with a configuration, and the sandbox that it is for.
pub struct Site {
    folder: tempfile::TempDir,
    /// The server.
    pub sandbox: Sandbox,
    preamble: Preamble,
}

impl Site {
    /// Makes a site with these tables in its configuration, which may begin with keys of `[api]`.
    pub fn new(tables: &str) -> Self {
        Self::builder().build(tables)
    }

    /// The same where nothing listens at the server's address.
    pub fn without_server(tables: &str) -> Self {
        let mut site = Self::new(tables);
        site.sandbox.stop();
        site
    }

    /// The same for whatever listens at that port of this machine.
    pub fn at(port: u16, tables: &str) -> Self {
        let site = Self::without_server(tables);
        site.configure_at(port, tables);
        site
    }

    /// Makes a site with another server, or other common parts of its configurations.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// The path of a file in the folder; the folder's own by an empty name.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    /// Writes the configuration anew: these tables behind what each configuration of the site begins with.
    pub fn configure(&self, tables: &str) {
        self.configure_for(&self.sandbox.base_url(), tables);
    }

    /// The same, for another server than the site's sandbox.
    pub fn configure_for(&self, base_url: &str, tables: &str) {
        self.write("config.toml", self.preamble.text(base_url, tables));
    }

    /// The same, for whatever listens at that port of this machine.
    pub fn configure_at(&self, port: u16, tables: &str) {
        self.configure_for(&format!("http://127.0.0.1:{port}/ucaas/v1"), tables);
    }

    /// The same, with these keys of `[api]` in place of the usual ones.
    pub fn configure_with(&self, api: &str, tables: &str) {
        self.write("config.toml", self.preamble.text_with(&self.sandbox.base_url(), &format!("{api}\n"), tables));
    }

    /// The program with these arguments and the site's configuration.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        self.prepare(&mut command);
        command.args(arguments);
        command
    }

    /// Gives a command the surroundings that the program needs, and no others.
    pub fn prepare(&self, command: &mut Command) {
        command
            .current_dir(self.folder.path())
            .env_clear()
            .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
            .env("ROOMKEEPER_CONFIG", self.path("config.toml"))
            .env("APP_KEY", KEY)
            .env("ROOMKEEPER_CLOCK", self.path("clock"))
            .env("TMPDIR", self.path("tmp"))
            .stdin(Stdio::null());
    }

    /// Sets the clocks of the programs of this site, also of those that run: the wall clock so much ahead of the machine's, and
    /// the boot clock so much, in seconds.
    pub fn set_clocks(&self, wall: i64, uptime: i64) {
        let aside = self.path("clock.aside");
        std::fs::write(&aside, format!("{wall} {uptime}\n")).unwrap();
        std::fs::rename(aside, self.path("clock")).unwrap();
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        Ran::of(self.command(arguments).output().unwrap())
    }

    /// The answer of a reading command, as JSON.
    #[track_caller]
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        self.run(arguments).json()
    }

    /// Starts the program, with what it says behind what stands in `NAME.log` of the folder.
    pub fn start(&self, name: &str, arguments: &[&str]) -> Running {
        Running::of(self.command(arguments), self.path(&format!("{name}.log")))
    }

    /// Starts the daemon, and waits until it runs.
    pub fn daemon(&self) -> Running {
        let running = self.start("daemon", &["daemon"]);
        running.wait_to_say("roomkeeper is running");
        running
    }

    /// Runs a command again and again, and kills it each time at a moment of its own: after so many more requests came as the
    /// seed says, `most` of them at most. Ends when it has been killed so often, or when it came to its own end. Tells how often
    /// it was killed.
    pub fn kill_at_random(&self, arguments: &[&str], kills: u32, most: u64, seed: u64) -> u32 {
        let mut chance = Chance::new(seed);
        for killed in 0..kills {
            let until = self.requested() + chance.below(most);
            let mut running = self.start("killed", arguments);
            let mut ended = None;
            wait_until("it ends, or so many requests have come", || {
                ended = running.ended();
                ended.is_some() || self.requested() >= until
            });
            running.kill();
            if ended.is_some() {
                return killed;
            }
        }
        kills
    }

    /// The files in one of the drop folder's sub-folders, sorted.
    pub fn files(&self, folder: &str) -> Vec<String> {
        names(&self.path("inbox").join(folder))
    }

    /// Writes a file aside and renames it into the drop folder.
    pub fn drop_renamed(&self, name: &str, content: &(impl AsRef<[u8]> + ?Sized)) {
        let aside = self.path("aside");
        std::fs::write(&aside, content).unwrap();
        std::fs::rename(aside, self.path("inbox").join(name)).unwrap();
    }

    /// Everything that the programs started here have said.
    pub fn logs(&self) -> String {
        let logs = names(&self.path("")).into_iter().filter(|name| has_ending(name, "log"));
        logs.map(|name| std::fs::read_to_string(self.path(&name)).unwrap()).collect()
    }

    /// The only file of a folder whose name ends so.
    #[track_caller]
    pub fn only(&self, folder: &str, ending: &str) -> PathBuf {
        let path = self.path(folder);
        let found: Vec<_> = names(&path).into_iter().filter(|name| name.ends_with(ending)).collect();
        assert_eq!(found.len(), 1, "{ending} in {}: {found:?}", path.display());
        path.join(&found[0])
    }

    /// The mails in the state directory, in the order they were written.
    pub fn mails(&self) -> Vec<String> {
        let folder = self.path("state/mail");
        names(&folder)
            .iter()
            .filter(|name| has_ending(name, "eml"))
            .map(|name| std::fs::read_to_string(folder.join(name)).unwrap())
            .collect()
    }
}

/// Tells whether a file's name ends in a dot and this.
fn has_ending(name: &str, ending: &str) -> bool {
    Path::new(name).extension().is_some_and(|found| found == ending)
}
