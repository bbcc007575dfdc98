//! Asks systemd about the service on this machine, if there is one: whose it is, which credentials it is given, and which paths
//! its sandbox hides or closes.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use crate::engine::closed::Access;

/// The package's service.
const OWN: &str = "roomkeeper.service";
/// The names of it and of its copies, for another configuration each.
const ALL: &str = "roomkeeper*.service";
/// The time that systemd may take to answer.
const SYSTEMD_TIMEOUT: Duration = Duration::from_secs(5);

/// The service's unit with its drop-ins, as it is loaded.
#[derive(Debug)]
pub(super) struct Unit {
    /// Its name, without the ending.
    pub(super) name: String,
    shown: BTreeMap<String, String>,
    /// The lines of its files.
    written: Vec<String>,
}

/// The way in which a path is open to the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Openness {
    Writable,
    ReadOnly,
    Hidden,
}

impl Unit {
    /// Asks systemd for the service that is started with this configuration: the package's own, or a copy of it. `None` where
    /// there is no systemd, or no such service.
    pub(super) fn of(configuration: &Path) -> Option<Self> {
        let is_its = |unit: &Self| real(&unit.configuration()) == real(configuration);
        let own = Self::named(OWN).filter(is_its);
        own.or_else(|| copies().iter().find_map(|name| Self::named(name).filter(is_its)))
    }

    fn named(name: &str) -> Option<Self> {
        let shown = told_by(&["show", name])?;
        let shown: BTreeMap<_, _> = shown
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(key, value)| (key.into(), value.into()))
            .collect();
        if shown.get("LoadState").map(String::as_str) != Some("loaded") {
            return None;
        }
        let written = told_by(&["cat", name]).unwrap_or_default();
        let written = written.lines().map(|line| line.trim().to_owned()).collect();
        Some(Self { name: name.trim_end_matches(".service").to_owned(), shown, written })
    }

    fn shown(&self, key: &str) -> &str {
        self.shown.get(key).map_or("", String::as_str)
    }

    /// Returns the user that it runs as.
    pub(super) fn user(&self) -> Option<&str> {
        Some(self.shown("User")).filter(|user| !user.is_empty())
    }

    /// Returns the setting that hands over the credential of that name.
    pub(super) fn credential(&self, name: &str) -> Option<String> {
        let is_it = |line: &&String| {
            let setting = line.split_once('=').filter(|(key, _)| key.starts_with("LoadCredential"));
            setting.is_some_and(|(_, value)| value.split(':').next() == Some(name))
        };
        self.written.iter().rfind(is_it).cloned()
    }

    /// Returns the configuration that it is started with.
    pub(super) fn configuration(&self) -> PathBuf {
        let arguments = self.shown("ExecStart");
        let mut words = arguments.split_whitespace();
        let named = words.find_map(|word| match word.strip_prefix("--config") {
            Some("") => Some(None),
            Some(rest) => rest.strip_prefix('=').map(Some),
            None => None,
        });
        let named = named.map(|named| named.or_else(|| words.next()));
        let by_variable =
            || self.shown("Environment").split_whitespace().find_map(|one| one.strip_prefix("ROOMKEEPER_CONFIG="));
        PathBuf::from(named.flatten().or_else(by_variable).unwrap_or("/etc/roomkeeper/config.toml"))
    }

    /// Returns the setting by which the sandbox keeps the service from doing that with a path; `None` where it may.
    pub(super) fn forbids(&self, path: &Path, access: Access) -> Option<String> {
        let rules = self.rules();
        // The rule about the longest part of the path holds; of two about the same, the stricter.
        let rule = rules
            .iter()
            .filter(|(place, ..)| path.starts_with(place))
            .max_by_key(|(place, openness, _)| (place.components().count(), *openness));
        let (_, openness, setting) = rule?;
        let is_enough = match access {
            Access::Read => *openness < Openness::Hidden,
            Access::Write => *openness == Openness::Writable,
        };
        if is_enough { None } else { Some(setting.clone()) }
    }

    /// Returns what the settings open and close: place, how far, and by which setting.
    fn rules(&self) -> Vec<(PathBuf, Openness, String)> {
        let mut rules = Vec::new();
        let mut add = |places: &[&str], openness: Openness, setting: &str| {
            rules.extend(places.iter().map(|place| (PathBuf::from(place), openness, setting.to_owned())));
        };
        match self.shown("ProtectSystem") {
            "strict" => {
                add(&["/"], Openness::ReadOnly, "ProtectSystem=strict");
                add(&["/dev", "/proc", "/sys"], Openness::Writable, "");
            }
            "full" => add(&["/usr", "/boot", "/efi", "/etc"], Openness::ReadOnly, "ProtectSystem=full"),
            "yes" => add(&["/usr", "/boot", "/efi"], Openness::ReadOnly, "ProtectSystem=yes"),
            _ => {}
        }
        let homes = ["/home", "/root", "/run/user"];
        match self.shown("ProtectHome") {
            "yes" => add(&homes, Openness::Hidden, "ProtectHome=yes"),
            "tmpfs" => add(&homes, Openness::Hidden, "ProtectHome=tmpfs"),
            "read-only" => add(&homes, Openness::ReadOnly, "ProtectHome=read-only"),
            _ => {}
        }
        if matches!(self.shown("PrivateTmp"), "yes" | "disconnected") {
            add(&["/tmp", "/var/tmp"], Openness::Hidden, "PrivateTmp=yes");
        }
        for (key, root) in [
            ("StateDirectory", "/var/lib"),
            ("CacheDirectory", "/var/cache"),
            ("LogsDirectory", "/var/log"),
            ("RuntimeDirectory", "/run"),
        ] {
            for name in self.shown(key).split_whitespace() {
                add(&[&format!("{root}/{name}")], Openness::Writable, key);
            }
        }
        for (key, openness) in [
            ("ReadWritePaths", Openness::Writable),
            ("BindPaths", Openness::Writable),
            ("ReadOnlyPaths", Openness::ReadOnly),
            ("BindReadOnlyPaths", Openness::ReadOnly),
            ("InaccessiblePaths", Openness::Hidden),
            ("TemporaryFileSystem", Openness::Hidden),
        ] {
            for written in self.shown(key).split_whitespace() {
                let plain = written.trim_start_matches(['-', '+']);
                // SOURCE:DESTINATION:OPTIONS, of which the service sees the destination.
                let mut parts = plain.split(':');
                let source = parts.next().unwrap_or_default();
                let place = if key.starts_with("Bind") { parts.next().unwrap_or(source) } else { source };
                add(&[place], openness, &format!("{key}={written}"));
            }
        }
        rules
    }
}

