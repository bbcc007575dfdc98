//! Writes the log into systemd's journal: what happened, to which job, how and why stands in the message, which is all that
//! `journalctl` shows, and each of these beside it in a field of its own.

use std::fmt::{self, Debug, Write};
use std::io;
use std::os::unix::net::UnixDatagram;
use std::path::Path;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

/// The socket at which systemd's journal listens.
const SOCKET: &str = "/run/systemd/journal/socket";
/// Bytes that a value may have: a datagram has its bounds, and a list of a thousand mistakes is cut rather than lost.
const LONGEST_VALUE: usize = 48 << 10;

/// Writes each event as a datagram of the journal's own form.
pub(super) struct Journald {
    socket: UnixDatagram,
}

impl Journald {
    /// Connects to the journal.
    pub(super) fn connect() -> io::Result<Self> {
        Self::connect_to(Path::new(SOCKET))
    }

    fn connect_to(path: &Path) -> io::Result<Self> {
        let socket = UnixDatagram::unbound()?;
        socket.connect(path)?;
        Ok(Self { socket })
    }
}

impl<S: Subscriber> Layer<S> for Journald {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut told = EventFields::default();
        event.record(&mut told);
        // If the journal takes nothing, there is no place left to tell of it.
        let _ = self.socket.send(&told.entry(event.metadata()));
    }
}

/// The content of an event: its words, and its fields in their order.
#[derive(Default)]
struct EventFields {
    message: String,
    fields: Vec<(&'static str, String)>,
}

impl EventFields {
    /// Returns the words with the fields behind them: `a run ended: job timetable, outcome failed`.
    fn line(&self) -> String {
        let mut line = self.message.clone();
        for (at, (name, value)) in self.fields.iter().enumerate() {
            let before = if at == 0 { ": " } else { ", " };
            // A string takes whatever is written.
            let _ = write!(line, "{before}{} {value}", name.replace('_', " "));
        }
        line
    }

    fn entry(&self, metadata: &Metadata<'_>) -> Vec<u8> {
        let mut entry = Vec::new();
        put(&mut entry, "MESSAGE", &self.line());
        put(&mut entry, "PRIORITY", priority(*metadata.level()));
        put(&mut entry, "SYSLOG_IDENTIFIER", "roomkeeper");
        put(&mut entry, "TARGET", metadata.target());
        if let Some(file) = metadata.file() {
            put(&mut entry, "CODE_FILE", file);
        }
        if let Some(line) = metadata.line() {
            put(&mut entry, "CODE_LINE", &line.to_string());
        }
        for (name, value) in &self.fields {
            put(&mut entry, &format!("F_{}", name.to_uppercase().replace('.', "_")), value);
        }
        entry
    }
}

impl Visit for EventFields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(field, &format_args!("{value:?}"));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, &value);
    }
}

impl EventFields {
    fn add(&mut self, field: &Field, value: &dyn fmt::Display) {
        match field.name() {
            "message" => self.message = value.to_string(),
            name => self.fields.push((name, value.to_string())),
        }
    }
}

/// Puts one field of an entry, in the form that takes any value: name, length, bytes.
fn put(entry: &mut Vec<u8>, name: &str, value: &str) {
    let value = &value[..value.floor_char_boundary(LONGEST_VALUE)];
    entry.extend_from_slice(name.as_bytes());
    entry.push(b'\n');
    entry.extend_from_slice(&(value.len() as u64).to_le_bytes());
    entry.extend_from_slice(value.as_bytes());
    entry.push(b'\n');
}

/// Returns syslog's number.
fn priority(level: Level) -> &'static str {
    match level {
        Level::ERROR => "3",
        Level::WARN => "4",
        Level::INFO => "6",
        Level::DEBUG | Level::TRACE => "7",
    }
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::Registry;
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    /// Returns the entry's fields, read by the rules of the journal.
    fn read(mut bytes: &[u8]) -> Vec<(String, String)> {
        let mut fields = Vec::new();
        while !bytes.is_empty() {
            let end = bytes.iter().position(|byte| *byte == b'\n').unwrap();
            let name = String::from_utf8(bytes[..end].to_vec()).unwrap();
            let length = usize::try_from(u64::from_le_bytes(bytes[end + 1..end + 9].try_into().unwrap())).unwrap();
            let value = String::from_utf8(bytes[end + 9..end + 9 + length].to_vec()).unwrap();
            assert_eq!(bytes[end + 9 + length], b'\n');
            fields.push((name, value));
            bytes = &bytes[end + 10 + length..];
        }
        fields
    }

    fn told(event: impl FnOnce()) -> Vec<(String, String)> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let journal = UnixDatagram::bind(&path).unwrap();
        let layer = Journald::connect_to(&path).unwrap();
        tracing::subscriber::with_default(Registry::default().with(layer), event);
        journal.set_nonblocking(true).unwrap();
        let mut bytes = vec![0; 1 << 20];
        let length = journal.recv(&mut bytes).unwrap();
        read(&bytes[..length])
    }

    #[test]
    fn what_happened_stands_in_the_message_and_each_part_in_a_field() {
        let why = "the server said no";
        let fields = told(|| tracing::error!(job = %"timetable", created = 3, why, "a run ended"));
        let of = |name: &str| fields.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str());
        assert_eq!(of("MESSAGE"), Some("a run ended: job timetable, created 3, why the server said no"));
        assert_eq!((of("F_JOB"), of("F_CREATED"), of("F_WHY")), (Some("timetable"), Some("3"), Some(why)));
        assert_eq!((of("PRIORITY"), of("SYSLOG_IDENTIFIER")), (Some("3"), Some("roomkeeper")));
        assert!(of("CODE_LINE").is_some() && of("TARGET").is_some());
    }

    #[test]
    fn a_message_of_several_lines_is_one_entry_and_an_endless_one_is_cut() {
        let of = |fields: &[(String, String)]| fields[0].1.clone();
        assert_eq!(of(&told(|| tracing::info!("one\ntwo"))), "one\ntwo");
        let long = "ü".repeat(100_000);
        let cut = of(&told(|| tracing::info!("{long}")));
        assert!(long.starts_with(&cut) && cut.len() > LONGEST_VALUE - 2, "{}", cut.len());
    }
}
