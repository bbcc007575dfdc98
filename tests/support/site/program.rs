//! The program: how a command ended, and one that is at work.

use std::fs::OpenOptions;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use serde_json::Value;

/// The program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_roomkeeper");

/// The time after which a test gives up waiting. A run over hundreds of rooms that settles lost replies one after the other
/// may take a minute by itself.
const PATIENCE: Duration = Duration::from_mins(3);

/// Between two looks.
const PAUSE: Duration = Duration::from_millis(5);

/// Waits until there is something.
#[track_caller]
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "this did not happen: {what}");
        std::thread::sleep(PAUSE);
    }
}

/// Waits until it is so.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    wait_for(what, || is_so().then_some(()));
}

/// The end of a command, with all that it said.
#[derive(Debug)]
pub struct Ran {
    /// The exit code; -1 where a signal ended it.
    pub code: i32,
    pub out: String,
    pub err: String,
}

impl Ran {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Reads its output as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Fails unless it ended with that code, and said these words.
    #[track_caller]
    pub fn expect(&self, code: i32, words: &str) {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.out.contains(words) || self.err.contains(words), "no {words:?} in {self:?}");
    }
}

/// The program at work; killed when it is dropped.
pub struct Running {
    child: Child,
    log: PathBuf,
    /// The length of the log before.
    before: usize,
}

impl Running {
    /// Starts it, with what it says behind what stands in the file.
    pub fn of(mut command: Command, log: PathBuf) -> Self {
        let file = OpenOptions::new().create(true).append(true).open(&log).unwrap();
        let before = usize::try_from(file.metadata().unwrap().len()).unwrap();
        let child = command.stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        Self { child, log, before }
    }

    /// Reads what it has said.
    pub fn log(&self) -> String {
        String::from_utf8(std::fs::read(&self.log).unwrap().split_off(self.before)).unwrap()
    }

    #[track_caller]
    pub fn wait_to_say(&self, words: &str) {
        let began = Instant::now();
        while !self.log().contains(words) {
            assert!(began.elapsed() < PATIENCE, "the log does not say {words:?}:\n{}", self.log());
            std::thread::sleep(PAUSE);
        }
    }

    pub fn signal(&self, signal: Signal) {
        let process = Pid::from_child(&self.child);
        rustix::process::kill_process(process, signal).unwrap();
    }

    /// Tells whether it was stopped, and stands still until it is woken.
    pub fn stands_still(&self) -> bool {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        status.lines().any(|line| line.starts_with("State:\tT"))
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Tells whether it watches a folder through inotify.
    pub fn is_watching(&self) -> bool {
        let folder = format!("/proc/{}/fdinfo", self.child.id());
        let watches = |path: PathBuf| std::fs::read_to_string(path).is_ok_and(|text| text.contains("inotify wd:"));
        std::fs::read_dir(folder).unwrap().any(|entry| entry.is_ok_and(|entry| watches(entry.path())))
    }

    /// Returns its exit status, if it has ended.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    pub fn wait(&mut self) -> ExitStatus {
        wait_for("the program ends", || self.child.try_wait().unwrap())
    }

    /// SIGTERM, and the end of it: how, and how long it took.
    pub fn terminate(&mut self) -> (ExitStatus, Duration) {
        let began = Instant::now();
        self.signal(Signal::TERM);
        (self.wait(), began.elapsed())
    }

    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
