//! Holds the code to what `src/ARCHITECTURE.md` says about it: who may import whom, and what stays where; and the tests to what
//! `CONTRIBUTING.md` says about them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod imports;
mod sources;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use imports::{handed_on, imports, used};
use sources::{Source, sources, sources_below};

/// The table of the page: each module with what it may import.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let page = include_str!("../../src/ARCHITECTURE.md");
    let (_, chapter) = page.split_once("# Who may import whom").unwrap();
    let (chapter, _) = chapter.split_once("\n# ").unwrap();
    let rows = chapter.lines().filter(|line| line.starts_with("| `"));
    let table: BTreeMap<_, _> = rows
        .map(|row| {
            let mut names = row.split('`').skip(1).step_by(2).map(str::to_owned);
            let module = names.next().unwrap();
            let mut allowed: BTreeSet<_> = names.collect();
            if !row.ends_with("| nothing |") {
                allowed.extend(["model", "clock", "failpoint"].map(str::to_owned));
            }
            (module, allowed)
        })
        .collect();
    assert!(table.len() > 10, "the table could not be read");
    table
}

#[test]
fn every_module_imports_only_what_the_table_allows() {
    let table = table();
    let mut broken = Vec::new();
    let sources = sources();
    let handed_on = handed_on(&sources);
    for source in &sources {
        let module = source.module();
        if module == "lib" || module == "main" {
            continue;
        }
        let Some(allowed) = table.get(module) else {
            broken.push(format!("{module} is not in the table of src/ARCHITECTURE.md"));
            continue;
        };
        for import in imports(&source.code) {
            if import != module && !allowed.contains(&import) {
                broken.push(format!("src/{} imports {import}", source.path.display()));
            }
        }
        for (import, name) in used(source, &handed_on) {
            if import != module && !allowed.contains(&import) {
                broken.push(format!("src/{} uses {name} of {import} under another name", source.path.display()));
            }
        }
        // `super` must not lead out of the module, past the table. A test module within the file stands one deeper.
        let levels = source.path.iter().count() - usize::from(source.path.ends_with("mod.rs"));
        let (flow, tests) = source.code.split_once("#[cfg(test)]").unwrap_or((&source.code, ""));
        if flow.contains(&"super::".repeat(levels)) || tests.contains(&"super::".repeat(levels + 1)) {
            broken.push(format!("src/{} leaves its module by super::", source.path.display()));
        }
    }
    broken.sort();
    broken.dedup();
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn the_table_has_no_circle_and_no_module_that_is_not_there() {
    let table = table();
    let there: BTreeSet<_> = sources().iter().map(|source| source.module().to_owned()).collect();
    let mut left: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (module, allowed) in table {
        assert!(there.contains(&module), "{module} is in the table, and not in src");
        left.insert(module.clone(), allowed.into_iter().filter(|other| *other != module).collect());
    }
    // `model` and `clock` are allowed to everybody, so also to each other; only one of them makes use of it.
    left.get_mut("clock").unwrap().clear();
    while !left.is_empty() {
        let free: Vec<_> =
            left.iter().filter(|(_, needs)| needs.is_empty()).map(|(module, _)| module.clone()).collect();
        assert!(!free.is_empty(), "these go round in a circle: {:?}", left.keys());
        for module in free {
            left.remove(&module);
            for needs in left.values_mut() {
                needs.remove(&module);
            }
        }
    }
}

#[test]
fn what_belongs_to_one_place_is_named_there_alone() {
    // A word, and the paths below src that may have it.
    let places: [(&str, &[&str]); 14] = [
        ("rusqlite", &["journal/sqlite"]),
        ("sqlite::", &["journal/sqlite", "journal/mod.rs", "journal/beside.rs", "journal/copy/mod.rs"]),
        ("tokio_postgres", &["journal/postgres", "model/database_address.rs"]),
        (
            "postgres::",
            &[
                "journal/postgres",
                "journal/mod.rs",
                "journal/beside.rs",
                "journal/copy/mod.rs",
                "model/database_address.rs",
            ],
        ),
        ("SELECT ", &["journal/sqlite", "journal/postgres"]),
        ("INSERT INTO ", &["journal/sqlite", "journal/postgres"]),
        ("UPDATE ", &["journal/sqlite", "journal/postgres"]),
        ("DELETE FROM ", &["journal/sqlite", "journal/postgres"]),
        ("PRAGMA ", &["journal/sqlite"]),
        ("&Connection", &["journal/sqlite"]),
        ("jiff::", &["clock", "config/schedule", "sandbox"]),
        ("SystemTime::now", &["clock", "sandbox"]),
        ("Timestamp::now", &["clock", "sandbox"]),
        ("Zoned::now", &["clock", "sandbox"]),
    ];
    let mut broken = Vec::new();
    for source in sources() {
        for (word, allowed) in places {
            if source.code.contains(word) && !allowed.iter().any(|place| source.path.starts_with(place)) {
                broken.push(format!("src/{} has {word}", source.path.display()));
            }
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn no_test_but_those_of_the_journal_knows_its_database() {
    let words = ["rusqlite", "tokio_postgres", "SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "PRAGMA "];
    // The tests of the journal, its file by hand, the bare database that the journal is measured beside, and the server that counts what
    // it is asked.
    let own = [
        "tests/store",
        "tests/journal_on_server",
        "tests/journal",
        "tests/journal_upkeep",
        "tests/two_machines/by_hand.rs",
        "benches/load/bare_journal.rs",
        "benches/machines",
        "tests/architecture",
    ];
    let (tests, benches) = (sources_below("tests"), sources_below("benches"));
    let knowing: Vec<_> = tests
        .iter()
        .map(|source| (Path::new("tests").join(&source.path), source))
        .chain(benches.iter().map(|source| (Path::new("benches").join(&source.path), source)))
        .filter(|(path, _)| !own.iter().any(|own| path.starts_with(own)))
        .flat_map(|(path, source)| {
            let found = words.into_iter().filter(|word| source.code.contains(word));
            found.map(move |word| format!("{} has {word}", path.display())).collect::<Vec<_>>()
        })
        .collect();
    assert!(knowing.is_empty(), "{}", knowing.join("\n"));
}

#[test]
fn nothing_of_the_database_crosses_the_journals_border() {
    let mut broken = Vec::new();
    for source in sources().into_iter().filter(|source| source.path.starts_with("journal")) {
        let inside = source.path.starts_with("journal/sqlite");
        // A reader is a connection; who gives it to a closure is inside.
        let named = source.code.split(|character: char| !character.is_alphanumeric()).any(|word| word == "Reader");
        if named && !inside {
            broken.push(format!("src/{} names a reader", source.path.display()));
        }
    }
    let border = include_str!("../../src/journal/mod.rs");
    for (database, agreed) in [("sqlite", "{BackupError, Snapshot};"), ("postgres", "Server;")] {
        if border.contains(&format!("pub mod {database}")) || !border.contains(&format!("\nmod {database};")) {
            broken.push("src/journal/mod.rs shows its database".to_owned());
        }
        let used = format!("pub use {database}::");
        let crossing = border.lines().find_map(|line| line.strip_prefix(used.as_str())).unwrap_or_default();
        if crossing != agreed {
            broken.push(format!("src/journal/mod.rs lets more than was agreed cross its border: {crossing}"));
        }
    }
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_file_begins_by_saying_why_it_exists() {
    for source in sources() {
        // The library's first line includes the page.
        let page = source.path == Path::new("lib.rs") && source.text.starts_with("#![doc = include_str!");
        assert!(page || source.text.starts_with("//! "), "src/{} begins without //!", source.path.display());
    }
}

#[test]
fn who_answers_over_the_socket_knows_no_command_line_and_no_terminal() {
    let answering = |source: &Source| ["control", "daemon", "runtime"].contains(&source.module());
    let answering: Vec<_> = sources().into_iter().filter(answering).collect();
    assert!(answering.len() >= 30, "these are not all of them");
    let of_a_terminal = ["clap", "print!(", "println!(", "stdout", "stderr", "terminal"];
    let knows = |source: &&Source| of_a_terminal.iter().any(|word| source.code.contains(word));
    let knowing: Vec<_> = answering.iter().filter(knows).map(|source| &source.path).collect();
    assert!(knowing.is_empty(), "{knowing:?} render what is rendered where the person is");
}
