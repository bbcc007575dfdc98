//! A site whose one job looks after the lobbies of meetings, and what a run of it brought about.

use std::collections::BTreeMap;

use roomkeeper::sandbox::{EffectKind, Options};
use serde_json::Value;

use crate::site::{Running, Site, Writes};

/// The account of a run, and the writes that reached the server.
#[derive(Debug)]
pub struct Refreshed {
    pub code: i32,
    pub run: Value,
    pub sent: Writes,
}

/// Every sort of fault, each request with one chance in ten.
pub const LOSSES: &str = "seed = 5
[[fault]]
kind = ['reset_before', 'reset_after', 'http_500_before', 'http_500_after', 'truncated_json', 'cut_reply',
        'html_502_before', 'html_502_after', 'empty_result_0_before', 'empty_result_0_after']
probability = 0.1";

/// The numbers of lobbies that were added, updated and removed on the server.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LobbyEffects {
    pub added: usize,
    pub updated: usize,
    pub removed: usize,
}

/// Nothing was done to a lobby.
pub const NO_EFFECTS: LobbyEffects = LobbyEffects { added: 0, updated: 0, removed: 0 };

/// A site with so many meetings to come, in which nothing goes wrong.
pub fn with_upcoming(upcoming: usize) -> Site {
    with(Options { upcoming, users: 10, ..Options::default() })
}

/// A site with such a sandbox.
pub fn with(options: Options) -> Site {
    let api = "timeout = '500ms'\nmax_in_flight = 64\nmax_attempts = 8";
    Site::builder().sandbox(options).reporting().api(api).build("")
}

/// The job, with these keys.
pub fn job(keys: &str) -> String {
    format!("[refresh_lobby.lectures]\nabort_after = 100\n{keys}")
}

impl Site {
    /// Writes the configuration: one job with these keys.
    pub fn configure_job(&self, keys: &str) {
        self.configure(&job(keys));
    }

    /// Starts a run of the job.
    pub fn start_refresh(&self) -> Running {
        self.start("run", &["run", "lectures"])
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

    /// Counts the effects on lobbies.
    pub fn lobby_effects(&self) -> LobbyEffects {
        let of = |kind| self.effects(kind).len();
        LobbyEffects {
            added: of(EffectKind::LobbyAdded),
            updated: of(EffectKind::LobbyUpdated),
            removed: of(EffectKind::LobbyRemoved),
        }
    }

    /// The effects on lobbies by meeting, in their order.
    pub fn effects_by_meeting(&self) -> BTreeMap<String, Vec<EffectKind>> {
        let mut by_meeting = BTreeMap::<_, Vec<_>>::new();
        for effect in self.sandbox.effects().into_iter().filter(|effect| effect.meeting_id.is_some()) {
            by_meeting.entry(effect.meeting_id.unwrap()).or_default().push(effect.kind);
        }
        by_meeting
    }

    /// Sends a form past the program, as another client would.
    pub fn put_lobby(&self, method: &str, meeting: &str, fields: &[(&'static str, &'static str)]) {
        let form = fields.iter().fold(reqwest::multipart::Form::new(), |form, (name, value)| form.text(*name, *value));
        self.ask_with(method, &format!("/meetings/{meeting}/lobby"), |request| request.multipart(form));
    }

    /// Cancels a meeting past the program.
    pub fn cancel(&self, meeting: &str) {
        self.ask("DELETE", &format!("/meetings/{meeting}"), &Value::Null);
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
