//! The socket in the hands of somebody who is no command.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::Duration;

/// Connects, and waits for no answer longer than a test may take.
pub fn connect(socket: &Path) -> UnixStream {
    let stream = UnixStream::connect(socket).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    stream
}

/// Writes these bytes; tells all that comes back until the other end closes.
pub fn say(socket: &Path, bytes: &[u8]) -> String {
    let mut stream = connect(socket);
    // Whoever is refused early may be cut off in the middle of its words.
    let _ = stream.write_all(bytes);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// Posts a body, and tells the answer, head and all.
pub fn post(socket: &Path, body: &str) -> String {
    let head = format!("POST / HTTP/1.1\r\nhost: roomkeeper\r\ncontent-length: {}\r\n\r\n", body.len());
    say(socket, (head + body).as_bytes())
}
