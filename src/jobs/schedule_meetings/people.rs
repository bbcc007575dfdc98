//! Reads the lists through which names in a timetable become ids or addresses, and looks names up in them. No name is guessed: one
//! that is not there, or that stands for two, is said with what is near.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::BufReader;
use std::sync::atomic::{AtomicU32, Ordering};

use super::fault::shown;
use crate::config::Lookup;
use crate::engine::closed::{self, Access};
use crate::model::edits::edits;
use crate::model::{Column, fold};
use crate::table::{Layout, ReadError, Reader, value};

/// The lists of one job, by the column whose names they know.
#[derive(Debug, Default)]
pub struct People {
    lists: BTreeMap<Column, List>,
}

/// One list.
#[derive(Debug)]
struct List {
    /// The file's name, for people.
    name: String,
    from: String,
    to: String,
    known: HashMap<String, Entry>,
    ids: HashSet<String>,
    /// Names for which a near one was looked for.
    searched: AtomicU32,
}

/// A name of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    shown: String,
    id: String,
    line: u64,
    /// Another id that the same name has, and where.
    other: Option<(String, u64)>,
}

/// A list holds no more rows than this: it is held in memory.
const MOST_ROWS: usize = 200_000;
/// A near name is looked for so many times in one run: each goes over the whole list.
const MOST_SEARCHES: u32 = 200;

/// Reads the lists on a thread of its own, so that a slow share holds up nothing else. In words, why one of them cannot be used.
pub(super) async fn read(lookups: BTreeMap<Column, Lookup>) -> Result<People, String> {
    if lookups.is_empty() {
        return Ok(People::default());
    }
    let reading = tokio::task::spawn_blocking(move || People::read(&lookups));
    reading.await.unwrap_or_else(|error| Err(format!("the lists of names cannot be read: {error}")))
}

impl People {
    /// Reads the lists as they are now. In words, why one of them cannot be used.
    fn read(lookups: &BTreeMap<Column, Lookup>) -> Result<Self, String> {
        let read = |(column, lookup): (&Column, &Lookup)| {
            let list = List::read(lookup)
                .map_err(|why| format!("the list {} (lookup.{column}) {why}", lookup.path.display()))?;
            Ok((*column, list))
        };
        lookups.iter().map(read).collect::<Result<_, String>>().map(|lists| Self { lists })
    }

    /// Returns the names that stand for two, each with where.
    pub(super) fn doubles(&self) -> impl Iterator<Item = (Column, String)> {
        self.lists.iter().flat_map(|(column, list)| list.doubles().map(|words| (*column, words)))
    }

    /// Returns what a cell's text stands for, where the column's names are looked up; in words, why it stands for nothing.
    pub(super) fn find(&self, column: Column, text: &str) -> Option<Result<String, String>> {
        Some(self.lists.get(&column)?.find(text))
    }

    /// Returns what the names in a cell stand for, where the column's names are looked up: separated by `;` or on lines of their own.
    pub(super) fn find_all(&self, column: Column, text: &str) -> Option<Result<Vec<String>, String>> {
        let list = self.lists.get(&column)?;
        let names = text.split([';', '\n', '\r']).map(fold::trimmed).filter(|name| !name.is_empty());
        let (mut found, mut faults) = (Vec::new(), Vec::new());
        for name in names {
            match list.find(name) {
                Ok(id) => found.push(id),
                // A person who is in no list may be written as the address itself.
                Err(_) if column == Column::InviteeEmails && value::is_address(name) => found.push(name.to_owned()),
                Err(words) => faults.push(words),
            }
        }
        Some(if faults.is_empty() { Ok(found) } else { Err(faults.join("; ")) })
    }
}