/// Returns the names of the other services of roomkeeper, whether they run or not.
fn copies() -> Vec<String> {
    let lists = [&["list-unit-files", "--no-legend", ALL][..], &["list-units", "--all", "--plain", "--no-legend", ALL]];
    let listed: Vec<_> = lists.into_iter().filter_map(told_by).collect();
    let first_words = listed.iter().flat_map(|list| list.lines()).filter_map(|line| line.split_whitespace().next());
    let is_one = |name: &&str| {
        // A template is none before it has an instance.
        name.starts_with("roomkeeper") && name.ends_with(".service") && !name.ends_with("@.service") && *name != OWN
    };
    let mut names: Vec<_> = first_words.filter(is_one).map(str::to_owned).collect();
    names.sort();
    names.dedup();
    names
}

/// Returns the path without links, as far as it is there; the rest as it is written.
pub(super) fn real(path: &Path) -> PathBuf {
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

/// Returns the answer of `systemctl`; `None` if there is none, or it takes too long.
fn told_by(arguments: &[&str]) -> Option<String> {
    let mut command = Command::new("systemctl");
    command.args(arguments).arg("--no-pager").env("SYSTEMD_COLORS", "0").stdin(Stdio::null()).stderr(Stdio::null());
    let (answer, answered) = mpsc::channel();
    std::thread::spawn(move || {
        // The receiver may have stopped waiting.
        let _ = answer.send(command.output());
    });
    let output = answered.recv_timeout(SYSTEMD_TIMEOUT).ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(shown: &[(&str, &str)], written: &[&str]) -> Unit {
        let shown = shown.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        Unit { name: "roomkeeper".to_owned(), shown, written: written.iter().map(|line| (*line).to_owned()).collect() }
    }

    fn ours(more: &[(&str, &str)]) -> Unit {
        let mut shown = vec![
            ("ProtectSystem", "strict"),
            ("ProtectHome", "yes"),
            ("PrivateTmp", "yes"),
            ("StateDirectory", "roomkeeper"),
            ("ReadWritePaths", "/var/spool/roomkeeper -/srv/timetables"),
        ];
        shown.extend(more);
        unit(&shown, &[])
    }

    #[test]
    fn the_setting_that_keeps_the_service_out_is_named() {
        let unit = ours(&[]);
        let forbids = |path: &str, access| unit.forbids(Path::new(path), access);
        for open in ["/var/lib/roomkeeper/exports", "/var/spool/roomkeeper/timetable", "/srv/timetables/a"] {
            assert_eq!(forbids(open, Access::Write), None, "{open}");
        }
        assert_eq!(forbids("/etc/roomkeeper/rooms.csv", Access::Read), None);
        assert_eq!(forbids("/srv/exports", Access::Write).as_deref(), Some("ProtectSystem=strict"));
        assert_eq!(forbids("/srv/exports", Access::Read), None);
        assert_eq!(forbids("/srv/timetables-2", Access::Write).as_deref(), Some("ProtectSystem=strict"));
        assert_eq!(forbids("/home/office/rooms.csv", Access::Read).as_deref(), Some("ProtectHome=yes"));
        assert_eq!(forbids("/tmp/in", Access::Write).as_deref(), Some("PrivateTmp=yes"));
    }

    #[test]
    fn a_drop_in_opens_and_closes_parts() {
        let unit = ours(&[
            ("ProtectHome", "tmpfs"),
            ("BindReadOnlyPaths", "-/home/office/lists:/home/office/lists:rbind"),
            ("BindPaths", "/mnt/share:/srv/share"),
            ("InaccessiblePaths", "-/srv/timetables/private"),
        ]);
        let forbids = |path: &str, access| unit.forbids(Path::new(path), access);
        assert_eq!(forbids("/home/office/lists/rooms.csv", Access::Read), None);
        assert!(forbids("/home/office/lists/rooms.csv", Access::Write).is_some());
        assert!(forbids("/home/office/rooms.csv", Access::Read).is_some());
        assert_eq!(forbids("/srv/share/in", Access::Write), None);
        let closed = forbids("/srv/timetables/private/x", Access::Read);
        assert_eq!(closed.as_deref(), Some("InaccessiblePaths=-/srv/timetables/private"));
    }

    #[test]
    fn its_configuration_and_its_credentials_are_found() {
        let started = |line: &str| unit(&[("ExecStart", line)], &[]).configuration();
        let plain = "{ path=/usr/bin/roomkeeper ; argv[]=/usr/bin/roomkeeper daemon ; ignore_errors=no }";
        assert_eq!(started(plain), Path::new("/etc/roomkeeper/config.toml"));
        assert_eq!(started(&plain.replace("daemon", "--config /srv/a.toml daemon")), Path::new("/srv/a.toml"));
        assert_eq!(started(&plain.replace("daemon", "--config=/srv/a.toml daemon")), Path::new("/srv/a.toml"));
        let variable = unit(&[("Environment", "A=b ROOMKEEPER_CONFIG=/srv/b.toml")], &[]);
        assert_eq!(variable.configuration(), Path::new("/srv/b.toml"));
        let lines =
            ["LoadCredential=app_key:/etc/roomkeeper/app_key", "LoadCredentialEncrypted=smtp_password:/etc/p.cred"];
        let unit = unit(&[("User", "keeper")], &lines);
        assert_eq!(unit.credential("smtp_password").as_deref(), Some(lines[1]));
        assert_eq!((unit.credential("smtp"), unit.user()), (None, Some("keeper")));
    }
}
