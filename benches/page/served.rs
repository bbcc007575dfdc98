//! Runs the program with a page.

use std::fmt::Write;
use std::net::TcpStream;
use std::process::Child;
use std::time::{Duration, Instant};

use crate::http::Place;
use crate::office::Office;

/// The program with a page, ended when it is dropped.
pub struct Served {
    pub child: Child,
    pub page: Place,
    pub port: u16,
}

impl Served {
    pub fn start(office: &Office, arguments: &[&str], jobs: usize) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let path = office.path("config.toml");
        let mut text = std::fs::read_to_string(&path).unwrap();
        if let Some(at) = text.find("[web]") {
            text.truncate(at);
        }
        write!(text, "[web]\nlisten = \"127.0.0.1:{port}\"\n").unwrap();
        for n in 0..jobs {
            write!(text, "[sync_rooms.policy-{n}]\nschedule = \"30 2 1 1 *\"\nrooms = {{ own = true }}\nset = {{ knock = true }}\n").unwrap();
        }
        std::fs::write(path, text).unwrap();
        let log = office.path("served.log");
        let child = office.command(arguments).stderr(std::fs::File::create(&log).unwrap()).spawn().unwrap();
        let end = Instant::now() + Duration::from_mins(1);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            let said = || std::fs::read_to_string(&log).unwrap();
            assert!(Instant::now() < end, "the page is not served: {}", said());
            std::thread::sleep(Duration::from_millis(5));
        }
        Self { child, page: Place::Port(port), port }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