impl List {
    fn read(lookup: &Lookup) -> Result<Self, String> {
        let Lookup { path, from, to, encoding } = lookup;
        let file = File::open(path).and_then(|file| {
            let is_file = file.metadata()?.is_file();
            if is_file { Ok(file) } else { Err(std::io::Error::other("it is not a file")) }
        });
        let file = file.map_err(|error| format!("cannot be read: {}", closed::why(&error, path, Access::Read)))?;
        let words = |error: ReadError| match error {
            ReadError::Unreadable(error) => format!("cannot be read: {error}"),
            ReadError::Refused(refusal) => format!("cannot be read: {refusal}"),
        };
        // No column of a timetable is needed here; that these two are known finds the table's first row.
        let columns = [(Column::Ref, vec![from.clone()]), (Column::UserId, vec![to.clone()])].into();
        let layout = Layout { defaulted: Column::ALL.into(), encoding: *encoding, columns, ..Layout::default() };
        let mut reader = Reader::open(BufReader::new(file), &layout).map_err(words)?;
        let headings: Vec<_> = reader.headings().own().map(Column::normalized).collect();
        let place = |heading: &str| {
            let name = Column::normalized(heading);
            headings.iter().position(|heading| *heading == name).ok_or_else(|| {
                let there =
                    reader.headings().own().map(|own| format!("`{}`", own.trim())).collect::<Vec<_>>().join(", ");
                format!("has no column `{heading}`; its headings are {there}")
            })
        };
        let (names, ids) = (place(from)?, place(to)?);
        let mut list = Self {
            name: path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            from: from.clone(),
            to: to.clone(),
            known: HashMap::new(),
            ids: HashSet::new(),
            searched: AtomicU32::new(0),
        };
        let mut rows = 0;
        while let Some(row) = reader.next_row().map_err(words)? {
            rows += 1;
            if rows > MOST_ROWS {
                return Err(format!("has more than {MOST_ROWS} rows: keep the names in it that timetables have"));
            }
            let cells: Vec<_> = row.own().collect();
            let cell = |at: usize| cells.get(at).copied().map(fold::normal).unwrap_or_default().into_owned();
            list.add(row.line(), &cell(names), &cell(ids));
        }
        if list.known.is_empty() {
            return Err(format!("has no names in its column `{from}`"));
        }
        Ok(list)
    }

    fn add(&mut self, line: u64, name: &str, id: &str) {
        if name.is_empty() {
            return;
        }
        if !id.is_empty() {
            self.ids.insert(id.to_owned());
        }
        let entry = Entry { shown: name.to_owned(), id: id.to_owned(), line, other: None };
        let known = self.known.entry(plain(name)).or_insert(entry);
        if known.id.is_empty() {
            id.clone_into(&mut known.id);
            known.line = line;
        } else if known.id != id && !id.is_empty() && known.other.is_none() {
            known.other = Some((id.to_owned(), line));
        }
    }

    fn doubles(&self) -> impl Iterator<Item = String> {
        let mut entries: Vec<_> = self.known.values().filter(|entry| entry.other.is_some()).collect();
        entries.sort_by_key(|entry| entry.line);
        entries.into_iter().filter_map(|entry| self.double(entry))
    }

    fn double(&self, Entry { shown: name, id, line, other }: &Entry) -> Option<String> {
        let (other, there) = other.as_ref()?;
        Some(format!(
            "{} stands for two in {}: {} in line {line} and {} in line {there}; give them names that differ there",
            shown(name),
            self.name,
            shown(id),
            shown(other)
        ))
    }

    fn find(&self, text: &str) -> Result<String, String> {
        let name = fold::normal(text);
        match self.known.get(&plain(&name)) {
            Some(entry) => match self.double(entry) {
                Some(words) => Err(words),
                None if entry.id.is_empty() => {
                    Err(format!("{} has no {} in {}, line {}", shown(&name), self.to, self.name, entry.line))
                }
                None => Ok(entry.id.clone()),
            },
            // The id itself was written.
            None if self.ids.contains(&*name) => Ok(name.into_owned()),
            None => {
                let near = self
                    .nearest(&name)
                    .map_or(String::new(), |near| format!("; the nearest name there is {}", shown(near)));
                Err(format!("{} is not in the column `{}` of {}{near}", shown(&name), self.from, self.name))
            }
        }
    }

