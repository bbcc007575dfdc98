//! A reply of the API: whatever a server says, with any status, each call ends in a value or in a failure with words; a value is
//! about what was asked for, and comes with a status of success alone.

use std::sync::Arc;
use std::time::Duration;

use roomkeeper::api::{Client, ClientSettings, Failure, ListQuery, Reply};
use roomkeeper::clock::{ManualClock, Timestamp};
use roomkeeper::model::{AppType, MeetingId, PinSelection, RoomId};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// The ids that are asked for; seeds name them.
const MEETING: &str = "m1";
const ROOM: &str = "r1";
const STATUSES: [u16; 8] = [200, 201, 204, 302, 401, 404, 406, 500];
const KEY: &str = "the-key-of-this-client-77e0";

/// The first byte chooses the status; the rest is the body of every answer.
pub fn check(bytes: &[u8]) {
    let Some((first, body)) = bytes.split_first() else { return };
    let status = STATUSES[usize::from(*first) % STATUSES.len()];
    let mut answer = format!(
        "HTTP/1.1 {status} Reason\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    )
    .into_bytes();
    answer.extend_from_slice(body);
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    runtime.block_on(async {
        let Ok(listener) = TcpListener::bind("127.0.0.1:0").await else { return };
        let Ok(address) = listener.local_addr() else { return };
        tokio::spawn(serve(listener, Arc::new(answer)));
        ask(&format!("http://{address}/v1"), status).await;
    });
}

async fn ask(base_url: &str, status: u16) {
    let settings = ClientSettings {
        base_url: base_url.to_owned(),
        app_id: "our-app".to_owned(),
        app_key: KEY.into(),
        app_type: AppType::VideoConference,
        timeout: Duration::from_secs(5),
        max_in_flight: 8,
        rate_limit: None,
        max_attempts: 1,
        tls_ca: None,
        proxy: None,
    };
    let clock = Arc::new(ManualClock::new(Timestamp::from_seconds(1_795_000_000)));
    let (Ok(client), Some(meeting), Some(room)) =
        (Client::new(&settings, clock), MeetingId::new(MEETING), RoomId::new(ROOM))
    else {
        return;
    };
    told(&client.list(&ListQuery::default(), 1, 100).await, status);
    told(&client.timezones().await, status);
    told(&client.own_room().await, status);
    told(&client.cancel(&meeting).await, status);
    told(&client.delete_lobby(&meeting).await, status);
    // No lobby is told by 404, too.
    let lobby = client.lobby(&meeting).await;
    if status != 404 {
        told(&lobby, status);
    }
    let one = client.meeting(&meeting).await;
    told(&one, status);
    if let Ok(reply) = one {
        assert_eq!(reply.value.meeting_id, meeting, "a reply about another meeting was taken for this one's");
    }
    let reset = client.reset_pins(&room, PinSelection { moderator: true, participant: true }).await;
    told(&reset, status);
    if let Ok(reply) = reset {
        assert_eq!(reply.value.room_id, room, "a reply about another room was taken for this one's");
    }
}

/// Fails where a call ended as none may.
fn told<T>(answer: &Result<Reply<T>, Failure>, status: u16) {
    match answer {
        Ok(reply) => {
            assert!((200..300).contains(&status), "HTTP {status} was taken for success");
            assert_eq!(reply.attempt.http, Some(status));
        }
        Err(failure) => {
            assert!(!failure.words.is_empty() && !failure.words.contains(KEY), "{failure:?}");
            assert!(failure.words.len() < 4096 && !failure.words.chars().any(char::is_control), "{failure:?}");
        }
    }
}

/// Answers every request in the same way.
async fn serve(listener: TcpListener, answer: Arc<Vec<u8>>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let answer = Arc::clone(&answer);
        tokio::spawn(async move {
            if request(&mut stream).await.is_some() {
                // A client that has heard enough may be gone.
                let _ = stream.write_all(&answer).await;
            }
        });
    }
}

/// Reads a request to the end of its body.
async fn request(stream: &mut TcpStream) -> Option<()> {
    let mut bytes = Vec::new();
    let head = loop {
        if let Some(at) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break at + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).to_ascii_lowercase();
    let length = text.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    while bytes.len() < head + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    Some(())
}
