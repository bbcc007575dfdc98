//! The server at the other end: it answers what an import and an export ask for, as fast as bytes can be moved, and remembers
//! nothing. In a process of its own, started as this benchmark with `--server`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;

/// Meetings in a page, at most.
pub const PAGE: usize = 100;

struct Answers {
    delay: Option<Delay>,
    made: AtomicU64,
    /// The list of meetings.
    meetings: Vec<String>,
}

/// Serves until it is killed: with so many meetings in its list, each answer after such a delay. Tells its port first.
pub fn serve(meetings: usize, delay: Duration) {
    let meetings = (0..meetings).map(meeting).collect();
    let delay = (!delay.is_zero()).then(|| Delay::of(delay));
    let answers = Arc::new(Answers { delay, made: AtomicU64::new(0), meetings });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        println!("{}", listener.local_addr().unwrap().port());
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let answers = Arc::clone(&answers);
            tokio::spawn(async move { converse(stream, &answers).await });
        }
    });
}

async fn converse(mut stream: TcpStream, answers: &Answers) {
    let (mut buffer, mut filled) = (vec![0; 64 * 1024], 0);
    loop {
        let (head, length) = loop {
            if let Some(head) = find(&buffer[..filled], b"\r\n\r\n") {
                break (head + 4, length(&buffer[..head]));
            }
            match stream.read(&mut buffer[filled..]).await {
                Ok(0) | Err(_) => return,
                Ok(read) => filled += read,
            }
        };
        while filled < head + length {
            match stream.read(&mut buffer[filled..]).await {
                Ok(0) | Err(_) => return,
                Ok(read) => filled += read,
            }
        }
        if let Some(delay) = &answers.delay {
            delay.pass().await;
        }
        let answer = answers.to(&buffer[..head], &buffer[head..head + length]);
        let sent = stream.write_all(&answer).await;
        if sent.is_err() {
            return;
        }
        buffer.copy_within(head + length..filled, 0);
        filled -= head + length;
    }
}

/// The same time for each answer, kept by a thread of its own: tokio's timers go by whole milliseconds, which would make it
/// longer, and let the answers come in clumps.
struct Delay {
    length: Duration,
    waiting: mpsc::Sender<(Instant, oneshot::Sender<()>)>,
}

impl Delay {
    fn of(length: Duration) -> Self {
        let (waiting, waits) = mpsc::channel::<(Instant, oneshot::Sender<()>)>();
        std::thread::spawn(move || {
            for (until, over) in waits {
                std::thread::sleep(until.saturating_duration_since(Instant::now()));
                // The connection may be gone.
                let _ = over.send(());
            }
        });
        Self { length, waiting }
    }

    async fn pass(&self) {
        let (over, is_over) = oneshot::channel();
        self.waiting.send((Instant::now() + self.length, over)).unwrap();
        is_over.await.unwrap();
    }
}

impl Answers {
    fn to(&self, head: &[u8], body: &[u8]) -> Vec<u8> {
        let line = &head[..find(head, b"\r\n").unwrap_or(head.len())];
        if head.starts_with(b"POST") {
            let number = self.made.fetch_add(1, Ordering::Relaxed);
            // It makes the meeting that is asked for, with ids and PINs of its own.
            let said = std::str::from_utf8(body.strip_prefix(b"{").unwrap_or(b"}")).unwrap_or("}");
            return response(&format!(
                "{{\"result\":1,\"meeting\":{{\"meeting_id\":\"{number:024x}\",\"room_id\":\"{number:024x}\",\"mpin\":\"12345678\",\
                 \"ppin\":\"87654321\",\"direct_url\":\"https://meet.example.org/{number:024x}\",{said}}}"
            ));
        }
        if find(line, b"/timezones").is_some() {
            return response(
                "{\"result\":1,\"timezones\":[{\"timezone_id\":\"1000\",\"zone_name\":\"UTC\",\"zone_abbr\":\"UTC\",\
                 \"time_start\":\"1970-01-01 00:00:00\",\"gmt_offset\":0,\"is_dst\":false}]}",
            );
        }
        let (page, length) = (number(line, "page="), number(line, "page_length="));
        let (page, length) = (page.unwrap_or(1).max(1), length.unwrap_or(PAGE).clamp(1, PAGE));
        let from = ((page - 1) * length).min(self.meetings.len());
        let until = (from + length).min(self.meetings.len());
        response(&format!("{{\"result\":1,\"meetings\":[{}]}}", self.meetings[from..until].join(",")))
    }
}

/// A meeting that took place; the newest has the number 0, and each other began five minutes before its neighbour.
fn meeting(number: usize) -> String {
    let newest = roomkeeper::clock::Timestamp::from_rfc3339("2026-06-01T12:00:00Z").unwrap();
    let start = newest.minus(Duration::from_secs(300 * number as u64)).to_api();
    format!(
        "{{\"meeting_id\":\"{number:024x}\",\"room_id\":\"{number:024x}\",\"user_id\":\"u{:05}\",\"room_name\":\"Lecture \
         {number}\",\"app_type\":\"vc\",\"desc\":null,\"start_time\":\"{start}\",\"timezone\":{{\"timezone_id\":\"1000\",\
         \"zone_name\":\"UTC\",\"zone_abbr\":\"UTC\",\"time_start\":\"1970-01-01 00:00:00\",\"gmt_offset\":0,\"is_dst\":false}},\
         \"mpin\":\"12345678\",\"ppin\":\"87654321\",\"direct_url\":\"https://meet.example.org/{number:024x}\",\"moderators\":1,\
         \"participants\":30,\"duration\":\"30\",\"wait_for_moderator\":true,\"knock\":false,\"auto_recording\":false,\
         \"stage\":\"past\"}}",
        number % 50
    )
}

fn response(body: &str) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n", body.len());
    (head + body).into_bytes()
}

/// The number behind a name in the query.
fn number(line: &[u8], name: &str) -> Option<usize> {
    let at = ["?", "&"].iter().find_map(|sign| find(line, format!("{sign}{name}").as_bytes()))? + 1 + name.len();
    let digits = line[at..].iter().take_while(|byte| byte.is_ascii_digit());
    Some(digits.fold(0, |number, digit| number * 10 + usize::from(digit - b'0')))
}

fn length(head: &[u8]) -> usize {
    let head = std::str::from_utf8(head).unwrap_or_default();
    let mut values = head.lines().filter_map(|line| line.split_once(':'));
    let value = values.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    value.and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(0)
}

fn find(text: &[u8], what: &[u8]) -> Option<usize> {
    text.windows(what.len()).position(|window| window == what)
}
