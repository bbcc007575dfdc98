//! A world of rooms: a sandbox on a thread of its own, a folder with a configuration and a list, and the program.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use roomkeeper::sandbox::{Effect, EffectKind, Options, RoomState, Sandbox};
use serde_json::Value;
use tokio::sync::oneshot;

/// One change in ten goes wrong, and one read in fifty (each of which waits half a second).
pub const LOSSES: &str = "seed = 5
[[fault]]
match = 'PATCH'
kind = ['reset_before', 'reset_after', 'http_500_before', 'http_500_after', 'truncated_json', 'cut_reply',
        'html_502_before', 'html_502_after', 'empty_result_0_before', 'empty_result_0_after']
probability = 0.08
[[fault]]
match = 'PATCH'
kind = ['stall_before', 'stall_after', 'stall_late']
for_ms = 500
probability = 0.01
[[fault]]
match = 'PATCH'
kind = ['busy_429', 'unavailable_503']
retry_after = 1
probability = 0.01
[[fault]]
match = 'GET'
kind = ['reset_before', 'http_500_before', 'truncated_json', 'html_502_before']
probability = 0.02
";

/// A sandbox, a folder and the program.
pub struct World {
    folder: tempfile::TempDir,
    pub sandbox: Arc<Sandbox>,
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

impl World {
    /// A world of so many users, with these jobs.
    pub fn new(users: usize, jobs: &str) -> Self {
        let options = Options { users, ..Options::default() };
        let (sender, receiver) = mpsc::channel();
        let (stop, stopped) = oneshot::channel::<()>();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                sender.send(Arc::new(Sandbox::start(options).await.unwrap())).unwrap();
                let _ = stopped.await;
            });
        });
        let folder = tempfile::tempdir().unwrap();
        let world = Self { folder, sandbox: receiver.recv().unwrap(), stop: Some(stop), thread: Some(thread) };
        fs::create_dir(world.path("tmp")).unwrap();
        world.configure(jobs);
        world
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the configuration: `jobs` behind what every test needs. It may begin with keys of `[mail]`.
    pub fn configure(&self, jobs: &str) {
        let base_url = self.sandbox.base_url();
        let text = format!(
            "timezone = 'Europe/Berlin'\n\
             [api]\nbase_url = '{base_url}'\napp_id = 'sandbox'\napp_key = {{ env = 'APP_KEY' }}\n\
             timeout = '300ms'\nrate_limit = 'none'\n\
             [state]\ndirectory = 'state'\n\
             [mail]\nto = ['it@example.org']\non = 'always'\n{jobs}"
        );
        fs::write(self.path("config.toml"), text).unwrap();
    }

    pub fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Writes `rooms.csv`: the rooms of these users, each with an owner's address.
    pub fn list(&self, users: std::ops::Range<usize>) {
        let mut text = "user_id,email,name\n".to_owned();
        for user in users {
            writeln!(text, "u{user:05},u{user:05}@example.org,Owner {user}").unwrap();
        }
        self.write("rooms.csv", &text);
    }

    pub fn script(&self, script: &str) {
        self.sandbox.set_faults(script.parse().unwrap());
    }

    pub fn command(&self, args: &[&str]) -> Command {
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

    /// Starts the program, with what it says behind what stands in `log`; whoever calls ends it.
    pub fn start(&self, args: &[&str]) -> Child {
        let log = fs::OpenOptions::new().create(true).append(true).open(self.path("log")).unwrap();
        self.command(args).stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap()
    }

    /// Runs a job to its end, and answers with the run as `show` tells it.
    #[track_caller]
    pub fn run_job(&self, job: &str, code: i32) -> Run {
        let ran = self.run(&["run", job, "--json"]);
        assert_eq!(ran.code, code, "{ran:?}");
        self.show(ran.json()["run"]["run"].as_str().unwrap())
    }

    pub fn show(&self, run: &str) -> Run {
        Run(self.run(&["show", run, "--json"]).json())
    }

    /// The rooms by their owners.
    pub fn rooms(&self) -> BTreeMap<String, RoomState> {
        self.sandbox.snapshot().rooms.into_iter().map(|room| (room.user_id.clone(), room)).collect()
    }

    /// What was done, of that kind.
    pub fn effects(&self, kind: EffectKind) -> Vec<Effect> {
        self.sandbox.effects().into_iter().filter(|effect| effect.kind == kind).collect()
    }

    /// How many requests there were that may change a room.
    pub fn writes(&self) -> u64 {
        self.sandbox.requests().iter().filter(|(route, _)| route.starts_with("PATCH ")).map(|(_, n)| n).sum()
    }

    /// The mails that were sent, each with its receiver.
    pub fn mails(&self) -> Vec<(String, String)> {
        let Ok(folder) = fs::read_dir(self.path("state/mail")) else { return Vec::new() };
        let mails =
            folder.map(|entry| entry.unwrap().path()).filter(|path| path.extension().is_some_and(|e| e == "eml"));
        let mail = |path| {
            let text = fs::read_to_string(path).unwrap();
            let to = text.lines().find_map(|line| line.strip_prefix("To: ")).unwrap().trim().to_owned();
            // Soft line breaks of quoted-printable.
            (to, text.replace("=\r\n", "").replace("\r\n", "\n"))
        };
        mails.map(mail).collect()
    }

    /// The mails to those who look after the jobs.
    pub fn summaries(&self) -> Vec<String> {
        self.mails().into_iter().filter(|(to, _)| to == "it@example.org").map(|(_, text)| text).collect()
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

    #[track_caller]
    pub fn expect(&self, code: i32, words: &str) {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.out.contains(words) || self.err.contains(words), "no {words:?} in {self:?}");
    }
}

/// A run as `show --json` tells it.
#[derive(Debug)]
pub struct Run(pub Value);

impl Run {
    pub fn id(&self) -> &str {
        self.0["run"]["run"].as_str().unwrap()
    }

    pub fn outcome(&self) -> &str {
        self.0["run"]["outcome"].as_str().unwrap()
    }

    /// Why it was refused or stopped.
    pub fn error(&self) -> &str {
        self.0["run"]["error"].as_str().unwrap_or_default()
    }

    /// How its items add up: `reset 3, skipped 1`.
    pub fn counts(&self) -> String {
        let counts = self.0["run"]["counts"].as_object().unwrap();
        counts.iter().map(|(status, n)| format!("{status} {n}")).collect::<Vec<_>>().join(", ")
    }

    pub fn items(&self) -> &Vec<Value> {
        self.0["items"].as_array().unwrap()
    }

    /// The one item of that line of the list.
    #[track_caller]
    pub fn line(&self, line: u64) -> &Value {
        self.items().iter().find(|item| item["line"] == line).unwrap_or_else(|| panic!("no line {line}: {self:?}"))
    }
}

/// Waits until it is so.
#[track_caller]
pub fn wait_for(mut what: impl FnMut() -> bool) {
    let late = Instant::now() + Duration::from_mins(1);
    while !what() {
        assert!(Instant::now() < late, "it did not come to pass within a minute");
        std::thread::sleep(Duration::from_millis(1));
    }
}
