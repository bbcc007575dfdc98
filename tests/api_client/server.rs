//! A server that answers each request with the next step of a script, and keeps what it was asked.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use roomkeeper::api::{Client, ClientSettings};
use roomkeeper::clock::{ManualClock, Timestamp};
use roomkeeper::model::{AppType, MeetingDraft, MeetingId, RoomId, UserId};
use secrecy::SecretString;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

/// One thing that the server does once it has read a request.
#[derive(Clone)]
pub enum Step {
    /// Sends these bytes and keeps the connection.
    Send(Vec<u8>),
    /// Sends these bytes and closes the connection.
    SendAndClose(Vec<u8>),
    /// Sends these bytes and resets the connection.
    SendAndReset(Vec<u8>),
    /// Sends these bytes and then nothing more, while the connection stays open.
    SendAndStall(Vec<u8>),
    /// Sends these bytes, and then zeros for as long as the client reads.
    Flood(Vec<u8>),
    /// Sends these bytes after the gate has let it through.
    SendWhenLet(Vec<u8>, Arc<Semaphore>),
}

impl Step {
    /// A timeout for a client that meets this step: short only where it must pass.
    pub fn patience(&self) -> Duration {
        Duration::from_secs(if matches!(self, Self::SendAndStall(_)) { 2 } else { 20 })
    }
}

/// A request as it came.
#[derive(Debug, Clone)]
pub struct Asked {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Asked {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }
}

pub struct Server {
    pub address: std::net::SocketAddr,
    asked: Arc<Mutex<Vec<Asked>>>,
    count: watch::Receiver<usize>,
    accepting: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

impl Server {
    pub async fn with(steps: impl IntoIterator<Item = Step>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let script = Arc::new(Mutex::new(steps.into_iter().collect::<VecDeque<_>>()));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (counter, count) = watch::channel(0);
        let counter = Arc::new(counter);
        let kept = asked.clone();
        let accepting = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, script.clone(), kept.clone(), counter.clone()));
            }
        });
        Self { address, asked, count, accepting }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }

    pub fn lines(&self) -> Vec<String> {
        self.asked().iter().map(Asked::line).collect()
    }

    /// The only request that came.
    pub fn only(&self) -> Asked {
        let mut asked = self.asked();
        assert_eq!(asked.len(), 1, "{:?}", self.lines());
        asked.remove(0)
    }

    /// Waits until so many requests have come.
    pub async fn came(&self, number: usize) {
        self.count.clone().wait_for(|count| *count >= number).await.unwrap();
    }

    pub fn settings(&self) -> ClientSettings {
        settings(&format!("http://{}/v1", self.address))
    }

    pub fn client(&self) -> Client {
        client(&self.settings())
    }
}

async fn serve(
    mut stream: TcpStream,
    script: Arc<Mutex<VecDeque<Step>>>,
    asked: Arc<Mutex<Vec<Asked>>>,
    counter: Arc<watch::Sender<usize>>,
) {
    while let Some(request) = read(&mut stream).await {
        asked.lock().unwrap().push(request);
        counter.send_modify(|count| *count += 1);
        let step = script.lock().unwrap().pop_front();
        match step.unwrap_or_else(|| answer(599, "", "not in the script")) {
            Step::Send(bytes) => stream.write_all(&bytes).await.unwrap_or_default(),
            Step::SendWhenLet(bytes, gate) => {
                gate.acquire().await.unwrap().forget();
                stream.write_all(&bytes).await.unwrap_or_default();
            }
            Step::SendAndClose(bytes) => {
                stream.write_all(&bytes).await.unwrap_or_default();
                return;
            }
            Step::SendAndReset(bytes) => {
                stream.write_all(&bytes).await.unwrap_or_default();
                stream.set_zero_linger().unwrap();
                return;
            }
            Step::SendAndStall(bytes) => {
                stream.write_all(&bytes).await.unwrap_or_default();
                // Until the other side gives up.
                let _ = stream.read(&mut [0; 1]).await;
                return;
            }
            Step::Flood(bytes) => {
                stream.write_all(&bytes).await.unwrap_or_default();
                let zeros = vec![b'0'; 1 << 16];
                while stream.write_all(&zeros).await.is_ok() {}
                return;
            }
        }
    }
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8(bytes[..head].to_vec()).unwrap();
    let mut lines = text.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let headers: Vec<_> =
        lines.filter_map(|line| line.split_once(": ")).map(|(key, value)| (key.to_owned(), value.to_owned())).collect();
    let mut asked = Asked {
        method: first.next()?.to_owned(),
        target: first.next()?.to_owned(),
        headers,
        body: bytes.split_off(head + 4),
    };
    assert_eq!(asked.header("transfer-encoding"), None, "the length of every body is known");
    let length = asked.header("content-length").map_or(0, |length| length.parse().unwrap());
    while asked.body.len() < length {
        if stream.read_buf(&mut asked.body).await.ok()? == 0 {
            return None;
        }
    }
    Some(asked)
}

/// A whole answer; `headers` are lines that end in CR LF.
pub fn answer(status: u16, headers: &str, body: &str) -> Step {
    Step::Send(bytes(status, headers, body))
}

pub fn bytes(status: u16, headers: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} Reason\r\n{headers}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

pub fn ok(body: &str) -> Step {
    answer(200, "Content-Type: application/json\r\n", body)
}

pub fn settings(base_url: &str) -> ClientSettings {
    ClientSettings {
        base_url: base_url.to_owned(),
        app_id: "our-app".to_owned(),
        app_key: SecretString::from("our-key"),
        app_type: AppType::VideoConference,
        timeout: Duration::from_secs(20),
        max_in_flight: 8,
        rate_limit: None,
        max_attempts: 2,
        tls_ca: None,
        proxy: None,
    }
}

pub fn client(settings: &ClientSettings) -> Client {
    let now = Timestamp::from_api("2026-11-23 14:05:00").unwrap();
    Client::new(settings, Arc::new(ManualClock::new(now))).unwrap()
}

pub fn draft() -> MeetingDraft {
    MeetingDraft {
        user_id: None,
        room_name: "Biology".to_owned(),
        desc: None,
        start: Timestamp::from_api("2027-02-01 09:00:00").unwrap(),
        timezone_id: "17".to_owned(),
        duration_min: 60,
        moderators: 1,
        participants: 30,
        wait_for_moderator: None,
        knock: None,
        auto_recording: None,
        send_mail: None,
        invitees: roomkeeper::model::Invitees::default(),
    }
}

pub fn meeting_id(id: &str) -> MeetingId {
    MeetingId::new(id).unwrap()
}

pub fn room_id(id: &str) -> RoomId {
    RoomId::new(id).unwrap()
}

pub fn user_id(id: &str) -> UserId {
    UserId::new(id).unwrap()
}
