//! A guest of the sandbox: a bare HTTP client with the right headers, which knows nothing of the API.

use reqwest::{Client, Method, RequestBuilder};
use roomkeeper::sandbox::{Clock, Options, Sandbox, Slips};
use serde_json::{Value, json};

/// Friday, 2027-01-15 08:00:00 UTC: where the sandbox's clock stands in these tests.
pub const NOW_MILLIS: i64 = 1_800_000_000_000;

/// A sandbox and the way to it.
pub struct Guest {
    pub sandbox: Sandbox,
    http: Client,
}

/// A reply: the HTTP status, and the body, `Null` where it is no JSON.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub body: Value,
}

/// Options without slips, by a clock that stands still.
pub fn plain() -> Options {
    Options { users: 3, slips: Slips::None, clock: Clock::from_fn(|| NOW_MILLIS), ..Options::default() }
}

impl Guest {
    pub async fn of(options: Options) -> Self {
        // Each request has a connection of its own, so that a fault spoils no other.
        let http = Client::builder()
            .pool_max_idle_per_host(0)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self { sandbox: Sandbox::start(options).await.unwrap(), http }
    }

    /// A request to a path below the base URL.
    pub fn ask(&self, method: &str, path: &str) -> RequestBuilder {
        self.ask_as("vc", method, path)
    }

    /// The same, as another type of application.
    pub fn ask_as(&self, app: &str, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        let request = self.http.request(method, format!("{}{path}", self.sandbox.base_url()));
        request.basic_auth("sandbox", Some("sandbox-key")).header("X-App-Type", app)
    }

    /// A request without headers to a path outside the API.
    pub fn outside(&self, method: &str, path: &str) -> RequestBuilder {
        let method = Method::from_bytes(method.as_bytes()).unwrap();
        self.http.request(method, format!("http://{}{path}", self.sandbox.address()))
    }

    pub async fn get(&self, path: &str) -> Answer {
        send(self.ask("GET", path)).await
    }

    pub async fn send(&self, method: &str, path: &str, body: Value) -> Answer {
        send(self.ask(method, path).json(&body)).await
    }

    /// Schedules a meeting like [`meeting`] with `changes`, and returns its id.
    pub async fn schedule(&self, changes: Value) -> String {
        let answer = self.send("POST", "/meetings", meeting(changes)).await;
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body["meeting"]["meeting_id"].as_str().unwrap().to_owned()
    }

    pub fn script(&self, script: &str) {
        self.sandbox.set_faults(script.parse().unwrap());
    }
}

pub async fn send(request: RequestBuilder) -> Answer {
    let response = request.send().await.unwrap();
    let status = response.status().as_u16();
    let body = response.bytes().await.unwrap();
    Answer { status, body: serde_json::from_slice(&body).unwrap_or(Value::Null) }
}

impl Answer {
    /// The result code, in whichever form.
    pub fn code(&self) -> i64 {
        let result = &self.body["result"];
        result.as_i64().or_else(|| result.as_str()?.parse().ok()).unwrap_or_else(|| panic!("no result in {self:?}"))
    }
}

/// A meeting that can be scheduled, with `changes` laid over it.
pub fn meeting(changes: Value) -> Value {
    let mut meeting = json!({
        "room_name": "Lecture on knots", "start_time": "2027-02-01 10:00:00", "timezone_id": "1000",
        "duration": 60, "moderators": 1, "participants": 30,
    });
    let Value::Object(changes) = changes else { panic!("changes are an object") };
    meeting.as_object_mut().unwrap().extend(changes);
    meeting
}
