//! A world of rooms, and the list that names them.

use std::fmt::Write as _;
use std::fs;

use roomkeeper::sandbox::Options;
use serde_json::Value;

use super::ground::Ground;
pub use super::ground::wait_for;

/// One request in ten goes wrong.
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
kind = ['reset_before', 'http_500_before', 'truncated_json', 'html_502_before', 'cut_reply', 'empty_result_0_before']
probability = 0.1
";

/// Rooms, and the list that names them.
pub struct World(Ground);

impl std::ops::Deref for World {
    type Target = Ground;

    fn deref(&self) -> &Ground {
        &self.0
    }
}

impl World {
    /// A world of so many users, with these jobs.
    pub fn new(users: usize, jobs: &str) -> Self {
        let world = Self(Ground::with(Options { users, ..Options::default() }));
        world.configure(jobs);
        world
    }

    /// Writes the configuration, with short patience: much is lost here.
    pub fn configure(&self, jobs: &str) {
        self.configure_with(&self.sandbox.base_url(), "timeout = '300ms'", jobs);
    }

    /// Writes `rooms.csv`: the rooms of these users, each with an owner's address.
    pub fn list(&self, users: std::ops::Range<usize>) {
        let mut text = "user_id,email,name\n".to_owned();
        for user in users {
            writeln!(text, "u{user:05},u{user:05}@example.org,Owner {user}").unwrap();
        }
        self.write("rooms.csv", &text);
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

    /// How many requests there were that may change a room.
    pub fn updates(&self) -> u64 {
        self.writes()[1]
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
