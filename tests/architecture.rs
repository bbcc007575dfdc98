//! Holds the code to what `src/ARCHITECTURE.md` says about it: who may import whom, and what stays where.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A file of `src`, with its path below it and its text without comments.
struct Source {
    path: PathBuf,
    text: String,
    code: String,
}

impl Source {
    /// The module at the top that the file belongs to.
    fn module(&self) -> &str {
        let first = self.path.iter().next().unwrap().to_str().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>();
                let code = code.join("\n");
                found.push(Source { path: path.strip_prefix(&root).unwrap().to_owned(), text, code });
            }
        }
    }
    assert!(found.len() > 100, "these are not all the files");
    found
}

/// The table of the page: each module with what it may import.
fn table() -> BTreeMap<String, BTreeSet<String>> {
    let page = include_str!("../src/ARCHITECTURE.md");
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

/// The modules of the crate that a text names: `crate::api::Client`, `crate::{api, config::Config}`.
fn imports(code: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
            continue;
        }
        let named = &code[at + "crate::".len()..];
        if named.starts_with('{') {
            found.extend(group(named));
        } else {
            found.insert(first_name(named));
        }
    }
    found
}

/// The first name of each path in the braces that the text begins with.
fn group(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut depth = 0;
    for (at, character) in text.char_indices() {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            break;
        }
        if depth == 1 && (character == '{' || character == ',') {
            found.insert(first_name(text[at + 1..].trim_start()));
        }
    }
    found.remove("");
    found
}

fn first_name(text: &str) -> String {
    text.chars().take_while(|character| character.is_alphanumeric() || *character == '_').collect()
}

/// One name that a `use` brings in: the path that it has, the name that it gets, and whether it is handed on.
struct Use {
    path: Vec<String>,
    name: String,
    is_public: bool,
}

/// What the `use` statements of a text bring in, name by name.
fn uses(code: &str) -> Vec<Use> {
    let mut found = Vec::new();
    for statement in code.split(';') {
        let statement = statement
            .rsplit_once('}')
            .filter(|(before, _)| !before.contains("use "))
            .map_or(statement, |(_, last)| last);
        let Some(at) = statement.find("use ") else { continue };
        let before = statement[..at].trim_end();
        if before.ends_with(|before: char| before.is_alphanumeric() || before == '_') && !before.ends_with("pub") {
            continue;
        }
        let is_public = before.ends_with("pub") || (before.ends_with(')') && before.contains("pub("));
        let tree: String = statement[at + "use ".len()..].split_whitespace().collect::<Vec<_>>().join(" ");
        leaves("", &tree, &mut |path| {
            let (path, alias) = path.split_once(" as ").map_or((path, None), |(path, alias)| (path, Some(alias)));
            let path: Vec<_> =
                path.split("::").map(|part| part.trim().to_owned()).filter(|part| part != "self").collect();
            let name = alias.map_or_else(|| path.last().cloned().unwrap_or_default(), |alias| alias.trim().to_owned());
            found.push(Use { path, name, is_public });
        });
    }
    found
}

/// Tells each path of a tree of them: `a::{b, c::{d, e}}`.
fn leaves(before: &str, tree: &str, tell: &mut dyn FnMut(&str)) {
    let Some((start, rest)) = tree.split_once('{') else { return tell(&format!("{before}{}", tree.trim())) };
    let (before, inner) = (format!("{before}{}", start.trim()), rest.rsplit_once('}').unwrap().0);
    let (mut depth, mut from) = (0, 0);
    for (at, character) in inner.char_indices().chain([(inner.len(), ',')]) {
        match character {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                let one = inner[from..at].trim();
                if !one.is_empty() {
                    leaves(&before, one, tell);
                }
                from = at + 1;
            }
            _ => {}
        }
    }
}

/// The module at the top that a path leads to, by what the file brings in: `crate::api::Client`, or `api::Client` after
/// `use crate::api`.
fn module_of(path: &[String], brought: &[Use]) -> Option<String> {
    if path.first()? == "crate" {
        return path.get(1).cloned();
    }
    let first =
        brought.iter().find(|one| one.name == path[0] && one.path.first().is_some_and(|first| first == "crate"))?;
    first.path.get(1).cloned()
}

