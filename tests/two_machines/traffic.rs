//! Remembers which machine sent which request, and how long it was on its way: from the first byte that left the machine until the last
//! of the answer came there, or until either end closed the connection.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use serde_json::Value;

/// All requests that passed, as they began.
#[derive(Debug, Clone, Default)]
pub struct Traffic(Arc<Mutex<Vec<Passage>>>);

/// A request as it passed.
#[derive(Debug)]
struct Passage {
    machine: &'static str,
    began: Instant,
    over: Option<Instant>,
    bytes: Vec<u8>,
}

/// A request that writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Write {
    pub machine: &'static str,
    /// The thing that it writes: a row by its title, or the path of what there is already.
    pub thing: String,
    pub began: Instant,
    /// The moment at which it was not on its way any more.
    pub over: Instant,
}

/// The most of a request that is kept.
const KEPT: usize = 8 << 10;

impl Traffic {
    /// An ear at a connection of that machine.
    pub fn ear(&self, machine: &'static str) -> Ear {
        Ear { traffic: self.clone(), machine, current: Arc::default() }
    }

    /// The requests that wrote something, as they began. Those that are on their way now end now.
    pub fn writes(&self) -> Vec<Write> {
        let now = Instant::now();
        self.0.lock().unwrap().iter().filter_map(|passage| passage.write(now)).collect()
    }
}

impl Passage {
    fn write(&self, now: Instant) -> Option<Write> {
        let head_ends = self.bytes.windows(4).position(|bytes| bytes == b"\r\n\r\n")?;
        let head = String::from_utf8_lossy(&self.bytes[..head_ends]).into_owned();
        let mut words = head.split_whitespace();
        let (method, path) = (words.next()?, words.next()?.split('?').next()?);
        if method == "GET" {
            return None;
        }
        let body = || serde_json::from_slice::<Value>(&self.bytes[head_ends + 4..]).ok();
        let title = |body: Value| body["room_name"].as_str().map(str::to_owned);
        let made = || body().and_then(title);
        let thing = path.ends_with("/meetings").then(made).flatten().unwrap_or_else(|| path.to_owned());
        Some(Write { machine: self.machine, thing, began: self.began, over: self.over.unwrap_or(now) })
    }
}

/// Hears one connection.
#[derive(Debug, Clone)]
pub struct Ear {
    traffic: Traffic,
    machine: &'static str,
    /// The request that is heard now, by its place, and whether an answer to it has begun.
    current: Arc<Mutex<Option<(usize, bool)>>>,
}

impl Ear {
    /// The machine has said something; nothing where it closes the connection.
    pub fn asks(&self, bytes: &[u8]) {
        if bytes.is_empty() {
            return self.closed();
        }
        let (mut current, mut all) = (self.current.lock().unwrap(), self.traffic.0.lock().unwrap());
        let at = match *current {
            Some((at, false)) => at,
            _ => {
                all.push(Passage { machine: self.machine, began: Instant::now(), over: None, bytes: Vec::new() });
                all.len() - 1
            }
        };
        *current = Some((at, false));
        let kept = &mut all[at].bytes;
        kept.extend_from_slice(&bytes[..bytes.len().min(KEPT.saturating_sub(kept.len()))]);
    }

    /// Something has arrived at the machine.
    pub fn is_answered(&self, bytes: &[u8]) {
        let mut current = self.current.lock().unwrap();
        if bytes.is_empty() {
            return;
        }
        if let Some((at, answered)) = current.as_mut() {
            *answered = true;
            self.traffic.0.lock().unwrap()[*at].over = Some(Instant::now());
        }
    }

    /// One end has closed the connection.
    pub fn closed(&self) {
        if let Some((at, false)) = *self.current.lock().unwrap() {
            self.traffic.0.lock().unwrap()[at].over.get_or_insert_with(Instant::now);
        }
    }
}
