//! A world to import into: a sandbox on a thread of its own, a folder with a configuration, and the program.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use roomkeeper::clock::{Clock as _, SystemClock};
use roomkeeper::sandbox::{Clock, EffectKind, MeetingState, Options, Sandbox};
use serde_json::Value;
use tokio::sync::oneshot;

use super::years;

/// A sandbox, a folder and the program.
pub struct World {
    folder: tempfile::TempDir,
    pub sandbox: Arc<Sandbox>,
    /// How far the sandbox's clock is from the machine's, in milliseconds.
    skew: Arc<AtomicI64>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub out: String,
    pub err: String,
}

/// An import that ended, with its results.
#[derive(Debug)]
pub struct Imported {
    pub code: i32,
    pub run: Value,
    pub files: Vec<PathBuf>,
    pub rows: Vec<Row>,
}

/// A line of a results file, by heading.
pub type Row = BTreeMap<String, String>;

/// A job of its own name, with the settings that `keys` adds.
pub fn job(keys: &str) -> String {
    format!("[schedule_meetings.timetable]\n{keys}\n")
}

impl World {
    /// A world in which nothing goes wrong.
    pub fn new() -> Self {
        Self::with(Options::default())
    }

    /// A world with such a sandbox; its clock is the world's.
    pub fn with(options: Options) -> Self {
        let skew = Arc::new(AtomicI64::new(0));
        let skewed = Arc::clone(&skew);
        let clock = Clock::from_fn(move || SystemClock.now().millis() + skewed.load(Ordering::Relaxed));
        let options = Options { clock, ..options };
        let (sender, receiver) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                sender.send(Arc::new(Sandbox::start(options).await.unwrap())).unwrap();
                let _ = stopped.await;
            });
        });
        let world = Self {
            folder: tempfile::tempdir().unwrap(),
            sandbox: receiver.recv().unwrap(),
            skew,
            stop: Some(stop),
            thread: Some(thread),
        };
        fs::create_dir(world.path("tmp")).unwrap();
        world.configure("");
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the configuration, with `jobs` behind what every test needs.
    pub fn configure(&self, jobs: &str) {
        let base_url = self.sandbox.base_url();
        let text = format!(
            "timezone = 'Europe/Berlin'\n\
             [api]\nbase_url = '{base_url}'\napp_id = 'sandbox'\napp_key = {{ env = 'APP_KEY' }}\n\
             timeout = '500ms'\nrate_limit = 'none'\n\
             [state]\ndirectory = 'state'\n\
             [mail]\nto = ['it@example.org']\non = 'always'\n{jobs}"
        );
        fs::write(self.path("config.toml"), text).unwrap();
    }

    /// Moves the sandbox's clock.
    pub fn set_skew_minutes(&self, minutes: i64) {
        self.skew.store(minutes * 60_000, Ordering::Relaxed);
    }

    pub fn script(&self, script: &str) {
        self.sandbox.set_faults(script.parse().unwrap());
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_roomkeeper"));
        command
            .args(args)
            .current_dir(self.folder.path())
            .env_clear()
            .env("APP_KEY", "sandbox-key")
            .env("TMPDIR", self.path("tmp"))
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn run(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts the program; whoever calls ends it.
    pub fn start(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Writes a fixture into the folder, its dates in a coming year.
    pub fn write_fixture(&self, name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/csv").join(name);
        self.write(name, years::shifted(&fs::read(path).unwrap(), years::coming()));
    }

    /// Imports a file that was written before.
    pub fn import(&self, name: &str) -> Imported {
        Imported::of(&self.run(&["import", "--json", name]))
    }

    /// Writes and imports a file.
    pub fn import_text(&self, name: &str, text: &str) -> Imported {
        self.write(name, text);
        self.import(name)
    }

    /// Every meeting that is on the server and not cancelled.
    pub fn meetings(&self) -> Vec<MeetingState> {
        self.sandbox.snapshot().meetings.into_iter().filter(|meeting| !meeting.cancelled).collect()
    }

    /// How many requests there were that write: POST, PATCH, DELETE.
    pub fn writes(&self) -> [u64; 3] {
        let requests = self.sandbox.requests();
        ["POST ", "PATCH ", "DELETE "]
            .map(|method| requests.iter().filter(|(route, _)| route.starts_with(method)).map(|(_, n)| n).sum())
    }

    /// The writes that `what` brings about.
    pub fn writes_of<T>(&self, what: impl FnOnce() -> T) -> ([u64; 3], T) {
        let before = self.writes();
        let value = what();
        let after = self.writes();
        ([0, 1, 2].map(|at| after[at] - before[at]), value)
    }

    /// How many effects of a kind there were.
    pub fn effects(&self, kind: EffectKind) -> usize {
        self.sandbox.effects().iter().filter(|effect| effect.kind == kind).count()
    }

    /// Sends a request past the program, as somebody else would; answers with its JSON.
    pub fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let url = format!("{}{path}", self.sandbox.base_url());
        let method = method.parse::<reqwest::Method>().unwrap();
        runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let request = client.request(method, url).basic_auth("sandbox", Some("sandbox-key")).json(body);
            let text = request.header("X-App-Type", "vc").send().await.unwrap().text().await.unwrap();
            serde_json::from_str(&text).unwrap_or(Value::Null)
        })
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Ran {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Imported {
    /// Reads what `import --json` or `retry --json` answered, and the results file that it names.
    pub fn of(ran: &Ran) -> Self {
        let answer = ran.json();
        let files: Vec<PathBuf> =
            answer["files"].as_array().unwrap().iter().map(|file| PathBuf::from(file.as_str().unwrap())).collect();
        let rows = files.iter().find(|file| file.to_string_lossy().ends_with(".results.csv")).map(|file| read(file));
        let imported = Self { code: ran.code, run: answer["run"].clone(), files, rows: rows.unwrap_or_default() };
        imported.assert_adds_up();
        imported
    }

    /// The statuses of a run add up to its rows, and the rows stand in the order of the file.
    fn assert_adds_up(&self) {
        let counted: u64 = self.run["counts"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
        assert_eq!(counted, self.rows.len() as u64, "{self:?}");
        for (status, n) in self.run["counts"].as_object().unwrap() {
            let lines = self.rows.iter().filter(|row| row["status"] == *status).count() as u64;
            assert_eq!(n.as_u64(), Some(lines), "{status}: {self:?}");
        }
        let lines: Vec<u64> = self.rows.iter().map(|row| row["line"].parse().unwrap()).collect();
        assert!(lines.is_sorted_by(|one, next| one < next), "{lines:?}");
    }

    pub fn run_id(&self) -> &str {
        self.run["run"].as_str().unwrap()
    }

    pub fn statuses(&self) -> Vec<&str> {
        self.rows.iter().map(|row| row["status"].as_str()).collect()
    }

    /// The one row of a file with one row.
    pub fn row(&self) -> &Row {
        let [row] = self.rows.as_slice() else { panic!("not one row: {self:?}") };
        row
    }

    /// The file of this kind that the run left behind: `results` or `retry`.
    pub fn file(&self, what: &str) -> &Path {
        let ending = format!(".{what}.csv");
        self.files.iter().find(|file| file.to_string_lossy().ends_with(&ending)).unwrap()
    }
}

/// The rows of a results or retry file.
pub fn read(path: &Path) -> Vec<Row> {
    let text = fs::read_to_string(path).unwrap();
    let text = text.trim_start_matches('\u{feff}');
    let heading = text.lines().next().unwrap_or_default();
    let delimiter = [b';', b'\t'].into_iter().find(|sign| heading.as_bytes().contains(sign)).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let headings = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| {
        headings.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect::<Row>()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// Waits until it is so.
pub fn wait_for(mut what: impl FnMut() -> bool) {
    let late = Instant::now() + Duration::from_mins(1);
    while !what() {
        assert!(Instant::now() < late, "it did not come to pass within a minute");
        std::thread::sleep(Duration::from_millis(1));
    }
}