/// The names that each module hands on though another defines them, with that one: by `pub use`, or as an alias of a type.
fn handed_on(sources: &[Source]) -> BTreeMap<String, BTreeMap<String, String>> {
    let mut found: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for source in sources {
        let brought = uses(&source.code);
        let own = source.module();
        let mut note = |name: &str, from: Option<String>| {
            if let Some(from) = from.filter(|from| from != own) {
                found.entry(own.to_owned()).or_default().insert(name.to_owned(), from);
            }
        };
        for one in brought.iter().filter(|one| one.is_public) {
            note(&one.name, module_of(&one.path, &brought));
        }
        for line in source.code.lines().map(str::trim_start).filter(|line| line.starts_with("pub")) {
            if let Some((_, alias)) = line.split_once("type ")
                && let Some((name, target)) = alias.split_once('=')
            {
                let target: Vec<_> = target.trim().split("::").map(first_name).collect();
                note(&first_name(name), module_of(&target, &brought));
            }
        }
    }
    found
}

/// What a file uses of other modules, whatever path it comes by: each module that defines something, with what it is.
fn used(source: &Source, handed_on: &BTreeMap<String, BTreeMap<String, String>>) -> BTreeSet<(String, String)> {
    let brought = uses(&source.code);
    let mut paths: Vec<Vec<String>> = brought.iter().map(|one| one.path.clone()).collect();
    let word = |character: char| character.is_alphanumeric() || character == '_' || character == ':';
    let inline = source.code.split(|character| !word(character)).filter(|path| path.contains("::"));
    paths.extend(inline.map(|path| path.split("::").map(str::to_owned).collect()));
    let mut found = BTreeSet::new();
    for path in paths {
        let Some(mut module) = module_of(&path, &brought) else { continue };
        for name in &path {
            // From hand to hand, and not in a ring.
            for _ in 0..handed_on.len() {
                let Some(from) = handed_on.get(&module).and_then(|names| names.get(name).or_else(|| names.get("*")))
                else {
                    break;
                };
                module = from.clone();
                found.insert((module.clone(), name.clone()));
            }
        }
    }
    found
}

#[test]
fn what_a_module_hands_on_is_followed_to_where_it_is_defined() {
    let source = |path: &str, code: &str| Source { path: path.into(), text: String::new(), code: code.to_owned() };
    let used_by_jobs = |engine: &str, jobs: &str| {
        let sources = [source("engine/mod.rs", engine), source("jobs/mod.rs", jobs)];
        used(&sources[1], &handed_on(&sources)).into_iter().map(|(module, _)| module).collect::<Vec<_>>()
    };
    let direct = "use crate::engine::{self, Stop, inbox::Name};\nfn f() {}";
    for engine in [
        "mod a;\n\npub use crate::journal::Stop;\n",
        "pub use crate::journal::{\n    Other, Halt as Stop,\n};",
        "pub(crate) use crate::journal::Stop;",
        "pub use crate::journal::*;",
        "use crate::journal;\npub use journal::Stop;",
        "pub type Stop = crate::journal::Halt;",
        "use crate::journal::{Halt, Other};\npub type Stop = Halt;",
    ] {
        assert!(used_by_jobs(engine, direct).contains(&"journal".to_owned()), "{engine}");
        assert!(
            used_by_jobs(engine, "use crate::engine;\nlet x = engine::Stop::All;").contains(&"journal".to_owned()),
            "{engine}"
        );
        assert!(used_by_jobs(engine, "let x = crate::engine::Stop::All;").contains(&"journal".to_owned()), "{engine}");
    }
    for engine in ["use crate::journal::Stop;", "pub use crate::journal::Other;", "mod stop;\npub use stop::Stop;"] {
        assert!(used_by_jobs(engine, direct).is_empty(), "{engine}");
    }
}

#[test]
fn imports_are_read_in_every_form() {
    let code = "use crate::api::Client;\nuse crate::{\n    config::{Config, load},\n    jobs,\n};\n\
                let x = crate::mail::compose(); pub(in crate::cli) fn f() {} other_crate::engine";
    assert_eq!(imports(code).into_iter().collect::<Vec<_>>(), ["api", "cli", "config", "jobs", "mail"]);
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
    let places: [(&str, &[&str]); 12] = [
        ("rusqlite", &["journal/sqlite"]),
        ("sqlite::", &["journal/sqlite", "journal/mod.rs"]),
        ("SELECT ", &["journal/sqlite"]),
        ("INSERT INTO ", &["journal/sqlite"]),
        ("UPDATE ", &["journal/sqlite"]),
        ("DELETE FROM ", &["journal/sqlite"]),
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
    let border = include_str!("../src/journal/mod.rs");
    if border.contains("pub mod sqlite") || !border.contains("\nmod sqlite;") {
        broken.push("src/journal/mod.rs shows its database".to_owned());
    }
    let crossing = border.lines().find_map(|line| line.strip_prefix("pub use sqlite::")).unwrap_or_default();
    if crossing != "{BackupError, Beside, Scratch, Snapshot};" {
        broken.push(format!("src/journal/mod.rs lets more than was agreed cross its border: {crossing}"));
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
