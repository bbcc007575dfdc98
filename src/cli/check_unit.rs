//! Finds what the sandbox of the service's unit forbids of what a configuration names: `check` runs in a shell, which has none.

use std::path::{Path, PathBuf};

use super::context::Context;
use super::unit::{Access, Unit};
use crate::config::{self, Config, Problem};

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
            remedy: remedy(&place, access, &setting),
        })
    };
    config::paths(config)
        .into_iter()
        .map(|named| (named.key, named.path, if named.written { Access::Write } else { Access::Read }))
        .filter_map(forbidden)
        .collect()
}

/// The drop-in that opens the path, and the place that is open without one.
fn remedy(path: &Path, access: Access, setting: &str) -> String {
    let shown = path.display();
    let open = match (access, setting.starts_with("ProtectHome") || setting.starts_with("PrivateTmp")) {
        (Access::Write, false) => format!("ReadWritePaths=-{shown}"),
        (Access::Read, false) => format!("ReadOnlyPaths=-{shown}"),
        (Access::Write, true) => format!("BindPaths=-{shown}"),
        (Access::Read, true) => format!("BindReadOnlyPaths=-{shown}"),
    };
    let home = if setting == "ProtectHome=yes" { "ProtectHome=tmpfs and " } else { "" };
    let elsewhere = match access {
        Access::Read => "Put it into /etc/roomkeeper",
        Access::Write => "Take a folder in /var/lib/roomkeeper or /var/spool/roomkeeper",
    };
    format!(
        "{elsewhere}, or open this one by a drop-in: sudo systemctl edit roomkeeper, with {home}{open} below [Service] (on a \
         share also RequiresMountsFor={shown} below [Unit]), then restart the service."
    )
}

/// The path without links, as far as it is there; the rest as it is written.
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
