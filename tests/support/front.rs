//! The front door: the real program with a real configuration file in a folder of its own, and the sandbox beside it in its own
//! process. What is told here is told by files, exit codes and the sandbox's ledger, as a user would hear of it.

use std::fmt::Write;
use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use roomkeeper::clock::{Clock, SystemClock, Timestamp};

/// The program.
pub const PROGRAM: &str = env!("CARGO_BIN_EXE_roomkeeper");

/// How long anything may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(150);

/// The key that the sandbox accepts.
pub const KEY: &str = "the-key-of-this-test-9c1f";

/// Waits until there is something.
#[track_caller]
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let began = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(began.elapsed() < PATIENCE, "this did not happen: {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A folder with a configuration, a state directory, a drop folder.
pub struct World {
    pub folder: tempfile::TempDir,
}

impl World {
    /// A world whose API is at that port; `more` is added to the configuration.
    pub fn new(port: u16, more: &str) -> Self {
        let world = Self { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(world.path("inbox")).unwrap();
        world.configure(port, more);
        world
    }

    /// Writes the configuration anew. `more` may begin with keys of `[api]`.
    pub fn configure(&self, port: u16, more: &str) {
        let text = format!(
            "[api]\nbase_url = \"http://127.0.0.1:{port}/ucaas/v1\"\napp_id = \"sandbox\"\n\
             app_key = {{ env = \"FRONT_APP_KEY\" }}\nrate_limit = \"none\"\n{more}"
        );
        std::fs::write(self.path("config.toml"), text).unwrap();
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The program with these arguments and our configuration.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(PROGRAM);
        self.prepare(&mut command);
        command.args(arguments);
        command
    }

    /// Gives a command the surroundings that the program needs.
    pub fn prepare(&self, command: &mut Command) {
        command
            .current_dir(self.folder.path())
            .env("ROOMKEEPER_CONFIG", self.path("config.toml"))
            .env("FRONT_APP_KEY", KEY)
            .env("ROOMKEEPER_CLOCK", self.path("clock"))
            .env_remove("STATE_DIRECTORY")
            .env_remove("RUNTIME_DIRECTORY")
            .env_remove("JOURNAL_STREAM")
            .stdin(Stdio::null());
    }

    /// Sets the clocks of the programs of this world, also of those that run: the wall clock so much ahead of the machine's, and
    /// the boot clock so much, in seconds.
    pub fn set_clocks(&self, wall: i64, uptime: i64) {
        let aside = self.path("clock.aside");
        std::fs::write(&aside, format!("{wall} {uptime}\n")).unwrap();
        std::fs::rename(aside, self.path("clock")).unwrap();
    }

    pub fn run(&self, arguments: &[&str]) -> Told {
        Told::of(self.command(arguments).output().unwrap())
    }

    /// Starts the program, with what it says in `NAME.log` of the world.
    pub fn start(&self, name: &str, arguments: &[&str]) -> Running {
        Running::of(self.command(arguments), self.path(&format!("{name}.log")))
    }

    pub fn daemon(&self) -> Running {
        let running = self.start("daemon", &["daemon"]);
        running.wait_to_say("roomkeeper is running");
        running
    }

    /// The files in one of the drop folder's sub-folders, sorted.
    pub fn files(&self, folder: &str) -> Vec<String> {
        names(&self.path("inbox").join(folder))
    }

    /// Writes a file aside and renames it into the drop folder.
    pub fn drop_renamed(&self, name: &str, text: &str) {
        let aside = self.path("aside");
        std::fs::write(&aside, text).unwrap();
        std::fs::rename(aside, self.path("inbox").join(name)).unwrap();
    }

    /// The answer of a reading command, as JSON.
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        let told = self.run(arguments);
        serde_json::from_str(&told.out).unwrap_or_else(|error| panic!("{error}: {told:?}"))
    }

    /// The only file of the world whose name ends so.
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
        let is_whole = |name: &&String| Path::new(name).extension().is_some_and(|ending| ending == "eml");
        names(&folder).iter().filter(is_whole).map(|name| std::fs::read_to_string(folder.join(name)).unwrap()).collect()
    }
}

