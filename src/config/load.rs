//! Finds the configuration file, and leads from its path to a configuration that can be used, or to everything that stands against
//! it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use super::document::Document;
use super::file::{Checked, validate};
use super::problem::{Complaint, Invalid, Problem};
use super::schema::has_key;
use super::value::Base;
use super::{Config, Environment};

/// The path of a service's configuration.
const SYSTEM: &str = "/etc/roomkeeper/config.toml";
/// Its path for a person who tries roomkeeper out.
const LOCAL: &str = "config.toml";

/// A configuration that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The checked configuration.
    pub config: Config,
    /// The things that deserve a look all the same.
    pub warnings: Vec<Problem>,
}

/// Reads and checks a configuration file.
///
/// Relative paths in it start at its own folder. Nothing is written, and no secret is read: of a secret's file only its
/// mode is looked at. `Err` holds every problem that the file has, not just the first.
pub fn load(path: &Path, environment: &Environment) -> Result<Loaded, Invalid> {
    let file = path.display().to_string();
    let bytes = std::fs::read(path).map_err(|error| of_file(&file, unreadable(&error)))?;
    let text = std::str::from_utf8(&bytes).map_err(|error| {
        let line = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).matches('\n').count() + 1;
        of_file(&file, Complaint::new(format!("line {line} is not UTF-8"), "Save the file as UTF-8."))
    })?;
    parse(&file, text, &Base::of_file(path), environment)
}

/// Checks a text as the configuration that it would be in that file, which need not be there.
pub fn check_text(path: &Path, text: &str, environment: &Environment) -> Result<Loaded, Invalid> {
    parse(&path.display().to_string(), text, &Base::of_file(path), environment)
}

fn parse(file: &str, text: &str, base: &Base, environment: &Environment) -> Result<Loaded, Invalid> {
    // An editor's byte order mark is no part of the text.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (document, mut problems) = Document::parse(file, text, has_key);
    let Checked { config, problems: found, warnings } = validate(&document, base, environment);
    problems.extend(found);
    problems.sort_by_key(|problem| (problem.line, problem.column));
    match config {
        Some(config) if problems.is_empty() => Ok(Loaded { config, warnings }),
        _ => Err(Invalid { problems, warnings }),
    }
}

fn of_file(file: &str, complaint: Complaint) -> Invalid {
    Invalid { problems: vec![Problem::of_file(file, complaint)], warnings: Vec::new() }
}

fn unreadable(error: &std::io::Error) -> Complaint {
    match error.kind() {
        ErrorKind::NotFound => Complaint::new(
            "there is no such file",
            "Copy config.toml.example to this place (the package has it in /usr/share/doc/roomkeeper) and fill it in, or name another file with --config.",
        ),
        ErrorKind::PermissionDenied => Complaint::new(
            "this user may not read the file",
            "Run the command as the user of the service, or as a member of the file's group.",
        ),
        ErrorKind::IsADirectory => {
            Complaint::new("this is a folder", "Name the file in it: --config FOLDER/config.toml.")
        }
        _ => Complaint::new(format!("the file cannot be read: {error}"), "Check the disk it is on."),
    }
}

/// Returns the file to load: what `--config` said, else `ROOMKEEPER_CONFIG`, else `/etc/roomkeeper/config.toml` if there is one,
/// else `config.toml` in the current folder if there is one there; if neither is there, the first of these two. A file that the
/// caller named is not replaced by another when it is missing.
#[must_use]
pub fn locate(asked: Option<&Path>, environment: &Environment) -> PathBuf {
    pick(asked, environment, Path::new(SYSTEM), Path::new(LOCAL))
}

/// Returns the file to make where none is yet: what was named, else the system's for root, who sets up a service, else the one in
/// the current folder.
#[must_use]
pub fn place_for(asked: Option<&Path>, environment: &Environment, is_root: bool) -> PathBuf {
    let usual = if is_root { SYSTEM } else { LOCAL };
    asked.or_else(|| environment.variable("ROOMKEEPER_CONFIG").map(Path::new)).unwrap_or(Path::new(usual)).to_owned()
}

fn pick(asked: Option<&Path>, environment: &Environment, system: &Path, local: &Path) -> PathBuf {
    if let Some(asked) = asked {
        return asked.to_owned();
    }
    if let Some(named) = environment.variable("ROOMKEEPER_CONFIG") {
        return PathBuf::from(named);
    }
    // One that may not be looked at is there: better to say so than to use another. Where there is none at all, the system's
    // place is named, which is where one is looked for from every folder.
    let is_missing = |path: &Path| path.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound);
    if is_missing(system) && !is_missing(local) { local.to_owned() } else { system.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Timestamp;

    #[test]
    fn the_option_comes_before_the_variable_before_the_system_before_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        let system = folder.path().join("config.toml");
        let named = Environment::new([("ROOMKEEPER_CONFIG", "named.toml")], Timestamp::from_seconds(0));
        let plain = Environment::new([], Timestamp::from_seconds(0));
        let local = folder.path().join("local.toml");
        assert_eq!(pick(Some(Path::new("a.toml")), &named, &system, &local), Path::new("a.toml"));
        assert_eq!(pick(None, &named, &system, &local), Path::new("named.toml"));
        assert_eq!(pick(None, &plain, &system, &local), system, "none is there: the place to make one is named");
        std::fs::write(&local, "").unwrap();
        assert_eq!(pick(None, &plain, &system, &local), local);
        std::fs::write(&system, "").unwrap();
        assert_eq!(pick(None, &plain, &system, &local), system);
    }

    #[test]
    fn a_new_one_is_made_where_somebody_says_else_where_this_user_has_it() {
        let named = Environment::new([("ROOMKEEPER_CONFIG", "named.toml")], Timestamp::from_seconds(0));
        let plain = Environment::new([], Timestamp::from_seconds(0));
        assert_eq!(place_for(Some(Path::new("a.toml")), &named, true), Path::new("a.toml"));
        assert_eq!(place_for(None, &named, true), Path::new("named.toml"));
        assert_eq!(place_for(None, &plain, true), Path::new(SYSTEM));
        assert_eq!(place_for(None, &plain, false), Path::new(LOCAL));
    }
}
