//! Holds the file as text with the tree of its keys over it, so that whatever is found wrong later can say where it stands.

use std::collections::BTreeMap;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::problem::{Complaint, Problem};

/// Keys in whose place a secret may stand. Nothing at or below one is ever quoted.
const SECRET_KEYS: [&str; 6] = ["app_key", "password", "client_secret", "token", "journal_password", "pin_key"];
/// A table that is written in one line with a secret's place in it: a word that stands wrong there may be the secret.
const HOLDS_SECRET: &str = "oauth";

/// Keys that say where a secret is kept, and so the keys that get the secret itself by mistake.
const REFERENCE_KEYS: [&str; 3] = ["env", "file", "credential"];

/// A parsed configuration file.
pub(super) struct Document<'a> {
    file: &'a str,
    text: &'a str,
    root: DeValue<'a>,
    places: BTreeMap<String, KeySpan>,
    /// Lines that TOML itself could not read.
    broken: Vec<usize>,
    is_known: fn(&str) -> bool,
}

/// The place of a key: byte ranges of its name and of its value.
struct KeySpan {
    key: Range<usize>,
    value: Range<usize>,
}

impl<'a> Document<'a> {
    /// Parses as much as can be parsed, and tells what could not. A line is quoted only where `is_known` tells that its key is one
    /// of the file's.
    pub(super) fn parse(file: &'a str, text: &'a str, is_known: fn(&str) -> bool) -> (Self, Vec<Problem>) {
        let (root, errors) = DeTable::parse_recoverable(text);
        let root = root.into_inner();
        let mut places = BTreeMap::new();
        collect(&root, "", &mut places);
        let mut document = Self { file, text, root: DeValue::Table(root), places, broken: Vec::new(), is_known };
        let mut problems = Vec::new();
        for error in errors {
            let at = error.span().map_or(text.len(), |span| span.start);
            let (line, column) = position(text, at);
            // A further complaint of the parser about the same line is mostly an echo of the first.
            if !document.broken.contains(&line) {
                document.broken.push(line);
                problems.push(document.syntax_problem(error.message(), (line, column)));
            }
        }
        (document, problems)
    }

    /// Returns the whole file as one table.
    pub(super) fn root(&self) -> &DeValue<'a> {
        &self.root
    }

    /// Returns the number of bytes, and so a place after everything.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// Tells whether a part of the file could not be read, so that what is missing may merely be hidden.
    pub(super) fn is_broken(&self) -> bool {
        !self.broken.is_empty()
    }

    /// Tells whether the file says anything at that path.
    pub(super) fn has(&self, path: &str) -> bool {
        self.places.contains_key(path)
    }

    /// Tells whether the file says anything within the table at that path.
    pub(super) fn has_within(&self, path: &str) -> bool {
        let within = format!("{path}.");
        self.places.range(within.clone()..).next().is_some_and(|(key, _)| key.starts_with(&within))
    }

    /// Tells whether the file says anything within the table at that path beside the key at `but`.
    pub(super) fn has_within_beside(&self, path: &str, but: &str) -> bool {
        let within = format!("{path}.");
        self.places.range(within.clone()..).take_while(|(key, _)| key.starts_with(&within)).any(|(key, _)| key != but)
    }

    /// Tells whether TOML itself stumbled on the line of this problem, so that it says nothing new.
    pub(super) fn is_echo(&self, problem: &Problem) -> bool {
        problem.line.is_some_and(|line| self.broken.contains(&line))
    }

    /// Returns a problem of the value at `path` (an element of a list: `mail.to[1]`); where there is none, of the nearest table
    /// around it.
    pub(super) fn problem_at(&self, path: &str, complaint: Complaint) -> Problem {
        let place = self.place(path).map_or(0..0, |place| place.value.clone());
        self.problem(path, place.start, complaint)
    }

    /// Returns a problem of the name of the key at `path`.
    pub(super) fn problem_at_key(&self, path: &str, complaint: Complaint) -> Problem {
        let place = self.place(path).map_or(0..0, |place| place.key.clone());
        self.problem(path, place.start, complaint)
    }

    /// Returns a problem of the key `path` that starts at that byte.
    pub(super) fn problem(&self, path: &str, at: usize, complaint: Complaint) -> Problem {
        let (line, column) = position(self.text, at);
        let Complaint { problem, remedy } = complaint;
        let key = path.split('[').next().filter(|key| !key.is_empty()).map(str::to_owned);
        Problem { file: self.file.to_owned(), line: Some(line), column: Some(column), key, problem, remedy }
    }

    /// Returns the text of a range as the file has it, for quoting: `None` for what may be a secret or does not fit in a line.
    pub(super) fn quote(&self, path: &str, span: Range<usize>) -> Option<&'a str> {
        if is_secret(path) {
            return None;
        }
        let text = self.text.get(span)?;
        (!text.is_empty() && text.len() <= 80 && !text.contains(char::is_control)).then_some(text)
    }

    fn place(&self, path: &str) -> Option<&KeySpan> {
        let mut path = path;
        loop {
            if let Some(place) = self.places.get(path) {
                return Some(place);
            }
            path = &path[..path.rfind(['.', '['])?];
        }
    }

    fn syntax_problem(&self, message: &str, (line, column): (usize, usize)) -> Problem {
        let remedy = match message {
            _ if message.starts_with("duplicate key") => "Keep one of the two.",
            _ if message.starts_with("string values must be quoted") => "Put the text in quotes: key = \"text\".",
            _ => "Write key = \"text\", key = 5, key = true, key = [\"a\", \"b\"], or [table].",
        };
        Problem {
            file: self.file.to_owned(),
            line: Some(line),
            column: Some(column),
            key: None,
            problem: match self.quote_word(line, column) {
                Some(word) => format!("{word:?} is not TOML: {message}"),
                None => format!("this is not TOML: {message}"),
            },
            remedy: remedy.to_owned(),
        }
    }

    /// Returns the word that the parser stumbled on. Only where the line's key is known to hold no secret: a misspelt key may.
    fn quote_word(&self, line: usize, column: usize) -> Option<&'a str> {
        let line = self.text.lines().nth(line - 1)?;
        let (key, _) = line.split_once('=')?;
        let key = key.trim();
        if !(self.is_known)(key) || is_secret(key) || REFERENCE_KEYS.contains(&key) {
            return None;
        }
        let at = line.char_indices().nth(column - 1)?.0;
        line[at..].split_whitespace().next()
    }
}

