//! Leads from a path to a configuration that can be used, or to everything that stands against it.

use std::io::ErrorKind;
use std::path::Path;

use super::document::Document;
use super::file::{Checked, validate};
use super::problem::{Complaint, Invalid, Problem};
use super::value::Base;
use super::{Config, Environment};

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
    let (document, mut problems) = Document::parse(file, text);
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
