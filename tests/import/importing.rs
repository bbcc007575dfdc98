//! A site that timetables are imported into, and what became of an import.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use roomkeeper::sandbox::Options;
use serde_json::Value;

use super::years;
use crate::book;
use crate::site::{Ran, Site, Writes};

/// An import that ended, with its results.
#[derive(Debug)]
pub struct Imported {
    pub code: i32,
    pub run: Value,
    pub files: Vec<PathBuf>,
    pub rows: Vec<Row>,
}

/// A line of a results file, by heading.
pub type Row = BTreeMap<String, String>;

/// A job of its own name, with the settings that `keys` adds.
pub fn job(keys: &str) -> String {
    format!("[schedule_meetings.timetable]\n{keys}\n")
}

/// A site in which nothing goes wrong.
pub fn new_site() -> Site {
    with(Options::default())
}

/// A site with such a sandbox.
pub fn with(options: Options) -> Site {
    Site::builder().sandbox(options).reporting().build("")
}

impl Site {
    /// Writes a fixture into the folder, its dates in a coming year.
    pub fn write_fixture(&self, name: &str) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/csv").join(name);
        self.write(name, years::shifted(&fs::read(path).unwrap(), years::coming()));
    }

    /// Imports a file that was written before.
    pub fn import(&self, name: &str) -> Imported {
        Imported::of(&self.run(&["import", "--json", name]))
    }

    /// Writes and imports a file.
    pub fn import_text(&self, name: &str, text: &str) -> Imported {
        self.write(name, text);
        self.import(name)
    }
}

/// Imports rows of a coming year with these cells behind a ref, a user, a title and the cells of `fixed`, under these headings.
pub fn import_rows(site: &Site, name: &str, fixed: [&str; 2], headings: &str, rows: &[&str]) -> Imported {
    let [fixed_headings, fixed] = fixed;
    let year = years::coming().to_string();
    let mut text = format!("ref,user_id,room_name,{fixed_headings},{headings}\n");
    for (at, row) in (1..).zip(rows) {
        writeln!(text, "A{at},u00001,Algebra {at},{fixed},{}", row.replace("YYYY", &year)).unwrap();
    }
    site.import_text(name, &text)
}

/// Imports a file that was written before, and expects that it is refused with these words and nothing is sent.
#[track_caller]
pub fn is_refused(site: &Site, name: &str, words: &[&str]) {
    let (writes, ran) = site.writes_of(|| site.run(&["import", "--json", name]));
    let answer = ran.json();
    assert_eq!((writes, ran.code, answer["run"]["outcome"].as_str()), (Writes::NONE, 1, Some("failed")), "{ran:?}");
    let error = answer["run"]["error"].as_str().unwrap();
    assert!(words.iter().all(|words| error.contains(words)), "{error}");
}

impl Imported {
    /// Reads what `import --json` or `retry --json` answered, and the results file that it names.
    pub fn of(ran: &Ran) -> Self {
        let answer = ran.json();
        let files: Vec<PathBuf> =
            answer["files"].as_array().unwrap().iter().map(|file| PathBuf::from(file.as_str().unwrap())).collect();
        let rows = files.iter().find(|file| file.to_string_lossy().contains(".results.")).map(|file| read(file));
        let imported = Self { code: ran.code, run: answer["run"].clone(), files, rows: rows.unwrap_or_default() };
        imported.assert_adds_up();
        imported
    }

    /// The statuses of a run add up to its rows, and the rows stand in the order of the file.
    fn assert_adds_up(&self) {
        let counted: u64 = self.run["counts"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
        assert_eq!(counted, self.rows.len() as u64, "{self:?}");
        for (status, n) in self.run["counts"].as_object().unwrap() {
            let lines = self.rows.iter().filter(|row| row["status"] == *status).count() as u64;
            assert_eq!(n.as_u64(), Some(lines), "{status}: {self:?}");
        }
        let lines: Vec<u64> = self.rows.iter().map(|row| row["line"].parse().unwrap()).collect();
        assert!(lines.is_sorted_by(|one, next| one < next), "{lines:?}");
    }

    pub fn run_id(&self) -> &str {
        self.run["run"].as_str().unwrap()
    }

    pub fn statuses(&self) -> Vec<&str> {
        self.rows.iter().map(|row| row["status"].as_str()).collect()
    }

    /// The one row of a file with one row.
    pub fn row(&self) -> &Row {
        let [row] = self.rows.as_slice() else { panic!("not one row: {self:?}") };
        row
    }

    /// The file of this kind that the run left behind: `results` or `retry`.
    pub fn file(&self, what: &str) -> &Path {
        let part = format!(".{what}.");
        self.files.iter().find(|file| file.to_string_lossy().contains(&part)).unwrap()
    }
}

/// The rows of a results or retry file.
pub fn read(path: &Path) -> Vec<Row> {
    if path.extension().is_some_and(|ending| ending == "xlsx") {
        let shown = |row: book::Row| row.into_iter().map(|(heading, cell)| (heading, cell.to_string())).collect();
        return book::rows(path).into_iter().map(shown).collect();
    }
    let text = fs::read_to_string(path).unwrap();
    let text = text.trim_start_matches('\u{feff}');
    let heading = text.lines().next().unwrap_or_default();
    let delimiter = [b';', b'\t'].into_iter().find(|sign| heading.as_bytes().contains(sign)).unwrap_or(b',');
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let headings = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| {
        headings.iter().map(str::to_owned).zip(record.iter().map(str::to_owned)).collect::<Row>()
    };
    reader.records().map(|record| row(record.unwrap())).collect()
}