/// Tells whether a secret may stand at this path.
pub(super) fn is_secret(path: &str) -> bool {
    path.split(['.', '[']).any(|part| part == HOLDS_SECRET || SECRET_KEYS.contains(&part))
}

/// Tells whether a secret itself would stand at this path, were it written into the file.
pub(super) fn is_place_of_secret(path: &str) -> bool {
    path.rsplit('.').next().is_some_and(|key| SECRET_KEYS.contains(&key))
}

/// Returns a path one key longer, the key quoted where TOML would ask for it.
pub(super) fn join(path: &str, key: &str) -> String {
    let bare = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    match (path.is_empty(), bare) {
        (true, true) => key.to_owned(),
        (true, false) => format!("{key:?}"),
        (false, true) => format!("{path}.{key}"),
        (false, false) => format!("{path}.{key:?}"),
    }
}

fn collect(table: &DeTable<'_>, path: &str, places: &mut BTreeMap<String, KeySpan>) {
    for (key, value) in table {
        let path = join(path, key.get_ref());
        // A table's value "stands" at its header: there is no better place for what is missing in it.
        let stands = if value.get_ref().is_table() { key.span() } else { value.span() };
        collect_value(value.get_ref(), &path, places);
        places.insert(path, KeySpan { key: key.span(), value: stands });
    }
}

fn collect_value(value: &DeValue<'_>, path: &str, places: &mut BTreeMap<String, KeySpan>) {
    match value {
        DeValue::Table(table) => collect(table, path, places),
        DeValue::Array(array) => {
            for (at, element) in array.iter().enumerate() {
                let path = format!("{path}[{at}]");
                collect_value(element.get_ref(), &path, places);
                places.insert(path, KeySpan { key: element.span(), value: element.span() });
            }
        }
        _ => {}
    }
}

/// Returns line and column, both from 1, of a byte; columns count characters.
fn position(text: &str, at: usize) -> (usize, usize) {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_columns_count_characters_from_one() {
        let text = "a = 1\nä = \"ü\" # x\n";
        assert_eq!(position(text, 0), (1, 1));
        assert_eq!(position(text, text.find('#').unwrap()), (2, 9));
        assert_eq!(position(text, text.len()), (3, 1));
    }

    #[test]
    fn a_missing_key_is_placed_at_the_table_around_it() {
        let (document, problems) = Document::parse("c", "\n[mail]\nto = [\"a\",\n \"b\"]\n", |_| true);
        assert_eq!(problems, []);
        let place = |path: &str| {
            let problem = document.problem_at(path, Complaint::new("p", "r"));
            (problem.line.unwrap(), problem.column.unwrap(), problem.key.unwrap())
        };
        assert_eq!(place("mail.from"), (2, 2, "mail.from".to_owned()));
        assert_eq!(place("mail.to[1]"), (4, 2, "mail.to".to_owned()));
        assert_eq!(place("api.app_id"), (1, 1, "api.app_id".to_owned()));
    }

    #[test]
    fn what_toml_cannot_read_is_quoted_only_where_it_is_no_secret() {
        let (_, problems) =
            Document::parse("c", "[api]\ntimeout = 30s\napp_key = s3cr3t\napp_kee = s3cr3t\n", |key| key != "app_kee");
        assert_eq!(problems.len(), 3);
        assert!(problems[0].problem.contains("\"30s\""), "{}", problems[0]);
        assert!(problems.iter().all(|problem| !problem.to_string().contains("s3cr3t")), "{problems:?}");
    }
}
