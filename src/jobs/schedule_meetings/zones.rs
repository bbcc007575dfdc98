//! Looks up the zones that the rows of one file name, each once.

use std::collections::HashMap;
use std::sync::Arc;

use super::rules::ZoneBook;
use crate::clock::Zone;

/// More names than there are zones; a file with more is full of mistakes, and they are looked up each time.
const MOST: usize = 2000;

/// The result of looking up a name.
#[derive(Debug, Clone)]
pub(super) enum Named {
    /// A zone that can be used.
    Zone(Arc<Zone>),
    /// A zone, but none that the server lists.
    NotListed,
    /// No zone.
    NoZone,
}

/// The result of looking up a `timezone_id`.
#[derive(Debug, Clone)]
pub(super) enum ById {
    /// The server lists it, and its clock is known here.
    Zone(Arc<Zone>),
    /// The server lists it, under a name that is unknown here.
    UnknownClock,
    /// The server lists no such id.
    NotListed,
}

#[derive(Debug)]
pub(super) struct Zones<'a> {
    book: &'a dyn ZoneBook,
    names: HashMap<String, Named>,
    ids: HashMap<String, ById>,
}

impl<'a> Zones<'a> {
    pub(super) fn new(book: &'a dyn ZoneBook) -> Self {
        Self { book, names: HashMap::new(), ids: HashMap::new() }
    }

    pub(super) fn named(&mut self, name: &str) -> Named {
        let book = self.book;
        remembered(&mut self.names, name, || match Zone::named(name) {
            Ok(zone) if book.lists(&zone) => Named::Zone(Arc::new(zone)),
            Ok(_) => Named::NotListed,
            Err(_) => Named::NoZone,
        })
    }

    pub(super) fn by_id(&mut self, timezone_id: &str) -> ById {
        let book = self.book;
        remembered(&mut self.ids, timezone_id, || match book.name_of(timezone_id) {
            None => ById::NotListed,
            Some(name) => Zone::named(&name).map_or(ById::UnknownClock, |zone| ById::Zone(Arc::new(zone))),
        })
    }
}

fn remembered<T: Clone>(known: &mut HashMap<String, T>, key: &str, find: impl FnOnce() -> T) -> T {
    if let Some(found) = known.get(key) {
        return found.clone();
    }
    let found = find();
    if known.len() < MOST {
        known.insert(key.to_owned(), found.clone());
    }
    found
}