    fn nearest(&self, name: &str) -> Option<&str> {
        if self.searched.fetch_add(1, Ordering::Relaxed) >= MOST_SEARCHES {
            return None;
        }
        let name = plain(name);
        let distances = self.known.iter().map(|(known, entry)| (edits(&name, known), &*entry.shown));
        let (distance, near) = distances.min()?;
        (distance <= 2.max(name.chars().count() / 3)).then_some(near)
    }
}

/// Returns a name as it is compared: in small letters, with single blanks.
fn plain(name: &str) -> String {
    name.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn people(column: Column, text: &str) -> Result<People, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("people.csv");
        std::fs::write(&path, text).unwrap();
        let lookup = Lookup { path, from: "Teacher".to_owned(), to: "user_id".to_owned(), encoding: None };
        People::read(&[(column, lookup)].into())
    }

    const LIST: &str = "Staff\n\nTeacher;user_id;Room\nAnna Smith;u1;1\nBen Ode;u2;2\nCleo Ray;u3;\ncleo  ray;u4;\nBen Ode;u2;\nDan Poe;;\n";

    #[test]
    fn a_name_becomes_its_id_and_none_is_guessed() {
        let people = people(Column::UserId, LIST).unwrap();
        let find = |text: &str| people.find(Column::UserId, text).unwrap();
        assert_eq!(find("Anna Smith"), Ok("u1".to_owned()));
        assert_eq!(find("anna  SMITH"), Ok("u1".to_owned()));
        assert_eq!(find("Ben Ode"), Ok("u2".to_owned()));
        assert_eq!(find("u3"), Ok("u3".to_owned()));
        let words = "`Ana Smith` is not in the column `Teacher` of people.csv; the nearest name there is `Anna Smith`";
        assert_eq!(find("Ana Smith").unwrap_err(), words);
        assert_eq!(find("Zoe Quux").unwrap_err(), "`Zoe Quux` is not in the column `Teacher` of people.csv");
        let words = "`Cleo Ray` stands for two in people.csv: `u3` in line 6 and `u4` in line 7; give them names that differ there";
        assert_eq!(find("Cleo Ray").unwrap_err(), words);
        assert_eq!(find("Dan Poe").unwrap_err(), "`Dan Poe` has no user_id in people.csv, line 9");
        assert_eq!(people.doubles().map(|(_, words)| words).collect::<Vec<_>>(), [words]);
        assert_eq!(people.find(Column::InviteeEmails, "x"), None);
    }

    #[test]
    fn several_names_are_found_one_by_one_and_addresses_stay() {
        let list = "Teacher,user_id\nAnna Smith,a@example.org\nBen Ode,b@example.org\n";
        let people = people(Column::InviteeEmails, list).unwrap();
        let find = |text: &str| people.find_all(Column::InviteeEmails, text).unwrap();
        let found = ["a@example.org", "b@example.org", "x@example.org"].map(str::to_owned);
        assert_eq!(find("Anna Smith; Ben Ode\nx@example.org"), Ok(found.to_vec()));
        assert!(find("Anna Smith; Ben Odd").unwrap_err().contains("nearest name there is `Ben Ode`"));
    }

    #[test]
    fn a_list_that_cannot_be_used_says_why() {
        let missing = Lookup { path: "/nowhere/p.csv".into(), from: "a".into(), to: "b".into(), encoding: None };
        let why = People::read(&[(Column::UserId, missing)].into()).unwrap_err();
        assert!(why.starts_with("the list /nowhere/p.csv (lookup.user_id) cannot be read: "), "{why}");
        let why = people(Column::UserId, "Name,user_id\nAnna,u1\n").unwrap_err();
        assert!(why.ends_with("has no column `Teacher`; its headings are `Name`, `user_id`"), "{why}");
        assert!(people(Column::UserId, "Teacher,user_id\n,u1\n").unwrap_err().contains("has no names"));
        assert!(people(Column::UserId, "").unwrap_err().contains("the file is empty"));
    }
}
