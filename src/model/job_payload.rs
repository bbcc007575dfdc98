//! Holds what a job kind writes into the journal in its own form: the kind versions it, and no other module reads into it.

use std::any::Any;
use std::fmt;
use std::sync::{Arc, OnceLock};

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A payload of a job kind's own: a value, and the JSON that the journal keeps of it. It is read once, however often it is asked
/// for, and written only where a caller asks for the text. The default is blank.
#[derive(Clone, Default)]
pub struct JobPayload {
    text: OnceLock<String>,
    value: OnceLock<Arc<dyn AnyPayload>>,
}

/// A value that can be written.
trait AnyPayload: Any + Send + Sync {
    fn write(&self) -> String;
}

impl<T: Serialize + Any + Send + Sync> AnyPayload for T {
    fn write(&self) -> String {
        written_as_json(self, 512)
    }
}

/// Makes JSON of texts, numbers, lists and maps with texts for keys, which cannot fail; it is about so many bytes long.
pub fn written_as_json(value: &impl Serialize, length: usize) -> String {
    let mut bytes = Vec::with_capacity(length);
    let written = serde_json::to_writer(&mut bytes, value);
    written.ok().and_then(|()| String::from_utf8(bytes).ok()).unwrap_or_default()
}

impl JobPayload {
    /// Returns the payload of a value that holds texts, numbers, lists, and maps with texts for keys.
    pub fn of<T: Serialize + Any + Send + Sync>(value: T) -> Self {
        let value: Arc<dyn AnyPayload> = Arc::new(value);
        Self { text: OnceLock::new(), value: OnceLock::from(value) }
    }

    /// Returns the payload that the journal has kept.
    #[must_use]
    pub fn kept(text: String) -> Self {
        Self { text: OnceLock::from(text), value: OnceLock::new() }
    }

    /// Returns the JSON text that the journal keeps.
    pub fn text(&self) -> &str {
        self.text.get_or_init(|| self.value.get().map(|value| value.write()).unwrap_or_default())
    }

    /// Returns the same as the journal keeps it: the text alone.
    #[must_use]
    pub fn written(self) -> Self {
        self.text();
        Self { value: OnceLock::new(), ..self }
    }

    /// Returns the value; `None` where the text tells of no such thing.
    pub fn read<T: Serialize + DeserializeOwned + Any + Send + Sync>(&self) -> Option<Arc<T>> {
        if let Some(value) = self.value.get() {
            let value: Arc<dyn Any + Send + Sync> = Arc::clone(value) as _;
            if let Ok(value) = value.downcast() {
                return Some(value);
            }
        }
        let value: Arc<T> = Arc::new(serde_json::from_str(self.text()).ok()?);
        // If it was read as another type before, the earlier value stays.
        let _ = self.value.set(Arc::clone(&value) as _);
        Some(value)
    }
}

impl fmt::Debug for JobPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

impl PartialEq for JobPayload {
    fn eq(&self, other: &Self) -> bool {
        self.text() == other.text()
    }
}

impl Eq for JobPayload {}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
    struct Room {
        name: String,
        seats: u32,
    }

    #[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
    struct Seats {
        seats: u32,
    }

    fn room() -> Room {
        Room { name: "Biology".to_owned(), seats: 30 }
    }

    #[test]
    fn it_goes_through_the_journal_and_back() {
        let payload = JobPayload::of(room());
        let kept = JobPayload::kept(payload.text().to_owned());
        assert_eq!(kept.text(), "{\"name\":\"Biology\",\"seats\":30}");
        assert_eq!((kept.read::<Room>().as_deref(), &kept), (Some(&room()), &payload));
    }

    #[test]
    fn it_is_read_once() {
        let kept = JobPayload::kept(JobPayload::of(room()).text().to_owned());
        assert!(Arc::ptr_eq(&kept.read::<Room>().unwrap(), &kept.read().unwrap()));
    }

    #[test]
    fn it_may_be_read_as_less_than_it_tells() {
        for payload in [JobPayload::of(room()), JobPayload::kept(JobPayload::of(room()).text().to_owned())] {
            assert_eq!(payload.read::<Seats>().as_deref(), Some(&Seats { seats: 30 }));
            assert_eq!(payload.read::<Room>().as_deref(), Some(&room()));
        }
    }

    #[test]
    fn what_tells_of_something_else_is_not_read() {
        assert_eq!(JobPayload::kept("{\"name\":1}".to_owned()).read::<Room>(), None);
        assert_eq!(JobPayload::kept(String::new()).read::<Room>(), None);
    }
}
