//! Gives the tests a server's zones and a clock in November 2026, and checks a file whole.

use std::collections::BTreeMap;
use std::io::Cursor;

use roomkeeper::clock::{Timestamp, Zone};
use roomkeeper::config::MeetingDefaults;
use roomkeeper::jobs::schedule_meetings::{Checked, Checker, People, RowRules, ZoneBook};
use roomkeeper::model::{Column, DurationUnit};
use roomkeeper::table::{Layout, Lengths, ReadError, Reader, Starts};

/// A server that lists every zone but one, and knows two ids.
#[derive(Debug)]
pub struct Server;

impl ZoneBook for Server {
    fn name_of(&self, timezone_id: &str) -> Option<String> {
        match timezone_id {
            "49" => Some("Europe/Berlin".to_owned()),
            "99" => Some("Mars/Olympus_Mons".to_owned()),
            _ => None,
        }
    }

    fn lists(&self, zone: &Zone) -> bool {
        zone.name() != "Antarctica/Troll"
    }
}

/// A job: its configuration, as far as it concerns rows.
#[derive(Debug, Default)]
pub struct Job {
    pub layout: Layout,
    pub defaults: MeetingDefaults,
    pub date_formats: Vec<String>,
    pub duration_unit: DurationUnit,
    pub zone: Option<&'static str>,
}

/// A row's number, its own cells, and what the checks make of it.
pub type Seen = (u64, Vec<String>, Checked);

impl Job {
    pub fn with_columns(columns: &[(Column, &[&str])]) -> Self {
        let columns: BTreeMap<_, _> =
            columns.iter().map(|(column, names)| (*column, names.iter().map(ToString::to_string).collect())).collect();
        Self { layout: Layout { columns, ..Layout::default() }, ..Self::default() }
    }

    pub fn read(&self, bytes: &[u8]) -> Result<Vec<Seen>, ReadError> {
        let zone = Zone::named(self.zone.unwrap_or("Europe/Berlin")).unwrap();
        let (mut starts, mut lengths) = (Starts::new(&self.date_formats), Lengths::new(self.duration_unit));
        let mut reader = Reader::open(Cursor::new(bytes), &self.layout)?;
        while let Some(row) = reader.next_row()? {
            let line = u32::try_from(row.line()).unwrap();
            starts.look(line, &row.get(Column::StartTime));
            lengths.look(line, row.parts(Column::Duration));
        }
        let people = People::default();
        let mut checker = Checker::new(RowRules {
            defaults: &self.defaults,
            zone: &zone,
            starts: &starts,
            lengths: &lengths,
            people: &people,
            zones: &Server,
            now: at("2026-11-23T12:00:00Z"),
        });
        let mut reader = Reader::open(Cursor::new(bytes), &self.layout)?;
        let mut seen = Vec::new();
        while let Some(row) = reader.next_row()? {
            seen.push((row.line(), row.own().map(str::to_owned).collect(), checker.check(&row)));
        }
        Ok(seen)
    }

    /// The one row under these headings.
    pub fn row(&self, headings: &str, cells: &str) -> Checked {
        let mut seen = self.read(format!("{headings}\n{cells}\n").as_bytes()).unwrap();
        assert_eq!(seen.len(), 1);
        seen.remove(0).2
    }
}

pub fn at(text: &str) -> Timestamp {
    Timestamp::from_rfc3339(text).unwrap()
}

pub fn fixture(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/fixtures/csv/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}
