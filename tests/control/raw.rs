//! The socket in the hands of a client that is none of the commands.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::Path;
use std::time::Duration;

/// A socket at which a process of another version introduces itself, to everybody and whatever they ask, until this is dropped.
pub struct Introduced(std::path::PathBuf);

impl Drop for Introduced {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Serves that introduction.
pub fn serve_hello(socket: &Path, hello: String) -> Introduced {
    let _ = std::fs::remove_file(socket);
    let listener = UnixListener::bind(socket).unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 4096]);
            let length = hello.len();
            let _ = write!(stream, "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{hello}");
        }
    });
    Introduced(socket.to_owned())
}

/// Connects, and waits for no answer longer than a test may take.
pub fn connect(socket: &Path) -> UnixStream {
    let stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// Writes these bytes; tells all that comes back until the other end closes.
pub fn say(socket: &Path, bytes: &[u8]) -> String {
    let mut stream = connect(socket);
    // A client that is refused early may be cut off in the middle of its words.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// Writes the line of a command, given as JSON, as this version of the program speaks it.
pub fn line(command: &str) -> String {
    format!("{{\"v\":2,\"command\":{command}}}\n")
}

/// Posts a body, and tells the answer, head and all.
pub fn post(socket: &Path, body: &str) -> String {
    let head = format!("POST / HTTP/1.1\r\nhost: roomkeeper\r\ncontent-length: {}\r\n\r\n", body.len());
    say(socket, (head + body).as_bytes())
}
