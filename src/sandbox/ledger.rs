//! Keeps the ledger: what reached the server and what it did, so that a client's belief can be compared with the truth, also
//! after the client was killed. The format of the file is described at [the module](super).

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use hyper::Method;
use serde::Serialize;
use serde_json::Value;

use super::api::{Call, Fields, Given};
use super::effect::Effect;
use super::faults::FaultKind;
use super::{Arrivals, clock};

/// The effects in memory, and the file where there is one.
#[derive(Debug)]
pub struct Ledger {
    effects: Vec<Effect>,
    file: Option<File>,
    arrivals: Arrivals,
}

/// A request as it arrives.
#[derive(Debug)]
pub struct Arrival<'a> {
    /// Its number.
    pub number: u64,
    /// The time, in milliseconds since 1970.
    pub millis: i64,
    /// Its method.
    pub method: &'a Method,
    /// Which call it is.
    pub call: &'a Call,
    /// Its query.
    pub query: &'a str,
    /// Its body.
    pub body: &'a [u8],
    /// The fault that will strike it.
    pub fault: Option<FaultKind>,
}

impl Ledger {
    /// Returns a ledger in memory and, where `path` says so, behind what is in that file already.
    pub fn open(path: Option<&Path>, arrivals: Arrivals) -> io::Result<Self> {
        let open = |path| OpenOptions::new().create(true).append(true).open(path);
        Ok(Self { effects: Vec::new(), file: path.map(open).transpose()?, arrivals })
    }

    /// Returns every effect so far, in order.
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }

    /// Records a change.
    pub fn effect(&mut self, effect: Effect) -> io::Result<()> {
        let written = write(self.file.as_mut(), &effect);
        self.effects.push(effect);
        written
    }

    /// Records that a request has arrived; only in the file.
    pub fn arrival(&mut self, arrival: &Arrival<'_>) -> io::Result<()> {
        if self.file.is_none() || (arrival.call.is_read() && self.arrivals == Arrivals::Writes) {
            return Ok(());
        }
        write(self.file.as_mut(), &arrival.line())
    }
}

/// Writes each line by one write, so that a line is whole in the file before the reply goes out.
fn write(file: Option<&mut File>, line: &impl Serialize) -> io::Result<()> {
    let Some(file) = file else { return Ok(()) };
    let mut bytes = serde_json::to_vec(line)?;
    bytes.push(b'\n');
    file.write_all(&bytes)
}

#[derive(Serialize)]
struct Line<'a> {
    kind: &'static str,
    at: String,
    request: u64,
    method: &'a str,
    route: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    meeting_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    room_name: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    start_time: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration: Option<Value>,
    #[serde(skip_serializing_if = "str::is_empty")]
    query: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<FaultKind>,
}

impl<'a> Arrival<'a> {
    fn line(&self) -> Line<'a> {
        // A body that cannot be read is left out here; the call itself refuses it.
        let fields = Fields::read(self.body).ok();
        let sent = |field| fields.as_ref().and_then(|fields| fields.value(field)).cloned();
        let searched = || {
            let given = Given::read(self.query);
            given.search_string.filter(|_| given.search_by.as_deref() == Some("user_id"))
        };
        let in_body = || sent("user_id").and_then(|value| value.as_str().map(str::to_owned));
        Line {
            kind: if self.call.is_read() { "look" } else { "arrival" },
            at: clock::rfc3339(self.millis),
            request: self.number,
            method: self.method.as_str(),
            route: self.call.name(),
            meeting_id: self.call.meeting_id(),
            room_id: self.call.room_id(),
            user_id: self.call.user_id().map(str::to_owned).or_else(searched).or_else(in_body),
            room_name: sent("room_name"),
            start_time: sent("start_time"),
            duration: sent("duration"),
            query: self.query,
            fault: self.fault,
        }
    }
}
