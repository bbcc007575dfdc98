//! Collects what is wrong: one check goes over the whole file, and no problem hides another.

use super::document::{Document, is_place_of_secret, join};
use super::problem::{Complaint, Problem};
use super::recover::{Mistake, Wrong};
use super::value::did_you_mean;

/// The problems and warnings found so far.
pub(super) struct Check<'d> {
    document: &'d Document<'d>,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
}

impl<'d> Check<'d> {
    pub(super) fn new(document: &'d Document<'d>) -> Self {
        Self { document, problems: Vec::new(), warnings: Vec::new() }
    }

    /// Returns the table at that path; the empty path is the file's own keys.
    pub(super) fn table(&mut self, path: &str) -> Table<'_, 'd> {
        Table { path: path.to_owned(), check: self }
    }

    /// Puts a mistake of the file's shape into words. `refused` says why a key is none of a table's, by the names of both, where
    /// there is more to say than that.
    pub(super) fn mistake(&mut self, mistake: &Mistake, refused: fn(&str, &str) -> Option<Complaint>) {
        let Mistake { path, span, wrong } = mistake;
        let complaint = match wrong {
            Wrong::Noted => return,
            Wrong::Key { .. } if path.starts_with("web.tls") => Complaint::new(
                "the page is served without TLS",
                "Take this out, and have a proxy before the page that does TLS (nginx, Caddy): README.md shows how.",
            ),
            Wrong::Key { known } => {
                let (table, key) = path.rsplit_once('.').unwrap_or(("", path));
                let place =
                    if table.is_empty() { "at the top of the file".to_owned() } else { format!("in [{table}]") };
                refused(table, key).unwrap_or_else(|| {
                    Complaint::new(format!("there is no key {key:?} {place}"), did_you_mean(key, known))
                })
            }
            _ if is_place_of_secret(path) => Complaint::new(
                "a secret must not stand in this file",
                "Take it out and say where it is kept: { credential = \"NAME\" }, { file = \"PATH\" } or { env = \"NAME\" }.",
            ),
            Wrong::Word { words } => {
                let written = self.document.quote(path, span.clone()).unwrap_or("this");
                Complaint::new(
                    format!("{written} is none of the words allowed here"),
                    did_you_mean(written.trim_matches('"'), words),
                )
            }
            Wrong::Sort { wanted } => {
                let written = self.document.quote(path, span.clone()).unwrap_or("this");
                Complaint::new(format!("{written} is not {wanted}"), format!("Write {wanted}."))
            }
            Wrong::Other(message) => Complaint::new(message.clone(), "Correct the value."),
        };
        self.problems.push(self.document.problem(path, span.start, complaint));
    }

    /// Returns everything found, in the order of the file.
    pub(super) fn finish(self) -> (Vec<Problem>, Vec<Problem>) {
        let in_order = |mut problems: Vec<Problem>| {
            problems.retain(|problem| !self.document.is_echo(problem));
            problems.sort_by(|a, b| (a.line, a.column, &a.key).cmp(&(b.line, b.column, &b.key)));
            problems.dedup();
            problems
        };
        (in_order(self.problems), in_order(self.warnings))
    }
}

/// One table of the file, to whose keys problems belong.
pub(super) struct Table<'c, 'd> {
    path: String,
    check: &'c mut Check<'d>,
}

impl<'d> Table<'_, 'd> {
    /// Returns a table within this one; `key` may be an element of a list: `images[0]`.
    pub(super) fn table(&mut self, key: &str) -> Table<'_, 'd> {
        Table { path: self.path_of(key), check: self.check }
    }

    /// Reads the value of a key. `None` where it is absent, or wrong: then that is noted.
    pub(super) fn read<T, R>(
        &mut self,
        key: &str,
        value: Option<T>,
        reader: impl FnOnce(T) -> Result<R, Complaint>,
    ) -> Option<R> {
        match reader(value?) {
            Ok(read) => Some(read),
            Err(complaint) => {
                self.problem(key, complaint);
                None
            }
        }
    }

    /// Reads every text of a list; the wrong ones are noted and left out.
    pub(super) fn read_each<R>(
        &mut self,
        key: &str,
        texts: &[String],
        reader: impl Fn(&str) -> Result<R, Complaint>,
    ) -> Vec<R> {
        let read = |(at, text): (usize, &String)| self.read(&format!("{key}[{at}]"), Some(text.as_str()), &reader);
        texts.iter().enumerate().filter_map(read).collect()
    }

    /// Notes that a key must be there. Not where a part of the file could not be read: the key may be in it. And not where
    /// the key is there with a value that was refused: that is noted already.
    pub(super) fn require(&mut self, key: &str, remedy: &str) {
        if !self.check.document.is_broken() && !self.check.document.has(&self.path_of(key)) {
            self.problem(key, Complaint::new("the key is missing", remedy));
        }
    }

    /// Tells whether the file says anything at this key, right or wrong.
    pub(super) fn says(&self, key: &str) -> bool {
        self.check.document.has(&self.path_of(key))
    }

    /// Tells whether the file says nothing in this table.
    pub(super) fn is_blank(&self) -> bool {
        !self.check.document.has_within(&self.path)
    }

    /// Tells whether the file says nothing in this table but perhaps this key.
    pub(super) fn is_blank_but(&self, key: &str) -> bool {
        !self.check.document.has_within_beside(&self.path, &join(&self.path, key))
    }

    /// Notes a problem with the value of a key.
    pub(super) fn problem(&mut self, key: &str, complaint: Complaint) {
        let problem = self.check.document.problem_at(&self.path_of(key), complaint);
        self.check.problems.push(problem);
    }

    /// Notes a problem with the name of a key.
    pub(super) fn problem_with_key(&mut self, key: &str, complaint: Complaint) {
        let problem = self.check.document.problem_at_key(&self.path_of(key), complaint);
        self.check.problems.push(problem);
    }

    /// Notes something that works but deserves a look.
    pub(super) fn warn(&mut self, key: &str, complaint: Complaint) {
        let warning = self.check.document.problem_at(&self.path_of(key), complaint);
        self.check.warnings.push(warning);
    }

    /// Returns a key's path; an index behind it stays as it is.
    fn path_of(&self, key: &str) -> String {
        match key.split_once('[') {
            Some((key, index)) => format!("{}[{index}", join(&self.path, key)),
            None if key.is_empty() => self.path.clone(),
            None => join(&self.path, key),
        }
    }
}
