//! A world to export from: a sandbox on a thread of its own, a folder with a configuration, and the program.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use roomkeeper::clock::{Clock as _, SystemClock};
use roomkeeper::sandbox::{Clock, MeetingState, Options, Sandbox};
use serde_json::Value;
use tokio::sync::oneshot;

/// Every tenth reading goes wrong, in every way there is.
pub const FAULTS: &str = "seed = 5
[[fault]]
match = 'GET /meetings'
kind = ['reset_before', 'http_500_before', 'truncated_json', 'cut_reply', 'html_502_before', 'empty_result_0_before']
probability = 0.1
";

/// The headings of an export without PINs.
pub const HEADINGS: &str = "meeting_id,revision,room_id,user_id,app_type,room_name,desc,start_time,duration,moderators,\
                            participants,wait_for_moderator,knock,auto_recording,stage,direct_url";

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
    /// Shown where a test fails.
    #[expect(dead_code, reason = "it is read through `Debug`")]
    pub err: String,
}

/// A line of an export, by heading.
pub type Row = BTreeMap<String, String>;

/// A job named `history` that writes to `path`, with the settings that `keys` adds.
pub fn job(path: &str, keys: &str) -> String {
    format!("[export_meetings.history]\npath = '{path}'\n{keys}\n")
}

impl World {
    /// A world in which so many meetings are over.
    pub fn with_past(past: usize) -> Self {
        Self::with(Options { past, users: 20, ..Options::default() })
    }

    /// A world with such a sandbox; its clock is the world's. The job writes all to `exports/all.csv`.
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
        let sandbox = receiver.recv().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let world = Self { folder, sandbox, skew, stop: Some(stop), thread: Some(thread) };
        fs::create_dir(world.path("tmp")).unwrap();
        world.configure(&job("exports/all.csv", ""));
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
    pub fn set_skew(&self, minutes: i64) {
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

    /// Starts an export; whoever calls ends it.
    pub fn start(&self) -> Child {
        self.spawn(&["run", "history"])
    }

    /// Starts the daemon; whoever calls ends it.
    pub fn daemon(&self) -> Child {
        self.spawn(&["daemon"])
    }

    /// Runs an export with a place at which it is killed; tells whether it was.
    pub fn export_killed_at(&self, place: &str, time: u32) -> bool {
        let mut command = self.command(&["run", "history"]);
        command.env("ROOMKEEPER_FAILPOINTS", format!("{place}=kill:{time}"));
        let output = command.output().unwrap();
        assert!(output.status.signal().is_some() || output.status.success(), "{output:?}");
        output.status.signal().is_some()
    }

    fn spawn(&self, args: &[&str]) -> Child {
        self.command(args).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Runs the export; tells the run, as JSON has it.
    #[track_caller]
    pub fn export(&self) -> Value {
        self.export_with(&[])
    }

    /// The same, with more on the command line.
    #[track_caller]
    pub fn export_with(&self, more: &[&str]) -> Value {
        let ran = self.run(&[&["run", "history", "--json"], more].concat());
        let answer: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
        answer["run"].clone()
    }

    /// The meetings that the server has.
    pub fn meetings(&self) -> Vec<MeetingState> {
        self.sandbox.snapshot().meetings.into_iter().filter(|meeting| !meeting.cancelled).collect()
    }

    /// Their ids, sorted.
    pub fn ids(&self) -> Vec<String> {
        let mut ids: Vec<_> = self.meetings().into_iter().map(|meeting| meeting.meeting_id).collect();
        ids.sort();
        ids
    }

    /// How many pages were asked for.
    pub fn pages(&self) -> u64 {
        self.sandbox.requests().get("GET /meetings").copied().unwrap_or_default()
    }

    /// The lines of an export.
    #[track_caller]
    pub fn rows(&self, name: &str) -> Vec<Row> {
        whole(&fs::read_to_string(self.path(name)).unwrap())
    }

    /// The names in a folder, sorted.
    pub fn names(&self, folder: &str) -> Vec<String> {
        let mut names: Vec<_> = fs::read_dir(self.path(folder))
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    /// Changes a meeting as somebody else would, on the day before it was over.
    pub fn edit(&self, meeting: &str, body: &Value) {
        self.set_skew(-400 * 24 * 60);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let url = format!("{}/meetings/{meeting}", self.sandbox.base_url());
        let answer = runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let request = client.patch(url).basic_auth("sandbox", Some("sandbox-key")).json(body);
            request.header("X-App-Type", "vc").send().await.unwrap().text().await.unwrap()
        });
        assert!(answer.contains(meeting), "{answer}");
        self.set_skew(0);
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

/// Reads an export in CSV, which must be whole: headings, and lines of as many cells, the last one ended.
#[track_caller]
pub fn whole(text: &str) -> Vec<Row> {
    let text = text.trim_start_matches('\u{feff}');
    assert!(text.ends_with('\n'), "the last line is cut short");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let headings = reader.headers().unwrap().clone();
    assert_eq!(headings.iter().take(16).collect::<Vec<_>>().join(","), HEADINGS);
    let row = |record: csv::StringRecord| {
        headings.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect::<Row>()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}

/// The ids in these lines, sorted; fails where one stands twice with one revision.
#[track_caller]
pub fn ids(rows: &[Row]) -> Vec<String> {
    let mut keys: Vec<_> = rows.iter().map(|row| (row["meeting_id"].clone(), row["revision"].clone())).collect();
    keys.sort();
    let count = keys.len();
    keys.dedup();
    assert_eq!(keys.len(), count, "a line is there twice");
    let mut ids: Vec<_> = keys.into_iter().map(|(id, _)| id).collect();
    ids.dedup();
    ids
}

/// How many items of a run have a status.
pub fn count(run: &Value, status: &str) -> u64 {
    run["counts"][status].as_u64().unwrap_or(0)
}

/// Watches an export while it is written.
#[derive(Default)]
pub struct Watch(Option<(u64, u64)>);

impl Watch {
    /// Fails where the file is not whole at this moment; one that is not there is. One that was seen before is not read again.
    #[track_caller]
    pub fn look(&mut self, path: &Path) {
        let Ok(found) = fs::metadata(path) else { return };
        let seen = Some((found.ino(), found.len()));
        if self.0 != seen {
            self.0 = seen;
            whole(&fs::read_to_string(path).unwrap());
        }
    }
}

/// Waits until it is so.
pub fn wait_for(mut what: impl FnMut() -> bool) {
    let late = Instant::now() + Duration::from_mins(1);
    while !what() {
        assert!(Instant::now() < late, "it did not come to pass within a minute");
        std::thread::sleep(Duration::from_millis(1));
    }
}
