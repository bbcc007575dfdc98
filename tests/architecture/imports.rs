//! Finds out which modules a file imports from, by whatever path and under whatever name, for the table in ARCHITECTURE.md.

use std::collections::{BTreeMap, BTreeSet};

use crate::sources::Source;

/// The modules of the crate that a text names: `crate::api::Client`, `crate::{api, config::Config}`.
pub fn imports(code: &str) -> BTreeSet<String> {
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

/// Lists the names that the `use` statements of a text bring in.
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
pub fn handed_on(sources: &[Source]) -> BTreeMap<String, BTreeMap<String, String>> {
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

/// Lists the things that a file uses of other modules, whatever path they come by: each with the module that defines it.
pub fn used(source: &Source, handed_on: &BTreeMap<String, BTreeMap<String, String>>) -> BTreeSet<(String, String)> {
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
