//! Finds what the sandbox of the service's unit forbids of what a configuration names: `check` runs in a shell, which has none.

use std::path::{Path, PathBuf};

use super::context::Context;
use super::unit::Unit;
use crate::config::{self, Config, Problem};
use crate::engine::closed::{self, Access, Closure};

/// Checks every path against the unit, where there is one and it is this configuration's.
pub(super) fn check(context: &Context, config: &Config) -> Vec<Problem> {
    let Some(unit) = Unit::of_this_machine() else { return Vec::new() };
    if real(&unit.configuration()) != real(&context.path) {
        return Vec::new();
    }
    let forbidden = |(key, path, access): (String, PathBuf, Access)| {
        let place = real(&path);
        let setting = unit.forbids(&place, access)?;
        Some(Problem {
            file: context.path.display().to_string(),
            line: None,
            column: None,
            key: Some(key),
            problem: format!(
                "the service may not {} {}: {setting} in its unit forbids it",
                if access == Access::Read { "read" } else { "write to" },
                path.display()
            ),
            remedy: closed::remedy(&place, access, closure(&setting)),
        })
    };
    config::paths(config)
        .into_iter()
        .map(|named| (named.key, named.path, if named.written { Access::Write } else { Access::Read }))
        .filter_map(forbidden)
        .collect()
}

/// Tells how the setting closes what it closes.
fn closure(setting: &str) -> Closure {
    match setting {
        "ProtectHome=yes" => Closure::Locked,
        _ if setting.starts_with("ProtectHome") || setting.starts_with("PrivateTmp") => Closure::Covered,
        _ => Closure::ReadOnly,
    }
}

/// Returns the path without links, as far as it is there; the rest as it is written.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let found = path.ancestors().find_map(|part| Some((part, part.canonicalize().ok()?)));
    found.map_or_else(
        || path.clone(),
        |(part, real)| match path.strip_prefix(part) {
            Ok(rest) if rest.as_os_str().is_empty() => real,
            Ok(rest) => real.join(rest),
            Err(_) => path.clone(),
        },
    )
}
