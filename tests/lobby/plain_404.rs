//! A server that says "no lobby" by a bare 404, as its framework does by itself; the reference does not say how it is told.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use crate::refreshing::{job, with_upcoming};

const MEETING: &str =
    r#"{"meeting_id":"m1","room_name":"Lecture 1","start_time":"2099-01-01 09:00:00","duration":"45"}"#;
const SHOWN: &str = r#"{"options":{"messages":true},"message":[{"text":"Hello there"}]}"#;

/// A server with one meeting and its lobby, and the requests it got by method and path.
#[derive(Clone, Default)]
struct Plain {
    has_lobby: Arc<Mutex<bool>>,
    requests: Arc<Mutex<BTreeMap<String, u32>>>,
}

impl Plain {
    /// Serves until the test ends; answers with its base URL.
    fn serve(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}/v1", listener.local_addr().unwrap());
        let plain = self.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                // A client that goes away in the middle has had enough.
                let _ = plain.answer(&stream.unwrap());
            }
        });
        base_url
    }

    fn answer(&self, stream: &TcpStream) -> std::io::Result<()> {
        let mut reader = BufReader::new(stream);
        let mut first = String::new();
        reader.read_line(&mut first)?;
        let mut length = 0;
        loop {
            let mut header = String::new();
            reader.read_line(&mut header)?;
            match header.trim_end().split_once(": ") {
                None => break,
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => length = value.parse().unwrap(),
                Some(_) => {}
            }
        }
        reader.read_exact(&mut vec![0; length])?;
        let request = first.rsplit_once(' ').unwrap().0.to_owned();
        *self.requests.lock().unwrap().entry(request.clone()).or_default() += 1;
        let (status, body) = self.reply(&request);
        let length = body.len();
        write!(&*stream, "HTTP/1.1 {status} -\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
    }

    fn reply(&self, request: &str) -> (u16, String) {
        let mut has_lobby = self.has_lobby.lock().unwrap();
        let (path, query) = request.split_once('?').unwrap_or((request, ""));
        match path {
            "GET /v1/meetings" if query.starts_with("page=1&") => {
                (200, format!(r#"{{"result":1,"meetings":[{MEETING}]}}"#))
            }
            "GET /v1/meetings" => (200, r#"{"result":1,"meetings":[]}"#.to_owned()),
            "GET /v1/meetings/m1" => (200, format!(r#"{{"result":1,"meeting":{MEETING}}}"#)),
            "POST /v1/meetings/m1/lobby" => {
                *has_lobby = true;
                (200, format!(r#"{{"result":1,"meeting":{MEETING},"lobby":{SHOWN}}}"#))
            }
            "GET /v1/meetings/m1/lobby" if *has_lobby => {
                (200, format!(r#"{{"result":1,"meeting":{MEETING},"lobby":{SHOWN}}}"#))
            }
            _ => (404, "<html>Not Found</html>".to_owned()),
        }
    }
}

#[test]
fn a_bare_404_is_no_lobby_where_the_meeting_is_there() {
    let (site, plain) = (with_upcoming(0), Plain::default());
    let base_url = plain.serve();
    site.configure_for(&base_url, &job("lobby = { messages = ['Hello there'] }"));
    site.refresh().expect(&[("added", 1)]);
    site.refresh().expect(&[("unchanged", 1)]);
    let requests = plain.requests.lock().unwrap();
    assert_eq!((requests["POST /v1/meetings/m1/lobby"], requests["GET /v1/meetings/m1"]), (1, 1), "{requests:?}");
}
