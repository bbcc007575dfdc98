//! `roomkeeper completions`, `roomkeeper schema` and `roomkeeper man`, made from the command line's own description, the schema of
//! the configuration and the example, which tests hold true. The manual has a page for the program, one for each command, and
//! `roomkeeper.toml(5)`.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use clap::CommandFactory;
use serde_json::Value;

use super::args::{Args, Completions, Man};
use super::output::{Output, end_quietly};
use super::{ExitCode, Failure};
use crate::config;

/// The example, every key of which is explained.
const EXAMPLE: &str = include_str!("../../config.toml.example");

pub(super) fn completions(args: &Completions) -> Result<ExitCode, Failure> {
    let mut text = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "roomkeeper", &mut text);
    write(&text)
}

pub(super) fn man(args: &Man) -> Result<ExitCode, Failure> {
    if let Some(folder) = &args.output {
        write_pages(folder).map_err(|error| {
            Failure::failed(format!("the manual cannot be written to {}: {error}", folder.display()))
        })?;
        return Ok(ExitCode::Done);
    }
    let mut text = Vec::new();
    let page = clap_mangen::Man::new(Args::command());
    page.render(&mut text).map_err(|error| Failure::failed(error.to_string()))?;
    write(&text)
}

fn write(text: &[u8]) -> Result<ExitCode, Failure> {
    end_quietly(std::io::stdout().write_all(text))?;
    Ok(ExitCode::Done)
}

pub(super) fn schema() -> Result<ExitCode, Failure> {
    Output::new().json(&config::schema())?;
    Ok(ExitCode::Done)
}

/// Writes every page into a folder, under the name by which `man` finds it.
fn write_pages(folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    clap_mangen::generate_to(Args::command(), folder)?;
    std::fs::write(folder.join("roomkeeper.toml.5"), of_configuration(&config::schema()))
}

/// Writes `roomkeeper.toml(5)`.
fn of_configuration(schema: &Value) -> String {
    let mut page = String::from(
        ".TH roomkeeper.toml 5 \"\" \"roomkeeper\" \"Configuration of roomkeeper\"\n.SH NAME\nroomkeeper.toml \\- configuration of roomkeeper\n\
         .SH DESCRIPTION\n\\fB/etc/roomkeeper/config.toml\\fR is a TOML file. \\fBroomkeeper check\\fR tells everything that is \
         wrong with one.\n",
    );
    for (name, table) in properties(schema) {
        let _ = writeln!(page, ".SH {}\n{}", escaped(&name.to_uppercase()), described(table));
        for (key, value) in properties(resolved(schema, table)) {
            let default = value.get("default").map(|default| format!(" Default: {default}."));
            let text = format!("{}{}", description(value), default.unwrap_or_default());
            let _ = writeln!(page, ".TP\n.B {}\n{}", escaped(key), escaped(&text));
        }
    }
    page.push_str(".SH EXAMPLE\n.nf\n");
    for line in EXAMPLE.lines() {
        page.push_str(&escaped(line));
        page.push('\n');
    }
    page.push_str(".fi\n.SH SEE ALSO\n.BR roomkeeper (1)\n");
    page
}

fn properties(schema: &Value) -> impl Iterator<Item = (&String, &Value)> {
    schema.get("properties").and_then(Value::as_object).into_iter().flatten()
}

/// Returns the table that a schema speaks of, also where each of its names has one, as jobs do.
fn resolved<'a>(root: &'a Value, table: &'a Value) -> &'a Value {
    let table = table.get("additionalProperties").filter(|each| each.is_object()).unwrap_or(table);
    let name = table.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/$defs/"));
    name.and_then(|name| root.get("$defs")?.get(name)).unwrap_or(table)
}

fn description(value: &Value) -> &str {
    value.get("description").and_then(Value::as_str).unwrap_or_default()
}

fn described(value: &Value) -> String {
    escaped(description(value))
}

/// Returns text that troff takes as it is, a line of it a line.
fn escaped(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
    });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_page_for_each_command_and_one_for_the_configuration_with_each_key() {
        let folder = tempfile::tempdir().unwrap();
        write_pages(folder.path()).unwrap();
        for command in Args::command().get_subcommands() {
            let page = folder.path().join(format!("roomkeeper-{}.1", command.get_name()));
            assert!(page.is_file(), "{}", page.display());
        }
        assert!(folder.path().join("roomkeeper.1").is_file());
        let page = std::fs::read_to_string(folder.path().join("roomkeeper.toml.5")).unwrap();
        for key in ["app_key", "directory", "max_in_flight", "inbox", "pin_sheet", "ping_url"] {
            assert!(page.contains(&format!(".TP\n.B {key}\n")), "{key}");
        }
        assert!(page.contains("Default: \"10/s\"."));
    }

    #[test]
    fn no_line_is_taken_for_a_command_of_troff() {
        assert_eq!(escaped(".TH a\n'b\na\\b-c"), "\\&.TH a\n\\&'b\na\\eb\\-c");
    }
}
