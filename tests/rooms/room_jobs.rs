//! A site with permanent rooms, the list that names them, and a run of a job about them.

use std::fmt::Write as _;

use serde_json::Value;

use crate::site::Site;

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

/// A site of so many users, with these jobs. Its patience is short: much is lost here.
pub fn with_rooms(users: usize, jobs: &str) -> Site {
    Site::builder().users(users).reporting().api("timeout = '300ms'").build(jobs)
}

impl Site {
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

    /// Counts the requests that may change a room.
    pub fn updates(&self) -> u64 {
        self.writes().patches
    }

    /// The mails that were sent, each with its receiver.
    pub fn addressed_mails(&self) -> Vec<(String, String)> {
        let addressed = |text: String| {
            let to = text.lines().find_map(|line| line.strip_prefix("To: ")).unwrap().trim().to_owned();
            // Soft line breaks of quoted-printable.
            (to, text.replace("=\r\n", "").replace("\r\n", "\n"))
        };
        self.mails().into_iter().map(addressed).collect()
    }

    /// The mails to those who look after the jobs.
    pub fn summaries(&self) -> Vec<String> {
        self.addressed_mails().into_iter().filter(|(to, _)| to == "it@example.org").map(|(_, text)| text).collect()
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

    /// Reads the reason why it was refused or stopped.
    pub fn error(&self) -> &str {
        self.0["run"]["error"].as_str().unwrap_or_default()
    }

    /// Adds up its items: `reset 3, skipped 1`.
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