/// The names of the plain files in a folder, sorted.
pub fn names(folder: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap())
        .filter(|entry| !entry.file_type().unwrap().is_dir())
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// How a command ended.
#[derive(Debug)]
pub struct Told {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

impl Told {
    pub fn of(output: Output) -> Self {
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    #[track_caller]
    pub fn expect(&self, code: i32, words: &str) {
        assert_eq!(self.code, Some(code), "{self:?}");
        assert!(self.out.contains(words) || self.err.contains(words), "no {words:?} in {self:?}");
    }
}

/// The program at work; killed when it is dropped.
pub struct Running {
    child: Child,
    log: PathBuf,
}

impl Running {
    pub fn of(mut command: Command, log: PathBuf) -> Self {
        let file = File::create(&log).unwrap();
        let child = command.stdout(file.try_clone().unwrap()).stderr(file).spawn().unwrap();
        Self { child, log }
    }

    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    #[track_caller]
    pub fn wait_to_say(&self, words: &str) {
        let began = Instant::now();
        while !self.log().contains(words) {
            assert!(began.elapsed() < PATIENCE, "the log does not say {words:?}:\n{}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    pub fn signal(&self, signal: rustix::process::Signal) {
        let process = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(process, signal).unwrap();
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it watches a folder through inotify.
    pub fn is_watching(&self) -> bool {
        let folder = format!("/proc/{}/fdinfo", self.child.id());
        let watches = |path: PathBuf| std::fs::read_to_string(path).is_ok_and(|text| text.contains("inotify wd:"));
        std::fs::read_dir(folder).unwrap().any(|entry| entry.is_ok_and(|entry| watches(entry.path())))
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap()
    }

    pub fn wait(&mut self) -> ExitStatus {
        wait_for("the program ends", || self.child.try_wait().unwrap())
    }

    /// SIGTERM, and the end of it: how, and how long it took.
    pub fn terminate(&mut self) -> (ExitStatus, Duration) {
        let began = Instant::now();
        self.signal(rustix::process::Signal::TERM);
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

/// The sandbox in its own process.
pub struct Sandbox {
    child: Child,
    pub port: u16,
    folder: tempfile::TempDir,
}

impl Sandbox {
    pub fn start(arguments: &[&str]) -> Self {
        Self::with_faults("", arguments)
    }

    pub fn with_faults(faults: &str, arguments: &[&str]) -> Self {
        Self::at(0, KEY, faults, arguments)
    }

    pub fn at(port: u16, key: &str, faults: &str, arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("faults.toml"), faults).unwrap();
        let mut child = Command::new(PROGRAM)
            .args(["sandbox", "--app-key", key, "--listen", &format!("127.0.0.1:{port}")])
            .arg("--ledger")
            .arg(folder.path().join("ledger"))
            .arg("--faults")
            .arg(folder.path().join("faults.toml"))
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let (_, after) = line.split_once("127.0.0.1:").unwrap();
        let port = after.split_once('/').unwrap().0.parse().unwrap();
        Self { child, port, folder }
    }

    /// The lines of its ledger.
    pub fn ledger(&self) -> Vec<serde_json::Value> {
        let text = std::fs::read_to_string(self.folder.path().join("ledger")).unwrap_or_default();
        // The last line may be half written.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    /// The titles of the meetings that were made, in order of their making.
    pub fn made(&self) -> Vec<String> {
        let effects = self.ledger();
        let made = effects.iter().filter(|line| line["kind"] == "meeting_created");
        made.map(|line| line["room_name"].as_str().unwrap().to_owned()).collect()
    }

    /// Fails unless exactly these rows' meetings were made, each once.
    #[track_caller]
    pub fn expect_made(&self, rows: impl IntoIterator<Item = usize>) {
        let mut made = self.made();
        made.sort();
        let mut expected: Vec<_> = rows.into_iter().map(title).collect();
        expected.sort();
        assert_eq!(made, expected);
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A port that nothing listens at.
pub fn free_port() -> u16 {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The title of a row's meeting.
pub fn title(row: usize) -> String {
    format!("Lecture {row:06}")
}

/// A timetable of these rows, all of them in the future and none twice.
pub fn timetable(rows: std::ops::Range<usize>) -> String {
    let mut text = "ref,user_id,room_name,start_time,duration,moderators,participants\n".to_owned();
    let day = 24 * 3600 * 1000;
    let base = Timestamp::from_millis((SystemClock.now().millis() / day + 30) * day);
    for row in rows {
        let start = base.plus(Duration::from_secs(60 * (row as u64 % 100_000))).to_api();
        writeln!(text, "r{row},u{:05},{},{start},30,1,20", row % 200, title(row)).unwrap();
    }
    text
}

/// The column of a results or retry file, row by row.
pub fn column(path: &Path, heading: &str) -> Vec<String> {
    let text = std::fs::read_to_string(path).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let at = reader.headers().unwrap().iter().position(|name| name == heading).unwrap();
    reader.records().map(|record| record.unwrap()[at].to_owned()).collect()
}
