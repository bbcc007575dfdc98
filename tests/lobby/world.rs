//! A world of meetings with lobbies.

use std::collections::BTreeMap;
use std::fs;
use std::process::Child;

use roomkeeper::sandbox::{EffectKind, Options};
use serde_json::Value;

use super::ground::Ground;
pub use super::ground::wait_for;

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

/// Meetings with lobbies.
pub struct World(Ground);

impl std::ops::Deref for World {
    type Target = Ground;

    fn deref(&self) -> &Ground {
        &self.0
    }
}

impl World {
    /// A world with so many meetings to come, in which nothing goes wrong.
    pub fn with_upcoming(upcoming: usize) -> Self {
        Self::with(Options { upcoming, users: 10, ..Options::default() })
    }

    /// A world with such a sandbox.
    pub fn with(options: Options) -> Self {
        Self(Ground::with(options))
    }

    /// Writes the configuration: one job with these keys.
    pub fn configure(&self, job: &str) {
        self.configure_for(&self.sandbox.base_url(), job);
    }

    /// The same with another server than the sandbox.
    pub fn configure_for(&self, base_url: &str, job: &str) {
        let api = "timeout = '500ms'\nmax_in_flight = 64\nmax_attempts = 8";
        self.configure_with(base_url, api, &format!("[refresh_lobby.lectures]\nabort_after = 100\n{job}"));
    }

    /// Starts a run of the job; whoever calls ends it.
    pub fn start_refresh(&self) -> Child {
        self.start(&["run", "lectures"])
    }

    /// Runs the job to its end.
    pub fn refresh(&self) -> Refreshed {
        self.refreshed(&["run", "lectures", "--json"])
    }

    /// The same by another command that answers with a run.
    pub fn refreshed(&self, args: &[&str]) -> Refreshed {
        let (sent, ran) = self.writes_of(|| self.run(args));
        let answer = ran.json();
        let answer = answer.as_array().and_then(|runs| runs.last()).unwrap_or(&answer).clone();
        Refreshed { code: ran.code, run: answer["run"].clone(), sent }
    }

    /// The items of a run.
    pub fn items(&self, run: &Value) -> Vec<Value> {
        let shown = self.run(&["show", run["run"].as_str().unwrap(), "--json"]).json();
        shown["items"].as_array().unwrap().clone()
    }

    /// How many effects there were on lobbies: added, updated, removed.
    pub fn lobby_effects(&self) -> [usize; 3] {
        [EffectKind::LobbyAdded, EffectKind::LobbyUpdated, EffectKind::LobbyRemoved]
            .map(|kind| self.effects(kind).len())
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
        self.ask_with(method, &format!("/meetings/{meeting}/lobby"), |request| request.multipart(form));
    }

    /// Cancels a meeting past the program.
    pub fn cancel(&self, meeting: &str) {
        self.ask("DELETE", &format!("/meetings/{meeting}"), &Value::Null);
    }

    /// The mails, in the order they were written.
    pub fn mails(&self) -> Vec<String> {
        let mut paths: Vec<_> =
            fs::read_dir(self.path("state/mail")).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
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
