//! The ground that a job's world stands on: a sandbox on a thread of its own, whose clock can be set; a folder with a
//! configuration; the program. What only one kind of job needs, its own world adds.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use roomkeeper::clock::{Clock as _, SystemClock};
use roomkeeper::sandbox::{Clock, Effect, EffectKind, MeetingState, Options, RoomState, Sandbox};
use serde_json::Value;
use tokio::sync::oneshot;

/// A sandbox, a folder and the program.
pub struct Ground {
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

impl Ground {
    /// With such a sandbox, whose clock is the ground's.
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
        fs::create_dir(folder.path().join("tmp")).unwrap();
        Self { folder, sandbox, skew, stop: Some(stop), thread: Some(thread) }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        fs::write(self.path(name), content).unwrap();
    }

    /// Writes the configuration: `jobs` behind what every test needs. They may begin with keys of `[mail]`.
    pub fn configure(&self, jobs: &str) {
        self.configure_with(&self.sandbox.base_url(), "timeout = '500ms'", jobs);
    }

    /// The same with another server than the sandbox, and with these keys of `[api]`.
    pub fn configure_with(&self, base_url: &str, api: &str, jobs: &str) {
        let text = format!(
            "timezone = 'Europe/Berlin'\n\
             [api]\nbase_url = '{base_url}'\napp_id = 'sandbox'\napp_key = {{ env = 'APP_KEY' }}\n\
             rate_limit = 'none'\n{api}\n\
             [state]\ndirectory = 'state'\n\
             [mail]\nto = ['it@example.org']\non = 'always'\n{jobs}\n"
        );
        self.write("config.toml", text);
    }

    /// Moves the sandbox's clock.
    pub fn set_skew_minutes(&self, minutes: i64) {
        self.skew.store(minutes * 60_000, Ordering::Relaxed);
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

    /// Runs a command again and again, and kills it each time at a moment of its own: after so many more requests came as the
    /// seed says, `most` of them at most. Ends when it has been killed so often, or when it came to its own end. Tells how often
    /// it was killed.
    pub fn kill_at_random(&self, args: &[&str], kills: u32, most: u64, seed: u64) -> u32 {
        let mut state = seed;
        for killed in 0..kills {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let until = self.requested() + (state >> 33) % most;
            let mut child = self.start(args);
            let mut ended = None;
            wait_for(|| {
                ended = child.try_wait().unwrap();
                ended.is_some() || self.requested() >= until
            });
            child.kill().unwrap();
            child.wait().unwrap();
            if ended.is_some() {
                return killed;
            }
        }
        kills
    }

    /// How many requests have come.
    pub fn requested(&self) -> u64 {
        self.sandbox.requests().values().sum()
    }

    /// Every meeting that is on the server and not cancelled.
    pub fn meetings(&self) -> Vec<MeetingState> {
        self.sandbox.snapshot().meetings.into_iter().filter(|meeting| !meeting.cancelled).collect()
    }

    /// The rooms by their owners.
    pub fn rooms(&self) -> BTreeMap<String, RoomState> {
        self.sandbox.snapshot().rooms.into_iter().map(|room| (room.user_id.clone(), room)).collect()
    }

    /// What was done, of that kind.
    pub fn effects(&self, kind: EffectKind) -> Vec<Effect> {
        self.sandbox.effects().into_iter().filter(|effect| effect.kind == kind).collect()
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

    /// Sends a request past the program, as somebody else would; answers with its JSON.
    pub fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        self.ask_with(method, path, |request| request.json(body))
    }

    /// The same with a body of another sort.
    pub fn ask_with(
        &self,
        method: &str,
        path: &str,
        with: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder,
    ) -> Value {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let url = format!("{}{path}", self.sandbox.base_url());
        let method = method.parse::<reqwest::Method>().unwrap();
        runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let request = client.request(method, url).basic_auth("sandbox", Some("sandbox-key"));
            let text = with(request.header("X-App-Type", "vc")).send().await.unwrap().text().await.unwrap();
            serde_json::from_str(&text).unwrap_or(Value::Null)
        })
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Ran {
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    #[track_caller]
    pub fn expect(&self, code: i32, words: &str) {
        assert_eq!(self.code, code, "{self:?}");
        assert!(self.out.contains(words) || self.err.contains(words), "no {words:?} in {self:?}");
    }
}

/// Waits until it is so. A run over hundreds of rooms that lost replies settle one after the other may take a minute by itself.
#[track_caller]
pub fn wait_for(mut what: impl FnMut() -> bool) {
    let late = Instant::now() + Duration::from_mins(3);
    while !what() {
        assert!(Instant::now() < late, "it did not come to pass within three minutes");
        std::thread::sleep(Duration::from_millis(1));
    }
}
