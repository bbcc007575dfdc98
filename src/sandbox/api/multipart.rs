//! Reads multipart forms with bracketed names (`message[0][text]`), as PHP reads them.

use std::{collections::BTreeMap, convert::Infallible};

use futures_util::{future, stream};
use hyper::body::Bytes;

use crate::sandbox::faults::Habits;

/// The fields of a form, by their first name: `message` holds everything under `message[…]`.
#[derive(Debug, Clone, Default)]
pub struct Form(BTreeMap<String, Group>);

/// The entries under one name.
#[derive(Debug, Clone, Default)]
pub struct Group {
    /// True when the name came without brackets: a plain value where an array belongs.
    pub plain: bool,
    /// `NAME[key]`.
    pub values: BTreeMap<String, Value>,
    /// `NAME[index][key]`.
    pub entries: BTreeMap<u32, BTreeMap<String, Value>>,
}

/// The value of a field.
#[derive(Debug, Clone)]
pub enum Value {
    /// A text, trimmed.
    Text(String),
    /// An uploaded file.
    File {
        /// Its name on the client's side.
        name: String,
        /// Its content.
        content: Bytes,
        /// The number of files before it.
        at: usize,
    },
    /// A file that was too many.
    Dropped,
}

impl Form {
    /// Reads `body`; `None` where `content_type` is no multipart form or the body is not well-formed.
    pub async fn read(content_type: &str, body: Bytes) -> Option<Self> {
        let boundary = multer::parse_boundary(content_type).ok()?;
        let body = stream::once(future::ready(Ok::<_, Infallible>(body)));
        let mut parts = multer::Multipart::new(body, boundary);
        let mut form = Self::default();
        let mut files = 0;
        while let Some(part) = parts.next_field().await.ok()? {
            let name = part.name()?.to_owned();
            let file = part.file_name().map(str::to_owned);
            let content = part.bytes().await.ok()?;
            let value = match file {
                Some(name) => {
                    files += 1;
                    Value::File { name, content, at: files - 1 }
                }
                None => Value::Text(String::from_utf8(content.to_vec()).ok()?.trim().to_owned()),
            };
            form.put(&name, value);
        }
        Some(form)
    }

    /// Returns the same, as the server's habits make it. An entry that held nothing but a file that was too many is not there.
    pub fn taken_in(&self, habits: Habits) -> Self {
        let mut form = self.clone();
        for group in form.0.values_mut() {
            let entries = group.entries.values_mut().flat_map(BTreeMap::values_mut);
            for value in group.values.values_mut().chain(entries) {
                match value {
                    Value::Text(text) => *text = habits.text(text).to_owned(),
                    Value::File { at, .. } if habits.max_files.is_some_and(|most| *at >= most) => {
                        *value = Value::Dropped;
                    }
                    Value::File { .. } | Value::Dropped => {}
                }
            }
            group.entries.retain(|_, entry| !entry.values().all(|value| matches!(value, Value::Dropped)));
        }
        form.0.retain(|_, group| group.plain || !group.values.is_empty() || !group.entries.is_empty());
        form
    }

    /// Returns the entries under `name`.
    pub fn group(&self, name: &str) -> Option<&Group> {
        self.0.get(name)
    }

    fn put(&mut self, name: &str, value: Value) {
        let segments: Vec<&str> = name.split('[').map(|segment| segment.trim_end_matches(']')).collect();
        match segments[..] {
            [first, key] => {
                self.0.entry(first.to_owned()).or_default().values.insert(key.to_owned(), value);
            }
            [first, index, key] => {
                let group = self.0.entry(first.to_owned()).or_default();
                match index.parse() {
                    Ok(index) => _ = group.entries.entry(index).or_default().insert(key.to_owned(), value),
                    Err(_) => group.plain = true,
                }
            }
            _ => self.0.entry(segments[0].to_owned()).or_default().plain = true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn bracketed_names_become_groups_with_entries() {
        let body = "--x\r\nContent-Disposition: form-data; name=\"options[image]\"\r\n\r\n1\r\n\
            --x\r\nContent-Disposition: form-data; name=\"image[0][caption]\"\r\n\r\n Door \r\n\
            --x\r\nContent-Disposition: form-data; name=\"image[0][img_file]\"; filename=\"a.png\"\r\n\r\nPNG\r\n\
            --x\r\nContent-Disposition: form-data; name=\"video\"\r\n\r\nhere\r\n--x--\r\n";
        let form = Form::read("multipart/form-data; boundary=x", Bytes::from_static(body.as_bytes())).await.unwrap();
        assert!(matches!(&form.group("options").unwrap().values["image"], Value::Text(text) if text == "1"));
        let image = &form.group("image").unwrap().entries[&0];
        assert!(matches!(&image["caption"], Value::Text(text) if text == "Door"));
        assert!(matches!(&image["img_file"], Value::File { name, content, .. } if name == "a.png" && content == "PNG"));
        assert!(form.group("video").unwrap().plain);
        assert!(form.group("audio").is_none());
    }

    #[tokio::test]
    async fn json_is_no_form() {
        assert!(Form::read("application/json", Bytes::from_static(b"{}")).await.is_none());
        assert!(Form::read("multipart/form-data; boundary=x", Bytes::from_static(b"garbage")).await.is_none());
    }
}
