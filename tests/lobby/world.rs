//! A world of meetings with lobbies: a sandbox on a thread of its own, a folder with a configuration, and the program.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use roomkeeper::sandbox::{EffectKind, MeetingState, Options, Sandbox};
use serde_json::Value;
use tokio::sync::oneshot;

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

/// What a run brought about: its account, and the writes that reached the server (POST, PATCH, DELETE).
#[derive(Debug)]
pub struct Refreshed {
    pub code: i32,
    pub run: Value,
    pub sent: [u64; 3],
}

/// Every sort of fault, each request with one chance in ten.
pub const LOSSES: &str = "seed = 5
[[fault]]
kind = ['reset_before', 'reset_after', 'http_500_before', 'http_500_after', 'truncated_json', 'cut_reply',
        'html_502_before', 'html_502_after', 'empty_result_0_before', 'empty_result_0_after']
probability = 0.1";

impl World {
    /// A world with so many meetings to come, in which nothing goes wrong.
    pub fn with_upcoming(upcoming: usize) -> Self {
        Self::with(Options { upcoming, users: 10, ..Options::default() })
    }

    /// A world with such a sandbox.
    pub fn with(options: Options) -> Self {
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
        Self { folder: tempfile::tempdir().unwrap(), sandbox, stop: Some(stop), thread: Some(thread) }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the configuration: one job with these keys.
    pub fn configure(&self, job: &str) {
        self.configure_for(&self.sandbox.base_url(), job);
    }

    /// The same with another server than the sandbox.
    pub fn configure_for(&self, base_url: &str, job: &str) {
        let text = format!(
            "timezone = 'Europe/Berlin'\n\
             [api]\nbase_url = '{base_url}'\napp_id = 'sandbox'\napp_key = {{ env = 'APP_KEY' }}\n\
             timeout = '500ms'\nrate_limit = 'none'\nmax_in_flight = 64\nmax_attempts = 8\n\
             [state]\ndirectory = 'state'\n\
             [mail]\nto = ['it@example.org']\non = 'always'\n\
             [refresh_lobby.lectures]\nabort_after = 100\n{job}\n"
        );
        fs::write(self.path("config.toml"), text).unwrap();
    }

    /// Writes a file into the folder.
    pub fn write(&self, name: &str, content: &str) {
        fs::write(self.path(name), content).unwrap();
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
            .stdin(Stdio::null());
        command
    }

    /// Runs the program to its end.
    pub fn command_ran(&self, args: &[&str]) -> Ran {
        let output = self.command(args).output().unwrap();
        Ran {
            code: output.status.code().unwrap_or(-1),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts a run of the job; whoever calls ends it.
    pub fn start(&self) -> Child {
        self.command(&["run", "lectures"]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
    }

    /// Runs the job to its end.
    pub fn refresh(&self) -> Refreshed {
        self.refreshed(&["run", "lectures", "--json"])
    }

    /// The same by another command that answers with a run.
    pub fn refreshed(&self, args: &[&str]) -> Refreshed {
        let before = self.writes();
        let ran = self.command_ran(args);
        let after = self.writes();
        let answer = ran.json();
        let answer = answer.as_array().and_then(|runs| runs.last()).unwrap_or(&answer).clone();
        Refreshed { code: ran.code, run: answer["run"].clone(), sent: [0, 1, 2].map(|at| after[at] - before[at]) }
    }

    /// The items of a run.
    pub fn items(&self, run: &Value) -> Vec<Value> {
        let shown = self.command_ran(&["show", run["run"].as_str().unwrap(), "--json"]).json();
        shown["items"].as_array().unwrap().clone()
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

    /// How many effects there were on lobbies: added, updated, removed.
    pub fn effects(&self) -> [usize; 3] {
        let effects = self.sandbox.effects();
        [EffectKind::LobbyAdded, EffectKind::LobbyUpdated, EffectKind::LobbyRemoved]
            .map(|kind| effects.iter().filter(|effect| effect.kind == kind).count())
    }

    /// The effects on lobbies by meeting, in their order.
    pub fn effects_by_meeting(&self) -> BTreeMap<String, Vec<EffectKind>> {
        let mut by_meeting = BTreeMap::<_, Vec<_>>::new();
        for effect in self.sandbox.effects().into_iter().filter(|effect| effect.meeting_id.is_some()) {
            by_meeting.entry(effect.meeting_id.unwrap()).or_default().push(effect.kind);
        }
        by_meeting
    }

    /// Sends a form past the program, as somebody else would.
    pub fn put_lobby(&self, method: &str, meeting: &str, fields: &[(&'static str, &'static str)]) {
        let form = fields.iter().fold(reqwest::multipart::Form::new(), |form, (name, value)| form.text(*name, *value));
        self.ask(method, &format!("/meetings/{meeting}/lobby"), |request| request.multipart(form));
    }

    /// Cancels a meeting past the program.
    pub fn cancel(&self, meeting: &str) {
        self.ask("DELETE", &format!("/meetings/{meeting}"), |request| request);
    }

    fn ask(&self, method: &str, path: &str, with: impl FnOnce(reqwest::RequestBuilder) -> reqwest::RequestBuilder) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let url = format!("{}{path}", self.sandbox.base_url());
        let method = method.parse::<reqwest::Method>().unwrap();
        runtime.block_on(async {
            let client = reqwest::Client::builder().no_proxy().build().unwrap();
            let request = client.request(method, url).basic_auth("sandbox", Some("sandbox-key"));
            let reply = with(request.header("X-App-Type", "vc")).send().await.unwrap();
            assert!(reply.status().is_success(), "{reply:?}");
        });
    }

    /// The mails, in the order they were written.
    pub fn mails(&self) -> Vec<String> {
        let mut paths: Vec<_> =
            fs::read_dir(self.path("state/mail")).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
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
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Refreshed {
    /// Fails unless the run succeeded and its items add up to just this.
    #[track_caller]
    pub fn expect(&self, counts: &[(&str, u64)]) {
        let expected: Value = counts.iter().map(|(status, n)| ((*status).to_owned(), Value::from(*n))).collect();
        assert_eq!((self.code, &self.run["counts"]), (0, &expected), "{self:?}");
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
