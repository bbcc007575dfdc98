//! Gathers what laws look at: the server's ledger, what passed over the networks, the journal, the folders and the mails.

use roomkeeper::clock::{Clock as _, SystemClock};
use serde_json::Value;

use crate::by_hand::{self, Due, Item, Letter};
use crate::machine::Machine;
use crate::smtp::Received;
use crate::stage::Stage;
use crate::traffic::Write;

/// A mail that came.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Mail {
    /// Its Message-ID, in small letters and without hyphens.
    pub id: String,
    pub to: String,
    pub text: String,
}

/// A file that was dropped: its name, and where it is now; with its own bytes, or others.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    pub name: String,
    pub places: Vec<String>,
    pub is_whole: bool,
}

/// Everything that laws look at.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    pub rows: usize,
    pub ledger: Vec<Value>,
    pub writes: Vec<Write>,
    pub items: Vec<Item>,
    pub dues: Vec<Due>,
    pub letters: Vec<Letter>,
    pub mails: Vec<Mail>,
    pub files: Vec<Place>,
    pub open_items: i64,
    /// The first column and the second of each line of the export.
    pub exported: Vec<(String, String)>,
    /// The words of a check of the journal that found something.
    pub unsound: Option<String>,
    /// From when until when the machines were at work, in milliseconds since 1970.
    pub time: (i64, i64),
    /// The journal lost commits with its server.
    pub lost_commits: bool,
}

impl Evidence {
    /// Looks everywhere.
    pub fn of(stage: &Stage) -> Self {
        let checked = stage.machines[0].site.run(&["journal", "check"]);
        Self {
            rows: stage.rows(),
            ledger: stage.sandbox.ledger(),
            writes: stage.traffic.writes(),
            items: by_hand::items(stage),
            dues: by_hand::dues(stage),
            letters: by_hand::letters(stage),
            mails: stage.mail.received().iter().map(mail).collect(),
            files: stage.machines.iter().flat_map(places).collect(),
            open_items: by_hand::open_items(stage),
            exported: exported(stage),
            unsound: (checked.code != 0).then_some(checked.out),
            time: (stage.began.millis(), stage.right_clock_until.unwrap_or(SystemClock.now()).millis()),
            lost_commits: stage.lost_commits,
        }
    }
}

fn mail(received: &Received) -> Mail {
    let text = String::from_utf8_lossy(&received.bytes).replace("=\r\n", "");
    let id = text.lines().find(|line| line.to_lowercase().starts_with("message-id:")).unwrap();
    Mail { id: id.replace('-', "").to_lowercase(), to: received.to.join(" "), text: text.clone() }
}

/// Finds the files that were dropped at a machine.
fn places(machine: &Machine) -> Vec<Place> {
    let find = |(name, text): &(String, String)| {
        let stem = name.strip_suffix(".csv").unwrap();
        let is_it = |other: &String| {
            other.starts_with(&format!("{stem}.")) && !other.contains(".results.") && !other.contains(".retry.")
        };
        let in_folder = |folder: &&str| {
            let names = machine.site.files(folder).into_iter().filter(is_it);
            names.map(|name| format!("{folder}/{name}")).collect::<Vec<_>>()
        };
        let places: Vec<_> = ["", "processing", "done", "failed"].iter().flat_map(in_folder).collect();
        let read = |place: &String| std::fs::read_to_string(machine.site.path("inbox").join(place));
        let is_whole = places.iter().all(|place| read(place).is_ok_and(|bytes| bytes == *text));
        Place { name: format!("{} of {}", name, machine.name), places, is_whole }
    };
    machine.dropped.iter().map(find).collect()
}

fn exported(stage: &Stage) -> Vec<(String, String)> {
    let path = stage.machines[0].site.path("exports/meetings.csv");
    let Ok(text) = std::fs::read_to_string(path) else { return Vec::new() };
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    reader.records().map(|row| row.unwrap()).map(|row| (row[0].to_owned(), row[1].to_owned())).collect()
}
