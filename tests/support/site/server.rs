//! Looks into the server of a site: what it has, and what it was asked for. Tests also change it here past the program.

use std::collections::BTreeMap;
use std::ops::Sub;

use roomkeeper::sandbox::{Effect, EffectKind, MeetingState, RoomState};
use serde_json::Value;

use super::{KEY, Site};

/// The number of requests that write, by method.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Writes {
    pub posts: u64,
    pub patches: u64,
    pub deletes: u64,
}

impl Writes {
    pub const NONE: Self = Self { posts: 0, patches: 0, deletes: 0 };

    pub fn posts(posts: u64) -> Self {
        Self { posts, ..Self::NONE }
    }

    pub fn patches(patches: u64) -> Self {
        Self { patches, ..Self::NONE }
    }

    pub fn deletes(deletes: u64) -> Self {
        Self { deletes, ..Self::NONE }
    }

    pub fn total(self) -> u64 {
        self.posts + self.patches + self.deletes
    }
}

impl Sub for Writes {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self {
            posts: self.posts - other.posts,
            patches: self.patches - other.patches,
            deletes: self.deletes - other.deletes,
        }
    }
}

impl Site {
    /// This goes wrong from now on.
    pub fn script(&self, script: &str) {
        self.sandbox.set_faults(script.parse().unwrap());
    }

    /// Every meeting that is on the server and not cancelled.
    pub fn meetings(&self) -> Vec<MeetingState> {
        self.sandbox.snapshot().meetings.into_iter().filter(|meeting| !meeting.cancelled).collect()
    }

    /// The rooms by their owners.
    pub fn rooms(&self) -> BTreeMap<String, RoomState> {
        self.sandbox.snapshot().rooms.into_iter().map(|room| (room.user_id.clone(), room)).collect()
    }

    /// Lists the effects of that kind.
    pub fn effects(&self, kind: EffectKind) -> Vec<Effect> {
        self.sandbox.effects().into_iter().filter(|effect| effect.kind == kind).collect()
    }

    /// Counts the requests that have come.
    pub fn requested(&self) -> u64 {
        self.sandbox.requests().values().sum()
    }

    /// Counts those of them that write, by method.
    pub fn writes(&self) -> Writes {
        let requests = self.sandbox.requests();
        let by = |method| requests.iter().filter(|(route, _)| route.starts_with(method)).map(|(_, n)| n).sum();
        Writes { posts: by("POST "), patches: by("PATCH "), deletes: by("DELETE ") }
    }

    /// The writes that `what` brings about.
    pub fn writes_of<T>(&self, what: impl FnOnce() -> T) -> (Writes, T) {
        let before = self.writes();
        let value = what();
        (self.writes() - before, value)
    }

    /// Sends a request past the program, as another client would; answers with its JSON.
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
            let request = client.request(method, url).basic_auth("sandbox", Some(KEY));
            let text = with(request.header("X-App-Type", "vc")).send().await.unwrap().text().await.unwrap();
            serde_json::from_str(&text).unwrap_or(Value::Null)
        })
    }
}
